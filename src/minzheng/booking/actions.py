"""Booking, moving, cancelling by telephone; checking in, calling and finishing at the office. Offices: `administration`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.sealed import blind_index, seal
from minzheng.base.types import Actor, Permission
from minzheng.booking import queries
from minzheng.booking.models import Booking, Office, Party, Slot, Window
from minzheng.booking.types import Kind, Phone, State, Visitor, written_reason
from minzheng.values import identity
from minzheng.values.errors import Refusal

MOST_A_DAY = 5
"""Bookings one telephone may make in 24 hours, cancelled ones included."""
MOST_MOVES = 3
_DAY = timedelta(hours=24)


@transaction.atomic
def book(
    *,
    actor: Actor,
    phone: Phone,
    slot: int,
    visitors: Sequence[Visitor],
    client_key: uuid.UUID,
    on: date | None = None,
) -> Booking:
    """Take a place for one or two people. The second click is the first booking again."""
    on = on or business_date()
    index = queries.phone_index(phone)
    done = Booking.objects.filter(client_key=client_key).first()
    if done is not None:
        if bytes(done.phone_index) != index:
            raise Refusal("booking.key", "提交的页面已过期，请重新打开。")
        return done
    numbers = _numbers(visitors, on)
    if Booking.objects.filter(phone_index=index, at__gt=timezone.now() - _DAY).count() >= MOST_A_DAY:
        raise Refusal(
            "booking.too_often", f"一个手机号码 24 小时内最多预约 {MOST_A_DAY} 次。", next_step="请明天再试，或者直接到窗口取号。"
        )  # fmt: skip
    place = _free_slot(slot, on)
    pk = uuid.uuid4()
    with _refusals(place, on):
        row = Booking.objects.create(
            id=pk, client_key=client_key, slot=place, office=place.office,
            phone=seal(phone.digits, table="booking_booking", column="phone", row=str(pk)), phone_index=index,
        )  # fmt: skip
        Party.objects.bulk_create(
            _party(row, position, visitor, number)
            for position, (visitor, number) in enumerate(zip(visitors, numbers, strict=True), 1)
        )
    record(actor, "book_slot", "booking", pk, division=place.division, detail={"day": str(place.day)})
    row.refresh_from_db()
    return row


@transaction.atomic
def move_booking(
    *, actor: Actor, phone: Phone, booking: uuid.UUID, slot: int, version: int, on: date | None = None
) -> Booking:
    """Another slot for an open booking of the telephone, at any office of the kind."""
    on = on or business_date()
    row = _locked(queries.open_booking(phone, booking).pk)
    if row.slot_id == slot and row.state == State.BOOKED:
        return row
    _is_booked(row, version, on)
    if row.moved >= MOST_MOVES:
        raise Refusal("booking.moves", f"一次预约最多改 {MOST_MOVES} 次。", next_step="可以取消后重新预约。")
    place = _free_slot(slot, on)
    with _refusals(place, on):
        Booking.objects.filter(pk=row.pk, version=version).update(
            slot=place, moved=F("moved") + 1, version=F("version") + 1
        )
    record(actor, "move_booking", "booking", row.pk, division=place.division, detail={"day": str(place.day)})
    row.refresh_from_db()
    return row


@transaction.atomic
def cancel_booking(*, actor: Actor, phone: Phone, booking: uuid.UUID, version: int) -> Booking:
    """Give the place back. Cancelling twice is cancelling once."""
    row = _locked(queries.open_booking(phone, booking).pk)
    if row.state == State.CANCELLED:
        return row
    _is_booked(row, version, business_date())
    return _step(actor, row, "cancel_booking", state=State.CANCELLED, reason="本人取消")


@transaction.atomic
def check_in(*, actor: Actor, booking: uuid.UUID, version: int) -> Booking:
    """They are here: a number in the queue of the day."""
    row = _at_office(actor, booking)
    if row.state == State.ARRIVED:
        return row
    if row.state != State.BOOKED or row.version != version:
        raise _changed(row)
    if row.day != business_date():
        raise Refusal(
            "booking.other_day", f"这个预约在 {row.day}，不是今天。", next_step="请改约，或按现场取号办理。"
        )
    # One ticket after another: the office is locked for the moment.
    Office.objects.select_for_update(no_key=True).get(pk=row.office_id)
    last = (
        Booking.objects.filter(office=row.office_id, day=row.day).aggregate(last=Max("ticket"))["last"] or 0
    )
    return _step(actor, row, "check_in", state=State.ARRIVED, ticket=last + 1)


@transaction.atomic
def call_next(*, actor: Actor, window: int) -> Booking:
    """The next of the day to this window: the earliest slot first, then who came first."""
    actor.require(Permission.KEEP_QUEUE)
    place = Window.objects.select_for_update(no_key=True).filter(pk=window).first()
    if place is None or not actor.covers(place.division):
        raise Refusal("booking.no_window", "没有找到该窗口，或不在您的管辖区域内。")
    if place.closed:
        raise Refusal("booking.window_closed", f"{place} 已停用，不能叫号。", next_step="请先启用该窗口。")
    busy = Booking.objects.filter(window=place, state=State.CALLED).first()
    if busy is not None:
        raise Refusal(
            "booking.window_busy",
            f"{place} 正在办理 {busy.ticket} 号。",
            next_step="请先登记办理结果，再叫下一号。",
        )
    waiting = Booking.objects.filter(office=place.office_id, day=business_date(), state=State.ARRIVED)
    row = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("slot__starts", "ticket").first()
    if row is None:
        raise Refusal("booking.nobody", "现在没有人等候。")
    return _step(actor, row, "call_next", state=State.CALLED, window=place)


@transaction.atomic
def finish(*, actor: Actor, booking: uuid.UUID, version: int, state: State) -> Booking:
    """What came of the call: served, not served, or back into the queue because nobody answered."""
    row = _at_office(actor, booking)
    if row.state == state:
        return row
    if row.state != State.CALLED or row.version != version:
        raise _changed(row)
    if state not in (State.SERVED, State.UNSERVED, State.ARRIVED):
        raise Refusal("booking.outcome", "请选择办理结果。", field="state")
    return _step(
        actor, row, "finish_booking", state=state, **({"window": None} if state == State.ARRIVED else {})
    )


@transaction.atomic
def cancel_at_office(*, actor: Actor, booking: uuid.UUID, version: int, reason: str) -> Booking:
    """The office takes a booking back: it closes that day, or somebody booked in another's name."""
    row = _at_office(actor, booking)
    if row.state == State.CANCELLED:
        return row
    said = written_reason(reason, "取消预约须填写原因。")
    if row.state not in (State.BOOKED, State.ARRIVED) or row.version != version:
        raise _changed(row)
    return _step(actor, row, "cancel_at_office", state=State.CANCELLED, reason=said)


@transaction.atomic
def close_day(*, actor: Actor, on: date) -> int:
    """Of the days before `on`: who did not come, and who came and was not served. How many bookings ended."""
    rows = list(
        Booking.objects.select_for_update(skip_locked=True)
        .filter(day__lt=on, state__in=[State.BOOKED, State.ARRIVED, State.CALLED])
        .order_by("slot_id", "pk")
    )
    for row in rows:
        ended = State.NO_SHOW if row.state == State.BOOKED else State.UNSERVED
        _step(actor, row, "close_booking", state=ended)
    return len(rows)


# -- steps of the above --------------------------------------------------------------------------------------


def _step(actor: Actor, row: Booking, verb: str, **changes: object) -> Booking:
    Booking.objects.filter(pk=row.pk, version=row.version).update(version=F("version") + 1, **changes)
    record(actor, verb, "booking", row.pk, division=row.division)
    row.refresh_from_db()
    return row


def _locked(pk: uuid.UUID) -> Booking:
    return Booking.objects.select_for_update(of=("self",)).select_related("slot", "office").get(pk=pk)


def _at_office(actor: Actor, pk: uuid.UUID) -> Booking:
    actor.require(Permission.KEEP_QUEUE)
    row = (
        Booking.objects.select_for_update(of=("self",)).select_related("slot", "office").filter(pk=pk).first()
    )
    if row is None or not actor.covers(row.division):
        raise Refusal("booking.not_found", "没有找到这个预约，或不在您的管辖区域内。")
    return row


def _is_booked(row: Booking, version: int, on: date) -> None:
    if row.state != State.BOOKED or row.version != version:
        raise _changed(row)
    if row.day is None or row.day < on:
        raise Refusal("booking.over", "预约的日子已经过了，不能再改。", next_step="可以重新预约。")


def _changed(row: Booking) -> Refusal:
    return Refusal(
        "booking.changed",
        f"这个预约现在是“{State(row.state).label}”，与您看到的不同。",
        next_step="请刷新页面后再办。",
    )


def _free_slot(pk: int, on: date) -> Slot:
    place = queries.slot_of(pk)
    if place is None:
        raise Refusal("booking.no_slot", "没有这个时段。", next_step="请重新选择。")
    if place.day <= on:
        raise Refusal("booking.too_late", "最晚提前一天预约。", next_step=_instead(place, on))
    if place.taken >= place.capacity:
        raise _full(place, on)
    return place


def _full(place: Slot, on: date) -> Refusal:
    return Refusal("booking.full", "您选的时段已经约满。", field="slot", next_step=_instead(place, on))


def _instead(place: Slot, on: date) -> str:
    free = queries.next_free(Kind(place.office.kind), on, near=place.office_id)
    return f"最近的空闲时段：{free}。" if free else "可预约的日子里已没有空闲时段，请直接到窗口取号。"


@contextmanager
def _refusals(place: Slot, on: date) -> Iterator[None]:
    """What the database refuses, in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as refused:
        name = getattr(getattr(refused.__cause__, "diag", None), "constraint_name", "")
        if name == "slot_never_overfull":
            raise _full(place, on) from refused
        if name == "one_open_booking_a_telephone":
            raise Refusal(
                "booking.phone_has_one",
                "这个手机号码已有一个未完成的预约。",
                next_step="可以在“我的预约”里改约或者取消。",
            ) from refused
        if name == "one_open_booking_a_person":
            raise Refusal(
                "booking.person_has_one",
                "所填的人已有一个未完成的预约，一人（一对）同时只能有一个。",
                next_step="请用当时的手机号码改约或者取消；不是本人约的，请带身份证到窗口取消。",
            ) from refused
        raise


def _numbers(visitors: Sequence[Visitor], on: date) -> list[str]:
    if not 1 <= len(visitors) <= 2:
        raise Refusal("booking.people", "一次预约一人或者两人。")
    numbers = []
    for visitor in visitors:
        if not 1 <= len(visitor.name.strip()) <= 40:
            raise Refusal("booking.name", "请填写来办理的人的姓名。", field="name")
        numbers.append(identity.parse(visitor.number, on=on).reveal_for("预约登记"))
    if len(set(numbers)) < len(numbers):
        raise Refusal("booking.same_person", "两个人的证件号码相同。", field="number")
    return numbers


def _party(row: Booking, position: int, visitor: Visitor, number: str) -> Party:
    place = queries.party_row(row.pk, position)
    return Party(
        booking=row, position=position,
        name=seal(visitor.name.strip(), table="booking_party", column="name", row=place),
        number=seal(number, table="booking_party", column="number", row=place),
        number_index=blind_index(number, column="booking.number"),
    )  # fmt: skip
