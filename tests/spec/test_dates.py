"""Dates and ages

A date is a day. The moments of a determination are `on_day` (认定日期), `month_first` and `month_last` (the benefit
month). Months are counted to the corresponding day, which ends in a shorter month on its last day (民法典第二百零二条).
"""

import datetime

import pytest

from minzheng.rules import (
    AgeRule,
    Count,
    Date,
    Household,
    OneOf,
    age,
    days_between,
    fact,
    maximum,
    minimum,
    month_first,
    month_last,
    months_between,
    on_day,
    parameter,
)

born = fact("born", "出生日期", Household, Date)
moved = fact("moved", "迁入日期", Household, Date)
term = fact("term", "期限", Household, Count("月"), bounds=(0, 120))
days = fact("days", "天数", Household, Count("天"), bounds=(0, 400))
rule = parameter("rule", "周岁届满规则", OneOf(AgeRule))


@pytest.mark.compiled
def test_age_is_reached_on_the_birthday_or_the_day_after(spec):
    """`age(born, on, rule)` is full years. Whether a year is reached on the birthday or the day after it is a reading
    of the law, so it is a rule of its own: `AgeRule`.
    """
    table = """
    household | born       | →
    1         | 1943-12-31 | {0}
    2         | 1944-01-01 | 79
    3         | 1943-12-30 | 80
    4         | 2024-05-01 | 0
    """
    spec(age(born, on_day, AgeRule.BIRTHDAY), households=table.format(80))
    spec(age(born, on_day, AgeRule.DAY_AFTER), households=table.format(79))


@pytest.mark.compiled
def test_age_while_the_rule_is_open(spec):
    """An unknown rule matters on one day of the year only."""
    spec(
        age(born, on_day, rule).at_least(80),
        households="""
        household | born       | →
        1         | 1943-12-30 | yes
        2         | 1943-12-31 | unknown
        3         | 1944-01-01 | no
        4         |            | unknown
        """,
    )


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("day", "years"), [("2022-02-28", 17), ("2022-03-01", 18), ("2024-02-28", 19), ("2024-02-29", 20)]
)
def test_a_birthday_on_the_29th_of_february_read_as_the_first_of_march(spec, day, years):
    """By `LEAP_MARCH` it falls on 1 March in a common year and on itself in a leap year; all others on their day."""
    spec(
        age(born, on_day, AgeRule.LEAP_MARCH),
        on=day,
        households=f"""
        household | born       | →
        1         | 2004-02-29 | {years}
        2         | 2004-02-28 | {int(day[:4]) - 2004}
        """,
    )


@pytest.mark.compiled
def test_a_birthday_on_the_29th_of_february(spec):
    """In a common year a year of age is reached on 28 February, the month's last day."""
    spec(
        age(born, on_day, AgeRule.BIRTHDAY),
        on="2022-02-28",
        households="""
        household | born       | →
        1         | 2004-02-29 | 18
        2         | 2004-03-01 | 17
        """,
    )


@pytest.mark.compiled
def test_months_and_days_between(spec):
    """`months_between` counts whole months to the corresponding day, `days_between` days."""
    spec(
        months_between(moved, born),
        households="""
        household | moved      | born       | →
        1         | 2023-01-31 | 2023-02-28 | 1
        2         | 2023-01-31 | 2023-02-27 | 0
        3         | 2023-02-28 | 2023-03-27 | 0
        4         | 2023-03-01 | 2023-02-01 | -1
        """,
    )
    spec(
        days_between(moved, on_day),
        households="""
        household | moved      | →
        1         | 2023-12-01 | 30
        2         | 2024-01-01 | -1
        """,
    )


@pytest.mark.compiled
def test_dates_move_by_months_and_days(spec):
    """`.plus_months()` ends on the last day of a shorter month; an unknown term gives a range of days."""
    spec(
        moved.plus_months(term),
        households="""
        household | moved      | term | →
        1         | 2023-01-31 | 1    | 2023-02-28
        2         | 2024-01-31 | 1    | 2024-02-29
        3         | 2023-11-30 | 3    | 2024-02-29
        4         | 2023-01-31 |      | 2023-01-31 to 2033-01-31 (unknown)
        """,
    )
    spec(
        moved.plus_days(days),
        households="""
        household | moved      | days | →
        1         | 2023-12-31 | 60   | 2024-02-29
        """,
    )


@pytest.mark.compiled
def test_moments(spec):
    """The day of law and the benefit month may be different: a decision of December about November."""
    spec(
        moved.at_least(month_first) & moved.at_most(month_last) & moved.below(on_day),
        on="2023-12-31",
        month="2023-11",
        households="""
        household | moved      | →
        1         | 2023-11-01 | yes
        2         | 2023-11-30 | yes
        3         | 2023-12-01 | no
        4         | 2023-10-31 | no
        5         |            | unknown
        """,
    )


@pytest.mark.compiled
def test_earlier_later_and_a_fixed_day(spec):
    """`minimum` and `maximum` of dates; a Python date is a fixed day of law."""
    spec(
        minimum(born, maximum(moved, datetime.date(2020, 1, 1))),
        households="""
        household | born       | moved      | →
        1         | 2021-05-05 | 2019-01-01 | 2020-01-01
        2         | 2018-05-05 | 2019-01-01 | 2018-05-05
        """,
    )


def test_what_is_no_date(spec):
    """Only dates have ages."""
    spec.refuses(lambda: age(term, on_day, AgeRule.BIRTHDAY), "age needs date")
    spec.refuses(lambda: age(born, on_day, 5), "age needs choice")
    spec.refuses(lambda: months_between(born, 12), "do not go together")
    spec.refuses(lambda: born + moved, "+ needs money or number")
