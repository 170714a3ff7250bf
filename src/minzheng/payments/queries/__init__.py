"""Reading payments: for an actor, in the regions in charge; a resident reads what is his own."""

from minzheng.payments.queries.calendar import SOON, NextPay, PayLine, calendar, late, next_pay
from minzheng.payments.queries.notices import messages, messages_by_state
from minzheng.payments.queries.payrolls import (
    Difference,
    PayrollView,
    lines,
    payroll_view,
    payrolls,
    standings,
)
from minzheng.payments.queries.reconciliation import (
    Balance,
    NeverPaid,
    TreasuryLine,
    balances,
    never_paid,
    reconciliation,
)
from minzheng.payments.queries.stops import stopped
from minzheng.payments.queries.tracing import (
    Paid,
    PaymentView,
    accounts_of,
    basis_of_payment,
    payment_view,
    payments_of,
)
from minzheng.payments.queries.watch import (
    HoldLine,
    Overpaid,
    bank_files,
    counties_with_awards,
    files_read,
    holds,
    overpaid,
    payers,
    recoveries,
    return_files,
)

__all__ = [
    "SOON",
    "Balance",
    "Difference",
    "HoldLine",
    "NeverPaid",
    "NextPay",
    "Overpaid",
    "Paid",
    "PayLine",
    "PaymentView",
    "PayrollView",
    "TreasuryLine",
    "accounts_of",
    "balances",
    "bank_files",
    "basis_of_payment",
    "calendar",
    "counties_with_awards",
    "files_read",
    "holds",
    "late",
    "lines",
    "messages",
    "messages_by_state",
    "never_paid",
    "next_pay",
    "overpaid",
    "payers",
    "payment_view",
    "payments_of",
    "payroll_view",
    "payrolls",
    "reconciliation",
    "recoveries",
    "return_files",
    "standings",
    "stopped",
]
