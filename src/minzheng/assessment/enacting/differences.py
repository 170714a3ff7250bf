"""What differs between the text of the rulebook in force and another one, rule by rule, in words a person reads."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from minzheng.assessment.enacting.law import edition_of, edition_text, text_in_force
from minzheng.assessment.enacting.models import Enactment, Proposal
from minzheng.assessment.enacting.types import Kind
from minzheng.base.types import Actor, Permission
from minzheng.registry.queries import division_name
from minzheng.rulebook.texts import of_files, reread
from minzheng.rules.book import Rulebook
from minzheng.rules.explain.outline import Point, outline
from minzheng.rules.joined import changed_rules
from minzheng.rules.language.declare import Program, Version
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
class Waiting:
    """The text the program ships where it is not the one in force, and what differs."""

    digest: str
    changes: tuple[TextChange, ...]


def waiting_text(actor: Actor) -> Waiting | None:
    """The program's own text while nobody has signed it; None where it computes what is in force."""
    _allowed(actor)
    held, shipped = text_in_force(), of_files()
    if held["texts"] == shipped["texts"]:
        return None
    return Waiting(edition_of(shipped).digest, text_changes(held, shipped))


def is_text_waiting() -> bool:
    """Whether the program ships another text than the one in force."""
    return bool(text_in_force()["texts"] != of_files()["texts"])


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


__all__ = ["Text", "TextChange", "Waiting", "changes_of", "is_text_waiting", "text_changes", "waiting_text"]
