"""Facts, absence and series

A fact is declared once: name, label, holder, kind, bounds, and what *absence* means. Inside the coverage of a source a
fact without a row takes its value of absence; outside of it, it is unknown. Monthly facts are series.
"""

import datetime
from datetime import date

import numpy as np
import pytest

from minzheng.rules import (
    Bool,
    Choice,
    Count,
    Date,
    Household,
    Money,
    OneOf,
    Person,
    fact,
    parameter,
    series,
    yuan,
)
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns, physical_type, unknown_code
from minzheng.rules.facts import FactError, unit_facts
from minzheng.rules.monthly import month_value, window_total
from minzheng.rules.parameters import ParameterSet
from tests.spec.running import as_rule

wages = series("wages", "工资", Household, Money, bounds=(0, yuan(10_000)), absent=0)
savings = fact("savings", "存款", Household, Money, bounds=(0, yuan(10**6)), absent=0)
hukou = fact("hukou", "本地户籍", Household, Bool)
window = parameter("window", "核算月数", Count(), choices=(3, 12))


class Relation(Choice):
    """与户主关系"""

    HEAD = "户主"
    CHILD = "子女"


relation = fact("relation", "与户主关系", Person, OneOf(Relation))
born = fact("born", "出生日期", Person, Date)


@pytest.mark.compiled
def test_a_series(spec):
    """`.average(over=…)` is the monthly average over a window that a parameter sets, `.total` its sum, `.this_month` the
    value of the benefit month.
    """
    spec(
        wages.average(over=window).below(yuan(600)),
        parameters="""
        parameter | value
        window    | 12
        """,
        households="""
        household | wages__total | →
        1         | 7199.99      | yes
        2         | 7200.00      | no
        3         |              | unknown
        """,
    )
    spec(
        wages.total - wages.this_month,
        households="""
        household | wages__total | wages__month | →
        1         | 6000         | 600          | 5400
        2         |              | 0            | 0 to 120000 (unknown)
        """,
    )


def test_an_average_over_an_unknown_window(spec):
    """A window nobody has fixed is one of those it may be."""
    spec(
        wages.average(over=window),
        households="""
        household | wages__total | →
        1         | 1200         | 100 to 400 (unknown)
        """,
    )


def test_series_become_columns_by_one_function():
    """Months are numbers (year·12 + month − 1); a row pays in `from ≤ month < until`. One function makes the columns of
    a person and of a city.
    """
    july = 2023 * 12 + 6
    rows = (
        np.array([july - 20, july - 3, july]),
        np.array([july - 10, july + 9, july + 1]),
        np.array([100, 200, 500]),
    )
    assert window_total(*rows, july, 12).tolist() == [200, 600, 0]
    assert month_value(*rows, july).tolist() == [0, 200, 500]


# -- what is not recorded ---------------------------------------------------------------------------------------------
COLUMNS = (savings, hukou, wages.total)


def test_absence_inside_and_outside_coverage():
    """`unit_facts` takes plain Python values. A column that is not given takes its absence, unless it is named as
    unknown or declares none; None is always unknown.
    """
    inside = unit_facts(COLUMNS, {}, [])
    assert inside.unit == {"savings": 0, "wages__total": 0}, "hukou declares no absence: unknown"
    outside = unit_facts(COLUMNS, {}, [], absent=False)
    assert outside.unit == {}
    assert unit_facts(COLUMNS, {"savings": None}, [], unknown=["wages__total"]).unit == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"savings": 1.5}, "应为整数"),
        ({"savings": True}, "应为整数"),
        ({"savings": -1}, "超出可能的范围"),
        ({"hukou": 1}, "应为是或否"),
        ({"incme": 1}, "没有这项事实"),
    ],
)
def test_a_value_that_does_not_fit_its_fact(given, message):
    """A wrong value is refused with its column; nothing is guessed."""
    with pytest.raises(FactError, match=message) as caught:
        unit_facts(COLUMNS, given, [])
    assert caught.value.column == next(iter(given))


def test_people_have_facts_of_their_own():
    """A choice is given as its member, a date as a date."""
    made = unit_facts((relation, born), {}, [{"relation": Relation.CHILD, "born": date(2010, 5, 5)}, {}])
    assert made.people[0]["relation"] == Relation.CHILD.bit
    assert made.people[1] == {}
    with pytest.raises(FactError, match="应为 Relation 之一"):
        unit_facts((relation, born), {}, [{"relation": "子女"}])
    with pytest.raises(FactError, match="应为日期"):
        unit_facts((relation, born), {}, [{"born": "2010-05-05"}])


# -- arrays -----------------------------------------------------------------------------------------------------------
def test_columns_hold_unknown_by_a_code():
    """Arrays are as narrow as the bounds allow; one value of each type stands for unknown. Households go to arrays and
    back without change.
    """
    rules = [as_rule(c.at_least(0), people=False) for c in (savings, wages.total)]
    rules += [as_rule(hukou, people=False), as_rule(relation.is_(Relation.HEAD), people=True)]
    for k, rule in enumerate(rules):
        rule.name = f"rule{k}"
    book = Rulebook(programs=[], provisions=rules, parameters=ParameterSet([], []), counties=("140403",))
    units = [
        unit_facts(book.columns.values(), {"savings": 5, "hukou": True}, [{"relation": Relation.HEAD}, {}]),
        unit_facts(book.columns.values(), {}, [], absent=False),
    ]
    columns = Columns.from_units(book, units, "140403")
    assert columns.offsets.tolist() == [0, 2, 2]
    assert columns.unit["savings"].tolist() == [5, unknown_code(savings)]
    assert columns.unit["hukou"].tolist() == [3, 2]
    assert columns.people["relation"].tolist() == [0, -1]
    assert physical_type(savings) == np.int32
    assert [columns.unit_facts(book, u).unit for u in (0, 1)] == [units[0].unit, units[1].unit]
    assert columns.unit_facts(book, 0).people == units[0].people


def test_facts_that_cannot_be_told_apart(spec):
    """Two facts of one name do not load."""

    def twice():
        other = fact("savings", "存款", Household, Money, bounds=(0, 5))
        rule = as_rule(savings.at_least(other), people=False)
        return Rulebook(programs=[], provisions=[rule], parameters=ParameterSet([], []), counties=())

    spec.refuses(twice, "two facts are named savings")


def test_literal_dates_are_days(spec):
    """A datetime is no day of law."""
    spec.refuses(lambda: born.below(datetime.datetime(2020, 1, 1)), "is not a value of the language")
