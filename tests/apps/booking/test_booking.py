"""Booking, moving and cancelling; the office's day."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from minzheng.values.errors import Refusal
from tests.apps.booking.conftest import MONDAY, phone, visitor


def test_slots_are_laid_on_working_days_only(slots):
    days = {slot.day for slot in slots}
    assert date(2023, 12, 19) in days
    assert date(2023, 12, 23) not in days  # Saturday
    assert date(2024, 1, 1) not in days  # a public holiday, by the official calendar
    assert [slot.starts for slot in slots if slot.day == date(2023, 12, 19)] == [540, 570, 600, 630]
    assert max(days) <= MONDAY + timedelta(days=30)


def test_a_saturday_worked_instead_has_the_hours_of_a_monday(make_office, later, city):
    from minzheng.booking.jobs import run_day
    from minzheng.booking.models import Slot

    office = make_office()
    later(date(2024, 1, 20))
    run_day(on=date(2024, 1, 20))
    days = set(Slot.objects.filter(office=office).values_list("day", flat=True))
    assert date(2024, 2, 4) in days  # a Sunday worked for the Spring Festival
    assert date(2024, 2, 12) not in days


def test_weekend_hours_do_not_open_a_holiday(make_office):
    from minzheng.booking.models import Slot

    office = make_office(weekdays=(1, 2, 3, 4, 5, 6))
    days = set(Slot.objects.filter(office=office).values_list("day", flat=True))
    assert date(2023, 12, 23) in days
    assert date(2023, 12, 30) not in days  # of the New Year's days off


def test_a_year_without_its_calendar_is_not_offered(make_office, later):
    from minzheng.base.queries import work_calendar
    from minzheng.booking.jobs import run_day
    from minzheng.booking.models import Slot

    office, last = make_office(), max(work_calendar().years)
    later(date(last, 12, 20))
    run_day(on=date(last, 12, 20))
    assert max(Slot.objects.filter(office=office, capacity__gt=0).values_list("day", flat=True)).year == last


def test_the_second_click_is_the_first_booking(take, slots):
    key = uuid.uuid4()
    first, second = take(slots[0], client_key=key), take(slots[0], client_key=key)
    assert first.pk == second.pk
    slots[0].refresh_from_db()
    assert slots[0].taken == 1


def test_a_full_slot_names_the_next_free_one(take, slots):
    take(slots[0], 1)
    with pytest.raises(Refusal) as refused:
        take(slots[0], 2)
    assert refused.value.code == "booking.full"
    assert "2023年12月19日 09:30" in refused.value.next_step


def test_where_the_office_is_full_the_next_is_elsewhere(take, make_office):
    from minzheng.booking.models import Slot

    here, there = make_office(), make_office("140404")
    only = Slot.objects.filter(office=here).order_by("day", "starts").first()
    Slot.objects.filter(office=here).exclude(pk=only.pk).update(capacity=0)
    take(only, 1)
    with pytest.raises(Refusal) as refused:
        take(only, 2)
    assert there.name in refused.value.next_step


def test_a_telephone_and_a_person_have_one_open_booking(take, slots):
    take(slots[0], 1)
    with pytest.raises(Refusal, match="手机号码已有"):
        take(slots[1], 1, visitors=[visitor(50)])
    with pytest.raises(Refusal, match="所填的人已有"):
        take(slots[1], 9, visitors=[visitor(60), visitor(3)])
    slots[1].refresh_from_db()
    assert slots[1].taken == 0


def test_cancelling_frees_place_people_and_telephone(take, slots, city):
    from minzheng.booking.actions import cancel_booking

    row = take(slots[0], 1)
    ended = cancel_booking(actor=city, phone=phone(1), booking=row.pk, version=row.version)
    again = cancel_booking(actor=city, phone=phone(1), booking=row.pk, version=row.version)
    assert ended.state == again.state == "cancelled"
    assert take(slots[0], 1).state == "booked"


def test_a_reason_that_is_too_long_is_refused_and_never_cut(office, take, slots, city):
    from minzheng.booking.actions import cancel_at_office
    from minzheng.booking.administration import set_special_day
    from minzheng.booking.types import LONGEST_REASON

    row, long = take(slots[0], 1), "停" * (LONGEST_REASON + 1)
    with pytest.raises(Refusal, match="最多填写 80 个字，现有 81 个"):
        cancel_at_office(actor=city, booking=row.pk, version=row.version, reason=long)
    with pytest.raises(Refusal, match="最多填写 80 个字"):
        set_special_day(actor=city, office=office.pk, day=slots[-1].day, reason=long, hours=None)
    kept = cancel_at_office(actor=city, booking=row.pk, version=row.version, reason=long[1:])
    assert kept.reason == long[1:]


def test_a_telephone_does_not_book_and_cancel_all_day(take, slots, city):
    from minzheng.booking.actions import MOST_A_DAY, cancel_booking

    for _n in range(MOST_A_DAY):
        row = take(slots[0], 1)
        cancel_booking(actor=city, phone=phone(1), booking=row.pk, version=row.version)
    with pytest.raises(Refusal, match="24 小时"):
        take(slots[0], 1)


def test_a_booking_is_moved_three_times_and_only_by_its_telephone(take, slots, city):
    from minzheng.booking.actions import move_booking

    row = take(slots[0], 1)
    with pytest.raises(Refusal, match="没有找到"):
        move_booking(actor=city, phone=phone(2), booking=row.pk, slot=slots[1].pk, version=row.version)
    for slot in slots[1:4]:
        row = move_booking(actor=city, phone=phone(1), booking=row.pk, slot=slot.pk, version=row.version)
    assert row.slot_id == slots[3].pk
    assert [type(slot).objects.get(pk=slot.pk).taken for slot in slots[:4]] == [0, 0, 0, 1]
    with pytest.raises(Refusal, match="最多改 3 次"):
        move_booking(actor=city, phone=phone(1), booking=row.pk, slot=slots[0].pk, version=row.version)


def test_moving_to_a_full_slot_keeps_the_place(take, slots, city):
    from minzheng.booking.actions import move_booking

    row, _other = take(slots[0], 1), take(slots[1], 2)
    with pytest.raises(Refusal, match="约满"):
        move_booking(actor=city, phone=phone(1), booking=row.pk, slot=slots[1].pk, version=row.version)
    row.refresh_from_db()
    assert row.slot_id == slots[0].pk


def test_today_is_not_booked_any_more(take, slots, later):
    later(slots[0].day)
    with pytest.raises(Refusal, match="提前一天"):
        take(slots[0])


def test_the_day_at_the_office(make_office, take, later, city):
    from minzheng.booking.actions import call_next, check_in, finish
    from minzheng.booking.models import Slot

    office = make_office(windows=2)
    early, late = Slot.objects.filter(office=office).order_by("day", "starts")[:2]
    first, second, third = take(late, 1), take(early, 2), take(late, 3)
    later(early.day)
    for row in (first, second, third):
        assert check_in(actor=city, booking=row.pk, version=row.version).state == "arrived"
    one, two = office.windows.order_by("number")
    called = call_next(actor=city, window=one.pk)
    assert called.pk == second.pk  # the earlier slot, although the ticket is the second
    with pytest.raises(Refusal, match="正在办理 2 号"):
        call_next(actor=city, window=one.pk)
    assert call_next(actor=city, window=two.pk).pk == first.pk
    done = finish(actor=city, booking=called.pk, version=called.version, state="served")
    assert (
        finish(actor=city, booking=called.pk, version=called.version, state="served").version == done.version
    )
    back = call_next(actor=city, window=one.pk)
    assert back.pk == third.pk
    back = finish(actor=city, booking=back.pk, version=back.version, state="arrived")
    assert (back.state, back.window_id, back.ticket) == ("arrived", None, 3)


def test_after_the_day_who_did_not_come_is_on_the_list(office, take, slots, later, city):
    from minzheng.booking.actions import check_in
    from minzheng.booking.jobs import run_day
    from minzheng.booking.queries import missed

    absent, waited = take(slots[0], 1), take(slots[1], 2)
    later(slots[0].day)
    check_in(actor=city, booking=waited.pk, version=waited.version)
    assert run_day(on=slots[0].day) == 0
    later(slots[0].day + timedelta(days=1))
    assert run_day(on=slots[0].day + timedelta(days=1)) == 2
    assert run_day(on=slots[0].day + timedelta(days=1)) == 0
    assert [row.pk for row in missed(city, office)] == [absent.pk]
    waited.refresh_from_db()
    assert waited.state == "unserved"
    assert take(slots[8], 1).state == "booked"


def test_a_closed_window_takes_places_away_but_from_nobody(make_office, take, city):
    from minzheng.booking.administration import set_window
    from minzheng.booking.models import Slot

    office = make_office(windows=2)
    slot, other = Slot.objects.filter(office=office).order_by("day", "starts")[:2]
    take(slot, 1), take(slot, 2)
    for window in office.windows.all():
        set_window(actor=city, window=window.pk, closed=True)
    slot.refresh_from_db(), other.refresh_from_db()
    assert (slot.capacity, slot.taken, other.capacity) == (2, 2, 0)


def test_a_special_day_opens_a_saturday_and_closes_a_tuesday(office, take, slots, city):
    from minzheng.booking.administration import drop_special_day, set_special_day
    from minzheng.booking.models import Slot

    kept = take(slots[0], 1)
    saturday = date(2023, 12, 23)
    set_special_day(actor=city, office=office.pk, day=saturday, reason="周末加开", hours=(540, 600), places=8)
    set_special_day(actor=city, office=office.pk, day=slots[0].day, reason="系统升级", hours=None)
    opened = Slot.objects.filter(office=office, day=saturday)
    assert {(one.starts, one.capacity) for one in opened} == {(540, 8), (570, 8)}
    assert {one.capacity - one.taken for one in Slot.objects.filter(office=office, day=slots[0].day)} == {0}
    kept.refresh_from_db()
    assert kept.state == "booked"
    drop_special_day(actor=city, office=office.pk, day=saturday)
    assert {one.capacity for one in opened.all()} == {0}


def test_people_are_shown_masked_only(office, take, slots, city):
    from minzheng.booking.queries import queue

    take(slots[0], 1)
    (line,) = queue(city, office, slots[0].day)
    assert line.people[0].startswith("测* 1404")
    assert "19900101" not in "".join(line.people)
