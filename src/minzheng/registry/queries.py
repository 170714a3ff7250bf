"""Reading the registry: always for an actor, with the region in the query as well as in the database's policy."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from minzheng.base.sealed import Sealed
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry.divisions import known_areas
from minzheng.registry.figures import households_by_township as households_by_township
from minzheng.registry.figures import households_by_village as households_by_village
from minzheng.registry.figures import people_by_township as people_by_township
from minzheng.registry.figures import people_by_village as people_by_village
from minzheng.registry.happened import EventLine as EventLine
from minzheng.registry.happened import Reached as Reached
from minzheng.registry.happened import ages_reached as ages_reached
from minzheng.registry.happened import certificates_ended as certificates_ended
from minzheng.registry.happened import events_of as events_of
from minzheng.registry.happened import events_recorded_after as events_recorded_after
from minzheng.registry.models import (
    Death,
    Household,
    Kinship,
    Membership,
    Person,
    Receipt,
    Suppression,
)
from minzheng.registry.naming import current_division as current_division
from minzheng.registry.naming import division_name as division_name
from minzheng.registry.naming import division_path as division_path
from minzheng.registry.naming import divisions_in as divisions_in
from minzheng.registry.readings import after_all_that_begin, beginnings
from minzheng.registry.sealing import number_index
from minzheng.registry.where import in_scope
from minzheng.registry.where import townships_of as townships_of
from minzheng.registry.where import villages_of as villages_of
from minzheng.values import identity
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

PAGE = 50
MOST = 500


# -- households and persons ------------------------------------------------------------------------------


def households_in(actor: Actor) -> QuerySet[Household]:
    """The households the actor reads, for use inside another query."""
    return Household.objects.filter(in_scope(actor, Household))


def visible_households(actor: Actor, households: Iterable[int]) -> list[int]:
    """Of these ids the ones the actor may see."""
    found = Household.objects.filter(in_scope(actor, Household), id__in=set(households))
    return list(found.order_by("id").values_list("id", flat=True))


def visible_persons(actor: Actor, persons: Iterable[int]) -> set[int]:
    """Of these ids those of people the actor may see."""
    found = Person.objects.filter(in_scope(actor, Person), id__in=set(persons))
    return set(found.values_list("id", flat=True))


def township_of_household(actor: Actor, household: int) -> int:
    """Where a household of the actor's region is registered."""
    township = (
        Household.objects.filter(in_scope(actor, Household), pk=household)
        .values_list("township", flat=True)
        .first()
    )
    if township is None:
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    return township


@dataclass(frozen=True)
class PersonLine:
    """A person in a list."""

    id: int
    public_id: uuid.UUID
    name: str
    sex: str
    birth_date: date
    number: str
    died_on: date | None = None


@dataclass(frozen=True)
class Member:
    """A person in a household on a day. `person` is None when registered where the actor may not look."""

    person_id: int
    relation: str
    position: int
    lives_here: bool | None
    since: date
    home: bool
    person: PersonLine | None


@dataclass(frozen=True)
class HouseholdLine:
    """A household in a list."""

    id: int
    public_id: uuid.UUID
    township: int
    village: int
    place: str
    head: str
    people: int


@dataclass(frozen=True)
class HouseholdView:
    """A household with its people on a day."""

    id: int
    public_id: uuid.UUID
    township: int
    village: int
    place: str
    address: str
    opened_on: date
    closed_on: date | None
    members: tuple[Member, ...]


def household_of(actor: Actor, public_id: uuid.UUID, *, on: date) -> HouseholdView:
    """One household in the actor's region; `Refusal` in the same words whether it is elsewhere or nowhere."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    row = Household.objects.filter(in_scope(actor, Household), public_id=public_id).first()
    if row is None:
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    village, address = _place_on(row, on)
    return HouseholdView(
        row.pk,
        row.public_id,
        village // 1000,
        village,
        division_path(village),
        address,
        row.opened_on,
        row.closed_on,
        members_of(actor, row.pk, on=on),
    )


def _place_on(row: Household, on: date) -> tuple[int, str]:
    """Village and address on a day: today's, unless the household has moved since."""
    if row.here_since is None or on >= row.here_since:
        return row.village, row.address
    with connection.cursor() as cursor:
        cursor.execute(
            "select was_village, address from registry_householdversion where household_id = %s and until > %s"
            " order by superseded_at limit 1",
            [row.pk, on],
        )
        village, address = cursor.fetchone()
    return int(village), str(address)


def members_of(actor: Actor, household: int, *, on: date) -> tuple[Member, ...]:
    """Who is tied to a household on a day, in order."""
    rows = Membership.objects.filter(
        in_scope(actor, Membership), _on(on), household_id=household, superseded_at=None
    ).order_by("position", "id")
    people = _person_lines(actor, [row.person_id for row in rows])
    return tuple(
        Member(
            row.person_id,
            codes.Relation(row.relation).label,
            row.position,
            row.lives_here,
            row.since,
            row.home,
            people.get(row.person_id),
        )
        for row in rows
    )


def person_of(actor: Actor, public_id: uuid.UUID) -> Person:
    """One person in the actor's region."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    row = Person.objects.filter(in_scope(actor, Person), public_id=public_id).first()
    if row is None:
        raise Refusal(
            "person.not_found", "没有找到该人员，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        )
    return row


def resident_known(actor: Actor, number: str, name: str, *, on: date) -> tuple[int, int] | None:
    """The person of that identity number and name, alive, with the household they are of; None for everybody else.

    For the door of residents, which answers both alike.
    """
    row = Person.objects.filter(in_scope(actor, Person), number_index=number_index(number)).first()
    homes = homes_of(actor, row.pk if row else 0, on=on)
    gone = deaths_of(actor, [row.pk if row else 0])
    if row is None or row.name != name.strip() or not homes or gone:
        return None
    return row.pk, homes[0]


def index_of_number(number: str) -> bytes:
    """The blind index of a checked identity number: what tells whether two are the same, and nothing else."""
    return number_index(number)


def own_index_and_name(actor: Actor) -> tuple[bytes, str] | None:
    """The index of a resident's own number and their name; None where no number is on record."""
    row = Person.objects.filter(pk=actor.person or 0).values_list("number_index", "name").first()
    return None if row is None or row[0] is None else (bytes(row[0]), row[1])


def resident_belongs(actor: Actor) -> bool:
    """Whether a signed-in resident is alive and tied to the household of their session, today."""
    person, household = actor.person or 0, actor.household or 0
    tied = Membership.objects.filter(
        person_id=person, household_id=household, superseded_at=None, until=None
    ).exists()
    return tied and not deaths_of(actor, [person])


def homes_of_many(actor: Actor, persons: Iterable[int], *, on: date) -> dict[int, list[int]]:
    """In which households each of these persons is a member on a day, by person; who is in none is left out."""
    rows = Membership.objects.filter(
        in_scope(actor, Membership), _on(on), person_id__in=set(persons), superseded_at=None
    )
    found: dict[int, list[int]] = {}
    for person, household in rows.order_by("person_id", "household_id").values_list(
        "person_id", "household_id"
    ):
        found.setdefault(person, []).append(household)
    return found


def homes_now(actor: Actor, persons: Iterable[int]) -> dict[int, int]:
    """The household whose home it is for each of these people as registered now; who has none is left out."""
    rows = Membership.objects.filter(
        in_scope(actor, Membership), person_id__in=set(persons), home=True, until=None, superseded_at=None
    )
    return dict(rows.values_list("person_id", "household_id"))


def homes_of(actor: Actor, person: int, *, on: date) -> list[int]:
    """Households the person is tied to on a day, the own one first."""
    rows = Membership.objects.filter(
        in_scope(actor, Membership), _on(on), person_id=person, superseded_at=None
    )
    return list(rows.order_by("-home", "household_id").values_list("household_id", flat=True))


def search(
    actor: Actor,
    text: str,
    *,
    on: date,
    division: int | str | None = None,
    page: int = 1,
    size: int = PAGE,
) -> tuple[list[HouseholdLine], bool]:
    """Households found by a person's name, pinyin or whole identity number; with whether there are more.

    Of very many people of a name the first `MOST` are looked at: then every page says that there are more.

    Without text: the households of a division.
    """
    actor.require(Permission.SEE_HOUSEHOLDS)
    size = min(size, MOST)
    text = identity.halfwidth(text).strip()
    start = (max(page, 1) - 1) * size
    households = Household.objects.filter(in_scope(actor, Household), closed_on=None)
    if division:
        households = households.filter(_inside(division))
    cut = False
    if text:
        people, cut = _matching(actor, text, division)
        ties = Membership.objects.filter(
            in_scope(actor, Membership), _on(on), superseded_at=None, person_id__in=people
        )
        households = households.filter(id__in=ties.values("household_id"))
    rows = list(households.order_by("township", "village", "id")[start : start + size + 1])
    return household_lines(actor, [row.pk for row in rows[:size]], on=on), (cut and bool(rows)) or len(
        rows
    ) > size


def households_at(
    actor: Actor, village: int, beginning: str, *, on: date, page: int = 1, size: int = PAGE
) -> tuple[list[HouseholdLine], bool]:
    """Open households of a village whose address begins like this, in its order; with whether there are more."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    start = (max(page, 1) - 1) * size
    rows = Household.objects.filter(in_scope(actor, Household), closed_on=None, village=village)
    found = rows.filter(_begins("address", identity.halfwidth(beginning).strip())).order_by("address", "id")
    ids = list(found.values_list("id", flat=True)[start : start + size + 1])
    return household_lines(actor, ids[:size], on=on), len(ids) > size


def people_found(actor: Actor, text: str, *, most: int = PAGE) -> tuple[list[PersonLine], bool]:
    """People of a name, pinyin (its beginning) or whole identity number; with whether there are more."""
    actor.require(Permission.SEE_HOUSEHOLDS)
    text = identity.halfwidth(text).strip()
    if not text:
        return [], False
    ids, cut = _matching(actor, text, None)
    lines = _person_lines(actor, ids[:most])
    return [lines[one] for one in ids[:most] if one in lines], cut or len(ids) > most


def _matching(actor: Actor, text: str, division: int | str | None) -> tuple[list[int], bool]:
    """At most `MOST` persons, and whether there are more.

    A number must be whole, so that nobody is found by guessing its parts.
    """
    people = Person.objects.filter(in_scope(actor, Person))
    if division:
        people = people.filter(_inside(division, village=False))
    if len(text) >= 15 and text[:14].isdecimal():
        found = people.filter(number_index=number_index(text.upper())).values_list("id", flat=True)
    else:
        found = _first_named(people, text)
    ids = list(found[: MOST + 1])
    return ids[:MOST], len(ids) > MOST


def _first_named(people: QuerySet[Person], text: str) -> QuerySet[Person, int]:
    """The first `MOST` of a name and one more, each beginning read along its index and no further than the limit."""
    column, typed = _column_and_beginnings(text)
    ordered = people.order_by(column, "id").values_list("id", flat=True)
    first, *others = [ordered.filter(_begins(column, one))[: MOST + 1] for one in typed]
    return first.union(*others, all=True) if others else first


def _named(text: str) -> Q:
    """Whose name, or whose reading (letters with or without spaces), begins like this."""
    column, typed = _column_and_beginnings(text)
    found = Q(pk__in=[])
    for beginning in typed:
        found |= _begins(column, beginning)
    return found


def _column_and_beginnings(text: str) -> tuple[str, list[str]]:
    return ("name_pinyin", beginnings(text)) if text.isascii() else ("name", [text])


def _begins(column: str, beginning: str) -> Q:
    """A range and not `like`, which no index serves under row-level security. The columns are in code point order."""
    after = after_all_that_begin(beginning)
    return Q(**{f"{column}__gte": beginning}, **({f"{column}__lt": after} if after else {}))


def households_named(actor: Actor, text: str, *, on: date) -> QuerySet[Membership, int]:
    """Ids of all households with somebody of this name or pinyin (its beginning), for use inside another query."""
    text = identity.halfwidth(text).strip()
    people = Person.objects.filter(in_scope(actor, Person), _named(text))
    ties = Membership.objects.filter(in_scope(actor, Membership), _on(on), superseded_at=None)
    return ties.filter(person_id__in=people.values("id")).values_list("household_id", flat=True)


def _inside(division: int | str, *, village: bool = True) -> Q:
    digits = str(division)
    if len(digits) == 12:
        here = Q(township=int(digits[:9]))
        return here & Q(village=int(digits)) if village else here
    return Q(township__gte=int(digits.ljust(9, "0")), township__lte=int(digits.ljust(9, "9")))


def household_lines(actor: Actor, households: Sequence[int], *, on: date) -> list[HouseholdLine]:
    """Lines of these households, in the order given; those out of the region are left out."""
    rows = {row.pk: row for row in Household.objects.filter(in_scope(actor, Household), id__in=households)}
    ties = Membership.objects.filter(
        in_scope(actor, Membership), _on(on), superseded_at=None, household_id__in=list(rows)
    ).order_by("household_id", "position")
    counts: dict[int, int] = {}
    heads: dict[int, int] = {}
    for household, person in ties.values_list("household_id", "person_id"):
        counts[household] = counts.get(household, 0) + 1
        heads.setdefault(household, person)
    names = dict(
        Person.objects.filter(in_scope(actor, Person), id__in=heads.values()).values_list("id", "name")
    )
    return [
        HouseholdLine(
            row.pk,
            row.public_id,
            row.township,
            row.village,
            division_path(row.village),
            names.get(heads.get(row.pk, 0), ""),
            counts.get(row.pk, 0),
        )
        for household in households
        if (row := rows.get(household)) is not None
    ]


def _person_lines(actor: Actor, persons: Iterable[int]) -> dict[int, PersonLine]:
    rows = Person.objects.filter(in_scope(actor, Person), id__in=set(persons))
    died = dict(
        Death.objects.filter(
            in_scope(actor, Death), person_id__in=set(persons), superseded_at=None
        ).values_list("person_id", "died_on")
    )
    return {
        row.pk: PersonLine(
            row.pk,
            row.public_id,
            row.name,
            codes.Sex(row.sex).label,
            row.birth_date,
            str(row.number or "无"),
            died.get(row.pk),
        )
        for row in rows
    }


def person_lines(actor: Actor, persons: Iterable[int]) -> dict[int, PersonLine]:
    """Persons by id, masked; those out of the region are left out. Who pays them reads their names as well."""
    if not actor.may(Permission.SEE_PAYMENTS):
        actor.require(Permission.SEE_HOUSEHOLDS)
    return _person_lines(actor, persons)


def sealed_number_of(actor: Actor, person: int) -> Sealed | None:
    """The number of a person in the region, still sealed."""
    row = Person.objects.filter(in_scope(actor, Person), id=person).first()
    if row is None:
        raise Refusal("person.not_found", "没有找到该人员，或不在您的管辖区域内。")
    return row.number


def number_warnings(text: str, *, on: date) -> tuple[identity.NumberWarning, ...]:
    """What to tell about a number that is accepted."""
    return identity.warnings(text, identity.parse(text, on=on), known_areas=known_areas())


def _on(day: date) -> Q:
    return Q(since__lte=day) & (Q(until=None) | Q(until__gt=day))


# -- for leads and reviews -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReceiptLine:
    """Something that is being received or recognised in a month."""

    household_id: int
    person_id: int | None
    programme: codes.Programme
    fen: int | None
    since: date
    until: date | None


def receipts_in(actor: Actor, month: Month, *, households: Iterable[int] | None = None) -> list[ReceiptLine]:
    """What is being received in a month in the actor's region."""
    rows = Receipt.objects.filter(in_scope(actor, Receipt), _on(month.first_day), superseded_at=None)
    if households is not None:
        rows = rows.filter(household_id__in=set(households))
    return [
        ReceiptLine(
            row.household_id, row.person_id, codes.Programme(row.programme), row.fen, row.since, row.until
        )
        for row in rows.order_by("household_id", "programme", "person_id")
    ]


@dataclass(frozen=True)
class Silence:
    """Somebody to whom no lead is opened for now."""

    household_id: int
    person_id: int | None
    kind: codes.Suppression
    programme: codes.Programme | None
    since: date
    until: date | None


def suppressions(actor: Actor, *, on: date, households: Iterable[int] | None = None) -> list[Silence]:
    """Who declined, cannot be reached or is not to be contacted on a day. No programme means every one."""
    rows = Suppression.objects.filter(in_scope(actor, Suppression), _on(on), superseded_at=None)
    if households is not None:
        rows = rows.filter(household_id__in=set(households))
    return [
        Silence(
            row.household_id,
            row.person_id,
            codes.Suppression(row.kind),
            codes.Programme(row.programme) if row.programme else None,
            row.since,
            row.until,
        )
        for row in rows.order_by("household_id", "id")
    ]


def deaths_of(actor: Actor, persons: Iterable[int]) -> dict[int, date]:
    """Of these persons who is dead, and since when, as known now."""
    rows = Death.objects.filter(in_scope(actor, Death), person_id__in=set(persons), superseded_at=None)
    return dict(rows.values_list("person_id", "died_on"))


@dataclass(frozen=True)
class KinLine:
    """A relative: what the relative is to the person, and the line if the actor may see it."""

    relative_id: int
    relation: str
    person: PersonLine | None


def kin_of(actor: Actor, person: int, *, on: date) -> list[KinLine]:
    """Recorded kin of a person, read from both ends."""
    found: list[tuple[int, str]] = []
    rows = Kinship.objects.filter(_on(on), superseded_at=None)
    for row in rows.filter(in_scope(actor, Kinship), person_id=person):
        found.append((row.relative_id, codes.Kin(row.kind).label))
    reverse = {1: "子女", 2: "子女", 3: "配偶", 4: "兄弟姐妹", 5: "孙子女"}
    for row in rows.filter(in_scope(actor, Kinship), relative_id=person):
        found.append((row.person_id, reverse[row.kind]))
    lines = _person_lines(actor, [relative for relative, _relation in found])
    return [KinLine(relative, relation, lines.get(relative)) for relative, relation in sorted(found)]
