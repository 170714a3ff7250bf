"""Every worked case, on the reference engine and on the kernel's own text."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng.rulebook import load
from minzheng.rulebook.worked import read_files, run
from minzheng.rules.columns import Columns
from minzheng.rules.explain.determine import Determination
from minzheng.rules.kernel import Kernel, Results
from tests.generative.agreement import plain_kernel

FOLDER = Path(__file__).parent
CASES = read_files([FOLDER])


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return plain_kernel(load(), values=[])


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_a_worked_case_comes_out_as_its_author_expects(case, kernel):
    result = run(case)
    said = [f"{c.point} {c.expected.target} {d}" for c in result.checks for d in c.differences]
    assert said == []
    for moment in result.moments:
        told = differences(kernel, moment.determination, case.county)
        assert told == []


def differences(kernel: Kernel, reference: Determination, county: str) -> list[str]:
    """Where the kernel decides a household otherwise than the reference."""
    book, situation = reference.book, reference.situation
    columns = Columns.from_units(book, [reference.facts], county)
    found = kernel.run(
        columns,
        on=situation.on,
        month=situation.month,
        known_at=situation.known_at,
        parameters=book.parameters,
    )
    return [d for outcome in reference.outcomes for d in _difference(outcome, found)]


def _difference(outcome, found: Results):
    name, row = outcome.program.name, outcome.who or 0
    if found.status[name][row] != outcome.status:
        yield f"{name} {outcome.who}: {outcome.status!r}, kernel {found.status[name][row]}"
    elif outcome.amount is not None and found.amount[name].value(row) != outcome.amount:
        yield f"{name} {outcome.who}: {outcome.amount}, kernel {found.amount[name].value(row)}"


def test_the_two_engines_are_really_compared(kernel):
    """Another household's facts under this household's outcomes must be noticed."""
    case = next(c for c in CASES if c.id == "T01")
    moment = run(case).moments[0]
    other = next(c for c in CASES if c.id == "T02")
    moment.determination.facts = run(other).moments[0].facts
    told = differences(kernel, moment.determination, case.county)
    assert told


def test_every_case_states_an_expectation_and_the_clauses_it_tests():
    assert [c.id for c in CASES if not (c.expected or c.sums or c.course)] == []
    assert [c.id for c in CASES if not c.clauses] == []


def test_every_clause_a_provision_cites_has_a_case():
    cited = {
        c for rule in load().rules for v in getattr(rule, "versions", [rule]) for c in v.citation.clauses
    }
    assert sorted(cited - {clause for case in CASES for clause in case.clauses}) == []


def test_every_mode_a_provision_reads_has_a_case_that_sets_it():
    modes = {k for k, p in load().settings.items() if p.kind.name == "bool" or p.kind.domain is not None}
    assert sorted(modes - {key for case in CASES for key in case.own_parameters}) == []


def test_identifiers_are_unique_over_all_files():
    ids = [c.id for c in CASES]
    assert sorted({i for i in ids if ids.count(i) > 1}) == []
