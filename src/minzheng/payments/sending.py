"""The outbox's worker: takes a bank file under a lease with a fence, sends it, and notes what is known of it.

An outcome that is not known is a state of its own: the same bytes under the same name are offered again, or the bank is
asked; nothing is ever paid under another id because an answer was missing.
"""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.scope import scope
from minzheng.base.types import Actor
from minzheng.payments import sql
from minzheng.payments.bank.types import Delivery, Receipt, WrittenFile
from minzheng.payments.faults import reach
from minzheng.payments.models import BankFile, Outbox
from minzheng.payments.release import write_file
from minzheng.payments.returns import void_file
from minzheng.payments.types import FileState
from minzheng.values.errors import Defect

LEASE = timedelta(minutes=10)
RETRY = timedelta(minutes=5)


class Door(Protocol):
    """What sending needs of a bank (`bank.transport.BankDoor`)."""

    def deliver(self, file: WrittenFile) -> Receipt: ...


@dataclass(frozen=True)
class Sent:
    """One file and how far it got."""

    number: str
    state: FileState
    text: str


def send_files(*, actor: Actor, door: Door, worker: str, most: int = 1_000) -> list[Sent]:
    """Send what is due, each file in its own transactions. Safe to run many times and in many places at once."""
    done: list[Sent] = []
    while len(done) < most and (taken := _take(actor, worker)) is not None:
        done.append(_send(actor, door, *taken))
    return done


def _take(actor: Actor, worker: str) -> tuple[uuid.UUID, int] | None:
    """The next file that is due and nobody's, with the fence of this lease."""
    with scope(actor):
        found = sql.row(
            "update payments_outbox o set lease_by = %s, lease_until = clock_timestamp() + %s, fence = fence + 1,"
            " attempts = attempts + 1 where o.id = (select id from payments_outbox where done_at is null"
            " and topic = 'bank_file' and due_at <= clock_timestamp()"
            " and (lease_until is null or lease_until < clock_timestamp())"
            " and not payments_stopped(county) order by due_at for update skip locked limit 1)"
            " returning o.subject, o.fence",
            [worker, LEASE],
        )
    if found is None:
        return None
    reach("send.taken")
    return found[0], found[1]


def _send(actor: Actor, door: Door, file: uuid.UUID, fence: int) -> Sent:
    with tempfile.TemporaryDirectory(prefix="minzheng-") as folder:
        with scope(actor):
            row = BankFile.objects.select_related("payroll", "payer").get(pk=file)
            written = write_file(row, Path(folder))
        if (written.sha256, written.size, written.name) != (row.sha256, row.size, row.name):
            raise Defect("重新生成的银行文件与发放时的摘要不符，未发送。", code="bank.file_differs")
        _note(actor, file, fence, FileState.SENDING, "")
        reach("send.written")
        receipt = door.deliver(written)
    reach("send.sent")
    sent = _settled(actor, file, fence, receipt)
    reach("send.noted")
    return sent


def _settled(actor: Actor, file: uuid.UUID, fence: int, receipt: Receipt) -> Sent:
    """What the bank's receipt makes of the file."""
    states = {
        Delivery.ACKNOWLEDGED: FileState.SENT,
        Delivery.REJECTED: FileState.REJECTED,
        Delivery.UNKNOWN: FileState.UNKNOWN,
        Delivery.NOT_SENT: FileState.QUEUED,
    }
    return _note(actor, file, fence, states[receipt.state], receipt.text)


@transaction.atomic
def _note(actor: Actor, file: uuid.UUID, fence: int, state: FileState, text: str) -> Sent:
    """Write down how far the file got, unless somebody else holds it by now."""
    with scope(actor):
        box = Outbox.objects.select_for_update().get(topic="bank_file", subject=file)
        row = BankFile.objects.select_for_update().get(pk=file)
        if box.fence != fence:
            return Sent(row.number, FileState(row.state), "已由另一进程接手")
        # A return that was quicker than the acknowledgement has said more than it.
        if row.state not in (FileState.ANSWERED, FileState.REJECTED):
            row.state, row.problem = state, "" if state is FileState.SENT else text
            row.save(update_fields=["state", "problem"])
        if state is FileState.REJECTED:
            void_file(actor, row, text)
        if state is not FileState.SENDING:
            _give_back(box, row, text)
            record(
                actor, "send_bank_file", "payments.bankfile", row.pk, division=row.county,
                detail={"state": row.state, "attempt": box.attempts, "fence": fence},
            )  # fmt: skip
        return Sent(row.number, FileState(row.state), text)


def _give_back(box: Outbox, row: BankFile, text: str) -> None:
    box.lease_until = None
    box.problem = text
    if row.state in (FileState.SENT, FileState.REJECTED, FileState.ANSWERED):
        box.done_at = timezone.now()
    else:
        box.due_at = timezone.now() + RETRY
    box.save(update_fields=["lease_until", "problem", "done_at", "due_at"])
