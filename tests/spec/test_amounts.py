"""Amounts and numbers

Money is a whole number of fen, quotients are exact, and a number nobody recorded is a *range*: everything it could be
by its declared bounds. A comparison decides wherever the whole range agrees.
"""

from fractions import Fraction

import pytest

from minzheng.rules import (
    Bool,
    Choice,
    Count,
    Household,
    Money,
    OneOf,
    Ratio,
    Rounding,
    fact,
    finding,
    maximum,
    minimum,
    parameter,
    where,
    yuan,
)

income = fact("income", "收入", Household, Money, bounds=(0, yuan(5000)))
costs = fact("costs", "支出", Household, Money, bounds=(-yuan(1000), yuan(1000)))
heads = fact("heads", "人数", Household, Count("人"), bounds=(0, 60))
settled = fact("settled", "已核实", Household, Bool)
home_finding = finding("home_finding", "住房情况符合规定", Household)
standard = parameter("standard", "标准", Money, bounds=(1, yuan(10_000)), scale=12)
share = parameter("share", "比例", Ratio(), bounds=(0, 2), scale=1000)
months = parameter("months", "核算月数", Count(), choices=(6, 12))
unit = parameter("unit", "取整单位", Money, bounds=(1, 10_000))
mode = parameter("mode", "取整方式", OneOf(Rounding))


class Scheme(Choice):
    """计算方法"""

    TOP_UP = "差额"
    FLAT = "定额"


scheme = fact("scheme", "计算方法", Household, OneOf(Scheme))


@pytest.mark.compiled
def test_sums_and_differences(spec):
    """`+` and `-` keep the kind: money with money, a count with a count of the same unit. A plain number takes the
    kind of what it meets. An unknown amount makes the result a range.
    """
    spec(
        income - costs + 100,
        households="""
        household | income  | costs  | →
        1         | 100.00  | 30.50  | 70.50
        2         | 100.00  | -30.50 | 131.50
        3         |         | 0      | 1 to 5001 (unknown)
        4         | 100.00  |        | -899 to 1101 (unknown)
        """,
    )


@pytest.mark.compiled
def test_products(spec):
    """`*` multiplies an amount by a number. Ratios are exact fractions, never floats."""
    spec(
        income * Fraction(7, 6),
        households="""
        household | income | →
        1         | 600.00 | 700
        2         | 0.01   | 7/600
        3         |        | 0 to 17500/3 (unknown)
        """,
    )
    spec(
        costs * share,
        parameters="""
        parameter | value
        share     | 0.333
        """,
        households="""
        household | costs  | →
        1         | 1.00   | 0.333
        2         | -1.00  | -0.333
        3         |        | -333 to 333 (unknown)
        """,
    )


def test_a_ratio_that_is_not_known(spec):
    """A product of two ranges holds every product of their ends."""
    spec(
        costs * share,
        households="""
        household | costs | →
        1         | 10    | 0 to 20 (unknown)
        2         | -10   | -20 to 0 (unknown)
        3         |       | -2000 to 2000 (unknown)
        """,
    )


@pytest.mark.compiled
def test_division(spec):
    """`/` divides by a whole number, `.per_choice()` by a parameter that declares its choices, `.per()` by a number
    of people: exactly. Nobody to divide by divides by one.
    """
    spec(
        income / 3,
        households="""
        household | income | →
        1         | 100    | 100/3
        """,
    )
    spec(
        income.per_choice(months),
        parameters="""
        parameter | value
        months    | 12
        """,
        households="""
        household | income | →
        1         | 100    | 25/3
        2         |        | 0 to 1250/3 (unknown)
        """,
    )
    spec(
        income.per(heads),
        households="""
        household | income | heads | →
        1         | 100    | 3     | 100/3
        2         | 100    | 0     | 100
        3         | 100    |       | 5/3 to 100 (unknown)
        4         |        | 3     | 0 to 5000/3 (unknown)
        """,
    )


@pytest.mark.compiled
def test_a_quotient_is_compared_exactly(spec):
    """100 among 3 is below 33.34 and over 33.33: quotients are compared by cross multiplication."""
    spec(
        income.per(heads).below(standard),
        parameters="""
        parameter | value
        standard  | 33.34
        """,
        households="""
        household | income | heads | →
        1         | 100.00 | 3     | yes
        2         | 100.02 | 3     | no
        3         | 100.00 |       | unknown
        4         | 33.33  |       | yes
        5         |        | 60    | unknown
        """,
    )


@pytest.mark.compiled
def test_shares_among_a_few(spec):
    """`.shared_among(count, at_most=…)` divides by a small count with a common multiple known beforehand, so that
    shares can be added up exactly over people. More than that is a review, never a wrong number.
    """
    spec(
        income.shared_among(heads, 4),
        households="""
        household | income | heads | →
        1         | 120    | 4     | 30
        2         | 120    | 0     | 120
        3         | 120    | 5     | 0 to 30 (review)
        4         | 120    |       | 0 to 120 (review)
        """,
    )


@pytest.mark.compiled
def test_words_of_comparison(spec):
    """`.below()` 低于·不满, `.at_most()` 以下·不超过, `.over()` 超过, `.at_least()` 以上·届满·不低于, `.equals()` 等于."""
    for word, answers in {
        "below": ("yes", "no", "no"),
        "at_most": ("yes", "yes", "no"),
        "over": ("no", "no", "yes"),
        "at_least": ("no", "yes", "yes"),
        "equals": ("no", "yes", "no"),
    }.items():
        spec(
            getattr(income, word)(yuan(600)),
            households=f"""
            household | income | →
            1         | 599.99 | {answers[0]}
            2         | 600.00 | {answers[1]}
            3         | 600.01 | {answers[2]}
            4         |        | unknown
            """,
        )


@pytest.mark.compiled
def test_a_comparison_decides_on_a_range(spec):
    """An income is at least 0 and at most 5,000: what lies outside of that is decided without knowing it."""
    spec(
        (income + costs).below(yuan(6001)),
        households="""
        household | income | costs | →
        1         |        |       | yes
        2         | 4000   |       | yes
        """,
    )
    spec(
        (income + costs).at_least(yuan(4000)),
        households="""
        household | income | costs   | →
        1         |        |         | unknown
        2         | 5000   |         | yes
        3         | 2000   |         | no
        4         |        | -999.99 | unknown
        """,
    )


def test_the_reason_of_a_range_is_kept(spec):
    """What depends on a finding is a review; a review outweighs an unknown."""
    spec(
        where(home_finding, income, income + 100).below(yuan(100)),
        households="""
        household | income | home_finding | →
        1         | 99.50  |              | review
        2         | 100    |              | no
        3         | 50     |              | yes
        4         |        |              | review
        5         |        | yes          | unknown
        """,
    )


@pytest.mark.compiled
def test_lower_and_higher(spec):
    """`minimum()` 取低, `maximum()` 取高; a range with one point left is known."""
    spec(
        minimum(income, yuan(100)),
        households="""
        household | income | →
        1         | 99     | 99
        2         | 101    | 100
        3         |        | 0 to 100 (unknown)
        """,
    )
    spec(
        maximum(income, yuan(5000), costs),
        households="""
        household | income | costs | →
        1         |        |       | 5000
        """,
    )


@pytest.mark.compiled
def test_where_between_amounts(spec):
    """`where` reads one branch; while its condition is open the answer is what both branches leave possible."""
    spec(
        where(settled, income, costs),
        households="""
        household | settled | income | costs | →
        1         | yes     | 10     |       | 10
        2         | no      |        | 20    | 20
        3         |         | 10     | 20    | 10 to 20 (unknown)
        4         |         | 10     | 10    | 10
        """,
    )


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("way", "up", "half", "down", "under"),
    [
        ("HALF_UP", "13", "13", "12", "-12"),
        ("UP", "13", "13", "13", "-12"),
        ("DOWN", "12", "12", "12", "-13"),
    ],
)
def test_rounding_names_its_mode(spec, way, up, half, down, under):
    """`.rounded(to, mode)`: 四舍五入, 向上取整 or 向下取整 to a multiple of a unit. Half a unit goes up; a negative
    number is rounded towards the same side.
    """
    spec(
        costs.rounded(yuan(1), Rounding[way]),
        households=f"""
        household | costs  | →
        1         | 12.99  | {up}
        2         | 12.50  | {half}
        3         | 12.01  | {down}
        4         | -12.50 | {under}
        5         | 12.00  | 12
        6         |        | -1000 to 1000 (unknown)
        """,
    )


@pytest.mark.compiled
def test_rounding_by_parameters(spec):
    """Unit and mode may be parameters; while one is not known, the number is known to a unit on both sides."""
    spec(
        costs.rounded(unit, mode),
        parameters="""
        parameter | value
        unit      | 0.10
        mode      | UP
        """,
        households="""
        household | costs | →
        1         | 12.31 | 12.40
        """,
    )
    spec(
        costs.rounded(unit, mode),
        parameters="""
        parameter | value
        unit      | 1
        """,
        households="""
        household | costs | →
        1         | 12.31 | 11.31 to 13.31 (unknown)
        """,
    )


@pytest.mark.compiled
def test_a_value_for_each_possibility(spec):
    """`.lookup({…})` names every member of a choice; unknown, it is whatever those left could give."""
    spec(
        scheme.lookup({Scheme.TOP_UP: income, Scheme.FLAT: yuan(300)}),
        households="""
        household | scheme | income | →
        1         | TOP_UP | 20     | 20
        2         | FLAT   | 20     | 300
        3         |        | 20     | 20 to 300 (unknown)
        """,
    )


@pytest.mark.compiled
def test_one_of_several(spec):
    """`.is_(…)` asks for one of the named possibilities."""
    spec(
        scheme.is_(Scheme.FLAT),
        households="""
        household | scheme | →
        1         | FLAT   | yes
        2         | TOP_UP | no
        3         |        | unknown
        """,
    )
    spec(
        scheme.in_(Scheme.FLAT, Scheme.TOP_UP),
        households="""
        household | scheme | →
        1         |        | yes
        """,
    )


def test_yuan():
    """`yuan()` writes an amount as fen; it takes no more than two decimals."""
    assert yuan(553) == 55_300
    assert yuan("553.08") == 55_308
    with pytest.raises(ValueError, match="whole number of fen"):
        yuan("0.005")


def test_what_does_not_go_together(spec):
    """Kinds are checked where they meet, and the message names file and line."""
    spec.refuses(lambda: income + heads, "money (元) and number (人) do not go together")
    spec.refuses(lambda: income * income, "money times money")
    spec.refuses(lambda: income.below(heads), "do not go together")
    spec.refuses(lambda: income & settled, "& needs bool")
    spec.refuses(lambda: income + 1.5, "no floats")
    spec.refuses(lambda: income / heads, "divide by a positive whole number")
    spec.refuses(lambda: income.per_choice(standard), "declares choices")
    spec.refuses(lambda: scheme.lookup({Scheme.FLAT: 1}), "no value for TOP_UP")
    spec.refuses(lambda: scheme.is_(Rounding.UP), "needs members of Scheme")
    spec.refuses(lambda: income.rounded(1, Scheme.FLAT), "choice of Rounding")
    spec.refuses(lambda: fact("loose", "无界", Household, Money), "needs declared bounds")
