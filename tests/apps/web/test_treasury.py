"""Pages of the treasury: the paying account, the bank's files by hand, overpaid money; by whom, and what is refused."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.payments.models import Payer, ReturnFile

PAYER = {
    "county": "140403",
    "name": "财政局社保专户",
    "number": "1414040300000009",
    "bank_code": "102164000012",
}


def test_the_paying_account_is_registered_and_shown_by_its_mask(office):
    inside = office(Role.PAYMENT_RELEASER)
    assert inside.post("/payroll/bank/payer/", PAYER).status_code == 302
    page = inside.get("/payroll/bank/").content.decode()
    assert "财政局社保专户" in page
    assert PAYER["number"] not in page
    assert "********0009" in page
    with scope(system_actor("test")):
        assert Payer.objects.filter(county="140403", until=None).count() == 1


def test_what_is_no_account_is_refused_in_words(office):
    reply = office(Role.PAYMENT_RELEASER).post("/payroll/bank/payer/", PAYER | {"number": "12"})
    assert reply.status_code == 409
    assert "银行账号应为 8 至 32 位数字" in reply.content.decode()


@pytest.mark.parametrize("content", [b"not a file of a bank", "H,1,MZDZ,钱".encode()])
def test_a_file_that_is_none_of_the_banks_is_refused(office, content):
    inside = office(Role.PAYMENT_RELEASER)
    reply = inside.post("/payroll/bank/upload/", {"file": SimpleUploadedFile("RET-1.csv", content)})
    assert reply.status_code == 409
    assert "note-box red" in reply.content.decode()
    with scope(system_actor("test")):
        assert ReturnFile.objects.filter(state="booked").count() == 0


def test_without_a_file_nothing_is_read(office):
    reply = office(Role.PAYMENT_RELEASER).post("/payroll/bank/upload/", {})
    assert (reply.status_code, "没有收到文件" in reply.content.decode()) == (409, True)


@pytest.mark.parametrize("address", ["/payroll/bank/payer/", "/payroll/bank/upload/"])
@pytest.mark.parametrize("role", [Role.PAYMENT_MAKER, Role.PAYMENT_CHECKER, Role.AUDITOR])
def test_only_whoever_releases_touches_the_account_and_the_files(office, role, address):
    assert office(role).post(address, PAYER).status_code == 403


def test_a_recovery_nobody_knows_is_refused_in_words(office):
    given = {"what": "drop", "recovery": uuid.uuid4(), "version": "1", "reason": "核实"}
    reply = office(Role.COUNTY_APPROVER).post("/payroll/recover/", given)
    assert reply.status_code == 409
    assert "没有找到该追回登记" in reply.content.decode()
    reply = office(Role.COUNTY_APPROVER).post("/payroll/recover/", given | {"what": "", "recovery": ""})
    assert "没有选择要办理的事项" in reply.content.decode()


def test_a_payment_nobody_made_cannot_be_called_never_paid(office):
    given = {"payment": uuid.uuid4(), "reason": "家属反映"}
    reply = office(Role.PAYMENT_CHECKER).post("/payroll/bank/never-paid/", given)
    assert (reply.status_code, "没有找到该付款" in reply.content.decode()) == (409, True)
