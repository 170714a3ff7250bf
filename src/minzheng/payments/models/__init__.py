"""Tables of payments. What the database itself guarantees (regions, signatures, the ledger) is in migration 0002."""

from minzheng.payments.models.accounts import Account, Hold, Lift, Notice, Payer
from minzheng.payments.models.bank import (
    BankFile,
    Outbox,
    ReturnFile,
    ReturnLine,
    Statement,
    StatementLine,
)
from minzheng.payments.models.calendar import PayDay
from minzheng.payments.models.ledger import Claim, LedgerAccount, Payment, Transfer
from minzheng.payments.models.payroll import Payroll, PayrollEvent, Signature
from minzheng.payments.models.recovery import Recovery, RecoveryEvent

__all__ = [
    "Account",
    "BankFile",
    "Claim",
    "Hold",
    "LedgerAccount",
    "Lift",
    "Notice",
    "Outbox",
    "PayDay",
    "Payer",
    "Payment",
    "Payroll",
    "PayrollEvent",
    "Recovery",
    "RecoveryEvent",
    "ReturnFile",
    "ReturnLine",
    "Signature",
    "Statement",
    "StatementLine",
    "Transfer",
]
