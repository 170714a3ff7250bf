"""What a case expects, read: per point of time, per programme or provision, for the household or a person.

Points are months, ranges of months or days; without them every point of the case is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from minzheng.rules.language.declare import Parameter, Program, Provision
from minzheng.rules.language.kinds import Household, Money
from minzheng.rules.status import Status
from minzheng.values.month import Month

from . import keys, words
from .case import Case, Expected, Point
from .spot import Spot, nearest
from .texts import (
    day,
    is_unknown,
    looks_like_day,
    looks_like_months,
    money,
    months,
    number,
    whole_fen,
    yes_or_no,
)

NOTHING_WORDS = frozenset({"none", "无", "不发", "-"})
TOTAL = frozenset({"total", "合计", "当月合计"})
SUMS = frozenset({"sum", "sums", "累计", "totals", "合计发放", "累计发放"})
VALUES = frozenset({"values", "数值", "规定值"})
LATER = frozenset({"later", "留待"})


def read(case: Case, raw: Any, spot: Spot) -> None:
    """Fill `expected` of a case; points that only `expect` names are added there."""
    if raw is None:
        return
    if isinstance(raw, list):
        for k, one in enumerate(raw):
            _timed_entry(case, one, spot.at(k + 1))
        return
    if not isinstance(raw, Mapping):
        raise spot.error("应为预期的结论", "请写作 expect: {低保: 546}")
    plain: dict[str, Any] = {}
    for word, value in raw.items():
        at = spot.at(word)
        if looks_like_day(word) or looks_like_months(word):
            for point in _points(word, at):
                _entries(case, point, value, at)
        elif word in SUMS:
            case.sums += _sums(case, value, at)
        else:
            plain[word] = value
    if not plain:
        return
    if not case.points:
        case.points = _decided_points(case, plain, spot)
    for point in case.points:
        _entries(case, point, plain, spot)


def _decided_points(case: Case, plain: Mapping[str, Any], spot: Spot) -> list[Point]:
    days = [*case.decided.values(), *case.applied.values()]
    if not days:
        listed = "、".join(str(word) for word in plain)
        raise spot.error(
            f"“{listed}”没有写明是哪一天或者哪一月的结论",
            "请在案例里写 on: 2023-06-30 或者 month: 2023-06，或者把它写到 expect 的某个月份之下",
        )
    return [Point(days[0], Month.of(days[0]), False)]


def _timed_entry(case: Case, one: Any, spot: Spot) -> None:
    """`{month: 2023-07, dibao: 546}` of a list."""
    if not isinstance(one, Mapping):
        raise spot.error("应为某月或者某日的结论", "请写作 {month: 2023-07, 低保: 546}")
    rest = {w: x for w, x in one.items() if keys.CASE.get(w) not in ("on", "month")}
    when = [(w, x) for w, x in one.items() if keys.CASE.get(w) in ("on", "month")]
    points = [p for _, text in when for p in _points(text, spot)] or case.points
    rest = _named(rest)
    for point in points:
        _entries(case, point, rest, spot)


def _named(one: dict[str, Any]) -> dict[str, Any]:
    """`{program: 低保, person: 父亲, outcome: yes}` as `{低保: {父亲: {outcome: yes}}}`."""
    named = {"program": 0, "待遇": 0, "person": 1, "who": 1, "成员": 1, "姓名": 1}
    words_of = {named[w]: str(x) for w, x in one.items() if w in named}
    if 0 not in words_of:
        return one
    spec: Any = {w: x for w, x in one.items() if w not in named}
    return {words_of[0]: {words_of[1]: spec} if 1 in words_of else spec}


def _points(text: Any, spot: Spot) -> list[Point]:
    if looks_like_day(str(text)):
        on = day(text, spot)
        return [Point(on, Month.of(on), False)]
    return [Point(m.first_day, m, True) for m in months(text, spot)]


def _entries(case: Case, point: Point, raw: Any, spot: Spot) -> None:
    if not isinstance(raw, Mapping):
        raise spot.error("应为各项待遇的结论", "请写作 {低保: 546, 低保边缘家庭: no}")
    found = case.expected.setdefault(point, [])
    for word, value in raw.items():
        found += _target(case, str(word), value, spot.at(word))


def _target(case: Case, word: str, value: Any, spot: Spot) -> list[Expected]:
    if word in TOTAL:
        return [Expected(spot, "total", None, paid=whole_fen(value, spot))]
    if word in VALUES:
        if not isinstance(value, Mapping):
            raise spot.error("应为规定及其数值", "请写作 values: {income_per_head: 500}")
        return [e for w, x in value.items() for e in _target(case, str(w), x, spot.at(w))]
    people = _names(case)
    for sign in (".", "·", "：", ":"):
        who, found, rest = word.partition(sign)
        if found and who in people and rest:
            return [_person_target(rest, who, value, spot)]
        if found and rest in people and words.find_rule(who) is not None:
            return [_person_target(who, rest, value, spot)]
    rule = words.find_rule(word)
    if word in people and (rule is None or isinstance(value, Mapping)):
        if not isinstance(value, Mapping):
            raise spot.error("应为该成员各项待遇的结论", f"请写作 {word}: {{单人户低保: 682}}")
        return [_person_target(str(w), word, x, spot.at(w)) for w, x in value.items()]
    parameter = words.find_parameter(word) if rule is None else None
    if parameter is not None:
        return [_parameter(parameter, value, spot)]
    if rule is None:
        choices = [*words.program_names(), *people, *words.provision_names()]
        raise spot.error(f"“{word}”既不是待遇、规定，也不是成员", nearest(word, choices))
    if rule.entity is Household:
        return [_one(rule, None, value, spot)]
    return [_one(rule, who, x, at) for who, x, at in _people_of(case, value, spot)]


def _names(case: Case) -> list[str]:
    names = [p.name for p in case.people] + [p.name for e in case.events for p in e.joins]
    if case.size is not None:
        names += ["户主", "配偶", *(f"子女{k}" for k in range(1, case.size + 1))]
    return names


def _person_target(word: str, who: str, value: Any, spot: Spot) -> Expected:
    rule = words.find_rule(word)
    if rule is None:
        raise spot.error(
            f"没有名为“{word}”的待遇或者规定",
            nearest(word, [*words.program_names(), *words.provision_names()]),
        )
    return _one(rule, None if rule.entity is Household else who, value, spot)


def _people_of(case: Case, value: Any, spot: Spot) -> Iterable[tuple[str, Any, Spot]]:
    names = _names(case)
    if isinstance(value, Mapping) and set(value) & set(names):
        for who, one in value.items():
            if str(who) not in names:
                raise spot.at(who).error(f"没有名为“{who}”的成员", nearest(str(who), names))
            yield str(who), one, spot.at(who)
    elif len(case.people) == 1:
        yield case.people[0].name, value, spot
    elif words.OUTCOMES.get(str(value).lower()) is Status.NO or value is False:
        for name in [p.name for p in case.people]:
            yield name, value, spot
    else:
        raise spot.error(
            "没有写明是哪一名成员",
            f"请写作 {{{names[0] if names else '姓名'}: 结论}}；全体都不符合时可以只写 no",
        )


# -- one line ------------------------------------------------------------------------------------------------------------
def _one(rule: Program | Provision, who: str | None, value: Any, spot: Spot) -> Expected:
    if isinstance(rule, Program):
        return _outcome(rule, who, value, spot)
    return _value(rule, who, value, spot)


def _outcome(rule: Program, who: str | None, value: Any, spot: Spot) -> Expected:
    if not isinstance(value, Mapping):
        if isinstance(value, bool) or str(value).strip().lower() in words.OUTCOMES or is_unknown(value):
            status = Status.UNKNOWN if is_unknown(value) else words.outcome(value, spot)
            return Expected(spot, rule.name, who, outcome=status)
        if not any(sign.isdigit() for sign in str(value)):
            words.outcome(value, spot)
        return Expected(spot, rule.name, who, outcome=Status.YES, paid=whole_fen(value, spot), bare=True)
    parts = keys.canonical(value, keys.SPEC, spot, "预期")
    fields: dict[str, Any] = {}
    if "outcome" in parts:
        fields["outcome"] = words.outcome(
            "unknown" if is_unknown(parts["outcome"]) else parts["outcome"], spot.at("outcome")
        )
    if "amount" in parts:
        if str(parts["amount"]).strip().lower() in NOTHING_WORDS:
            fields["nothing"] = True
        else:
            fields["amount"] = money(parts["amount"], spot.at("amount"))
    for field in ("paid", "payout", "arrears"):
        if field in parts:
            fields[field] = whole_fen(parts[field], spot.at(field))
    if "outcome" not in fields and "amount" in fields:
        fields["outcome"] = Status.YES
    if "range" in parts:
        low, high = _range(parts["range"], spot.at("range"))
        fields |= {"low": low, "high": high}
    fields["missing"] = tuple(_need(w, spot.at("missing")) for w in _list(parts.get("missing")))
    if "missing_only" in parts:
        fields["missing"] = tuple(_need(w, spot.at("missing_only")) for w in _list(parts["missing_only"]))
        fields["exactly"] = True
    fields["clauses"] = tuple(_list(parts.get("clause")))
    fields["provisions"] = tuple(_rule_name(w, spot.at("provision")) for w in _list(parts.get("provision")))
    fields["failing"] = tuple(_rule_name(w, spot.at("failing")) for w in _list(parts.get("failing")))
    return Expected(spot, rule.name, who, **fields)


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _range(value: Any, spot: Spot) -> tuple[Fraction, Fraction]:
    if not isinstance(value, list) or len(value) != 2:
        raise spot.error("应为起止两个金额", "请写作 range: [682, 2046]")
    return money(value[0], spot), money(value[1], spot)


def _need(word: str, spot: Spot) -> str:
    """The column or parameter a missing fact is named by; `成员.事实` names the person too."""
    text = word.strip()
    who, sign, rest = text.partition(".")
    prefix = ""
    if sign and words.find_parameter(text) is None:
        prefix, text = f"{who}.", rest
    for household in (False, True):
        found = words.find_fact(text, household=household)
        if found is not None:
            return f"{prefix}{found.name}"
    parameter = words.find_parameter(text)
    if parameter is not None:
        return parameter.key
    raise spot.error(
        f"没有名为“{word}”的事实或者参数",
        nearest(text, [*words.fact_names(household=True), *words.fact_names(household=False)]),
    )


def _rule_name(word: str, spot: Spot) -> str:
    found = words.find_rule(word)
    if found is None:
        raise spot.error(f"没有名为“{word}”的规定", nearest(word, words.provision_names()))
    return found.name


def _parameter(parameter: Parameter, value: Any, spot: Spot) -> Expected:
    """The value a parameter has at the point, in the case's county, as far as then known."""
    if is_unknown(value):
        return Expected(spot, parameter.key, None, outcome=Status.UNKNOWN)
    return Expected(spot, parameter.key, None, value=_plain(parameter, value, spot))


def _plain(one: Provision | Parameter, value: Any, spot: Spot) -> Any:
    """An expected value that is neither yes nor no, as the engines hold it."""
    kind = one.kind
    if kind == Money:
        return money(value, spot)
    if kind.domain is not None:
        return words.choice(kind.domain, words.PARAMETER_CHOICES.get(str(value), value), spot).bit
    if kind.name == "bool":
        return words.outcome(value, spot)
    return day(value, spot) if kind.name == "date" else number(value, spot)


def _value(rule: Provision, who: str | None, value: Any, spot: Spot) -> Expected:
    kind = rule.kind
    if isinstance(value, Mapping):
        parts = keys.canonical(value, {**keys.SPEC, "value": "outcome", "数值": "outcome"}, spot, "预期")
        value = parts.get("outcome", parts.get("amount"))
    if kind.name == "bool":
        status = Status.UNKNOWN if is_unknown(value) else words.outcome(value, spot)
        return Expected(spot, rule.name, who, outcome=status)
    if is_unknown(value):
        return Expected(spot, rule.name, who, outcome=Status.UNKNOWN)
    if str(value).strip().lower() in ("review", "需人工核定"):
        return Expected(spot, rule.name, who, outcome=Status.REVIEW)
    return Expected(spot, rule.name, who, value=_plain(rule, value, spot))


def _sums(case: Case, value: Any, spot: Spot) -> list[Expected]:
    if not isinstance(value, Mapping):
        raise spot.error("应为各项待遇的累计发放额", "请写作 累计: {渐退: 3276}")
    found = []
    for word, amount in value.items():
        at = spot.at(word)
        program = words.find_program(str(word))
        if program is None:
            raise at.error(f"没有名为“{word}”的待遇", nearest(str(word), words.program_names()))
        entries: list[tuple[str | None, Any]] = (
            [(str(w), x) for w, x in amount.items()] if isinstance(amount, Mapping) else [(None, amount)]
        )
        found += [Expected(at, program.name, who, paid=whole_fen(x, at)) for who, x in entries]
    return found


__all__ = ["read", "yes_or_no"]
