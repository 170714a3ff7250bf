"""The audit: append-only for everybody, chained at commit, and able to say where it was broken."""

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.actions import record, set_business_date
from minzheng.base.models import AuditEntry
from minzheng.base.queries import audit_chain, business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission, Role
from minzheng.database import Role as DatabaseRole
from minzheng.database import address
from minzheng.values.errors import Refusal
from tests.apps.base.conftest import ticket_for
from tests.conftest import HOME


def auditor(*regions):
    return Actor("staff:9", "审计", regions or ("1404",), frozenset({Role.AUDITOR}))


def write(entries, actor=None):
    actor = actor or system_actor("test")
    for number in range(entries):
        with scope(actor):
            record(actor, "look", "household", number, division="140403001")


def chain(**how):
    with scope(auditor()) as actor:
        return audit_chain(actor, **how)


def as_superuser(worker_id, *statements):
    """What a database administrator could do: triggers off, then anything."""
    with address(DatabaseRole.SUPERUSER, base=HOME, name=f"minzheng_{worker_id}").connect() as root:
        root.execute("set session_replication_role = replica")
        for statement in statements:
            root.execute(statement)


def test_entries_are_chained_when_they_are_committed(committed):
    write(3)
    state = chain()
    assert (state.count, state.holds) == (3, True)
    assert len(state.head) == 64


def test_an_entry_that_was_rolled_back_leaves_no_gap(committed):
    write(1)
    with pytest.raises(ZeroDivisionError), scope(system_actor("test")) as actor:
        record(actor, "look", "household", 7)
        raise ZeroDivisionError
    write(1)
    assert (chain().count, chain().holds) == (2, True)


def test_two_transactions_at_once_chain_in_the_order_they_commit(committed, worker_id):
    place = address(DatabaseRole.APP, base=HOME, name=f"minzheng_{worker_id}")
    with place.connect() as one, place.connect() as two:
        for number, other in enumerate((one, two)):
            with other.cursor() as cursor:
                cursor.execute(
                    "select guard.open_scope(%s)", [ticket_for(cursor, f"system:{number}", ["1404"])]
                )
                cursor.execute(
                    "insert into base_auditentry (id, verb, subject_kind, subject, division, reason, detail)"
                    " values (gen_random_uuid(), 'look', 'x', %s, '', '', '{}')",
                    [str(number)],
                )
        two.commit()
        one.commit()
    assert (chain().count, chain().holds) == (2, True)
    with scope(auditor()), connection.cursor() as cursor:
        cursor.execute(
            "select e.actor from base_auditlink l join base_auditentry e on e.id = l.entry order by l.number"
        )
        assert [actor for (actor,) in cursor.fetchall()] == ["system:1", "system:0"]


@pytest.mark.django_db
def test_the_actor_comes_from_the_ticket_and_no_other_can_be_named():
    with scope(auditor()) as actor:
        assert record(actor, "look", "household", 1).actor == actor.key
        other = Actor("staff:10", "别人", ("1404",))
        with pytest.raises(DatabaseError, match="another actor"), transaction.atomic():
            record(other, "look", "household", 1)


@pytest.mark.django_db
def test_without_a_scope_nothing_is_recorded():
    with pytest.raises(DatabaseError, match="needs a scope"), transaction.atomic():
        record(auditor(), "look", "household", 1)


@pytest.mark.parametrize("table", ["base_auditentry", "base_auditlink"])
@pytest.mark.parametrize(
    "statement",
    ["update {} set id = id", "delete from {}", "truncate {} cascade"],
    ids=["update", "delete", "truncate"],
)
@pytest.mark.parametrize("role", [DatabaseRole.APP, DatabaseRole.OWNER])
def test_nobody_changes_the_audit_not_even_the_owner(committed, worker_id, role, statement, table):
    write(1)
    statement = statement.format(table).replace(
        "id = id", "digest = ''" if table == "base_auditlink" else "id = id"
    )
    with address(role, base=HOME, name=f"minzheng_{worker_id}").connect() as session:
        cursor = session.cursor()
        cursor.execute("select guard.open_scope(%s)", [ticket_for(cursor, "system:x", ["1404"])])
        with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.InsufficientPrivilege)):
            cursor.execute(statement)
        session.rollback()
    assert chain().count == 1


@pytest.mark.django_db
def test_the_application_writes_no_link_of_its_own():
    with (
        scope(system_actor("x")),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("insert into base_auditlink values (1, gen_random_uuid(), '', '')")


@pytest.mark.parametrize(
    ("what", "statement", "at"),
    [
        (
            "edit",
            "update base_auditentry set subject = '999' where id = (select entry from base_auditlink where number = 3)",
            3,
        ),
        (
            "delete",
            "delete from base_auditentry where id = (select entry from base_auditlink where number = 3)",
            3,
        ),
        ("unlink", "delete from base_auditlink where number = 3", 3),
        (
            "backdate",
            "update base_auditentry set at = at - interval '1 day' where id = (select entry from base_auditlink where number = 2)",
            2,
        ),
        ("cut the tail", "delete from base_auditlink where number > 3", 4),
    ],
)
def test_an_administrator_s_tampering_is_found(committed, worker_id, what, statement, at):
    write(5)
    whole = chain()
    as_superuser(worker_id, statement)
    state = chain(anchor=(whole.count, whole.head))
    assert not state.holds
    assert state.broken_at == at


def test_a_rewritten_tail_is_found_only_with_an_anchor_kept_elsewhere(committed, worker_id):
    write(4)
    anchor = (chain().count, chain().head)
    as_superuser(
        worker_id,
        "delete from base_auditentry where id in (select entry from base_auditlink where number > 2)",
        "delete from base_auditlink where number > 2",
    )
    write(2)
    assert chain().holds
    assert not chain(anchor=anchor).holds


@pytest.mark.django_db
def test_an_officer_reads_own_entries_and_those_of_the_region():
    with scope(Actor("staff:2", "乙", ("140403",))) as other:
        record(other, "look", "household", "b", division="140403002001")
        record(other, "sign_in", "staff", 2)
    with scope(Actor("staff:1", "甲", ("140403002",))) as actor:
        record(actor, "sign_in", "staff", 1)
        assert set(AuditEntry.objects.values_list("subject", flat=True)) == {"b", "1"}
    with scope(Actor("staff:3", "丙", ("140423",))):
        assert not AuditEntry.objects.exists()
    with scope(auditor()):
        assert AuditEntry.objects.count() == 3


@pytest.mark.django_db
def test_only_a_citywide_auditor_checks_the_chain():
    with pytest.raises(Refusal, match="全市"):
        audit_chain(auditor("140403"))
    with pytest.raises(Refusal, match="没有"):
        audit_chain(Actor("staff:1", "甲", ("1404",), frozenset({Role.TOWNSHIP_OFFICER})))


@pytest.mark.django_db
def test_the_business_date_is_set_with_a_reason_and_recorded():
    from datetime import date

    from django.utils import timezone

    clerk = Actor("staff:5", "数据", ("1404",), frozenset({Role.DATA_ADMIN}))
    assert business_date() == timezone.localdate()
    with scope(clerk):
        set_business_date(actor=clerk, day=date(2023, 12, 31), reason="演示")
        assert business_date() == date(2023, 12, 31)
        set_business_date(actor=clerk, day=date(2024, 1, 31), reason="演示下月")
        assert business_date() == date(2024, 1, 31)
        last = AuditEntry.objects.filter(verb="set_business_date").order_by("at").last()
        assert last.detail == {"before": "2023-12-31"}
        with pytest.raises(Refusal, match="事由"):
            set_business_date(actor=clerk, day=date(2024, 1, 31), reason=" ")
    with scope(auditor()) as actor, pytest.raises(Refusal) as refused:
        set_business_date(actor=actor, day=date(2024, 1, 31), reason="不该")
    assert Permission.SET_BUSINESS_DATE.label in refused.value.message
