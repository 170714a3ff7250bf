"""Facts as people write them, made into plain values: single facts, series, shorthands for people and households."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from minzheng.rulebook import vocabulary
from minzheng.rulebook.vocabulary import Relation
from minzheng.rules.language.declare import Fact, Series
from minzheng.rules.language.kinds import Money
from minzheng.values.month import Month

from . import keys, kin, words
from .case import Given, Monthly, MonthlyPart, Obligor, PersonGiven
from .spot import Spot, nearest
from .texts import UNKNOWN, Mapped, day, is_unknown, month, number, span_of_months, whole_fen, yes_or_no
from .texts import money as money_of

KINDS_OF_DISABILITY = {
    "视力": "visual_level", "听力": "hearing_level", "言语": "speech_level", "肢体": "limb_level",
    "智力": "intellectual_level", "精神": "mental_level", "visual": "visual_level", "hearing": "hearing_level",
    "speech": "speech_level", "limb": "limb_level", "intellectual": "intellectual_level", "mental": "mental_level",
}  # fmt: skip
LEVELS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


# -- single facts -------------------------------------------------------------------------------------------------
def value_of(fact: Fact | Series, value: Any, spot: Spot) -> Given:
    """A plain value of a fact or series, UNKNOWN where the file says so."""
    if isinstance(fact, Series):
        return monthly(value, spot, fact)
    if is_unknown(value):
        return UNKNOWN
    kind = fact.kind
    if kind.name == "bool":
        return yes_or_no(value, spot)
    if kind.domain is not None:
        return words.choice(kind.domain, value, spot)
    if kind.name == "date":
        return day(value, spot)
    if kind == Money:
        return _bounded(fact, whole_fen(value, spot), value, spot)
    return _count(fact, value, spot)


def _count(fact: Fact, value: Any, spot: Spot) -> int:
    text = str(value).strip().removesuffix(fact.kind.unit).strip()
    if text in ("无", "没有", "none"):
        text = "0"
    if text in LEVELS:
        text = str(LEVELS[text])
    whole = number(text, spot, "整数")
    if whole.denominator != 1:
        raise spot.error(f"应为整数，写的是“{value}”", "请写整数")
    return _bounded(fact, int(whole), value, spot)


def _bounded(fact: Fact | Series, value: int, written: Any, spot: Spot) -> int:
    assert fact.bounds is not None
    low, high = fact.bounds
    if not low <= value <= high:
        unit = 100 if fact.kind == Money else 1
        raise spot.error(
            f"“{fact.label}”为 {written}，超出可能的范围 {low / unit:,.0f} 至 {high / unit:,.0f}",
            "请核对数值和单位",
        )
    return value


def monthly(value: Any, spot: Spot, series: Series | None = None) -> Monthly:
    """One amount for every month; amounts by month or range of months; or a list of from, to, amount."""
    if isinstance(value, Mapping) and not _is_part(value):
        parts = []
        for text, amount in value.items():
            at = spot.at(text)
            parts.append(MonthlyPart(*span_of_months(text, at), _fen(amount, at, series)))
        return Monthly(tuple(parts))
    if isinstance(value, Mapping):
        return Monthly((_part(value, spot, series),))
    if isinstance(value, list):
        return Monthly(tuple(_part(p, spot.at(k + 1), series) for k, p in enumerate(value)))
    return Monthly((MonthlyPart(None, None, _fen(value, spot, series)),))


def _net(value: Any, spot: Spot) -> Monthly:
    """A net income by the month, within what one income can be."""
    found = monthly(value, spot)
    assert vocabulary.property_income.bounds is not None
    high = vocabulary.property_income.bounds[1]
    for part in found.parts:
        if part.fen is not None and not 0 <= part.fen <= high:
            raise spot.error(
                f"月净收入为 {value}，超出可能的范围 0 至 {high / 100:,.0f} 元", "请核对数值和单位"
            )
    return found


def _is_part(value: Mapping[str, Any]) -> bool:
    return bool({"amount", "金额"} & set(value))


def _part(value: Any, spot: Spot, series: Series | None) -> MonthlyPart:
    if not isinstance(value, Mapping):
        raise spot.error("应为一段收入", "请写作 {from: 2023-01, to: 2023-06, amount: 1500}")
    names = {"from": "from", "起": "from", "自": "from", "to": "to", "止": "to", "至": "to", "until": "to"}
    names |= {"amount": "amount", "金额": "amount"}
    part = keys.canonical(value, names, spot, "收入")
    first: Month | None = month(part["from"], spot.at("from")) if "from" in part else None
    last: Month | None = month(part["to"], spot.at("to")) if "to" in part else None
    return MonthlyPart(first, last, _fen(part.get("amount"), spot.at("amount"), series))


def _fen(value: Any, spot: Spot, series: Series | None) -> Any:
    if is_unknown(value):
        return None
    fen = money_of(value, spot)
    if series is not None:
        _bounded(series, int(fen), value, spot)
    return fen


# -- a household --------------------------------------------------------------------------------------------------
def household(raw: Any, spot: Spot) -> dict[str, Given]:
    """Facts of a household and its shorthands (net_income, assets, size) by their own names."""
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise spot.error("应为家庭的各项事实", "请写作 household: {registration: 城镇, income: 1500}")
    result: dict[str, Given] = {}
    for word, value in raw.items():
        at = spot.at(word)
        short = keys.HOUSEHOLD.get(word)
        if short == "income":
            result["net_income"] = _net(value, at)
        elif short == "income_per_head":
            result["net_per_head"] = UNKNOWN if is_unknown(value) else money_of(value, at)
        elif short == "annual_per_head":
            result["net_per_head"] = UNKNOWN if is_unknown(value) else money_of(f"{value}/年", at)
        elif short == "annual_income":
            result["net_income"] = UNKNOWN if is_unknown(value) else _net(f"{value}/年", at)
        elif short == "assets":
            result["net_assets"] = UNKNOWN if is_unknown(value) else whole_fen(value, at)
        elif short == "size":
            if value is not None:
                result["size"] = int(number(str(value).removesuffix("人"), at, "人数"))
        else:
            fact = words.fact_named(word, household=True, spot=at, also=keys.HOUSEHOLD)
            result[fact.name] = value_of(fact, value, at)
    return result


# -- people -------------------------------------------------------------------------------------------------------
def people(raw: Any, spot: Spot) -> list[PersonGiven]:
    """The people of a household: a list, or a mapping by name."""
    if raw is None:
        return []
    if isinstance(raw, Mapping):
        raw = [
            Mapped({"name": name, **(facts or {})}) if _facts(facts) else facts for name, facts in raw.items()
        ]
    if not isinstance(raw, list):
        raise spot.error("应为成员清单", "请写作 people: [{name: 父亲, relation: 户主, age: 45}]")
    found = [person(raw[0], spot.at(1), head=None)] if raw else []
    found += [person(p, spot.at(k), head=found[0].name) for k, p in enumerate(raw[1:], 2)]
    names = [p.name for p in found]
    for name in names:
        if names.count(name) > 1:
            raise spot.error(f"有两名成员都叫“{name}”", "请用不同的称呼区分")
    return found


def _facts(value: Any) -> bool:
    return value is None or isinstance(value, Mapping)


def person(raw: Any, spot: Spot, *, head: str | None = "", need_relation: bool = True) -> PersonGiven:
    """One person. `head`: the name of the head of the household; None: this is the first person, its head."""
    if not isinstance(raw, Mapping):
        raise spot.error(
            f"应为一名成员的各项事实，写的是“{raw}”", "请写作 {name: 父亲, relation: 户主, age: 45}"
        )
    facts: dict[str, Given] = {}
    extra: dict[str, Any] = {}
    for word, value in raw.items():
        _entry(word, value, spot, facts, extra)
    name = str(extra.get("name") or extra.get("role") or _relation_word(raw) or f"成员{spot.path[-1]}")
    here = Spot(spot.file, spot.case, spot.line, (*spot.path[:-1], name))
    if "relation" not in facts:
        facts.update(_relation_of(name, extra.get("role"), head, need_relation, here))
    return PersonGiven(
        name=name,
        facts=facts,
        age=extra.get("age"),
        obligors=extra.get("obligors"),
        since=extra.get("since"),
        needs=frozenset(raw),
    )


def _entry(word: str, value: Any, spot: Spot, facts: dict[str, Given], extra: dict[str, Any]) -> None:
    at = spot.at(word)
    fact = words.find_fact(word, household=False)
    short = keys.PERSON.get(word)
    if short == "obligors":
        _obligors(value, at, facts, extra)
    elif fact is not None and short is None:
        facts.update(_fact(fact, value, at))
    elif short in ("father", "mother"):
        facts.update(_parent(short, value, at))
    elif short == "selfcare":
        facts["selfcare_fails"] = _selfcare(value, at)
    elif short == "disability":
        facts.update(disability(value, at))
    elif short == "income":
        facts["net_income"] = _net(value, at)
    elif short == "needs_care":
        facts["care_months"] = UNKNOWN if is_unknown(value) else 12 if yes_or_no(value, at) else 0
    elif short == "before":
        facts.update(_before(value, at))
    elif short == "age":
        extra["age"] = None if is_unknown(value) else _age(value, at)
    elif short == "since":
        extra["since"] = day(value, at)
    elif short in ("name", "role"):
        extra[short] = str(value)
    else:
        words.fact_named(word, household=False, spot=at, also=keys.PERSON)


def _age(value: Any, spot: Spot) -> int:
    years = number(str(value).removesuffix("岁").removesuffix("周"), spot, "周岁")
    if years.denominator != 1 or not 0 <= years <= 120:
        raise spot.error(f"“{value}”不是周岁年龄", "请写 0 至 120 的整数，或者写出生日期 born: 1943-06-15")
    return int(years)


def _obligors(value: Any, spot: Spot, facts: dict[str, Given], extra: dict[str, Any]) -> None:
    if isinstance(value, Mapping):
        value = [value]
    elif isinstance(value, str) and words.is_choice(Relation, value):
        value = [{"relation": value}]
    if isinstance(value, list):
        extra["obligors"] = tuple(obligor(o, spot.at(k + 1)) for k, o in enumerate(value))
    else:
        facts["obligors"] = value_of(vocabulary.obligors, value, spot)


SELFCARE = {"具备": 0, "具备生活自理能力": 0, "部分丧失": 1, "部分": 1, "完全丧失": 4, "完全": 4, "全护理": 4}


def _selfcare(value: Any, spot: Spot) -> Given:
    """具备, 部分丧失, 完全丧失, or how many of the six cannot be done alone."""
    fails = SELFCARE.get(str(value).removesuffix("生活自理能力"))
    return fails if fails is not None else value_of(vocabulary.selfcare_fails, value, spot)


PARENT = {
    "state": "state", "状况": "state", "term": "term", "期限": "term", "刑期": "term", "level": "level", "等级": "level",
    "mind_level": "mind_level", "智力精神等级": "mind_level", "absent_months": "absent_months", "失联月数": "absent_months",
    "report_months": "report_months", "登记月数": "report_months", "away": "away", "外出": "away",
}  # fmt: skip


AWAY = frozenset({"外出务工", "在外务工", "外出打工", "外出"})
"""A parent away for work still cares: the child may be left behind, not without anybody in fact."""


def _parent(which: str, value: Any, spot: Spot) -> dict[str, Given]:
    """`father: 死亡` or `father: {state: 服刑, term: 24}`."""
    parts = value if isinstance(value, Mapping) else {"state": value}
    if str(parts.get("state")).strip() in AWAY:
        parts = {**parts, "state": "CARING", "away": True}
    result: dict[str, Given] = {}
    for word, one in keys.canonical(parts, PARENT, spot, "父母一方").items():
        name = f"{which}_{word}"
        result[name] = value_of(words.facts()[name], one, spot.at(word))
    return result


def _fact(fact: Fact | Series, value: Any, spot: Spot) -> dict[str, Given]:
    result = {fact.name: value_of(fact, value, spot)}
    if fact is vocabulary.relation and (sex := words.SEXES.get(str(value))) is not None:
        result["sex"] = words.choice(vocabulary.Sex, sex, spot)
    return result


def _before(value: Any, spot: Spot) -> dict[str, Given]:
    """Programmes of a person that were being received the month before."""
    names = value if isinstance(value, list) else [value]
    result: dict[str, Given] = {}
    for name in names:
        found = words.find_program(str(name))
        if found is None or found.receives is None:
            raise spot.error(f"没有名为“{name}”的待遇", nearest(str(name), words.program_names()))
        result[found.receives.name] = True
    return result


def _relation_word(raw: Mapping[str, Any]) -> Any:
    return raw.get("relation") or raw.get("与户主关系")


def _relation_of(name: str, role: str | None, head: str | None, needed: bool, spot: Spot) -> dict[str, Given]:
    """A relation from the words 妻子, 长子, 父亲 …; the first person is the head."""
    sex = words.SEXES.get(role or name)
    facts: dict[str, Given] = {} if sex is None else {"sex": words.choice(vocabulary.Sex, sex, spot)}
    if head is None:
        return {**facts, "relation": Relation.HEAD}
    for word in (role, name):
        found = kin.relation_of(word, head) if word is not None else None
        if found is not None:
            return {**facts, "relation": found}
    if not needed:
        return {}
    raise spot.error("没有写明与户主关系", "请写 relation: 配偶、子女、父母、配偶父母、孙子女、兄弟姐妹 等")


def disability(value: Any, spot: Spot) -> dict[str, Given]:
    """`{limb: 1}`, `{肢体: 一级}`, `肢体一级`, several of them, or a bare level; 无 is none."""
    if is_unknown(value):
        return {"certificate_valid": UNKNOWN}
    if isinstance(value, str) and value.strip() in ("无", "no", "否", "none"):
        return {"certificate_valid": False}
    pairs: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        pairs = [(str(k), v) for k, v in _kinds(value).items()]
    else:
        for text in value if isinstance(value, list) else re.split(r"[、，,;；+]", str(value)):
            pairs.append(_kind_and_level(str(text).strip(), spot))
    facts: dict[str, Given] = {"certificate_valid": True}
    levels = []
    for kind, level in pairs:
        at = spot.at(kind) if kind else spot
        grade = LEVELS.get(str(level).strip().removesuffix("级").upper().removeprefix("L"))
        if grade is None:
            raise at.error(f"“{level}”不是残疾等级", "等级为 1 至 4，如 {肢体: 1} 或者 肢体一级")
        levels.append(grade)
        if kind:
            column = KINDS_OF_DISABILITY.get(kind.removesuffix("残疾").lower())
            if column is None:
                raise at.error(f"“{kind}”不是残疾类别", nearest(kind, KINDS_OF_DISABILITY))
            facts[column] = grade
    return {**facts, "disability_level": min(levels)}


def _kinds(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{category: 肢体, level: 1}` as `{肢体: 1}`."""
    named = {"category": 0, "kind": 0, "type": 0, "类别": 0, "level": 1, "等级": 1, "级别": 1}
    if {named.get(word) for word in value} != {0, 1}:
        return value
    kind, level = sorted(value, key=lambda word: named[word])
    return {str(value[kind]): value[level]}


def _kind_and_level(text: str, spot: Spot) -> tuple[str, str]:
    found = re.fullmatch(
        r"(?P<kind>\D*?)(?:残疾)?[ L]*(?P<level>[一二三四1-4])级?\s*(?P<after>[A-Za-z一-鿿]*)", text
    )
    if found is None:
        raise spot.error(f"“{text}”读不出残疾类别和等级", "请写作 {肢体: 1} 或者 肢体一级")
    return (found["kind"].strip() or found["after"].removesuffix("残疾").strip()), found["level"]


# -- obligors who live elsewhere ---------------------------------------------------------------------------------------
KINSHIP = {"CHILD": "CHILD", "PARENT": "PARENT", "SPOUSE": "SPOUSE", "GRANDPARENT": "GRANDPARENT"}


def obligor(raw: Any, spot: Spot) -> Obligor:
    """Somebody who owes support: his facts, and his household where it has more people than him.

    relation says what he is to the person he owes (子女 unless written).
    """
    if is_unknown(raw):
        return Obligor("CHILD", {}, (), known=False)
    if not isinstance(raw, Mapping):
        raise spot.error(
            f"应为义务人的各项事实，写的是“{raw}”", "请写作 {relation: 子女, age: 45, income: 5000}"
        )
    home = raw.get("household") or raw.get("家庭") or {}
    outside = {
        "household",
        "家庭",
        "relation",
        "与户主关系",
        *(w for w, n in keys.PERSON.items() if n == "before"),
    }
    rest = Mapped({w: v for w, v in raw.items() if w not in outside})
    word = raw.get("relation") or raw.get("与户主关系") or "子女"
    kind = words.choice(Relation, word, spot.at("relation")).name
    if kind not in KINSHIP:
        raise spot.at("relation").error(f"“{word}”不在法定义务人之列", "可以写 子女、父母、配偶、祖父母")
    members = home.get("people") or home.get("成员") if isinstance(home, Mapping) else None
    facts = household({w: v for w, v in home.items() if w not in ("people", "成员")}, spot.at("household"))
    himself = person(Mapped({"name": "义务人", **rest}), spot, head=None)
    for word in outside - {"household", "家庭", "relation", "与户主关系"}:
        if word in raw:
            received = _before(raw[word], spot.at(word))
            at_home = {n: x for n, x in received.items() if words.find_fact(n, household=True) is not None}
            facts.update(at_home)
            himself = replace(
                himself, facts={**himself.facts, **{n: x for n, x in received.items() if n not in at_home}}
            )
    at = spot.at("household", "people")
    others = [person(p, at.at(k + 1)) for k, p in enumerate(members or [])]
    return Obligor(KINSHIP[kind], facts, (himself, *others))
