"""What happened to people: life events as higher layers read them, ages reached, certificates that ran out."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.models import Certificate, LifeEvent, Person
from minzheng.registry.where import in_scope

MOST = 500


@dataclass(frozen=True)
class EventLine:
    person_id: int
    kind: codes.Event
    on_day: date
    source: str
    recorded_at: datetime
    id: int


def _event_line(row: LifeEvent) -> EventLine:
    return EventLine(
        row.person_id,
        codes.Event(row.kind),
        row.on_day,
        codes.Source(row.source).label,
        row.recorded_at,
        row.pk,
    )


def events_of(actor: Actor, person: int) -> list[EventLine]:
    """A person's life events, the latest first."""
    rows = LifeEvent.objects.filter(in_scope(actor, LifeEvent), person_id=person, superseded_at=None)
    return [_event_line(row) for row in rows.order_by("-on_day", "-id")]


def events_recorded_after(actor: Actor, at: datetime, *, after: int = 0, most: int = MOST) -> list[EventLine]:
    """At most `most` life events recorded after a moment, the oldest first: what a higher layer reads to open its work.

    Read on from the last one's `recorded_at` and `id` until none is left: a load gives thousands one moment.
    """
    rows = LifeEvent.objects.filter(in_scope(actor, LifeEvent), recorded_at__gte=at, superseded_at=None)
    rows = rows.exclude(recorded_at=at, id__lte=after) if after else rows.exclude(recorded_at=at)
    return [_event_line(row) for row in rows.order_by("recorded_at", "id")[:most]]


@dataclass(frozen=True)
class Reached:
    """A person reached an age, or their certificate ran out, on a day."""

    person_id: int
    what: str
    on_day: date


def ages_reached(
    actor: Actor, persons: Iterable[int], ages: Sequence[int], *, since: date, until: date
) -> list[Reached]:
    """Who of these persons reached one of the ages after `since` and by `until`; 29 February counts on the 28th."""
    rows = Person.objects.filter(in_scope(actor, Person), id__in=set(persons)).values_list("id", "birth_date")
    found = [
        Reached(person, f"age:{age}", day)
        for person, born in rows
        for age in ages
        if since < (day := _birthday(born, age)) <= until
    ]
    return sorted(found, key=lambda one: (one.on_day, one.person_id))


def _birthday(born: date, age: int) -> date:
    year = born.year + age
    leap_day = (born.month, born.day) == (2, 29) and not isleap(year)
    return date(year, born.month, 28 if leap_day else born.day)


def certificates_ended(actor: Actor, persons: Iterable[int], *, since: date, until: date) -> list[Reached]:
    """Whose disability certificate was last valid on a day from `since` to the one before `until`."""
    rows = Certificate.objects.filter(
        in_scope(actor, Certificate),
        person_id__in=set(persons),
        superseded_at=None,
        expires_on__gte=since,
        expires_on__lt=until,
    ).exclude(until__lte=until)
    found = rows.order_by("expires_on", "person_id").values_list("person_id", "expires_on")
    return [Reached(person, "certificate", day) for person, day in found if day is not None]
