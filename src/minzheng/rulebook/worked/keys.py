"""Every word of the file format, English and Chinese, and the ways cases repeat each other (defaults, like, variants)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .spot import Spot, nearest
from .texts import Mapped
from .words import fact_names, find_fact, known_key


def _words(**chinese: str) -> dict[str, str]:
    """name="词 词": every word leads to the name."""
    found = {}
    for name, words in chinese.items():
        found[name] = name
        for word in words.split():
            found[word] = name
    return found


CASE = _words(
    id="编号 案例 case 案例编号",
    title="标题 名称 name",
    note="说明 备注 source 来源 why comment",
    clauses="条款",
    county="县区 县 地区 place 县（市、区）",
    on="date 日期 认定日期 认定日",
    month="months 月份 待遇月份 发放月份",
    known_at="known 认知时点 已知日期",
    applied="申请日期 application_date 申请",
    decided="决定日期 审核确认日期 确认日期 decision_date",
    household="家庭 户",
    people="成员 家庭成员 persons members_list members",
    before="此前享受 上月享受 prior prior_status 原享受",
    elections="election 选择 监护人的选择",
    events="事件 变化 changes",
    parameters="参数 params",
    expect="预期 期望 expected",
    later="留待 后续核对 pending",
    course="办理 办理过程 steps",
    coverage="覆盖 coverage_default",
    like="同 参照",
    variants="变式 情形",
)  # fmt: skip

HOUSEHOLD = _words(
    income="monthly_income 家庭月收入 家庭月净收入 月收入 net_monthly_income I",
    income_per_head="人均月收入 人均收入 per_head pc",
    annual_per_head="人均年收入 annual_income_per_head",
    annual_income="家庭年收入 家庭年净收入 年收入 yearly_income",
    size="人口 家庭人口 n people_count",
    assets="家庭金融资产 savings 存款",
)  # fmt: skip

PERSON = _words(
    name="姓名 称呼",
    role="角色",
    age="年龄 周岁",
    disability="残疾 残疾证",
    income="月净收入 本人月收入 monthly_income net_income",
    needs_care="需长期照护 长期照护需求",
    obligors="义务人 法定义务人 法定赡养抚养扶养义务人人数",
    father="父亲",
    mother="母亲",
    selfcare="自理能力 生活自理能力",
    before="此前享受 prior",
    since="加入日期 joined",
)  # fmt: skip

OBLIGOR = _words(household="家庭 户", unknown="情况不明")

EVENT = _words(
    on="date 日期 发生日期",
    decided="决定日期 decision_date",
    who="成员 person 何人",
    set="facts 事实 变为",
    household="家庭",
    people="成员事实",
    dies="death 死亡 去世",
    joins="birth born 出生 加入 joined",
    leaves="离开 迁出",
    job="就业 新就业",
    job_lost="失业",
    note="说明 reported",
)  # fmt: skip

STEP = _words(
    on="date 日期",
    do="做什么 办理",
    by="谁办 经办",
    about="待遇 programme",
    who="成员 person",
    fields="填写 with",
    reason="事由",
    refused="应拒绝",
    then="之后 结果",
)  # fmt: skip

SPEC = _words(
    outcome="结论 status 结果 result eligible",
    amount="金额 exact 应发额 精确金额",
    paid="实发 发放 发放额 实发额 月发放额 rounded payment monthly",
    missing="缺少 needs 还需",
    missing_only="只缺少 needs_only",
    clause="条款 clauses deciding_clause 依据 reason",
    provision="规定 决定规定 deciding provisions",
    failing="不符合项 failed fails",
    payout="当期支付 发放合计 run",
    arrears="补发",
    range="范围 between",
)  # fmt: skip


def canonical(raw: Mapping[str, Any], keys: Mapping[str, str], spot: Spot, what: str) -> Mapped:
    """A mapping with the format's own names. Raises CaseError for a word nobody knows or one given twice."""
    result = Mapped()
    result.line = getattr(raw, "line", 0)
    for word, value in raw.items():
        name = known_key(word, keys, spot.at(word), what)
        if name in result:
            raise spot.at(word).error(f"“{name}”用两个名称写了两次", "请只保留一处")
        result[name] = value
    return result


def case_keys(raw: Mapping[str, Any], spot: Spot) -> Mapped:
    """A case by its own names; facts of the household written at the top go into `household`."""
    home: dict[str, Any] = {}
    rest = Mapped()
    alone = raw.get("person", raw.get("本人"))
    if isinstance(alone, Mapping) and "people" not in raw:
        raw = Mapped(
            {w: x for w, x in raw.items() if w not in ("person", "本人")}
            | {"people": [{"name": "本人", **alone}]}
        )
    rest.line = getattr(raw, "line", 0)
    for word, value in raw.items():
        if word not in CASE and (word in HOUSEHOLD or find_fact(word, household=True) is not None):
            home[word] = value
        else:
            rest[word] = value
    for word in rest:
        if word not in CASE and find_fact(word, household=False) is not None:
            raise spot.at(word).error(f"“{word}”是成员的事实", "请把它写在 people 里的成员下")
        if word not in CASE:
            raise spot.at(word).error(
                f"案例没有“{word}”这一项，家庭也没有这项事实",
                nearest(word, [*CASE, *HOUSEHOLD, *fact_names(household=True)]),
            )
    result = canonical(rest, CASE, spot, "案例")
    if home:
        written = result.get("household")
        if written is not None and not isinstance(written, Mapping):
            raise spot.at("household").error("应为家庭的各项事实", "请写作 household: {registration: 城镇}")
        result["household"] = Mapped({**(written or {}), **home})
    return result


def overlay(base: Mapping[str, Any], more: Mapping[str, Any]) -> Mapped:
    """A case with parts of another put over it: facts and people are merged, everything else is replaced."""
    result = Mapped(base)
    result.line = getattr(more, "line", 0) or getattr(base, "line", 0)
    for written, other in (("on", "month"), ("month", "on")):
        if written in more and other not in more:
            result.pop(other, None)
    for name, value in more.items():
        old = result.get(name)
        if name == "people" and value is None:
            result.pop(name, None)
        elif name == "people":
            result[name] = _people(old, value)
        elif (
            name in ("household", "parameters", "before")
            and isinstance(old, Mapping)
            and isinstance(value, Mapping)
        ):
            result[name] = Mapped({**_less(old, value), **value})
        else:
            result[name] = value
    return result


def _less(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stays of the facts written before: an income by the year gives way to one by the month, and back."""
    short = {HOUSEHOLD.get(word) for word in new}
    incomes = {"income", "annual_income", "income_per_head", "annual_per_head"}
    gone = incomes if short & incomes else set()
    return {word: value for word, value in old.items() if HOUSEHOLD.get(word) not in gone}


def _people(old: Any, new: Any) -> Any:
    """People by name: what is written again replaces single facts; somebody new is added; null takes one out."""
    if old is None:
        return new
    base = {_name(p, k): p for k, p in enumerate(_as_list(old))}
    for k, person in enumerate(_as_list(new)):
        name = _name(person, k)
        facts = person.get("=")
        if facts is None and "=" in person:
            base.pop(name, None)
        elif name in base:
            base[name] = Mapped({**base[name], **{w: v for w, v in person.items() if w != "="}})
        else:
            base[name] = person
    return list(base.values())


def _name(person: Mapping[str, Any], k: int) -> str:
    for word in ("name", "姓名", "称呼", "role", "角色", "relation", "与户主关系"):
        if word in person:
            return str(person[word])
    return f"成员{k + 1}"


def _as_list(people: Any) -> list[Mapped]:
    """People written as a list, or as a mapping by name (null: nobody by this name)."""
    if isinstance(people, Mapping):
        return [
            Mapped({"name": name, **facts})
            if isinstance(facts, Mapping)
            else Mapped({"name": name, "=": facts})
            for name, facts in people.items()
        ]
    return [Mapped(p) for p in people if isinstance(p, Mapping)] if isinstance(people, list) else []
