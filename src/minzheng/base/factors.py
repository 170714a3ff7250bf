"""The second factor: a time-based code (TOTP) from the officer's phone, taken once.

The secret is sealed and seen by its holder at enrolment only. Demonstration accounts show their current code on the
page, marked as demonstration; outside demonstration mode they do not exist.
"""

from __future__ import annotations

import hmac
import io
import time
import uuid
from dataclasses import dataclass

import pyotp
import segno
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from minzheng.base.models import Factor, Staff
from minzheng.base.sealed import seal, unseal

_STEP = 30
_ISSUER = "民政业务平台"


@dataclass(frozen=True)
class Enrolment:
    """What is shown once to who enrols: the secret to type, and the same as a picture to scan."""

    secret: str
    picture: str


def is_enrolled(staff: Staff) -> bool:
    return Factor.objects.filter(staff=staff, ended_at=None).exclude(confirmed_at=None).exists()


def begin(staff: Staff) -> Enrolment:
    """A secret to enrol; asked again before it is confirmed, the same one. Must run inside a scope.

    A factor in use stays good until the new one is confirmed.
    """
    waiting = Factor.objects.filter(staff=staff, ended_at=None, confirmed_at=None).first() or _made(staff)
    secret = _opened(waiting)
    return Enrolment(secret, _picture(staff, secret))


def confirm(staff: Staff, code: str) -> bool:
    """Whether the code proves that the secret was taken over; from then on the factor is in use."""
    waiting = Factor.objects.select_for_update().filter(staff=staff, ended_at=None, confirmed_at=None).first()
    step = _step_of(waiting, code) if waiting else None
    if waiting is None or step is None:
        return False
    Factor.objects.filter(staff=staff, ended_at=None).exclude(pk=waiting.pk).update(ended_at=timezone.now())
    Factor.objects.filter(pk=waiting.pk).update(confirmed_at=timezone.now(), last_step=step)
    return True


def check(staff: Staff, code: str) -> bool:
    """Whether the code is right now, and was not used before (a demonstration's codes may be, many share them)."""
    factor = (
        Factor.objects.select_for_update()
        .filter(staff=staff, ended_at=None)
        .exclude(confirmed_at=None)
        .first()
    )
    step = _step_of(factor, code) if factor else None
    if factor is None or step is None:
        return False
    if shown_in_demonstration(staff):
        return True
    return bool(Factor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step))


def end(staff: Staff) -> None:
    Factor.objects.filter(staff=staff, ended_at=None).update(ended_at=timezone.now())


def shown_in_demonstration(staff: Staff) -> bool:
    return settings.DEMO and staff.is_demo


def demonstration_code(staff: Staff) -> str:
    """The current code of a demonstration account, enrolling it on the first occasion; empty for any other account."""
    if not shown_in_demonstration(staff):
        return ""
    # Many people use one demonstration account at once: the first of them enrols it.
    Staff.objects.select_for_update().get(pk=staff.pk)
    in_use_first = F("confirmed_at").desc(nulls_last=True)
    factor = Factor.objects.filter(staff=staff, ended_at=None).order_by(in_use_first).first() or _made(staff)
    if factor.confirmed_at is None:
        Factor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now())
    return pyotp.TOTP(_opened(factor)).now()


def _made(staff: Staff) -> Factor:
    key = uuid.uuid4()
    sealed = seal(pyotp.random_base32(), table="base_factor", column="secret", row=str(key))
    return Factor.objects.create(id=key, staff=staff, secret=sealed)


def _opened(factor: Factor) -> str:
    return unseal(bytes(factor.secret), table="base_factor", column="secret", row=str(factor.pk))


def _step_of(factor: Factor, code: str) -> int | None:
    """The time step a code belongs to: the current one, or the one before or after for a clock that is off."""
    digits = code.strip().replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        return None
    totp, now = pyotp.TOTP(_opened(factor)), int(time.time()) // _STEP
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found


def _picture(staff: Staff, secret: str) -> str:
    """The QR code as inline SVG. Account and issuer only: no name of a person."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.username, issuer_name=_ISSUER)
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(
        drawn, kind="svg", scale=5, border=4, xmldecl=False, svgns=False, light="#fff", nl=False
    )
    return drawn.getvalue().decode()
