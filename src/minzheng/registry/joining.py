"""Single people who leave a household, join one, or are born into one: marriage, divorce, prison and the way back.

Each leaves a life event. What is received for the person alone goes with them (`ties.carry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import connection, transaction

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import blind_index, seal
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.models import NUMBER_COLUMN, NUMBER_TABLE, Household, Membership, Person
from minzheng.registry.moving import SOURCE, close, end_second_tie
from minzheng.registry.readings import pinyin
from minzheng.registry.rows import fact_table, insert_row, needs_reason, not_found
from minzheng.registry.ties import (
    Joining,
    begin_tie,
    carry,
    change_relations,
    check_day,
    check_head,
    end_tie,
    lock_household,
    lock_households,
    lock_members,
    lock_persons,
    not_a_member,
    note,
    place_persons,
)
from minzheng.registry.where import in_scope
from minzheng.values import identity
from minzheng.values.errors import Refusal

LEAVING = (
    codes.Event.MOVE,
    codes.Event.MARRIAGE,
    codes.Event.DIVORCE,
    codes.Event.IMPRISONED,
    codes.Event.DEATH,
)
JOINING = (codes.Event.MOVE, codes.Event.MARRIAGE, codes.Event.DIVORCE, codes.Event.RELEASED)


@transaction.atomic
def leave_household(
    *,
    actor: Actor,
    household: int,
    person: int,
    on: date,
    event: codes.Event,
    reason: str,
    relations: Mapping[int, codes.Relation] | None = None,
    source: codes.Source = SOURCE,
) -> None:
    """Somebody is not of the household from `on`, and of no other yet. The last one's leaving closes it.

    relations: how those who stay are related to their head, where that changes; somebody of them is the head.
    """
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    check_event(event, LEAVING)
    row = lock_household(actor, household)
    part(row, person, on, relations or {}, source)
    if event is not codes.Event.DEATH:
        note([person], row.township, event, on, source)
    record(
        actor, "leave_household", "registry.household", row.pk, division=str(row.village), reason=reason.strip(),
        detail={"person": person, "event": event.name.lower(), "on": on.isoformat()},
    )  # fmt: skip


@transaction.atomic
def join_household(
    *,
    actor: Actor,
    household: int,
    person: int,
    joining: Joining,
    on: date,
    event: codes.Event,
    reason: str,
    relations: Mapping[int, codes.Relation] | None = None,
    source: codes.Source = SOURCE,
) -> None:
    """Somebody belongs to the household from `on`; the former household, if there is one, is left on that day.

    Both are in charge of the actor; of two townships see `handover`. relations: of those who stay in the former one.
    """
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    check_event(event, JOINING)
    former = _home_of(actor, person)
    if former == household:
        raise Refusal("move.member", "该人员已是本户人员。", next_step="如需更正关系，请更正成员登记。")
    if former is None:
        old, new = None, lock_household(actor, household)
        lock_persons([person])
        if _home_of(actor, person) is not None:
            raise not_a_member()
    else:
        old, new = lock_households(actor, former, household)
    admit(old, new, person, joining, on, relations or {}, source)
    note([person], new.township, event, on, source)
    for village in dict.fromkeys([new.village, *([old.village] if old else [])]):
        record(
            actor, "join_household", "registry.household", new.pk, division=str(village), reason=reason.strip(),
            detail={"person": person, "event": event.name.lower(), "on": on.isoformat(), "from": former},
        )  # fmt: skip


def part(
    row: Household, person: int, on: date, relations: Mapping[int, codes.Relation], source: codes.Source
) -> None:
    """End the home tie of somebody in a locked household; close it when nobody is left at home."""
    ties = lock_members(row)
    mine = next((tie for tie in ties if tie.person_id == person and tie.home), None)
    if mine is None:
        raise not_a_member()
    check_day(on, row.opened_on, mine.since)
    left = [tie for tie in ties if tie.person_id != person]
    check_head(left, relations)
    end_tie(mine, on, source)
    change_relations(row, relations, on, source)
    if not any(tie.home for tie in left):
        close(row, left, on, source)


def admit(
    old: Household | None,
    new: Household,
    person: int,
    joining: Joining,
    on: date,
    relations: Mapping[int, codes.Relation],
    source: codes.Source,
) -> None:
    """Bring somebody into a locked household, out of a locked former one."""
    check_day(on, new.opened_on, new.here_since)
    here = lock_members(new)
    heads = [tie for tie in here if tie.home and tie.relation == codes.Relation.HEAD]
    if (joining.relation == codes.Relation.HEAD) == bool(heads):
        raise Refusal(
            "move.head",
            "本户已有户主。" if heads else "本户没有户主，加入的人员应为户主。",
            field="relation",
        )
    if old is not None:
        part(old, person, on, relations, source)
    place_persons([person], new.township, on)
    end_second_tie(new, person, on, source)
    begin_tie(new, person, on, joining, source)
    if old is not None:
        carry([person], old, new, on)


@transaction.atomic
def register_birth(
    *,
    actor: Actor,
    household: int,
    name: str,
    sex: codes.Sex,
    born_on: date,
    relation: codes.Relation,
    reason: str,
    father: int | None = None,
    mother: int | None = None,
    number: str = "",
    rural: bool | None = None,
    source: codes.Source = codes.Source.POLICE_HUKOU,
) -> int:
    """A child is born into a household; returns the person's id. Parents, where known, are recorded as kin.

    number: the identity number, when there is one already. Registered twice is refused: the household knows the child.
    """
    actor.require(Permission.RECORD_FACTS)
    needs_reason(reason)
    row = lock_household(actor, household)
    check_day(born_on, row.opened_on)
    parents = {codes.Kin.FATHER: father, codes.Kin.MOTHER: mother}
    _check_parents(actor, [one for one in parents.values() if one is not None])
    name = name.strip()
    if not name:
        raise Refusal("person.no_name", "请填写姓名。", field="name")
    _refuse_known_child(row, name, born_on)
    person = _add_person(row, name, sex, born_on, number, source)
    begin_tie(row, person, born_on, Joining(relation, lives_here=True), source)
    spec, hukou = fact_table("kinship"), {"division": row.township, "rural": rural, "since": born_on}
    for kind, parent in parents.items():
        if parent is not None:
            kin = {"relative_id": parent, "kind": kind, "since": born_on}
            insert_row(spec, person, row.township, kin, source)
    insert_row(fact_table("hukou"), person, row.township, hukou, source)
    note([person], row.township, codes.Event.BIRTH, born_on, source)
    record(
        actor, "register_birth", "registry.person", person, division=str(row.village), reason=reason.strip(),
        detail={"household": row.pk, "on": born_on.isoformat()},
    )  # fmt: skip
    return person


def check_event(event: codes.Event, allowed: tuple[codes.Event, ...]) -> None:
    if event not in allowed:
        raise Refusal("move.event", f"“{event.label}”不是此类变动的事由。", field="event")


def _home_of(actor: Actor, person: int) -> int | None:
    """The household the person is of now. Refuses somebody not seen, and somebody whose home is not in charge."""
    if not Person.objects.filter(in_scope(actor, Person), pk=person).exists():
        raise not_found()
    home = Membership.objects.filter(person_id=person, home=True, until=None, superseded_at=None)
    tie = home.filter(in_scope(actor, Membership)).first()
    if tie is not None:
        return int(tie.household_id)
    with scope(system_actor("home")):
        if home.exists():
            raise Refusal(
                "move.not_in_charge",
                "该人员现属其他地区的家庭。",
                next_step="请由现居地办理移交，再由本地接收。",
            )
    return None


def _check_parents(actor: Actor, parents: list[int]) -> None:
    seen = Person.objects.filter(in_scope(actor, Person), pk__in=parents)
    if seen.count() != len(set(parents)):
        raise not_found()


def _refuse_known_child(row: Household, name: str, born_on: date) -> None:
    members = Membership.objects.filter(household_id=row.pk, superseded_at=None).values("person_id")
    if Person.objects.filter(pk__in=members, name=name, birth_date=born_on).exists():
        raise Refusal(
            "person.known", "本户已登记同名且同日出生的人员。", field="name", next_step="请核对是否重复登记。"
        )


def _checked_number(number: str, sex: codes.Sex, born_on: date) -> str:
    parsed = identity.parse(number, on=business_date())
    if parsed.birth_date != born_on or codes.Sex[parsed.sex.name] is not sex:
        raise Refusal("person.number_differs", "身份证号与出生日期或性别不符。", field="number")
    return parsed.reveal_for("registration")


def _add_person(
    row: Household, name: str, sex: codes.Sex, born_on: date, number: str, source: codes.Source
) -> int:
    """Insert the person, with the number sealed under the person's own id when there is one."""
    resident = _checked_number(number, sex, born_on) if number else None
    with connection.cursor() as cursor:
        cursor.execute("select nextval('registry_person_id_seq')")
        (person,) = cursor.fetchone()
        sealed = index = None
        if resident is not None:
            index = blind_index(resident, column=NUMBER_COLUMN)
            sealed = seal(resident, table=NUMBER_TABLE, column=NUMBER_COLUMN, row=str(person))
        cursor.execute(
            "insert into registry_person (id, township, name, name_pinyin, sex, birth_date, source, sealed_number,"
            " number_index, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())"
            " on conflict (number_index) do nothing returning id",
            [person, row.township, name, pinyin(name), int(sex), born_on, int(source), sealed, index],
        )
        if cursor.fetchone() is None:
            raise Refusal(
                "person.number_taken",
                "该身份证号已登记在另一人名下，没有保存。",
                field="number",
                next_step="请核对号码；确属同一人的，请办理加入本户。",
            )
    return int(person)
