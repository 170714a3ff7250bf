"""Telephones of residents: sealed, dated, changed at the window; the old telephone hears of it."""

from __future__ import annotations

import re
import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.models import ResidentPhone
from minzheng.base.sealed import Sealed, seal, unseal
from minzheng.base.senders import send_in_background, sender
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Refusal

_PLACE = {"table": "base_residentphone", "column": "number"}
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)


@transaction.atomic
def record_phone(*, actor: Actor, person: int, division: str, number: str, reason: str) -> ResidentPhone:
    """Note the telephone of a resident who is present; the earlier one is told, and stays readable in the history."""
    actor.require(Permission.RECEIVE_CASES)
    digits = number.strip().replace(" ", "").replace("-", "")
    if not _MOBILE.fullmatch(digits):
        raise Refusal("phone.format", "手机号码应为 11 位数字。", field="number")
    if not reason.strip():
        raise Refusal("phone.no_reason", "请填写登记或变更的事由。", field="reason")
    before = ResidentPhone.objects.select_for_update().filter(person_id=person, until=None).first()
    if before is not None:
        ResidentPhone.objects.filter(pk=before.pk).update(until=timezone.now())
    key = uuid.uuid4()
    row = ResidentPhone.objects.create(
        id=key, person_id=person, division=division, number=seal(digits, row=str(key), **_PLACE)
    )
    record(actor, "record_phone", "person", person, division=division, reason=reason)
    if before is not None:
        old, by = opened_number(before), sender()
        text = "【民政服务】您登记的手机号码已经变更。不是本人办理的，请立即拨打 12345。"
        transaction.on_commit(lambda: send_in_background(by, old, text, reference=str(key)))
    return row


def phone_of(person: int) -> Sealed | None:
    """The telephone in use as a value that prints `138****1234`; None when none is on record or in scope."""
    row = ResidentPhone.objects.filter(person_id=person, until=None).first()
    if row is None:
        return None
    digits = opened_number(row)
    return Sealed(
        bytes(row.number), _PLACE["table"], _PLACE["column"], str(row.pk), f"{digits[:3]}****{digits[-4:]}"
    )


def phone_since(person: int) -> datetime | None:
    """Since when the telephone in use is on record: a bank card is not changed together with it."""
    row = ResidentPhone.objects.filter(person_id=person, until=None).first()
    return row.since if row else None


def opened_number(row: ResidentPhone) -> str:
    """For sending, and for the mask."""
    return unseal(bytes(row.number), row=str(row.pk), **_PLACE)
