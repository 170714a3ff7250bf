"""Working days and limits of law over an official calendar, which comes in as an argument. Days are `datetime.date`.

A calendar knows whole years. To ask about a year it does not know is a refusal that names the year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from minzheng.values.errors import Refusal
from minzheng.values.month import Month

SATURDAY = 5
ONE_DAY = timedelta(days=1)
_ADD_A_YEAR = "请由系统管理员在“工作日历”中录入国务院办公厅公布的该年放假安排，再办理。"


@dataclass(frozen=True)
class YearPlan:
    """One year of the official calendar: weekdays on which people rest, weekend days on which they work."""

    year: int
    rest: frozenset[date]
    work: frozenset[date]
    document: str = ""

    def __post_init__(self) -> None:
        if any(day.year != self.year for day in self.rest | self.work):
            raise Refusal(
                "calendar.other_year", f"{self.year} 年的放假安排里有别的年份的日期。", field="days"
            )
        if any(is_weekend(day) for day in self.rest) or any(not is_weekend(day) for day in self.work):
            raise Refusal(
                "calendar.no_change",
                f"{self.year} 年的放假安排里，调休上班应为周六、周日，放假应为周一至周五。",
                field="days",
            )


@dataclass(frozen=True)
class WorkCalendar:
    """The official calendar of the years it holds. `version` says which one a clock was reckoned with."""

    years: Mapping[int, YearPlan]
    version: str = ""

    def plan(self, year: int) -> YearPlan:
        found = self.years.get(year)
        if found is None:
            raise Refusal(
                "calendar.year_missing",
                f"没有 {year} 年的工作日历，不能推算落在该年的期限。",
                field="calendar",
                next_step=_ADD_A_YEAR,
                article="TX-2",
            )
        return found

    def is_workday(self, day: date) -> bool:
        plan = self.plan(day.year)
        return day in plan.work if is_weekend(day) else day not in plan.rest

    def first_workday_from(self, day: date) -> date:
        """The day itself where people work on it, else the next such day."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def plus_workdays(self, start: date, count: int) -> date:
        """The `count`-th working day after `start`; the day of the start is not counted (TX-2)."""
        _not_negative(count)
        day = start
        while count:
            day += ONE_DAY
            count -= self.is_workday(day)
        return day

    def last_day(self, start: date, days: int) -> date:
        """The last day of a limit of calendar days: the first is not counted, a rest day moves to a working day."""
        _not_negative(days)
        return self.first_workday_from(start + timedelta(days=days))

    def last_month_day(self, start: date, months: int) -> date:
        """The last day of a limit of months: the corresponding day, the month's last where there is none (民法典 202)."""
        _not_negative(months)
        month = Month.of(start).plus(months)
        day = month.last_day if start.day > month.last_day.day else month.last_day.replace(day=start.day)
        return self.first_workday_from(day)

    def workdays_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and with `end`; below zero where `end` comes first."""
        if end < start:
            return -self.workdays_between(end, start)
        span = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
        return sum(self.is_workday(day) for day in span)


def is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY


def publicity_ends(posted: date, days: int) -> date:
    """The last day of a public notice of so many natural days, to its 24:00; the day of posting is not counted (TX-3).

    A rest day does not move it: what hangs on the wall hangs there on Sundays too.
    """
    _not_negative(days)
    return posted + timedelta(days=days)


def calendar_of(plans: Iterable[YearPlan], version: str = "") -> WorkCalendar:
    """A calendar of these years; of two plans of one year the later given holds."""
    return WorkCalendar({plan.year: plan for plan in plans}, version)


def _not_negative(count: int) -> None:
    if count < 0:
        raise Refusal("calendar.negative", "期限的天数不能小于零。")
