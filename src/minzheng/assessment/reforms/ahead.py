"""Texts of the rulebook that begin on a later day, taken as in force: what they would change is asked before they do.

A text ahead replaces the text that holds until its day. Only dates are moved, so the compiled kernel is the same one.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from minzheng.rules.book import Rulebook
from minzheng.rules.language.declare import Program, Provision, Version
from minzheng.values.errors import Refusal

_BEGINNING = datetime.date(1900, 1, 1)


@dataclass(frozen=True)
class UpcomingText:
    """A text of a provision, or a programme, that begins after a day."""

    rule: Provision | Program
    since: datetime.date
    sentence: str
    place: str

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def label(self) -> str:
        return self.rule.label


def upcoming_texts(book: Rulebook, *, after: datetime.date) -> list[UpcomingText]:
    """Every text and programme that begins after a day, the earliest first."""
    found = []
    for rule in book.rules:
        if isinstance(rule, Program):
            if rule.since is not None and rule.since > after:
                found.append(UpcomingText(rule, rule.since, rule.note, ""))
            continue
        found += [
            UpcomingText(rule, v.since, v.sentence, v.jurisdiction)
            for v in rule.versions
            if v.since is not None and v.since > after
        ]
    return sorted(found, key=lambda one: (one.since, one.name, one.place))


def begins(rule: Provision | Program) -> set[datetime.date]:
    """The days on which a text of the rule begins."""
    days = [rule.since] if isinstance(rule, Program) else [v.since for v in rule.versions]
    return {day for day in days if day is not None}


def taken_ahead(
    book: Rulebook, texts: Mapping[str, datetime.date], on: datetime.date
) -> dict[str, Provision | Program]:
    """The named rules as they will be on their day, holding since ever; those that hold already are left out.

    on: the day of law that is priced. Raises `Refusal` for a name or a day the rulebook does not have.
    """
    found = {}
    for name, day in texts.items():
        if name not in book:
            raise _wrong(name, f"规则库中没有名为“{name}”的规则。", "请核对名称。")
        rule = book[name]
        if day not in begins(rule):
            days = "、".join(str(one) for one in sorted(begins(rule)))
            raise _wrong(
                name,
                f"“{rule.label}”没有自 {day} 起施行的文本。",
                f"有文本起施行的日期：{days}。" if days else "该规则只有一个文本，没有起施行日期。",
            )
        if day > on:
            found[name] = _program(rule) if isinstance(rule, Program) else _provision(rule, day)
    return found


def _program(rule: Program) -> Program:
    result = copy.copy(rule)
    result.since = _BEGINNING
    return result


def _provision(rule: Provision, day: datetime.date) -> Provision:
    """The same texts at other dates: those of the day hold since ever, those ended by then never did."""
    rule.trace()
    result = copy.copy(rule)
    result.versions = [_moved(version, day) for version in rule.versions]
    return result


def _moved(version: Version, day: datetime.date) -> Version:
    if version.until is not None and version.until <= day:
        return replace(version, since=_BEGINNING, until=_BEGINNING)
    if version.since is not None and version.since <= day:
        return replace(version, since=_BEGINNING)
    return version


def _wrong(name: str, message: str, next_step: str) -> Refusal:
    return Refusal("reform.overlay", message, field=name, next_step=next_step)
