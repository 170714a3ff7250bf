"""The closed sets of payments: where a payroll, a payment, a file and a recovery stand, and why money is held."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices

from minzheng.base.types import Permission, Role
from minzheng.values.month import Month


class PayrollState(TextChoices):
    """`LISTED`: complete and pinned by its digest, nobody has signed yet."""

    BUILDING = "building", "编制中"
    LISTED = "listed", "待经办签署"
    PREPARED = "prepared", "待复核"
    CHECKED = "checked", "待审批"
    APPROVED = "approved", "待发放"
    RELEASED = "released", "已发放"
    CLOSED = "closed", "已办结"
    CANCELLED = "cancelled", "已作废"


class Signing(TextChoices):
    """The three signatures of a payroll, each by another natural person."""

    MAKER = "maker", "经办"
    CHECKER = "checker", "复核"
    APPROVER = "approver", "审批"


@dataclass(frozen=True)
class SigningRule:
    """What a signature needs and where it takes the payroll. The database holds the same table (migration 0002)."""

    before: PayrollState
    after: PayrollState
    by: Permission
    role: Role


SIGNING: dict[Signing, SigningRule] = {
    Signing.MAKER: SigningRule(
        PayrollState.LISTED, PayrollState.PREPARED, Permission.PREPARE_PAYROLL, Role.PAYMENT_MAKER
    ),
    Signing.CHECKER: SigningRule(
        PayrollState.PREPARED, PayrollState.CHECKED, Permission.CHECK_PAYROLL, Role.PAYMENT_CHECKER
    ),
    Signing.APPROVER: SigningRule(
        PayrollState.CHECKED, PayrollState.APPROVED, Permission.RELEASE_PAYROLL, Role.PAYMENT_RELEASER
    ),
}


class Rest(TextChoices):
    """What becomes of a payday on which nobody works."""

    BEFORE = "before", "提前到前一个工作日"
    AFTER = "after", "顺延到后一个工作日"


class PaidState(TextChoices):
    """Where a programme of a county stands in a month, read from its payday and payrolls; never stored."""

    PAID = "paid", "已发放"
    UNDER_WAY = "under_way", "编制签署中"
    SOON = "soon", "七天内应发"
    AHEAD = "ahead", "未到发放日"
    LATE = "late", "已逾期"
    NOT_ARRANGED = "not_arranged", "没有登记发放日"


class NoticeKind(TextChoices):
    """What a payee is told by a short message."""

    ACCOUNT = "account", "收款账户变更"
    PAID = "paid", "到账通知"


class NoticeState(TextChoices):
    """Where a message stands. `UNKNOWN`: it was offered and no answer came; it is asked for before it is offered again."""

    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    UNKNOWN = "unknown", "结果待核实"
    SENT = "sent", "网关已受理"
    DEAD = "dead", "没有发出"


class Withheld(TextChoices):
    """Why the payroll's own gate keeps a payment back. Read when a payroll is built and again when it is released."""

    DEATH = "death", "所含人员已登记死亡，尚未重新核定"
    PAYEE_DIED = "payee_died", "收款人已登记死亡"
    STOPPED = "stopped", "待遇已停发"
    REDUCED = "reduced", "应发金额已调减"
    NO_ACCOUNT = "no_account", "没有登记收款账户"
    COOLING = "cooling", "收款账户变更未满 72 小时"
    ACCOUNT_CHANGED = "account_changed", "编制后收款账户已变更"
    SHARED = "shared", "同一账号登记给两名以上收款人"
    NAME = "name", "户名与收款人姓名不一致"
    NO_AGREEMENT = "no_agreement", "收款人不是受益人，未备案代管协议"
    HELD = "held", "已登记暂缓发放"


class HoldKind(TextChoices):
    """What is held. `STOP` is the red button: everything of a division."""

    PERSON = "person", "人员"
    HOUSEHOLD = "household", "家庭"
    AWARD = "award", "待遇"
    ACCOUNT = "account", "账户"
    PAYMENT = "payment", "单笔付款"
    STOP = "stop", "紧急停付"


class Phase(TextChoices):
    """A row of the ledger. A pending row is settled once, by a post or a void; a post is returned at most once."""

    PENDING = "pending", "已提交银行"
    POST = "post", "银行已入账"
    VOID = "void", "未付撤销"
    RETURN = "return", "入账后退汇"
    REFUND = "refund", "追回退款"


class Book(TextChoices):
    """The accounts of the ledger, one of each for a county and a programme."""

    TREASURY = "treasury", "财政专户"
    PAYABLE = "payable", "应付救助对象"
    DELIVERED = "delivered", "已发到账"
    REFUNDED = "refunded", "救助对象退回"


ENTRIES: dict[Phase, tuple[Book, Book]] = {
    Phase.PENDING: (Book.TREASURY, Book.PAYABLE),
    Phase.POST: (Book.PAYABLE, Book.DELIVERED),
    Phase.VOID: (Book.PAYABLE, Book.TREASURY),
    Phase.RETURN: (Book.DELIVERED, Book.TREASURY),
    Phase.REFUND: (Book.REFUNDED, Book.TREASURY),
}
"""Phase: the book the money leaves, the book it enters. The database holds the same table."""


class Standing(TextChoices):
    """Where one payment stands, read from the ledger and the file it travels in; never stored."""

    LISTED = "listed", "待发放"
    WITHHELD = "withheld", "暂缓"
    ZERO = "zero", "金额为零，不发送"
    QUEUED = "queued", "待送银行"
    SENT = "sent", "已送银行"
    UNKNOWN = "unknown", "结果待核实"
    PAID = "paid", "已入账"
    FAILED = "failed", "银行未付"
    RETURNED = "returned", "入账后退汇"
    CANCELLED = "cancelled", "已作废"


class FileState(TextChoices):
    """A bank file. `UNKNOWN`: it may have arrived; it is asked for again or answered by the bank, never paid anew."""

    QUEUED = "queued", "待送出"
    SENDING = "sending", "正在送出"
    UNKNOWN = "unknown", "结果待核实"
    SENT = "sent", "银行已受理"
    REJECTED = "rejected", "银行拒收"
    ANSWERED = "answered", "已全部回盘"


class ReadState(TextChoices):
    """What became of a return file."""

    BOOKED = "booked", "已登记"
    REFUSED = "refused", "退回核对"


class LineVerdict(TextChoices):
    """What became of a line of a return file."""

    BOOKED = "booked", "已登记"
    REPEATED = "repeated", "已登记过"
    UNKNOWN_PAYMENT = "unknown_payment", "本平台没有这笔付款"
    AMOUNT_DIFFERS = "amount_differs", "金额与发出的不一致"
    CONTRADICTS = "contradicts", "与已记录的结果相反"
    DUPLICATE_LINE = "duplicate_line", "同一笔付款在文件中出现多次"


class Relation(TextChoices):
    """Who the payee is to the person the money is for."""

    SELF = "self", "本人"
    MEMBER = "member", "家庭成员"
    GUARDIAN = "guardian", "监护人"
    KEEPER = "keeper", "代管人（已备案协议）"

    @property
    def needs_agreement(self) -> bool:
        return self in (Relation.GUARDIAN, Relation.KEEPER)


class RecoveryKind(TextChoices):
    FRAUD = "fraud", "虚报、隐瞒、伪造"
    INNOCENT = "innocent", "非欺骗多发"


class RecoveryState(TextChoices):
    CANDIDATE = "candidate", "待处理"
    ORDERED = "ordered", "已责令退回"
    SUSPENDED = "suspended", "复议诉讼期间中止"
    SETTLED = "settled", "已退清"
    DROPPED = "dropped", "不予追回"


NAMESPACE = uuid.UUID("6f1f3c0e-52b7-5d0b-9a55-0b7f6a6f8d10")
"""Of every id that follows from what it names: asked again, it is the same id."""


def payment_id(award: int, month: Month, claim_no: int, attempt: int) -> uuid.UUID:
    """The id of one attempt to pay a claim of an award's month. `payments_id` in the database gives the same.

    A UUID of version 8 after the example of RFC 9562: SHA-256 of the namespace and a name.
    """
    name = f"payment|{award}|{month}|{claim_no}|{attempt}"
    found = bytearray(hashlib.sha256(NAMESPACE.bytes + name.encode()).digest()[:16])
    found[6], found[8] = found[6] & 0x0F | 0x80, found[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(found))


def payroll_id(county: str, programme: str, month: Month, run: int) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"payroll|{county}|{programme}|{month}|{run}")


def file_id(payroll: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"file|{payroll}")


def first_of(month: Month) -> date:
    return month.first_day
