"""The money of a course: a payroll built, signed by three people, released, and answered by the bank."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from minzheng.payments import actions
from minzheng.payments.actions import AccountGiven
from minzheng.payments.models import Account, BankFile, Payer, Payment, Payroll, Transfer
from minzheng.payments.types import PayrollState, Relation, Signing
from minzheng.values.month import Month
from sandbox.bank import answers as bank_writes
from sandbox.bank.book import Answered, Taken

if TYPE_CHECKING:
    from tests.courses.driver import Course

BANK, PAYER = "102100099996", "1414040300000001"
SIGNERS = {Signing.MAKER: "发放经办", Signing.CHECKER: "发放复核", Signing.APPROVER: "发放审批"}


def pay(course: Course, programme: str, month: Month) -> int:
    """What the bank booked of one payroll, in fen. Raises Refusal when nothing is to be paid."""
    _accounts(course)
    with course.offices.acting("发放经办") as maker:
        payroll = actions.build_payroll(
            actor=maker, county=course.placed.county, programme=programme, month=month, on=course.day
        )
    for signing, post in SIGNERS.items():
        with course.offices.acting(post) as signer:
            payroll.refresh_from_db()
            actions.sign_payroll(
                actor=signer, payroll=payroll.id, signing=signing, digest=payroll.digest or "",
                version=payroll.version,
            )  # fmt: skip
    with course.offices.acting("发放审批") as releaser:
        payroll.refresh_from_db()
        payroll = actions.release_payroll(
            actor=releaser, payroll=payroll.id, version=payroll.version, on=course.day
        )
    return _answered(course, payroll)


def _accounts(course: Course) -> None:
    """An account for the household and for everybody who receives something of their own; the county's own."""
    county, household = course.placed.county, course.placed.household
    with course.offices.acting("发放审批") as releaser:
        if not Payer.objects.filter(county=county, until=None).exists():
            actions.set_payer(
                actor=releaser,
                county=county,
                name="县财政局社会保障专户",
                number=PAYER,
                bank_code=BANK,
                on=course.day,
            )
    names = {person: name for name, person in course.placed.people.items()}
    head = next(iter(names))
    wanted = {award.person_id for award in course.awards()} - {None}
    with course.offices.acting("乡镇") as officer:
        there = set(
            Account.objects.filter(household_id=household, until=None).values_list("person_id", flat=True)
        )
        for person in sorted({None, *wanted} - there, key=lambda one: one or 0):
            payee = person or head
            actions.register_account(
                actor=officer, household=household, person=person, payee=payee, relation=Relation.SELF,
                account=AccountGiven(f"6222{household:06d}{payee:06d}{person or 0:06d}", BANK, "示例银行", names[payee]),
                client_key=uuid.uuid4(), on=course.day,
            )  # fmt: skip


def _answered(course: Course, payroll: Payroll) -> int:
    """The stand-in bank says that everything it was sent is booked; the file is read like any other."""
    with course.offices.acting("平台") as platform:
        sent = list(Transfer.objects.filter(payroll_id=payroll.id, phase="pending"))
        if payroll.state != PayrollState.CLOSED:
            content = _return_file(BankFile.objects.get(payroll=payroll), sent, course.day)
            actions.read_return_file(actor=platform, name="RET.csv", content=content, on=course.day)
        booked = Transfer.objects.filter(payroll_id=payroll.id, phase="post")
        return sum(booked.values_list("fen", flat=True))


def _return_file(file: Any, sent: Iterable[Transfer], day: date) -> bytes:
    taken = Taken(
        file.number, file.name, file.sha256, PAYER, f"{day:%Y%m%d}", "GB18030", file.count, file.fen, "", ""
    )
    given = [Answered(str(row.id), row.fen, "", back=False) for row in sent]
    return bank_writes.return_file(taken, f"{file.number}-1", given, "", f"{day:%Y%m%d}183000+0800")


def withheld(course: Course, programme: str) -> list[str]:
    """Why payments of a programme are kept back."""
    with course.offices.acting("平台"):
        rows = Payment.objects.filter(household_id=course.placed.household, programme=programme)
        return sorted({reason for row in rows for reason in (*row.withheld, *row.withheld_at_release)})
