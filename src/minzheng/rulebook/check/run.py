"""Runs every check over one rulebook and counts what is printed beside the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from minzheng.rulebook import case_facts, clauses, declared, vocabulary
from minzheng.rulebook.check.calendar import check_basis, check_parameter_dates, check_provision_dates
from minzheng.rulebook.check.clauses import check_clauses
from minzheng.rulebook.check.cliffs import check_cliffs
from minzheng.rulebook.check.report import Finding, Kind, Report, ordered
from minzheng.rulebook.check.reviews import Decided, by_clause, check_reviews
from minzheng.rulebook.check.rules import (
    all_facts,
    check_dead_facts,
    check_dead_parameters,
    check_never_true,
)
from minzheng.rulebook.check.values import check_bands, check_bounds, check_sources
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.language.declare import Fact, Series

FIRST_DAY = date(2021, 7, 1)
"""S57 and S43, the measures on which most rests, are in force from here; earlier months are not decided."""


@dataclass(frozen=True)
class Days:
    """The days that are checked, `last` not included, and the day whose values are looked at more closely."""

    first: date
    last: date
    on: date


@dataclass(frozen=True)
class Answers:
    """What the rulebook answers for beside its provisions; the shipped one unless a test plants something else."""

    catalogue: tuple[clauses.Clause, ...] = field(default_factory=clauses.catalogue)
    disposed: tuple[clauses.Disposed, ...] = field(default_factory=clauses.all_dispositions)
    bounds: Mapping[str, declared.Bound] = field(default_factory=lambda: declared.BOUNDS)
    bands: tuple[tuple[str, str], ...] = declared.IN_ORDER
    workflow: frozenset[str] = declared.WORKFLOW_ONLY
    only_recorded: Mapping[str, str] = field(default_factory=lambda: declared.ONLY_RECORDED)
    facts: Iterable[Fact | Series] = field(default_factory=lambda: all_facts(vocabulary, case_facts))


def inspect(
    book: Rulebook,
    days: Days,
    *,
    steps: Mapping[str, frozenset[str]],
    sweep: Iterable[Decided] = (),
    answers: Answers | None = None,
    cliffs: bool = True,
) -> Report:
    """`steps`: the actions of each workflow that exists; `sweep`: what the newest one decided, if any."""
    answers = answers or Answers()
    decided = list(sweep)
    findings = list(_findings(book, days, steps, decided, answers))
    if cliffs:
        findings += check_cliffs(book, days.on)
    shares = Counter(one.kind for one in answers.disposed)
    return Report(
        findings=ordered(findings),
        shares={kind.value: shares.get(kind.value, 0) for kind in clauses.Disposition},
        counts=_counts(book, days, answers),
        rates=tuple(by_clause(book, decided)),
    )


def _findings(
    book: Rulebook,
    days: Days,
    steps: Mapping[str, frozenset[str]],
    decided: list[Decided],
    answers: Answers,
) -> Iterator[Finding]:
    named = [key for one in answers.disposed for key in one.parameters]
    yield from check_clauses(book, answers.catalogue, answers.disposed, steps)
    dates = [
        *check_provision_dates(book, days.first, days.last),
        *check_parameter_dates(book, days.first, days.last),
    ]
    yield from dates
    yield from check_basis(book, days.first, days.last)
    yield from check_sources(book)
    yield from check_bounds(book, answers.bounds)
    yield from check_bands(book, answers.bands, days.first, days.last)
    yield from check_dead_parameters(book, answers.workflow, named)
    yield from check_dead_facts(book, answers.facts, answers.only_recorded)
    yield from check_reviews(book, decided, {one.id: one for one in answers.disposed})
    if not any(one.kind in (Kind.PROVISION_OVERLAP, Kind.PARAMETER_OVERLAP) for one in dates):
        yield from check_never_true(book, Situation.at(book.counties[0], days.on))


def fullest_day(book: Rulebook, first: date, last: date) -> date:
    """The latest day of the span on which the fewest parameters are unknown: what is looked at closely says most."""
    edges = {first, last} | {
        d
        for rows in book.parameters.rows.values()
        for row in rows
        for d in (row.since, row.until)
        if d is not None and first < d < last
    }
    ends = [d - timedelta(days=1) for d in sorted(edges)[1:]]
    return min(reversed(ends), key=lambda on: _unknown(book, on))


def _unknown(book: Rulebook, on: date) -> int:
    rows = (book.parameters.live(key, book.counties[0], on) for key in book.parameters.declared)
    return sum(not found or found[0].value is None for found in rows)


def _counts(book: Rulebook, days: Days, answers: Answers) -> dict[str, int]:
    county = book.counties[0]
    resolved = [
        rows[0] for key in book.parameters.declared if (rows := book.parameters.live(key, county, days.on))
    ]
    return {
        "clauses": len(answers.catalogue),
        "programmes": len(book.programs),
        "provisions": len(book.provisions),
        "texts": sum(len(rule.versions) for rule in book.provisions),
        "parameters": len(book.parameters.declared),
        "parameter_rows": sum(len(rows) for rows in book.parameters.rows.values()),
        "example_values": sum(row.example for row in resolved),
        "unknown_values": sum(row.value is None for row in resolved),
    }
