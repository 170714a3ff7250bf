"""Return and statement files: read whole or refused, then compared with what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from minzheng.payments.bank.fields import from_text
from minzheng.payments.bank.pain002 import read_pain002
from minzheng.payments.bank.records import Layout, Line, read_records
from minzheng.payments.bank.types import (
    Fault,
    LineFault,
    Outcome,
    Reading,
    Reason,
    ReturnFile,
    ReturnLine,
    Sent,
    Statement,
    StatementLine,
    Verdict,
)
from minzheng.values.errors import Refusal

RETURN = Layout(
    magic="MZHP",
    what="回盘文件",
    head=(
        "版本",
        "文件类型",
        "回盘号",
        "批次号",
        "原文件名",
        "制作时间",
        "币种",
        "笔数",
        "成功笔数",
        "成功金额",
        "失败笔数",
        "失败金额",
        "退汇笔数",
        "退汇金额",
        "编码",
        "校验词",
    ),
    line=("序号", "付款编号", "金额", "结果", "原因码", "原因", "入账日期", "银行流水号"),
    total="金额",
)
STATEMENT = Layout(
    magic="MZDZ",
    what="对账文件",
    head=(
        "版本",
        "文件类型",
        "对账单号",
        "付款账户",
        "起始日",
        "截止日",
        "币种",
        "期初余额",
        "期末余额",
        "笔数",
        "编码",
        "校验词",
    ),
    line=("序号", "记账日期", "发生额", "余额", "付款编号", "银行流水号", "摘要"),
    total="发生额",
)
_OUTCOMES = {"S": Outcome.PAID, "F": Outcome.FAILED, "R": Outcome.RETURNED}
_WORDS = {Outcome.PAID: "成功", Outcome.FAILED: "失败", Outcome.RETURNED: "退汇"}
#: Money that came back had arrived: of these two the later word completes the earlier, in whatever order they are read.
_AGREE = {Outcome.PAID, Outcome.RETURNED}


def read_return(content: bytes) -> ReturnFile:
    """A whole return file, CSV or pain.002; `Refusal` naming line and field when it is not whole."""
    if content.lstrip()[:1] == b"<":
        return read_pain002(content)
    records = read_records(content, RETURN)
    lines = tuple(_return_line(line) for line in records.lines)
    _check_sums(records.head, lines)
    return ReturnFile(
        batch=records.head.text("批次号"),
        number=records.head.text("回盘号"),
        count=len(lines),
        fen=sum(line.fen for line in lines),
        lines=lines,
    )


def compare(file: ReturnFile, batch: str, sent: Sent, known: Mapping[UUID, Outcome] | None = None) -> Reading:
    """The return file beside what was sent under `batch`, and beside outcomes already `known`.

    A line that repeats a known outcome is bookable again (booking is idempotent); one that contradicts it is a fault.
    """
    if file.batch != batch:
        raise Refusal(
            "bank.other_batch",
            f"回盘文件属于批次 {file.batch}，不是 {batch}。",
            field="批次号",
            next_step="未登记；请在对应的批次下读取本文件。",
        )
    known = known or {}
    bookable: list[ReturnLine] = []
    faults: list[LineFault] = []
    seen: set[UUID] = set()
    for line in file.lines:
        fault = _fault(line, sent, known, seen)
        seen.add(line.payment_id)
        if fault is None:
            bookable.append(line)
        else:
            faults.append(fault)
    # Of a payment that stands twice no line is right: which one would be booked must not hang on their order.
    twice = {fault.payment_id for fault in faults if fault.fault is Fault.DUPLICATE_LINE}
    faults += [_line_fault(line, Fault.DUPLICATE_LINE) for line in bookable if line.payment_id in twice]
    bookable = [line for line in bookable if line.payment_id not in twice]
    answered = {line.payment_id for line in bookable} | set(known)
    unanswered = tuple(payment for payment in sent if payment not in answered)
    faults.sort(key=lambda fault: fault.line)
    return Reading(
        file,
        tuple(bookable),
        tuple(faults),
        unanswered,
        _verdict(bookable, known.values(), faults, unanswered),
    )


def read_statement(content: bytes) -> Statement:
    """A whole statement of the payer's account whose balances run through from line to line."""
    records = read_records(content, STATEMENT)
    head = records.head
    balance = head.whole("期初余额")
    lines = []
    for line in records.lines:
        balance += line.whole("发生额")
        if line.whole("余额") != balance:
            line.refuse("余额", f"应为 {balance} 分")
        lines.append(_statement_line(line))
    if head.whole("期末余额") != balance:
        head.refuse("期末余额", f"应为 {balance} 分")
    if head.whole("笔数") != len(lines):
        head.refuse("笔数", f"与明细 {len(lines)} 行不符")
    return Statement(
        number=head.text("对账单号"),
        account=head.text("付款账户"),
        since=head.day("起始日"),
        until=head.day("截止日"),
        opening_fen=head.whole("期初余额"),
        closing_fen=balance,
        lines=tuple(lines),
    )


def never_paid(claimed: Iterable[ReturnLine], statement: Statement) -> Iterator[ReturnLine]:
    """Lines the bank called paid, booked within the statement's days, for which no such money left the account.

    `claimed` are payments from this statement's account only.
    """
    left = {(line.payment_id, -line.fen) for line in statement.lines}
    for line in claimed:
        if line.outcome is not Outcome.PAID or line.booked_on is None:
            continue
        covered = statement.since <= line.booked_on <= statement.until
        if covered and (line.payment_id, line.fen) not in left:
            yield line


def _return_line(line: Line) -> ReturnLine:
    outcome = _OUTCOMES.get(line.text("结果"))
    if outcome is None:
        line.refuse("结果", "应为 S（成功）、F（失败）或 R（退汇）")
    code = line.text("原因码")
    if (outcome is Outcome.PAID) is bool(code):
        line.refuse("原因码", "与结果不符：成功时为空，失败和退汇时必填")
    if code and code not in set(Reason):
        line.refuse("原因码", "不在约定的代码表中")
    if (outcome is Outcome.FAILED) is bool(line.text("入账日期")):
        line.refuse("入账日期", "与结果不符：成功和退汇时必填，失败时为空")
    if line.whole("金额") <= 0:
        line.refuse("金额", "须大于 0")
    return ReturnLine(
        payment_id=line.uuid("付款编号"),
        outcome=outcome,
        code=code,
        text=from_text(line.text("原因")),
        fen=line.whole("金额"),
        booked_on=line.day("入账日期") if outcome is not Outcome.FAILED else None,
        reference=line.text("银行流水号"),
        line=line.number,
    )


def _check_sums(head: Line, lines: tuple[ReturnLine, ...]) -> None:
    head.instant("制作时间")
    if head.whole("笔数") != len(lines):
        head.refuse("笔数", f"与明细 {len(lines)} 行不符")
    for outcome, word in _WORDS.items():
        of_it = [line.fen for line in lines if line.outcome is outcome]
        if head.whole(f"{word}笔数") != len(of_it):
            head.refuse(f"{word}笔数", f"与明细中的 {len(of_it)} 笔不符")
        if head.whole(f"{word}金额") != sum(of_it):
            head.refuse(f"{word}金额", f"与明细合计 {sum(of_it)} 分不符")


def _fault(line: ReturnLine, sent: Sent, known: Mapping[UUID, Outcome], seen: set[UUID]) -> LineFault | None:
    if line.payment_id not in sent:
        return _line_fault(line, Fault.UNKNOWN_PAYMENT)
    if line.payment_id in seen:
        return _line_fault(line, Fault.DUPLICATE_LINE)
    if line.fen != sent[line.payment_id]:
        return _line_fault(line, Fault.AMOUNT_DIFFERS)
    before = known.get(line.payment_id, line.outcome)
    if before is not line.outcome and not {before, line.outcome} <= _AGREE:
        return _line_fault(line, Fault.CONTRADICTS)
    return None


_FAULTY_FIELDS = {
    Fault.UNKNOWN_PAYMENT: "付款编号",
    Fault.DUPLICATE_LINE: "付款编号",
    Fault.AMOUNT_DIFFERS: "金额",
    Fault.CONTRADICTS: "结果",
}


def _line_fault(line: ReturnLine, fault: Fault) -> LineFault:
    field = _FAULTY_FIELDS[fault]
    return LineFault(line.line, field, fault, line.payment_id, f"第 {line.line} 行“{field}”：{fault.label}")


def _verdict(
    bookable: list[ReturnLine],
    known: Iterable[Outcome],
    faults: list[LineFault],
    unanswered: tuple[UUID, ...],
) -> Verdict:
    if faults:
        return Verdict.FAULTY
    if unanswered:
        return Verdict.INCOMPLETE
    outcomes = {*(line.outcome for line in bookable), *known}
    return Verdict.ALL_PAID if outcomes <= {Outcome.PAID} else Verdict.SOME_FAILED


def _statement_line(line: Line) -> StatementLine:
    return StatementLine(
        payment_id=line.uuid("付款编号") if line.text("付款编号") else None,
        fen=line.whole("发生额"),
        booked_on=line.day("记账日期"),
        reference=line.text("银行流水号"),
        text=from_text(line.text("摘要")),
        line=line.number,
    )
