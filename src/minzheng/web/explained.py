"""Determinations as pages show them: outcomes in reading order, the tree of lines, what is still needed, facts.

Nothing is decided or worded here: `rules.explain` did both. This only orders, folds, and links to the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.explain.sentences import Line, Narrator, needs_words, shown
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.expr import Column
from minzheng.rules.language.kinds import Household, Money
from minzheng.rules.status import REVIEW, UNKNOWN, Options, Span

_ORDER = {"yes": 0, "review": 1, "unknown": 2, "no": 3}


@dataclass
class Shown:
    """One outcome on a page."""

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
    tree: list[Line]
    ask_first: list[str]
    needs: list[str]

    @property
    def rank(self) -> tuple[int, int]:
        return _ORDER[self.status], self.outcome.program.rank


def outcomes(determination: Determination) -> list[Shown]:
    """Every outcome: what is granted first, then what a person must judge or find out, then what is refused."""
    narrator = Narrator(determination)
    found = [_shown(determination, narrator, outcome) for outcome in determination.outcomes]
    return sorted(found, key=lambda one: one.rank)


def outcome(determination: Determination, program: str, who: int | None) -> Shown:
    """One outcome; KeyError where there is none."""
    return _shown(determination, Narrator(determination), determination.of(program, who))


def _shown(determination: Determination, narrator: Narrator, one: Outcome) -> Shown:
    line = narrator.outcome(one)
    program = one.program
    deciding = deciding_line(line, one)
    return Shown(
        key=key_of(program.name, one.who),
        outcome=one,
        status=one.status.key,
        label=program.label,
        who=determination.facts.name(one.who) if one.who is not None else "",
        amount=shown(one.amount, Money) if one.amount is not None and one.status.key == "yes" else "",
        citation=str(program.citation),
        why=_why(line, deciding, one),
        margin=_margin(deciding),
        example=line.example,
        tree=line.children,
        ask_first=needs_words(determination, one.ask_first),
        needs=needs_words(determination, one.needs),
    )


def key_of(program: str, who: int | None) -> str:
    return program if who is None else f"{program}-{who}"


def deciding_line(line: Line, one: Outcome) -> Line | None:
    """The condition that made the outcome; None for a plain yes."""
    if one.deciding is None:
        return None
    return next((child for child in line.children if child.name == one.deciding.name), None)


def _why(line: Line, deciding: Line | None, one: Outcome) -> str:
    if deciding is None:
        return "" if one.status.key == "yes" else line.text
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
    if deciding is None:
        return ""
    return next((line.margin for line in (_deepest(deciding), *deciding.walk()) if line.margin), "")


# -- facts -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FactLine:
    """A fact with its value, who said so, since when it holds and when it was recorded."""

    label: str
    value: str
    status: str
    source: str
    since: date | None
    recorded: date | datetime | None
    note: str


@dataclass
class FactGroup:
    """The facts of the household or of one person: recorded ones, unknown ones, and those that silence answers."""

    who: str
    recorded: list[FactLine] = field(default_factory=list)
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
            column.label,
            "未知" if unknown else shown(value, column.kind),
            "unknown" if unknown else "",
            source.name,
            source.since,
            source.recorded,
            source.note,
        )
        if unknown:
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
