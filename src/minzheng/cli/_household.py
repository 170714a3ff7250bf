"""`minzheng decide --household`: one registered household decided, explained, and kept when asked."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from minzheng.cli._arguments import as_day, as_moment
from minzheng.values.errors import Refusal


class NeedsDatabase(argparse.Action):
    """An option that turns the command into one that reads the registry."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, values)
        namespace.database = True


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("登记库中的家庭")
    group.add_argument(
        "--household", action=NeedsDatabase, metavar="编号", help="试算登记库中的一户（页面地址中的编号）"
    )
    group.add_argument("--on", type=as_day, metavar="日期", help="认定日期（默认为业务日期）")
    group.add_argument("--known-at", type=as_moment, metavar="时刻", help="按该时刻已知的情况（默认为现在）")
    group.add_argument("--keep", metavar="用途", help="保存试算记录，供以后重放（minzheng replay）")


def decide_household(arguments: argparse.Namespace) -> int:
    from django.utils import timezone

    from minzheng.base.scope import scope, system_actor

    known_at = arguments.known_at
    if known_at is not None and known_at.tzinfo is None:
        known_at = timezone.make_aware(known_at)
    with scope(system_actor("decide")) as actor:
        return _decide(actor, arguments, known_at or timezone.now())


def _decide(actor: Any, arguments: argparse.Namespace, known_at: datetime) -> int:
    from minzheng.assessment.actions import keep_decision
    from minzheng.assessment.canonical import canonical, document_of
    from minzheng.assessment.decide import decide
    from minzheng.base.queries import business_date
    from minzheng.registry.queries import household_of

    on = arguments.on or business_date()
    household = household_of(actor, _id(arguments.household), on=on).id
    if arguments.keep:
        row = keep_decision(
            actor=actor, household=household, purpose=arguments.keep, on=on, known_at=known_at
        )
        sys.stderr.write(f"已保存试算记录 {row.pk}，摘要 {row.digest}\n")
    determination = decide(actor, household, on=on, known_at=known_at)
    if arguments.json:
        sys.stdout.write(canonical(document_of(determination, known_at)) + "\n")
        return 0
    for line in told(determination, explain=arguments.explain, everything=arguments.all):
        sys.stdout.write(f"{line}\n")
    return 0


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Refusal(
            "household.not_found", "没有找到该家庭，或不在您的管辖区域内。", next_step="请核对后重新查找。"
        ) from None


def told(determination: Any, *, explain: bool, everything: bool) -> list[str]:
    """Each programme with its outcome, why, and what is still needed; with `explain` the whole tree."""
    from minzheng.assessment.payment import payable_of
    from minzheng.rules.explain.sentences import Narrator, needs_words

    narrator = Narrator(determination)
    lines: list[str] = [f"认定日期 {determination.situation.on}"]
    for outcome in determination.outcomes:
        if outcome.status.key == "no" and not everything:
            continue
        line = narrator.outcome(outcome)
        who = "" if outcome.who is None else f"（{determination.facts.name(outcome.who)}）"
        fen = payable_of(determination, outcome) if outcome.status.key == "yes" else None
        paid = "" if fen is None else f"，实发 {fen // 100:,}.{fen % 100:02d} 元"
        lines.append(f"{line.text}{paid}{who}")
        asks = needs_words(determination, outcome.ask_first)
        if asks:
            lines.append(f"    先查清：{'、'.join(asks)}")
        if explain:
            lines += [f"{'    ' * (depth + 1)}{text}" for depth, text in _tree(line.children, 0)]
    return lines


def _tree(lines: Any, depth: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for line in lines:
        citation = f"　{line.citation}" if line.citation else ""
        found.append((depth, f"{line.text}{citation}"))
        found += _tree(line.children, depth + 1)
    return found


def refuse_without_household(arguments: argparse.Namespace) -> None:
    """The options of a registered household mean nothing for worked cases."""
    given = [name for name in ("on", "known_at", "keep") if getattr(arguments, name) is not None]
    if given:
        raise Refusal("decide.no_household", "--on、--known-at、--keep 须与 --household 一起使用。")
