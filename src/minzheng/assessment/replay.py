"""A kept decision decided again from what it saw: the same bytes, or which provision or parameter is another one now.

The values that were enacted when it was made are kept with it, so that what was enacted or taken back since is no part
of it. Only the stamps of the rulebook and the engine are not compared: an upgrade that decides nothing otherwise leaves
the decision as it was, and the changed provisions are named all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minzheng.assessment.canonical import canonical, document_of, facts_in, situation_in
from minzheng.assessment.enacting.law import over_base
from minzheng.assessment.enacting.plain import rows_of_plain
from minzheng.assessment.kept_text import book_of_text
from minzheng.assessment.models import Decision, RulebookText
from minzheng.base.types import Actor, Permission
from minzheng.registry.queries import households_in, townships_of
from minzheng.rulebook import load
from minzheng.rules.book import Rulebook, describe_rule
from minzheng.rules.explain.determine import Determination, determine
from minzheng.rules.language.errors import RuleError
from minzheng.values.errors import Defect, Refusal

STAMPS = ("rulebook", "engine")


@dataclass(frozen=True)
class Change:
    """Something that is not as it was: `kind` is provision, parameter or engine; null on the side where it is missing."""

    kind: str
    name: str
    before: str | None
    now: str | None


@dataclass(frozen=True)
class Moved:
    """An outcome that is another one now."""

    programme: str
    person: int | None
    before: str
    now: str


@dataclass(frozen=True)
class Replay:
    """Whether a decision comes out in the same bytes (but for the stamps of rulebook and engine), and if not, which
    outcomes moved. changes: what is another one now, whether it mattered or not.
    """

    same: bool
    content: str
    changes: tuple[Change, ...] = ()
    moved: tuple[Moved, ...] = ()


def rule_texts(book: Rulebook) -> dict[str, str]:
    """The canonical text of every rule of a book, by name."""
    return {rule.name: describe_rule(rule).strip() for rule in book.rules}


def replay(
    content: str,
    old_rules: Mapping[str, str],
    book: Rulebook | None = None,
    enacted: Sequence[Mapping[str, Any]] = (),
) -> Replay:
    """Decide again from a decision's content alone, with the texts of the rulebook as they are now (or `book`).

    old_rules, enacted: the texts of the rulebook it was decided with, and what was in force beside them. Raises
    `Defect` when the bytes differ and nothing says why.
    """
    book = book or load(rows_of_plain(enacted))
    before = json.loads(content)
    determination = determine(book, facts_in(before, book), situation_in(before), steps=False)
    after = document_of(determination, _moment(before))
    # A fact the decision was made without is no part of what it saw.
    for mine, saw in zip(_rows(after), _rows(before), strict=True):
        for name in [n for n in mine if n not in saw]:
            del mine[name]
        mine.update({name: fact for name, fact in saw.items() if name not in mine})
    rules = rule_texts(book)
    _without_new(before, after, old_rules, rules)
    changes = (*_rule_changes(old_rules, rules), *_value_changes(before, after))
    if before["engine"] != after["engine"]:
        changes = (*changes, Change("engine", "engine", before["engine"], after["engine"]))
    again = canonical(after | {stamp: before[stamp] for stamp in STAMPS})
    if again == content:
        return Replay(True, again, changes)
    if not changes:
        raise Defect("重放结果与原记录不同，而规则和参数都没有变化。", code="replay.unexplained")
    return Replay(False, again, changes, tuple(_moves(before, after)))


def replay_kept(row: Decision, book: Rulebook | None = None) -> Replay:
    """A kept decision decided again by its own text, run as it was kept, or by `book`.

    Where the program ships another text by now, `changes` and `moved` say what that one would change; the decision is the
    same all the same. Of a decision kept before texts were, or one whose text cannot be run any more, the program's own
    text decides, and what differs is not the same.
    """
    kept = row.rulebook
    if book is not None:
        return replay(row.content, kept.rules, book)
    own, now = own_book(kept), over_base(rows_of_plain(kept.enacted))
    again = replay(row.content, kept.rules, own)
    if own.hash == now.hash:
        return again
    other = replay(row.content, kept.rules, now)
    return Replay(again.same, again.content, other.changes, other.moved)


def own_book(kept: RulebookText) -> Rulebook:
    """The rulebook a decision was made with; the program's where that computes the same, or where nothing else can be run."""
    now = over_base(rows_of_plain(kept.enacted))
    if now.hash == kept.hash or not kept.text:
        return now
    try:
        return book_of_text(kept)
    except RuleError:
        return now


def seen_again(decision: Decision) -> Determination | None:
    """What a kept decision saw, decided again with its steps, for a letter; None where it would read otherwise now."""
    if not replay_kept(decision).same:
        return None
    book, document = own_book(decision.rulebook), json.loads(decision.content)
    return determine(book, facts_in(document, book), situation_in(document))


def _without_new(
    before: dict[str, Any], after: dict[str, Any], old: Mapping[str, str], new: Mapping[str, str]
) -> None:
    """What only the rulebook of today knows is no part of what the decision came to."""
    strange = {name for name in new if name not in old}
    for part in ("values", "parameters"):
        for name in [
            n for n in after[part] if n not in before[part] and (part == "parameters" or n in strange)
        ]:
            del after[part][name]
    after["outcomes"] = [one for one in after["outcomes"] if one["programme"] not in strange]


def _moment(document: dict[str, Any]) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(document["known_at"])


def _rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    facts = document["facts"]
    return [facts["household"], *facts["people"]]


def _rule_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    return [
        Change("provision", name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _value_changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    old, new = before["parameters"], after["parameters"]
    return [
        Change("parameter", key, _text(old.get(key)), _text(new.get(key)))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _text(row: dict[str, Any] | None) -> str | None:
    return None if row is None else canonical(row)


def _moves(before: dict[str, Any], after: dict[str, Any]) -> list[Moved]:
    old = {(o["programme"], o["person"]): o for o in before["outcomes"]}
    new = {(o["programme"], o["person"]): o for o in after["outcomes"]}
    moved = []
    for key in sorted(old.keys() | new.keys(), key=str):
        a, b = (_said(side.get(key)) for side in (old, new))
        if a != b:
            moved.append(Moved(key[0], key[1], a, b))
    return moved


def _said(outcome: dict[str, Any] | None) -> str:
    if outcome is None:
        return "无此项目"
    amount = outcome["payable"]
    return outcome["status"] if amount is None else f"{outcome['status']} {amount}"


def replay_decision(actor: Actor, decision: Any, book: Rulebook | None = None) -> Replay:
    """Replay a kept decision of the actor's region by its id."""
    actor.require(Permission.DECIDE)
    row = decisions(actor).filter(pk=decision).select_related("rulebook").first()
    if row is None:
        raise Refusal(
            "decision.not_found", "没有找到该试算记录，或不在您的管辖区域内。", next_step="请核对编号。"
        )
    return replay_kept(row, book)


def decisions(actor: Actor) -> Any:
    """The decisions kept in the actor's regions or on households that are there now, newest first."""
    from django.db.models import Exists, OuterRef, Q

    allowed = Q(Exists(households_in(actor).filter(pk=OuterRef("household_id"))))
    for low, high in townships_of(actor):
        allowed |= Q(division__gte=str(low), division__lte=str(high))
    return Decision.objects.filter(allowed).order_by("-decided_at", "id")
