"""Accounts by the thousand: taken over with awards from the system before, or invented for the demonstration."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from django.db import transaction

from minzheng.base.actions import record
from minzheng.base.sealed import index_many, seal_many
from minzheng.base.types import Actor, Permission
from minzheng.payments import sql
from minzheng.payments.models.accounts import ACCOUNT_COLUMN, ACCOUNT_TABLE, PHONE_COLUMN
from minzheng.payments.types import NAMESPACE, Relation

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account to load; `person` None for the household's own benefits."""

    household: int
    person: int | None
    payee: int
    number: str = field(repr=False)
    bank_code: str
    bank_name: str
    holder_name: str
    phone: str = field(default="", repr=False)
    relation: Relation = Relation.SELF
    agreement: uuid.UUID | None = None


_INSERT = """
    insert into payments_account (public_id, division, household_id, person_id, payee_id, relation, agreement,
        bank_code, bank_name, holder_name, sealed_number, number_index, tail, sealed_phone, since, actor, client_key)
    select a.public_id, h.village::text, a.household_id, a.person_id, a.payee_id, a.relation, a.agreement, a.bank_code,
        a.bank_name, a.holder_name, a.sealed_number, a.number_index, a.tail, a.sealed_phone, %(since)s, '', a.client_key
    from unnest(%(public_id)s::uuid[], %(household_id)s::bigint[], %(person_id)s::bigint[], %(payee_id)s::bigint[],
        %(relation)s::text[], %(agreement)s::uuid[], %(bank_code)s::text[], %(bank_name)s::text[],
        %(holder_name)s::text[], %(sealed_number)s::bytea[], %(number_index)s::bytea[], %(tail)s::text[],
        %(sealed_phone)s::bytea[], %(client_key)s::uuid[])
        as a (public_id, household_id, person_id, payee_id, relation, agreement, bank_code, bank_name, holder_name,
              sealed_number, number_index, tail, sealed_phone, client_key)
    join registry_household h on h.id = a.household_id
    where not exists (select from payments_account x where x.household_id = a.household_id
                      and x.person_id is not distinct from a.person_id)
    on conflict do nothing
"""


def load_accounts(*, actor: Actor, rows: Iterable[AccountRow], since: date, note: str) -> int:
    """Register first accounts set-wise; whoever has one keeps it. Returns how many were new. Safe to repeat.

    Each some thousands are a transaction of their own.
    """
    actor.require(Permission.KEEP_ACCOUNTS)
    loaded, coming = 0, iter(rows)
    while some := list(islice(coming, _AT_ONCE)):
        with transaction.atomic():
            loaded += sql.run(_INSERT, _columns(some) | {"since": since})
    with transaction.atomic():
        record(actor, "load_accounts", "payments.account", note, detail={"accounts": loaded})
    return loaded


def _columns(rows: list[AccountRow]) -> dict[str, list[object]]:
    ids = [uuid.uuid4() for _ in rows]
    places = [str(one) for one in ids]
    numbers = [row.number for row in rows]
    phones = [row.phone or None for row in rows]
    return {
        "public_id": list(ids),
        "household_id": [row.household for row in rows],
        "person_id": [row.person for row in rows],
        "payee_id": [row.payee for row in rows],
        "relation": [row.relation.value for row in rows],
        "agreement": [row.agreement for row in rows],
        "bank_code": [row.bank_code for row in rows],
        "bank_name": [row.bank_name for row in rows],
        "holder_name": [row.holder_name for row in rows],
        "tail": [row.number[-4:] for row in rows],
        "sealed_number": list(
            seal_many(zip(places, numbers, strict=True), table=ACCOUNT_TABLE, column=ACCOUNT_COLUMN)
        ),
        "number_index": list(index_many(numbers, column=f"{ACCOUNT_TABLE}.{ACCOUNT_COLUMN}")),
        "sealed_phone": list(
            seal_many(zip(places, phones, strict=True), table=ACCOUNT_TABLE, column=PHONE_COLUMN)
        ),
        "client_key": [uuid.uuid5(NAMESPACE, f"loaded|{row.household}|{row.person}") for row in rows],
    }
