"""Determinations as pages show them: outcomes in reading order, the tree of lines, what is still needed, facts.

Nothing is decided here and no clause is worded: `rules.explain` did both. This orders, folds, and links to the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from minzheng.assessment.payment import payable_of
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.explain.sentences import Line, Narrator, needs_words, shown
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.expr import Column, Rule
from minzheng.rules.language.kinds import Household, Money
from minzheng.rules.status import REVIEW, UNKNOWN, Options, Span, Status

_ORDER = {"yes": 0, "review": 1, "unknown": 2, "no": 3}
_ASKED = 3
"""So many open questions stand in one line; the rest stand under it."""


@dataclass
class Shown:
    """One outcome on a page. `tree` is filled where the whole explanation stands on it."""

    key: str
    outcome: Outcome
    status: str
    label: str
    who: str
    amount: str
    citation: str
    why: str
    margin: str
    example: bool
    ask_first: list[str]
    needs: list[str]
    tree: list[Line] = field(default_factory=list)
    receiving: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        return _ORDER[self.status], self.outcome.program.rank


class Brief(Narrator):
    """Tells each rule once for all outcomes together: its lines are read, not shown as a tree.

    A household of four has some fifty outcomes whose trees repeat each other; written out they are megabytes.
    """

    def __init__(self, determination: Determination) -> None:
        super().__init__(determination)
        self._lines: dict[tuple[int, int | None, Status], Line] = {}

    def rule(self, rule: Rule, who: int | None) -> Line:
        key = (id(rule), who, self._deciding)
        if key not in self._lines:
            self._told.discard((id(rule), who))
            self._lines[key] = super().rule(rule, who)
        return self._lines[key]


def outcomes(determination: Determination) -> list[Shown]:
    """Every outcome without its tree: what is granted first, then what a person must judge or find out, then the rest."""
    narrator = Brief(determination)
    found = [_shown(determination, narrator.outcome(one), one) for one in determination.outcomes]
    return sorted(found, key=lambda one: one.rank)


def outcome(determination: Determination, program: str, who: int | None) -> Shown:
    """One outcome with its tree; KeyError where there is none."""
    one = determination.of(program, who)
    line = Narrator(determination).outcome(one)
    shown_one = _shown(determination, line, one)
    shown_one.tree = line.children
    return shown_one


def _shown(determination: Determination, line: Line, one: Outcome) -> Shown:
    program = one.program
    deciding = deciding_line(line, one)
    asked = needs_words(determination, one.ask_first)
    return Shown(
        key=key_of(program.name, one.who),
        outcome=one,
        status=one.status.key,
        label=program.label,
        who=determination.facts.name(one.who) if one.who is not None else "",
        amount=_amount(determination, one),
        citation=str(program.citation),
        why=_why(line, deciding, one, asked),
        margin=_margin(deciding) if one.status.key == "no" else "",
        example=line.example,
        ask_first=asked,
        needs=needs_words(determination, one.needs),
    )


def _amount(determination: Determination, one: Outcome) -> str:
    """As it is paid, after the one rounding; a status alone pays nothing."""
    if one.status.key != "yes" or one.amount is None:
        return ""
    fen = payable_of(determination, one)
    return "数额待定" if fen is None else shown(fen, Money)


def key_of(program: str, who: int | None) -> str:
    return program if who is None else f"{program}-{who}"


def deciding_line(line: Line, one: Outcome) -> Line | None:
    """The condition that made the outcome; None for a plain yes."""
    if one.deciding is None:
        return None
    return next((child for child in line.children if child.name == one.deciding.name), None)


def _why(line: Line, deciding: Line | None, one: Outcome, asked: list[str]) -> str:
    """One line that says what decided: the failing test in numbers, or the questions that come first."""
    if one.status.key == "yes":
        return ""
    if asked:
        more = f"等 {len(asked)} 项" if len(asked) > _ASKED else ""
        return f"须先查清：{'；'.join(asked[:_ASKED])}{more}"
    if deciding is None:
        return line.text
    deepest = _deepest(deciding)
    text = deciding.text if deepest is deciding or not deepest.text else deepest.text
    return text.replace(" → ", "：")


def _deepest(line: Line) -> Line:
    """Follow the single open child down to the test that says it in numbers."""
    while True:
        open_ones = [child for child in line.children if child.status == line.status and child.role != "fact"]
        if len(open_ones) != 1:
            return line
        line = open_ones[0]


def _margin(deciding: Line | None) -> str:
    """By how much the test failed that the reason names; a margin from elsewhere in the tree would mislead."""
    return "" if deciding is None else _deepest(deciding).margin or deciding.margin


# -- facts -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FactLine:
    """A fact with its value, who said so, since when it holds and when it was recorded."""

    name: str
    label: str
    value: str
    status: str
    source: str
    since: date | None
    recorded: date | datetime | None
    note: str


@dataclass
class FactGroup:
    """The facts of the household or of one person.

    Recorded ones; findings no officer has made; unknown ones; those that a source's silence answers.
    """

    who: str
    recorded: list[FactLine] = field(default_factory=list)
    judgements: list[FactLine] = field(default_factory=list)
    unknown: list[FactLine] = field(default_factory=list)
    silent: list[FactLine] = field(default_factory=list)


def fact_groups(columns: Iterable[Column], facts: UnitFacts) -> list[FactGroup]:
    """All facts a rulebook reads, of the household first and then of each person."""
    known = list(columns)
    groups = [FactGroup("家庭")]
    _fill(groups[0], [c for c in known if c.entity is Household], facts, facts.unit, None)
    for who, person in enumerate(facts.people):
        group = FactGroup(facts.name(who))
        _fill(group, [c for c in known if c.entity is not Household], facts, person, who)
        groups.append(group)
    return groups


def _fill(
    group: FactGroup, columns: list[Column], facts: UnitFacts, row: dict[str, Any], who: int | None
) -> None:
    for column in columns:
        source = facts.source(column.column, who)
        value = row.get(column.column)
        unknown = _is_unknown(column, value)
        line = FactLine(
            column.column,
            column.label,
            "未知" if unknown else shown(value, column.kind),
            "unknown" if unknown else "",
            source.name,
            source.since,
            source.recorded,
            source.note,
        )
        if unknown and column.review_when_missing:
            group.judgements.append(line)
        elif unknown:
            group.unknown.append(line)
        elif source.since is not None or source.recorded is not None:
            group.recorded.append(line)
        else:
            group.silent.append(line)


def _is_unknown(column: Column, value: Any) -> bool:
    if value is None or isinstance(value, Span | Options):
        return True
    return column.kind.name == "bool" and value in (UNKNOWN, REVIEW)


def walk(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        yield from line.walk()
