"""The engines agree on random rulebooks; the reference engine is sound about what it does not know."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minzheng.rules.cluster import read_partition, write_partitions
from minzheng.rules.cluster.files import outcome_tables
from minzheng.rules.explain.determine import determine
from minzheng.rules.facts import UnitFacts
from minzheng.rules.kernel import compile_book, support
from minzheng.rules.kernel.incremental import Reform
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.status import NO, YES
from tests.generative.agreement import (
    differences,
    disagreements,
    drawn_classes,
    node_classes,
    plain_kernel,
)
from tests.generative.drawing import EVERY_FACT, PARAMETERS, Case, Drawer
from tests.generative.vagueness import never_decides_on_less, vaguer

sources = st.randoms(use_true_random=False)
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def case_from(rng: random.Random) -> Case:
    return Drawer(rng).draw_case(
        rules=1 + rng.randrange(6), programs=1 + rng.randrange(2), units=1 + rng.randrange(4)
    )


def fixed_case(seed: int, *, rules: int, programs: int, units: int) -> Case:
    return Drawer(random.Random(seed)).draw_case(rules=rules, programs=programs, units=units)


def many(examples: int, **options: Any) -> Callable[[Any], Any]:
    return settings(max_examples=examples, deadline=None, suppress_health_check=CHECKS, **options)


class Agreement:
    """Draws cases, compares, and remembers what was drawn and how often 64 bits did not suffice."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.counts: Counter[str] = Counter()

    def judge(self, case: Case) -> None:
        self.seen |= drawn_classes(case.book)
        self.counts["cases"] += 1
        try:
            found = disagreements(case, plain_kernel(case.book))
        except OverflowError:
            self.counts["overflows"] += 1
            return
        assert found == []

    def conclude(self) -> None:
        never = node_classes() - self.seen
        assert not never, f"never drawn, so nobody judged it: {', '.join(sorted(never))}"
        assert self.counts["overflows"] * 20 < self.counts["cases"]


def run_agreement(examples: int, **options: Any) -> Agreement:
    agreement = Agreement()

    @many(examples, **options)
    @given(sources)
    def judge(rng: random.Random) -> None:
        agreement.judge(case_from(rng))

    judge()
    return agreement


# -- the kernel's text, uncompiled --------------------------------------------------------------------------------
def test_kernel_text_agrees_with_the_reference_on_drawn_rulebooks() -> None:
    agreement = run_agreement(150, print_blob=True)
    for seed in range(150):
        agreement.judge(case_from(random.Random(seed)))
    agreement.conclude()


@pytest.mark.long
def test_kernel_text_agrees_with_the_reference_on_many_drawn_rulebooks() -> None:
    agreement = run_agreement(2000)
    for seed in range(1000, 9000):
        agreement.judge(case_from(random.Random(seed)))
    agreement.conclude()


def test_every_node_class_has_a_name_to_be_missed_by() -> None:
    assert {"And", "Quotient", "Discretion", "Fact", "SeriesPart", "Parameter", "Program"} <= node_classes()


# -- the kernel, compiled -----------------------------------------------------------------------------------------
@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(11, 23))
def test_compiled_kernel_agrees_with_the_reference(seed: int, tmp_path: Any) -> None:
    case = fixed_case(seed, rules=10, programs=2, units=120)
    names = [p.name for p in case.book.provisions]
    kernel = compile_book(case.book, values=names, cache=tmp_path)
    assert disagreements(case, kernel, names) == []


@pytest.mark.long
@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(30, 130))
def test_compiled_kernel_agrees_with_the_reference_on_more(seed: int, tmp_path: Any) -> None:
    case = fixed_case(seed, rules=14, programs=3, units=600)
    names = [p.name for p in case.book.provisions]
    kernel = compile_book(case.book, values=names, cache=tmp_path)
    assert disagreements(case, kernel, names) == []


# -- files of a partition -----------------------------------------------------------------------------------------
def test_partitions_of_drawn_rulebooks_give_the_same(tmp_path: Any) -> None:
    for seed in range(500, 540):
        case = fixed_case(seed, rules=4, programs=2, units=6)
        kernel, columns = compile_book(case.book, compiled=False), case.columns()
        when = {"on": case.on, "month": case.month, "known_at": case.known_at}
        whole = outcome_tables(case.book.programs, case.book, kernel.run(columns, **when))
        parts = []
        for part in write_partitions(case.book, columns, tmp_path / str(seed)):
            read = read_partition(case.book, part)
            parts.append(outcome_tables(case.book.programs, case.book, kernel.run(read, **when)))
        for name, table in whole.items():
            assert pa.concat_tables([p[name] for p in parts]).equals(table)


# -- the reform's engine: only what lies downstream ---------------------------------------------------------------
def reform_differences(case: Case, drawer: Drawer, rng: random.Random) -> list[str]:
    settings_read = sorted(case.book.settings)
    if not settings_read:
        return []
    moved = rng.sample(settings_read, 1 + rng.randrange(min(2, len(settings_read))))
    positions = [[drawer.row(PARAMETERS[key], "", "2000-01-01") for key in moved] for _ in range(3)]
    ranges = moving_ranges(moved, positions[:2]) if rng.randrange(3) else None
    columns = case.columns()
    reform = Reform(
        case.book, columns, moved, on=case.on, month=case.month, ranges=ranges, compiled=False, threads=1
    )
    for rows in positions:
        kept = [r for key, each in case.book.parameters.rows.items() if key not in moved for r in each]
        parameters = ParameterSet(PARAMETERS.values(), [*kept, *rows])
        book = case.book.with_parameters(parameters)
        other = Case(book, case.on, case.month, None, case.counties)
        found = list(differences(other, reform.run(parameters), []))
        if found:
            return [f"moved {moved}, ranges {ranges}", *found]
    return []


def moving_ranges(moved: list[str], positions: list[list[Any]]) -> dict[str, tuple[Any, Any]]:
    """Ranges that hold some positions of the sliders; a later position may lie outside them."""
    ranges = {}
    for key, *rows in zip(moved, *positions, strict=True):
        values = [r.value for r in rows if r.value is not None] or [(PARAMETERS[key].bounds or (0, 0))[0]]
        ranges[key] = (min(values), max(values))
    return ranges


ONCE_WRONG = (20227,)
"""Draws that found something: a rule out of force is as wide as its parts, and kept parts had been a step wider."""


def judge_reform(rng: random.Random) -> None:
    drawer = Drawer(rng)
    case = drawer.draw_case(
        rules=1 + rng.randrange(5), programs=1 + rng.randrange(2), units=1 + rng.randrange(4)
    )
    try:
        found = reform_differences(case, drawer, rng)
    except OverflowError:
        return
    assert found == []


def test_a_moved_parameter_gives_what_the_whole_kernel_gives() -> None:
    many(60)(given(sources)(judge_reform))()
    for seed in (*range(200), *ONCE_WRONG):
        judge_reform(random.Random(seed))


@pytest.mark.long
def test_a_moved_parameter_gives_what_the_whole_kernel_gives_many_times() -> None:
    for seed in range(3000):
        judge_reform(random.Random(seed))


# -- what is unknown ----------------------------------------------------------------------------------------------
def completed(unit: UnitFacts, case: Case, drawer: Drawer) -> UnitFacts:
    """The same household with every unknown fact filled in."""

    def fill(row: dict[str, Any], household: bool) -> dict[str, Any]:
        wanted = {c.column for c in case.book.columns.values() if (c.entity is Household) == household}
        return {name: row[name] if name in row else drawer.known_value(EVERY_FACT[name]) for name in wanted}

    return UnitFacts(fill(unit.unit, True), [fill(p, False) for p in unit.people])


def judge_vagueness(rng: random.Random) -> None:
    """Knowing less never decides otherwise; knowing more never leaves what was possible."""
    drawer = Drawer(rng)
    case = drawer.draw_case(rules=1 + rng.randrange(6), programs=1 + rng.randrange(2), units=2)
    for county, unit in case.units:
        full = completed(unit, case, drawer)
        some = vaguer(full, rng, 40)
        less = vaguer(some, rng, 40)
        told = [determine(case.book, u, case.situation(county), steps=False) for u in (less, some, full)]
        for vague, sharp in ((told[0], told[1]), (told[1], told[2]), (told[0], told[2])):
            never_decides_on_less(case.book, vague, sharp)


def test_an_unknown_fact_never_decides_and_an_answer_never_leaves_its_range() -> None:
    many(120)(given(sources)(judge_vagueness))()
    for seed in range(100):
        judge_vagueness(random.Random(seed))


@pytest.mark.long
def test_an_unknown_fact_never_decides_and_an_answer_never_leaves_its_range_many_times() -> None:
    for seed in range(5000):
        judge_vagueness(random.Random(seed))


def judge_needs(rng: random.Random) -> None:
    """What an open outcome says it needs settles it, as far as facts can."""
    drawer = Drawer(rng)
    case = drawer.draw_case(rules=1 + rng.randrange(5), programs=1, units=2)
    for county, unit in case.units:
        vague = vaguer(completed(unit, case, drawer), rng, 30)
        full = completed(vague, case, drawer)
        for outcome in determine(case.book, vague, case.situation(county)).outcomes:
            row, people = dict(vague.unit), [dict(p) for p in vague.people]
            for name, who in outcome.needs:
                if name in EVERY_FACT:
                    source = full.unit if who is None else full.people[who]
                    (row if who is None else people[who])[name] = source[name]
            told = determine(case.book, UnitFacts(row, people), case.situation(county))
            whole = determine(case.book, full, case.situation(county))
            settled = told.of(outcome.program.name, outcome.who)
            final = whole.of(outcome.program.name, outcome.who)
            if settled.status in (NO, YES):
                assert final.status == settled.status
            elif final.status in (NO, YES):
                assert settled.needs, f"{outcome.program.name} is open and asks for nothing"


def test_an_open_outcome_names_facts_that_settle_it() -> None:
    for seed in range(150):
        judge_needs(random.Random(seed))


# -- the judge is awake: a wrong engine is caught -----------------------------------------------------------------
def either(a: int, b: int) -> int:
    return a if a > b else b


def round_div(n: int, d: int, mode: int) -> int:
    return n // d if mode != 2 else -((-n) // d)


def where_bool(c: int, a: int, b: int) -> int:
    return a if c == 3 else b


def taint_of(s: int) -> int:
    return 1 if s == 1 or s == 2 else 0


def months_between(start: int, end: int) -> int:
    return (end - start) // 30


def is_mask(m: int, t: int, wanted: int) -> int:
    return 3 if m & wanted else 0


def largest_divisor(lo: int, hi: int, divisors: tuple[int, ...]) -> int:
    return lo


MUTANTS = (either, round_div, where_bool, taint_of, months_between, is_mask, largest_divisor)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.__name__)
def test_a_kernel_with_one_wrong_function_is_caught(
    mutant: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tuple(mutant if f.__name__ == mutant.__name__ else f for f in support.FUNCTIONS)
    assert wrong != support.FUNCTIONS
    monkeypatch.setattr(support, "FUNCTIONS", wrong)
    assert any(_caught(random.Random(seed)) for seed in range(400))


def _caught(rng: random.Random) -> bool:
    case = case_from(rng)
    try:
        return bool(disagreements(case, plain_kernel(case.book)))
    except (OverflowError, AssertionError, ZeroDivisionError):
        return False


def test_a_reform_that_overlooks_households_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reform, "_touched", lambda self: (np.zeros(0, np.int64),) * 2)
    with pytest.raises(AssertionError):
        for seed in range(400):
            judge_reform(random.Random(seed))
