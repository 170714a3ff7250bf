"""The questions of the anonymous check, one thing a page: what is typed is carried from page to page in the form itself.

Nothing is stored and nothing stands in an address. A question nobody needs is not asked (parents of children where
there are none).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from minzheng.assessment.decide import rulebook
from minzheng.assessment.self_check import (
    MOST_PEOPLE,
    UNSURE,
    Answers,
    Someone,
    Tie,
    check_answers,
    names_of,
    whole_age,
    whole_yuan,
)
from minzheng.registry.queries import division_name
from minzheng.values.errors import Refusal

LONGEST = 12
UNSURE_CHOICE = (UNSURE, "说不清")
YES_NO = (("no", "没有"), ("yes", "有"), UNSURE_CHOICE)
REGISTRATIONS = (("城镇", "城镇（居委会）"), ("农村", "农村（村委会）"), ("", "说不清"))
TIES = tuple((tie.name.lower(), "本人" if tie is Tie.SELF else tie.value) for tie in Tie)
DISABILITIES = (
    ("", "没有残疾证"),
    *((kind, f"{kind}残疾") for kind in ("视力", "听力", "言语", "肢体", "智力", "精神")),
    UNSURE_CHOICE,
)
LEVELS = (("", "几级"), ("1", "一级"), ("2", "二级"), ("3", "三级"), ("4", "四级"), UNSURE_CHOICE)
SCHOOLS = (
    ("", "不在读"),
    ("义务教育", "小学、初中"),
    ("普通高中", "普通高中"),
    ("中等职业学校", "中专、职高、技校"),
    ("大专", "大专"),
    ("本科", "本科"),
    ("硕士研究生", "硕士研究生"),
    ("博士研究生", "博士研究生"),
)
PARENT_STATES = (
    ("", "在照顾孩子"),
    ("死亡", "去世"),
    ("重残", "重度残疾"),
    ("重病", "患重病"),
    ("服刑在押", "服刑"),
    ("强制隔离戒毒", "强制隔离戒毒"),
    ("失联", "失去联系"),
    ("查找不到", "从未找到"),
    ("外出务工", "外出打工"),
    UNSURE_CHOICE,
)
KIN = (("", "有"), ("none", "都没有"), UNSURE_CHOICE)
EMERGENCIES = (
    ("无", "没有"),
    ("火灾", "火灾"),
    ("交通事故", "交通事故"),
    ("突发重大疾病", "突发重大疾病"),
    ("其他特殊困难", "其他突发困难"),
    UNSURE_CHOICE,
)
RECEIVING = (("", "都没有"), ("低保", "低保"), ("低保边缘", "低保边缘家庭"), (UNSURE, "说不清"))
HOMES = (("0", "没有自己的房子"), ("1", "一套"), ("2", "两套或更多"), UNSURE_CHOICE)

PERSON_FIELDS = (
    "tie", "age", "wages", "pension", "other", "disability", "level", "care", "ill", "school", "father", "mother",
    "kin",
)  # fmt: skip
HOME_FIELDS = (
    "county",
    "registration",
    "savings",
    "homes",
    "car",
    "business",
    "emergency",
    "hardship",
    "receiving",
)
_ASKED_AS = {
    "schooling": "school",
    "full_time_student": "school",
    "father_state": "father",
    "mother_state": "mother",
    "obligors": "kin",
    "obligors_incapable": "kin",
}
"""Facts of the law and the question on the page that answers each."""


@dataclass(frozen=True)
class Page:
    """One page of the check: what its fields begin with, and what it says at the top."""

    name: str
    title: str
    hint: str
    home: tuple[str, ...] = ()
    person: tuple[str, ...] = ()


PAGES = (
    Page("place", "您家的户口在哪里", "待遇由户口所在的县区办理。", home=("county", "registration")),
    Page("people", "和谁一起生活", "先填您自己，再填一起吃住的家人。", person=("tie", "age")),
    Page(
        "income",
        "每个人每月有多少收入",
        "填平均每月的数，单位是元；没有就空着。",
        person=("wages", "pension", "other"),
    ),
    Page(
        "property",
        "家里有哪些财产",
        "存款、理财、股票合在一起说个大概。",
        home=("savings", "homes", "car", "business"),
    ),
    Page(
        "health",
        "家里有没有残疾或者重病的人",
        "没有就直接下一步。",
        person=("disability", "level", "care", "ill"),
    ),
    Page(
        "family",
        "上学的孩子和应当赡养老人的亲属",
        "只问用得着的。",
        person=("school", "father", "mother", "kin"),
    ),
    Page("events", "最近一年家里有没有遇到难处", "", home=("emergency", "hardship")),
    Page("receiving", "现在是不是已经在享受", "", home=("receiving",)),
)
_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "registration": REGISTRATIONS, "tie": TIES, "disability": DISABILITIES, "level": LEVELS, "care": YES_NO,
    "ill": YES_NO, "school": SCHOOLS, "father": PARENT_STATES, "mother": PARENT_STATES, "kin": KIN,
    "car": YES_NO, "business": YES_NO, "emergency": EMERGENCIES, "hardship": YES_NO, "receiving": RECEIVING,
    "homes": HOMES,
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What was typed so far, every field by name, and what is wrong with it."""

    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, posted: Mapping[str, str]) -> Told:
        """Only the fields asked for, cut of nothing: what is too long or not on offer is a problem of its field."""
        values, problems = {}, {}
        for name in field_names():
            text = posted.get(name, "").strip()
            choices = choices_of(name)
            if text and (len(text) > LONGEST or (choices and text not in {value for value, _ in choices})):
                problems[name] = "请从给出的选项中选择。" if choices else "填写的内容太长。"
                text = ""
            values[name] = text
        return cls(values, problems)

    @property
    def rows(self) -> list[int]:
        """The members told: rows with an age."""
        return [k for k in range(MOST_PEOPLE) if self.values.get(f"p{k}_age")]

    def answers(self) -> Answers:
        """Raises `Refusal` with the field when something does not fit."""
        values = self.values
        return Answers(
            county=values["county"],
            registration=values["registration"],
            people=tuple(self._someone(k) for k in self.rows),
            savings=values["savings"],
            homes="" if values["homes"] == "0" else values["homes"],
            car=values["car"],
            business=values["business"],
            emergency=values["emergency"],
            hardship=values["hardship"],
            receiving=tuple(one for one in (values["receiving"],) if one and one != UNSURE),
        )

    def _someone(self, k: int) -> Someone:
        given = {name: self.values[f"p{k}_{name}"] for name in PERSON_FIELDS if name != "tie"}
        return Someone(Tie[self.values[f"p{k}_tie"].upper()], **given)

    def people(self) -> list[tuple[int, str]]:
        """Row, and how the page calls the member."""
        rows = self.rows
        told = tuple(Someone(Tie[self.values[f"p{k}_tie"].upper()], self.values[f"p{k}_age"]) for k in rows)
        return list(zip(rows, names_of(told), strict=True))

    def checked(self, page: Page) -> Told:
        """With the problems of a page's fields."""
        problems = {name: text for name, text in self.problems.items() if name in fields_on(page)}
        for check in (_place, _people, _amounts):
            problems |= check(self.values, page)
        return Told(self.values, problems)


def choices_of(name: str) -> tuple[tuple[str, str], ...]:
    """What may be answered; empty where it is typed."""
    plain = name.split("_", 1)[1] if name[0] == "p" and name[1:2].isdecimal() else name
    if plain == "county":
        return tuple((code, division_name(code)) for code in rulebook().counties)
    return _CHOICES.get(plain, ())


def field_names() -> list[str]:
    return [*HOME_FIELDS, *(f"p{k}_{name}" for k in range(MOST_PEOPLE) for name in PERSON_FIELDS)]


def fields_on(page: Page) -> set[str]:
    return {*page.home, *(f"p{k}_{name}" for k in range(MOST_PEOPLE) for name in page.person)}


def page_named(name: str) -> Page:
    return next((page for page in PAGES if page.name == name), PAGES[0])


def needed(page: Page, told: Told, on: date) -> bool:
    """Whether there is anything to ask on the page for this family."""
    return page.name != "family" or bool(asked_of_family(told, on))


def asked_of_family(told: Told, on: date) -> list[tuple[int, str, tuple[str, ...]]]:
    """Who is asked what about school, parents and kin: what the law would still want to know of this family.

    The law itself says so: everything is left open, and what its outcomes then need is asked, nothing else.
    """
    answers = told.answers()
    left_open = tuple(
        replace(one, school=UNSURE, father=UNSURE, mother=UNSURE, kin=UNSURE) for one in answers.people
    )
    determination = check_answers(replace(answers, people=left_open), on=on)
    wanted: dict[int, set[str]] = {}
    for outcome in determination.outcomes:
        for name, who in outcome.needs:
            if who is not None and name in _ASKED_AS:
                wanted.setdefault(who, set()).add(_ASKED_AS[name])
    people = told.people()
    return [
        (*people[who], tuple(one for one in ("school", "father", "mother", "kin") if one in wanted[who]))
        for who in sorted(wanted)
    ]


def _place(values: Mapping[str, str], page: Page) -> dict[str, str]:
    if "county" in page.home and not values["county"]:
        return {"county": "请选择户口所在的县区。"}
    return {}


def _people(values: Mapping[str, str], page: Page) -> dict[str, str]:
    if "age" not in page.person:
        return {}
    problems = {}
    rows = [k for k in range(MOST_PEOPLE) if values[f"p{k}_age"]]
    for k in rows:
        try:
            whole_age(values[f"p{k}_age"])
        except Refusal as wrong:
            problems[f"p{k}_age"] = wrong.message
    selves = [k for k in rows if values[f"p{k}_tie"] == "self"]
    if not rows or 0 not in selves:
        problems["p0_age"] = problems.get("p0_age", "请填写您自己的年龄。")
    for k in rows:
        if not values[f"p{k}_tie"]:
            problems[f"p{k}_tie"] = "请选择这位家人与您的关系。"
    for k in selves[1:]:
        problems[f"p{k}_tie"] = "“本人”只能有一个，请选择这位家人与您的关系。"
    return problems


def _amounts(values: Mapping[str, str], page: Page) -> dict[str, str]:
    problems = {}
    for name in fields_on(page):
        if values[name] and not choices_of(name) and not name.endswith("_age"):
            try:
                whole_yuan(values[name])
            except Refusal as wrong:
                problems[name] = wrong.message
    return problems
