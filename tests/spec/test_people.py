"""People of a household

A household has people. A provision of the household reads them through an aggregate over *those who count*; a provision
of a person may read any value of the household. Who counts is itself a rule, and may be unknown.
"""

import pytest

from minzheng.rules import Bool, Count, Household, Money, Person, fact, finding, people, provision, yuan
from tests.spec.running import TEXT

member = fact("member", "共同生活", Person, Bool)
income = fact("income", "收入", Person, Money, bounds=(0, yuan(1000)))
elderly = fact("elderly", "老年人", Person, Bool)
level = fact("level", "等级", Person, Count("级"), bounds=(0, 4))
care_finding = finding("care_finding", "确需照料", Person)
support = fact("support", "赡养费", Household, Money, bounds=(0, yuan(1000)))
family = people(member)


@pytest.mark.compiled
def test_how_many(spec):
    """`.count` is the number of those who count; somebody of whom that is not known makes it a range."""
    spec(
        family.count,
        people="""
        household | person | member
        1         | 1      | yes
        1         | 2      | no
        1         | 3      | yes
        2         | 1      | yes
        2         | 2      |
        """,
        households="""
        household | →
        1         | 2
        2         | 1 to 2 (unknown)
        """,
    )


@pytest.mark.compiled
def test_sums_over_people(spec):
    """`.sum()` adds up over those who count. Whoever may or may not count adds what he could."""
    spec(
        family.sum(income),
        people="""
        household | person | member | income
        1         | 1      | yes    | 100
        1         | 2      | no     | 900
        1         | 3      | yes    | 50
        2         | 1      | yes    | 100
        2         | 2      |        | 50
        3         | 1      | yes    |
        3         | 2      | no     |
        """,
        households="""
        household | →
        1         | 150
        2         | 100 to 150 (unknown)
        3         | 0 to 1000 (unknown)
        """,
    )


@pytest.mark.compiled
def test_an_average_over_an_unknown_number(spec):
    """The divisor may be unknown; a comparison decides where every possible number agrees."""
    spec(
        (family.sum(income) + support).per(family.count).below(yuan(100)),
        people="""
        household | person | member | income
        1         | 1      | yes    | 150
        1         | 2      |        | 0
        2         | 1      | yes    | 250
        2         | 2      |        | 0
        3         | 1      | yes    | 50
        3         | 2      |        | 0
        """,
        households="""
        household | support | →
        1         | 0       | unknown
        2         | 0       | no
        3         | 0       | yes
        """,
    )


@pytest.mark.compiled
def test_anybody_and_everybody(spec):
    """`.any()` and `.all()` over those who count; over nobody `any` is no and `all` is yes."""
    table = """
    household | person | member | elderly
    1         | 1      | yes    | yes
    1         | 2      | yes    | no
    2         | 1      | no     | yes
    3         | 1      | yes    |
    3         | 2      | yes    | no
    4         | 1      |        | yes
    """
    spec(
        family.any(elderly),
        people=table,
        households="""
        household | →
        1         | yes
        2         | no
        3         | unknown
        4         | unknown
        """,
    )
    spec(
        family.all(elderly),
        people=table,
        households="""
        household | →
        1         | no
        2         | yes
        3         | no
        4         | yes
        """,
    )


@pytest.mark.compiled
def test_highest_and_lowest(spec):
    """`.most(value, floor)` and `.least(value, ceiling)` hold their bound also where nobody counts."""
    table = """
    household | person | member | level
    1         | 1      | yes    | 3
    1         | 2      | yes    | 1
    1         | 3      | no     | 4
    2         | 1      | no     | 4
    3         | 1      | yes    |
    """
    spec(
        family.most(level, 0),
        people=table,
        households="""
        household | →
        1         | 3
        2         | 0
        3         | 0 to 4 (unknown)
        """,
    )
    spec(
        family.least(level, 2),
        people=table,
        households="""
        household | →
        1         | 1
        2         | 2
        3         | 0 to 2 (unknown)
        """,
    )


def test_some_of_them(spec):
    """`.counting()` narrows those who count; a finding that is missing makes the number a review."""
    spec(
        family.counting(elderly & care_finding).count.at_least(1),
        people="""
        household | person | member | elderly | care_finding
        1         | 1      | yes    | yes     | yes
        2         | 1      | yes    | yes     |
        3         | 1      | yes    | no      |
        4         | 1      | no     | yes     |
        """,
        households="""
        household | →
        1         | yes
        2         | review
        3         | no
        4         | no
        """,
    )


@provision(TEXT, 1, of=Household, label="家庭收入")
def household_income():
    """共同生活成员收入之和。"""
    return family.sum(income)


@pytest.mark.compiled
def test_the_household_seen_from_a_person(spec):
    """A value of the household stands in a person's provision as it is."""
    spec(
        household_income - income,
        people="""
        household | person | member | income | →
        1         | 1      | yes    | 100    | 50
        1         | 2      | yes    | 50     | 100
        1         | 3      | no     | 0      | 150
        2         | 1      | yes    | 70     | 0
        """,
    )


@pytest.mark.compiled
def test_one_in_and_out_of_the_count(spec):
    """Aggregates of aggregates: a person's value reads the household's, and the household sums it up again."""
    spec(
        family.sum((household_income - income).shared_among(family.count, 3)),
        people="""
        household | person | member | income
        1         | 1      | yes    | 100
        1         | 2      | yes    | 50
        """,
        households="""
        household | →
        1         | 75
        """,
    )


def test_a_household_of_nobody(spec):
    """A household without people has sums of 0 and no divisor."""
    spec(
        household_income.per(family.count),
        households="""
        household | →
        1         | 0
        """,
    )


def test_reading_a_person_without_an_aggregate(spec):
    """A household has no income of a person: which one's?"""

    def wrong():
        """家庭条文直接读取个人事实。"""
        return income.below(yuan(600))

    spec.refuses(lambda: provision(TEXT, 2, of=Household, label="误")(wrong), "without an aggregate")
    spec.refuses(lambda: family.sum(elderly), "members.sum() needs money or number")
    spec.refuses(lambda: family.any(income), "members.any() needs bool")
