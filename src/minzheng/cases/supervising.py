"""监督抽查 (GV-4): draw the share of confirmed cases the rulebook wants, look at them, follow what was found to its end.

The draw itself is the database's (migration 0014); here it is asked for, and drawn again from its seed for whoever doubts it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform

from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases.clocks import parameter_on
from minzheng.cases.lines import lines
from minzheng.cases.models import Case, Duty, Event, Sample, Sampled
from minzheng.cases.types import Outcome, Side
from minzheng.cases.where import in_scope
from minzheng.cases.workflow import Action
from minzheng.registry.queries import division_name
from minzheng.values.errors import Refusal

TEKUN, OTHERS = "tk.sample_rate", "supervision.sample"
PARAMETERS = (OTHERS, TEKUN)
FINDING = "finding"
FIT, WRONG = "fit", "wrong"
"""What a finding is called that asks for nothing more, and one by which the decision itself is in doubt."""


def programmes_of(parameter: str) -> list[str]:
    """Which programmes a share is of: 特困 has one of its own (民发〔2021〕43号第十六条)."""
    every = sorted({programme for line in lines() for programme in line.programmes})
    return [one for one in every if (one == "tekun") == (parameter == TEKUN)]


@transaction.atomic
def draw(*, actor: Actor, county: str, since: date, until: date, on: date) -> list[Sample]:
    """Draw from what was confirmed in a county within a time that is over. The same again gives what was drawn."""
    actor.require(Permission.SUPERVISE_CASES)
    if len(county) != 6 or not actor.covers(county):
        raise Refusal("sample.county", "请选择您管辖的县（市、区）。", field="county")
    if not since <= until < on:
        raise Refusal("sample.time", "抽查的时段应当已经结束。", field="until")
    return [_drawn(actor, county, parameter, since, until, on) for parameter in PARAMETERS]


def _drawn(actor: Actor, county: str, parameter: str, since: date, until: date, on: date) -> Sample:
    over = Sample.objects.filter(division=county, parameter=parameter, since__lte=until, until__gte=since)
    for known in over:
        if (known.since, known.until) == (since, until):
            return known
        raise Refusal(
            "sample.drawn",
            f"{known.since:%Y-%m-%d} 至 {known.until:%Y-%m-%d} 已经抽取，不能重抽。",
            next_step="请选择没有抽取过的时段。",
            article="GV-4",
        )
    found = parameter_on(parameter, county, on)
    if not found.known or found.row is None:
        raise Refusal(
            "sample.no_share", f"{division_name(county)}的抽查比例没有载入，不能抽取。", article="GV-4"
        )
    share = Fraction(found.value)  # type: ignore[arg-type]
    row = Sample.objects.create(
        division=county,
        parameter=parameter,
        programmes=programmes_of(parameter),
        since=since,
        until=until,
        numerator=share.numerator,
        denominator=share.denominator,
        document=found.row.document,
        example=found.example,
        drawn_on=on,
    )
    row.refresh_from_db()
    record(
        actor,
        "draw_sample",
        "cases.sample",
        row.public_id,
        division=county,
        detail={"population": row.population, "chosen": row.chosen},
    )
    return row


def drawn_again(sample: Sample) -> list[str]:
    """The numbers the seed gives, reckoned here and not by the database; equal to what was drawn, or somebody tampered."""
    by_decider: dict[object, list[str]] = defaultdict(list)
    deciding = Duty.objects.filter(case=OuterRef("pk"), side=Side.DECIDE).order_by("-pk")
    rows = Case.objects.filter(
        division__startswith=sample.division,
        outcome=Outcome.YES,
        decided_on__range=(sample.since, sample.until),
        programme__in=sample.programmes,
    ).annotate(decider=Subquery(deciding.values("natural_person")[:1]))
    for number, decider in rows.exclude(decider=None).values_list("number", "decider"):
        by_decider[decider].append(number)
    chosen: list[str] = []
    for numbers in by_decider.values():
        ranked = sorted(numbers, key=lambda one: hashlib.sha256(f"{sample.seed}|{one}".encode()).hexdigest())
        most = -(-len(numbers) * sample.numerator // sample.denominator)
        chosen += ranked[:most]
    return sorted(chosen)


# -- reading ---------------------------------------------------------------------------------------------
def samples(actor: Actor) -> QuerySet[Sample]:
    """Draws of the actor's regions, the latest first."""
    actor.require(Permission.SUPERVISE_CASES)
    return Sample.objects.filter(in_scope(actor, household="pk")).order_by("-until", "-pk")


def to_look_at(actor: Actor) -> QuerySet[Any]:
    """What supervision looks at and has not: what was drawn, and near kin's always (GV-2); the longest decided first."""
    actor.require(Permission.SUPERVISE_CASES)
    return (
        _with_findings(Case.objects.filter(in_scope(actor)))
        .filter(_supervised(), looked_at=None)
        .order_by("decided_on", "pk")
    )


def to_put_right(actor: Actor) -> QuerySet[Any]:
    """Where supervision found something that is not put right yet; a later look that finds it fit ends it."""
    actor.require(Permission.SEE_CASES)
    return _looked_at(actor).exclude(found=FIT).order_by("looked_at", "pk")


def doubted(actor: Actor) -> QuerySet[Any]:
    """Confirmed cases that supervision thinks were decided wrongly: what runs because of them is reviewed."""
    actor.require(Permission.SEE_CASES)
    return _looked_at(actor).filter(found=WRONG, outcome=Outcome.YES).order_by("looked_at", "pk")


def _looked_at(actor: Actor) -> QuerySet[Any]:
    seen = Event.objects.filter(action=Action.SUPERVISE).values("case_id")
    return _with_findings(Case.objects.filter(in_scope(actor), pk__in=seen))


def _supervised() -> Q:
    drawn = Q(pk__in=Sampled.objects.values("case_id"))
    return drawn | Q(kin_registered=True, outcome=Outcome.YES)


def _with_findings(rows: QuerySet[Case]) -> QuerySet[Any]:
    """Cases with when they were looked at last (`looked_at`), what was found (`found`) and why (`why`)."""
    last = Event.objects.filter(case=OuterRef("pk"), action=Action.SUPERVISE).order_by("-version")
    return rows.annotate(
        looked_at=Subquery(last.values("on")[:1]),
        found=Subquery(last.annotate(said=KeyTextTransform(FINDING, "fields")).values("said")[:1]),
        why=Subquery(last.values("reason")[:1]),
    )


def reproduced(rows: Iterable[Sample]) -> dict[int, bool]:
    """Whether what each draw gave is what its seed gives."""
    kept: dict[int, list[str]] = {row.pk: [] for row in rows}
    for sample, number in Sampled.objects.filter(sample_id__in=kept).values_list("sample_id", "case__number"):
        kept[sample].append(number)
    return {row.pk: sorted(kept[row.pk]) == drawn_again(row) for row in rows}


def cases_of(actor: Actor, sample: Sample) -> list[Any]:
    """The cases of a draw, with when they were looked at and what was found, by number."""
    actor.require(Permission.SUPERVISE_CASES)
    rows = Case.objects.filter(in_scope(actor), sampled__sample=sample)
    return list(_with_findings(rows).order_by("number"))
