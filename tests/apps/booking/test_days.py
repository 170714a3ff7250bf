"""七夕 as dated data: each day is the seventh after a new moon as reckoned here, in the summer month it belongs to."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone

import pytest

from minzheng.booking.queries import wanted_days

CHINA = timezone(timedelta(hours=8))
QIXI = [day for day, label in wanted_days(date(2022, 1, 1), date(2028, 12, 31)) if label == "七夕"]


def new_moon(k: int) -> datetime:
    """The k-th mean new moon after 2000-01-06 with the chief periodic terms (Meeus, chapter 49); within minutes."""
    t = k / 1236.85
    day = 2451550.09766 + 29.530588861 * k + 0.00015437 * t**2
    e = 1 - 0.002516 * t
    sun = math.radians(2.5534 + 29.10535670 * k)
    moon = math.radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2)
    node = math.radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2)
    day += (
        -0.40720 * math.sin(moon) + 0.17241 * e * math.sin(sun) + 0.01608 * math.sin(2 * moon)
        + 0.01039 * math.sin(2 * node) + 0.00739 * e * math.sin(moon - sun) - 0.00514 * e * math.sin(moon + sun)
        + 0.00208 * e**2 * math.sin(2 * sun)
    )  # fmt: skip
    return datetime(2000, 1, 1, 12, tzinfo=CHINA) + timedelta(days=day - 2451545, hours=8)


@pytest.mark.parametrize("day", QIXI, ids=str)
def test_qixi_is_the_seventh_day_of_its_month(day):
    firsts = {new_moon(k).date() for k in range(270, 380)}
    assert day - timedelta(days=6) in firsts
    # The seventh month begins within the term from 大暑 to 处暑, the sun at 120° to 150°: 22 July to 23 August.
    assert date(day.year, 7, 23) <= day - timedelta(days=6) <= date(day.year, 8, 23)


def test_every_year_has_both_days():
    for year in range(2022, 2029):
        assert [label for _day, label in wanted_days(date(year, 1, 1), date(year, 12, 31))] == [
            "5·20",
            "七夕",
        ]
