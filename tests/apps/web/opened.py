"""Leads and reviews of the fixed households, written the way a sweep writes them: decided, compared with what is received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from minzheng.assessment.decide import decide_many
from minzheng.assessment.models import Lead, Sweep, SweepTotal
from minzheng.assessment.payment import payable_of
from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.assessment.types import Kind, SweepState
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.registry.models import Household
from minzheng.registry.queries import receipts_in
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.status import Status
from minzheng.values.month import Month

_WORDS = {
    Kind.ENTITLED: "按登记的事实符合{}，目前没有享受。",
    Kind.CLARIFY: "可能符合{}，还有事实没有查清。",
    Kind.ENDED: "正在享受{}，按登记的事实不再符合。",
    Kind.AMOUNT: "享受{}的金额与按规定计算的不一致。",
    Kind.UNSETTLED: "正在享受{}，是否仍然符合尚待查清。",
}


def open_leads(households: Iterable[int]) -> int:
    """Compare what each household receives with what it is entitled to; returns how many leads and reviews."""
    with scope(system_actor("sweep")) as actor:
        today = business_date()
        rows = list(Household.objects.filter(id__in=list(households)).order_by("id"))
        sweep = _sweep(today, len(rows))
        receipts = receipts_in(actor, Month.of(today), households=[row.pk for row in rows])
        received = {(r.household_id, r.person_id, r.programme): r.fen or 0 for r in receipts}
        determinations = decide_many(actor, [row.pk for row in rows], steps=False)
        found = [
            lead
            for row, decided in zip(rows, determinations, strict=True)
            for lead in _leads(row, decided, received, sweep, today)
        ]
        Lead.objects.bulk_create(found)
        _totals(sweep, rows, determinations, received)
        sweep.state, sweep.persons = SweepState.FINISHED, sum(len(d.facts.people) for d in determinations)
        sweep.save()
        return len(found)


def _sweep(today: date, households: int) -> Sweep:
    from django.utils import timezone

    return Sweep.objects.create(
        month=f"{today:%Y-%m}", on=today, started_by="system:sweep", households=households, sample_size=7,
        snapshot_digest="0123456789abcdef", rulebook="fedcba9876543210", finished_at=timezone.now(),
    )  # fmt: skip


def _leads(
    row: Any, decided: Determination, received: dict[Any, int], sweep: Sweep, today: date
) -> Iterator[Lead]:
    for outcome in decided.outcomes:
        person = None if outcome.who is None else decided.facts.people_ids[outcome.who]
        had = received.get((row.pk, person, RECEIVED_AS[outcome.program.name]))
        fen = payable_of(decided, outcome) if outcome.status == Status.YES else None
        kind = _kind(outcome, had, fen)
        if kind is None:
            continue
        asks = [
            [name, None if who is None else decided.facts.people_ids[who]] for name, who in outcome.ask_first
        ]
        yield Lead(
            division=str(row.township), village=row.village, household_id=row.pk, person_id=person,
            programme=outcome.program.name, kind=kind, outcome=outcome.status, fen=fen, received_fen=had,
            gap_fen=abs((fen or 0) - (had or 0)), questions=len(asks), asks=asks,
            deciding="" if outcome.deciding is None else outcome.deciding.name, sentence=_WORDS[kind].format(outcome.program.label),
            score=(fen or 0) // 100 - 100 * kind, first_found=today, expires_on=today + timedelta(days=180), sweep=sweep,
        )  # fmt: skip


def _kind(outcome: Outcome, had: int | None, fen: int | None) -> Kind | None:
    if had is None:
        if outcome.status == Status.YES:
            return Kind.ENTITLED
        few = outcome.status in (Status.UNKNOWN, Status.REVIEW) and 0 < len(outcome.needs) <= 3
        return Kind.CLARIFY if few else None
    if outcome.status == Status.NO:
        return Kind.ENDED
    if outcome.status == Status.YES:
        return Kind.AMOUNT if fen is not None and fen != had else None
    return Kind.UNSETTLED


def _totals(sweep: Sweep, rows: list[Any], decided: list[Determination], received: dict[Any, int]) -> None:
    counts: dict[tuple[str, str, int, bool], list[int]] = {}
    for row, one in zip(rows, decided, strict=True):
        for outcome in one.outcomes:
            person = None if outcome.who is None else one.facts.people_ids[outcome.who]
            receiving = (row.pk, person, RECEIVED_AS[outcome.program.name]) in received
            key = (str(row.township), outcome.program.name, int(outcome.status), receiving)
            total = counts.setdefault(key, [0, 0])
            total[0] += 1
            total[1] += (payable_of(one, outcome) or 0) if outcome.status == Status.YES else 0
    SweepTotal.objects.bulk_create(
        SweepTotal(
            sweep=sweep, division=place, programme=programme, outcome=outcome, receiving=receiving, holders=n, fen=fen
        )
        for (place, programme, outcome, receiving), (n, fen) in counts.items()
    )  # fmt: skip
