"""The form by which something registered is called wrong or no longer so: shared by the portal and the office."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from minzheng.assessment.decide import decide
from minzheng.base.types import Actor
from minzheng.cases.corrections import Doubted
from minzheng.rules.explain.determine import Determination
from minzheng.values.errors import Refusal
from minzheng.web.explained import FactGroup, FactLine, fact_groups

WRONG, CHANGED = "wrong", "changed"
_SEPARATOR = "/"


@dataclass(frozen=True)
class Registered:
    """One thing on record as the form offers it: `key` names the fact and, of a person, their place in the household."""

    key: str
    line: FactLine
    who: str
    person: int | None


@dataclass(frozen=True)
class Known:
    """What is on record of a household: of it first, then of each person."""

    groups: tuple[tuple[str, tuple[Registered, ...]], ...]

    def find(self, key: str) -> Registered | None:
        return next((one for _who, lines in self.groups for one in lines if one.key == key), None)


def known_of(actor: Actor, household: int, on: date, known_at: datetime | None = None) -> Known:
    """The recorded facts of a household, with source and both times. What nobody recorded is not on record."""
    found = decide(actor, household, on=on, known_at=known_at or timezone.now(), steps=False)
    groups = fact_groups(found.book.columns.values(), found.facts)
    return Known(
        tuple(
            (group.who, tuple(_lines(group, at, found))) for at, group in enumerate(groups) if group.recorded
        )
    )


def _lines(group: FactGroup, at: int, found: Determination) -> list[Registered]:
    """`fact_groups` begins with the household; the person at place n of the facts is group n + 1."""
    person = None if at == 0 else found.facts.people_ids[at - 1]
    return [
        Registered(f"{line.name}{_SEPARATOR}{at}", line, group.who if at else "", person)
        for line in group.recorded
    ]


def doubted_of(posted: Mapping[str, str], known: Known) -> Doubted:
    """What a form says. Refuses a thing that is not on record any more, and a change without its day."""
    changed_on = _changed_on(posted)
    key, says = posted.get("fact", ""), posted.get("says", "")
    if not key:
        return Doubted(says=says, changed_on=changed_on)
    one = known.find(key)
    if one is None:
        raise Refusal("correction.gone", "所选的事项已不在登记中。", field="fact", next_step="请重新选择。")
    label = f"{one.who}：{one.line.label}" if one.who else one.line.label
    return Doubted(says, one.line.name, label[:80], one.line.value[:200], one.person, changed_on)


def _changed_on(posted: Mapping[str, str]) -> date | None:
    how = posted.get("how", "")
    if how not in (WRONG, CHANGED):
        raise Refusal("correction.how", "请选择是登记错了，还是情况变了。", field="how")
    if how == WRONG:
        return None
    try:
        return date.fromisoformat(posted.get("changed_on", ""))
    except ValueError:
        raise Refusal(
            "correction.changed_on", "请填写是哪一天变的，例如 2023-12-01。", field="changed_on"
        ) from None


def key_of(posted: Mapping[str, str]) -> uuid.UUID:
    """The form's own number, so that sent twice is once."""
    try:
        return uuid.UUID(posted.get("key", ""))
    except ValueError:
        raise Refusal(
            "correction.key", "页面已过期，没有保存。", next_step="请刷新页面后重新填写。"
        ) from None
