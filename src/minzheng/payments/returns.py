"""What the bank answers, booked: return files line by line, set-wise, each payment settled at most once.

The same file twice, files in another order, a file cut short and sent again whole: the ledger comes out the same. A line
that fits nothing is kept with what is wrong about it and moves no money.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.queries import business_date
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.bank.returns import read_return
from minzheng.payments.bank.types import Reason, Verdict
from minzheng.payments.bank.types import ReturnFile as Parsed
from minzheng.payments.build import step
from minzheng.payments.faults import reach
from minzheng.payments.models import BankFile, Outbox, Payroll, ReturnFile
from minzheng.payments.queries.books import books_of
from minzheng.payments.types import Book, FileState, LineVerdict, PayrollState, Phase, ReadState
from minzheng.values.errors import Refusal

_AT_ONCE = 10_000

#: After these the account itself is in doubt: nothing more goes there until two people say so or a new one is registered.
ACCOUNT_REASONS = (
    Reason.ACCOUNT_UNKNOWN, Reason.ACCOUNT_CLOSED, Reason.ACCOUNT_BLOCKED, Reason.NAME_MISMATCH,
    Reason.BANK_UNKNOWN,
)  # fmt: skip

_LINES = {
    "line": "int", "payment_id": "uuid", "outcome": "text", "code": "text", "text": "text", "fen": "bigint",
    "booked_on": "date", "reference": "text", "twice": "boolean",
}  # fmt: skip

_CLASSIFY = f"""
    insert into payments_returnline
        (file_id, county, line, payment_id, outcome, code, text, fen, booked_on, reference, verdict)
    select %(file)s, %(county)s, l.line, l.payment_id, l.outcome, l.code, left(l.text, 200), l.fen, l.booked_on,
           left(l.reference, 64),
           case when t.id is null then 'unknown_payment'
                when l.twice then 'duplicate_line'
                when l.fen <> t.fen then 'amount_differs'
                when s.id is null then 'booked'
                when l.outcome = 'paid' and s.phase = 'post' then 'repeated'
                when l.outcome = 'failed' and s.phase = 'void' then 'repeated'
                when l.outcome = 'returned' and s.phase = 'post'
                    then case when r.id is null then 'booked' else 'repeated' end
                else 'contradicts' end
    from unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in _LINES.items())}) as l ({", ".join(_LINES)})
    left join payments_transfer t on t.id = l.payment_id and t.phase = 'pending' and t.payroll_id = %(payroll)s
    left join payments_transfer s on s.settles = t.id
    left join payments_transfer r on r.settles = s.id
"""

#: One phase of the lines of a file that are to be booked; `from_phase` is what the new row settles.
_BOOK = """
    insert into payments_transfer (id, phase, county, division, household_id, programme, payroll_id, payment_id,
        award_id, month, claim_no, fen, debit_id, credit_id, settles, returnline_id, code, reason, on_day,
        actor)
    select md5(%(phase)s || '|' || t.id)::uuid, %(phase)s, t.county, t.division, t.household_id, t.programme,
        t.payroll_id, t.payment_id, t.award_id, t.month, t.claim_no, t.fen, %(debit)s, %(credit)s, t.id, l.id, l.code,
        l.text, coalesce(l.booked_on, %(on)s), (select guard.scope_actor())
    from payments_returnline l join payments_transfer t on t.payment_id = l.payment_id and t.phase = %(from_phase)s
    where l.file_id = %(file)s and l.verdict = 'booked' and l.outcome = any(%(outcomes)s)
    and not exists (select from payments_transfer s where s.settles = t.id)
"""

_HOLD_ACCOUNTS = """
    insert into payments_hold (public_id, kind, division, household_id, target, reason, actor, on_day, client_key)
    select gen_random_uuid(), 'account', a.division, a.household_id, a.id, '银行退回：' || max(l.text), '', %(on)s,
        md5('account|' || a.id || '|' || max(l.payment_id::text))::uuid
    from payments_returnline l join payments_payment p on p.id = l.payment_id
    join payments_account a on a.id = p.account_id and a.until is null
    where l.file_id = %(file)s and l.verdict = 'booked' and l.code = any(%(codes)s)
    group by a.id, a.division, a.household_id on conflict do nothing
"""

_HOLD_CONTRADICTIONS = """
    insert into payments_hold (public_id, kind, division, household_id, payment_id, reason, actor, on_day, client_key)
    select distinct on (p.id) gen_random_uuid(), 'payment', p.division, p.household_id, p.id,
        '银行先后答复不一致，查清前不得重发', '', %(on)s, md5('contradicts|' || p.id)::uuid
    from payments_returnline l join payments_payment p on p.id = l.payment_id
    where l.file_id = %(file)s and l.verdict = 'contradicts' on conflict do nothing
"""


@transaction.atomic
def read_return_file(*, actor: Actor, name: str, content: bytes, on: date | None = None) -> ReturnFile:
    """Book a return file. Read before: what came of it then. Not whole, or of no batch of ours: kept as refused."""
    actor.require(Permission.RELEASE_PAYROLL)
    on = on or business_date()
    sha256 = hashlib.sha256(content).hexdigest()
    before = ReturnFile.objects.filter(sha256=sha256).first()
    if before is not None:
        return before
    try:
        parsed = read_return(content)
    except Refusal as refusal:
        return _refused(actor, name, sha256, on, str(refusal))
    sent = BankFile.objects.filter(number=parsed.batch).first()
    if sent is None:
        return _refused(actor, name, sha256, on, f"没有批次 {parsed.batch}，未登记。")
    return _booked(actor, sent.pk, name, sha256, parsed, on)


def void_file(actor: Actor, file: BankFile, text: str) -> int:
    """The bank refused the whole file: nothing of it was paid, each payment may be made anew."""
    books = books_of(file.county, file.payroll.programme)
    voided = sql.run(
        "insert into payments_transfer (id, phase, county, division, household_id, programme, payroll_id,"
        " payment_id, award_id, month, claim_no, fen, debit_id, credit_id, settles, code, reason, on_day, actor)"
        " select md5('void|' || t.id)::uuid, 'void', t.county, t.division, t.household_id, t.programme,"
        " t.payroll_id, t.payment_id, t.award_id, t.month, t.claim_no, t.fen, %s, %s, t.id, 'REJECTED', %s, %s, (select guard.scope_actor())"
        " from payments_transfer t where t.payroll_id = %s and t.phase = 'pending'"
        " and not exists (select from payments_transfer s where s.settles = t.id)",
        [books[Book.PAYABLE], books[Book.TREASURY], text, business_date(), file.payroll_id],
    )
    _close(file)
    return voided


# -- beneath ---------------------------------------------------------------------------------------------


def _refused(actor: Actor, name: str, sha256: str, on: date, why: str) -> ReturnFile:
    place = settings.CITY if actor.covers(settings.CITY) else actor.regions[0]
    row = ReturnFile(
        county=place[:6],
        sha256=sha256,
        name=name[:120],
        state=ReadState.REFUSED,
        problem=why,
        on=on,
        actor=actor.key,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # Read at the same moment, or kept for a place the actor does not see: it was refused there as well.
        return row
    record(actor, "refuse_return_file", "payments.returnfile", row.pk, division=row.county, reason=why)
    return row


def _booked(actor: Actor, file_id: uuid.UUID, name: str, sha256: str, parsed: Parsed, on: date) -> ReturnFile:
    # Files of one batch are booked one after another, whoever reads them.
    file = BankFile.objects.select_for_update(of=("self",)).select_related("payroll").get(pk=file_id)
    before = ReturnFile.objects.filter(sha256=sha256).first()
    if before is not None:
        return before
    row = ReturnFile(
        id=uuid.uuid4(), county=file.county, sha256=sha256, name=name[:120], bank_file=file, state=ReadState.BOOKED,
        on=on, actor=actor.key, count=parsed.count, fen=parsed.fen,
    )  # fmt: skip
    with sql.whole_lists():
        _stage(row, file, parsed)
        reach("return.staged")
        _book(row, file, on)
        reach("return.booked")
        _count(row, file)
    row.save(force_insert=True)
    if row.booked:
        # Payees are told of what arrived by the worker, not while the ledger is locked.
        Outbox.objects.create(topic="notices", subject=row.pk, county=row.county)
    reach("return.noted")
    if row.booked + row.repeated:
        _taken(file)
    if not row.unanswered:
        _close(file)
    reach("return.closed")
    record(
        actor, "read_return_file", "payments.returnfile", row.pk, division=row.county,
        detail={"batch": parsed.batch, "verdict": row.verdict, "booked": row.booked, "repeated": row.repeated,
                "faults": row.faults, "unanswered": row.unanswered},
    )  # fmt: skip
    return row


def _stage(row: ReturnFile, file: BankFile, parsed: Parsed) -> None:
    """Write the lines with what is to become of each."""
    times = Counter(line.payment_id for line in parsed.lines)
    place = {"file": row.id, "county": row.county, "payroll": file.payroll_id}
    for at in range(0, len(parsed.lines), _AT_ONCE):
        some = parsed.lines[at : at + _AT_ONCE]
        columns: dict[str, list[Any]] = {
            name: [getattr(line, name) for line in some]
            for name in _LINES
            if name not in ("outcome", "twice")
        }
        columns["outcome"] = [line.outcome.value for line in some]
        columns["twice"] = [times[line.payment_id] > 1 for line in some]
        sql.run(_CLASSIFY, place | columns)


def _book(row: ReturnFile, file: BankFile, on: date) -> None:
    books = books_of(row.county, file.payroll.programme)
    steps = (
        # Money that came back had arrived before, whichever was told first.
        (Phase.POST, Phase.PENDING, Book.PAYABLE, Book.DELIVERED, ["paid", "returned"]),
        (Phase.VOID, Phase.PENDING, Book.PAYABLE, Book.TREASURY, ["failed"]),
        (Phase.RETURN, Phase.POST, Book.DELIVERED, Book.TREASURY, ["returned"]),
    )
    for phase, from_phase, debit, credit, outcomes in steps:
        sql.run(
            _BOOK,
            {"file": row.id, "phase": phase.value, "from_phase": from_phase.value, "debit": books[debit],
             "credit": books[credit], "outcomes": outcomes, "on": on},
        )  # fmt: skip
    sql.run(_HOLD_ACCOUNTS, {"file": row.id, "on": on, "codes": [reason.value for reason in ACCOUNT_REASONS]})
    sql.run(_HOLD_CONTRADICTIONS, {"file": row.id, "on": on})


def _count(row: ReturnFile, file: BankFile) -> None:
    found = sql.rows(
        "select verdict, count(*) from payments_returnline where file_id = %s group by 1", [row.id]
    )
    verdicts = Counter({LineVerdict(verdict): int(number) for verdict, number in found})
    row.booked, row.repeated = verdicts[LineVerdict.BOOKED], verdicts[LineVerdict.REPEATED]
    row.faults = verdicts.total() - row.booked - row.repeated
    ((row.unanswered, failed),) = sql.rows(
        "select count(*) filter (where s.id is null), count(*) filter (where s.phase = 'void' or r.id is not null)"
        " from payments_transfer t left join payments_transfer s on s.settles = t.id"
        " left join payments_transfer r on r.settles = s.id where t.payroll_id = %s and t.phase = 'pending'",
        [file.payroll_id],
    )
    if row.faults:
        row.verdict = Verdict.FAULTY
    elif row.unanswered:
        row.verdict = Verdict.INCOMPLETE
    else:
        row.verdict = Verdict.SOME_FAILED if failed else Verdict.ALL_PAID


def _taken(file: BankFile) -> None:
    """The bank speaks of its payments, so it has the file: an outcome that was not known is known."""
    if file.state in (FileState.QUEUED, FileState.SENDING, FileState.UNKNOWN):
        file.state, file.problem = FileState.SENT, ""
        file.save(update_fields=["state", "problem"])
    Outbox.objects.filter(topic="bank_file", subject=file.pk, done_at=None).update(
        done_at=timezone.now(), lease_until=None
    )


def _close(file: BankFile) -> None:
    """Every payment of the file is settled."""
    if file.state != FileState.REJECTED:
        file.state = FileState.ANSWERED
        file.save(update_fields=["state"])
    payroll = Payroll.objects.select_for_update().get(pk=file.payroll_id)
    if payroll.state == PayrollState.RELEASED:
        step(payroll, PayrollState.CLOSED, reason="全部付款已有结果")
