"""The closed sets of appointments, and what they show to people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import TextChoices

from minzheng.values.errors import Refusal


class Kind(TextChoices):
    """What people come to an office for. Another service adds a line here and nothing else in this app."""

    MARRIAGE = "marriage", "婚姻登记"


LONGEST_REASON = 80


def written_reason(text: str, missing: str) -> str:
    """A reason as it is kept and shown: refused when it is not there (`missing` says so) or too long, never cut."""
    said = text.strip()
    if not said:
        raise Refusal("booking.no_reason", missing, field="reason")
    if len(said) > LONGEST_REASON:
        raise Refusal(
            "booking.long_reason",
            f"最多填写 {LONGEST_REASON} 个字，现有 {len(said)} 个。",
            field="reason",
            next_step="请写得简短些。",
        )
    return said


class State(TextChoices):
    BOOKED = "booked", "已预约"
    ARRIVED = "arrived", "已到场"
    CALLED = "called", "正在办理"
    SERVED = "served", "已办理"
    UNSERVED = "unserved", "到场未办"
    NO_SHOW = "no_show", "未到场"
    CANCELLED = "cancelled", "已取消"


OPEN = (State.BOOKED, State.ARRIVED, State.CALLED)
"""While one of these, it holds its place, and its people and telephone have no other of that kind."""


@dataclass(frozen=True)
class Hours:
    """Open on a weekday (1 Monday … 7 Sunday) from minute to minute of the day."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True)
class Phone:
    """A mobile telephone whose owner showed a code that was sent to it."""

    digits: str

    def __repr__(self) -> str:
        return f"Phone({self})"

    def __str__(self) -> str:
        return f"{self.digits[:3]}****{self.digits[-4:]}"


@dataclass(frozen=True, repr=False)
class Visitor:
    """Somebody who will come, as typed: name and identity number."""

    name: str
    number: str


@dataclass(frozen=True)
class FreeSlot:
    """A slot with places left."""

    id: int
    office: int
    office_name: str
    day: date
    starts: int
    left: int

    def __str__(self) -> str:
        return f"{self.office_name} {self.day.year}年{self.day.month}月{self.day.day}日 {clock(self.starts)}"


def clock(minute: int) -> str:
    """`09:30` of minute 570."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


ONE_DAY = timedelta(days=1)
