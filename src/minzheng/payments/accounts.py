"""Accounts of payees: registered, replaced after a cool-down with word to the old phone, brought along when a family moves."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from minzheng.base.actions import record, reveal
from minzheng.base.documents.queries import document
from minzheng.base.queries import business_date
from minzheng.base.sealed import blind_index, seal
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.errors import not_found
from minzheng.payments.models import Account, Notice, Payer
from minzheng.payments.models.accounts import ACCOUNT_COLUMN, ACCOUNT_TABLE, PAYER_TABLE, PHONE_COLUMN
from minzheng.payments.types import NoticeKind, Relation
from minzheng.registry.queries import households_in, members_of, visible_persons
from minzheng.values.errors import Refusal

COOL_DOWN_HOURS = 72
"""Practice of the house, held by the database: long enough for the old phone to object before the next pay day."""

_NUMBER = re.compile(r"[0-9]{8,32}")
_BANK_CODE = re.compile(r"[0-9]{12}")
_PHONE = re.compile(r"1[0-9]{10}")


@dataclass(frozen=True)
class AccountGiven:
    """An account as somebody writes it down. Number and phone never show in a `repr`."""

    number: str = field(repr=False)
    bank_code: str
    bank_name: str
    holder_name: str
    phone: str = field(default="", repr=False)


@transaction.atomic
def register_account(
    *,
    actor: Actor,
    household: int,
    person: int | None,
    payee: int,
    relation: Relation,
    account: AccountGiven,
    client_key: uuid.UUID,
    agreement: uuid.UUID | None = None,
    on: date | None = None,
) -> Account:
    """Money for a household (or one of its people) goes to this account from now on.

    person: whose money it is, None for the household's own benefits. agreement: the filed document by which somebody
    else receives it (GV-5). A second account replaces the first: it is paid to after 72 hours, and the phone of the first
    is told at once. The same `client_key` twice is once.
    """
    actor.require(Permission.KEEP_ACCOUNTS)
    on = on or business_date()
    done = Account.objects.filter(client_key=client_key, household_id=household).first()
    if done is not None:
        return done
    division = _place(actor, household)
    _check(account)
    _check_payee(actor, household, person, payee, relation, agreement, on)
    former = _replaced(household, person, on)
    row = _written(
        actor, division, household, person, payee, relation, account, agreement, former, client_key, on
    )
    if former is not None:
        _tell_old_phone(former, row)
    record(
        actor, "replace_account" if former else "register_account", "payments.account", row.public_id,
        division=division, detail={"relation": str(relation), "replaces": former.pk if former else None},
    )  # fmt: skip
    return row


def reveal_account(*, actor: Actor, account: uuid.UUID, purpose: str) -> str:
    """The whole account number; the purpose is recorded before it opens."""
    row = Account.objects.filter(public_id=account).first()
    if row is None or not actor.covers(row.division):
        raise not_found("account", "账户")
    return reveal(actor, row.number, purpose=purpose)


@transaction.atomic
def set_payer(
    *, actor: Actor, county: str, name: str, number: str, bank_code: str, on: date | None = None
) -> Payer:
    """The account a county's treasury pays from, in place of the one before."""
    actor.require(Permission.RELEASE_PAYROLL)
    on = on or business_date()
    if not actor.covers(county):
        raise Refusal("payer.elsewhere", "该县（市、区）不在您的管辖区域内。", field="county")
    _check(AccountGiven(number, bank_code, "财政专户", name))
    Payer.objects.select_for_update().filter(county=county, until=None).update(until=on)
    public_id = uuid.uuid4()
    row = Payer.objects.create(
        public_id=public_id, county=county, name=name, bank_code=bank_code, tail=number[-4:], since=on,
        sealed_number=seal(number, table=PAYER_TABLE, column="number", row=str(public_id)),
    )  # fmt: skip
    record(actor, "set_payer", "payments.payer", public_id, division=county)
    return row


def follow_households(*, actor: Actor) -> int:
    """Live accounts lie where their household lives; returns how many moved. For the platform's daily run."""
    return sql.run(
        "update payments_account a set division = h.village::text from registry_household h"
        " where h.id = a.household_id and a.until is null and a.division <> h.village::text"
    )


# -- beneath ---------------------------------------------------------------------------------------------


def _place(actor: Actor, household: int) -> str:
    village = households_in(actor).filter(pk=household).values_list("village", flat=True).first()
    if village is None:
        raise not_found("household", "家庭")
    return str(village)


def _check(account: AccountGiven) -> None:
    if not _NUMBER.fullmatch(account.number):
        raise Refusal("account.number", "银行账号应为 8 至 32 位数字。", field="number")
    if not _BANK_CODE.fullmatch(account.bank_code):
        raise Refusal("account.bank_code", "开户行行号应为 12 位数字。", field="bank_code")
    for name, value, most in (
        ("holder_name", account.holder_name, 70),
        ("bank_name", account.bank_name, 70),
    ):
        if not value.strip() or len(value) > most or not value.isprintable():
            raise Refusal(f"account.{name}", f"户名和开户行须填写，且不超过 {most} 个字。", field=name)
    if account.phone and not _PHONE.fullmatch(account.phone):
        raise Refusal("account.phone", "手机号应为 11 位数字。", field="phone")


def _check_payee(
    actor: Actor, household: int, person: int | None, payee: int, relation: Relation, agreement: uuid.UUID | None,
    on: date,
) -> None:  # fmt: skip
    if relation.needs_agreement and agreement is None:
        raise Refusal(
            "account.no_agreement", "由他人代领的，须先备案监护证明或代管协议。", field="agreement",
            article="GV-5", next_step="请上传协议后再登记账户。",
        )  # fmt: skip
    if agreement is not None:
        filed = document(actor, agreement)
        if filed is None or filed.household_id != household:
            raise Refusal(
                "account.no_such_agreement",
                "没有找到该家庭名下的这份协议。",
                field="agreement",
                article="GV-5",
            )
    members = {one.person.id for one in members_of(actor, household, on=on) if one.person is not None}
    if person is not None and person not in members:
        raise Refusal("account.beneficiary", "受益人不是该家庭成员。", field="person")
    if relation is Relation.SELF and payee not in ({person} if person is not None else members):
        raise Refusal("account.not_self", "收款人不是本人，请选择实际关系。", field="relation")
    if relation is Relation.MEMBER and payee not in members:
        raise Refusal("account.not_member", "收款人不是该家庭成员。", field="payee")
    if payee not in members and not visible_persons(actor, [payee]):
        raise Refusal(
            "account.no_such_payee", "没有找到该收款人，或不在您的管辖区域内。", field="payee",
            next_step="收款人登记在其他地区的，请由该地区协助核对，或者换由本地的监护人、代管人代领。",
        )  # fmt: skip


def _replaced(household: int, person: int | None, on: date) -> Account | None:
    former = (
        Account.objects.select_for_update()
        .filter(household_id=household, person_id=person)
        .order_by("-pk")
        .first()
    )
    if former is not None and former.until is None:
        former.until = max(on, former.since)
        former.save(update_fields=["until"])
    return former


def _written(
    actor: Actor, division: str, household: int, person: int | None, payee: int, relation: Relation,
    account: AccountGiven, agreement: uuid.UUID | None, former: Account | None, client_key: uuid.UUID, on: date,
) -> Account:  # fmt: skip
    public_id = uuid.uuid4()
    place = {"table": ACCOUNT_TABLE, "row": str(public_id)}
    row = Account.objects.create(
        public_id=public_id, division=division, household_id=household, person_id=person, payee_id=payee,
        relation=relation, agreement=agreement, bank_code=account.bank_code, bank_name=account.bank_name.strip(),
        holder_name=account.holder_name.strip(), tail=account.number[-4:], since=on, replaces=former,
        sealed_number=seal(account.number, column=ACCOUNT_COLUMN, **place),
        number_index=blind_index(account.number, column=f"{ACCOUNT_TABLE}.{ACCOUNT_COLUMN}"),
        sealed_phone=seal(account.phone, column=PHONE_COLUMN, **place) if account.phone else None,
        actor=actor.key, client_key=client_key,
    )  # fmt: skip
    row.refresh_from_db()
    return row


def _tell_old_phone(former: Account, row: Account) -> None:
    Notice.objects.create(
        division=former.division, household_id=former.household_id, account=former, kind=NoticeKind.ACCOUNT,
        params={"old": former.tail, "new": row.tail, "hours": str(COOL_DOWN_HOURS)},
        text=f"您家的救助资金收款账户已由尾号 {former.tail} 变更为尾号 {row.tail}，{COOL_DOWN_HOURS} 小时后启用。"
        "如非本人或家人办理，请立即联系乡镇（街道）民政窗口。",
    )  # fmt: skip
