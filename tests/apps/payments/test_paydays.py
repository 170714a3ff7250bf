"""When a programme is paid: arranged by the county, moved off rest days, late when nothing left by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, resident_actor
from minzheng.payments import actions, queries
from minzheng.payments.models import PayDay
from minzheng.payments.types import PaidState, Rest
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.payments.town import (
    AUGUST,
    COUNTY,
    JULY,
    OTHER_COUNTY,
    SEPTEMBER,
    TODAY,
    award,
    built,
    name_of,
    released,
    staff,
    stop,
)


def arranged(
    day: int = 10, *, rest: Rest = Rest.BEFORE, since: Month = JULY, on: date = TODAY, **given
) -> int:
    actor = given.pop("actor", None) or staff("maker")
    with scope(actor):
        return actions.set_paydays(
            actor=actor, county=given.pop("county", COUNTY), programmes=given.pop("programmes", ["dibao"]), since=since,
            day=day, rest=rest, document=given.pop("document", "潞民发〔2023〕1号"), on=on,
        )  # fmt: skip


def planned(month: Month) -> date | None:
    with scope(staff("maker")):
        (line,) = queries.calendar(staff("maker"), month, on=TODAY)
    return line.planned and line.planned.on


@pytest.mark.parametrize(
    ("day", "rest", "month", "expected"),
    [
        (10, Rest.BEFORE, JULY, date(2023, 7, 10)),
        (10, Rest.BEFORE, SEPTEMBER, date(2023, 9, 8)),
        (10, Rest.AFTER, SEPTEMBER, date(2023, 9, 11)),
        (31, Rest.BEFORE, SEPTEMBER, date(2023, 9, 28)),
        (31, Rest.AFTER, SEPTEMBER, date(2023, 10, 7)),
        (31, Rest.BEFORE, Month(2024, 2), date(2024, 2, 29)),
    ],
)  # 2023-09-29 to 10-06 was the Mid-Autumn and National Day holiday; 7 October a make-up working day.
def test_a_payday_moves_off_rest_days_as_arranged(town, day, rest, month, expected):
    award(1, 50_000, JULY)
    arranged(day, rest=rest)
    assert planned(month) == expected


def test_what_nobody_arranged_is_no_payday(town):
    award(1, 50_000, JULY)
    with scope(staff("maker")):
        (line,) = queries.calendar(staff("maker"), JULY, on=TODAY)
    assert (line.planned, line.state, line.awards) == (None, PaidState.NOT_ARRANGED, 1)


def test_a_year_whose_working_days_are_not_known_has_a_provisional_day(town):
    award(1, 50_000, JULY)
    arranged(10)
    with scope(staff("maker")):
        (line,) = queries.calendar(staff("maker"), Month(2031, 5), on=TODAY)
    assert line.planned is not None
    assert (line.planned.on, line.planned.provisional) == (date(2031, 5, 10), True)


def test_the_arrangement_that_was_written_last_holds_from_its_month_on(town):
    award(1, 50_000, JULY)
    arranged(10)
    arranged(20, since=AUGUST)
    arranged(15, since=AUGUST, document="潞民发〔2023〕2号（更正）")
    assert [planned(month) for month in (JULY, AUGUST)] == [date(2023, 7, 10), date(2023, 8, 15)]


def test_the_same_arrangement_twice_is_once_and_past_months_stay(town):
    assert arranged(10, programmes=["dibao", "tekun", "dibao"]) == 2
    assert arranged(10, programmes=["dibao", "tekun"]) == 0
    assert PayDay.objects.count() == 2
    with pytest.raises(Refusal, match="本月或者以后"):
        arranged(12, since=Month(2023, 6))
    with pytest.raises(Refusal, match="依据"):
        arranged(12, document=" ")
    with pytest.raises(Refusal, match="1 至 31"):
        arranged(32)
    with pytest.raises(Refusal, match="发放资金"):
        arranged(12, programmes=["edge"])


def test_another_county_or_another_office_arranges_nothing(town):
    with pytest.raises(Refusal, match="管辖"):
        arranged(10, county=OTHER_COUNTY)
    with pytest.raises(Refusal, match="权限"):
        arranged(10, actor=staff("desk"))


def test_a_month_is_late_from_the_day_after_its_payday_until_its_payroll_leaves(town):
    award(1, 50_000, JULY)
    arranged(20, since=JULY)
    maker = staff("maker")
    with scope(maker):
        assert queries.late(maker, on=date(2023, 7, 20)) == []
        (line,) = queries.late(maker, on=date(2023, 7, 21))
    assert (line.month, line.programme, line.awards, line.state) == (JULY, "dibao", 1, PaidState.LATE)
    listed = built()
    with scope(maker):
        assert len(queries.late(maker, on=date(2023, 7, 21))) == 1
    released(listed)
    with scope(maker):
        assert queries.late(maker, on=date(2023, 7, 21)) == []
        (line,) = queries.calendar(maker, JULY, on=TODAY)
        assert line.state == PaidState.PAID
        assert [one.month for one in queries.late(maker, on=date(2023, 9, 21))] == [AUGUST, SEPTEMBER]


def test_nobody_waits_for_a_programme_that_nobody_receives(town):
    stop(award(1, 50_000, JULY), AUGUST)
    arranged(10, programmes=["dibao", "tekun"], since=JULY)
    maker = staff("maker")
    with scope(maker):
        late = queries.late(maker, on=date(2023, 9, 30))
    assert [(one.programme, one.month) for one in late] == [("dibao", JULY)]


def test_a_payroll_of_a_later_month_lists_the_months_before_and_so_pays_them(town):
    award(1, 50_000, JULY)
    arranged(10, since=JULY)
    released(built(month=AUGUST, on=date(2023, 8, 20)))
    maker = staff("maker")
    with scope(maker):
        assert queries.late(maker, on=date(2023, 8, 31)) == []


def test_the_states_of_a_month(town):
    award(1, 50_000, JULY)
    arranged(25, since=JULY)
    maker = staff("maker")
    with scope(maker):
        states = [
            queries.calendar(maker, JULY, on=on)[0].state
            for on in (date(2023, 7, 1), date(2023, 7, 18), date(2023, 7, 26))
        ]
    assert states == [PaidState.AHEAD, PaidState.SOON, PaidState.LATE]
    built()
    with scope(maker):
        assert queries.calendar(maker, JULY, on=date(2023, 7, 18))[0].state == PaidState.UNDER_WAY


def test_the_counties_of_others_are_not_in_the_calendar(town):
    award(1, 50_000, JULY)
    award(11, 50_000, JULY)
    arranged(10, county=OTHER_COUNTY, actor=system_actor("test"))
    maker = staff("maker")
    with scope(maker):
        assert {one.county for one in queries.calendar(maker, JULY, on=TODAY)} == {COUNTY}
        assert queries.late(maker, on=date(2023, 12, 31)) == []


def test_who_has_a_region_and_a_part_of_it_counts_each_award_once(town):
    award(1, 50_000, JULY)
    actor = replace(staff("maker"), regions=("1404", COUNTY, COUNTY, "140403001"))
    with scope(actor):
        (line,) = queries.calendar(actor, JULY, on=TODAY)
    assert line.awards == 1


def test_a_family_is_told_when_and_what_it_is_paid_next(town):
    award(1, 50_000, JULY)
    award(1, 8_000, AUGUST, programme="living_subsidy", person=1)
    arranged(25, since=JULY)
    maker = staff("maker")

    def told(on: date, asks: Actor = maker) -> list[tuple[str, Month, int, date | None, bool]]:
        with scope(asks):
            found = queries.next_pay(asks, 1, on=on)
        return [(n.programme, n.month, n.fen, n.planned and n.planned.on, n.late) for n in found]

    assert told(TODAY) == [
        ("dibao", JULY, 50_000, date(2023, 7, 25), False), ("living_subsidy", AUGUST, 8_000, None, False),
    ]  # fmt: skip
    assert told(date(2023, 7, 26))[0] == ("dibao", JULY, 50_000, date(2023, 7, 25), True)
    home = resident_actor(1, 1, name_of(1))
    assert told(TODAY, home) == told(TODAY)
    released(built())
    assert told(TODAY)[0] == ("dibao", AUGUST, 50_000, date(2023, 8, 25), False)
    assert told(TODAY, home) == told(TODAY)


def test_a_benefit_that_ends_is_not_announced_for_the_month_after(town):
    stop(award(1, 50_000, JULY), AUGUST)
    released(built())
    maker = staff("maker")
    with scope(maker):
        assert queries.next_pay(maker, 1, on=TODAY) == []


def test_calendar_and_late_list_ask_the_same_number_of_questions_for_few_and_many(town):
    maker = staff("maker")

    def asked() -> int:
        with scope(maker), CaptureQueriesContext(connection) as caught:
            queries.calendar(maker, JULY, on=TODAY)
            queries.late(maker, on=date(2023, 12, 31))
        return len(caught)

    award(1, 50_000, JULY)
    arranged(10)
    few = asked()
    for household in (2, 3, 4):
        award(household, 50_000, JULY)
    for household, programme in ((5, "tekun"), (6, "old_age"), (7, "orphan")):
        award(household, 10_000, JULY, programme=programme, person=2 * household)
    arranged(10, programmes=["tekun", "old_age", "orphan"])
    assert asked() == few


INSERT = (
    "insert into payments_payday (public_id, county, programme, since, number, day, rest, document, actor)"
    " values (gen_random_uuid(), %s, 'dibao', '2023-07-01', 1, 10, 'before', 'x', 'somebody else')"
)


def test_the_database_keeps_arrangements_as_they_were_written_and_by_whom(town):
    arranged(10, county=OTHER_COUNTY, actor=system_actor("test"))
    maker = staff("maker")
    with scope(maker), connection.cursor() as cursor:
        for statement, values in (
            (INSERT, [OTHER_COUNTY]),
            ("update payments_payday set day = 1", []),
            ("delete from payments_payday", []),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement, values)
        cursor.execute(INSERT, [COUNTY])
        assert PayDay.objects.get(county=COUNTY).actor == maker.key
        # Another county's days are no secret.
        assert PayDay.objects.filter(county=OTHER_COUNTY).exists()
