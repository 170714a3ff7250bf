"""When each programme is paid in each month, what is late, and when a family is paid next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from minzheng.awards import queries as awards
from minzheng.base.queries import work_calendar
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.funds import FUNDS
from minzheng.payments.models import PayDay, Payment, Payroll, Transfer
from minzheng.payments.models.payroll import OPEN
from minzheng.payments.queries.places import in_counties
from minzheng.payments.types import PaidState, PayrollState, Phase, Rest
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from minzheng.values.workdays import WorkCalendar

SOON = timedelta(days=7)
_OUT = (PayrollState.RELEASED.value, PayrollState.CLOSED.value)

Batch = tuple[str, str, Month]
"""County, programme, month."""


@dataclass(frozen=True)
class Planned:
    """The day a month is to be paid on. `provisional`: the working days of that year are not known yet."""

    on: date
    provisional: bool
    document: str


@dataclass(frozen=True)
class PayLine:
    """One programme of a county in a month: how many receive it, when it is due, where its payroll stands."""

    county: str
    programme: str
    month: Month
    awards: int
    planned: Planned | None
    payroll: Payroll | None
    state: PaidState


@dataclass(frozen=True)
class NextPay:
    """What a family is paid next of one award. `late`: its day has passed and nothing was sent."""

    award_id: int
    programme: str
    person_id: int | None
    month: Month
    fen: int
    planned: Planned | None
    late: bool


class Paydays:
    """Arrangements read once, asked often."""

    def __init__(self, rows: Iterable[PayDay]) -> None:
        self._rows: dict[tuple[str, str], list[PayDay]] = {}
        for row in sorted(rows, key=lambda one: (one.since, one.number)):
            self._rows.setdefault((row.county, row.programme), []).append(row)
        self._calendar = work_calendar()

    def planned(self, county: str, programme: str, month: Month) -> Planned | None:
        """None where the county has arranged nothing."""
        held = [row for row in self._rows.get((county, programme), []) if row.since <= month.first_day]
        return _planned(held[-1], month, self._calendar) if held else None

    def begins(self) -> dict[tuple[str, str], Month]:
        """The first arranged month of each county and programme."""
        return {key: Month.of(rows[0].since) for key, rows in self._rows.items()}


def _planned(row: PayDay, month: Month, calendar: WorkCalendar) -> Planned:
    day = month.last_day.replace(day=min(row.day, month.last_day.day))
    try:
        if Rest(row.rest) is Rest.AFTER:
            return Planned(calendar.first_workday_from(day), False, row.document)
        while not calendar.is_workday(day):
            day -= timedelta(days=1)
        return Planned(day, False, row.document)
    except Refusal as unknown:
        if unknown.code != "calendar.year_missing":
            raise
        return Planned(day, True, row.document)


def calendar(actor: Actor, month: Month, *, on: date, county: str = "") -> list[PayLine]:
    """Every county and programme of the actor with somebody receiving in the month; the earliest day first."""
    actor.require(Permission.SEE_PAYMENTS)
    # The regions are said as bounds too: along an index a township counts its own, not all that the policy passes by.
    found = sql.rows(_RECEIVING, _bounds(actor) | {"month": month.first_day, "programmes": list(FUNDS)})
    counted = {(place, programme, month): number for place, programme, number in found}
    lines = _lines(actor, counted, on, county)
    return sorted(
        lines,
        key=lambda one: (one.planned is None, one.planned and one.planned.on, one.county, one.programme),
    )


def late(actor: Actor, *, on: date, county: str = "") -> list[PayLine]:
    """Months whose day has passed and for which no payroll left, all of them since the county arranged its days."""
    actor.require(Permission.SEE_PAYMENTS)
    lines = _lines(actor, _receiving(_past(actor, on)), on, county)
    return sorted(lines, key=lambda one: (one.month.first_day, one.county, one.programme))


def soon(actor: Actor, *, on: date, county: str = "") -> list[PayLine]:
    """What is due within a week and has not left, whether somebody has begun or not; the earliest day first."""
    actor.require(Permission.SEE_PAYMENTS)
    lines = filter(_waits, _lines(actor, _receiving(_coming(actor, on)), on, county))
    return sorted(lines, key=lambda one: (one.planned and one.planned.on, one.county, one.programme))


@dataclass(frozen=True)
class Waiting:
    """How many lines `late` and `soon` have."""

    late: int
    soon: int


def waiting(actor: Actor, *, on: date) -> Waiting:
    """As long as the lists, without counting who receives: whether anybody does is one probe of an index each."""
    actor.require(Permission.SEE_PAYMENTS)
    coming = _lines(actor, dict.fromkeys(_with_anybody(actor, _coming(actor, on)), 1), on, "")
    return Waiting(len(_with_anybody(actor, _past(actor, on))), sum(map(_waits, coming)))


def next_pay(actor: Actor, household: int, *, on: date) -> list[NextPay]:
    """When and what a family is paid next, award by award; a resident's own."""
    now = Month.of(on)
    running = awards.running_in(actor, now, household=household)
    later = awards.running_in(actor, now.plus(1), household=household)
    rows = [row for row in {row.pk: row for row in [*running, *later]}.values() if row.programme in FUNDS]
    sent = _sent([row.pk for row in rows], now)
    counties = {row.division[:6] for row in rows}
    paydays = Paydays(PayDay.objects.filter(county__in=counties))
    found = []
    for row in rows:
        month = now.plus(1) if row.pk in sent or row not in running else now
        fen = awards.due_of(row, month)
        if fen > 0:
            planned = paydays.planned(row.division[:6], row.programme, month)
            found.append(
                NextPay(
                    row.pk, row.programme, row.person_id, month, fen, planned,
                    planned is not None and planned.on < on,
                )
            )  # fmt: skip
    return found


def _sent(award_ids: list[int], month: Month) -> set[int]:
    """Awards whose payment of the month left and did not come back; by the ledger, which a family may read."""
    live = Payment.objects.filter(award_id__in=award_ids, month=month.first_day, claim_no=0, live=True)
    left = Transfer.objects.filter(phase=Phase.PENDING, payment_id__in=live.values("pk"))
    return set(left.values_list("award_id", flat=True))


# -- beneath ---------------------------------------------------------------------------------------------

_RECEIVING = """
    select left(a.division, 6), a.programme, count(*)
    from unnest(%(low)s::text[], %(high)s::text[]) w (low, high)
    join awards_award a on a.division >= w.low and a.division < w.high
    where a.programme = any(%(programmes)s) and a.since <= %(month)s and (a.ends is null or a.ends > %(month)s)
    group by 1, 2
"""
_RECEIVING_IN = """
    select b.county, b.programme, b.month, count(*)
    from unnest(%(counties)s::text[], %(programmes)s::text[], %(months)s::date[]) b (county, programme, month)
    join awards_award a on left(a.division, 6) = b.county and a.programme = b.programme and a.since <= b.month
        and (a.ends is null or a.ends > b.month) group by 1, 2, 3
"""


_WITH_ANYBODY = """
    select b.county, b.programme, b.month
    from unnest(%(counties)s::text[], %(nexts)s::text[], %(programmes)s::text[], %(months)s::date[])
        b (county, next, programme, month)
    where exists (
        select from unnest(%(low)s::text[], %(high)s::text[]) w (low, high)
        join awards_award a on a.programme = b.programme
            and a.division >= greatest(w.low, b.county) and a.division < least(w.high, b.next)
        where a.since <= b.month and (a.ends is null or a.ends > b.month))
"""


def _past(actor: Actor, on: date) -> list[Batch]:
    """Arranged months whose day has passed, after the last one a payroll left for."""
    paydays, paid = _paydays(actor), _paid(actor)
    return [
        (place, programme, month)
        for (place, programme), begun in paydays.begins().items()
        for month in _months(_after(paid.get((place, programme)), begun), Month.of(on))
        if (planned := paydays.planned(place, programme, month)) is not None and planned.on < on
    ]


def _coming(actor: Actor, on: date) -> list[Batch]:
    """Arranged months whose day comes within the week."""
    paydays, now = _paydays(actor), Month.of(on)
    return [
        (place, programme, month)
        for place, programme in paydays.begins()
        for month in (now, now.plus(1))
        if (planned := paydays.planned(place, programme, month)) is not None and on <= planned.on <= on + SOON
    ]


def _waits(line: PayLine) -> bool:
    return line.state in (PaidState.SOON, PaidState.UNDER_WAY)


def _with_anybody(actor: Actor, batches: list[Batch]) -> list[Batch]:
    """Those of the batches in which somebody of the actor's regions receives."""
    if not batches:
        return []
    counties, programmes, months = zip(*batches, strict=True)
    asked = _bounds(actor) | {
        "counties": list(counties), "nexts": [awards.text_after(one) for one in counties],
        "programmes": list(programmes), "months": [one.first_day for one in months],
    }  # fmt: skip
    found = sql.rows(_WITH_ANYBODY, asked)
    return [(county, programme, Month.of(month)) for county, programme, month in found]


def _bounds(actor: Actor) -> dict[str, list[str]]:
    """The actor's regions as bounds for an index. A region that lies in another is counted there."""
    widest = {
        one for one in actor.regions if not any(one != in_ and one.startswith(in_) for in_ in actor.regions)
    }
    return {"low": list(widest), "high": [awards.text_after(region) for region in widest]}


def _receiving(batches: list[Batch]) -> dict[Batch, int]:
    """How many receive in each batch; batches of nobody are not in it."""
    if not batches:
        return {}
    counties, programmes, months = zip(*batches, strict=True)
    asked = {
        "counties": list(counties), "programmes": list(programmes), "months": [one.first_day for one in months],
    }  # fmt: skip
    return {
        (county, programme, Month.of(month)): number
        for county, programme, month, number in sql.rows(_RECEIVING_IN, asked)
    }


def _lines(actor: Actor, counted: dict[Batch, int], on: date, county: str) -> list[PayLine]:
    paydays, paid = _paydays(actor), _paid(actor)
    months = {month.first_day for _county, _programme, month in counted}
    rows: dict[Batch, Payroll] = {}
    for row in Payroll.objects.filter(in_counties(actor), month__in=months).exclude(
        state=PayrollState.CANCELLED
    ).order_by("-run"):  # fmt: skip
        # The month's own payroll before its later runs.
        rows[row.county, row.programme, Month.of(row.month)] = row
    lines = []
    for (place, programme, month), number in counted.items():
        if county and place != county:
            continue
        planned = paydays.planned(place, programme, month)
        payroll = rows.get((place, programme, month))
        last = paid.get((place, programme))
        state = _state(planned, payroll, last is not None and last >= month, on)
        lines.append(PayLine(place, programme, month, number, planned, payroll, state))
    return lines


def _state(planned: Planned | None, payroll: Payroll | None, is_paid: bool, on: date) -> PaidState:
    if is_paid:
        return PaidState.PAID
    if planned is not None and planned.on < on:
        return PaidState.LATE
    if payroll is not None and payroll.state in OPEN:
        return PaidState.UNDER_WAY
    if planned is None:
        return PaidState.NOT_ARRANGED
    return PaidState.SOON if planned.on <= on + SOON else PaidState.AHEAD


def _paydays(actor: Actor) -> Paydays:
    return Paydays(PayDay.objects.filter(in_counties(actor)))


def _paid(actor: Actor) -> dict[tuple[str, str], Month]:
    """The last month a payroll left for: it lists every month before that was not paid."""
    found = (
        Payroll.objects.filter(in_counties(actor), state__in=_OUT)
        .order_by("county", "programme", "-month")
        .distinct("county", "programme")
        .values_list("county", "programme", "month")
    )
    return {(county, programme): Month.of(month) for county, programme, month in found}


def _after(paid: Month | None, begun: Month) -> Month:
    return begun if paid is None or paid < begun else paid.plus(1)


def _months(first: Month, last: Month) -> Iterable[Month]:
    month = first
    while month <= last:
        yield month
        month = month.plus(1)
