"""Forms by which an applicant states facts: what is asked in which words, what the registry knows already and is not asked,
what an answer becomes in registry terms, and which answers cannot be right. The portal and the counter use the same.

A line declares its questions in its own `forms`; nothing here knows a line. Nobody is asked what a source has said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from minzheng.base.types import Actor
from minzheng.cases.stating import Statement
from minzheng.registry.facts import facts_of
from minzheng.registry.queries import members_of
from minzheng.registry.tables import BY_NAME
from minzheng.rules import AgeRule
from minzheng.rules.calendar import age, day_number
from minzheng.rules.facts import Source, UnitFacts
from minzheng.rules.status import YES
from minzheng.values.errors import Refusal
from minzheng.values.month import Month


class About(StrEnum):
    """Whom a question is about."""

    HOUSEHOLD = "household"
    PERSON = "person"


class Kind(StrEnum):
    """How it is answered. MONEY is typed in yuan and kept in fen."""

    MONEY = "money"
    COUNT = "count"
    YESNO = "yesno"
    CHOICE = "choice"
    DATE = "date"


@dataclass(frozen=True)
class Choice:
    """An answer to choose, and the columns it becomes; nothing where it says that there is none."""

    name: str
    label: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A question. `fact`: the fact of the vocabulary it settles; where that is known it is not asked.

    table, fixed, column: the row an answer becomes. most: the greatest answer that is believed (yuan for money).
    since: MONTHS_BEFORE for what goes on for the months of a means test, else the day asked. ages: whom it is asked of.
    """

    fact: str
    label: str
    about: About
    kind: Kind
    table: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    column: str = ""
    unit: str = ""
    most: int = 0
    choices: tuple[Choice, ...] = ()
    help: str = ""
    clause: str = ""
    ages: tuple[int, int] = (0, 150)
    monthly: bool = False


@dataclass(frozen=True)
class Entry:
    """A question put to one household or member: known (with who said so), or to be asked. `name` is the input's."""

    asked: Asked
    person: int | None
    who: str
    known: bool
    shown: str
    source: Source | None

    @property
    def name(self) -> str:
        return f"{self.asked.fact}.{self.person or 0}"


@dataclass(frozen=True)
class Form:
    """Everything a household is shown: what is known, what is asked."""

    household: int
    on: date
    entries: tuple[Entry, ...]

    @property
    def open(self) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries if not one.known)

    @property
    def known(self) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries if one.known)

    def only(self, facts: Iterable[tuple[str, int | None]]) -> Form:
        """Only the open questions that could change an outcome: (fact, person) as `intake.questions` names them."""
        wanted = set(facts)
        kept = [one for one in self.entries if one.known or (one.asked.fact, one.person) in wanted]
        return Form(self.household, self.on, tuple(kept))


@dataclass(frozen=True)
class Answers:
    """What was answered: rows as statements, what was said not to be, and what cannot be right, by input."""

    statements: tuple[Statement, ...]
    none_of: tuple[str, ...]
    errors: Mapping[str, str]


MONTHS_BEFORE = 12


def form_of(actor: Actor, household: int, asked: Sequence[Asked], on: date) -> Form:
    """The questions of some lines for one household on a day; known ones carry the value and who said so."""
    (facts,) = facts_of(actor, [household], month=Month.of(on), on=on)
    members = {one.person_id: one for one in members_of(actor, household, on=on)}
    entries = []
    for question in asked:
        if question.about is About.HOUSEHOLD:
            entries.append(_entry(question, facts, None, None, ""))
            continue
        for who, person in enumerate(facts.people_ids):
            if person in members and _of_age(question, facts, who, on):
                entries.append(_entry(question, facts, who, int(person), facts.names[who]))
    return Form(household, on, tuple(entries))


def _of_age(asked: Asked, facts: UnitFacts, who: int, on: date) -> bool:
    born = facts.people[who].get("born")
    if not isinstance(born, int):
        return True
    return asked.ages[0] <= age(born, day_number(on), AgeRule.BIRTHDAY.bit) <= asked.ages[1]


def _entry(asked: Asked, facts: UnitFacts, who: int | None, person: int | None, name: str) -> Entry:
    row = facts.unit if who is None else facts.people[who]
    column = f"{asked.fact}__total" if asked.monthly else asked.fact
    value = row.get(column)
    known = value is not None and (not asked.monthly or row.get(f"{asked.fact}__month") is not None)
    source = facts.sources.get((column, who)) if known else None
    return Entry(asked, person, name, known, _shown(asked, value) if known else "", source)


def _shown(asked: Asked, value: Any) -> str:
    if asked.kind is Kind.MONEY:
        fen = int(value) // MONTHS_BEFORE if asked.monthly else int(value)
        return f"{fen // 100}.{fen % 100:02d} {asked.unit}"
    if asked.kind is Kind.YESNO:
        return "是" if value == YES else "否"
    return f"{int(value)} {asked.unit}".strip() if asked.kind is Kind.COUNT else "已登记"


# -- answers ---------------------------------------------------------------------------------------------


def answers_of(form: Form, given: Mapping[str, str], applicant: int) -> Answers:
    """What was typed into a form. An empty answer states nothing; known facts are not overwritten by it."""
    rows: dict[tuple[str, int, str], dict[str, Any]] = {}
    none_of: list[str] = []
    errors: dict[str, str] = {}
    for entry in form.open:
        text = given.get(entry.name, "").strip()
        if not text:
            continue
        try:
            values = _values(entry, text, form.on)
        except Refusal as refusal:
            errors[entry.name] = refusal.message
            continue
        if values is None:
            none_of.append(entry.name)
            continue
        _add(rows, entry, values, form, applicant)
    statements = [Statement(table, holder, values) for (table, holder, _key), values in rows.items()]
    return Answers(tuple(statements), tuple(none_of), errors)


def _add(
    rows: dict[tuple[str, int, str], dict[str, Any]],
    entry: Entry,
    values: dict[str, Any],
    form: Form,
    applicant: int,
) -> None:
    """Answers to a table that holds one row at a time make one row together."""
    spec = BY_NAME[entry.asked.table]
    of_person = spec.holder.value == "person"
    holder = (entry.person or applicant) if of_person else form.household
    key = "" if spec.one_at_a_time else entry.asked.fact
    row = rows.setdefault((entry.asked.table, holder, key), {})
    row.update(values)


def _values(entry: Entry, text: str, on: date) -> dict[str, Any] | None:
    """The columns an answer becomes; None where it says that there is nothing."""
    asked = entry.asked
    since = Month.of(on).plus(-MONTHS_BEFORE).first_day if asked.monthly else on
    base = {**asked.fixed, "since": since}
    if asked.kind is Kind.MONEY:
        return {**base, asked.column: _fen(entry, text)}
    if asked.kind is Kind.COUNT:
        count = _count(entry, text)
        return {**base, asked.column: count} if count or asked.column in _ZERO_COUNTS else None
    if asked.kind is Kind.DATE:
        return None if text == "无" else {**base, "since": _date(entry, text, on)}
    if asked.kind is Kind.YESNO:
        return _yesno(entry, text, base)
    return _chosen(entry, text, base)


_ZERO_COUNTS = frozenset({"fails"})


def _yesno(entry: Entry, text: str, base: dict[str, Any]) -> dict[str, Any] | None:
    if text not in ("yes", "no"):
        raise _wrong(entry, "请选择“是”或“否”。")
    if entry.asked.column:
        return {**base, entry.asked.column: text == "yes"}
    return base if text == "yes" else None


def _chosen(entry: Entry, text: str, base: dict[str, Any]) -> dict[str, Any] | None:
    choice = next((one for one in entry.asked.choices if one.name == text), None)
    if choice is None:
        raise _wrong(entry, "请在给出的选项中选择。")
    return {**base, **choice.values} if choice.values else None


def _fen(entry: Entry, text: str) -> int:
    plain = text.replace(",", "").replace("，", "").removesuffix("元").strip()
    yuan, dot, rest = plain.partition(".")
    if not yuan.isascii() or not yuan.isdecimal() or (dot and not (rest.isdecimal() and len(rest) <= 2)):
        raise _wrong(entry, "应为金额（元），最多两位小数，不能为负数。")
    if int(yuan) > entry.asked.most:
        unit = entry.asked.unit or "元"
        raise _wrong(entry, f"超过 {entry.asked.most:,} {unit}，请核对金额和单位；确实如此的请到窗口办理。")
    return int(yuan) * 100 + int(rest.ljust(2, "0") or 0)


def _count(entry: Entry, text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise _wrong(entry, "应为不小于零的整数。")
    if int(text) > entry.asked.most:
        raise _wrong(entry, f"超过 {entry.asked.most} {entry.asked.unit}，请核对。")
    return int(text)


def _date(entry: Entry, text: str, on: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise _wrong(entry, "应为日期，例如 2023-12-01。") from None
    if found > on or found.year < on.year - 120:
        raise _wrong(entry, "日期不能晚于今天，也不能过早。")
    return found


def _wrong(entry: Entry, how: str) -> Refusal:
    about = f"{entry.who}的" if entry.who else ""
    return Refusal("form.answer", f"{about}“{entry.asked.label}”{how}", field=entry.name)
