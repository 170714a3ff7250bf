"""Short messages to payees: written once for what happened, sent at most once each, whatever breaks off in between.

What arrived is told after the bank's return was booked, by a row of the outbox that the booking left. A message that was
offered without an answer is asked for at the gateway before it is offered again; its number never changes.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.db import transaction

from minzheng.base.actions import record
from minzheng.base.scope import scope
from minzheng.base.sealed import opener
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.errors import not_found
from minzheng.payments.faults import reach
from minzheng.payments.funds import PURPOSES
from minzheng.payments.models import Notice, Outbox, ReturnFile
from minzheng.payments.models.accounts import ACCOUNT_TABLE, PHONE_COLUMN
from minzheng.payments.sms.client import Answer, Known, Message
from minzheng.payments.types import NoticeKind, NoticeState

TOPIC = "notices"
AT_ONCE, LEASE = 50, timedelta(minutes=15)
MOST_ATTEMPTS = 8
_FIRST_WAIT, _SHUT_OUT_WAIT = timedelta(minutes=1), timedelta(minutes=10)
_SHUT_OUT = "SHUT_OUT"

#: What arrived and stayed, told to the phone that was given with the account.
_ARRIVED = """
    insert into payments_notice (id, division, household_id, account_id, kind, payment_id, params, text, state,
        attempts, message_id, problem)
    select md5('notice|' || p.id)::uuid, p.division, p.household_id, p.account_id, 'paid', p.id,
           jsonb_build_object('what', w.what, 'yuan', w.yuan, 'day', w.day, 'tail', a.tail),
           '您家' || w.what || ' ' || w.yuan || ' 元已于 ' || w.day || ' 入账，账户尾号 ' || a.tail || '。如未收到请拨打 12345。',
           'waiting', 0, '', ''
    from payments_transfer t join payments_returnline l on l.id = t.returnline_id
    join payments_payment p on p.id = t.payment_id join payments_account a on a.id = p.account_id
    cross join lateral (select to_char(p.month, 'YYYY"年"FMMM"月"') || %(purpose)s as what,
        to_char(t.fen / 100::numeric, 'FM999999999990.00') as yuan, to_char(t.on_day, 'YYYY-MM-DD') as day) w
    where l.file_id = %(file)s and t.phase = 'post' and a.sealed_phone is not null
    and not exists (select from payments_transfer r where r.settles = t.id)
    on conflict do nothing
"""

_TAKE = """
    with due as (
        select n.id, n.state from payments_notice n
        where n.state in ('waiting', 'sending', 'unknown') and n.due_at <= clock_timestamp()
        and (n.lease_until is null or n.lease_until < clock_timestamp())
        order by n.due_at, n.id for update skip locked limit %(most)s
    ), taken as (
        update payments_notice n set state = 'sending', lease_until = clock_timestamp() + %(lease)s,
            attempts = n.attempts + 1 from due where n.id = due.id
        returning n.id, due.state as before, n.account_id, n.kind, n.params, n.attempts
    ) select t.id, t.before, t.kind, t.params, t.attempts, a.sealed_phone, a.public_id::text
    from taken t join payments_account a on a.id = t.account_id
"""

_SETTLE = """
    update payments_notice set state = %(state)s, problem = %(problem)s, message_id = %(message)s, lease_until = null,
        attempts = attempts - %(back)s, due_at = clock_timestamp() + %(wait)s, sent_at = case when %(state)s = 'sent' then clock_timestamp() end
    where id = %(id)s and state = 'sending' and attempts = %(attempts)s
"""


class Gateway(Protocol):
    """What sending needs of a gateway (`sms.client.SmsClient`)."""

    def send(self, message: Message) -> Answer: ...

    def look_up(self, number: uuid.UUID) -> Answer: ...


@dataclass(frozen=True)
class _Due:
    id: uuid.UUID
    before: NoticeState
    kind: NoticeKind
    params: dict[str, str]
    attempts: int
    sealed_phone: bytes | None
    place: str


def write_notices(*, actor: Actor) -> int:
    """Messages for what arrived with the returns booked since; returns how many. Safe to repeat, and in many places."""
    written = 0
    with scope(actor):
        boxes = list(Outbox.objects.filter(topic=TOPIC, done_at=None).values_list("pk", flat=True))
    for box in boxes:
        with scope(actor), transaction.atomic():
            row = Outbox.objects.select_for_update(skip_locked=True).filter(pk=box, done_at=None).first()
            if row is None:
                continue
            file = ReturnFile.objects.select_related("bank_file__payroll").get(pk=row.subject)
            assert file.bank_file is not None  # only booked files leave such a row
            purpose = PURPOSES[file.bank_file.payroll.programme]
            with sql.whole_lists():
                written += sql.run(_ARRIVED, {"file": file.pk, "purpose": purpose})
            sql.run("update payments_outbox set done_at = clock_timestamp() where id = %s", [row.pk])
    return written


def send_notices(*, actor: Actor, gateway: Gateway, templates: dict[NoticeKind, str]) -> Counter[Known]:
    """Offer what is due. Stops when the gateway shuts us out. Returns how many ended how."""
    ended: Counter[Known] = Counter()
    while taken := _take(actor):
        reach("notice.taken")
        found: list[tuple[_Due, Answer]] = []
        for due in taken:
            answer = (
                Answer(Known.NOT_TAKEN, _SHUT_OUT)
                if ended[Known.SHUT_OUT]
                else _offer(due, gateway, templates)
            )
            ended[answer.known] += 1
            found.append((due, answer))
        reach("notice.offered")
        _settle(actor, found)
        if ended[Known.SHUT_OUT]:
            break
    return ended


@transaction.atomic
def send_again(*, actor: Actor, notice: uuid.UUID) -> None:
    """What did not leave is offered once more, under the number it has. Twice is once."""
    actor.require(Permission.PREPARE_PAYROLL)
    row = Notice.objects.select_for_update().filter(pk=notice).first()
    if row is None or not actor.covers(row.division):
        raise not_found("notice", "短信")
    if row.state != NoticeState.DEAD:
        return
    sql.run(
        "update payments_notice set state = 'unknown', attempts = 0, due_at = clock_timestamp() where id = %s",
        [row.pk],
    )
    record(actor, "send_notice_again", "payments.notice", row.pk, division=row.division)


# -- beneath ---------------------------------------------------------------------------------------------


def _take(actor: Actor) -> list[_Due]:
    """Some that are due and nobody's, under a lease. Opens phones when they are offered: recorded with the batch."""
    with scope(actor), transaction.atomic():
        rows = sql.rows(_TAKE, {"most": AT_ONCE, "lease": LEASE})
        if rows:
            record(actor, "send_notices", "payments.notice", str(uuid.uuid4()), detail={"notices": len(rows)})
    return [
        _Due(
            id_,
            NoticeState(before),
            NoticeKind(kind),
            _decoded(params),
            attempts,
            phone and bytes(phone),
            place,
        )
        for id_, before, kind, params, attempts, phone, place in rows
    ]


def _decoded(params: str | dict[str, str]) -> dict[str, str]:
    """A column of JSON as the cursor gives it: text, unless somebody registered a loader."""
    return dict(json.loads(params) if isinstance(params, str) else params)


def _offer(due: _Due, gateway: Gateway, templates: dict[NoticeKind, str]) -> Answer:
    if due.sealed_phone is None:
        return Answer(Known.REFUSED, "NO_PHONE")
    if due.before is not NoticeState.WAITING:
        # Offered before, or its worker broke off: only what the gateway has not is offered again.
        known = gateway.look_up(due.id)
        if known.known is not Known.NOT_TAKEN or known.code != "NOT_FOUND":
            return known
    phone = opener(table=ACCOUNT_TABLE, column=PHONE_COLUMN)(due.sealed_phone, due.place)
    return gateway.send(Message(due.id, phone, templates[due.kind], due.params))


def _settle(actor: Actor, found: list[tuple[_Due, Answer]]) -> None:
    with scope(actor), transaction.atomic():
        for due, answer in found:
            # Our own trouble is not the message's: it does not use up its attempts.
            shut_out = _is_shut_out(answer)
            wait = _SHUT_OUT_WAIT if shut_out else _FIRST_WAIT * 2 ** (due.attempts - 1)
            sql.run(
                _SETTLE,
                {"id": due.id, "attempts": due.attempts, "state": _state(due, answer).value, "back": int(shut_out),
                 "wait": max(wait, timedelta(seconds=answer.wait)),
                 "problem": "" if answer.known is Known.ACCEPTED else answer.code, "message": answer.message_id},
            )  # fmt: skip
    reach("notice.settled")


def _is_shut_out(answer: Answer) -> bool:
    return answer.known is Known.SHUT_OUT or answer.code == _SHUT_OUT


def _state(due: _Due, answer: Answer) -> NoticeState:
    if answer.known is Known.ACCEPTED:
        return NoticeState.SENT
    if answer.known is Known.REFUSED:
        return NoticeState.DEAD
    if _is_shut_out(answer):
        return due.before if due.before is NoticeState.WAITING else NoticeState.UNKNOWN
    if due.attempts >= MOST_ATTEMPTS:
        return NoticeState.DEAD
    if answer.known is Known.UNKNOWN or due.before is not NoticeState.WAITING:
        return NoticeState.UNKNOWN
    return NoticeState.WAITING
