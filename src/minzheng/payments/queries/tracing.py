"""One payment down to its clauses and on to the bank's answer; everything a household was paid; its accounts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from minzheng.assessment.models import Decision
from minzheng.awards import basis
from minzheng.awards.models import Award, Term
from minzheng.awards.queries import in_scope as award_scope
from minzheng.base.types import Actor, Permission
from minzheng.cases.models import Case
from minzheng.payments.errors import not_found
from minzheng.payments.models import (
    Account,
    BankFile,
    Claim,
    Payment,
    Payroll,
    ReturnLine,
    Signature,
    Transfer,
)
from minzheng.payments.queries.payrolls import standings
from minzheng.payments.queries.places import in_places
from minzheng.payments.types import Standing, Withheld
from minzheng.values.month import Month


@dataclass(frozen=True)
class PaymentView:
    """A payment: where it stands, how it moved, why it is what it is."""

    payment: Payment
    payroll: Payroll | None
    standing: Standing
    ledger: tuple[Transfer, ...]
    signatures: tuple[Signature, ...]
    file: BankFile | None
    returns: tuple[ReturnLine, ...]
    claim: Claim | None
    attempts: tuple[Payment, ...]
    award: Award
    term: Term
    basis: basis.Basis | None
    case: Case | None

    @property
    def reasons(self) -> list[Withheld]:
        return [Withheld(one) for one in (*self.payment.withheld, *self.payment.withheld_at_release)]

    @property
    def decision(self) -> Decision | None:
        return self.term.decision

    @property
    def clauses(self) -> list[str]:
        """Ids of the clauses that were applied, each once, in the order they were asked."""
        if self.basis is None:
            return []
        return list(dict.fromkeys(clause for one in self.basis.clauses for clause in one.clauses))


def payment_view(actor: Actor, payment: uuid.UUID) -> PaymentView:
    """A payment of the actor's regions (or household). From any paid fen back to its clauses."""
    row = _payments(actor).select_related("account").filter(pk=payment).first()
    if row is None:
        raise not_found("payment", "付款")
    award = _awards(actor, [row.award_id])[row.award_id]
    term = Term.objects.select_related("decision").get(pk=row.term_id)
    payroll = Payroll.objects.filter(pk=row.payroll_id).first()
    ledger = (
        Transfer.objects.filter(payment_id=row.pk).select_related("debit", "credit").order_by("at", "phase")
    )
    under = basis.basis_of(award, Month.of(row.month), term)
    case = under.case if under is not None else award.case_id
    return PaymentView(
        payment=row,
        payroll=payroll,
        standing=standings([row.pk])[row.pk],
        ledger=tuple(sorted(ledger, key=lambda one: _ORDER[one.phase])),
        signatures=tuple(
            Signature.objects.filter(payroll=row.payroll_id, digest=payroll.digest) if payroll else ()
        ),
        file=BankFile.objects.filter(payroll=row.payroll_id).first(),
        returns=tuple(ReturnLine.objects.filter(payment_id=row.pk).order_by("pk")),
        claim=Claim.objects.filter(pk=row.claim_id).first() if row.claim_id else None,
        attempts=tuple(
            _payments(actor)
            .filter(award_id=row.award_id, month=row.month, claim_no=row.claim_no)
            .order_by("attempt")
        ),
        award=award,
        term=term,
        basis=under,
        case=Case.objects.filter(public_id=case).first() if case else None,
    )


_ORDER = {"pending": 0, "post": 1, "void": 1, "return": 2, "refund": 3}


def basis_of_payment(actor: Actor, payment: uuid.UUID) -> basis.Basis | None:
    """Decision, clauses, facts and parameters under a payment."""
    return payment_view(actor, payment).basis


@dataclass(frozen=True)
class Paid:
    """One payment of a household as it is told to the family."""

    payment: Payment
    standing: Standing
    award: Award | None

    @property
    def month(self) -> Month:
        return Month.of(self.payment.month)

    @property
    def on(self) -> date | None:
        """When the bank booked it."""
        return getattr(self.payment, "booked_on", None)


def payments_of(actor: Actor, household: int, first: Month, last: Month) -> list[Paid]:
    """Payments of a household for the months from `first` to `last`, the newest month first. Also for residents."""
    rows = list(
        _payments(actor)
        .filter(household_id=household, month__gte=first.first_day, month__lte=last.first_day)
        .select_related("account")
        .order_by("-month", "programme", "person_id", "claim_no", "attempt")
    )
    where = standings([row.pk for row in rows])
    booked = dict(
        Transfer.objects.filter(payment_id__in=[row.pk for row in rows], phase="post").values_list(
            "payment_id", "on"
        )
    )
    for row in rows:
        row.booked_on = booked.get(row.pk)  # type: ignore[attr-defined]
    found = _awards(actor, [row.award_id for row in rows])
    return [Paid(row, where[row.pk], found.get(row.award_id)) for row in rows]


def accounts_of(actor: Actor, household: int) -> list[Account]:
    """Accounts of a household, live ones first; numbers print their mask."""
    _may_see(actor)
    rows = Account.objects.filter(in_places(actor), household_id=household)
    return sorted(rows, key=lambda row: (row.until is not None, -row.pk))


def _payments(actor: Actor) -> QuerySet[Payment]:
    _may_see(actor)
    return Payment.objects.filter(in_places(actor))


def _may_see(actor: Actor) -> None:
    if actor.household is None:
        actor.require(Permission.SEE_PAYMENTS)


def _awards(actor: Actor, numbers: list[int]) -> dict[int, Award]:
    """Awards of the actor's places: whoever sees a payment sees what it rests on."""
    return Award.objects.filter(award_scope(actor)).in_bulk(sorted(set(numbers)))
