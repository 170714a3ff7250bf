"""Offices and their free slots, one's own bookings, the queue of a day, who did not come.

What anybody may read (offices, free slots) and what a telephone has booked is asked as the job `booking`, since the public
has no regions; the rest is limited by the actor's, here and by the policies.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from minzheng.base.scope import system_actor
from minzheng.base.sealed import blind_index, unseal
from minzheng.base.types import Actor, Permission
from minzheng.booking.models import Booking, Office, Party, Slot, SpecialDay
from minzheng.booking.types import OPEN, FreeSlot, Kind, Phone, State
from minzheng.values.errors import Refusal
from minzheng.values.identity import mask_number

_FILE = Path(__file__).parent / "days.yaml"


@dataclass(frozen=True)
class Place:
    """An office on the public list, with its next free slot if there is one in the days that can be booked."""

    office: Office
    next: FreeSlot | None


@dataclass(frozen=True)
class Waiting:
    """A line of the day's queue: the booking and its people, masked."""

    booking: Booking
    people: Sequence[str]


def public_actor() -> Actor:
    """Under whose scope the public's questions and bookings run."""
    return system_actor("booking")


def free_slots(kind: Kind, on: date) -> QuerySet[Slot]:
    """Slots of a later day with a place left, the soonest first."""
    return Slot.objects.filter(office__kind=kind, day__gt=on, taken__lt=F("capacity")).order_by(
        "day", "starts", "id"
    )


def places(kind: Kind, on: date) -> list[Place]:
    """Every office of the kind, by division, with its next free slot. Two queries."""
    soonest = free_slots(kind, on).filter(office=OuterRef("pk")).order_by("day", "starts").values("pk")[:1]
    offices = list(
        Office.objects.filter(kind=kind).annotate(next_slot=Subquery(soonest)).order_by("division", "id")
    )
    slots = Slot.objects.select_related("office").in_bulk(
        [one.next_slot for one in offices if one.next_slot is not None]
    )
    return [Place(one, _free(slots[one.next_slot]) if one.next_slot in slots else None) for one in offices]


def next_free(kind: Kind, on: date, *, near: int | None = None) -> FreeSlot | None:
    """The soonest free slot of that office, else of any."""
    rows = free_slots(kind, on).select_related("office")
    found = rows.filter(office=near).first() if near is not None else None
    found = found or rows.first()
    return _free(found) if found else None


def office_of(kind: Kind, pk: int) -> Office | None:
    return Office.objects.filter(kind=kind, pk=pk).first()


def slots_of(office: Office, on: date) -> list[Slot]:
    """All slots that can be booked or were, from tomorrow on."""
    return list(Slot.objects.filter(office=office, day__gt=on, capacity__gt=0).order_by("day", "starts"))


def slot_of(pk: int) -> Slot | None:
    return Slot.objects.select_related("office").filter(pk=pk).first()


def phone_index(phone: Phone) -> bytes:
    return blind_index(phone.digits, column="booking.phone")


def bookings_of(phone: Phone) -> QuerySet[Booking]:
    """What the telephone booked, the latest first."""
    return (
        Booking.objects.filter(phone_index=phone_index(phone))
        .select_related("slot", "office")
        .order_by("-at")
    )


def open_booking(phone: Phone, booking: uuid.UUID) -> Booking:
    """An open booking of the telephone; the same refusal whether it is another's or none."""
    row = bookings_of(phone).filter(pk=booking).first()
    if row is None:
        raise Refusal("booking.not_found", "没有找到这个预约。", next_step="请用预约时的手机号码查询。")
    return row


def offices(actor: Actor) -> QuerySet[Office]:
    """The offices of the actor's regions."""
    actor.require(Permission.KEEP_QUEUE)
    return Office.objects.order_by("division", "id")


def office_in_charge(actor: Actor, pk: int) -> Office | None:
    return offices(actor).filter(pk=pk).first()


def queue(actor: Actor, office: Office, day: date) -> list[Waiting]:
    """Everybody of the day in the order they are called: by slot, then by ticket. Two queries."""
    actor.require(Permission.KEEP_QUEUE)
    rows = list(
        Booking.objects.filter(office=office, day=day)
        .exclude(state=State.CANCELLED)
        .select_related("slot", "window")
        .order_by("slot__starts", F("ticket").asc(nulls_last=True), "at")
    )
    return with_people(rows)


def with_people(rows: Sequence[Booking]) -> list[Waiting]:
    people: dict[uuid.UUID, list[str]] = {row.pk: [] for row in rows}
    for party in Party.objects.filter(booking__in=list(people)).order_by("position"):
        people[party.booking_id].append(_masked(party))
    return [Waiting(row, people[row.pk]) for row in rows]


def missed(actor: Actor, office: Office) -> QuerySet[Booking]:
    """Who did not come, the latest first."""
    actor.require(Permission.KEEP_QUEUE)
    return (
        Booking.objects.filter(office=office, state=State.NO_SHOW)
        .select_related("slot")
        .order_by("-day", "pk")
    )


def days_of(actor: Actor, office: Office, on: date) -> list[SpecialDay]:
    """Special days from today on, with how many still hold a place on them."""
    actor.require(Permission.KEEP_QUEUE)
    rows = list(SpecialDay.objects.filter(office=office, day__gte=on).order_by("day"))
    held = dict(
        Booking.objects.filter(office=office, day__in=[row.day for row in rows], state__in=OPEN)
        .values("day")
        .annotate(number=Count("pk"))
        .values_list("day", "number")
    )
    for row in rows:
        row.held = held.get(row.day, 0)  # type: ignore[attr-defined]
    return rows


def fullness(actor: Actor, office: Office, on: date) -> list[tuple[date, int, int, int]]:
    """By day to come: slots, places, taken."""
    actor.require(Permission.KEEP_QUEUE)
    return list(
        Slot.objects.filter(office=office, day__gte=on)
        .filter(Q(capacity__gt=0) | Q(taken__gt=0))
        .values("day")
        .annotate(slots=Count("pk"), places=Sum("capacity"), held=Sum("taken"))
        .order_by("day")
        .values_list("day", "slots", "places", "held")
    )


@cache
def _named() -> tuple[tuple[date, str], ...]:
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(sorted((day, row["label"]) for row in rows for day in row["days"]))


def wanted_days(since: date, until: date) -> list[tuple[date, str]]:
    """Named days between, on which many will come."""
    return [(day, label) for day, label in _named() if since <= day <= until]


def _free(slot: Slot) -> FreeSlot:
    return FreeSlot(
        slot.pk, slot.office_id, slot.office.name, slot.day, slot.starts, slot.capacity - slot.taken
    )


def _masked(party: Party) -> str:
    row = party_row(party.booking_id, party.position)
    name = unseal(bytes(party.name), table="booking_party", column="name", row=row)
    number = unseal(bytes(party.number), table="booking_party", column="number", row=row)
    return f"{name[0]}* {mask_number(number)}"


def party_row(booking: uuid.UUID, position: int) -> str:
    """What a sealed value of a party is bound to."""
    return f"{booking}:{position}"
