"""An office in a city of its own day, telephones, and people who do not exist."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

MONDAY = date(2023, 12, 18)


@pytest.fixture
def day(city):
    from minzheng.base.actions import set_business_date

    set_business_date(actor=city, day=MONDAY, reason="tests")
    return MONDAY


@pytest.fixture
def later(city):
    """`later(day)`: the business date goes on."""
    from minzheng.base.actions import set_business_date

    return lambda on: set_business_date(actor=city, day=on, reason="tests")


@pytest.fixture
def make_office(city, day):
    """`make_office("140403", windows=1)`: open on working days from nine to eleven, half an hour a slot."""
    from minzheng.booking.administration import open_office
    from minzheng.booking.types import Hours, Kind

    def make(division="140403", windows=1, weekdays=(1, 2, 3, 4, 5)):
        return open_office(
            actor=city, kind=Kind.MARRIAGE, division=division, name=f"示例登记处 {division}", address="示例路 1 号",
            phone="", hours=[Hours(one, 540, 660) for one in weekdays], windows=windows, example=True,
        )  # fmt: skip

    return make


@pytest.fixture
def office(make_office):
    return make_office()


def phone(n: int):
    from minzheng.booking.types import Phone

    return Phone(f"139{n:08d}")


def visitor(n: int):
    from minzheng.booking.types import Visitor
    from minzheng.values.identity import compose

    return Visitor(f"测试{n}", compose("140499", date(1990, 1, 1), n).reveal_for("tests"))


@pytest.fixture
def take(city):
    """`take(slot, n)`: the couple number `n` books, with a telephone of its own."""
    from minzheng.booking.actions import book

    def go(slot, n=1, **changes):
        asked = {
            "phone": phone(n), "visitors": [visitor(2 * n), visitor(2 * n + 1)], "client_key": uuid.uuid4(), **changes,
        }  # fmt: skip
        return book(actor=city, slot=slot.pk, **asked)

    return go


@pytest.fixture
def slots(office):
    """Free slots of the office, the soonest first."""
    from minzheng.booking.models import Slot

    return list(Slot.objects.filter(office=office, capacity__gt=0).order_by("day", "starts"))
