"""The parts of a rulebook page. Plain and frozen; nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .cases import ShownCase
from .ref import Ref


@dataclass(frozen=True)
class When:
    """The day and the county whose texts and values are shown."""

    on: date
    county: str
    county_name: str


@dataclass(frozen=True)
class Point:
    """A line of a rule in words, what it names (if it names one thing alone), and the lines under it."""

    text: str
    ref: Ref | None
    children: tuple[Point, ...]


@dataclass(frozen=True)
class ValueLine:
    """A parameter and its value on a day in a county, or one of its dated rows."""

    key: str
    label: str
    value: str
    per: str
    known: bool
    example: bool
    place: str
    since: date | None
    until: date | None
    known_from: date | None
    document: str
    mark: str
    link: str
    remark: str
    checked: date | None
    live: bool
    at: str


@dataclass(frozen=True)
class Text:
    """One text of a provision: where and when it holds, what it says, the rule in words."""

    place: str
    sentence: str
    citation: str
    instrument: Ref
    clauses: tuple[Ref, ...]
    since: date | None
    until: date | None
    in_force: bool
    gap: str
    outline: Point
    at: str


@dataclass(frozen=True)
class FactLine:
    """A fact a rule reads: whose it is, its unit or choices, and what no record means."""

    label: str
    holder: str
    values: str
    absent: str


@dataclass(frozen=True)
class RulePage:
    """A provision or a programme."""

    name: str
    label: str
    citation: str
    is_programme: bool
    holder: str
    cadence: str
    note: str
    clauses: tuple[Ref, ...]
    conditions: tuple[Ref, ...]
    amount: Ref | None
    texts: tuple[Text, ...]
    rules: tuple[Ref, ...]
    parameters: tuple[ValueLine, ...]
    facts: tuple[FactLine, ...]
    dependents: tuple[Ref, ...]
    programmes: tuple[Ref, ...]
    cases: tuple[ShownCase, ...]


@dataclass(frozen=True)
class ParameterPage:
    """A parameter with all its rows, the newest first."""

    now: ValueLine
    bounds: str
    rows: tuple[ValueLine, ...]
    dependents: tuple[Ref, ...]
    programmes: tuple[Ref, ...]
    clauses: tuple[Ref, ...]
    workflow_only: bool
    cases: tuple[ShownCase, ...]


@dataclass(frozen=True)
class InstrumentPage:
    """A document with what cites it."""

    key: str
    name: str
    number: str
    place: str
    since: date | None
    until: date | None
    mark: str
    lines: tuple[tuple[str, Ref, tuple[Ref, ...]], ...]
    clauses: tuple[ClauseLine, ...]


@dataclass(frozen=True)
class ClauseLine:
    """A clause with its disposition and everything that answers for it."""

    id: str
    document: str
    instrument: Ref | None
    article: str
    subject: str
    kind: str
    disposition: str
    rules: tuple[Ref, ...]
    parameters: tuple[Ref, ...]
    step: str
    by: str
    why: str
    note: str
    review: str


@dataclass(frozen=True)
class ClausePage:
    line: ClauseLine
    texts: tuple[tuple[Ref, str], ...]
    values: tuple[ValueLine, ...]
    cases: tuple[ShownCase, ...]
    case_count: int


@dataclass(frozen=True)
class Group:
    """Lines under a heading."""

    key: str
    label: str
    lines: tuple[ClauseLine, ...] = ()
    values: tuple[ValueLine, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One line of the index: what can be looked up, and the words it is found by."""

    ref: Ref
    kind: str
    words: str
