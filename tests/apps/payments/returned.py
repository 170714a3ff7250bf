"""Return files and statements as the stand-in bank writes them, from what was sent; and the reading of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from minzheng.payments import actions
from minzheng.payments.bank.types import Delivery, Outcome, Receipt, WrittenFile
from minzheng.payments.models import BankFile, Payroll, ReturnFile, Statement, Transfer
from sandbox.bank import answers as bank_writes
from sandbox.bank.book import Answered, Taken

S, F, R = Outcome.PAID, Outcome.FAILED, Outcome.RETURNED
DAY = date(2023, 7, 31)
PAYER = "1414040300000001"


def pending(payroll: Payroll) -> dict[int, Transfer]:
    """What was sent, by household."""
    rows = Transfer.objects.filter(payroll_id=payroll.id, phase="pending").order_by("-month")
    return {row.household_id: row for row in rows}


def answer(
    payroll: Payroll, outcomes: Mapping[int, Outcome], *, fault: str = "", code: str = "E02", number: str = "1",
    day: date = DAY,
) -> bytes:  # fmt: skip
    """A return file for these households, in this order."""
    file = BankFile.objects.get(payroll=payroll)
    sent = pending(payroll)
    taken = Taken(
        file.number, file.name, file.sha256, PAYER, f"{day:%Y%m%d}", "GB18030", file.count, file.fen, "", ""
    )
    given = [
        Answered(str(sent[h].id), sent[h].fen, "" if outcome is S else code, back=outcome is R)
        for h, outcome in outcomes.items()
    ]
    return bank_writes.return_file(taken, f"{file.number}-{number}", given, fault, "20230731183000+0800")


def read(actor, content: bytes) -> ReturnFile:
    return actions.read_return_file(actor=actor, name="RET-1.csv", content=content, on=DAY)


def statement(left: list[Transfer], *, day: date = DAY) -> bytes:
    """A statement on which exactly these payments left the account."""
    entries = [(at, str(row.payment_id), -row.fen) for at, row in enumerate(left, start=1)]
    return bank_writes.statement("DZ-1", PAYER, f"{day:%Y%m%d}", 1_000_000, entries, "GB18030")


def read_statement(actor, content: bytes) -> Statement:
    return actions.read_statement_file(actor=actor, content=content)


class Bank:
    """A bank that answers what the test says, in order, and remembers what it was given."""

    def __init__(self, *answers: Delivery | BaseException) -> None:
        self.answers, self.given = list(answers), []

    def deliver(self, file: WrittenFile) -> Receipt:
        self.given.append((file.name, file.path.read_bytes()))
        said = self.answers.pop(0) if self.answers else Delivery.ACKNOWLEDGED
        if isinstance(said, BaseException):
            raise said
        return Receipt(said, said.label)
