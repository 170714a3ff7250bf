"""Explanations

A decision carries its reasons: each clause one line with its value, sign and limit, its citation, where each fact comes
from, what a parameter's value rests on, and by how much a test failed. Nothing in an explanation is computed anew.
"""

from datetime import date

from minzheng.rules import (
    Bool,
    Household,
    Money,
    ParameterSet,
    Person,
    Rulebook,
    Situation,
    Source,
    determine,
    exceptions,
    explanation,
    fact,
    finding,
    needs_words,
    parameter,
    people,
    program,
    provision,
    unit_facts,
    yuan,
)
from minzheng.rules.parameters import read_row
from tests.spec.running import TEXT

income = fact("income", "月收入", Household, Money, bounds=(0, yuan(5000)))
tenant = fact("tenant", "租房", Household, Bool)
ill = fact("ill", "患重病", Household, Bool)
home_finding = finding("home_finding", "住房情况符合规定", Household)
elderly = fact("elderly", "年满八十周岁", Person, Bool)
standard = parameter("standard", "低保标准", Money, per="月", bounds=(1, yuan(5000)))


@provision(TEXT, 3, of=Household, label="租房")
def rents():
    """租房居住的。"""
    return tenant


@provision(TEXT, 4, of=Household, label="重病")
def is_ill():
    """有重病患者的。"""
    return ill


@provision(TEXT, 5, of=Household, label="计入收入", textual_gap="口径由本例自定。")
def counted():
    """计入的收入及其例外。"""
    return exceptions(income * 1, (rents, income / 2), (is_ill, income / 4))


@provision(TEXT, 6, of=Household, label="收入低于标准")
def poor():
    """计入收入低于标准。"""
    return counted.below(standard)


@provision(TEXT, 7, of=Household, label="住房符合规定")
def home():
    """住房符合规定。"""
    return home_finding


@provision(TEXT, 8, of=Household, label="有高龄成员")
def somebody_old():
    """家中有年满八十周岁的成员。"""
    return people(elderly | ~elderly).any(elderly)


AID = program(
    "aid", label="示例补助", of=Household, requires=(poor, home), amount=None, rank=1, cites=TEXT, article=1,
    cadence="status",
)  # fmt: skip
OLD = program(
    "old", label="高龄关爱", of=Household, requires=(somebody_old,), amount=None, rank=2, cites=TEXT, article=2,
    cadence="status",
)  # fmt: skip
ROW = {
    "place": "",
    "from": date(2020, 1, 1),
    "value": 600,
    "document": "长示〔2023〕9号",
    "mark": "seed",
    "example": True,
}
BOOK = Rulebook(
    programs=[AID, OLD], counties=["140403"],
    parameters=ParameterSet([standard], [read_row(standard, ROW, "standards.yaml:3")]),
)  # fmt: skip


def told(unit, persons=(), **options):
    facts = unit_facts(BOOK.columns.values(), unit, list(persons), **options)
    return determine(BOOK, facts, Situation.at("140403", date(2023, 12, 31)))


def line_of(determination, text, program=0):
    [found] = [line for line in explanation(determination)[program].walk() if text in line.text]
    return found


def test_a_refusal_says_by_how_much():
    """*Why not*: the failing test stands unfolded with its value, its limit and the margin between them."""
    aid = explanation(told({"income": 68_320, "tenant": False, "ill": False, "home_finding": True}))[0]
    assert aid.text == "示例补助：不符合"
    assert aid.citation == "《示例办法》（示例〔2023〕1号）第1条"
    failed = next(line for line in aid.walk() if line.margin)
    assert failed.text == "计入收入 683.20 元 低于 低保标准 600.00 元 → 不符合"
    assert (failed.margin, failed.open) == ("高出 83.20 元", True)


def test_a_parameter_shows_its_document_and_that_it_is_an_example():
    """An example value marks every line that rests on it."""
    told_ = told({"income": 100, "tenant": False, "ill": False, "home_finding": True})
    line = line_of(told_, "低保标准：")
    assert (line.text, line.citation, line.example) == ("低保标准：600.00 元（月）", "长示〔2023〕9号", True)
    assert explanation(told_)[0].example
    assert not explanation(told_)[1].example


def test_two_exceptions_at_once_are_shown_with_both_citations():
    """A conflict names both clauses, what each of them says, and that an officer decides."""
    told_ = told({"income": yuan(1600), "tenant": True, "ill": True, "home_finding": True})
    assert told_.of("aid").status.key == "review"
    rule = line_of(told_, "计入收入：")
    assert rule.gap == "口径由本例自定。"
    cited = {line.citation for line in rule.walk()}
    assert {"《示例办法》（示例〔2023〕1号）第3条", "《示例办法》（示例〔2023〕1号）第4条"} <= cited
    assert "同时成立而结果不同的，由经办人员核定" in " ".join(line.text for line in rule.walk())
    assert "400.00 元 至 800.00 元" in rule.text


def test_where_a_fact_comes_from():
    """Each fact carries its source: who supplied it, since when, when it was recorded."""
    facts = unit_facts(BOOK.columns.values(), {"income": 100, "tenant": False, "ill": False}, [])
    facts.sources["income", None] = Source("社会保险系统", since=date(2023, 5, 1))
    determination = determine(BOOK, facts, Situation.at("140403", date(2023, 12, 31)))
    line = line_of(determination, "月收入：")
    assert (line.source.name, line.source.since) == ("社会保险系统", date(2023, 5, 1))


def test_people_are_called_by_their_names():
    """A line about a person says whose fact it is; what is still needed is asked of a person."""
    told_ = told({"home_finding": True}, [{"elderly": False}, {}], names=["王某", "李某"])
    outcome = told_.of("old")
    assert needs_words(told_, outcome.needs) == ["李某：年满八十周岁"]
    assert {line.who for line in explanation(told_)[1].walk() if line.role == "fact"} == {"王某", "李某"}


def test_what_is_missing_is_asked_in_words():
    """Facts by their labels, findings as what an officer must find."""
    told_ = told({"tenant": False, "ill": False})
    assert needs_words(told_, told_.of("aid").needs) == ["住房情况符合规定", "月收入"]
    assert needs_words(told_, told_.of("aid").ask_first) == ["住房情况符合规定"]
