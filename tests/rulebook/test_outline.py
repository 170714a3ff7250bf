"""A rule set out in words: what a reader of the rulebook sees, without anybody's values."""

from fractions import Fraction

import pytest

from minzheng.rulebook import load
from minzheng.rules import (
    Bool,
    Choice,
    Count,
    Household,
    Money,
    OneOf,
    Person,
    Ratio,
    conflict,
    fact,
    maximum,
    minimum,
    parameter,
    people,
    where,
)
from minzheng.rules.explain.outline import outline
from minzheng.rules.explain.sentences import words


class Home(Choice):
    """住处"""

    TOWN = "城镇"
    VILLAGE = "农村"


income = fact("o_income", "月收入", Household, Money, bounds=(0, 10_000_00))
home = fact("o_home", "住处", Household, OneOf(Home))
sick = fact("o_sick", "患病", Household, Bool)
level = fact("o_level", "残疾等级", Person, Count("级"), bounds=(0, 4))
line = parameter("o.line", "标准", Money, bounds=(0, 5_000_00))
rate = parameter("o.rate", "比例", Ratio(), bounds=(0, 1), scale=100)


def lines(expr):
    def told(point, depth=0):
        yield "  " * depth + point.text
        for child in point.children:
            yield from told(child, depth + 1)

    return list(told(outline(expr)))


@pytest.mark.parametrize(
    ("expr", "says"),
    [
        (income.below(line), "月收入低于标准"),
        (~income.below(line), "月收入不低于标准"),
        (~home.is_(Home.TOWN), "住处不为城镇"),
        (~sick, "“患病”为否"),
        (income * 0, "零"),
        (income * 1, "月收入"),
        (income / 12, "月收入 ÷ 12"),
        (income * Fraction(3, 2), "月收入 × 1.5"),
        (maximum(income - line, 0), "（月收入 - 标准），不足零的按零计"),
        (people(level.over(0)).count, "“残疾等级高于 0 级”的人数"),
        (~people(level.over(0)).any(level.equals(1)), "“残疾等级高于 0 级”中没有人符合：残疾等级等于 1 级"),
    ],
)
def test_a_simple_rule_is_one_line(expr, says):
    assert words(expr) == says
    assert lines(expr) == [says]


def test_conditions_are_a_list_and_alternatives_a_list_under_it():
    assert lines(income.below(line) & (sick | home.is_(Home.VILLAGE))) == [
        "同时符合以下各项：",
        "  月收入低于标准",
        "  符合以下之一：",
        "    患病",
        "    住处为农村",
    ]


def test_two_limits_of_one_value_are_one_band():
    assert lines(level.at_least(1) & level.at_most(3)) == ["残疾等级在 1 级 至 3 级 之间（含）"]
    assert lines(level.at_least(3) & level.at_most(3)) == ["残疾等级为 3 级"]


def test_cases_follow_one_another_and_the_rest_comes_last():
    assert lines(where(sick, line, where(home.is_(Home.TOWN), line * rate, line * 0))) == [
        "按情形确定：",
        "  患病的：标准",
        "  住处为城镇的：标准 × 比例",
        "  其他：零",
    ]


def test_what_an_officer_decides_says_so():
    assert lines(where(conflict, line * 0, line)) == ["由经办人员核定（零至标准）"]


def test_the_higher_and_the_lower_are_lists():
    assert lines(minimum(income * rate, line)) == ["取下列各项中的最低者：", "  月收入 × 比例", "  标准"]


def test_every_rule_of_the_law_can_be_told():
    """No line is empty, none shows a number the law does not know, none an operator of the code."""
    for rule in load().provisions:
        for version in rule.versions:
            for said in lines(version.expr):
                assert said.strip(), rule.name
                assert "…" not in said, (rule.name, said)
                assert "× 0" not in said, (rule.name, said)
