"""What the database refuses to the application itself, attacked by SQL as the application's role."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.awards.models import Award, Member
from minzheng.awards.queries import members_in
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from tests.apps.awards.conftest import JANUARY, WIDOW

OTHER_HOME, OTHER = 4, 11


def refused(sql: str, *values: object, at_commit: bool = False) -> str:
    """The text of the refusal; fails when the statement is let through."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        if at_commit:
            cursor.execute("set constraints all immediate")
    return str(caught.value)


def _bump(award: Award) -> None:
    """The award's next version, as an action makes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update awards_award set version = version + 1, verb = 'change' where id = %s", [award.pk]
        )
    award.refresh_from_db()


def _term(award: Award, **more: object) -> tuple[str, list[object]]:
    row = {
        "award_id": award.pk, "household_id": award.household_id, "division": award.division,
        "version": award.version, "since": JANUARY.first_day, "runs": True, "fen": 1, "exact": "1", "cause": "changed",
        "decision_id": award.decision_id,
    } | more  # fmt: skip
    marks = ", ".join(["%s"] * len(row))
    return f"insert into awards_term ({', '.join(row)}) values ({marks})", list(row.values())


# -- nothing is overwritten or removed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", ["awards_term", "awards_member", "awards_event", "awards_written", "awards_award"]
)
def test_rows_are_never_removed(widow_award, table):
    refused(f"delete from {table}")
    refused(f"truncate {table} cascade")


@pytest.mark.parametrize(
    "change",
    [
        "update awards_term set fen = 999999",
        "update awards_term set until = since + interval '1 month'",
        "update awards_event set reason = '无'",
        "update awards_member set person_id = person_id + 1",
        "update awards_member set until = date '2024-06-01'",
        "update awards_written set receipt_id = 1",
        "update awards_award set programme = 'tekun', version = version + 1",
        "update awards_award set household_id = household_id + 1, version = version + 1",
        "update awards_award set since = date '2020-01-01', version = version + 1",
        "update awards_award set decision_id = null, version = version + 1",
        "update awards_award set ends = date '2030-01-01', ground = 'voluntary', version = version + 1",
        "update awards_award set reason = '改写'",
        "update awards_award set reason = '改写', version = version + 2",
        "update awards_award set division = '140425200200', version = version + 1",
    ],
)
def test_what_was_written_stays_as_it_was_written(widow_award, change):
    refused(change)


EVENT = (
    "insert into awards_event (award_id, household_id, division, version, at, on_day, actor, verb, reason, ground,"
    " review_class) select id, household_id, division, 9, now(), on_day, 'staff:1', 'open', '', '', '' from awards_award"
)
COVER = (
    "insert into awards_cover (member_id, award_id, division, person_id, family, during)"
    " select id, award_id, division, 999, 'livelihood', daterange(since, null) from awards_member"
)


@pytest.mark.parametrize(
    "change",
    [
        EVENT,
        COVER,
        "delete from awards_cover",
        "update awards_cover set family = 'none'",
        "delete from awards_family",
        "insert into awards_family values ('none', 'tekun', 'months')",
        "update awards_counter set taken = 0",
        "select * from awards_counter",
    ],
)
def test_what_the_database_writes_itself_nobody_else_writes(widow_award, change):
    assert "permission denied" in refused(change)


# -- an amount has a decision behind it ----------------------------------------------------------------------


def test_a_term_is_written_with_the_version_in_hand_only(widow_award):
    sql, values = _term(widow_award, version=widow_award.version + 1)
    assert "next version" in refused(sql, *values)


def test_the_stamp_of_a_version_is_not_forged(widow_award):
    """An attacker sets the mark of the transaction: it counts as a change, and the database sets it itself."""
    refused("update awards_award set xact = pg_current_xact_id(), ground = 'death'")


def test_an_amount_is_what_the_decision_says_to_the_fen(widow_award):
    _bump(widow_award)
    sql, values = _term(widow_award)
    assert "does not grant dibao so many fen" in refused(sql, *values)


def test_an_amount_rests_on_a_decision_about_the_household(widow_award, decided, city_of_stories):
    _bump(widow_award)
    other = decided(city_of_stories, OTHER_HOME)
    sql, values = _term(widow_award, decision_id=other.pk)
    assert "no such decision about the household" in refused(sql, *values)
    sql, values = _term(widow_award, decision_id=None)
    assert "term_leads_back" in refused(sql, *values)


def test_an_award_upon_a_case_needs_the_decision_of_that_case(widow_award, confirmed):
    case = confirmed("care_subsidy", OTHER_HOME, OTHER)
    columns = (
        "public_id, number, division, household_id, person_id, programme, origin, case_id, decision_id, since, ground,"
        " review_class, version, verb, reason, on_day"
    )
    select = (
        f"insert into awards_award ({columns}) select gen_random_uuid(), %s, h.village::text, h.id, %s, %s, 'case', %s,"
        " %s, date '2024-01-01', '', '', 1, 'open', '', date '2024-01-01' from registry_household h where h.id = %s"
    )
    wrong = refused(select, "x-1", OTHER, "care_subsidy", case.public_id, widow_award.decision_id, OTHER_HOME)
    assert "no such decision" in wrong
    made_up = refused(select, "x-2", OTHER, "care_subsidy", uuid.uuid4(), case.decision_id, OTHER_HOME)
    assert "decision of its case" in made_up
    nobody = refused(select, "x-3", None, "care_subsidy", case.public_id, case.decision_id, OTHER_HOME)
    assert "names a person" in nobody
    stranger = refused(select, "x-4", 1, "care_subsidy", case.public_id, case.decision_id, OTHER_HOME)
    assert "no such member of the household" in stranger


# -- whoever is paid is covered ------------------------------------------------------------------------------


def test_no_month_is_due_in_which_nobody_is_covered(widow_award):
    member = Member.objects.get(award=widow_award)
    _bump(widow_award)
    text = refused("update awards_member set superseded_at = now() where id = %s", member.pk, at_commit=True)
    assert "covers somebody in every month" in text


def test_a_months_amount_without_a_member_is_refused(city_of_stories, widow_award):
    (widow,) = members_in(widow_award, JANUARY)
    text = refused(
        "with a as (insert into awards_award (public_id, number, division, household_id, person_id, programme, origin,"
        " since, ground, review_class, version, verb, reason, on_day) select gen_random_uuid(), 'x-5', division,"
        " household_id, %s, 'living_subsidy', 'taken_over', since, '', '', 1, 'take_over', '', on_day from awards_award"
        " where id = %s returning id, household_id, division, since)"
        " insert into awards_term (award_id, household_id, division, version, since, runs, fen, exact, cause)"
        " select id, household_id, division, 1, since, true, 100, '100', 'taken_over' from a",
        widow, widow_award.pk,
    )  # fmt: skip
    assert "no such award" in text or "covers somebody" in text


# -- regions and sweeps --------------------------------------------------------------------------------------


def _elsewhere() -> Actor:
    return Actor(key="staff:77", name="测试人员", regions=("140425",))


def test_an_officer_elsewhere_neither_sees_nor_touches_an_award(widow_award):
    with scope(_elsewhere()), connection.cursor() as cursor:
        for table in ("award", "term", "member", "cover", "event", "written"):
            cursor.execute(f"select count(*) from awards_{table}")
            assert cursor.fetchone() == (0,)
        cursor.execute("update awards_award set version = version + 1, reason = '改'")
        assert cursor.rowcount == 0


def test_an_invisible_household_is_as_one_that_does_not_exist(widow_award):
    sql = (
        "insert into awards_award (public_id, number, division, household_id, programme, origin, since, ground,"
        " review_class, version, verb, reason, on_day) values (gen_random_uuid(), 'x-6', '140425200200', %s, 'dibao',"
        " 'taken_over', date '2024-01-01', '', '', 1, 'take_over', '', date '2024-01-01')"
    )
    with scope(_elsewhere()):
        invisible, missing = refused(sql, WIDOW), refused(sql, 10**9)
    assert invisible.splitlines()[0] == missing.splitlines()[0] == "no such household"


def test_a_sweep_awards_nothing(widow_award):
    with scope(system_actor("sweep")):
        text = refused("update awards_award set version = version + 1, reason = '比对'")
    assert "a sweep does not write" in text


def test_a_date_of_law_is_a_whole_month(widow_award):
    _bump(widow_award)
    sql, values = _term(widow_award, since=date(2024, 1, 15), cause="taken_over", decision_id=None)
    assert "term_whole_months" in refused(sql, *values)
