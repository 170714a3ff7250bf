"""Sizes

Everything is whole numbers of 64 bits with a denominator known when the rulebook is compiled. Where the declared bounds
do not prove that a product fits, it is checked: an overflow is an error that stops the run. It never wraps.
"""

from datetime import date

import pytest

from minzheng.rules import Bool, Count, Household, Money, Person, RuleError, fact, people
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns
from minzheng.rules.facts import unit_facts
from minzheng.rules.kernel import compile_book
from minzheng.rules.parameters import ParameterSet
from tests.spec.running import as_rule

HUGE = 4 * 10**18
wealth = fact("wealth", "财产", Household, Money, bounds=(0, HUGE))
times = fact("times", "倍数", Household, Count("倍"), bounds=(0, 10))
heads = fact("heads", "人数", Household, Count("人"), bounds=(0, 60))
member = fact("member", "成员", Person, Bool)
hoard = fact("hoard", "存款", Person, Money, bounds=(0, HUGE))


def run(rule, unit, persons=(), *, compiled, cache):
    book = Rulebook(programs=[], provisions=[rule], parameters=ParameterSet([], []), counties=("140403",))
    facts = unit_facts(book.columns.values(), unit, list(persons))
    kernel = compile_book(book, values=[rule.name], compiled=compiled, cache=cache)
    columns = Columns.from_units(book, [facts], "140403")
    return kernel.run(columns, on=date(2023, 12, 31)).value(rule.name, 0)


@pytest.mark.compiled
@pytest.mark.parametrize("compiled", [False, True])
def test_a_product_that_does_not_fit_stops_the_run(compiled, tmp_path):
    """The bounds do not prove that 10 times the wealth fits: small values pass, large ones raise."""
    rule = as_rule(wealth * times, people=False)
    assert run(rule, {"wealth": 10**17, "times": 10}, compiled=compiled, cache=tmp_path) == 10**18
    with pytest.raises(OverflowError):
        run(rule, {"wealth": HUGE, "times": 10}, compiled=compiled, cache=tmp_path)


@pytest.mark.compiled
@pytest.mark.parametrize("compiled", [False, True])
def test_a_sum_that_does_not_fit_stops_the_run(compiled, tmp_path):
    """Sums over people carry a wide bound; three hoards do not fit."""
    rule = as_rule(people(member).sum(hoard), people=False)
    rich = {"member": True, "hoard": HUGE}
    assert run(rule, {}, [rich, rich], compiled=compiled, cache=tmp_path) == 2 * HUGE
    with pytest.raises(OverflowError):
        run(rule, {}, [rich] * 3, compiled=compiled, cache=tmp_path)


@pytest.mark.compiled
@pytest.mark.parametrize("compiled", [False, True])
def test_comparing_quotients_that_do_not_fit_stops_the_run(compiled, tmp_path):
    """Cross multiplication is checked like any other product."""
    rule = as_rule(wealth.per(heads).below(10**17), people=False)
    assert run(rule, {"wealth": 10**17, "heads": 2}, compiled=compiled, cache=tmp_path) == 3
    itself = as_rule(wealth.per(heads).below(wealth), people=False)
    with pytest.raises(OverflowError):
        run(itself, {"wealth": HUGE, "heads": 60}, compiled=compiled, cache=tmp_path)


@pytest.mark.compiled
def test_arrays_of_another_type_are_refused(tmp_path):
    """Machine code asks no questions, so types and lengths are checked before it runs."""
    rule = as_rule(wealth.at_least(1), people=False)
    book = Rulebook(programs=[], provisions=[rule], parameters=ParameterSet([], []), counties=("140403",))
    kernel = compile_book(book, values=[rule.name], cache=tmp_path)
    columns = Columns.from_units(book, [unit_facts(book.columns.values(), {"wealth": 1}, [])], "140403")
    for wrong, message in (
        (columns.unit["wealth"].astype("int32"), "int32"),
        (columns.unit["wealth"][:0], r"\(0,\)"),
    ):
        with pytest.raises(RuleError, match=f"column wealth: .*{message}"):
            kernel.run(
                Columns(columns.offsets, columns.counties, {"wealth": wrong}, {}), on=date(2023, 12, 31)
            )
    with pytest.raises(RuleError, match="lack wealth"):
        kernel.run(Columns(columns.offsets, columns.counties, {}, {}), on=date(2023, 12, 31))


def test_bounds_that_no_column_can_hold():
    """A fact beyond 64 bits cannot be a column."""
    rule = as_rule(fact("star", "星", Household, Money, bounds=(0, 1 << 70)).at_least(1), people=False)
    book = Rulebook(programs=[], provisions=[rule], parameters=ParameterSet([], []), counties=("140403",))
    with pytest.raises(OverflowError, match="star"):
        Columns.from_units(book, [unit_facts(book.columns.values(), {}, [])], "140403")


def test_what_a_kernel_cannot_hold_names_its_provision(spec):
    """Some exact values have no common denominator: a sum over people of quotients, a date moved by half a day."""

    def kernel(expr):
        rule = as_rule(expr, people=False)
        book = Rulebook(programs=[], provisions=[rule], parameters=ParameterSet([], []), counties=("140403",))
        return compile_book(book, values=[rule.name], compiled=False)

    over_people = people(member).sum(hoard.per(people(member).count))
    for expr, message in (
        (over_people, "use .shared_among() inside"),
        (wealth.per(heads / 2), "whole number of people"),
    ):
        with pytest.raises(RuleError, match=r"answer: .*running\.py:\d+") as caught:
            kernel(expr)
        assert message in str(caught.value)
