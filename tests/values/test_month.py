"""Months and ages as the law counts them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.values.errors import Refusal
from minzheng.values.month import Month, full_years, months_between

months = st.builds(Month, st.integers(1900, 2100), st.integers(1, 12))


@given(months)
def test_a_month_is_read_as_it_is_written(month):
    assert Month.parse(str(month)) == month
    assert Month.from_ordinal(month.ordinal) == month


@given(months, st.integers(-600, 600))
def test_adding_months_and_counting_them_agree(month, n):
    assert month.plus(n).months_since(month) == n
    assert (month.plus(n) > month) == (n > 0)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_a_day_lies_in_its_month(day):
    month = Month.of(day)
    assert day in month
    assert month.first_day <= day <= month.last_day


@pytest.mark.parametrize("text", ["2023-13", "2023-00", "2023/12", "２０２３-12", "202", "2023-1"])
def test_what_is_not_a_month_is_refused(text):
    with pytest.raises(Refusal):
        Month.parse(text)


def test_months_between_count_both_ends():
    assert [str(m) for m in months_between(Month(2023, 11), Month(2024, 1))] == [
        "2023-11",
        "2023-12",
        "2024-01",
    ]
    assert list(months_between(Month(2024, 1), Month(2023, 12))) == []


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(1943, 12, 31), date(2023, 12, 30), 79),
        (date(1943, 12, 31), date(2023, 12, 31), 80),
        (date(2004, 2, 29), date(2023, 2, 28), 18),
        (date(2004, 2, 29), date(2023, 3, 1), 19),
        (date(2023, 12, 31), date(2023, 12, 31), 0),
    ],
)
def test_an_age_is_full_on_the_birthday(birth, on, years):
    assert full_years(birth, on) == years
