"""What a rulebook declares: facts, parameters, instruments, provisions, programs.

Declarations are traced when somebody asks for their kind, not when they are imported, so that a module reads
in the order of the law and not of the machine.
"""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .errors import RuleError
from .expr import Column, Expr, Rule, Setting, as_expr, fail, walk, where_am_i
from .kinds import Bool, Choice, Entity, Household, Kind, Money, Person

DATE_BOUNDS = (-25567, 54787)
"""Day numbers 1900-01-01 to 2120-01-01: what a date may be while it is unknown."""


def layer(code: str) -> str:
    """A jurisdiction as the prefix of a division code: "" nation, "14", "1404", "140403"."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def day(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


# -- facts -------------------------------------------------------------------------------------------------
class Fact(Column):
    """Something recorded about a household or a person; see `fact`."""

    def __init__(
        self,
        name: str,
        label: str,
        entity: Entity,
        kind: Kind,
        *,
        bounds: tuple[int, int] | None,
        absent: Any,
        often_unknown: bool,
        review_when_missing: bool = False,
        election: bool = False,
        note: str = "",
    ) -> None:
        if (kind.name == "number" and bounds is None) or (kind == Money and bounds is None):
            fail(f"fact {name}: a number needs declared bounds")
        self.name = self.column = name
        self.label, self.entity, self.kind = label, entity, kind
        self.bounds = DATE_BOUNDS if kind.name == "date" and bounds is None else bounds
        self.absent, self.often_unknown, self.election = absent, often_unknown, election
        self.review_when_missing, self.note = review_when_missing, note
        self.gathered: Gather | None = None
        self.declared_at = where_am_i()

    def __repr__(self) -> str:
        return f"<fact {self.name}>"

    def gathered_from(self, over: str, how: str, value: Rule) -> None:
        """This fact is made from `value` of the people on the edges `over`, in an earlier stage."""
        if how not in ("sum", "count"):
            fail("gathered_from: how is 'sum' or 'count'")
        if not isinstance(value, Rule) or value.entity is not Person:
            fail("gathered_from reads a provision of the other person")
        if value.kind.name != ("bool" if how == "count" else self.kind.name):
            fail(f"gathered_from: {self.name} is {self.kind}, the value is {value.kind}")
        self.gathered = Gather(over, how, value)


@dataclass(frozen=True)
class Gather:
    """How a fact comes from other people's households: edges, aggregate, provision there."""

    over: str
    how: str
    value: Rule


class Series:
    """A monthly series; the law reads its total over a window or the value of the month."""

    def __init__(
        self, name: str, label: str, entity: Entity, kind: Kind, *, bounds: tuple[int, int], absent: Any
    ) -> None:
        self.name, self.label, self.entity, self.kind = name, label, entity, kind
        self.bounds, self.absent, self.declared_at = bounds, absent, where_am_i()
        self._total = SeriesPart(self, "total", f"{label}（核算期合计）", (bounds[0] * 12, bounds[1] * 12))
        self._month = SeriesPart(self, "month", f"{label}（当月）", bounds)

    def __repr__(self) -> str:
        return f"<series {self.name}>"

    def average(self, over: Expr) -> Expr:
        """Monthly average over the window parameter (which declares its choices)."""
        return self._total.per_choice(over)

    @property
    def total(self) -> Expr:
        """Sum over the window before the month of determination."""
        return self._total

    @property
    def this_month(self) -> Expr:
        return self._month


class SeriesPart(Column):
    def __init__(self, series: Series, part: str, label: str, bounds: tuple[int, int]) -> None:
        self.series, self.part = series, part
        self.name = self.column = f"{series.name}__{part}"
        self.label, self.entity, self.kind, self.bounds = label, series.entity, series.kind, bounds
        self.absent, self.often_unknown, self.review_when_missing = series.absent, False, False
        self.declared_at = series.declared_at


def fact(
    name: str,
    label: str,
    entity: Entity,
    kind: Kind,
    *,
    bounds: tuple[int, int] | None = None,
    absent: Any = None,
    often_unknown: bool = False,
    election: bool = False,
    note: str = "",
) -> Fact:
    """Declare a fact. Unknown unless recorded; `absent` is its value inside a source's coverage.

    bounds: what it can be while unknown (money in fen). often_unknown: most people have no value, so the fast
    kernel carries a range for it. election: a choice of the applicant; while open, each option is shown.
    """
    return Fact(
        name, label, entity, kind, bounds=bounds, absent=absent, often_unknown=often_unknown,
        election=election, note=note,
    )  # fmt: skip


def finding(name: str, label: str, entity: Entity, note: str = "") -> Fact:
    """An officer's dated judgement, yes or no; until it exists, what depends on it is a review."""
    return Fact(
        name, label, entity, Bool, bounds=None, absent=None, often_unknown=True, review_when_missing=True,
        note=note,
    )  # fmt: skip


def series(
    name: str, label: str, entity: Entity, kind: Kind, *, bounds: tuple[int, int], absent: Any = None
) -> Series:
    return Series(name, label, entity, kind, bounds=bounds, absent=absent)


# -- parameters --------------------------------------------------------------------------------------------
class Parameter(Setting):
    """A number, choice or switch set by an authority; its dated values stand in the parameter files."""

    def __init__(
        self,
        key: str,
        label: str,
        kind: Kind,
        *,
        per: str,
        bounds: tuple[int | Fraction, int | Fraction] | None,
        scale: int,
        choices: tuple[int, ...],
        often_unknown: bool,
    ) -> None:
        if kind.name in ("money", "number") and bounds is None:
            if not choices:
                fail(f"parameter {key}: a number needs bounds or choices")
            bounds = (min(choices), max(choices))
        self.key, self.label, self.kind, self.entity, self.per_unit = key, label, kind, None, per
        self.bounds = (Fraction(bounds[0]), Fraction(bounds[1])) if bounds is not None else None
        self.scale, self.choices, self.often_unknown = scale, choices, often_unknown
        self.declared_at = where_am_i()

    def __repr__(self) -> str:
        return f"<parameter {self.key}>"


def parameter(
    key: str,
    label: str,
    kind: Kind,
    *,
    per: str = "",
    bounds: tuple[int | Fraction, int | Fraction] | None = None,
    scale: int = 1,
    choices: tuple[int, ...] = (),
    often_unknown: bool = False,
) -> Parameter:
    """Declare a parameter.

    bounds: what it can be while unknown, in fen or units. scale: smallest step is 1/scale (a ratio: 1000).
    choices: the whole numbers it may take, when something is divided by it. often_unknown: no value is loaded
    for most places or dates.
    """
    return Parameter(
        key, label, kind, per=per, bounds=bounds, scale=scale, choices=choices, often_unknown=often_unknown
    )


# -- instruments and provisions ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Instrument:
    """A legal document: its number, name, the dates it is in force, how its text is known."""

    number: str
    name: str
    in_force: datetime.date | None
    until: datetime.date | None
    jurisdiction: str
    mark: str
    url: str = ""


def instrument(
    number: str,
    *,
    name: str,
    in_force: str | None = None,
    until: str | None = None,
    jurisdiction: str = "",
    mark: str = "found",
    url: str = "",
) -> Instrument:
    return Instrument(number, name, day(in_force), day(until), layer(jurisdiction), mark, url)


@dataclass(frozen=True)
class Citation:
    """Where a rule stands: instrument, article, and the clause ids of the catalogue.

    also: later documents that say the same more closely, with their articles; each from its own day.
    """

    instrument: Instrument
    article: str
    clauses: tuple[str, ...]
    also: tuple[tuple[Instrument, str], ...] = ()

    def __str__(self) -> str:
        later = (f"；{one.in_force or ''}起并据{_place(one, article)}" for one, article in self.also)
        return _place(self.instrument, self.article) + "".join(later)


def _place(instrument: Instrument, article: str) -> str:
    where = f"第{article}条" if article and article[0].isdigit() else article
    return f"《{instrument.name}》（{instrument.number}）{where}"


@dataclass
class Version:
    """One text of a provision: where and when it holds, and its expression."""

    function: Callable[[], Expr]
    citation: Citation
    jurisdiction: str
    since: datetime.date | None
    until: datetime.date | None
    sentence: str
    textual_gap: str
    declared_at: str
    expr: Expr | None = None

    def holds(self, on: datetime.date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    def covers(self, county: str) -> bool:
        return county.startswith(self.jurisdiction)


class Provision(Rule):
    """One testable clause of the law; a leaf wherever another provision names it."""

    def __init__(self, name: str, label: str, of: Entity, first: Version) -> None:
        self.name, self.label, self.of, self.entity = name, label, of, of
        self.versions: list[Version] = [first]
        self.recorded = False
        self._tracing = False

    def __repr__(self) -> str:
        return f"<provision {self.name}>"

    def __getattr__(self, attribute: str) -> Any:
        if attribute == "kind":
            self.trace()
            return self.__dict__["kind"]
        raise AttributeError(attribute)

    @property
    def citation(self) -> Citation:
        return self.versions[0].citation

    @property
    def sentence(self) -> str:
        return self.versions[0].sentence

    @property
    def declared_at(self) -> str:
        return self.versions[0].declared_at

    def trace(self) -> None:
        """Run the bodies once and check what they return."""
        if self._tracing:
            raise RuleError(
                f"{self.name} depends on itself ({self.declared_at}); read a recorded fact instead"
            )
        if all(v.expr is not None for v in self.versions) and "kind" in self.__dict__:
            return
        self._tracing = True
        try:
            for version in self.versions:
                if version.expr is None:
                    version.expr = self._check(self._body(version), version)
        finally:
            self._tracing = False

    def _body(self, version: Version) -> Expr:
        """The expression of a text; what is wrong with it is said under the name of the provision."""
        try:
            return as_expr(version.function())
        except RuleError as wrong:
            if version.declared_at in str(wrong) or str(wrong).startswith("provision "):
                raise
            place = f"provision {self.name} ({version.declared_at})"
            raise type(wrong)(f"{place}: {wrong}") from wrong

    def _check(self, expr: Expr, version: Version) -> Expr:
        if expr.entity is Person and self.of is Household:
            raise RuleError(
                f"{self.name} is of the household but reads a person without an aggregate ({version.declared_at})"
            )
        known: Kind | None = self.__dict__.get("kind")
        if known is None:
            self.kind = expr.kind
        elif known.name != expr.kind.name or known.domain is not expr.kind.domain:
            raise RuleError(f"{self.name}: versions are {known} and {expr.kind} ({version.declared_at})")
        return expr

    def version_for(self, county: str, on: datetime.date) -> int:
        """Index of the version in force: the nearest layer wins; -1 where there is none."""
        if len(self.versions) == 1:
            only = self.versions[0]
            return 0 if only.holds(on) and only.covers(county) else -1
        live = [i for i, v in enumerate(self.versions) if v.holds(on) and v.covers(county)]
        if not live:
            return -1
        nearest = max(len(self.versions[i].jurisdiction) for i in live)
        best = [i for i in live if len(self.versions[i].jurisdiction) == nearest]
        if len(best) > 1:
            places = ", ".join(self.versions[i].declared_at for i in best)
            raise RuleError(f"{self.name}: {len(best)} versions in force on {on} in {county}: {places}")
        return best[0]

    def depends_on(self) -> set[Expr]:
        """Leaves (facts, parameters, rules) any version reads."""
        self.trace()
        return {n for v in self.versions if v.expr is not None for n in walk(v.expr) if not n.operands()}


def provision(
    cites: Instrument,
    article: str | int,
    *,
    of: Entity,
    label: str,
    clause: str | tuple[str, ...] = (),
    also: tuple[tuple[Instrument, str], ...] = (),
    since: str | None = None,
    until: str | None = None,
    jurisdiction: str | None = None,
    overrides: Provision | None = None,
    textual_gap: str = "",
) -> Callable[[Callable[[], Expr]], Provision]:
    """Declare a provision; the docstring of the function is the clause in one Chinese sentence.

    also: later documents (and their articles) that say the same more closely.
    overrides: this text replaces another provision where (jurisdiction) and when (since, until) it holds.
    textual_gap: what the text leaves open and how it is read here; shown wherever it decided.
    """

    def declare(function: Callable[[], Expr]) -> Provision:
        sentence = inspect.cleandoc(function.__doc__ or "")
        place = f"{inspect.getfile(function)}:{function.__code__.co_firstlineno}"
        if not isinstance(cites, Instrument) or not str(article):
            raise RuleError(f"{function.__name__} needs a citation: instrument and article ({place})")
        if not sentence:
            raise RuleError(f"{function.__name__} needs one Chinese sentence as its docstring ({place})")
        version = Version(
            function,
            Citation(cites, str(article), (clause,) if isinstance(clause, str) else tuple(clause), also),
            layer(cites.jurisdiction if jurisdiction is None else jurisdiction),
            day(since),
            day(until),
            sentence,
            textual_gap,
            place,
        )
        if overrides is None:
            return Provision(function.__name__, label, of, version)
        if overrides.of is not of:
            raise RuleError(f"{function.__name__} overrides {overrides.name} of another entity ({place})")
        overrides.versions.append(version)
        return overrides

    return declare


# -- programs ----------------------------------------------------------------------------------------------
@dataclass(eq=False)
class Program(Rule):
    """A benefit or status: its conditions in declared order, its amount, and its place in the cascade."""

    name: str
    label: str
    of: Entity
    requires: tuple[Provision, ...]
    amount: Provision | None
    rank: int
    receives: Fact | None
    cadence: str
    citation: Citation
    since: datetime.date | None = None
    until: datetime.date | None = None
    elections: tuple[Fact, ...] = ()
    note: str = ""
    kind: Kind = field(default=Bool, init=False)

    def __post_init__(self) -> None:
        self.entity = self.of
        self.declared_at = where_am_i()

    def __repr__(self) -> str:
        return f"<program {self.name}>"

    __hash__ = Expr.__hash__
    __eq__ = Expr.__eq__

    def in_force(self, on: datetime.date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


CADENCES = ("monthly", "yearly", "once", "status")


def program(
    name: str,
    *,
    label: str,
    of: Entity,
    requires: tuple[Provision, ...],
    amount: Provision | None,
    rank: int,
    cites: Instrument,
    article: str | int,
    clause: str | tuple[str, ...] = (),
    receives: Fact | None = None,
    cadence: str = "monthly",
    since: str | None = None,
    until: str | None = None,
    elections: tuple[Fact, ...] = (),
    note: str = "",
) -> Program:
    """Declare a program. Conditions are tried in the order given; the first that fails decides.

    cadence: monthly, yearly or once for money, status for a recognition without cash.
    elections: open choices of the applicant; while unknown each option is shown with its result.
    """
    if cadence not in CADENCES:
        fail(f"program {name}: cadence is one of {', '.join(CADENCES)}")
    if not requires or len(requires) > 30:
        fail(f"program {name}: between 1 and 30 conditions")
    citation = Citation(cites, str(article), (clause,) if isinstance(clause, str) else tuple(clause))
    return Program(
        name, label, of, requires, amount, rank, receives, cadence, citation, day(since), day(until),
        elections, note,
    )  # fmt: skip


__all__ = [
    "Choice", "Citation", "Fact", "Gather", "Instrument", "Parameter", "Program", "Provision", "Series",
    "SeriesPart", "Version", "fact", "finding", "instrument", "layer", "parameter", "program", "provision",
    "series",
]  # fmt: skip
