"""What the database holds of enacting, attacked by SQL as the application's role; two at once; old decisions replayed."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting.models import Enactment, ImpactRow, Signature
from minzheng.assessment.enacting.plain import rows_of_plain
from minzheng.assessment.models import Decision
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.replay import replay, replay_decision
from minzheng.base.models import Staff
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import PERMISSIONS, Permission, Role
from minzheng.rulebook import load
from minzheng.rulebook.instruments import DIBAO
from minzheng.rulebook.national.dibao import income_per_head, standard
from minzheng.rules import Expr, Household, provision
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import WIDOW
from tests.apps.assessment.enacting import (
    DECEMBER,
    city_desk,
    desk,
    enacted,
    listed,
    open_officer,
    proposed,
    set_day,
    signed,
    taken_back,
)

__all__ = ["city_desk", "desk"]


@pytest.fixture
def officers(db):
    set_day()
    return open_officer("first"), open_officer("second")


@pytest.fixture
def half(officers, desk):
    """A proposal with its list and the first signature."""
    first, _second = officers
    proposal = proposed(first)
    impact = listed(first, proposal)
    signed(first, proposal, impact.digest)
    return proposal, impact


def run(actor, statement, *values):
    """One statement as the application's role with this actor's ticket."""
    with scope(actor), connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(message, actor, statement, *values):
    with pytest.raises(DatabaseError, match=message), transaction.atomic():
        run(actor, statement, *values)


SIGN = "insert into assessment_signature (proposal_id, digest, side, actor, natural_person) values (%s, %s, %s, %s, %s)"
ENACT = "insert into assessment_enactment (proposal_id, digest) values (%s, %s)"
ADD = (
    "insert into assessment_impactrow (impact_id, division, programme, household_id, outcome_before, outcome_after)"
    " values (%s, '140403101001', 'dibao', 99, 'no', 'yes')"
)


# -- forged by SQL ---------------------------------------------------------------------------------------------------


def test_a_forged_second_signature_is_refused_whoever_it_names(officers, half):
    (first, second), (proposal, impact) = officers, half
    someone = uuid.uuid4()
    for side in ("second", "first"):
        with pytest.raises(DatabaseError), transaction.atomic():
            run(first, SIGN, proposal.pk, impact.digest, side, second.key, someone)
    assert Signature.objects.count() == 1
    refused("only staff of the policy office", system_actor("sign"), SIGN, proposal.pk, impact.digest, "second",
            second.key, second.natural_person)  # fmt: skip


def test_who_signs_is_written_from_the_ticket(officers, half):
    (first, second), (proposal, impact) = officers, half
    run(second, SIGN, proposal.pk, impact.digest, "second", first.key, first.natural_person)
    row = Signature.objects.get(side="second")
    assert (row.actor, str(row.natural_person)) == (second.key, second.natural_person)


def test_other_staff_cannot_sign_by_sql(half):
    proposal, impact = half
    for name, role in (("shi", Role.CITY_SUPERVISOR), ("xian", Role.COUNTY_APPROVER)):
        officer = open_officer(name, roles=(role,))
        refused(
            "only staff of the policy office", officer, SIGN, proposal.pk, impact.digest, "second", "", None
        )


def test_the_office_the_database_asks_for_is_the_one_that_may(owner_cursor):
    may = {role for role in Role if PERMISSIONS[role] & {Permission.PROPOSE_RULES, Permission.ENACT_RULES}}
    (text,) = owner_cursor.execute(
        "select prosrc from pg_proc where proname = 'assessment_enacting_person'"
    ).fetchone()
    assert {role for role in Role if f"'{role.value}'" in text} == may


def test_an_account_that_was_closed_does_not_sign(officers, half):
    (_first, second), (proposal, impact) = officers, half
    with scope(system_actor("test")):
        Staff.objects.filter(username="second").update(is_active=False)
    refused("only staff of the policy office", second, SIGN, proposal.pk, impact.digest, "second", "", None)


def test_the_same_person_under_a_second_account_is_refused_by_the_database(db, desk):
    set_day()
    mine, again = (open_officer(name, identity="140499198001010018") for name in ("mine", "again"))
    proposal = proposed(mine)
    impact = listed(mine, proposal)
    signed(mine, proposal, impact.digest)
    refused(
        "the proposer signs first", again, SIGN, proposal.pk, impact.digest, "second", again.key, uuid.uuid4()
    )


def test_a_second_signature_without_the_first_is_refused(officers, desk):
    first, second = officers
    proposal = proposed(first)
    impact = listed(first, proposal)
    with pytest.raises(IntegrityError, match="second_after_first"), transaction.atomic():
        run(second, SIGN, proposal.pk, impact.digest, "second", "", None)


def test_nothing_comes_into_force_with_one_signature_or_none(officers, half, desk):
    (first, second), (proposal, impact) = officers, half
    for actor in (first, second, system_actor("enact")):
        with pytest.raises(IntegrityError, match="enacted_by_two"), transaction.atomic():
            run(actor, ENACT, proposal.pk, impact.digest)
    refused("does not write", system_actor("sweep"), ENACT, proposal.pk, impact.digest)
    assert rulebook() is load()


def test_a_digest_that_no_list_has_is_refused(officers, half):
    (_first, second), (proposal, _impact) = officers, half
    with pytest.raises(DatabaseError), transaction.atomic():
        run(second, SIGN, proposal.pk, "0" * 64, "second", "", None)


def test_a_list_that_was_changed_after_it_was_made_is_not_signed(officers, desk):
    first, _second = officers
    proposal = proposed(first)
    impact = listed(first, proposal)
    run(first, ADD, impact.pk)
    refused("not the one the digest stands for", first, SIGN, proposal.pk, impact.digest, "first", "", None)


def test_a_signed_list_takes_no_more_rows(officers, half):
    (first, second), (_proposal, impact) = officers, half
    for actor in (first, second):
        refused("takes no more rows", actor, ADD, impact.pk)


def test_a_list_with_a_digest_of_its_own_is_not_signed(officers, half):
    """Another list under the same proposal, its digest typed in: the database computes it again."""
    (first, _second), (proposal, impact) = officers, half
    copy = (
        "insert into assessment_impact (id, proposal_id, digest, snapshot, month, on_day, rulebook, after, rows, summary)"
        " select gen_random_uuid(), proposal_id, repeat('a', 64), snapshot, month, on_day, rulebook, 0, 0, summary"
        " from assessment_impact where id = %s"
    )
    run(first, copy, impact.pk)
    refused("not the one the digest stands for", first, SIGN, proposal.pk, "a" * 64, "first", "", None)


def test_who_does_not_see_the_whole_list_does_not_sign_it(half):
    proposal, impact = half
    county = open_officer("county", regions=("140403",))
    with scope(county):
        assert 0 < ImpactRow.objects.filter(impact=impact).count() < impact.rows
    refused("not all of it is seen", county, SIGN, proposal.pk, impact.digest, "second", "", None)


@pytest.mark.parametrize("table", ["proposal", "impact", "impactrow", "signature", "enactment"])
def test_nothing_of_it_is_changed_or_removed(officers, half, owner_cursor, table):
    first, _second = officers
    for statement in (f"update assessment_{table} set id = id", f"delete from assessment_{table}"):
        refused("permission denied", first, statement)
        owner_cursor.execute("savepoint s")
        with pytest.raises(Exception, match="append-only"):
            owner_cursor.execute(statement)
        owner_cursor.execute("rollback to savepoint s")


def test_a_value_from_the_middle_of_a_month_is_refused_by_the_database(officers):
    first, _second = officers
    insert = (
        "insert into assessment_proposal (id, client_key, kind, key, place, value, since, document, link, reason, example)"
        " values (gen_random_uuid(), gen_random_uuid(), %s, 'oa.amount', '140400', %s, %s, '文', '', '因', false)"
    )
    with pytest.raises(IntegrityError, match="proposal_from_a_month"), transaction.atomic():
        run(first, insert, "value", "71", "2024-01-15")
    with pytest.raises(IntegrityError, match="proposal_of_its_kind"), transaction.atomic():
        run(first, insert, "value", "", "2024-01-01")
    refused("only what is in force", first, insert, "withdrawal", "", "2024-01-01")


# -- two at once -----------------------------------------------------------------------------------------------------


def at_once(*attempts):
    """Run these together, each on a connection of its own; what each came to."""
    found, barrier = [], threading.Barrier(len(attempts))

    def work(attempt):
        try:
            barrier.wait(30)
            found.append(attempt())
        except Refusal as refusal:
            found.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.fixture
def committed_officers(committed):
    set_day()
    return open_officer("first"), open_officer("second"), open_officer("third")


def test_of_two_who_sign_second_at_once_one_is_too_late(committed_officers, desk):
    first, second, third = committed_officers
    proposal = proposed(first)
    digest = listed(first, proposal).digest
    signed(first, proposal, digest)
    found = at_once(*(lambda a=actor: signed(a, proposal, digest) for actor in (second, third)))
    assert sorted(type(one).__name__ for one in found) == ["Refusal", "Signature"]
    assert (Enactment.objects.count(), Signature.objects.count()) == (1, 2)


def test_of_two_values_signed_at_once_the_later_is_of_an_old_law(committed_officers, desk):
    first, second, third = committed_officers
    pairs = []
    for value in ("800", "810"):
        proposal = proposed(first, value=value)
        digest = listed(first, proposal).digest
        signed(first, proposal, digest)
        pairs.append((proposal, digest))
    found = at_once(
        lambda: signed(second, *pairs[0]),
        lambda: signed(third, *pairs[1]),
    )
    assert sorted(type(one).__name__ for one in found) == ["Refusal", "Signature"]
    assert next(one for one in found if isinstance(one, Refusal)).code == "enacting.stale"
    assert Enactment.objects.count() == 1
    assert Signature.objects.filter(side="second").count() == 1, (
        "a signature that brings nothing into force is none"
    )


def test_a_double_click_signs_once(committed_officers, desk):
    first, second, _third = committed_officers
    proposal = proposed(first)
    digest = listed(first, proposal).digest
    signed(first, proposal, digest)
    at_once(*(lambda: signed(second, proposal, digest) for _ in range(3)))
    assert (Enactment.objects.count(), Signature.objects.count()) == (1, 2)
    assert signed(second, proposal, digest).side == "second"


# -- old decisions ---------------------------------------------------------------------------------------------------


@provision(DIBAO, 9, of=Household, label="人均收入低于低保标准（修订）")
def income_below_reworded() -> Expr:
    """家庭月人均收入低于低保标准，文字修订。"""
    return (income_per_head + income_per_head).below(standard + standard)


def test_old_decisions_replay_through_values_enacted_and_taken_back_and_a_rulebook_upgraded(fresh, desk):
    """Kept under three editions: of the files, with a value enacted, with it taken back; then a text is reworded."""
    first, second = open_officer("first"), open_officer("second")
    keeper = system_actor("test")

    def keep():
        with scope(keeper):
            return keep_decision(
                actor=keeper,
                household=WIDOW,
                purpose="测试",
                known_at=datetime.now(UTC) + timedelta(seconds=1),
            )

    rows = [keep()]
    proposal = enacted(first, second, desk, key="dibao.std.rural", value="7200", since=DECEMBER)
    rows.append(keep())
    taken_back(first, second, desk, proposal, DECEMBER)
    rows.append(keep())
    assert len({row.rulebook_id for row in rows}) == 3, "each names the edition it was made under"
    amounts = [
        next(o["payable"] for o in json.loads(row.content)["outcomes"] if o["programme"] == "dibao")
        for row in rows
    ]
    assert amounts[0] == amounts[2] != amounts[1]
    upgraded = with_provisions(load(), {"income_below_standard": income_below_reworded})
    with scope(keeper):
        for row in Decision.objects.order_by("decided_at"):
            again = replay_decision(keeper, row.pk)
            assert (again.same, again.changes, again.content) == (True, (), row.content)
            text = row.rulebook
            book = upgraded.with_enacted(rows_of_plain(text.enacted))
            assert book.hash not in {one.rulebook_id for one in rows}
            later = replay(row.content, text.rules, book)
            assert later.same
            assert later.content == row.content
            assert [change.name for change in later.changes] == ["income_below_standard"]


# -- sweeps ----------------------------------------------------------------------------------------------------------


def test_a_sweep_decides_with_what_is_in_force(sweep, desk):
    from minzheng.assessment.models import Lead

    def found(row):
        with scope(system_actor("test")):
            return Lead.objects.get(household_id=WIDOW, programme="dibao").fen, row.rulebook

    first, second = open_officer("first"), open_officer("second")
    assert found(sweep()) == (353_00, load().hash)
    enacted(first, second, desk, key="dibao.std.rural", value="7200", since=DECEMBER)
    assert found(sweep()) == (400_00, rulebook().hash)
    assert rulebook().hash != load().hash
