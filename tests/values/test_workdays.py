"""Working days and limits of law: worked case T42, the official calendar, and an oracle that counts day by day."""

from __future__ import annotations

import calendar as plain
from bisect import bisect_right
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.rulebook.calendar import shipped_years, work_calendar
from minzheng.values.errors import Refusal
from minzheng.values.workdays import YearPlan, calendar_of, publicity_ends

CALENDAR = work_calendar()
ACCEPTED = date(2023, 3, 1)


def test_the_limits_of_worked_case_t42():
    assert CALENDAR.plus_workdays(ACCEPTED, 3) == date(2023, 3, 6)
    assert CALENDAR.plus_workdays(ACCEPTED, 30) == date(2023, 4, 13)
    assert CALENDAR.plus_workdays(ACCEPTED, 20) == date(2023, 3, 29)
    assert CALENDAR.plus_workdays(ACCEPTED, 45) == date(2023, 5, 6)
    assert publicity_ends(date(2023, 3, 10), 7) == date(2023, 3, 17)


def test_thirty_working_days_of_worked_case_t39_reach_into_december():
    assert CALENDAR.plus_workdays(date(2022, 11, 14), 30) == date(2022, 12, 26)


def test_a_make_up_saturday_is_worked_and_a_holiday_weekday_is_not():
    assert CALENDAR.is_workday(date(2023, 5, 6))
    assert not CALENDAR.is_workday(date(2023, 4, 5))
    assert not CALENDAR.is_workday(date(2025, 10, 8))
    assert CALENDAR.is_workday(date(2025, 10, 9))
    assert CALENDAR.is_workday(date(2025, 9, 28))


@pytest.mark.parametrize("year", [2021, 2022, 2023, 2024, 2025, 2026])
def test_every_day_agrees_with_the_package_that_keeps_the_official_calendar(year):
    day = date(year, 1, 1)
    while day.year == year:
        assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_each_year_names_its_document():
    assert all(plan.document.startswith("国务院办公厅") for plan in shipped_years())


def test_a_year_that_is_not_known_is_a_refusal_that_names_it():
    with pytest.raises(Refusal, match="没有 2027 年的工作日历") as told:
        CALENDAR.plus_workdays(date(2026, 12, 28), 10)
    assert "录入" in told.value.next_step


def test_a_limit_of_days_that_ends_on_a_rest_day_moves_to_the_next_working_day():
    assert CALENDAR.last_day(date(2023, 9, 14), 15) == date(2023, 10, 7)
    assert CALENDAR.last_day(date(2023, 3, 1), 1) == date(2023, 3, 2)


def test_a_limit_of_months_ends_on_the_corresponding_day_or_the_last_of_the_month():
    assert CALENDAR.last_month_day(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert CALENDAR.last_month_day(date(2023, 1, 15), 6) == date(2023, 7, 17)


def test_publicity_does_not_move_for_a_rest_day():
    assert publicity_ends(date(2023, 9, 23), 7) == date(2023, 9, 30)
    assert not CALENDAR.is_workday(date(2023, 9, 30))


def test_a_plan_that_rests_on_a_sunday_is_refused():
    with pytest.raises(Refusal, match="调休上班应为周六、周日"):
        YearPlan(2027, frozenset({date(2027, 1, 3)}), frozenset())
    with pytest.raises(Refusal, match="别的年份"):
        YearPlan(2027, frozenset({date(2026, 1, 1)}), frozenset())


def test_an_added_year_joins_and_changes_the_version():
    added = work_calendar((YearPlan(2027, frozenset({date(2027, 1, 1)}), frozenset()),))
    assert added.plus_workdays(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert added.version != CALENDAR.version
    assert calendar_of([]).years == {}


def test_a_negative_count_is_refused():
    with pytest.raises(Refusal):
        CALENDAR.plus_workdays(ACCEPTED, -1)


DAYS = st.dates(date(2021, 1, 1), date(2026, 6, 30))


#: Every working day from 2021 to 2026, from the package alone.
WORKED = [
    day
    for n in range((date(2026, 12, 31) - date(2021, 1, 1)).days + 1)
    if chinese_calendar.is_workday(day := date(2021, 1, 1) + timedelta(days=n))
]


def counted(start: date, count: int) -> date:
    """The count-th of the days worked after the start."""
    return WORKED[bisect_right(WORKED, start) + count - 1]


@given(DAYS, st.integers(1, 60))
def test_working_days_are_counted_as_one_would_on_a_wall_calendar(start, count):
    end = CALENDAR.plus_workdays(start, count)
    assert end == counted(start, count)
    assert CALENDAR.workdays_between(start, end) == count
    assert CALENDAR.workdays_between(end, start) == -count


@given(DAYS, st.integers(0, 24))
def test_a_limit_of_months_ends_no_earlier_than_the_law_s_day_and_on_a_working_day(start, months):
    if (start.year, start.month) > (2024, 11):
        return
    end = CALENDAR.last_month_day(start, months)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, plain.monthrange(year, month + 1)[1])
    assert CALENDAR.is_workday(end)
    assert not any(
        CALENDAR.is_workday(date(year, month + 1, day) + timedelta(days=n))
        for n in range((end - date(year, month + 1, day)).days)
    )


def test_thousands_of_dates_agree_with_the_oracle():
    checked = 0
    for offset in range(2000):
        start = date(2021, 1, 1) + timedelta(days=offset)
        for count in (1, 3, 7, 10, 15, 20, 30, 45):
            assert CALENDAR.plus_workdays(start, count) == counted(start, count), (start, count)
            checked += 1
    assert checked == 16000
