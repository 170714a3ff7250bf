"""Dates as day numbers (days since 1970-01-01) and the counting of ages and months.

Plain integer arithmetic, so that the compiled kernel can use these very functions.
"""

from __future__ import annotations

import datetime

EPOCH = datetime.date(1970, 1, 1)


def day_number(on: datetime.date) -> int:
    return (on - EPOCH).days


def from_day_number(day: int) -> datetime.date:
    return EPOCH + datetime.timedelta(days=int(day))


def civil(day: int) -> tuple[int, int, int]:
    """Year, month, day of month of a day number (proleptic Gregorian), from 29 000 years before to as many after.

    Few multiplications and no branch: Neri and Schneider, Euclidean affine functions (2022), in their names.
    """
    n1 = 4 * (day + 12699422) + 3
    century = n1 // 146097
    n2 = (n1 - century * 146097) | 3
    p2 = 2939745 * n2
    year_of_century = p2 >> 32
    day_of_year = (p2 & 4294967295) // 11758980
    n3 = 2141 * day_of_year + 197913
    month = n3 >> 16
    late = 1 if day_of_year >= 306 else 0
    return 100 * century + year_of_century - 32800 + late, month - 12 * late, (n3 & 65535) // 2141 + 1


def days_from_civil(y: int, m: int, d: int) -> int:
    if m <= 2:
        y -= 1
    era = y // 400
    yoe = y - era * 400
    mp = m - 3 if m > 2 else m + 9
    doy = (153 * mp + 2) // 5 + d - 1
    doe = yoe * 365 + yoe // 4 - yoe // 100 + doy
    return era * 146097 + doe - 719468


def month_length(y: int, m: int) -> int:
    leap = 1 if (y % 4 == 0 and y % 100 != 0) or y % 400 == 0 else 0
    return 28 + leap if m == 2 else 30 + ((m + (m >> 3)) & 1)


def add_months(day: int, months: int) -> int:
    """The corresponding day `months` later, or the last day of that month (Civil Code art. 202)."""
    y, m, d = civil(day)
    k = y * 12 + (m - 1) + months
    y2 = k // 12
    m2 = k - y2 * 12 + 1
    last = month_length(y2, m2)
    return days_from_civil(y2, m2, d if d < last else last)


def months_between(start: int, end: int) -> int:
    """Whole months from `start` to `end`; the corresponding day completes a month, or its last day."""
    y1, m1, d1 = civil(start)
    y2, m2, d2 = civil(end)
    months = (y2 - y1) * 12 + (m2 - m1)
    last = month_length(y2, m2)
    need = d1 if d1 < last else last
    return months - 1 if d2 < need else months


def age(born: int, on: int, rule: int) -> int:
    """Full years of age, nobody younger than 0; `rule` is the bit of an `AgeRule`. A birthday that the year does not have
    is the last of February, by `LEAP_MARCH` (4) the first of March; by `DAY_AFTER` (2) each is a day later."""
    if rule == 2:
        on = on - 1
    y1, m1, d1 = civil(born)
    y2, m2, d2 = civil(on)
    last = month_length(y2, m2)
    need = d1 if d1 < last or rule == 4 else last
    years = y2 - y1
    if m2 < m1 or (m2 == m1 and d2 < need):
        years = years - 1
    return years if years > 0 else 0
