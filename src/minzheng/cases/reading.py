"""Reading what belongs to one case: visits and what they found, statements, papers, who is kin of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from minzheng.base.types import Actor, Permission
from minzheng.cases.models import (
    Appeal,
    Attachment,
    Case,
    Consent,
    Finding,
    KinDeclaration,
    Objection,
    Override,
    StatementRow,
    Visit,
)
from minzheng.cases.types import Found, Stated
from minzheng.cases.where import in_scope


def visits(actor: Actor, row: Case) -> list[Visit]:
    """The visits of a case, the latest first."""
    actor.require(Permission.SEE_CASES)
    return list(Visit.objects.filter(case=row).order_by("-on", "-pk").prefetch_related("attachments"))


def findings(actor: Actor, row: Case) -> list[Finding]:
    """What holds now of what visits found. Each one's `number` is what a form filled in from it is based on."""
    actor.require(Permission.SEE_CASES)
    return list(Finding.objects.filter(case=row, state=Found.CURRENT).order_by("field"))


def conflicts(actor: Actor, row: Case) -> list[tuple[Finding, Finding]]:
    """Pairs that clash: what stands, and what waits beside it."""
    actor.require(Permission.SEE_CASES)
    stands = {one.field: one for one in findings(actor, row)}
    waiting = Finding.objects.filter(case=row, state=Found.CONFLICT).order_by("field", "number")
    return [(stands[one.field], one) for one in waiting.select_related("visit")]


def statements_of(row: Case) -> list[StatementRow]:
    """What the applicant stated, in the order stated."""
    return list(StatementRow.objects.filter(application__cases=row).order_by("position"))


def contradictions(row: Case) -> list[StatementRow]:
    """Statements that differ from the record and wait for an officer."""
    return [one for one in statements_of(row) if one.state == Stated.CONTRADICTED]


@dataclass(frozen=True)
class Papers:
    """Everything filed with a case."""

    attachments: Sequence[Attachment]
    consents: Sequence[Consent]
    objections: Sequence[Objection]
    appeals: Sequence[Appeal]
    judgements: Sequence[Override]


def papers_of(row: Case) -> Papers:
    """What is filed with a case, each kind the latest first; a family does not see who objected (by the database)."""

    def latest(model: Any) -> list[Any]:
        return list(model.objects.filter(case=row).order_by("-pk"))

    return Papers(latest(Attachment), latest(Consent), latest(Objection), latest(Appeal), latest(Override))


def kin_declarations(actor: Actor, *, withdrawn: bool = False) -> QuerySet[KinDeclaration]:
    """The register of near kin in the actor's region, the latest first."""
    actor.require(Permission.DECLARE_KIN)
    rows = KinDeclaration.objects.filter(in_scope(actor, household="pk"))
    if not withdrawn:
        rows = rows.filter(withdrawn_on=None)
    return rows.order_by("-declared_on", "-pk")


def appeals(actor: Actor, standing: str = "") -> QuerySet[Appeal]:
    """Appeals against decisions of the actor's regions, the undecided first, then the latest.

    standing: open (no result yet), late (filed after the limit), lost (the decision was not upheld), kept; empty for all.
    """
    actor.require(Permission.SEE_CASES)
    wanted = {
        "open": Q(decided_on=None),
        "late": Q(in_time=False),
        "lost": Q(upheld=False),
        "kept": Q(upheld=True),
    }.get(standing, Q())
    cases = Case.objects.filter(in_scope(actor)).values("pk")
    rows = Appeal.objects.filter(wanted, case__in=cases).select_related("case")
    return rows.order_by(F("decided_on").desc(nulls_first=True), "-filed_on", "-pk")


def to_supervise(actor: Actor) -> QuerySet[Case]:
    """Decided cases that supervision always looks at: those of near kin (GV-2)."""
    actor.require(Permission.SEE_CASES)
    return Case.objects.filter(in_scope(actor), kin_registered=True, outcome="yes").order_by("-decided_on")
