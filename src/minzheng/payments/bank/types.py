"""What goes to the bank and what comes back. Names and account numbers never show in a `repr`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from minzheng.values.errors import Refusal


class Format(StrEnum):
    """How a batch is written."""

    CSV_GB18030 = "csv-gb18030"
    CSV_UTF8 = "csv-utf8"
    PAIN001 = "pain.001.001.09"

    @property
    def label(self) -> str:
        return _FORMAT_LABELS[self]

    @property
    def suffix(self) -> str:
        return ".xml" if self is Format.PAIN001 else ".csv"


_FORMAT_LABELS = {
    Format.CSV_GB18030: "CSV（GB18030）",
    Format.CSV_UTF8: "CSV（UTF-8）",
    Format.PAIN001: "ISO 20022 pain.001.001.09",
}


@dataclass(frozen=True, slots=True)
class Instruction:
    """Pay `fen` to one account. `payment_id` is the same at every attempt to send it."""

    payment_id: UUID
    name: str = field(repr=False)
    account: str = field(repr=False)
    bank_code: str
    fen: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Payer:
    """The account the treasury pays from."""

    name: str
    account: str = field(repr=False)
    bank_code: str


@dataclass(frozen=True)
class Batch:
    """A released payroll as the bank receives it. `instructions` may be a generator over the database:
    it is read once, and a writer refuses when it does not add up to `count` and `fen`.

    `number` names the batch at the bank (`[A-Z0-9-]{1,30}`): the same number means the same content, for ever.
    """

    number: str
    payer: Payer
    pay_on: date
    made_at: datetime
    count: int
    fen: int
    instructions: Iterable[Instruction] = field(repr=False)


@dataclass(frozen=True)
class WrittenFile:
    """A finished file on disk: what is sent must still be this. `sha256` is over all bytes."""

    path: Path
    name: str
    batch: str
    format: Format
    size: int
    sha256: str
    count: int
    fen: int


class Outcome(StrEnum):
    """What the bank says became of one instruction. RETURNED: it was booked, and the money came back later (退汇)."""

    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


class Reason(StrEnum):
    """Why the bank did not pay: its code in the CSV; the ISO 20022 code beside it is `reason.iso`."""

    ACCOUNT_UNKNOWN = "E01"
    ACCOUNT_CLOSED = "E02"
    ACCOUNT_BLOCKED = "E03"
    NAME_MISMATCH = "E04"
    BANK_UNKNOWN = "E05"
    AMOUNT_REFUSED = "E06"
    DUPLICATE = "E07"
    FUNDS_SHORT = "E08"
    OTHER = "E99"

    @property
    def label(self) -> str:
        return _REASONS[self][1]

    @property
    def iso(self) -> str:
        return _REASONS[self][0]


_REASONS = {
    Reason.ACCOUNT_UNKNOWN: ("AC01", "账号不存在"),
    Reason.ACCOUNT_CLOSED: ("AC04", "账户已销户"),
    Reason.ACCOUNT_BLOCKED: ("AC06", "账户已冻结或止付"),
    Reason.NAME_MISMATCH: ("BE01", "户名与账号不符"),
    Reason.BANK_UNKNOWN: ("RC01", "开户行行号有误"),
    Reason.AMOUNT_REFUSED: ("AM09", "金额不被受理"),
    Reason.DUPLICATE: ("AM05", "重复的付款"),
    Reason.FUNDS_SHORT: ("AM04", "付款账户余额不足"),
    Reason.OTHER: ("NARR", "其他原因"),
}


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One instruction as the bank answers it. `code` is "" when paid, else a `Reason`; `text` is the bank's own.

    `booked_on`: the day it was paid, or came back; None when it failed.
    """

    payment_id: UUID
    outcome: Outcome
    code: str
    text: str
    fen: int
    booked_on: date | None
    reference: str
    line: int


@dataclass(frozen=True)
class ReturnFile:
    """A return file that is whole: its count, totals and digest fit its lines."""

    batch: str
    number: str
    count: int
    fen: int
    lines: tuple[ReturnLine, ...] = field(repr=False)


class Fault(StrEnum):
    """Why a line of a whole file cannot be booked."""

    UNKNOWN_PAYMENT = "unknown_payment"
    AMOUNT_DIFFERS = "amount_differs"
    DUPLICATE_LINE = "duplicate_line"
    CONTRADICTS = "contradicts"

    @property
    def label(self) -> str:
        return _FAULT_LABELS[self]


_FAULT_LABELS = {
    Fault.UNKNOWN_PAYMENT: "本批次中没有这笔付款",
    Fault.AMOUNT_DIFFERS: "金额与发出的不一致",
    Fault.DUPLICATE_LINE: "同一笔付款出现多次",
    Fault.CONTRADICTS: "与已记录的结果相反",
}


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that cannot be booked, with the field that shows why."""

    line: int
    field: str
    fault: Fault
    payment_id: UUID
    message: str


class Verdict(StrEnum):
    """A return file as a whole, compared with what was sent."""

    ALL_PAID = "all_paid"
    SOME_FAILED = "some_failed"
    INCOMPLETE = "incomplete"
    FAULTY = "faulty"

    @property
    def label(self) -> str:
        return _VERDICT_LABELS[self]


_VERDICT_LABELS = {
    Verdict.ALL_PAID: "全部入账",
    Verdict.SOME_FAILED: "部分退回",
    Verdict.INCOMPLETE: "回盘不全，尚有未答复的付款",
    Verdict.FAULTY: "有无法登记的行",
}


@dataclass(frozen=True)
class Reading:
    """A whole return file beside what was sent: lines that can be booked, lines that cannot, payments not answered."""

    file: ReturnFile
    bookable: tuple[ReturnLine, ...] = field(repr=False)
    faults: tuple[LineFault, ...]
    unanswered: tuple[UUID, ...] = field(repr=False)
    verdict: Verdict

    def require_clean(self) -> None:
        """Refuse the file as a whole when any of its lines cannot be booked."""
        if self.faults:
            first = self.faults[0]
            raise Refusal(
                f"bank.{first.fault.value}",
                f"{first.message}（无法登记的行共 {len(self.faults)} 行）。",
                field=first.field,
                next_step="整份文件未登记；请凭文件名与行号联系代发银行核对。",
            )


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement on the payer's account. `fen` is negative for money that left it."""

    payment_id: UUID | None
    fen: int
    booked_on: date
    reference: str
    text: str
    line: int


@dataclass(frozen=True)
class Statement:
    """The bank's statement of the payer's account: opening + Σ lines = closing, checked when read."""

    number: str
    account: str = field(repr=False)
    since: date
    until: date
    opening_fen: int
    closing_fen: int
    lines: tuple[StatementLine, ...] = field(repr=False)


class Delivery(StrEnum):
    """What we know about a file we sent. Only ACKNOWLEDGED and REJECTED are final; UNKNOWN is never failure."""

    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return _DELIVERY_LABELS[self]


_DELIVERY_LABELS = {
    Delivery.NOT_SENT: "未送达",
    Delivery.UNKNOWN: "结果待核实",
    Delivery.ACKNOWLEDGED: "银行已受理",
    Delivery.REJECTED: "银行拒收",
}


@dataclass(frozen=True)
class Receipt:
    """The state of one delivery, with the bank's acknowledgement when there is one."""

    state: Delivery
    text: str = ""
    acknowledgement: bytes = field(default=b"", repr=False)


class Kind(StrEnum):
    """What a file that lies at the bank is."""

    RETURN = "return"
    STATEMENT = "statement"


@dataclass(frozen=True)
class FetchedFile:
    """A file fetched from the bank, whole. (name, sha256) is its identity: fetched before means not fetched again."""

    name: str
    kind: Kind
    sha256: str
    content: bytes = field(repr=False)


#: What was sent, for comparing: payment id → fen.
Sent = Mapping[UUID, int]
