"""People of other households

Whoever owes support may live in another household, another county, or outside the city. A first stage computes each
household's own values; `gathered_from` declares which of the others' values become a fact here; the second stage reads
its own rows only. Somebody outside is unknown, never nothing.
"""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from minzheng.rules import Bool, Count, Household, Money, Person, fact, people, provision, yuan
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns, unknown_code
from minzheng.rules.facts import unit_facts
from minzheng.rules.kernel import compile_book
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.stages import Edges, gather, gathered_value, stage_rules
from minzheng.rules.status import NO, REVIEW, UNKNOWN, YES, Span
from tests.spec.running import TEXT

income = fact("income", "收入", Person, Money, bounds=(0, yuan(10_000)))
able = fact("able", "有履行义务能力", Person, Bool)
obligors = fact("obligors", "有能力的义务人人数", Person, Count("人"), bounds=(0, 60))
support = fact("support", "应付赡养费", Person, Money, bounds=(0, yuan(10_000)))
family = people(income.at_least(0))


@provision(TEXT, 1, of=Household, label="家庭收入")
def household_income():
    """家庭收入之和。"""
    return family.sum(income)


@provision(TEXT, 1, of=Person, label="应付赡养费")
def payable():
    """家庭收入的三分之一。"""
    return household_income / 3


@provision(TEXT, 2, of=Person, label="有能力")
def can_support():
    """有履行义务能力。"""
    return able & income.at_least(yuan(100))


@provision(TEXT, 3, of=Person, label="有人赡养")
def supported():
    """有有能力的义务人，或者应得赡养费达到一百元。"""
    return obligors.at_least(1) | support.at_least(yuan(100))


obligors.gathered_from(over="kin", how="count", value=can_support)
support.gathered_from(over="kin", how="sum", value=payable)
BOOK = Rulebook(programs=[], provisions=[supported], parameters=ParameterSet([], []), counties=("140403",))


def city(*people_of_units):
    units = [
        unit_facts(BOOK.columns.values(), {}, [dict(p) for p in people], absent=False)
        for people in people_of_units
    ]
    return Columns.from_units(BOOK, units, "140403")


@pytest.mark.compiled
@pytest.mark.parametrize("compiled", [False, True])
def test_two_stages(compiled, tmp_path):
    """Stage 1 runs what is gathered, `gather` writes it onto the people over edges, stage 2 is an ordinary run."""
    assert stage_rules(BOOK) == ["can_support", "payable"]
    columns = city(
        [{"income": 0, "able": False}],
        [{"income": yuan(500), "able": True}, {"income": 0, "able": True}],
        [{"income": None, "able": True}],
    )
    first = compile_book(BOOK, programs=[], values=stage_rules(BOOK), compiled=compiled, cache=tmp_path)
    results = first.run(columns, on=date(2023, 12, 31))
    for other, count, sum_, answer in (
        (1, 1, Fraction(50_000, 3), YES),
        (2, 0, Fraction(50_000, 3), YES),
        (3, None, None, UNKNOWN),
        (-1, None, None, UNKNOWN),
    ):
        edges = Edges(np.array([0]), np.array([other]))
        found = {f.column: gather(f, results, edges, columns.rows) for f in BOOK.gathered}
        assert found["obligors"][0] == (unknown_code(obligors) if count is None else count)
        assert found["support"][0] == (unknown_code(support) if sum_ is None else sum_ * support.scale)
        second = Columns(columns.offsets, columns.counties, columns.unit, columns.people | found)
        told = compile_book(BOOK, values=["supported"], compiled=compiled, cache=tmp_path).run(
            second, on=date(2023, 12, 31)
        )
        assert told.value("supported", 0) == answer


def test_the_same_for_one_person():
    """`gathered_value` is the same for a single person at the counter; nobody there is 0, somebody not known unknown."""
    assert gathered_value(obligors, [YES, NO, YES]) == 2
    assert gathered_value(obligors, []) == 0
    assert isinstance(gathered_value(obligors, [YES, None]), Span)
    assert isinstance(gathered_value(obligors, [YES, REVIEW]), Span)
    assert gathered_value(support, [Fraction(100, 3), Fraction(200, 3)]) == 100
    assert isinstance(gathered_value(support, [100, None]), Span)
    assert isinstance(gathered_value(support, [yuan(10_000), 1]), Span), (
        "beyond the declared bounds is unknown"
    )


def test_what_cannot_be_gathered(spec):
    """A gathered amount comes from a person's provision with a common denominator."""
    count = fact("count", "人数", Person, Count("人"), bounds=(0, 60))
    spec.refuses(
        lambda: count.gathered_from(over="kin", how="most", value=can_support), "how is 'sum' or 'count'"
    )
    spec.refuses(
        lambda: count.gathered_from(over="kin", how="count", value=household_income), "of the other person"
    )
    spec.refuses(
        lambda: count.gathered_from(over="kin", how="sum", value=payable),
        "count is number (人), the value is money",
    )
