"""Provisions

A provision is one testable clause: a function that returns one expression, its sentence in Chinese as docstring, its
citation. It has texts by place and date: the nearest layer wins. Where no text is in force, what it says is unknown.
"""

import pytest

from minzheng.rules import (
    Bool,
    Household,
    Money,
    ParameterSet,
    Rulebook,
    bounded,
    conflict,
    discretion,
    exceptions,
    fact,
    finding,
    instrument,
    provision,
    where,
    yuan,
)
from tests.spec.running import TEXT

income = fact("income", "收入", Household, Money, bounds=(0, yuan(5000)))
tenant = fact("tenant", "租房", Household, Bool)
disabled = fact("disabled", "有重残成员", Household, Bool)
granted = fact("granted", "核定金额", Household, Money, bounds=(0, yuan(5000)), often_unknown=True)
home_finding = finding("home_finding", "住房情况符合规定", Household)
city_basis = fact("city_basis", "市级有明确依据", Household, Bool)
CITY = instrument("长示〔2023〕2号", name="示例细则", in_force="2023-07-01", jurisdiction="140400")


@provision(TEXT, 3, of=Household, label="限额")
def limit():
    """国家限额。"""
    return income * 2


@provision(CITY, 5, of=Household, label="限额", overrides=limit, since="2023-07-01", until="2024-07-01")
def limit_in_the_city():
    """本市限额。"""
    return income * 3


@provision(CITY, 6, of=Household, label="限额", overrides=limit, jurisdiction="140423", since="2023-07-01")
def limit_in_one_county():
    """襄垣县限额。"""
    return income * 4


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("county", "on", "found"),
    [
        ("140403", "2023-12-31", "300"),
        ("140423", "2023-12-31", "400"),
        ("140403", "2023-06-30", "200"),
        ("140423", "2023-06-30", "200"),
        ("140403", "2023-07-01", "300"),
        ("140403", "2024-06-30", "300"),
        ("140403", "2024-07-01", "200"),
        ("110101", "2023-12-31", "200"),
    ],
)
def test_the_nearest_text_in_force(spec, county, on, found):
    """`overrides=` replaces a wider text where (`jurisdiction`) and when (`since`, `until`) it holds: county before city
    before province before nation. All texts are in one kernel; place and date choose.
    """
    spec(
        limit,
        county=county,
        on=on,
        households=f"""
        household | income | →
        1         | 100    | {found}
        """,
    )


@provision(TEXT, 4, of=Household, label="只在以前", until="2023-01-01")
def formerly():
    """已失效的条文。"""
    return income.below(yuan(600))


@provision(TEXT, 5, of=Household, label="以后才有", since="2024-01-01")
def later():
    """尚未生效的金额。"""
    return income + 100


@pytest.mark.compiled
def test_where_no_text_is_in_force(spec):
    """A clause that is not in force says nothing: unknown, within what its texts could ever say. It is never a no."""
    spec(
        formerly,
        households="""
        household | income | →
        1         | 0      | unknown
        """,
    )
    spec(
        later,
        households="""
        household | income | →
        1         | 0      | 1 to 5001 (unknown)
        """,
    )
    spec(
        later.below(yuan(6000)) | formerly,
        households="""
        household | income | →
        1         | 0      | yes
        """,
    )


@pytest.mark.compiled
def test_base_and_exceptions(spec):
    """`exceptions(base, (condition, value), …)`: two that are live at once are a review with both, unless they say the
    same; an exception that may be live leaves both values possible.
    """
    spec(
        exceptions(income, (tenant, income + 10_000), (disabled, income + 20_000)).over(yuan(650)),
        households="""
        household | income | tenant | disabled | →
        1         | 600    | no     | no       | no
        2         | 600    | yes    | no       | yes
        3         | 500    | yes    | no       | no
        4         | 500    | no     | yes      | yes
        5         | 500    | yes    | yes      | review
        6         | 600    | yes    | yes      | yes
        7         | 400    |        | no       | no
        8         | 600    |        | no       | unknown
        """,
    )


def test_a_conflict_stands_where_it_decides(spec):
    """`conflict` is a review wherever it is reached, and nowhere else."""
    spec(
        where(tenant & disabled, conflict, income.below(yuan(600))),
        households="""
        household | income | tenant | disabled | →
        1         | 500    | yes    | yes      | review
        2         | 500    | no     | yes      | yes
        3         | 700    | no     |          | no
        4         | 700    | yes    |          | review
        """,
    )


@pytest.mark.compiled
def test_a_bound_of_a_wider_layer(spec):
    """`bounded(value, at_most=…, unless=…)`: a local rule may not pass a national bound without a stated basis; where it
    does, the value is a review between both.
    """
    spec(
        bounded(income * 2, at_most=yuan(1000), unless=city_basis),
        households="""
        household | income | city_basis | →
        1         | 500    | no         | 1000
        2         | 501    | no         | 1000 to 1002 (review)
        3         | 501    | yes        | 1002
        4         | 501    |            | 1000 to 1002 (review)
        """,
    )


@pytest.mark.compiled
def test_an_amount_an_officer_sets(spec):
    """`discretion(chosen, lo, hi)`: until it is set the whole range is a review; a value outside of the range is a review
    again, with the range that is allowed.
    """
    spec(
        discretion(granted, income, income * 2),
        households="""
        household | income | granted | →
        1         | 100    |         | 100 to 200 (review)
        2         | 100    | 150     | 150
        3         | 100    | 200     | 200
        4         | 100    | 200.01  | 100 to 200 (review)
        5         | 100    | 99.99   | 100 to 200 (review)
        """,
    )


def test_an_officers_value_between_bounds_that_are_not_known(spec):
    """A value that lies between the bounds whatever they are is taken; otherwise it stays a review."""
    spec(
        discretion(granted, 0, income + 10_000),
        households="""
        household | income | granted | →
        1         |        | 100     | 100
        2         |        | 100.01  | 0 to 5100 (review)
        """,
    )


def test_a_gap_in_the_text_is_said(spec):
    """`textual_gap=` says what the text leaves open and how it is read; it is shown wherever the clause decided."""

    def reading():
        """文本没有规定的，按本条理解。"""
        return income.below(yuan(600))

    made = provision(TEXT, 7, of=Household, label="按理解", textual_gap="文本未规定计算口径。")(reading)
    assert made.versions[0].textual_gap == "文本未规定计算口径。"
    spec(
        made,
        households="""
        household | income | →
        1         | 500    | yes
        """,
    )


def test_a_citation_reads_as_people_cite():
    """A citation is the document, its number and the article."""
    assert str(limit.citation) == "《示例办法》（示例〔2023〕1号）第3条"
    assert limit.versions[1].jurisdiction == "1404"


# -- what does not load ---------------------------------------------------------------------------------------------
def test_a_provision_without_its_sentence(spec):
    """The docstring is the clause in words; without it nobody can check the text beside the law."""

    def silent():
        return income.below(yuan(600))

    spec.refuses(lambda: provision(TEXT, 8, of=Household, label="无说明")(silent), "one Chinese sentence")


def test_a_provision_without_its_citation(spec):
    """No clause without its instrument and article."""

    def uncited():
        """没有出处的条文。"""
        return income.below(yuan(600))

    spec.refuses(lambda: provision(TEXT, "", of=Household, label="无出处")(uncited), "needs a citation")


def test_a_python_if_on_a_traced_value(spec):
    """Python cannot branch on a value that is not computed yet; the error says what to write."""

    def branching():
        """用了 if 的条文。"""
        return income if tenant else income + 1

    def joined():
        """用了 and 的条文。"""
        return tenant and disabled

    def compared():
        """用了 == 的条文。"""
        return income == 600

    def less():
        """用了 < 的条文。"""
        return income < 600

    def declared(function):
        return provision(TEXT, 9, of=Household, label="误")(function)

    spec.refuses(lambda: declared(branching), "use `where` instead of `if`")
    spec.refuses(lambda: declared(joined), "instead of `and`, `or`, `not`")
    spec.refuses(lambda: declared(compared), "use .equals(), .is_() or .in_() instead of ==")
    spec.refuses(lambda: declared(less), "use .below(), .at_most(), .over() or .at_least()")


def test_a_provision_that_returns_no_value(spec):
    """A text is one traced expression."""

    def nothing():
        """什么也没有返回。"""

    spec.refuses(lambda: provision(TEXT, 9, of=Household, label="误")(nothing), "must return a traced value")


def test_texts_of_different_kinds(spec):
    """All texts of a provision say the same kind of thing."""

    def first():
        """金额。"""
        return income + 0

    def second():
        """是否。"""
        return tenant & disabled

    def both():
        base = provision(TEXT, 10, of=Household, label="额")(first)
        return provision(CITY, 10, of=Household, label="额", overrides=base)(second)

    spec.refuses(both, "versions are money (元) and bool")


def test_two_texts_in_force_at_once(spec):
    """Two texts of one layer and one day do not load: nobody could say which one holds."""

    def both():
        def first():
            """甲文。"""
            return income + 1

        def second():
            """乙文。"""
            return income + 2

        made = provision(CITY, 12, of=Household, label="额")(first)
        provision(CITY, 13, of=Household, label="额", overrides=made)(second)
        return Rulebook(programs=[], provisions=[made], parameters=ParameterSet([], []), counties=["140403"])

    spec.refuses(both, "first: 2 versions in force on 2000-01-01 in 140403")


def test_a_provision_that_reads_itself(spec):
    """A clause cannot rest on itself; last month's outcome is a recorded fact."""

    def circular():
        """自己依赖自己。"""
        return made | tenant

    made = provision(TEXT, 11, of=Household, label="环")(circular)
    spec.refuses(lambda: made, "depends on itself")
