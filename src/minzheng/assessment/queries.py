"""Reading leads, reviews, sweeps and their totals, always for an actor. A list, its count and its export are one queryset."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Substr

from minzheng.assessment.live import LiveCheck, live_check
from minzheng.assessment.models import ClauseTotal, Lead, LeadEvent, Sweep, SweepTotal
from minzheng.assessment.programmes import programme_label
from minzheng.assessment.types import Attention, Kind, Supplier, SweepState
from minzheng.assessment.words import ask_lines
from minzheng.assessment.workflow import LIVE, Action, State, actions_for
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.registry import queries as registry
from minzheng.registry.queries import HouseholdLine, PersonLine
from minzheng.rules.explain.determine import Determination
from minzheng.rules.status import Status
from minzheng.values.errors import Refusal

PAGE = 50
MOST = 500
ORDERS = {
    "rank": ("-score", "id"),
    "amount": ("-gap_fen", "-score", "id"),
    "questions": ("questions", "-score", "id"),
    "place": ("division", "village", "-score", "id"),
    "found": ("first_found", "-score", "id"),
}
"""How a list may be ordered. `rank` is the sweep's own order."""


# -- which leads ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """What a list shows. Empty means no limit; states default to the live ones.

    division: 4 to 12 digits. fen: monthly difference. questions: at most so many. attention: any of these.
    text: the beginning of a name or pinyin of somebody in the household.
    """

    programme: str = ""
    division: str = ""
    kinds: tuple[Kind, ...] = ()
    states: tuple[State, ...] = LIVE
    fen_least: int | None = None
    fen_most: int | None = None
    questions_most: int | None = None
    attention: Attention | None = None
    text: str = ""
    order: str = "rank"


def leads(actor: Actor, which: Filter | None = None) -> QuerySet[Lead]:
    """The leads and reviews of the actor's regions that a filter lets through, in its order."""
    actor.require(Permission.SEE_LEADS)
    which = which or Filter()
    found = Lead.objects.filter(_seen(actor))
    if which.division:
        found = found.filter(_inside(which.division))
    if which.programme:
        found = found.filter(programme=which.programme)
    if which.kinds:
        found = found.filter(kind__in=which.kinds)
    if which.states:
        found = found.filter(state__in=[state.value for state in which.states])
    if which.fen_least is not None:
        found = found.filter(gap_fen__gte=which.fen_least)
    if which.fen_most is not None:
        found = found.filter(gap_fen__lte=which.fen_most)
    if which.questions_most is not None:
        found = found.filter(questions__lte=which.questions_most)
    if which.attention:
        found = found.extra(where=["attention & %s <> 0"], params=[int(which.attention)])
    if which.text.strip():
        named = registry.households_named(actor, which.text, on=business_date())
        found = found.filter(household_id__in=named)
    return found.order_by(*ORDERS.get(which.order, ORDERS["rank"]))


def _by_township(actor: Actor) -> Q:
    """The regions as ranges of township codes, as the index holds them; a village is none."""
    allowed = Q(pk__in=[])
    for low, high in registry.townships_of(actor):
        allowed |= Q(division__gte=str(low), division__lte=str(high))
    return allowed


def _seen(actor: Actor) -> Q:
    """Leads of the actor's townships and villages."""
    villages = registry.villages_of(actor)
    if not villages:
        return _by_township(actor)
    townships = {str(village // 1000) for village in villages}
    return _by_township(actor) | Q(division__in=townships, village__in=villages)


def _events_seen(actor: Actor) -> Q:
    """What was written in the actor's townships, and the whole ledger of a lead that is theirs now."""
    lead = Lead.objects.filter(_seen(actor), pk=OuterRef("lead_id"))
    return _by_township(actor) | Q(Exists(lead))


def _inside(division: str) -> Q:
    if len(division) == 12:
        return Q(village=int(division), division=division[:9])
    return Q(division__gte=division.ljust(9, "0"), division__lte=division.ljust(9, "9"))


# -- lines and pages -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LeadLine:
    """A lead in a list, with the household and, for a person's programme, the person (None: out of region)."""

    lead: Lead
    programme_label: str
    household: HouseholdLine | None
    person: PersonLine | None

    @property
    def kind(self) -> Kind:
        return Kind(self.lead.kind)

    @property
    def state(self) -> State:
        return State(self.lead.state)


@dataclass(frozen=True)
class LeadPage:
    """One page of a list; `count` is of the whole list."""

    lines: list[LeadLine]
    count: int
    page: int
    pages: int


def lead_page(actor: Actor, which: Filter | None = None, *, page: int = 1, size: int = PAGE) -> LeadPage:
    """A page of `leads`. A page past the end is the last one."""
    found = leads(actor, which)
    size = max(1, min(size, MOST))
    count = found.count()
    pages = max(1, -(-count // size))
    page = min(max(page, 1), pages)
    return LeadPage(lead_lines(actor, found[(page - 1) * size : page * size]), count, page, pages)


def lead_lines(actor: Actor, rows: Iterable[Lead]) -> list[LeadLine]:
    """Leads with their households and persons, in the order given."""
    found = list(rows)
    on = business_date()
    homes = {
        line.id: line
        for line in registry.household_lines(actor, _distinct(r.household_id for r in found), on=on)
    }
    people = registry.person_lines(actor, [r.person_id for r in found if r.person_id is not None])
    return [
        LeadLine(
            row,
            programme_label(row.programme),
            homes.get(row.household_id),
            people.get(row.person_id) if row.person_id is not None else None,
        )
        for row in found
    ]


def _distinct(ids: Iterable[int]) -> list[int]:
    return list(dict.fromkeys(ids))


# -- counts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LeadCount:
    """How many leads of one programme, place, kind or state; `gap_fen` is their monthly difference together."""

    key: str
    label: str
    count: int
    gap_fen: int


_BY = {
    "programme": "programme",
    "township": "division",
    "kind": "kind",
    "state": "state",
    "village": "village",
}


def lead_counts(actor: Actor, by: str, which: Filter | None = None) -> list[LeadCount]:
    """Counts of `leads(actor, which)` by programme, county, township, village, kind or state; empty ones are left out."""
    found = leads(actor, which).order_by()
    if by == "county":
        found = found.annotate(key=Substr("division", 1, 6))
    rows = found.values("key" if by == "county" else _BY[by]).annotate(
        n=Count("id"), fen=Coalesce(Sum("gap_fen"), 0, output_field=BigIntegerField())
    )
    counts = [
        LeadCount(str(row[key]), _count_label(by, row[key]), row["n"], row["fen"])
        for row in rows
        for key in ("key" if by == "county" else _BY[by],)
    ]
    return sorted(counts, key=lambda one: (-one.count, one.key))


def _count_label(by: str, key: str | int) -> str:
    if by == "programme":
        return programme_label(str(key))
    if by == "kind":
        return str(Kind(int(key)).label)
    if by == "state":
        return str(State(str(key)).label)
    return registry.division_name(key)


# -- one lead ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """A fact that would settle a lead: what, of whom, who can supply it."""

    fact: str
    label: str
    person: str
    supplier: Supplier


@dataclass(frozen=True)
class LeadView:
    """One lead with everything an officer needs. `determination` is of today's facts; `live` compares."""

    line: LeadLine
    asks: list[Ask]
    events: list[LeadEvent]
    actions: list[Action]
    live: LiveCheck
    determination: Determination | None
    who: int | None


def lead_of(actor: Actor, public_id: uuid.UUID) -> Lead:
    """One lead in the actor's region; the same `Refusal` whether it lies elsewhere or nowhere."""
    row = leads(actor, Filter(states=())).filter(public_id=public_id).first()
    if row is None:
        raise Refusal(
            "lead.not_found", "没有找到该线索，或不在您的管辖区域内。", next_step="请返回列表重新选择。"
        )
    return row


def lead_view(actor: Actor, public_id: uuid.UUID) -> LeadView:
    """One lead, its ledger, the facts read again now and the full determination behind it."""
    row = lead_of(actor, public_id)
    live = live_check(actor, row)
    [line] = lead_lines(actor, [row])
    mine = actions_for(State(row.state), Kind(row.kind)) if actor.may(Permission.HANDLE_LEADS) else []
    asks = [Ask(*one) for one in ask_lines(actor, row)]
    events = list(LeadEvent.objects.filter(_events_seen(actor), lead=row).order_by("version"))
    return LeadView(line, asks, events, mine, live, live.determination, live.who)


def leads_of_household(actor: Actor, household: int) -> list[LeadLine]:
    """Every lead and review of a household, live ones first."""
    rows = leads(actor, Filter(states=())).filter(household_id=household)
    return lead_lines(actor, sorted(rows, key=lambda r: (State(r.state) not in LIVE, -r.score)))


# -- sweeps --------------------------------------------------------------------------------------------------------


def last_sweep() -> Sweep | None:
    """The last finished sweep of the whole city."""
    whole = Sweep.objects.filter(state=SweepState.FINISHED, report__partial=False)
    return whole.order_by("-started_at").first()


def running_sweep() -> Sweep | None:
    """The sweep that is under way, with its progress."""
    return Sweep.objects.filter(state=SweepState.RUNNING).order_by("-started_at").first()


def sweep_history(*, most: int = 50) -> list[Sweep]:
    """The latest `most` sweeps, the newest first."""
    return list(Sweep.objects.order_by("-started_at")[:most])


@dataclass(frozen=True)
class OutcomeCount:
    """Holders of one programme and place by outcome; in each, those receiving and those not."""

    programme: str
    label: str
    division: str
    holders: dict[Status, int] = field(default_factory=dict)
    receiving: dict[Status, int] = field(default_factory=dict)
    fen: int = 0

    def share(self, status: Status) -> Fraction:
        """Of all holders; 0 where there are none."""
        whole = sum(self.holders.values())
        return Fraction(self.holders.get(status, 0), whole) if whole else Fraction(0)


def outcome_totals(
    actor: Actor, sweep: Sweep, *, by: str = "programme", programme: str = "", division: str = ""
) -> list[OutcomeCount]:
    """What a sweep found in the actor's regions: by `programme`, by `county` or by `township` (each and programme)."""
    actor.require(Permission.SEE_LEADS)
    rows = SweepTotal.objects.filter(_by_township(actor), sweep=sweep)
    if programme:
        rows = rows.filter(programme=programme)
    if division:
        rows = rows.filter(division__gte=division.ljust(9, "0"), division__lte=division.ljust(9, "9"))
    length = {"programme": 0, "county": 6, "township": 9}[by]
    found: dict[tuple[str, str], OutcomeCount] = {}
    for row in rows.values_list("programme", "division", "outcome", "receiving", "holders", "fen"):
        name, place = row[0], row[1][:length]
        one = found.setdefault((name, place), OutcomeCount(name, programme_label(name), place))
        status = Status(row[2])
        one.holders[status] = one.holders.get(status, 0) + row[4]
        if row[3]:
            one.receiving[status] = one.receiving.get(status, 0) + row[4]
        if status is Status.YES:
            found[name, place] = OutcomeCount(
                one.programme, one.label, one.division, one.holders, one.receiving, one.fen + row[5]
            )
    return sorted(found.values(), key=lambda one: (one.division, _rank(one.programme)))


@functools.cache
def _ranks() -> dict[str, int]:
    from minzheng.rulebook import load

    return {program.name: program.rank for program in load().programs}


def _rank(programme: str) -> int:
    return _ranks().get(programme, 10_000)


@dataclass(frozen=True)
class ClauseRate:
    """How often a provision decided `review` or `unknown` of a programme.

    holders: everybody examined. candidates: those who were not plainly refused (yes, unknown, review).
    """

    programme: str
    provision: str
    review: int
    unknown: int
    holders: int
    candidates: int

    @property
    def share_of_candidates(self) -> Fraction:
        """Of those who were not plainly refused."""
        return Fraction(self.review, self.candidates) if self.candidates else Fraction(0)


def clause_rates(sweep: Sweep | None = None) -> list[ClauseRate]:
    """Review and unknown by deciding provision of a sweep (the last one), in the regions of the open scope."""
    sweep = sweep or last_sweep()
    if sweep is None:
        return []
    whole: dict[str, int] = {}
    refused: dict[str, int] = {}
    totals = SweepTotal.objects.filter(sweep=sweep).values_list("programme", "outcome", "holders")
    for name, outcome, holders in totals:
        whole[name] = whole.get(name, 0) + holders
        if outcome == Status.NO:
            refused[name] = refused.get(name, 0) + holders
    found: dict[tuple[str, str], dict[int, int]] = {}
    rows = ClauseTotal.objects.filter(sweep=sweep).values_list("programme", "provision", "outcome", "holders")
    for name, provision, outcome, holders in rows:
        one = found.setdefault((name, provision), {})
        one[outcome] = one.get(outcome, 0) + holders
    rates = [
        ClauseRate(
            name,
            provision,
            counts.get(Status.REVIEW, 0),
            counts.get(Status.UNKNOWN, 0),
            whole.get(name, 0),
            whole.get(name, 0) - refused.get(name, 0),
        )
        for (name, provision), counts in found.items()
    ]
    return sorted(
        (r for r in rates if r.review or r.unknown), key=lambda r: (-r.share_of_candidates, r.provision)
    )


def events_since(actor: Actor, at: datetime) -> QuerySet[LeadEvent]:
    """The ledger of the actor's regions from a moment on, newest first."""
    actor.require(Permission.SEE_LEADS)
    return LeadEvent.objects.filter(_events_seen(actor), at__gte=at).order_by("-at", "-id")


def due(actor: Actor, *, on: date) -> QuerySet[Lead]:
    """Postponed leads whose day has come, and live ones about to expire within a week."""
    from datetime import timedelta

    return leads(actor).filter(
        Q(state=State.POSTPONED, until__lte=on) | Q(expires_on__lte=on + timedelta(days=7))
    )
