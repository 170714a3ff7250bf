"""The anonymous check: a few answers about a family made into facts, and every programme decided on them.

Nothing is stored and nobody is named. What an answer leaves open stays unknown; what it does not mention counts as
absent, and the page says so. The facts are made by the same reading as worked cases (`rulebook.worked`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import yaml

from minzheng.rulebook.worked import Case, CaseError, read_text, run
from minzheng.rules.explain.determine import Determination
from minzheng.values.errors import Refusal

MOST_PEOPLE = 8
_OLDEST = 120
_MOST_YUAN = 10_000_000
_YUAN = re.compile(r"\A[0-9]{1,8}(?:\.[0-9]{1,2})?\Z", re.ASCII)
_AGE = re.compile(r"\A[0-9]{1,3}\Z", re.ASCII)

UNSURE = "unsure"
"""The answer 说不清: the fact stays unknown."""


class Tie(StrEnum):
    """What a member is to the one who asks."""

    SELF = "户主"
    SPOUSE = "配偶"
    CHILD = "子女"
    PARENT = "父母"
    PARENT_IN_LAW = "配偶父母"
    GRANDCHILD = "孙子女"
    GRANDPARENT = "祖父母"
    SIBLING = "兄弟姐妹"
    OTHER = "其他亲属"


@dataclass(frozen=True)
class Someone:
    """One member as told: texts as typed, empty for not told."""

    tie: Tie
    age: str
    wages: str = ""
    pension: str = ""
    other: str = ""
    disability: str = ""
    level: str = ""
    care: str = ""
    ill: str = ""
    school: str = ""
    father: str = ""
    mother: str = ""
    kin: str = ""

    @property
    def years(self) -> int:
        return int(self.age)


@dataclass(frozen=True)
class Answers:
    """Everything asked, in the order of the pages."""

    county: str
    registration: str
    people: tuple[Someone, ...]
    savings: str = ""
    homes: str = ""
    car: str = ""
    business: str = ""
    emergency: str = ""
    hardship: str = ""
    receiving: tuple[str, ...] = field(default=())


def check_answers(answers: Answers, *, on: date) -> Determination:
    """Every programme for the family told, on a day of law. Raises `Refusal` naming the answer that does not fit."""
    try:
        [case] = read_text(yaml.safe_dump(_case(answers, on), allow_unicode=True, sort_keys=False))
    except CaseError as wrong:
        raise Refusal("check.not_understood", str(wrong), next_step="请返回上一步核对填写的内容。") from wrong
    return _decided(case)


def _decided(case: Case) -> Determination:
    [moment] = run(case).moments
    return moment.determination


def _case(answers: Answers, on: date) -> dict[str, Any]:
    people = {name: _person(one) for name, one in zip(names_of(answers.people), answers.people, strict=True)}
    # Whose car or licence it is makes no difference to the family: it stands with the one who asks.
    next(iter(people.values())).update(
        _told(answers.car, "ordinary_vehicle") | _told(answers.business, "business_registered")
    )
    case: dict[str, Any] = {
        "id": "自测",
        "county": answers.county,
        "on": on.isoformat(),
        "registration": answers.registration or "未知",
        "people": people,
        "household": _home(answers),
    }
    if answers.receiving:
        case["before"] = dict.fromkeys(answers.receiving, True)
    return case


def names_of(people: tuple[Someone, ...]) -> list[str]:
    """How the page calls each: 本人, 配偶, 子女一, 子女二."""
    counts: dict[Tie, int] = {}
    names = []
    for one in people:
        counts[one.tie] = counts.get(one.tie, 0) + 1
        several = sum(other.tie is one.tie for other in people) > 1
        word = "本人" if one.tie is Tie.SELF else one.tie.value
        names.append(f"{word}{'一二三四五六七八'[counts[one.tie] - 1]}" if several else word)
    return names


def _person(one: Someone) -> dict[str, Any]:
    facts: dict[str, Any] = {"relation": one.tie.value, "age": whole_age(one.age)}
    for name, text in (
        ("wages", one.wages),
        ("employee_pension", one.pension),
        ("transfers_received", one.other),
    ):
        if text:
            facts[name] = whole_yuan(text)
    if one.disability == UNSURE:
        facts |= {"disability_level": "未知", "certificate_valid": "未知"}
    elif one.disability:
        facts["disability"] = {one.disability: "未知" if one.level in ("", UNSURE) else int(one.level)}
    facts |= _told(one.care, "needs_care") | _told(one.ill, "serious_disease")
    if one.school:
        facts |= {"schooling": "未知" if one.school == UNSURE else one.school}
    for parent, state in (("father", one.father), ("mother", one.mother)):
        if state:
            facts[parent] = "未知" if state == UNSURE else state
    if one.kin == "none":
        facts["obligors"] = "无"
    elif one.kin == UNSURE:
        facts["obligors"] = "未知"
    return facts


def _home(answers: Answers) -> dict[str, Any]:
    home: dict[str, Any] = {}
    if answers.savings:
        home["assets"] = whole_yuan(answers.savings)
    if answers.homes:
        home["homes_owned"] = "未知" if answers.homes == UNSURE else int(answers.homes)
    if answers.emergency and answers.emergency != "无":
        home["emergency"] = "未知" if answers.emergency == UNSURE else answers.emergency
    home |= _told(answers.hardship, "expenditure_hardship")
    return home


def _told(answer: str, fact: str) -> dict[str, Any]:
    if not answer or answer == "no":
        return {}
    return {fact: "未知" if answer == UNSURE else True}


def whole_age(text: str) -> int:
    """Years of age as typed; `Refusal` for anything but 0 to 120."""
    if not _AGE.match(text) or int(text) > _OLDEST:
        raise Refusal("check.age", "年龄请填 0 到 120 的整数（周岁）。", field="age")
    return int(text)


def whole_yuan(text: str) -> str:
    """Yuan as typed, or unknown for 说不清; `Refusal` for anything else."""
    if text == UNSURE:
        return "未知"
    if not _YUAN.match(text) or Decimal(text) > _MOST_YUAN:
        raise Refusal("check.money", "金额请填数字，单位是元，例如 1500。", field="money")
    return text
