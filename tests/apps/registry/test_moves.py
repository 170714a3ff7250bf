"""Households and people that move: what follows, who sees it, and that the past answers as it did."""

from __future__ import annotations

import datetime as dt
import threading
from datetime import date

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from minzheng.base.actions import set_business_date
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.registry import codes, queries
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.facts import facts_around
from minzheng.registry.history import place_on, places_of
from minzheng.registry.joining import join_household, leave_household, register_birth
from minzheng.registry.models import Household, LifeEvent, Membership, Person, Receipt
from minzheng.registry.moving import change_head, merge_households, move_household, split_household
from minzheng.registry.tables import TABLES, Holder
from minzheng.registry.ties import Joining
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.registry.conftest import OTHER_TOWN, OTHER_VILLAGE, THEN, TOWN, VILLAGE
from tests.apps.registry.test_own import NEXT_VILLAGE, next_village

TODAY, BEFORE, ON = date(2023, 12, 31), date(2023, 10, 31), date(2023, 11, 20)
CITY = system_actor("test")
OFFICER = Actor("staff:31", "", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
THERE = Actor("staff:32", "", (str(OTHER_TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
BOTH = Actor("staff:33", "", ("1404",), frozenset({Role.COUNTY_APPROVER}))
R = codes.Relation


@pytest.fixture
def city(registry):
    with bulk_load(note="next village", recorded_at=THEN) as load:
        for name, table in tables_from(next_village()).items():
            load.add(name, table)
        load.publish()
    with scope(CITY):
        set_business_date(actor=CITY, day=TODAY, reason="test")


def act(do, actor=BOTH, **how):
    with scope(actor):
        return do(actor=actor, reason="测试", **how)


def rows(sql, *arguments, actor=CITY):
    with scope(actor), connection.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall()


def answers(on: date, known_at=None, households=(1, 2, 3)):
    """County, people, and every fact of the households on a day, as known at a moment."""
    with scope(CITY):
        found = facts_around(CITY, list(households), month=Month.of(on), on=on, known_at=known_at)
        return [
            (found.counties[at], unit.unit_id, unit.people_ids, unit.unit, unit.people)
            for at, unit in enumerate(found.units[: found.asked])
        ]


def at_home(household: int) -> dict[int, str]:
    """Who is at home there now, with the relation to the head."""
    with scope(CITY):
        ties = Membership.objects.filter(household_id=household, home=True, until=None, superseded_at=None)
        return {tie.person_id: R(tie.relation).name for tie in ties}


def events(kind: codes.Event) -> list[int]:
    with scope(CITY):
        return sorted(LifeEvent.objects.filter(kind=kind).values_list("person_id", flat=True))


MOVES = {
    "moves to another county": lambda: act(move_household, household=1, to_village=OTHER_VILLAGE, on=ON),
    "moves with its hukou": lambda: act(
        move_household, household=1, to_village=OTHER_VILLAGE, on=ON, with_hukou=True
    ),
    "moves next door": lambda: act(move_household, household=1, to_village=NEXT_VILLAGE, on=ON),
    "divides": lambda: act(
        split_household, household=1, members={4: Joining(R.HEAD, lives_here=True)}, on=ON, to_village=OTHER_VILLAGE
    ),
    "merges": lambda: act(merge_households, household=2, into=1, members={5: Joining(R.OTHER)}, on=ON),
    "lets somebody go": lambda: act(
        leave_household, household=1, person=4, on=ON, event=codes.Event.IMPRISONED
    ),
    "takes somebody in": lambda: act(
        join_household, household=2, person=8, joining=Joining(R.SPOUSE), on=ON, event=codes.Event.MARRIAGE
    ),
    "has a child": lambda: act(
        register_birth, household=1, name="王寅", sex=codes.Sex.FEMALE, born_on=ON, relation=R.CHILD, father=1, mother=2
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", list(MOVES))
def test_the_past_answers_as_it_did(city, what):
    moment = dt.datetime.now(dt.UTC)
    believed = answers(TODAY, moment)
    before = answers(BEFORE)
    MOVES[what]()
    assert answers(TODAY, moment) == believed
    assert answers(BEFORE) == before
    assert answers(BEFORE, moment) == before
    with scope(CITY):
        still_open = list(Household.objects.filter(closed_on=None, pk__lte=3).values_list("pk", flat=True))
    assert answers(TODAY, households=still_open) != [one for one in believed if one[1] in still_open]


@pytest.mark.parametrize("what", list(MOVES))
def test_the_people_of_a_household_are_registered_where_it_is(city, what):
    MOVES[what]()
    misplaced = rows(
        "select m.person_id from registry_membership m join registry_household h on h.id = m.household_id"
        " join registry_person p on p.id = m.person_id where m.home and m.until is null and m.superseded_at is null"
        " and (p.township <> h.township or m.person_township <> p.township)"
    )
    assert misplaced == []


def test_every_row_of_the_household_and_its_people_follows_and_the_other_side_sees_it(city):
    with scope(OFFICER):
        assert Household.objects.filter(pk=1).exists()
    act(move_household, household=1, to_village=OTHER_VILLAGE, on=ON)
    for table in TABLES:
        if table.holder is Holder.NOBODY:
            continue
        column, ids = ("person_id", [1, 2, 3, 4]) if table.holder is Holder.PERSON else ("household_id", [1])
        question = f"select count(*) from {table.sql} where {column} = any(%s)"
        everything = rows(question, ids)
        assert rows(question, ids, actor=OFFICER) == [(0,)], table.name
        assert rows(question, ids, actor=THERE) == everything, table.name
    assert {one for (one,) in rows("select id from registry_person", actor=OFFICER)} == {6, 7, 8}
    assert events(codes.Event.MOVE) == [1, 2, 3, 4]
    with scope(CITY):
        entries = AuditEntry.objects.filter(verb="move_household")
        assert {entry.division for entry in entries} == {str(VILLAGE), str(OTHER_VILLAGE)}
        assert {entry.actor for entry in entries} == {BOTH.key}


def test_a_move_done_twice_is_done_once_and_on_stale_sight_not_at_all(city):
    for _ in range(2):
        act(move_household, household=1, to_village=OTHER_VILLAGE, on=ON, seen_in=VILLAGE)
    assert events(codes.Event.MOVE) == [1, 2, 3, 4]
    with pytest.raises(Refusal, match="已由他人变更"):
        act(move_household, household=1, to_village=NEXT_VILLAGE, on=ON, seen_in=VILLAGE)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"on": date(2024, 1, 1)}, "不能晚于今天"),
        ({"on": date(2009, 1, 1)}, "早于此前的登记"),
        ({"to_village": VILLAGE}, "已登记在该村"),
        ({"to_village": 140403001999}, "不是您管辖区域内现行的村"),
        ({"to_village": OTHER_VILLAGE, "actor": OFFICER}, "不是您管辖区域内现行的村"),
        ({"household": 2, "actor": OFFICER}, "没有找到该家庭"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(city, how, words):
    with pytest.raises(Refusal, match=words):
        act(move_household, **({"household": 1, "to_village": OTHER_VILLAGE, "on": ON} | how))


def test_somebody_without_the_permission_moves_nobody(city):
    worker = Actor("staff:35", "", (str(TOWN),), frozenset({Role.VILLAGE_WORKER}))
    with pytest.raises(Refusal, match="登记和更正事实"):
        act(move_household, actor=worker, household=1, to_village=NEXT_VILLAGE, on=ON)


def test_two_moves_in_turn_tell_all_three_places(city):
    act(move_household, household=1, to_village=NEXT_VILLAGE, on=date(2023, 10, 1))
    act(move_household, household=1, to_village=OTHER_VILLAGE, on=ON)
    with pytest.raises(Refusal, match="早于此前的登记"):
        act(move_household, household=1, to_village=VILLAGE, on=date(2023, 10, 15))
    from minzheng.registry.extract import extract
    from minzheng.registry.facts import raw_connection
    from minzheng.registry.reading import Moment, Reader

    places = []
    for day in (date(2023, 9, 30), date(2023, 10, 31), TODAY):
        with scope(CITY):
            found = extract(Reader(raw_connection(), Moment.of(Month.of(day), on=day)))
        places.append(dict(zip(found.unit_id.tolist(), found.unit_village.tolist(), strict=True))[1])
    assert places == [VILLAGE, NEXT_VILLAGE, OTHER_VILLAGE]
    with scope(THERE):
        stays = places_of(THERE, 1)
        assert [(stay.village, stay.since, stay.until) for stay in stays] == [
            (VILLAGE, None, date(2023, 10, 1)), (NEXT_VILLAGE, date(2023, 10, 1), ON), (OTHER_VILLAGE, ON, None),
        ]  # fmt: skip
        days = (date(2023, 9, 30), date(2023, 10, 1), date(2023, 11, 19), ON)
        assert [place_on(THERE, 1, day).village for day in days] == [
            VILLAGE, NEXT_VILLAGE, NEXT_VILLAGE, OTHER_VILLAGE,
        ]  # fmt: skip
        public = Household.objects.get(pk=1).public_id
        seen = [queries.household_of(THERE, public, on=day).village for day in days]
        assert seen == [VILLAGE, NEXT_VILLAGE, NEXT_VILLAGE, OTHER_VILLAGE]
    with scope(OFFICER), pytest.raises(Refusal, match="没有找到该家庭"):
        places_of(OFFICER, 1)


# -- at once, and cut short --------------------------------------------------------------------------------


def at_once(*doing):
    """Run in threads with connections of their own; what each raised, or None."""
    ended: list[Exception | None] = [None] * len(doing)
    ready = threading.Barrier(len(doing))

    def run(at, do):
        ready.wait()
        try:
            do()
        except Exception as caught:
            ended[at] = caught
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(doing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ended


def test_of_two_who_move_at_once_one_is_told_to_look_again(city):
    ended = at_once(
        lambda: act(move_household, household=1, to_village=NEXT_VILLAGE, on=ON, seen_in=VILLAGE),
        lambda: act(move_household, household=1, to_village=OTHER_VILLAGE, on=ON, seen_in=VILLAGE),
    )
    assert [type(one) for one in sorted(ended, key=str)] in ([type(None), Refusal], [Refusal, type(None)])
    assert events(codes.Event.MOVE) == [1, 2, 3, 4]


def test_two_households_that_merge_crosswise_end_as_one(city):
    members = {5: Joining(R.OTHER)}
    others = {person: Joining(R.OTHER) for person in (1, 2, 3, 4)}
    ended = at_once(
        lambda: act(merge_households, household=2, into=1, members=members, on=ON),
        lambda: act(merge_households, household=1, into=2, members=others, on=ON),
    )
    assert sum(one is None for one in ended) == 1
    assert isinstance(next(one for one in ended if one is not None), Refusal)
    homes = at_home(1) | at_home(2)
    assert set(homes) == {1, 2, 3, 4, 5}
    assert list(homes.values()).count("HEAD") == 1


def test_a_session_killed_before_it_commits_has_moved_nobody(city, owner_cursor):
    before = rows("select id, township, village from registry_household order by id")
    with pytest.raises(OperationalError), scope(BOTH):
        move_household(actor=BOTH, household=1, to_village=OTHER_VILLAGE, on=ON, reason="测试")
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            (backend,) = cursor.fetchone()
        _kill(backend)
        Person.objects.count()
    connection.close()
    assert rows("select id, township, village from registry_household order by id") == before
    assert rows("select count(*) from registry_householdversion") == [(0,)]
    assert events(codes.Event.MOVE) == []


def _kill(backend: int) -> None:
    from minzheng.database import Role as Login
    from minzheng.database import address
    from tests.conftest import HOME

    with address(Login.SUPERUSER, base=HOME, name="postgres").connect(autocommit=True) as root:
        root.execute("select pg_terminate_backend(%s)", [backend])


# -- what the database refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attack",
    [
        f"update registry_person set township = {OTHER_TOWN} where id = 1",
        f"update registry_household set village = {OTHER_VILLAGE}, township = {OTHER_TOWN} where id = 1",
        f"update registry_household set village = {OTHER_VILLAGE}, here_since = '2023-11-20' where id = 1",
        "update registry_household set opened_on = '2023-01-01' where id = 1",
        "update registry_householdversion set was_village = 140403001002",
        "update registry_personversion set name = 'x'",
        "delete from registry_householdversion",
        "delete from registry_personversion",
    ],
)
def test_nobody_moves_without_a_day_and_nobody_rewrites_where_somebody_was(city, attack):
    act(move_household, household=3, to_village=VILLAGE, on=ON)
    act(move_household, household=2, to_village=VILLAGE, on=ON)
    with scope(BOTH), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)


# -- dividing, merging, leaving, joining, birth ------------------------------------------------------------


def receipts(household: int) -> list[tuple]:
    with scope(CITY):
        held = Receipt.objects.filter(household_id=household, superseded_at=None)
        return [(r.person_id, r.programme, r.since, r.until) for r in held.order_by("person_id", "since")]


def test_what_one_receives_goes_along_and_what_the_household_receives_stays(city):
    with scope(CITY):
        from minzheng.registry.actions import record_fact

        values = {
            "person_id": 4,
            "programme": codes.Programme.OLD_AGE,
            "fen": 5_000,
            "since": date(2023, 1, 1),
        }
        record_fact(actor=CITY, table="receipt", holder=1, values=values, source=codes.Source.CIVIL_AFFAIRS)
        own = values | {"programme": codes.Programme.LIVING_SUBSIDY, "since": date(2023, 2, 1)}
        record_fact(actor=CITY, table="receipt", holder=1, values=own, source=codes.Source.PLATFORM)
    new = act(split_household, household=1, members={4: Joining(R.HEAD)}, on=ON, address="村东")
    month = date(2023, 11, 1)
    assert receipts(1) == [
        (4, 10, date(2023, 1, 1), month), (4, 8, date(2023, 2, 1), None), (None, 1, date(2010, 1, 1), None),
    ]  # fmt: skip
    assert receipts(new.pk) == [(4, 10, month, None)]
    assert (at_home(1), at_home(new.pk)) == ({1: "HEAD", 2: "SPOUSE", 3: "CHILD"}, {4: "HEAD"})
    assert (new.opened_on, new.village, new.address) == (ON, VILLAGE, "村东")


def test_a_head_who_leaves_names_another_one(city):
    with pytest.raises(Refusal, match="有且只有一名户主"):
        act(leave_household, household=1, person=1, on=ON, event=codes.Event.DIVORCE)
    act(
        leave_household, household=1, person=1, on=ON, event=codes.Event.DIVORCE,
        relations={2: R.HEAD, 4: R.PARENT_IN_LAW},
    )  # fmt: skip
    assert at_home(1) == {2: "HEAD", 3: "CHILD", 4: "PARENT_IN_LAW"}
    assert events(codes.Event.DIVORCE) == [1]
    with pytest.raises(Refusal, match="不是（或已不再是）本户人员"):
        act(leave_household, household=1, person=1, on=ON, event=codes.Event.DIVORCE)


def test_a_household_that_changes_its_head_is_told_from_the_new_one(city):
    act(change_head, household=1, relations={1: R.SPOUSE, 2: R.HEAD, 4: R.PARENT_IN_LAW}, on=ON)
    assert at_home(1) == {1: "SPOUSE", 2: "HEAD", 3: "CHILD", 4: "PARENT_IN_LAW"}
    with pytest.raises(Refusal, match="有且只有一名户主"):
        act(change_head, household=1, relations={1: R.HEAD}, on=ON)


def test_the_last_one_who_leaves_closes_the_household(city):
    act(leave_household, household=2, person=5, on=ON, event=codes.Event.MOVE)
    with scope(CITY):
        assert Household.objects.get(pk=2).closed_on == ON
    with pytest.raises(Refusal, match="已销户"):
        act(leave_household, household=2, person=5, on=ON, event=codes.Event.MOVE)
    act(
        join_household, household=1, person=5, joining=Joining(R.OTHER), on=date(2023, 12, 1), event=codes.Event.RELEASED
    )  # fmt: skip
    assert at_home(1)[5] == "OTHER"
    assert events(codes.Event.RELEASED) == [5]


def test_a_marriage_brings_somebody_from_another_household_and_the_second_tie_ends(city):
    act(join_household, household=1, person=6, joining=Joining(R.OTHER), on=ON, event=codes.Event.MARRIAGE,
        relations={7: R.HEAD})  # fmt: skip
    assert at_home(1)[6] == "OTHER"
    assert at_home(3) == {7: "HEAD", 8: "OTHER"}
    with scope(CITY):
        ties = Membership.objects.filter(person_id=6, until=None, superseded_at=None)
        assert [(tie.household_id, tie.home) for tie in ties] == [(1, True)]
    with pytest.raises(Refusal, match="已是本户人员"):
        act(
            join_household, household=1, person=6, joining=Joining(R.OTHER), on=ON, event=codes.Event.MARRIAGE
        )


def test_somebody_elsewhere_is_brought_in_by_nobody_who_cannot_see_them(city):
    said = set()
    for person in (5, 555):
        with pytest.raises(Refusal) as caught:
            act(
                join_household, actor=OFFICER, household=1, person=person, joining=Joining(R.OTHER), on=ON,
                event=codes.Event.MARRIAGE,
            )  # fmt: skip
        said.add((caught.value.code, caught.value.message))
    assert len(said) == 1


def test_a_birth_makes_a_person_with_parents_hukou_and_an_event(city):
    child = MOVES["has a child"]()
    assert at_home(1)[child] == "CHILD"
    assert events(codes.Event.BIRTH) == [child]
    with scope(OFFICER):
        person = Person.objects.get(pk=child)
        assert (person.name_pinyin, person.birth_date, person.township) == ("wang yin", ON, TOWN)
    assert rows("select relative_id, kind from registry_kinship where person_id = %s order by kind", child) == [
        (1, 1), (2, 2),
    ]  # fmt: skip
    with pytest.raises(Refusal, match="已登记同名且同日出生"):
        MOVES["has a child"]()


def test_a_number_at_birth_is_sealed_checked_and_never_taken_twice(city):
    from tests.apps.registry.conftest import number

    def born(name, clear):
        return act(
            register_birth, household=1, name=name, sex=codes.Sex.FEMALE, born_on=ON, relation=R.CHILD, number=clear
        )  # fmt: skip

    clear = number(ON, 22)
    child = born("王寅", clear)
    with scope(CITY):
        person = Person.objects.get(pk=child)
        assert person.number.open_after_recording() == clear
        assert clear not in str(person.number)
    with pytest.raises(Refusal, match="已登记在另一人名下"):
        born("王卯", clear)
    with pytest.raises(Refusal, match="与出生日期或性别不符"):
        born("王卯", number(date(2023, 11, 21), 24))
    with pytest.raises(Refusal, match="与出生日期或性别不符"):
        born("王卯", number(ON, 23))
