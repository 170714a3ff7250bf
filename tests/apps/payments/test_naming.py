"""No account tells who is elsewhere in the city from who is nowhere."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope
from minzheng.base.types import Actor, Role
from minzheng.payments.actions import AccountGiven, register_account
from minzheng.payments.types import Relation
from minzheng.values.errors import Refusal
from tests.apps.naming import attack, namings
from tests.apps.payments.town import COUNTY, RURAL_BANK, agreement, people

ATTACKER = Actor("staff:41", "", (COUNTY,), frozenset({Role.PAYMENT_MAKER, Role.TOWNSHIP_OFFICER}))
HERE, SOMEBODY_ELSEWHERE, NOBODY = 1, people(11)[0], 987_654_321


def test_no_column_of_accounts_tells_who_is_elsewhere(town):
    tried = {
        str(naming): attack(ATTACKER, naming)
        for naming in namings("payments")
        if naming.table == "payments_account" and naming.column != "agreement"
    }
    assert len(tried) == 4
    assert set(map(str, tried.values())) == {"[]"}


@pytest.mark.parametrize("column", ["payee_id", "person_id"])
def test_an_account_of_ones_own_family_names_nobody_from_elsewhere(town, column):
    """A row that is right in everything else: only who is named is wrong."""
    said = set()
    for person in (SOMEBODY_ELSEWHERE, NOBODY):
        with scope(ATTACKER), connection.cursor() as cursor:
            cursor.execute(
                "select string_agg(column_name, ', ') from information_schema.columns where table_name = 'payments_account'"
                " and column_name not in ('id', 'public_id', 'client_key', %s)",
                [column],
            )
            (rest,) = cursor.fetchone()
            with pytest.raises(DatabaseError) as refused, transaction.atomic():
                cursor.execute(
                    f"insert into payments_account (public_id, client_key, {column}, {rest})"
                    f" select gen_random_uuid(), gen_random_uuid(), %s, {rest} from payments_account"
                    " where household_id = %s limit 1",
                    [person, HERE],
                )
        diag = refused.value.__cause__.diag
        said.add((diag.sqlstate, diag.message_primary, diag.constraint_name))
    assert said == {("23503", "no such person", None)}


@pytest.mark.parametrize("payee", [SOMEBODY_ELSEWHERE, NOBODY])
def test_a_keeper_from_elsewhere_is_refused_as_nobody_is(town, payee):
    filed = agreement(HERE)
    with scope(ATTACKER), pytest.raises(Refusal) as refused:
        register_account(
            actor=ATTACKER, household=HERE, person=None, payee=payee, relation=Relation.KEEPER, agreement=filed,
            account=AccountGiven("6222021300000099", RURAL_BANK, "潞州农商行", "某人"), client_key=uuid.uuid4(),
        )  # fmt: skip
    assert (refused.value.code, refused.value.field) == ("account.no_such_payee", "payee")
