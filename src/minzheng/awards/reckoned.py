"""One programme reckoned from given facts for a month, without the rest of the rulebook and without sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from minzheng.assessment.enacting.types import RULEBOOK
from minzheng.assessment.payment import half_up
from minzheng.assessment.redecide import Seen
from minzheng.awards.basis import Read
from minzheng.rulebook.programs import TO_THE_YUAN
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.language.expr import Rule
from minzheng.rules.language.kinds import Household
from minzheng.rules.parameters import Row
from minzheng.rules.status import Span, Status
from minzheng.values.month import Month, months_between


@dataclass(frozen=True)
class Reckoned:
    """What comes out for a programme. fen and exact are None where the amount is open."""

    status: Status
    fen: int | None
    exact: Fraction | None


def day_for(month: Month, on: date) -> date:
    """The day of law that stands for a month: its last, today in the running month, the first of one to come."""
    if on in month:
        return on
    return month.last_day if month < Month.of(on) else month.first_day


def reckon(
    book: Rulebook,
    programme: str,
    seen: Seen,
    who: int | None,
    on: date,
    *,
    published_by: date | None = None,
) -> Reckoned:
    """The programme by the facts that were seen of a family and the rules of a day, those published by then (DY-9)."""
    evaluation = Evaluation(book, seen.facts, Situation.at(seen.county, on, known_at=published_by))
    program = book.program(programme)
    status = Status(int(evaluation.rule(program, who)))
    if status is not Status.YES or program.amount is None:
        return Reckoned(status, 0, Fraction(0))
    holder = None if program.amount.of is Household else who
    amount = evaluation.rule(program.amount, holder)
    rounding = TO_THE_YUAN.get(programme)
    paid = amount
    if rounding is not None:
        paid = evaluation.rule(book[rounding.name], None if rounding.of is Household else who)
    if isinstance(amount, Span) or isinstance(paid, Span):
        return Reckoned(status, None, None)
    return Reckoned(status, half_up(paid), Fraction(amount))


# -- what changed in the rulebook ------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """A value of a parameter or a text that came into force or became known: where, from which month on."""

    key: str
    place: str
    since: Month


def moved_values(book: Rulebook, *, after: date, upto: date) -> list[Moved]:
    """Values that began, ended or became known after one day and up to another.

    One that became known late holds from its own month all the same: that is where arrears come from (DY-9).
    """
    return sorted(
        {
            Moved(key, row.place, Month.of(since))
            for key, rows in book.parameters.rows.items()
            for row in rows
            for since in _moments(row, after, upto)
        },
        key=lambda one: (one.since, one.key, one.place),
    )


def _moments(row: Row, after: date, upto: date) -> Iterator[date]:
    if row.known_from <= upto and row.since <= upto and (row.known_from > after or row.since > after):
        yield row.since
    if row.until is not None and after < row.until <= upto:
        yield row.until


def moved_texts(book: Rulebook, *, after: date, upto: date) -> list[Moved]:
    """Texts of rules that began or ended after one day and up to another; `key` is the rule's name. A text signed into
    force from a month is one of them when the month comes.
    """
    return sorted(
        {
            Moved(rule.name, place, Month.of(day))
            for rule in book.rules
            for place, days in _spans(rule)
            for day in days
            if day is not None and after < day <= upto
        },
        key=lambda one: (one.since, one.key, one.place),
    )


def _spans(rule: Rule) -> Iterator[tuple[str, tuple[date | None, date | None]]]:
    if isinstance(rule, Program):
        yield "", (rule.since, rule.until)
        return
    assert isinstance(rule, Provision)
    for one in rule.versions:
        yield one.jurisdiction, (one.since, one.until)


@dataclass(frozen=True)
class Affected:
    """Programmes of a place that read a moved value, and since when."""

    programme: str
    place: str
    since: Month


def affected(book: Rulebook, moved: list[Moved], programmes: list[str]) -> list[Affected]:
    """The earliest month by programme and place. A text of the rulebook that was signed can touch every programme."""
    first: dict[tuple[str, str], Month] = {}
    for programme in programmes:
        read = Read(book, programme)
        touching = {RULEBOOK, *read.parameters, *read.rules}
        touching |= {TO_THE_YUAN[programme].name} if programme in TO_THE_YUAN else set()
        for one in moved:
            if one.key in touching:
                place = (programme, one.place)
                first[place] = min(first.get(place, one.since), one.since)
    return [Affected(programme, place, since) for (programme, place), since in sorted(first.items())]


def months_from(since: Month, first: Month, last: Month) -> list[Month]:
    return list(months_between(max(since, first), last))
