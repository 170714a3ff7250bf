"""Proposals and where they stand, whom they affect in the actor's regions, and what came into force since."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from minzheng.assessment.enacting.law import last_enactment
from minzheng.assessment.enacting.models import Enactment, Impact, ImpactRow, Proposal, Signature
from minzheng.assessment.enacting.types import RULEBOOK, Kind, Side, Stage
from minzheng.base.types import Actor, Permission
from minzheng.rulebook import load
from minzheng.rules.explain.sentences import shown
from minzheng.rules.language.declare import Parameter
from minzheng.rules.parameters import encode
from minzheng.values.errors import Refusal


@dataclass(frozen=True)
class ProposalView:
    """A proposal with its newest list, the signatures over that, and whether it is in force."""

    proposal: Proposal
    impact: Impact | None
    signatures: tuple[Signature, ...]
    enactment: Enactment | None
    withdrawn_by: Enactment | None
    stale: bool

    @property
    def kind(self) -> Kind:
        return Kind(self.proposal.kind)

    @property
    def is_text(self) -> bool:
        """Whether it is about an edition of the rulebook, and not about one value."""
        return self.proposal.key == RULEBOOK

    @property
    def label(self) -> str:
        return "规则文本和数值" if self.is_text else self.parameter.label

    @property
    def parameter(self) -> Parameter:
        return load().parameters.declared[self.proposal.key]

    @property
    def value(self) -> str:
        """The proposed value in words, of a text the beginning of its digest; of a withdrawal what is taken back."""
        of = self.proposal.withdraws if self.kind is Kind.WITHDRAWAL else self.proposal
        assert of is not None
        if self.is_text:
            return f"版本 {of.value[:8]}"
        typed = {"true": True, "false": False}.get(of.value, of.value)
        exact = encode(self.parameter, typed, "提案")
        assert exact is not None
        return shown(exact, self.parameter.kind)

    @property
    def stage(self) -> Stage:
        if self.enactment is not None:
            return Stage.IN_FORCE if self.withdrawn_by is None else Stage.TAKEN_BACK
        if self.impact is None:
            return Stage.PROPOSED
        return Stage.SIGNED if self.signatures else Stage.PRICED

    @property
    def summary(self) -> dict[str, Any]:
        return {} if self.impact is None else dict(json.loads(self.impact.summary))

    def side_of(self, actor: Actor) -> Side | None:
        """Which signature it is this actor's turn to give; none where there is none."""
        if self.impact is None or self.enactment is not None or self.stale:
            return None
        given = {Side(one.side) for one in self.signatures}
        if str(self.proposal.natural_person) == actor.natural_person:
            return Side.FIRST if not given and actor.may(Permission.PROPOSE_RULES) else None
        return Side.SECOND if given == {Side.FIRST} and actor.may(Permission.ENACT_RULES) else None


def proposals(actor: Actor) -> QuerySet[Proposal]:
    """All of them, the latest first."""
    _allowed(actor)
    return Proposal.objects.order_by("-at", "id")


def views(rows: Iterable[Proposal]) -> list[ProposalView]:
    """The rows with everything that stands beside them: the same few queries for any number of rows."""
    wanted = [row.pk for row in rows]
    found = Proposal.objects.filter(pk__in=wanted).select_related(
        "withdraws", "enactment", "enactment__withdrawn_by__proposal"
    )
    lists = Impact.objects.order_by("at")
    signed = Signature.objects.order_by("at")
    found = found.prefetch_related(Prefetch("impacts", lists), Prefetch("signatures", signed))
    by_key, last = {row.pk: row for row in found}, last_enactment()
    return [_view(by_key[key], last) for key in wanted]


def proposal_view(actor: Actor, proposal: uuid.UUID) -> ProposalView:
    """One of them. Raises `Refusal` where there is none."""
    _allowed(actor)
    row = Proposal.objects.filter(pk=proposal).first()
    if row is None:
        raise Refusal("enacting.not_found", "没有找到该提案。", next_step="请核对编号。")
    return views([row])[0]


def _view(row: Proposal, last: int) -> ProposalView:
    enactment = getattr(row, "enactment", None)
    impacts = list(row.impacts.all())
    impact = impacts[-1] if impacts else None
    if enactment is not None:
        impact = next(one for one in impacts if one.digest == enactment.digest)
    signatures = tuple(
        one for one in row.signatures.all() if impact is not None and one.digest == impact.digest
    )
    stale = impact is not None and enactment is None and impact.after != last
    withdrawn_by = None if enactment is None else getattr(enactment, "withdrawn_by", None)
    return ProposalView(row, impact, signatures, enactment, withdrawn_by, stale)


def affected(actor: Actor, impact: Impact, *, programme: str = "", county: str = "") -> QuerySet[ImpactRow]:
    """The rows of a list in the actor's regions, by place."""
    _allowed(actor)
    allowed = Q(pk__in=[])
    for region in actor.regions:
        allowed |= Q(division__startswith=region)
    rows = ImpactRow.objects.filter(allowed, impact=impact)
    if programme:
        rows = rows.filter(programme=programme)
    if county:
        rows = rows.filter(division__startswith=county)
    return rows.order_by("division", "programme", "id")


def _allowed(actor: Actor) -> None:
    """Those who propose and sign, and those who weigh reforms."""
    if not (actor.may(Permission.PROPOSE_RULES) or actor.may(Permission.ENACT_RULES)):
        actor.require(Permission.SIMULATE)


# -- for whoever recomputes running awards -------------------------------------------------------------------------


@dataclass(frozen=True)
class CameIntoForce:
    """One enactment: which parameter, where, from which month; a withdrawal ends the value of another with a month.

    households: those on the list that was signed.
    """

    number: int
    kind: Kind
    key: str
    place: str
    since: date
    at: datetime
    impact: uuid.UUID


def came_into_force(*, after: int) -> Sequence[CameIntoForce]:
    """What came into force after an enactment already dealt with (0: everything), in order."""
    rows = Enactment.objects.filter(id__gt=after).select_related("proposal").order_by("id")
    lists = {
        (one.proposal_id, one.digest): one.pk
        for one in Impact.objects.filter(proposal__in=[row.proposal_id for row in rows])
    }
    return [
        CameIntoForce(
            row.pk, Kind(row.proposal.kind), row.proposal.key, row.proposal.place, row.proposal.since, row.at,
            lists[row.proposal_id, row.digest],
        )
        for row in rows
    ]  # fmt: skip


def households_of(impact: uuid.UUID) -> QuerySet[ImpactRow, int]:
    """The households on a list, each once, in the open scope's regions."""
    rows = ImpactRow.objects.filter(impact_id=impact).order_by("household_id")
    return rows.values_list("household_id", flat=True).distinct()
