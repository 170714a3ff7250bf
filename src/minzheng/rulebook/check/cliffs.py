"""Cliffs: where one fen more of wages takes away more than a hundred yuan a month, for a few sample families.

Found by walking a wage upwards through the reference engine. A cliff is not a defect: the law has them. They are
told so that a reform does not add one unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from minzheng.rulebook.check.report import Finding, Kind, place
from minzheng.rulebook.vocabulary import (
    ChildChoice,
    Labour,
    ParentState,
    Registration,
    Relation,
    Restriction,
    Schooling,
)
from minzheng.rules import Span
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.explain.sentences import amount as yuan_words
from minzheng.rules.facts import UnitFacts, unit_facts
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import YES

LIMIT = 10_000
STEP, TOP = 2_000, 600_000
MONTHS = 12


@dataclass(frozen=True)
class Sample:
    """An invented family whose first person's wage is walked upwards."""

    name: str
    unit: Mapping[str, Any]
    people: tuple[Mapping[str, Any], ...]


def _person(relation: Relation, born: date, **more: Any) -> dict[str, Any]:
    known = {
        "relation": relation, "born": born, "lives_here": True, "lives_here_since": date(2015, 1, 1),
        "person_hukou_here": True, "rural_hukou": False, "independent": True, "labour": Labour.NONE,
        "father_state": ParentState.CARING, "mother_state": ParentState.CARING,
        "restriction": Restriction.NONE, "child_choice": ChildChoice.CHILD_PROGRAMME, "selfcare_fails": 0,
    }  # fmt: skip
    return known | more


_HOME = {
    "registration": Registration.URBAN, "hukou_here": True, "contracted_land": False, "relief_grade": 1,
    "home_finding": True, "vehicle_finding": True, "business_finding": True, "disposal_finding": True,
    "hardship_finding": True,
}  # fmt: skip
_DISABLED = {"certificate_valid": True, "disability_level": 1, "limb_level": 1, "care_months": 24}
_MIND = {"certificate_valid": True, "disability_level": 3, "intellectual_level": 3, "care_months": 24}
SAMPLES = (
    Sample(
        "夫妻和一名上学的子女（城镇，在享低保）",
        _HOME | {"dibao_before": True},
        (
            _person(Relation.HEAD, date(1985, 5, 1), working=True, labour=Labour.ABLE),
            _person(Relation.SPOUSE, date(1986, 5, 1), cares_for_dependent=True),
            _person(Relation.CHILD, date(2013, 5, 1), full_time_student=True, schooling=Schooling.COMPULSORY),
        ),
    ),
    Sample(
        "儿子、八十一岁的母亲和一级残疾的女儿（城镇，在享低保）",
        _HOME | {"dibao_before": True},
        (
            _person(Relation.HEAD, date(1975, 5, 1), working=True, labour=Labour.ABLE),
            _person(Relation.PARENT, date(1942, 5, 1)),
            _person(Relation.CHILD, date(2000, 5, 1), independent=False, **_DISABLED),
        ),
    ),
    Sample(
        "夫妻和三级智力残疾的儿子（城镇，在享低保）",
        _HOME | {"dibao_before": True},
        (
            _person(Relation.HEAD, date(1975, 5, 1), working=True, labour=Labour.ABLE),
            _person(Relation.SPOUSE, date(1976, 5, 1), cares_for_dependent=True),
            _person(Relation.CHILD, date(2000, 5, 1), independent=False, **_MIND),
        ),
    ),
)


def check_cliffs(book: Rulebook, on: date) -> Iterator[Finding]:
    """One note for each cliff of a sample family; nothing while the standards of the day are unknown."""
    situation = Situation.at(book.counties[0], on)
    for sample in SAMPLES:
        if set(sample.unit) <= set(book.columns):
            yield from _walk(book, situation, sample)


def _walk(book: Rulebook, situation: Situation, sample: Sample) -> Iterator[Finding]:
    below = _Means.of(book, situation, sample, 0)
    for wage in range(STEP, TOP + STEP, STEP):
        above = _Means.of(book, situation, sample, wage)
        if below is None or above is None:
            return
        if below.total - above.total > LIMIT - STEP:
            yield from _edge(book, situation, sample, below, above)
        below = above


def _edge(
    book: Rulebook, situation: Situation, sample: Sample, below: _Means, above: _Means
) -> Iterator[Finding]:
    """Halves the step until the two wages are one fen apart."""
    while above.wage - below.wage > 1:
        middle = _Means.of(book, situation, sample, (below.wage + above.wage) // 2)
        if middle is None:
            return
        if below.total - middle.total > middle.total - above.total:
            above = middle
        else:
            below = middle
    lost = below.total - above.total
    if lost <= LIMIT:
        return
    gone = [
        p for p in book.programs if below.paid.get(p.name, Fraction(0)) > above.paid.get(p.name, Fraction(0))
    ]
    names = "、".join(p.label for p in gone)
    yield Finding(
        Kind.CLIFF,
        gone[0].name,
        place(gone[0].declared_at),
        f"{sample.name}：月工资由 {yuan_words(below.wage)} 元增至 {yuan_words(above.wage)} 元，"
        f"待遇和工资合计减少 {yuan_words(round(lost))} 元（{names}）",
        defect=False,
    )


@dataclass(frozen=True)
class _Means:
    """What a family has in a month at a wage: by programme, and with the wage together."""

    wage: int
    paid: Mapping[str, Fraction]
    total: Fraction

    @staticmethod
    def of(book: Rulebook, situation: Situation, sample: Sample, wage: int) -> _Means | None:
        evaluation = Evaluation(book, _facts(book, sample, wage), situation)
        paid: dict[str, Fraction] = {}
        for program in book.programs:
            if program.amount is not None and program.cadence == "monthly":
                amount = _paid(evaluation, program, len(sample.people))
                if amount is None:
                    return None
                paid[program.name] = amount
        return _Means(wage, paid, sum(paid.values(), Fraction(wage)))


def _facts(book: Rulebook, sample: Sample, wage: int) -> UnitFacts:
    people = [dict(one) for one in sample.people]
    people[0] |= {"wages__total": wage * MONTHS, "wages__month": wage}
    return unit_facts(book.columns.values(), sample.unit, people)


def _paid(evaluation: Evaluation, program: Program, people: int) -> Fraction | None:
    """The programme's amount over its holders; None where one of them is undecided or not known."""
    assert program.amount is not None
    total = Fraction(0)
    for who in [None] if program.of is Household else range(people):
        status = evaluation.rule(program, who)
        if status == YES:
            amount = evaluation.rule(program.amount, None if program.amount.of is Household else who)
            if isinstance(amount, Span):
                return None
            total += Fraction(amount)
    return total
