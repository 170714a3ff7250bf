"""A day of dynamic management: one job, safe to run twice, resumed where it was cut off, telling what it did.

Reviews and change events are opened by the service lines; here is what follows from awards and the rulebook alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting.law import last_enactment
from minzheng.assessment.enacting.queries import came_into_force
from minzheng.awards.ends import end_by_itself, phase_out_month
from minzheng.awards.following import follow
from minzheng.awards.models import Award, Run
from minzheng.awards.queries import in_scope
from minzheng.awards.reckoned import Affected, Moved, affected, moved_texts, moved_values
from minzheng.awards.recompute import awards_to_recompute, many_to_recompute, recompute_batch
from minzheng.awards.setwise import WORTH_A_KERNEL, kernel_of
from minzheng.awards.ways import follow_place
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.rulebook import declared
from minzheng.rulebook.programs import PROGRAMS
from minzheng.rules.book import Rulebook
from minzheng.rules.kernel.run import Kernel
from minzheng.rules.language.declare import layer
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

JOB = "awards"
AT_ONCE = 100
"""Awards to a transaction: what is lost when the machine stops, and done again when it starts."""
RECOMPUTED_AT_ONCE = 200
"""The same of awards that are recomputed: they are reckoned and written together."""
LOCK = "minzheng.awards.run"
ENACTED = "enacted"
"""Where a day's report keeps the number of the last enactment it saw."""
CHECKED = "按登记核对家庭成员"
Stage = Callable[[Actor, date, Rulebook, int], "Batch"]


@dataclass(frozen=True)
class Batch:
    """What a batch did; `after` is where the next goes on, None when the stage is done."""

    counts: Counter[str]
    after: int | None


def run_day(on: date) -> int:
    """Everything a day brings. Returns how many awards this call changed or ended; the whole day's report stands in `Run`.

    A second run of the day does nothing and says 0; one that was killed goes on with the batch it was in and says what
    was left. Two at once: one works.
    """
    with scope(system_actor(JOB)):
        # What comes into force while the day runs is the next day's.
        fresh = {"report": {ENACTED: {"last": last_enactment()}}}
        run, _created = Run.objects.get_or_create(on=on, defaults=fresh)
        if run.finished_at is not None:
            return 0
    done = sum((_run_stage(on, stage) for stage in _stages(on)), Counter[str]())
    with scope(system_actor(JOB)):
        run = Run.objects.select_for_update().get(on=on)
        if run.finished_at is None:
            run.finished_at, run.stage = timezone.now(), ""
            run.save(update_fields=["finished_at", "stage"])
    return sum(done[what] for what in ("changed", "ended", "carried", "ends"))


@dataclass(frozen=True)
class Named:
    name: str
    work: Stage


def _stages(on: date) -> list[Named]:
    """In the order in which one may change what the next sees."""
    return [
        Named("places", _places),
        Named("people", _people),
        *_recomputations(on),
        Named("phase_out", _phase_outs),
        Named("ends", _ends),
    ]


def _run_stage(on: date, stage: Named) -> Counter[str]:
    """Batch after batch, each in its own transaction together with the mark of how far the day came; what was done here."""
    mine: Counter[str] = Counter()
    while True:
        with scope(system_actor(JOB)) as actor:
            run = _own_turn(on)
            done = run.report.get(stage.name, {})
            if done.get("done"):
                return mine
            after = run.after if run.stage == stage.name else 0
            batch = stage.work(actor, on, rulebook(), after)
            counts = Counter(done) + batch.counts
            run.report[stage.name] = dict(counts) | ({"done": 1} if batch.after is None else {})
            run.stage, run.after = stage.name, batch.after or 0
            run.save(update_fields=["report", "stage", "after"])
        mine += batch.counts


def _own_turn(on: date) -> Run:
    """The day's row, locked: whoever comes second waits for the batch and goes on after it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    return Run.objects.select_for_update().get(on=on)


# -- recomputing after a changed value -------------------------------------------------------------------


def _recomputations(on: date) -> Iterator[Named]:
    """A stage for each programme and place whose values moved since the last day that was run."""
    with scope(system_actor(JOB)):
        last = Run.objects.filter(on__lt=on).exclude(finished_at=None).order_by("-on").first()
        if last is None:
            return
        book = rulebook()
        names = [program.name for program in PROGRAMS if program.cadence == "monthly"]
        days = {"after": last.on, "upto": on}
        moved = [*moved_values(book, **days), *moved_texts(book, **days)]
        moved += _signed_since(last, Run.objects.get(on=on))
        found = affected(book, moved, names)
        many = {one: many_to_recompute(one.programme, one.place, one.since) for one in found}
    for one in found:
        # Made ready before a batch holds anything.
        kernel = kernel_of(book) if many[one] >= WORTH_A_KERNEL else None
        yield Named(f"recompute:{one.programme}:{one.place or '0'}:{one.since}", _recomputing(one, kernel))


def _signed_since(last: Run, run: Run) -> list[Moved]:
    """Values two people brought into force or took back since the last day, each from its own month: it may lie far back."""
    after, upto = (one.report.get(ENACTED, {}).get("last", 0) for one in (last, run))
    return [
        Moved(one.key, layer(one.place), Month.of(one.since))
        for one in came_into_force(after=after)
        if one.number <= upto and one.since <= run.on
    ]


def _recomputing(one: Affected, kernel: Kernel | None) -> Stage:
    def work(actor: Actor, on: date, book: Rulebook, after: int) -> Batch:
        rows = awards_to_recompute(
            actor, one.programme, one.place, one.since, after=after, most=RECOMPUTED_AT_ONCE
        )
        counts = recompute_batch(actor, rows, one.since, on=on, book=book, kernel=kernel)
        return Batch(counts, rows[-1].pk if len(rows) == RECOMPUTED_AT_ONCE else None)

    return work


def recompute(
    *, actor: Actor, since: Month, on: date, programmes: tuple[str, ...], place: str = ""
) -> Counter[str]:
    """Recompute the awards of some programmes and a place from a month on: what an enactment (or its taking back) calls.

    In the caller's transaction; returns how many came out how. Twice is once.
    """
    book = rulebook()
    counts: Counter[str] = Counter()
    for programme in programmes:
        if programme not in book:
            raise Refusal("award.no_programme", f"规则中没有名为 {programme} 的待遇。")
        kernel = kernel_of(book) if many_to_recompute(programme, place, since) >= WORTH_A_KERNEL else None
        after = 0
        while rows := awards_to_recompute(
            actor, programme, place, since, after=after, most=RECOMPUTED_AT_ONCE
        ):
            counts += recompute_batch(actor, rows, since, on=on, book=book, kernel=kernel)
            after = rows[-1].pk
    return counts


# -- places, phase-out and ends ----------------------------------------------------------------------------------


_MOVED = """
select distinct a.household_id from awards_award a join registry_household h on h.id = a.household_id
where h.village::text <> a.division and a.household_id > %s order by 1 limit %s
"""


def _places(actor: Actor, on: date, book: Rulebook, after: int) -> Batch:
    """Awards of households that moved go where the household went."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [after, AT_ONCE])
        households = [household for (household,) in cursor.fetchall()]
    moved = sum(follow_place(actor=actor, household=household, on=on) for household in households)
    return Batch(Counter(moved=moved), households[-1] if len(households) == AT_ONCE else None)


_LEFT = """
select distinct a.household_id from awards_award a
join awards_member m on m.award_id = a.id and m.superseded_at is null and (m.until is null or m.until > %(month)s)
where a.household_id > %(after)s and (a.ends is null or a.ends > %(month)s)
  and exists (select from registry_membership r where r.person_id = m.person_id and r.superseded_at is null
              and r.until is null and r.household_id <> a.household_id)
  and not exists (select from registry_membership r where r.person_id = m.person_id and r.superseded_at is null
                  and r.until is null and r.household_id = a.household_id)
order by 1 limit %(most)s
"""


def _people(actor: Actor, on: date, book: Rulebook, after: int) -> Batch:
    """Awards that cover somebody who belongs to another household now, by whatever door that was recorded."""
    month = Month.of(on).plus(1)
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, {"after": after, "month": month.first_day, "most": AT_ONCE})
        households = [household for (household,) in cursor.fetchall()]
    counts = Counter(
        str(one.fate)
        for household in households
        for one in follow(actor=actor, households=[household], reason=CHECKED, on=on)
    )
    return Batch(counts, households[-1] if len(households) == AT_ONCE else None)


def _phase_outs(actor: Actor, on: date, book: Rulebook, after: int) -> Batch:
    rows = (
        Award.objects.select_for_update()
        .filter(in_scope(actor), programme="phase_out", pk__gt=after)
        .exclude(ends__lte=Month.of(on).first_day)
    )
    some = list(rows.order_by("id")[:AT_ONCE])
    counts = Counter(phase_out_month(actor, award, on=on, book=book) for award in some)
    return Batch(counts, some[-1].pk if len(some) == AT_ONCE else None)


_NEAR_AN_END = """
select a.id from awards_award a join registry_person p on p.id = a.person_id
where a.id > %(after)s and a.programme = any(%(by_age)s) and (a.ends is null or a.ends > %(month)s)
  and exists (select from unnest(%(ages)s::int[]) age
              where (p.birth_date + make_interval(years => age))::date between %(from)s and %(to)s)
union
select a.id from awards_award a join registry_certificate c on c.person_id = a.person_id and c.superseded_at is null
where a.id > %(after)s and a.programme = any(%(by_certificate)s) and (a.ends is null or a.ends > %(month)s)
  and (c.expires_on between %(from)s and %(to)s or c.until between %(from)s and %(to)s)
order by 1 limit %(most)s
"""


def _ends(actor: Actor, on: date, book: Rulebook, after: int) -> Batch:
    """Awards that passing time ends about now: only these are decided month by month."""
    month = Month.of(on)
    values: dict[str, Any] = {
        "after": after,
        "month": month.first_day,
        "from": month.plus(-3).first_day,
        "to": month.plus(1).last_day,
        "by_age": ["old_age", "orphan", "unattended", "left_behind"],
        "by_certificate": ["living_subsidy", "care_subsidy"],
        "ages": _ages(book, on),
        "most": AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAR_AN_END, values)
        numbers = [number for (number,) in cursor.fetchall()]
    rows = Award.objects.select_for_update().filter(in_scope(actor), pk__in=numbers).order_by("id")
    counts = Counter(
        "ended" if end_by_itself(actor, award, on=on, book=book) else "goes_on" for award in rows
    )
    return Batch(counts, numbers[-1] if len(numbers) == AT_ONCE else None)


def _ages(book: Rulebook, on: date) -> list[int]:
    """The ages at which the law ends something, as its parameters say."""
    ages = set()
    for parameter, more in ((declared.adult_age, 0), (declared.lb_age, 0), (declared.oa_to, 1)):
        found = book.parameters.resolve(parameter, "140400", on, on)
        if found.known:
            ages.add(int(found.value) + more)  # type: ignore[arg-type]
    return sorted(ages)
