"""What SQL as the application's role cannot do."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from tests.apps.booking.conftest import phone, visitor

BOOKING = """
    insert into booking_booking (id, client_key, office_id, slot_id, division, kind, state, phone, phone_index, moved, reason, version)
    values (gen_random_uuid(), gen_random_uuid(), %(office)s, %(slot)s, '', '', %(state)s, '\\x00', %(index)s, 0, '', 1)
    returning id
"""


def run(sql, values=None):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def refused(sql, values=None):
    with pytest.raises(DatabaseError):
        run(sql, values)


def put(slot, index, state="booked"):
    return BOOKING, {"office": slot.office_id, "slot": slot.pk, "state": state, "index": index}


def test_a_full_slot_takes_nobody_more(take, slots):
    take(slots[0])
    refused(*put(slots[0], b"another"))


@pytest.mark.parametrize("state", ["arrived", "called", "served", "no_show", "cancelled"])
def test_a_booking_begins_booked(slots, state):
    refused(*put(slots[0], b"x", state))


def test_the_count_is_what_is_there_whatever_is_written(take, slots):
    take(slots[0])
    run("update booking_slot set taken = 0 where id = %s", [slots[0].pk])
    slots[0].refresh_from_db()
    assert slots[0].taken == 1
    refused(*put(slots[0], b"another"))
    refused("update booking_slot set capacity = 0 where id = %s", [slots[0].pk])


def test_a_trigger_of_somebody_elses_making_writes_no_count(take, slots):
    """A temporary table's trigger runs nested, as the guard's own do."""
    take(slots[0])
    with connection.cursor() as cursor:
        cursor.execute("create temporary table lever (slot bigint)")
        cursor.execute(
            "create function pg_temp.pull() returns trigger language plpgsql as $$ begin"
            " update public.booking_slot set taken = 0 where id = new.slot; return new; end $$"
        )
        cursor.execute(
            "create trigger pull before insert on lever for each row execute function pg_temp.pull()"
        )
        cursor.execute("insert into lever values (%s)", [slots[0].pk])
    slots[0].refresh_from_db()
    assert slots[0].taken == 1


def test_nobody_comes_back_into_a_full_slot(take, slots, city):
    from minzheng.booking.actions import cancel_booking

    row = take(slots[0], 1)
    cancel_booking(actor=city, phone=phone(1), booking=row.pk, version=row.version)
    take(slots[0], 2)
    refused("update booking_booking set state = 'booked', version = version + 1 where id = %s", [row.pk])


def test_a_booking_is_not_pushed_into_a_full_slot(take, slots):
    row, _other = take(slots[0], 1), take(slots[1], 2)
    refused(
        "update booking_booking set slot_id = %s, moved = moved + 1, version = version + 1 where id = %s",
        [slots[1].pk, row.pk],
    )


@pytest.mark.parametrize(
    "change",
    [
        "state = 'served'",
        "state = 'called'",
        "state = 'no_show'",
        "state = 'arrived', ticket = 1",  # not its day
        "moved = 0, phone_index = '\\x01'",
        "day = day + 1",
        "division = '140404'",
        "ticket = 7",
        "state = 'cancelled'",  # without a reason
    ],
)
def test_steps_that_do_not_follow_are_refused(take, slots, change):
    row = take(slots[0])
    refused(f"update booking_booking set {change}, version = version + 1 where id = %s", [row.pk])


@pytest.mark.parametrize("table", ["office", "window", "slot", "booking", "party"])
def test_nothing_is_removed(take, slots, table):
    take(slots[0])
    refused(f"delete from booking_{table}")


def test_nobody_comes_by_no_booking(take, slots):
    """A booking without people does not commit."""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*put(slots[0], b"x"))
        cursor.execute("set constraints all immediate")


def test_whose_it_is_does_not_change(take, slots):
    row = take(slots[0])
    refused("update booking_party set open = false, number_index = '\\x01' where booking_id = %s", [row.pk])
    run("update booking_party set open = false where booking_id = %s", [row.pk])
    assert list(row.parties.values_list("open", flat=True)) == [True, True]


def test_another_region_sees_and_writes_nothing(take, slots, city):
    from minzheng.base.scope import scope
    from minzheng.base.types import Actor
    from minzheng.booking.models import Booking, Office, Party

    take(slots[0])
    with scope(Actor(key="system:test", name="", regions=("140404",))):
        assert not Office.objects.exists()
        assert not Booking.objects.exists()
        assert not Party.objects.exists()
        refused(*put(slots[1], b"x"))
    with scope(Actor(key="resident:1:1", name="", regions=())):
        assert not Booking.objects.exists()


def test_names_and_numbers_lie_sealed(take, slots):
    take(slots[0], 1)
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(p::text || b::text, '') from booking_party p, booking_booking b")
        (text,) = cursor.fetchone()
    clear = visitor(2)
    for word in (clear.number, clear.name, phone(1).digits):
        assert word not in text
        assert word.encode().hex() not in text


def test_two_windows_of_one_number_and_two_tickets_of_one_number_are_refused(
    office, take, slots, later, city
):
    from minzheng.booking.actions import check_in

    first, second = take(slots[0], 1), take(slots[1], 2)
    later(slots[0].day)
    check_in(actor=city, booking=first.pk, version=first.version)
    refused(
        "update booking_booking set state = 'arrived', ticket = 1, version = version + 1 where id = %s",
        [second.pk],
    )
    refused(
        "insert into booking_window (office_id, division, number, closed) values (%s, '', 1, false)",
        [office.pk],
    )
