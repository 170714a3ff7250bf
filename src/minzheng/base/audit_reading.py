"""Reading the audit: what somebody did, who saw somebody. The database limits the rows to the reader's regions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from minzheng.base.actions import record
from minzheng.base.models import AuditEntry, Staff
from minzheng.base.queries import names_of_actors
from minzheng.base.types import Actor, Permission

PAGE = 50


@dataclass(frozen=True)
class Asked:
    """What is looked for; empty fields ask for nothing."""

    username: str = ""
    verb: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: uuid.UUID | None = None

    @property
    def is_narrow(self) -> bool:
        return bool(self.username or self.verb or self.subject or self.since or self.until)


@dataclass(frozen=True)
class AuditLine:
    """One entry with the name of who acted."""

    entry: AuditEntry
    who: str


def audit_lines(actor: Actor, asked: Asked) -> tuple[list[AuditLine], uuid.UUID | None]:
    """The entries, the newest first, and where the next page begins. Looking for something is itself recorded."""
    actor.require(Permission.SEE_AUDIT)
    rows = AuditEntry.objects.filter(_condition(asked)).order_by("-at", "-id")
    if asked.before is not None:
        last = AuditEntry.objects.filter(pk=asked.before).first()
        if last is not None:
            rows = rows.filter(Q(at__lt=last.at) | Q(at=last.at, id__lt=last.pk))
    found = list(rows[: PAGE + 1])
    if asked.is_narrow and asked.before is None:
        record(
            actor,
            "read_audit",
            "audit",
            "search",
            detail={"username": asked.username, "verb": asked.verb, "subject": asked.subject},
        )
    shown = found[:PAGE]
    names = names_of_actors({entry.actor for entry in shown})
    lines = [AuditLine(entry, names[entry.actor]) for entry in shown]
    return lines, shown[-1].pk if len(found) > PAGE else None


def _condition(asked: Asked) -> Q:
    wanted = Q()
    if asked.username:
        staff = Staff.objects.filter(username=asked.username).first()
        wanted &= Q(actor=f"staff:{staff.pk}") if staff else Q(pk__in=[])
    if asked.verb:
        wanted &= Q(verb=asked.verb)
    if asked.subject:
        wanted &= Q(subject=asked.subject)
    if asked.since:
        wanted &= Q(at__gte=asked.since)
    if asked.until:
        wanted &= Q(at__lt=asked.until)
    return wanted
