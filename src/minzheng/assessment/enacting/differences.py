"""What differs between the rulebook in force and another edition, rule by rule and value by value, in words a person reads."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from minzheng.assessment.enacting.law import (
    edition_of,
    edition_rows,
    edition_text,
    editions_in_force,
    enacted_rows,
    shipped,
    text_in_force,
)
from minzheng.assessment.enacting.models import Enactment, Proposal
from minzheng.assessment.enacting.types import EARLIEST, Kind
from minzheng.assessment.enacting.values import file_rows, set_of, signed_rows
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry.queries import division_name
from minzheng.rulebook import COUNTIES
from minzheng.rulebook.texts import of_files, reread
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.outline import Point, outline
from minzheng.rules.explain.sentences import shown
from minzheng.rules.joined import changed_rules
from minzheng.rules.language.declare import Parameter, Program, Version
from minzheng.rules.parameters import ParameterSet, Row
from minzheng.rules.written import Plain
from minzheng.values.errors import Refusal


@dataclass(frozen=True)
class Text:
    """One text of a rule as of one side: where and when it holds, its citation and sentence, and the rule in lines
    (how deep, what).
    """

    holds: str
    citation: str
    sentence: str
    lines: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class TextChange:
    """A rule that computes something else, or that only one side has."""

    name: str
    label: str
    programme: bool
    before: tuple[Text, ...]
    after: tuple[Text, ...]

    @property
    def what(self) -> str:
        if not self.before:
            return "新增"
        return "修改" if self.after else "删除"


@dataclass(frozen=True)
class RowChange:
    """A value of the parameter files that nobody signed: what it says, and what is in force in its place and time.

    before: each value once, in the order they hold; empty for a parameter this installation never had.
    """

    row: Row
    parameter: Parameter
    before: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.row.key

    @property
    def label(self) -> str:
        return self.parameter.label

    @property
    def place(self) -> str:
        return division_name(self.row.place) if self.row.place else "全国"

    @property
    def value(self) -> str:
        return value_shown(self.row.value, self.parameter)

    @property
    def holds(self) -> str:
        until = "起" if self.row.until is None else f"至 {self.row.until}（不含）"
        return f"{self.row.since} {until}"

    def __str__(self) -> str:
        before = "、".join(self.before) or "新增参数"
        return f"{self.label}（{self.key}）{self.place} {self.holds}：现行 {before}，文件 {self.value}"


@dataclass(frozen=True)
class Waiting:
    """What the program ships and nobody signed: the rules that compute something else, and the values."""

    digest: str
    changes: tuple[TextChange, ...]
    rows: tuple[RowChange, ...]

    @property
    def earliest(self) -> date | None:
        """The first month that can be chosen in which one of the values would hold."""
        return min((max(one.row.since, EARLIEST) for one in self.rows), default=None)


def waiting_text(actor: Actor) -> Waiting | None:
    """The program's own edition while nobody has signed it; None where it computes what is in force."""
    _allowed(actor)
    held, rows = text_in_force(), waiting_rows()
    if held["texts"] == of_files()["texts"] and not rows:
        return None
    return Waiting(edition_of(shipped()).digest, text_changes(held, of_files()), rows)


def is_text_waiting() -> bool:
    """Whether the program ships another text, or other values, than are in force."""
    return bool(text_in_force()["texts"] != of_files()["texts"] or waiting_rows())


def waiting_rows() -> tuple[RowChange, ...]:
    """The rows of the parameter files that nobody signed and that say something else than what is in force.

    A row of a parameter this installation never had is among them: until it is signed only the program's own steps read it.
    """
    return row_changes(file_rows(), EARLIEST)


def row_changes(rows: Iterable[Row], since: date) -> tuple[RowChange, ...]:
    """What some rows would change if they were signed from a month on; by parameter, place and first day."""
    editions = editions_in_force()
    enacted = enacted_rows(editions)
    now = set_of(editions.base).and_rows(enacted)
    order = max((row.order for row in enacted), default=0) + 1
    found = []
    for row in editions.fresh(rows):
        parameter = now.declared[row.key]
        if row.key not in editions.recorded:
            found.append(RowChange(row, parameter, ()))
            continue
        later = signed_rows([row], since, business_date(), order)
        before = list(_replaced(parameter, now, now.and_rows(later), later))
        if before:
            found.append(RowChange(row, parameter, tuple(dict.fromkeys(before))))
    return tuple(sorted(found, key=lambda one: (one.key, one.row.place, one.row.since)))


def _replaced(
    parameter: Parameter, now: ParameterSet, later: ParameterSet, rows: Iterable[Row]
) -> Iterator[str]:
    """The values in force wherever they would be others."""
    for row in rows:
        cuts = {
            row.since,
            *(one.since for one in now.rows[row.key]),
            *(one.until for one in now.rows[row.key]),
        }
        for day in sorted(one for one in cuts if one is not None):
            if row.since <= day and (row.until is None or day < row.until):
                for county in (one for one in COUNTIES if one.startswith(row.place)):
                    was, will = (side.resolve(parameter, county, day) for side in (now, later))
                    if (was.known, was.value) != (will.known, will.value):
                        yield value_shown(was.value if was.known else None, parameter)


def value_shown(value: Any, parameter: Parameter) -> str:
    return "未知" if value is None else shown(value, parameter.kind)


def rows_of(actor: Actor, proposal: uuid.UUID) -> tuple[RowChange, ...]:
    """The values an edition that is not in force yet would change."""
    _allowed(actor)
    row = Proposal.objects.filter(pk=proposal, kind=Kind.TEXT, enactment=None).first()
    return () if row is None else row_changes(edition_rows(row.value), row.since)


def changes_of(actor: Actor, proposal: uuid.UUID) -> tuple[TextChange, ...]:
    """What a proposal of a text, or of taking one back, changes against what was in force when it was signed or is now."""
    _allowed(actor)
    row = Proposal.objects.filter(pk=proposal).select_related("enactment", "withdraws__enactment").first()
    if row is None:
        raise Refusal("enacting.not_found", "没有找到该提案。", next_step="请核对编号。")
    return text_changes(*_sides(row))


def _sides(row: Proposal) -> tuple[Plain, Plain]:
    if row.kind == Kind.TEXT:
        return text_in_force(before=getattr(row, "enactment", None)), edition_text(row.value)
    assert row.withdraws is not None, "the database demands it"
    ended: Enactment = row.withdraws.enactment
    return edition_text(row.withdraws.value), text_in_force(before=ended)


def text_changes(old: Plain, new: Plain) -> tuple[TextChange, ...]:
    """Every changed rule, programmes last."""
    before, after = reread(old), reread(new)
    return tuple(_change(name, before, after) for name in changed_rules(old, new))


def _change(name: str, before: Rulebook, after: Rulebook) -> TextChange:
    rule = after[name] if name in after else before[name]
    return TextChange(
        name, rule.label, isinstance(rule, Program), tuple(_texts(name, before)), tuple(_texts(name, after))
    )


def _texts(name: str, book: Rulebook) -> Iterator[Text]:
    if name not in book:
        return
    rule = book[name]
    if isinstance(rule, Program):
        lines = [(0, "条件（按次序）："), *((1, one.label) for one in rule.requires)]
        if rule.amount is not None:
            lines.append((0, f"金额：{rule.amount.label}"))
        yield Text(_dates("", rule.since, rule.until), str(rule.citation), rule.note, tuple(lines))
        return
    for one in rule.versions:
        yield Text(
            _dates(one.jurisdiction, one.since, one.until),
            str(one.citation),
            one.sentence,
            tuple(_lines(one)),
        )


def _lines(version: Version) -> Iterator[tuple[int, str]]:
    assert version.expr is not None
    yield from _flat(outline(version.expr), 0)


def _flat(point: Point, depth: int) -> Iterator[tuple[int, str]]:
    yield depth, point.text
    for child in point.children:
        yield from _flat(child, depth + 1)


def _dates(jurisdiction: str, since: object, until: object) -> str:
    parts = [division_name(jurisdiction)] if jurisdiction else []
    parts += [f"{since} 起"] if since is not None else []
    parts += [f"至 {until}（不含）"] if until is not None else []
    return "，".join(parts)


def _allowed(actor: Actor) -> None:
    if not (actor.may(Permission.PROPOSE_RULES) or actor.may(Permission.ENACT_RULES)):
        actor.require(Permission.SIMULATE)


__all__ = [
    "RowChange", "Text", "TextChange", "Waiting", "changes_of", "is_text_waiting", "row_changes", "rows_of",
    "text_changes", "value_shown", "waiting_rows", "waiting_text",
]  # fmt: skip
