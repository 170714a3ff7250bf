"""One person evaluated with a named support waived

A person within a household may be evaluated alone: the programme of a person reads the outcome of the household, takes
that person's own income and leaves out what somebody named owes. It is an ordinary provision of the person. Nobody's
count, income or outcome changes by it, and the waiver of one member is no waiver of another.
"""

import pytest

from minzheng.rules import (
    Bool,
    Household,
    Money,
    Person,
    fact,
    maximum,
    minimum,
    parameter,
    people,
    program,
    provision,
    where,
    yuan,
)
from tests.spec.running import TEXT

WIDE = (0, yuan(10_000))
member = fact("member", "共同生活", Person, Bool)
earned = fact("earned", "收入", Person, Money, bounds=WIDE)
support = fact("support", "应得供养费", Person, Money, bounds=WIDE)
from_siblings = fact("from_siblings", "其中兄弟姐妹负担的", Person, Money, bounds=WIDE)
disabled = fact("disabled", "重度残疾", Person, Bool)
allowed = parameter("allowed", "兄弟姐妹的供养可以不计", Bool)
family = people(member)


@provision(TEXT, 1, of=Person, label="个人收入")
def counted_income():
    """收入与应得供养费之和。"""
    return earned + support


@provision(TEXT, 2, of=Household, label="家庭人均收入低于标准")
def family_below():
    """家庭人均收入低于五百元。"""
    return family.sum(counted_income).per(family.count).below(yuan(500))


together = program(
    "together", label="按户", of=Household, requires=(family_below,), amount=None, rank=10, cadence="status",
    cites=TEXT, article=2,
)  # fmt: skip


@provision(TEXT, 3, of=Person, label="可以不计的供养费")
def waived():
    """重度残疾人由兄弟姐妹负担的供养费不计，至多为应得的供养费。"""
    theirs = minimum(from_siblings, support)
    return where(disabled & allowed, theirs, theirs * 0)


@provision(TEXT, 3, of=Person, label="单独核算的收入")
def own_income():
    """个人收入减去可以不计的供养费。"""
    return maximum(counted_income - waived, 0)


@provision(TEXT, 4, of=Person, label="家庭不符合")
def family_does_not():
    """本人共同生活的家庭不符合按户的条件。"""
    return member & ~together


@provision(TEXT, 4, of=Person, label="本人收入低于标准")
def own_below():
    """单独核算的收入低于五百元。"""
    return own_income.below(yuan(500))


@provision(TEXT, 5, of=Person, label="金额")
def own_amount():
    """五百元减去单独核算的收入。"""
    return yuan(500) - own_income


alone = program(
    "alone", label="单人", of=Person, requires=(family_does_not, own_below),
    amount=own_amount, rank=20, cites=TEXT, article=4,
)  # fmt: skip

ALLOWED = """
parameter | value
allowed   | yes
"""
NOT_ALLOWED = ALLOWED.replace("yes", "no")


@pytest.mark.compiled
def test_the_named_support_is_left_out_for_the_one_it_is_waived_for(spec):
    """The son of 1 is alone with nothing. Of 2 only a part is waived; of 3 nothing is named; 4 is not disabled."""
    spec(
        alone,
        parameters=ALLOWED,
        people="""
        household | person | member | earned | support | from_siblings | disabled | → outcome | → amount | → decided by
        1         | father | yes    | 9000   | 0       | 0             | no       | no        |          | own_below
        1         | son    | yes    | 0      | 800     | 800           | yes      | yes       | 500      |
        2         | father | yes    | 9000   | 0       | 0             | no       | no        |          | own_below
        2         | son    | yes    | 0      | 800     | 400           | yes      | yes       | 100      |
        3         | father | yes    | 9000   | 0       | 0             | no       | no        |          | own_below
        3         | son    | yes    | 0      | 800     | 0             | yes      | no        |          | own_below
        4         | father | yes    | 9000   | 0       | 0             | no       | no        |          | own_below
        4         | son    | yes    | 0      | 800     | 800           | no       | no        |          | own_below
        """,
    )


@pytest.mark.compiled
def test_the_household_is_what_it_was(spec):
    """With the support counted 400 a head in 1: entitled together, so nobody alone. In 2 it is 500, waived or not."""
    spec(
        together,
        households="""
        household | → outcome
        1         | yes
        2         | no
        """,
        people="""
        household | person | member | earned | support
        1         | father | yes    | 0      | 0
        1         | son    | yes    | 0      | 800
        2         | father | yes    | 200    | 0
        2         | son    | yes    | 0      | 800
        """,
    )
    spec(
        alone,
        parameters=ALLOWED,
        people="""
        household | person | member | earned | support | from_siblings | disabled | → outcome | → decided by
        1         | father | yes    | 0      | 0       | 0             | no       | no        | family_does_not
        1         | son    | yes    | 0      | 800     | 800           | yes      | no        | family_does_not
        2         | father | yes    | 200    | 0       | 0             | no       | yes       |
        2         | son    | yes    | 0      | 800     | 800           | yes      | yes       |
        """,
    )


@pytest.mark.compiled
def test_a_waiver_is_allowed_by_a_parameter(spec):
    """Where it is not, the support counts; while nobody knows, the outcome is unknown where it depends on that alone."""
    people_with = """
    household | person | member | earned | support | from_siblings | disabled | → outcome
    1         | father | yes    | 9000   | 0       | 0             | no       | no
    1         | son    | yes    | 0      | 800     | 800           | yes      | {}
    1         | niece  | yes    | 0      | 800     | 0             | yes      | no
    1         | child  | yes    | 0      | 0       | 0             | no       | yes
    """
    spec(alone, parameters=NOT_ALLOWED, people=people_with.format("no"))
    spec(alone, parameters=NOT_ALLOWED.replace("no", "unknown"), people=people_with.format("unknown"))


@pytest.mark.compiled
def test_more_is_never_waived_than_is_owed(spec):
    """Who gets 300 has no more than 300 left out, whatever the siblings are said to bear; earnings stay."""
    spec(
        own_income,
        parameters=ALLOWED,
        people="""
        household | person | earned | support | from_siblings | disabled | →
        1         | 1      | 200    | 300     | 800           | yes      | 200
        1         | 2      | 0      | 300     | 800           | yes      | 0
        1         | 3      | 0      | 300     | 800           | no       | 300
        """,
    )


@pytest.mark.compiled
def test_what_is_not_known_of_the_waiver_leaves_a_range(spec):
    """Support of 800 of which nobody knows what the siblings bear: between nothing and all; never taken as nothing."""
    spec(
        own_income,
        parameters=ALLOWED,
        people="""
        household | person | earned | support | from_siblings | disabled | →
        1         | 1      | 0      | 800     |               | yes      | 0 to 800 (unknown)
        1         | 2      | 0      | 800     | 800           |          | 0 to 800 (unknown)
        1         | 3      | 600    | 0       |               | yes      | 600
        """,
    )
