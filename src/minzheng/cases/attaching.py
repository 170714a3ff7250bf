"""Documents of a case and the authorisations people sign in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date

from django.db import transaction

from minzheng.base import documents
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases.models import Attachment, Case, Consent
from minzheng.cases.moving import Taken
from minzheng.cases.needs import whose_consent
from minzheng.cases.where import case_row
from minzheng.values.errors import Refusal
from minzheng.values.month import Month

PURPOSE = "核对家庭经济状况"
ECONOMIC_CHECK = "economic_check"
CONSENT_MONTHS = 12


@transaction.atomic
def attach(
    *, actor: Actor, case: uuid.UUID, document: uuid.UUID, kind: str, title: str = "", on: date
) -> Attachment:
    """Put a kept document into a case; twice is once. A resident puts in the own household's."""
    row = case_row(actor, case, lock=True)
    if not actor.is_resident and not actor.may(Permission.RECEIVE_CASES):
        actor.require(Permission.INVESTIGATE)
    if row.closed_on is not None and not row.appeals.filter(decided_on=None).exists():
        raise Refusal("case.closed", "该办件已办结，不能再补充材料。")
    kept = documents.document(actor, document)
    if kept is None:
        raise Refusal("attachment.not_found", "没有找到该材料，或不在您的管辖区域内。", field="document")
    if kept.household_id is not None and kept.household_id != row.household_id:
        raise Refusal("attachment.other_household", "该材料是另一家庭的，不能放入本办件。")
    attached, _fresh = Attachment.objects.get_or_create(
        case=row,
        document=kept.public_id,
        defaults={"kind": kind[:32], "title": title[:64], "added_on": on},
    )
    return attached


@transaction.atomic
def sign(
    *,
    actor: Actor,
    case: uuid.UUID,
    people: Sequence[int],
    until: date,
    on: date,
    scope: str = ECONOMIC_CHECK,
    document: uuid.UUID | None = None,
) -> list[Consent]:
    """People of the household authorise enquiries about them (CK-1). Who has signed already stays as signed."""
    row = case_row(actor, case, lock=True)
    if not actor.is_resident:
        actor.require(Permission.RECEIVE_CASES)
    _theirs(actor, row, people)
    signed = []
    for person in dict.fromkeys(people):
        consent, _fresh = Consent.objects.get_or_create(
            case=row,
            person_id=person,
            scope=scope,
            withdrawn_on=None,
            defaults={"purpose": PURPOSE, "since": on, "until": until, "document": document},
        )
        signed.append(consent)
    record(
        actor,
        "sign_consent",
        "cases.case",
        row.public_id,
        division=row.division,
        detail={"scope": scope, "people": len(signed)},
    )
    return signed


def sign_by_step(taken: Taken) -> None:
    """The step `authorise`: a resident signs for himself; an officer enters the form everybody in the household signed."""
    people = [taken.actor.person] if taken.actor.is_resident else whose_consent(taken.case)
    until = Month.of(taken.on).plus(CONSENT_MONTHS).last_day
    sign(
        actor=taken.actor,
        case=taken.case.public_id,
        people=[one for one in people if one is not None],
        until=until,
        on=taken.on,
    )


def _theirs(actor: Actor, row: Case, people: Sequence[int]) -> None:
    """A resident signs for himself alone; an officer takes the signatures of those the case is about."""
    if actor.is_resident and set(people) != {actor.person}:
        raise Refusal("consent.not_yours", "只能由本人签署自己的授权。", article="CK-1")
    if not set(people) <= set(whose_consent(row)):
        raise Refusal("consent.not_a_member", "签署人不是该家庭的成员。", article="CK-1")


@transaction.atomic
def withdraw_consent(*, actor: Actor, consent: uuid.UUID, reason: str, on: date) -> Consent:
    """An authorisation is taken back; what was asked until then stays known."""
    found = Consent.objects.select_related("case").filter(public_id=consent).first()
    if found is None:
        raise Refusal("consent.not_found", "没有找到该授权。")
    row = case_row(actor, found.case.public_id, lock=True)
    _theirs(actor, row, [found.person_id])
    if not actor.is_resident:
        actor.require(Permission.RECEIVE_CASES)
    if found.withdrawn_on is None:
        found.withdrawn_on = on
        found.save(update_fields=["withdrawn_on"])
        record(actor, "withdraw_consent", "cases.case", row.public_id, division=row.division, reason=reason)
    return found
