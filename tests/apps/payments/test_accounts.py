"""Accounts: sealed, replaced once, loaded by the thousand, and brought along when a family moves."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.models import AuditEntry
from minzheng.payments import actions, jobs
from minzheng.payments.models import Account, Notice
from minzheng.payments.types import Relation
from minzheng.values.errors import Refusal
from tests.apps.payments.town import ICBC, account, agreement, name_of, number_of, people

DAY = date(2023, 7, 3)


def test_a_number_is_never_stored_or_shown_in_the_clear(town):
    row = Account.objects.get(household_id=1)
    assert number_of(1).encode() not in bytes(row.sealed_number) + bytes(row.number_index)
    assert str(row.number) == f"************{number_of(1)[-4:]}"
    assert number_of(1) not in repr(actions.AccountGiven(number_of(1), ICBC, "工行", "赵甲"))


def test_opening_a_number_is_recorded_with_its_purpose_first(town):
    row = Account.objects.get(household_id=1)
    with pytest.raises(Refusal, match="用途"):
        actions.reveal_account(actor=town, account=row.public_id, purpose=" ")
    assert actions.reveal_account(actor=town, account=row.public_id, purpose="核对退回的卡号") == number_of(1)
    assert AuditEntry.objects.filter(verb="reveal", reason="核对退回的卡号").count() == 1


def test_the_same_submission_twice_is_one_account(town):
    key = uuid.uuid4()
    first = account(1, None, 2, client_key=key)
    assert account(1, None, 2, client_key=key) == first
    assert Account.objects.filter(household_id=1).count() == 2
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"number": "６２２２０２１３０００"}, "银行账号"),
        ({"number": "1234567"}, "银行账号"),
        ({"bank_code": "1"}, "行号"),
        ({"holder_name": "赵\n甲"}, "户名"),
        ({"holder_name": " "}, "户名"),
        ({"phone": "123"}, "手机号"),
    ],
)
def test_what_is_no_account_is_refused(town, given, why):
    with pytest.raises(Refusal, match=why):
        account(2, 3, 3, **given)


def test_payee_and_relation_have_to_fit(town):
    with pytest.raises(Refusal, match="受益人不是"):
        account(1, 5, 5)
    with pytest.raises(Refusal, match="不是本人"):
        account(1, 1, 2)
    with pytest.raises(Refusal, match="不是该家庭成员"):
        account(1, 1, 5, relation=Relation.MEMBER)


def test_a_keeper_without_a_filed_agreement_is_refused_by_the_database(town):
    copy = (
        "insert into payments_account (public_id, division, household_id, person_id, payee_id, relation, agreement,"
        " bank_code, bank_name, holder_name, sealed_number, number_index, tail, since, actor, client_key)"
        " select gen_random_uuid(), division, household_id, 1, payee_id, 'keeper', {agreement}, bank_code, bank_name,"
        " holder_name, sealed_number, number_index, tail, since, '', gen_random_uuid() from payments_account"
        " where household_id = 1"
    )
    for filed in ("null", "gen_random_uuid()", f"'{agreement(2)}'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(copy.format(agreement=filed))


def test_accounts_come_by_the_thousand_once(town):
    rows = [
        actions.AccountRow(h, p, p, number_of(p), ICBC, "工行", name_of(p), "13900000000")
        for h in range(1, 6)
        for p in people(h)
    ]
    assert actions.load_accounts(actor=town, rows=rows, since=DAY, note="test") == 10
    assert actions.load_accounts(actor=town, rows=rows, since=DAY, note="test") == 0
    loaded = Account.objects.get(person_id=3)
    assert actions.reveal_account(actor=town, account=loaded.public_id, purpose="核对") == number_of(3)
    assert loaded.cools_until is None


def test_accounts_follow_a_family_that_moves(town):
    from minzheng.registry.moving import move_household

    move_household(actor=town, household=1, to_village=140403001002, on=DAY, reason="搬迁")
    assert jobs.run_day(DAY) == 1
    assert jobs.run_day(DAY) == 0
    assert Account.objects.get(household_id=1).division == "140403001002"
