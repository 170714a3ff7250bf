"""What SQL may not do, said as the application's own role with a genuine ticket."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role, resident_actor
from minzheng.cases.models import Case, Event, KinDeclaration
from tests.apps.cases.conftest import DAY

TABLES = (
    "application", "case", "event", "duty", "clockrow", "kindeclaration", "visit", "finding", "override", "publicnotice",
    "objection", "letterrow", "attachment", "appeal", "consent", "shortage", "statementrow",
)  # fmt: skip


def tries(actor, sql, *values, why):
    """The statement as `actor`; it has to fail for the reason said."""
    with scope(actor), pytest.raises(DatabaseError, match=why), transaction.atomic():
        execute(sql, *values)


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.fixture
def elsewhere(staff_of):
    return staff_of(Role.TOWNSHIP_OFFICER, at="140425200")


def test_every_table_is_bound_by_policies_its_owner_too(walk, owner_cursor):
    owner_cursor.execute(
        "select relname from pg_class where relname = any(%s) and relrowsecurity and relforcerowsecurity",
        [[f"cases_{name}" for name in TABLES]],
    )
    assert {name for (name,) in owner_cursor.fetchall()} == {f"cases_{name}" for name in TABLES}
    owner_cursor.execute(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where relkind = 'r' and nspname = 'public' and relname like 'cases\\_%%' and not relrowsecurity"
    )
    assert [name for (name,) in owner_cursor.fetchall()] == ["cases_counter"]


def test_nothing_is_seen_without_a_ticket_or_elsewhere(walk, elsewhere):
    case = walk.reported()
    for actor in (elsewhere, None):
        for table in TABLES:
            if actor is None:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("select set_config('minzheng.ticket', '', true)")
                    cursor.execute(f"select count(*) from cases_{table}")
                    assert cursor.fetchone() == (0,), table
            else:
                with scope(actor):
                    assert execute(f"select count(*) from cases_{table}") == [(0,)], table
    tries(
        elsewhere,
        "insert into cases_event (case_id, version, on_day, action, before, after, side, clause, reason, fields)"
        " values (%s, %s, %s, 'withdraw', 'reported', 'withdrawn', '', '', '', '{}')",
        case.pk,
        case.version + 1,
        DAY,
        why="no such case",
    )


def test_a_case_does_not_change_without_its_ledger(walk):
    case = walk.reported()
    for change in (
        "state = 'decided_yes'", "version = version + 1", "outcome = 'yes'", "accepted_on = null", "mode = 'county'",
    ):  # fmt: skip
        tries(
            walk.officer,
            f"update cases_case set {change} where id = %s",
            case.pk,
            why="ledger|next version|rests on a determination",
        )


def test_a_case_is_not_decided_by_whom_it_was_handled(walk):
    case = walk.reported()
    tries(walk.officer, event("confirm", "decided_yes", "handle"), *about(case), why="by_deciders")
    tries(walk.officer, event("report", "decided_yes", "handle"), *about(case), why="decided_by_deciders")
    tries(walk.officer, event("confirm", "decided_yes", "decide"), *about(case), why="one_side_of_a_case")


def event(action, after, side, decision=None):
    fields = "{}" if decision is None else f'{{"decision": "{decision}"}}'
    return (
        "insert into cases_event (case_id, version, on_day, action, before, after, side, clause, reason, fields)"
        f" values (%s, %s, '2023-12-12', '{action}', %s, '{after}', '{side}', '', '', '{fields}')"
    )


def about(case):
    return case.pk, case.version + 1, case.state


def test_the_platform_takes_no_side(walk):
    case = walk.reported()
    tries(
        system_actor("cases"),
        event("confirm", "decided_yes", "decide"),
        *about(case),
        why="a_side_is_taken_by",
    )


def test_an_event_names_its_own_author_and_comes_next(walk):
    case = walk.reported()
    with scope(walk.other):
        execute(
            "insert into cases_event (case_id, version, on_day, actor, natural_person, at, action, before, after, side,"
            " clause, reason, fields) values (%s, %s, %s, 'staff:1', %s, '2000-01-01', 'note', %s, %s, '', '', '', '{}')",
            case.pk, case.version + 1, DAY, uuid.uuid4(), case.state, case.state,
        )  # fmt: skip
        written = Event.objects.get(case=case, version=case.version + 1)
        assert written.actor == walk.other.key
        assert str(written.natural_person) == walk.other.natural_person
        assert written.at.year > 2000
    tries(
        walk.other, event("note", case.state, ""), case.pk, case.version + 3, case.state, why="next version"
    )
    tries(walk.other, event("submit", case.state, ""), case.pk, 1, "", why="first event opens|once_a_version")


@pytest.mark.parametrize("table", ["event", "duty", "visit", "override", "attachment"])
def test_the_ledger_is_append_only(walk, table):
    walk.reported()
    tries(walk.officer, f"delete from cases_{table}", why="append-only|permission denied")
    tries(walk.officer, f"update cases_{table} set id = id + 1", why="append-only|permission denied")


def test_rows_are_never_removed(walk):
    walk.reported()
    for table in ("case", "application", "clockrow", "publicnotice", "letterrow", "consent", "statementrow"):
        tries(walk.officer, f"delete from cases_{table}", why="never removed")


def test_duties_are_written_by_the_ledger_alone(walk):
    case = walk.submit()
    tries(
        walk.officer,
        "insert into cases_duty (case_id, natural_person, side, action, version) values (%s, %s, 'decide', 'confirm', 1)",
        case.pk,
        walk.other.natural_person,
        why="permission denied",
    )


def test_numbers_are_the_database_s(walk):
    walk.submit()
    tries(walk.officer, "update cases_counter set last = 9", why="permission denied")
    tries(walk.officer, insert_case(walk, number="ZZ-140403-2023-000099"), why="given by the database")


def insert_case(walk, *, number="ZZ", household=None, division=None, programme="'edge'", more=""):
    household = walk.row.pk if household is None else household
    division = str(walk.row.village) if division is None else division
    return (
        "insert into cases_case (public_id, number, line, programme, division, household_id, applicant_id, channel, state,"
        " mode, version, received_on, due_clock, extension_ground, kin_registered, outcome"
        f"{', ' + more.split('=')[0] if more else ''})"
        f" values (gen_random_uuid(), '{number}', 'made_up', {programme}, '{division}', {household}, {walk.head}, 'office',"
        f" 'submitted', '', 1, '2023-12-01', '', '', false, ''{', ' + more.split('=')[1] if more else ''})"
    )


def test_a_case_opens_about_a_household_that_is_there_and_undecided(walk, elsewhere):
    with scope(system_actor("test")):
        other = execute(
            "select id, village from registry_household where township / 1000 <> %s limit 1",
            walk.row.township // 1000,
        )[0]
    tries(walk.officer, insert_case(walk, household=other[0]), why="no such household")
    tries(walk.officer, insert_case(walk, household=999_999_999), why="no such household")
    tries(
        walk.officer,
        insert_case(walk, household=other[0], division=other[1]),
        why="row-level security|no such household",
    )
    tries(walk.officer, insert_case(walk, more="decided_on='2023-12-01'"), why="opened undecided")


def test_a_case_stays_about_whom_it_is_and_where(walk):
    case = walk.submit()
    with scope(system_actor("test")):
        other = execute(
            "select village::text from registry_household where village <> %s limit 1", walk.row.village
        )
    county = walk.approver
    for change in (
        f"household_id = {walk.row.pk + 1}",
        "number = 'X'",
        "applicant_id = 1",
        "programme = 'edge'",
    ):
        tries(
            county, f"update cases_case set {change} where id = %s", case.pk, why="keeps its number and whom"
        )
    with scope(system_actor("test")), transaction.atomic():
        execute(event("note", case.state, ""), *about(case))
        with pytest.raises(DatabaseError, match="moves by transfer only"), transaction.atomic():
            execute("update cases_case set division = %s where id = %s", other[0][0], case.pk)
        transaction.set_rollback(True)


def test_a_township_cannot_push_a_case_out_of_its_scope(walk):
    case = walk.submit()
    tries(
        walk.officer,
        event("transfer", case.state, "handle")
        + "; update cases_case set division = '140425200001' where id = "
        + str(case.pk),
        *about(case),
        why="row-level security|moves by transfer|no such",
    )


def test_a_decision_of_another_household_is_not_cited(walk):
    from minzheng.assessment.actions import keep_decision

    case = walk.reported()
    with scope(system_actor("test")) as platform:
        other = execute("select id from registry_household where id <> %s limit 1", walk.row.pk)[0][0]
        foreign = keep_decision(actor=platform, household=other, purpose="test", on=DAY)
    sql = event("confirm", "decided_yes", "decide", foreign.pk)
    tries(walk.approver, sql, *about(case), why="no such decision of the household|not what the rules")
    bare = event("confirm", "decided_yes", "decide")
    tries(walk.approver, bare, *about(case), why="rests on a determination")


def test_a_decision_says_what_its_determination_says(walk):
    from minzheng.assessment.actions import keep_decision

    case = walk.reported()
    with scope(walk.approver):
        kept = keep_decision(actor=walk.approver, household=walk.row.pk, purpose="test", on=DAY)
    sql = event("refuse", "decided_no", "decide", kept.pk)
    tries(walk.approver, sql, *about(case), why="not what the rules or a judgement say")


def test_no_case_is_in_a_decided_state_without_a_decision(walk):
    case = walk.reported()
    tries(walk.approver, event("report", "decided_yes", "decide"), *about(case), why="decided by a decision")
    tries(
        walk.approver, event("confirm", "decided_yes", "decide"), *about(case), why="rests on a determination"
    )


def test_what_was_reported_is_decided_by_the_county_by_sql_too(walk):
    from minzheng.assessment.actions import keep_decision

    case = walk.reported()
    with scope(walk.other):
        kept = keep_decision(actor=walk.other, household=walk.row.pk, purpose="test", on=DAY)
    tries(
        walk.other,
        event("confirm", "decided_yes", "decide", kept.pk),
        *about(case),
        why="county decides here",
    )


def test_a_decided_case_stays_decided(walk):
    case = walk.decide(walk.reported())
    sql = event("note", case.state, "") + (f"; update cases_case set outcome = 'no' where id = {case.pk}")
    tries(walk.approver, sql, *about(case), why="stays decided")


def test_near_kin_takes_no_side_by_sql_either(walk):
    case = walk.submit()
    with scope(walk.officer):
        KinDeclaration.objects.create(
            division=case.division, natural_person=walk.other.natural_person, person_id=walk.head,
            relation="兄弟姐妹", declared_on=DAY,
        )  # fmt: skip
    tries(walk.other, event("accept", "accepted", "handle"), *about(case), why="near kin takes no part")


def test_nobody_takes_back_a_declaration_about_himself(walk):
    case = walk.submit()
    with scope(walk.officer):
        kin = KinDeclaration.objects.create(
            division=case.division, natural_person=walk.officer.natural_person, person_id=walk.head,
            relation="配偶", declared_on=DAY,
        )  # fmt: skip
    sql = "update cases_kindeclaration set withdrawn_on = '2023-12-02', reason = '登记有误' where id = %s"
    tries(walk.officer, sql, kin.pk, why="about himself")
    tries(
        walk.officer,
        "update cases_kindeclaration set person_id = 1 where id = %s",
        kin.pk,
        why="stays as it is",
    )
    with scope(walk.other):
        assert execute(sql, kin.pk) == 1


def test_a_sweep_opens_no_case(walk):
    tries(system_actor("sweep"), insert_case(walk), why="a sweep does not write")


def test_children_are_on_no_board(walk, made_up):
    with scope(system_actor("test")):
        execute(insert_case(walk, programme="'orphan'"))
        child = Case.objects.get(programme="orphan")
    tries(
        walk.officer,
        "insert into cases_publicnotice (public_id, case_id, kind, programme, village, applicant_name, members, since, until)"
        " values (gen_random_uuid(), %s, 'opinion', '', '', '', 1, '2023-12-01', '2023-12-08')",
        child.pk,
        why="children are not publicised",
    )


def test_the_name_on_a_board_is_the_registry_s(walk):
    case = walk.hung()
    with scope(walk.officer):
        execute(
            "insert into cases_publicnotice (public_id, case_id, kind, programme, village, applicant_name, members, since,"
            " until) values (gen_random_uuid(), %s, 'opinion', 'x', '0', '某人有病', 1, '2023-12-20', '2023-12-27')",
            case.pk,
        )
        (name, programme), (true_name,) = (
            execute("select applicant_name, programme from cases_publicnotice order by id desc limit 1")[0],
            execute("select name from registry_person where id = %s", walk.head)[0],
        )
    assert (name, programme) == (true_name, "dibao")
    tries(
        walk.officer, "update cases_publicnotice set applicant_name = '某人' where case_id = %s", case.pk,
        why="stays as it was written",
    )  # fmt: skip


def test_a_refusal_is_on_no_board_by_sql_either(refused_walk):
    walk = refused_walk
    refused = walk.decide(walk.reported(), confirm=False, reason="家庭收入高于标准")
    tries(
        walk.officer,
        "insert into cases_publicnotice (public_id, case_id, kind, programme, village, applicant_name, members, since)"
        " values (gen_random_uuid(), %s, 'result', '', '', '', 1, '2023-12-20')",
        refused.pk,
        why="what is published as confirmed is confirmed",
    )


def test_limits_do_not_move_by_hand(walk):
    case = walk.step(walk.officer, walk.submit(), "accept")
    for change in ("due_on = due_on + 30", "started_on = started_on + 1", "value = 99, parameter = 'x'"):
        tries(
            walk.officer,
            f"update cases_clockrow set {change} where case_id = %s and met_on is null",
            case.pk,
            why="by extension only|keeps what it measures",
        )


# -- residents -------------------------------------------------------------------------------------------
@pytest.fixture
def resident(walk):
    return resident_actor(walk.head, walk.row.pk, "申请人")


def test_a_resident_sees_the_own_household_s_cases_and_no_other_s(walk, resident):
    case = walk.submit()
    neighbour = resident_actor(walk.head, walk.row.pk + 1, "邻居")
    with scope(resident):
        assert [one.pk for one in Case.objects.filter(programme="dibao")] == [case.pk]
        assert execute("select count(*) from cases_duty") == [(0,)]
        assert execute("select count(*) from cases_kindeclaration") == [(0,)]
    with scope(neighbour):
        assert not Case.objects.exists()


def test_a_resident_takes_no_officer_s_step_by_sql(walk, resident):
    case = walk.submit()
    tries(resident, event("accept", "accepted", ""), *about(case), why="no step of a resident")
    tries(resident, event("withdraw", "decided_yes", ""), *about(case), why="no step of a resident")
    tries(resident, event("supply", "reported", ""), *about(case), why="no step of a resident")
    for change in (
        "kin_registered = true",
        "mode = 'delegated'",
        "assignee_id = null, outcome = 'done'",
        "due_on = '2030-01-01'",
    ):
        sql = event("supply", case.state, "") + f"; update cases_case set {change} where id = {case.pk}"
        tries(resident, sql, *about(case), why="not for a resident to change")
    tries(resident, insert_case(walk).replace("'submitted'", "'reported'"), why="not how a family applies")
    tries(
        resident,
        "insert into cases_letterrow (public_id, number, case_id, division, version, kind, content, received_on,"
        " delivered_by) values (gen_random_uuid(), 'WS', %s, %s, 1, 'other', '{}', %s, '')",
        case.pk,
        case.division,
        DAY,
        why="row-level security",
    )


def test_a_visit_needs_two_people_and_its_ledger(walk):
    case = walk.step(walk.officer, walk.submit(), "accept")
    sql = (
        "insert into cases_visit (public_id, case_id, client_key, request_digest, version, base_version, on_day, staff,"
        " investigators, present, remote_ground, note, by_county, late)"
        " values (gen_random_uuid(), %s, gen_random_uuid(), '', %s, 1, %s, %s, '{}', '户主', '', '', true, false)"
    )
    one, two = (int(a.key.removeprefix("staff:")) for a in (walk.officer, walk.other))
    tries(walk.officer, sql, case.pk, case.version, DAY, [one, one], why="made by two")
    tries(walk.officer, sql, case.pk, case.version, DAY, [one, two], why="stands in the ledger")


def test_kin_of_staff_is_not_decided_before_the_county_was_there(walk):
    case = walk.reported()
    with scope(walk.officer):
        KinDeclaration.objects.create(
            division=case.division, natural_person=uuid.uuid4(), person_id=walk.head, relation="兄弟姐妹",
            declared_on=date(2023, 12, 1),
        )  # fmt: skip
        from minzheng.assessment.actions import keep_decision

    with scope(walk.approver):
        kept = keep_decision(actor=walk.approver, household=walk.row.pk, purpose="test", on=DAY)
    sql = event("confirm", "decided_yes", "decide", kept.pk)
    tries(walk.approver, sql, *about(case), why="the county visits first")
