"""The names a case may use: facts, programmes, provisions, parameters, counties, values of choices.

Each may be written by its identifier or its Chinese label, and by the short words people use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from minzheng.rulebook import COUNTIES, case_facts, load, vocabulary
from minzheng.rules.language.declare import Fact, Parameter, Program, Provision, Series
from minzheng.rules.language.kinds import Choice, Household, Person
from minzheng.rules.status import Status

from .spot import Spot, nearest

CITY = "140400"
PLACES = {CITY: "长治市", **COUNTIES}

PROGRAMS: dict[str, str] = {
    "DB": "dibao", "低保": "dibao", "城乡低保": "dibao", "城市低保": "dibao", "农村低保": "dibao",
    "TK": "tekun", "特困": "tekun", "特困供养": "tekun", "特困人员": "tekun",
    "JT": "phase_out", "渐退": "phase_out",
    "SP": "single", "单人保": "single", "单人户": "single", "单人户纳入低保": "single", "单人低保": "single",
    "BY": "edge", "低保边缘": "edge", "边缘": "edge", "边缘家庭": "edge",
    "GX": "rigid", "刚性支出": "rigid", "刚性": "rigid", "刚性支出困难": "rigid",
    "急难型": "relief_emergency", "急难救助": "relief_emergency",
    "支出型": "relief_expenditure", "支出型救助": "relief_expenditure",
    "DL": "living_subsidy", "生活补贴": "living_subsidy", "残疾人生活补贴": "living_subsidy",
    "DC": "care_subsidy", "护理补贴": "care_subsidy", "残疾人护理补贴": "care_subsidy",
    "OA": "old_age", "高龄补贴": "old_age", "高龄": "old_age", "高龄津贴": "old_age",
    "百岁": "centenarian", "百岁老人": "centenarian",
    "OR": "orphan", "孤儿": "orphan", "孤儿保障": "orphan",
    "SW": "unattended", "事实无人抚养": "unattended", "事实无人抚养儿童": "unattended",
    "ZX": "study_aid", "助学": "study_aid",
    "LB": "left_behind", "留守儿童": "left_behind", "留守": "left_behind",
}  # fmt: skip

CHOICES: dict[str, str] = {
    "城市": "城镇", "乡村": "农村", "城镇户籍": "城镇", "农村户籍": "农村", "非农业": "城镇", "农业": "农村",
    "丈夫": "配偶", "妻子": "配偶", "爱人": "配偶",
    "儿子": "子女", "女儿": "子女", "孩子": "子女", "儿媳": "子女配偶", "女婿": "子女配偶",
    "孙子": "孙子女", "孙女": "孙子女", "外孙": "孙子女", "外孙女": "孙子女",
    "父亲": "父母", "母亲": "父母", "岳父": "配偶父母", "岳母": "配偶父母", "公公": "配偶父母", "婆婆": "配偶父母",
    "爷爷": "祖父母", "奶奶": "祖父母", "祖父": "祖父母", "祖母": "祖父母", "外公": "祖父母", "外婆": "祖父母",
    "哥哥": "兄弟姐妹", "弟弟": "兄弟姐妹", "姐姐": "兄弟姐妹", "妹妹": "兄弟姐妹",
    "在押": "服刑", "监狱": "服刑", "无业": "有劳动能力", "硕士": "硕士研究生", "博士": "博士研究生",
    "小学": "义务教育", "初中": "义务教育", "高中": "普通高中", "中专": "中等职业学校", "大学": "本科",
    "机构": "机构集中养育", "失踪": "宣告失踪", "正常": "正常履行抚养义务", "去世": "死亡", "已故": "死亡", "已死亡": "死亡", "大学本科": "本科",
}  # fmt: skip

PERSON_FACTS: dict[str, str] = {
    "relationship": "relation", "关系": "relation", "birth": "born", "birthdate": "born", "birth_date": "born", "dob": "born",
    "出生": "born", "生日": "born", "gender": "sex", "student": "schooling", "就读": "schooling", "在读": "schooling",
    "savings": "financial_assets", "deposits": "financial_assets", "存款": "financial_assets",
    "assets": "financial_assets", "car": "ordinary_vehicle", "vehicle": "ordinary_vehicle", "普通机动车": "ordinary_vehicle",
    "wage": "wages", "salary": "wages", "工资": "wages", "月工资": "wages", "pension": "employee_pension",
    "养老金": "employee_pension", "义务兵": "conscript", "rent": "property_income", "重病": "serious_disease",
    "重特大疾病": "serious_disease", "employed": "working", "就业": "working", "labour_capacity": "labour",
    "labor": "labour", "custody": "restriction", "赡养费": "support_received", "选择": "child_choice",
}  # fmt: skip
"""Further words people use for facts of a person."""

HOUSEHOLD_FACTS: dict[str, str] = {
    "hukou": "registration", "户籍": "registration", "户籍类型": "registration", "type": "registration", "城乡": "registration",
    "homes": "homes_owned", "houses": "homes_owned", "住房": "homes_owned", "住房套数": "homes_owned", "land": "contracted_land",
    "承包地": "contracted_land", "承包土地": "contracted_land", "medical": "medical_own_paid", "tuition": "education_paid",
    "rehabilitation": "rehabilitation_paid", "hukou_local": "hukou_here", "本地户籍": "hukou_here",
}  # fmt: skip

SEXES = {"丈夫": "男", "儿子": "男", "父亲": "男", "岳父": "男", "公公": "男", "爷爷": "男", "妻子": "女", "女儿": "女",
         "母亲": "女", "岳母": "女", "婆婆": "女", "奶奶": "女"}  # fmt: skip

OUTCOMES: dict[str, Status] = {
    **{s.key: s for s in Status}, **{s.label: s for s in Status},
    "是": Status.YES, "true": Status.YES, "可以": Status.YES, "否": Status.NO, "false": Status.NO, "不可以": Status.NO,
    "未知": Status.UNKNOWN, "不能确定": Status.UNKNOWN, "待定": Status.UNKNOWN, "undetermined": Status.UNKNOWN,
    "eligible": Status.YES, "享受": Status.YES, "予以": Status.YES, "ineligible": Status.NO, "不享受": Status.NO, "不予": Status.NO,
    "核定": Status.REVIEW, "人工核定": Status.REVIEW, "待核定": Status.REVIEW, "需核定": Status.REVIEW,
}  # fmt: skip


@cache
def facts() -> dict[str, Fact | Series]:
    """Every fact and series by name, in the order of the vocabulary."""
    found: dict[str, Fact | Series] = {}
    for module in (vocabulary, case_facts):
        for value in vars(module).values():
            if isinstance(value, Fact | Series):
                found.setdefault(value.name, value)
    return found


@cache
def _labels(household: bool) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, one in facts().items():
        if (one.entity is Household) == household:
            names[name] = name
            names[one.label] = name
            names.setdefault(one.label.split("（")[0], name)
    return {**(HOUSEHOLD_FACTS if household else PERSON_FACTS), **names}


def fact_names(*, household: bool) -> Iterable[str]:
    return _labels(household)


def find_fact(word: str, *, household: bool) -> Fact | Series | None:
    name = _labels(household).get(word.strip())
    return facts()[name] if name is not None else None


def fact_named(word: str, *, household: bool, spot: Spot, also: Iterable[str] = ()) -> Fact | Series:
    found = find_fact(word, household=household)
    if found is not None:
        return found
    holder = "家庭" if household else "成员"
    if find_fact(word, household=not household) is not None:
        where = "写在 people 里的成员下" if household else "写在 household（家庭）下"
        raise spot.error(f"“{word}”不是{holder}的事实", f"请把它{where}")
    raise spot.error(
        f"没有名为“{word}”的{holder}事实", nearest(word, [*fact_names(household=household), *also])
    )


# -- programmes, provisions, parameters ------------------------------------------------------------------------------
@cache
def _programs() -> dict[str, Program]:
    book = load()
    by_name = {p.name: p for p in book.programs}
    labels = {p.label: p for p in book.programs}
    return {**by_name, **labels, **{word: by_name[name] for word, name in PROGRAMS.items()}}


def find_program(word: str) -> Program | None:
    return _programs().get(word.strip())


def program_names() -> list[str]:
    return list(_programs())


@cache
def _provisions() -> dict[str, Provision]:
    book = load()
    named = {p.name: p for p in book.provisions}
    counted: dict[str, int] = {}
    for p in book.provisions:
        counted[p.label] = counted.get(p.label, 0) + 1
    return {**{p.label: p for p in book.provisions if counted[p.label] == 1}, **named}


def find_provision(word: str) -> Provision | None:
    return _provisions().get(word.strip())


def find_rule(word: str) -> Program | Provision | None:
    """A programme or else a provision by name or label."""
    program = find_program(word)
    return program if program is not None else find_provision(word)


def provision_names() -> list[str]:
    return list(_provisions())


@cache
def _parameters() -> dict[str, Parameter]:
    declared = load().parameters.declared
    return {**{p.label: p for p in declared.values()}, **declared}


def parameter_named(word: str, spot: Spot) -> Parameter:
    found = _parameters().get(word.strip())
    if found is None:
        raise spot.error(f"没有名为“{word}”的参数", nearest(word, _parameters()))
    return found


def find_parameter(word: str) -> Parameter | None:
    return _parameters().get(word.strip())


# -- places and choices -----------------------------------------------------------------------------------------------
def county_code(word: Any, spot: Spot) -> str:
    text = str(word).strip()
    for code, name in PLACES.items():
        if text.removeprefix("山西省").removeprefix("长治市") in (code, name, name[:-1]) or text in (
            code,
            name,
        ):
            return code
    raise spot.error(f"没有“{text}”这个县（市、区）", nearest(text, [*PLACES.values(), *PLACES]))


def place_code(word: Any, spot: Spot) -> str:
    """A jurisdiction of a parameter row: a county, the city, the province or the nation."""
    wider = {"000000": "000000", "全国": "000000", "140000": "140000", "山西省": "140000", "山西": "140000"}
    return wider.get(str(word).strip()) or county_code(word, spot)


def choice(domain: type[Choice], value: Any, spot: Spot) -> Choice:
    """A member by name, label, short word, or a part of a label that fits one member only."""
    text = str(value).strip()
    word = CHOICES.get(text, text)
    for member in domain:
        if word.upper() == member.name or word == member.label or text == member.label:
            return member
    if (
        text.lower() in ("false", "no", "无", "没有", "否")
        and (none := getattr(domain, "NONE", None)) is not None
    ):
        assert isinstance(none, Choice)
        return none
    partly = [m for m in domain if word and word in m.label]
    if len(partly) == 1:
        return partly[0]
    listed = "、".join(f"{m.label}（{m.name}）" for m in domain)
    raise spot.error(f"“{text}”不是可选的值", f"可以写：{listed}")


def is_choice(domain: type[Choice], value: str) -> bool:
    """Whether a word names a member of a choice."""
    text = value.strip()
    return any(CHOICES.get(text, text) in (m.label, m.name) for m in domain)


PARAMETER_CHOICES = {"DIFF": "DIFFERENCE", "CEIL": "UP", "FLOOR": "DOWN", "进位": "UP", "舍去": "DOWN"}
"""Words of choices of parameters that the rulebook names otherwise."""


def outcome(value: Any, spot: Spot) -> Status:
    if isinstance(value, bool):
        return Status.YES if value else Status.NO
    found = OUTCOMES.get(str(value).strip().lower())
    if found is None:
        raise spot.error(
            f"“{value}”不是结论",
            "请写 yes（符合）、no（不符合）、unknown（尚不能确定）或者 review（需人工核定）",
        )
    return found


def known_key(word: str, keys: Mapping[str, str], spot: Spot, what: str) -> str:
    """A key of the file format by its English or Chinese word."""
    found = keys.get(word)
    if found is None:
        raise spot.error(f"{what}没有“{word}”这一项", nearest(word, keys))
    return found


__all__ = ["CITY", "Household", "Person", "choice", "county_code", "fact_named", "find_fact", "outcome"]
