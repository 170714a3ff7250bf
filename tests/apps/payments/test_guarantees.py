"""What the database refuses: each promise attacked by SQL as the application's role, past every check of the program."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minzheng.base.scope import scope
from minzheng.payments import actions, types
from minzheng.payments.models import Payroll
from minzheng.payments.types import Signing, payment_id
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.payments.returned import F, S, answer, read
from tests.apps.payments.town import (
    COUNTY,
    JULY,
    award,
    built,
    lines,
    paid_out,
    released,
    sign,
    signed,
    staff,
)


def sql(statement: str, *values: object) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def refused(statement: str, *values: object, match: str = "") -> None:
    with pytest.raises(DatabaseError, match=match or None):
        sql(statement, *values)


def forced(payroll: Payroll, state: str, columns: str = "") -> str:
    return f"update payments_payroll set version = version + 1, state = '{state}' {columns} where id = '{payroll.id}'"


@pytest.fixture
def listed(town):
    for household in (1, 2, 3):
        award(household, 50_000, JULY)
    return built()


# -- signatures ------------------------------------------------------------------------------------------


def test_nobody_signs_twice(listed):
    sign(listed, Signing.MAKER, "maker")
    from minzheng.base.models import Staff

    Staff.objects.filter(username="maker").update(roles=["payment_maker", "payment_checker"])
    with pytest.raises(Refusal, match="三名不同的人员"):
        sign(listed, Signing.CHECKER, "maker")


def test_two_accounts_of_one_natural_person_are_one_person(listed):
    from minzheng.base.models import RegionInCharge, Staff

    sign(listed, Signing.MAKER, "maker")
    person = Staff.objects.get(username="maker").natural_person
    Staff.objects.create(
        username="second", name="二号", natural_person=person, roles=["payment_checker"], password="x"
    )
    RegionInCharge.objects.create(
        staff=Staff.objects.get(username="second"), division=COUNTY, since=JULY.first_day
    )
    with pytest.raises(Refusal, match="三名不同的人员"):
        sign(listed, Signing.CHECKER, "second")


def test_a_signature_is_given_by_oneself_in_ones_own_work(listed):
    maker, checker = staff("maker"), staff("checker")
    insert = (
        "insert into payments_signature (id, payroll_id, county, digest, signing, natural_person, actor, at)"
        " values (gen_random_uuid(), %s, %s, %s, %s, %s, %s, now())"
    )
    given = [listed.id, COUNTY, listed.digest]
    # A job, somebody whose work it is not, somebody in another's name.
    refused(insert, *given, "maker", maker.natural_person, maker.key, match="whose work")
    with scope(checker):
        refused(insert, *given, "maker", checker.natural_person, checker.key, match="whose work")
        refused(insert, *given, "maker", maker.natural_person, maker.key, match="whose work")
    with scope(maker):
        refused(insert, *given, "maker", checker.natural_person, maker.key, match="somebody else")
        refused(
            insert, *given[:2], "0" * 64, "maker", maker.natural_person, maker.key, match="no such content"
        )


def test_no_state_is_reached_without_its_signatures(listed):
    refused(forced(listed, "prepared"), match="payroll_signed")
    refused(forced(listed, "prepared", f", maker = '{uuid.uuid4()}'"), match="violates foreign key")
    refused(forced(listed, "released"), match="no step")
    refused(forced(listed, "approved"), match="no step")
    sign(listed, Signing.MAKER, "maker")
    maker = staff("maker").natural_person
    refused(forced(listed, "checked", f", checker = '{maker}'"), match="payroll_three_people|foreign key")
    refused("update payments_payroll set state = 'checked' where id = %s", listed.id, match="next version")


@pytest.mark.parametrize(
    "change",
    [
        "update payments_payment set fen = fen + 1",
        "update payments_payment set account_id = null, payee_id = null",
        "update payments_payment set payee_id = 3, account_id = (select max(id) from payments_account)",
        "update payments_payment set live = false",
        "update payments_payment set withheld = '{held}'",
        "delete from payments_payment",
        "update payments_account set holder_name = '某某'",
        "update payments_account set number_index = sha256('x')",
    ],
)
def test_nothing_of_a_signed_list_changes(listed, change):
    payroll = signed(listed)
    before = payroll.digest
    refused(change)
    with connection.cursor() as cursor:
        cursor.execute("select payments_digest(%s)", [payroll.id])
        assert cursor.fetchone()[0] == before


def test_content_that_is_opened_again_has_lost_its_signatures(listed):
    payroll = signed(listed)
    former = payroll.digest
    sql(forced(payroll, "building"))
    sql("delete from payments_payment where household_id = 1")
    # The former digest cannot be written back, nor the signers under the new one.
    sql(forced(payroll, "listed", f", digest = '{former}'"))
    payroll.refresh_from_db()
    assert payroll.digest != former
    maker = staff("maker").natural_person
    refused(forced(payroll, "prepared", f", maker = '{maker}'"), match="foreign key")


def test_the_same_content_listed_again_still_has_to_be_signed_again_step_by_step(listed):
    payroll = signed(listed)
    sql(forced(payroll, "building"))
    sql(forced(payroll, "listed"))
    payroll.refresh_from_db()
    assert payroll.maker is None
    refused(forced(payroll, "approved"), match="no step")


def test_a_list_is_not_signed_with_another_digest_than_the_one_shown(listed):
    with pytest.raises(Refusal, match="已被他人改动"):
        actor = staff("maker")
        with scope(actor):
            actions.sign_payroll(
                actor=actor, payroll=listed.id, signing=Signing.MAKER, digest="0" * 64, version=listed.version
            )


# -- one live payment, Σ paid ≤ due ----------------------------------------------------------------------

COPY = (
    "insert into payments_payment (id, payroll_id, division, household_id, person_id, payee_id, account_id, programme,"
    " award_id, term_id, month, claim_no, claim_id, attempt, reissue_of, fen, exact, withheld, live, withheld_at_release)"
    " select payments_id(award_id,month,{claim},{attempt}), %s, division, household_id, person_id, payee_id, account_id, programme, award_id,"
    " term_id, month, {claim}, {claim_id}, {attempt}, null, {fen}, exact, '{{}}', true, '{{}}' from payments_payment"
    " where household_id = 1 limit 1"
)


def copy(**other: str) -> str:
    """The line of the first household once more, as the next attempt."""
    alike = {"fen": "fen", "claim": "claim_no", "claim_id": "claim_id", "attempt": "(attempt+1)"}
    return COPY.format(**alike | other)


def test_a_month_is_not_paid_twice(town, listed):
    released(listed)
    again = Payroll.objects.create(
        id=uuid.uuid4(), county=COUNTY, programme="dibao", month=JULY.first_day, run=1, on=JULY.last_day
    )
    refused(copy(), again.id, match="one_live_payment")


def test_no_more_than_is_due_is_live_whatever_the_claims(town, listed):
    sql(forced(listed, "building"))
    claim = (
        "insert into payments_claim (division, household_id, award_id, month, claim_no, term_id, fen) select division,"
        " household_id, award_id, month, 1, term_id, 1 from payments_payment where household_id = 1"
    )
    sql(claim)
    line = copy(fen="1", claim="1", claim_id="(select max(id) from payments_claim)", attempt="1")
    refused(line, listed.id, match="more than is due")
    sql("delete from payments_payment where household_id = 1")
    refused("update payments_monthpaid set fen = 0", match="permission denied")


def test_a_line_has_the_id_of_its_claim_and_attempt_and_no_other(town, listed):
    sql(forced(listed, "building"))
    sql("update payments_payroll set version = version + 1, state = 'cancelled' where id = %s", listed.id)
    sql("update payments_payment set live = false where live")
    again = Payroll.objects.create(
        id=uuid.uuid4(), county=COUNTY, programme="dibao", month=JULY.first_day, run=1, on=JULY.last_day
    )
    for other in ("gen_random_uuid()", "payments_id(award_id,month,0,8)", "payments_id(award_id,month,1,9)"):
        line = copy(attempt="9").replace("payments_id(award_id,month,claim_no,9)", other)
        refused(line, again.id, match="named by its claim and attempt")
    sql(copy(attempt="9"), again.id)


@given(
    award=st.integers(1, 2**63 - 1),
    year=st.integers(2000, 2100),
    number=st.integers(1, 12),
    claim=st.integers(0, 99),
    attempt=st.integers(1, 99),
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_database_and_platform_give_a_payment_the_same_id(db, award, year, number, claim, attempt):
    month = Month(year, number)
    with connection.cursor() as cursor:
        cursor.execute("select payments_id(%s, %s, %s, %s)", [award, month.first_day, claim, attempt])
        ((found,),) = cursor.fetchall()
    assert found == payment_id(award, month, claim, attempt)
    assert (found.version, found.variant) == (8, uuid.RFC_4122)


def test_a_line_is_about_its_own_award_people_and_account(town, listed):
    sql(forced(listed, "building"))
    first = copy(attempt="9")
    for column, value, why in (
        ("household_id", "2", "about its award"),
        ("payee_id", "5", "account of its people"),
        ("account_id", "(select max(id) from payments_account)", "account of its people"),
        ("term_id", "(select max(id) from awards_term)", "term of its award"),
    ):
        head, tail = first.split(" select ", 1)
        names = head[head.index("(") + 1 : head.index(")")].split(", ")
        chosen = tail[: tail.index(" from payments_payment")].split(", ")
        chosen[names.index(column)] = value
        chosen[names.index("live")] = "false"
        chosen[names.index("withheld")] = "'{held}'"
        refused(
            f"{head} select {', '.join(chosen)} from payments_payment where household_id = 1",
            listed.id,
            match=why,
        )


PENDING = (
    "insert into payments_transfer (id, phase, county, division, household_id, programme, payroll_id, payment_id, award_id,"
    " month, claim_no, fen, debit_id, credit_id, settles, reissue_of, reissue_phase, reissue_payment, reissue_fen, code,"
    " reason, on_day) select {id}, {phase}, t.county, t.division, t.household_id, t.programme, t.payroll_id, {payment},"
    " t.award_id, {month}, t.claim_no, {fen}, {debit}, {credit}, {settles}, {reissue}, '', '', t.on_day"
    " from payments_transfer t where t.household_id = 1 and t.phase = {of}"
)


def transfer(**given: str) -> str:
    """A row of the ledger like one that is there, with something else in it."""
    return PENDING.format(
        **{
            "id": "gen_random_uuid()", "phase": "'post'", "payment": "t.payment_id", "month": "t.month", "fen": "t.fen",
            "debit": "t.credit_id", "settles": "t.id", "reissue": "null, null, null, null", "of": "'pending'",
            "credit": "(select id from payments_ledgeraccount where book = 'delivered')",
        }
        | given
    )  # fmt: skip


def test_a_pending_row_is_settled_once_by_its_own_amount_and_month(town, listed):
    released(listed)
    refused(transfer(fen="t.fen - 1"), match="violates foreign key")
    refused(transfer(month="date '2023-06-01'"), match="violates foreign key")
    refused(transfer(payment="gen_random_uuid()"), match="violates foreign key")
    refused(transfer(fen="-t.fen"), match="transfer_positive")
    refused(transfer(debit="t.debit_id"), match="books of its phase")
    refused(transfer(credit="t.credit_id"), match="transfer_two_sides|books of its phase")
    refused(transfer(settles="null"), match="transfer_settles")
    sql(transfer())
    refused(transfer(), match="settled_once")
    refused(
        transfer(phase="'void'", credit="(select id from payments_ledgeraccount where book = 'treasury')"),
        match="settled_once",
    )


def test_a_second_payment_stands_on_a_void_of_the_same_claim_once(town, listed):
    payroll = released(listed)
    read(town, answer(payroll, {1: F, 2: F, 3: S}, code="E08"))
    again = paid_out()
    assert [(p.household_id, p.attempt) for p in lines(again)] == [(1, 2), (2, 2)]
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), count(distinct reissue_of) from payments_transfer where reissue_of is not null"
        )
        assert cursor.fetchone() == (2, 2)
    other = "(select id from payments_transfer where household_id = 2 and phase = 'void')"
    refused(
        transfer(phase="'pending'", settles="null", id="t.id", debit="t.debit_id", credit="t.credit_id",
                 reissue=f"{other}, 'void', {other}, t.fen")
    )  # fmt: skip


def test_the_ledger_and_what_was_answered_never_change(town, listed):
    payroll = released(listed)
    read(town, answer(payroll, {1: S}))
    for table in (
        "transfer",
        "signature",
        "returnline",
        "returnfile",
        "payrollevent",
        "claim",
        "hold",
        "lift",
    ):
        refused(f"update payments_{table} set id = id")
        refused(f"delete from payments_{table}")
    for table in ("payroll", "bankfile", "account", "outbox", "recovery", "notice"):
        refused(f"delete from payments_{table}", match="never removed")


def test_money_is_pending_only_for_live_lines_of_an_approved_payroll(town, listed):
    actions_before = signed(listed)
    paid = award(4, 100, JULY)
    assert paid
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into payments_ledgeraccount (county, programme, book, fund)"
            " select %s, 'dibao', unnest(%s::text[]), 'hardship'",
            [COUNTY, types.Book.values],
        )
    row = (
        "insert into payments_transfer (id, phase, county, division, household_id, programme, payroll_id, payment_id,"
        " award_id, month, claim_no, fen, debit_id, credit_id, code, reason, on_day) select id, 'pending', '140403',"
        " division, household_id, programme, payroll_id, id, award_id, month, claim_no, {fen},"
        " (select id from payments_ledgeraccount where book = 'treasury'),"
        " (select id from payments_ledgeraccount where book = 'payable'), '', '', '2023-07-31' from payments_payment"
        " where household_id = 1"
    )
    refused(row.format(fen="fen * 2"), match="only live lines")
    # Some of the list in the ledger and the rest forgotten: not released.
    sql(row.format(fen="fen"))
    refused(forced(actions_before, "released"), match="the ledger is not the list")


def test_a_red_button_stops_release_until_two_let_it_go(town, listed):
    payroll = signed(listed)
    auditor_like = staff("checker")
    with scope(auditor_like):
        hold = actions.stop_payments(
            actor=auditor_like, division=COUNTY, reason="疑似系统被入侵", client_key=uuid.uuid4()
        )
    with pytest.raises(Refusal, match="紧急停付"):
        released(payroll)
    refused(forced(payroll, "released"), match="payment is stopped")
    with scope(auditor_like):
        actions.lift_hold(actor=auditor_like, hold=hold.public_id, reason="已排查")
    refused(forced(payroll, "released"), match="payment is stopped")
    lift = "insert into payments_lift (hold_id, division, seq, natural_person, actor, reason, at) values (%s, '', 2, %s, '', 'x', now())"
    releaser = staff("releaser")
    refused(lift, hold.pk, releaser.natural_person, match="in person")
    with scope(auditor_like):
        refused(lift, hold.pk, auditor_like.natural_person, match="lift_by_two")
        refused(lift, hold.pk, releaser.natural_person, match="in person")
    with scope(releaser):
        actions.lift_hold(actor=releaser, hold=hold.public_id, reason="同意")
    assert released(payroll).bank_file.count == 3


def test_an_account_is_replaced_never_rewritten_and_always_cools(town):
    from tests.apps.payments.town import account

    copy = (
        "insert into payments_account (public_id, division, household_id, person_id, payee_id, relation, bank_code,"
        " bank_name, holder_name, sealed_number, number_index, tail, since, replaces_id, actor, client_key, cools_until)"
        " select gen_random_uuid(), division, household_id, person_id, payee_id, relation, bank_code, bank_name,"
        " holder_name, sealed_number, number_index, tail, since, {replaces}, '', gen_random_uuid(), null"
        " from payments_account where household_id = 1"
    )
    refused(copy.format(replaces="null"), match="replaces the one before")
    refused(copy.format(replaces="id"), match="one_live_account")
    sql("update payments_account set until = '2023-07-01' where household_id = 1")
    sql(copy.format(replaces="id"))
    with connection.cursor() as cursor:
        cursor.execute(
            "select cools_until is not null from payments_account where household_id = 1 and until is null"
        )
        assert cursor.fetchone() == (True,)
    refused("update payments_account set cools_until = null where household_id = 1")
    refused("update payments_account set until = null where household_id = 1")
    assert account(2, 3, 3).cools_until is None


def test_a_sweep_pays_nobody_and_nothing_is_written_without_a_ticket(town, listed):
    from minzheng.base.scope import system_actor

    with scope(system_actor("sweep")):
        refused(forced(listed, "cancelled"), match="a sweep does not write")
    with connection.cursor() as cursor:
        cursor.execute("select set_config('minzheng.ticket', '', true)")
    refused(forced(listed, "cancelled"), match="only inside a scope")


def test_another_county_sees_and_touches_nothing(town, listed):
    from dataclasses import replace

    paid = released(listed)
    elsewhere = replace(staff("releaser"), regions=("140423",))
    with scope(elsewhere), connection.cursor() as cursor:
        for table in (
            "payroll",
            "payment",
            "transfer",
            "signature",
            "bankfile",
            "outbox",
            "account",
            "monthpaid",
        ):
            cursor.execute(f"select count(*) from payments_{table} where {_not_theirs(table)}")
            assert cursor.fetchone() == (0,), table
        with pytest.raises(Refusal) as nowhere:
            actions.release_payroll(actor=elsewhere, payroll=uuid.uuid4(), version=1)
        with pytest.raises(Refusal) as there:
            actions.release_payroll(actor=elsewhere, payroll=paid.id, version=1)
        assert str(nowhere.value) == str(there.value)


def _not_theirs(table: str) -> str:
    return "household_id <> 11" if table == "account" else "true"


def test_the_database_holds_the_same_tables_as_the_program(town):
    with connection.cursor() as cursor:
        cursor.execute("select phase, debit, credit from payments_entry")
        assert {phase: (debit, credit) for phase, debit, credit in cursor.fetchall()} == {
            phase.value: (debit.value, credit.value) for phase, (debit, credit) in types.ENTRIES.items()
        }
        cursor.execute("select before, after from payments_step")
        steps = set(cursor.fetchall())
    for signing, rule in types.SIGNING.items():
        assert (rule.before.value, rule.after.value) in steps
        assert (
            rule.role.value
            == {"maker": "payment_maker", "checker": "payment_checker", "approver": "payment_releaser"}[
                signing
            ]
        )
        from minzheng.base.types import PERMISSIONS

        assert [role for role, held in PERMISSIONS.items() if rule.by in held] == [rule.role]


def test_programmes_paid_in_money_are_those_of_the_rulebook(town):
    from minzheng.payments.funds import FUNDS, PURPOSES
    from minzheng.rulebook.programs import PROGRAMS

    assert set(FUNDS) == set(PURPOSES) == {one.name for one in PROGRAMS if one.amount is not None}
