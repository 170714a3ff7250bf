"""What is done with payments: the verbs, each in the module of its part."""

from minzheng.payments.accounts import (
    AccountGiven,
    follow_households,
    register_account,
    reveal_account,
    set_payer,
)
from minzheng.payments.build import build_payroll, discard_payroll, rebuild_payroll
from minzheng.payments.holds import hold_account, hold_payment, hold_payments, lift_hold, stop_payments
from minzheng.payments.loading import AccountRow, load_accounts
from minzheng.payments.notices import send_again, send_notices, write_notices
from minzheng.payments.paydays import set_paydays
from minzheng.payments.recovery import (
    drop_recovery,
    open_recovery,
    order_recovery,
    record_refund,
    resume_recovery,
    suspend_recovery,
)
from minzheng.payments.release import release_payroll
from minzheng.payments.returns import read_return_file
from minzheng.payments.sending import send_files
from minzheng.payments.signing import sign_payroll
from minzheng.payments.statements import read_statement_file, report_never_paid

__all__ = [
    "AccountGiven",
    "AccountRow",
    "build_payroll",
    "discard_payroll",
    "drop_recovery",
    "follow_households",
    "hold_account",
    "hold_payment",
    "hold_payments",
    "lift_hold",
    "load_accounts",
    "open_recovery",
    "order_recovery",
    "read_return_file",
    "read_statement_file",
    "rebuild_payroll",
    "record_refund",
    "register_account",
    "release_payroll",
    "report_never_paid",
    "resume_recovery",
    "reveal_account",
    "send_again",
    "send_files",
    "send_notices",
    "set_paydays",
    "set_payer",
    "sign_payroll",
    "stop_payments",
    "suspend_recovery",
    "write_notices",
]
