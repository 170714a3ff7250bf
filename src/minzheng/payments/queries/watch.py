"""What is held, what travels to and from the bank, what has to be recovered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from minzheng.base.queries import names_of_actors
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.funds import FUNDS
from minzheng.payments.models import BankFile, Hold, Lift, Payer, Recovery, ReturnFile
from minzheng.payments.queries.places import in_counties, in_places
from minzheng.payments.types import HoldKind


@dataclass(frozen=True)
class HoldLine:
    """A hold with how many of the two have agreed to let it go."""

    hold: Hold
    lifts: int
    by: str

    @property
    def holds(self) -> bool:
        return self.lifts < 2

    @property
    def kind(self) -> HoldKind:
        return HoldKind(self.hold.kind)


def holds(actor: Actor, *, household: int | None = None, lifted: bool = False) -> list[HoldLine]:
    """Holds of the actor's regions that hold (or were lifted), stops of a wider region among them; the newest first."""
    actor.require(Permission.SEE_PAYMENTS)
    found = Hold.objects.filter(in_counties(actor, "division") | _above(actor))
    if household is not None:
        found = found.filter(household_id=household)
    gone = Lift.objects.filter(seq=2).values("hold_id")
    found = found.filter(pk__in=gone) if lifted else found.exclude(pk__in=gone)
    rows = list(found.order_by("-at", "-pk"))
    once = set(Lift.objects.filter(hold__in=rows, seq=1).values_list("hold_id", flat=True))
    names = names_of_actors({row.actor for row in rows})
    return [HoldLine(row, 2 if lifted else int(row.pk in once), names[row.actor]) for row in rows]


def _above(actor: Actor) -> Q:
    """Stops of the divisions the actor's own lie in."""
    wider = {region[:length] for region in actor.regions for length in (4, 6, 9) if length <= len(region)}
    return Q(kind=HoldKind.STOP, division__in=wider)


def bank_files(actor: Actor) -> QuerySet[BankFile]:
    """Files to the bank, the newest first."""
    actor.require(Permission.SEE_PAYMENTS)
    return (
        BankFile.objects.filter(in_counties(actor)).select_related("payroll").order_by("-made_at", "number")
    )


def return_files(actor: Actor) -> QuerySet[ReturnFile]:
    """Return files as they were read, the newest first."""
    actor.require(Permission.SEE_PAYMENTS)
    return ReturnFile.objects.filter(in_counties(actor)).select_related("bank_file").order_by("-at")


def payers(actor: Actor) -> list[Payer]:
    """The accounts the actor's counties pay from now; numbers print their mask."""
    actor.require(Permission.SEE_PAYMENTS)
    return list(Payer.objects.filter(in_counties(actor), until=None).order_by("county"))


def recoveries(actor: Actor, *, household: int | None = None, state: str = "") -> QuerySet[Recovery]:
    """Overpayments and what is done about them; a resident's own."""
    if actor.household is None:
        actor.require(Permission.SEE_PAYMENTS)
    found = Recovery.objects.filter(in_places(actor))
    if household is not None:
        found = found.filter(household_id=household)
    return (found.filter(state=state) if state else found).order_by("-changed_at", "-pk")


@dataclass(frozen=True)
class Overpaid:
    """Months of an award in which more is live than its terms say now."""

    award_id: int
    public_id: uuid.UUID
    household_id: int
    division: str
    programme: str
    first: date
    last: date
    paid_fen: int
    due_fen: int

    @property
    def fen(self) -> int:
        return self.paid_fen - self.due_fen


# What is live was within what was due when it became live (`paid_within_due`), so only a term written later can leave
# more paid than due: the months of the awards without such a term need not be looked at.
_OVERPAID = """
    with changed as materialized (
        select distinct t.award_id from awards_term t where t.version > 1 and exists (
            select from payments_monthpaid m where m.award_id = t.award_id and m.month >= t.since
            and (t.until is null or m.month < t.until) and m.fen > case when t.runs then t.fen else 0 end))
    select a.id, a.public_id, a.household_id, a.division, a.programme, min(m.month), max(m.month), sum(m.fen)::bigint,
           sum(coalesce(due.fen, 0))::bigint
    from changed join payments_monthpaid m on m.award_id = changed.award_id join awards_award a on a.id = m.award_id
    left join lateral (
        select case when t.runs then t.fen else 0 end as fen from awards_term t where t.award_id = m.award_id
        and t.since <= m.month and (t.until is null or t.until > m.month) order by t.id desc limit 1) due on true
    where m.fen > coalesce(due.fen, 0)
    and not exists (select from payments_recovery r where r.award_id = m.award_id
                    and r.since <= m.month and r.until > m.month)
    group by 1, 2, 3, 4, 5 order by 4, 1
"""


def overpaid(actor: Actor) -> list[Overpaid]:
    """Awards paid beyond what is due by now, not yet taken up as a recovery. Months paid and due are those that differ."""
    actor.require(Permission.SEE_PAYMENTS)
    return [Overpaid(*row) for row in sql.rows(_OVERPAID)]


def counties_with_awards(actor: Actor) -> list[str]:
    """Counties of the actor in which some award pays money, for whoever builds all payrolls of a month."""
    actor.require(Permission.SEE_PAYMENTS)
    found = sql.rows(
        "select distinct left(division, 6) from awards_award where programme = any(%s) order by 1",
        [list(FUNDS)],
    )
    return [county for (county,) in found]


def files_read(actor: Actor) -> frozenset[tuple[str, str]]:
    """(name, sha256) of the bank's files that were read, as `bank.transport` asks; statements go by their digest."""
    actor.require(Permission.SEE_PAYMENTS)
    returns = ReturnFile.objects.filter(in_counties(actor)).values_list("name", "sha256")
    return frozenset(returns)
