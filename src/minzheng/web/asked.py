"""What a list of leads or reviews was asked to show: read from the address, written back to it, shown as a form.

Names and numbers of people never stand in an address: a name is looked for by POST only (`text`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import QueryDict

from minzheng.assessment.programmes import programme_labels
from minzheng.assessment.queries import ORDERS, Filter
from minzheng.assessment.types import LEADS, REVIEWS, Attention, Kind
from minzheng.assessment.workflow import LIVE, State
from minzheng.base.types import Actor
from minzheng.web import places

FAMILIES: dict[str, tuple[Kind, ...]] = {"leads": LEADS, "reviews": REVIEWS}
EVERY = "all"
ORDER_WORDS = {
    "rank": "办理次序",
    "amount": "每月相差由大到小",
    "questions": "须查清事项由少到多",
    "place": "地区",
    "found": "最早查出在前",
}
_BACK = re.compile(r"[\w=&.%-]{0,300}", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """One list as it was asked for. Empty means no limit; `state` empty means what is not yet closed."""

    family: str
    programme: str = ""
    place: str = ""
    kind: str = ""
    state: str = ""
    order: str = "rank"
    fen: str = ""
    asks: str = ""
    attention: str = ""
    due: str = ""
    text: str = ""
    ignored: tuple[str, ...] = field(default=(), compare=False)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return (Kind(int(self.kind)),) if self.kind else FAMILIES[self.family]

    @property
    def states(self) -> tuple[State, ...]:
        if self.state == EVERY:
            return ()
        return (State(self.state),) if self.state else LIVE

    @property
    def filter(self) -> Filter:
        return Filter(
            programme=self.programme,
            division=self.place,
            kinds=self.kinds,
            states=self.states,
            fen_least=int(self.fen) * 100 if self.fen else None,
            questions_most=int(self.asks) if self.asks else None,
            attention=Attention(int(self.attention or 0)),
            text=self.text,
            order=self.order,
        )

    @property
    def more(self) -> bool:
        """Whether something of the folded part of the form is set."""
        return bool(self.fen or self.asks or self.attention) or self.order != "rank"

    @property
    def narrowed(self) -> bool:
        return self.filter != Asked(self.family).filter or bool(self.due)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As hidden fields of a form carry it."""
        return [(name, getattr(self, name)) for name in _NAMES]

    @property
    def query_without_due(self) -> str:
        return self.query(due="")

    def query(self, **changes: str) -> str:
        """As the address carries it, without what is usual and without the name looked for."""
        usual = Asked(self.family)
        pairs = [(name, changes.get(name, getattr(self, name))) for name in _NAMES]
        return urlencode([(name, value) for name, value in pairs if value != getattr(usual, name)])


_NAMES = ("programme", "place", "kind", "state", "order", "fen", "asks", "attention", "due")
_LABELS = {
    "programme": "待遇", "place": "地区", "kind": "类别", "state": "状态", "order": "排序", "fen": "每月相差",
    "asks": "须查清事项", "attention": "优先情形", "due": "到期",
}  # fmt: skip


def asked_of(actor: Actor, family: str, sent: QueryDict | Mapping[str, str], *, text: str = "") -> Asked:
    """What was asked for; a value that means nothing is left out and named in `ignored`."""
    values = {name: str(sent.get(name, "")).strip() for name in _NAMES}
    ignored = [
        name for name, value in values.items() if value and not _means_something(actor, family, name, value)
    ]
    kept = {name: value for name, value in values.items() if value and name not in ignored}
    return Asked(family, **kept, text=text.strip()[:60], ignored=tuple(_LABELS[name] for name in ignored))


def _means_something(actor: Actor, family: str, name: str, value: str) -> bool:
    if name == "programme":
        return value in programme_labels()
    if name == "place":
        return places.holds(actor, value)
    if name == "kind":
        return value in {str(kind.value) for kind in FAMILIES[family]}
    if name == "state":
        return value == EVERY or value in State.values
    if name == "order":
        return value in ORDERS
    if name == "due":
        return value == "1"
    plain = value.isascii() and value.isdecimal() and len(value) <= 6
    return plain and (name != "attention" or value in {str(flag.value) for flag in Attention})


def back_query(text: str) -> str:
    """The part of an address that leads back to a list, when it is nothing but that."""
    return text if _BACK.fullmatch(text) else ""
