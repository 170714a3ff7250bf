"""Separated administrators: who changes whose account, roles and regions; calendars, hand-over, keys of other systems."""

from __future__ import annotations

import time
import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from minzheng.base import administration, api_keys
from minzheng.base.models import (
    ApiKey,
    ApiNonce,
    AuditEntry,
    CalendarYear,
    HandOver,
    RegionInCharge,
    RoleChange,
    Staff,
)
from minzheng.base.queries import actor_of, added_years, regions_of, successor_of, work_calendar
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import blind_index
from minzheng.base.types import Actor, Permission, Role
from minzheng.rulebook.calendar import shipped_years
from minzheng.values import identity
from minzheng.values.errors import Refusal
from tests.apps.base.test_staff import account

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


def number(sequence: int) -> str:
    return identity.compose("140499", date(1980, 5, 6), sequence).reveal_for("tests")


@pytest.fixture
def system():
    return actor_of(account("xitong", roles=(Role.SYSTEM_ADMIN,), regions=("1404",)))


@pytest.fixture
def security():
    return actor_of(account("anquan", roles=(Role.SECURITY_ADMIN,), regions=("1404",)))


@pytest.fixture
def officer():
    return account()


def pk(actor: Actor) -> int:
    return int(actor.key.removeprefix("staff:"))


def opened(system: Actor, username="xinren", sequence=1) -> Staff:
    with scope(system):
        return administration.open_staff_account(
            actor=system,
            username=username,
            name="新人",
            unit="潞州区民政局",
            identity_number=number(sequence),
        )


def set_roles(actor: Actor, staff: int, *roles: Role) -> None:
    with scope(actor):
        administration.set_roles(actor=actor, staff=staff, roles=roles, reason="分工调整")


# -- accounts, roles, regions ------------------------------------------------------------------------------


def test_an_account_takes_two_administrators_to_be_of_use(system, security):
    fresh = opened(system)
    assert (fresh.roles, fresh.has_usable_password(), regions_of(fresh, on=TODAY())) == ([], False, ())
    with pytest.raises(Refusal, match="没有"):
        set_roles(system, fresh.pk, Role.TOWNSHIP_OFFICER)
    set_roles(security, fresh.pk, Role.TOWNSHIP_OFFICER)
    with scope(security):
        administration.give_region(
            actor=security, staff=fresh.pk, division="140403001", since=TODAY(), reason="分工"
        )
    fresh.refresh_from_db()
    assert actor_of(fresh).regions == ("140403001",)
    assert actor_of(fresh).roles == {Role.TOWNSHIP_OFFICER}
    with scope(security), pytest.raises(Refusal, match="没有"):
        administration.open_staff_account(
            actor=security, username="x", name="x", unit="x", identity_number=number(3)
        )


def test_the_identity_number_is_not_kept_but_says_who_is_the_same_person(system):
    first, second, other = opened(system, "jia", 1), opened(system, "jia2", 1), opened(system, "yi", 3)
    assert first.natural_person == second.natural_person != other.natural_person
    assert first.natural_person == uuid.UUID(bytes=blind_index(number(1), column="staff.natural_person"))
    with scope(system_actor("test")):
        kept = str(list(Staff.objects.values())) + str(list(AuditEntry.objects.values()))
    assert number(1) not in kept
    with pytest.raises(Refusal, match="校验位"), scope(system):
        administration.open_staff_account(
            actor=system,
            username="x",
            name="x",
            unit="x",
            identity_number=number(1)[:-1] + ("0" if number(1)[-1] != "0" else "1"),
        )


@pytest.mark.parametrize("field", ["username", "name", "unit"])
@pytest.mark.parametrize("value", ["", "  ", "a\nb"])
def test_an_account_without_its_particulars_is_not_opened(system, field, value):
    form = {"username": "xinren", "name": "新人", "unit": "单位", field: value}
    with scope(system), pytest.raises(Refusal) as refused:
        administration.open_staff_account(actor=system, identity_number=number(1), **form)
    assert refused.value.field == field


def test_nobody_changes_what_is_his_own(system, security):
    with pytest.raises(Refusal, match="自己的账号"):
        set_roles(security, pk(security), Role.SECURITY_ADMIN, Role.AUDITOR)
    with scope(security), pytest.raises(Refusal, match="自己的账号"):
        administration.give_region(
            actor=security, staff=pk(security), division="14", since=TODAY(), reason="x"
        )
    with scope(system), pytest.raises(Refusal, match="自己的账号"):
        administration.close_account(actor=system, staff=pk(system), reason="x")


def test_not_in_a_second_account_either(system, security):
    with scope(system_actor("test")):
        second = Staff.objects.create(
            username="anquan-er", name="同一个人", natural_person=uuid.UUID(security.natural_person)
        )
    with pytest.raises(Refusal, match="自己的账号"):
        set_roles(security, second.pk, Role.TOWNSHIP_OFFICER)
    with scope(security), pytest.raises(DatabaseError), transaction.atomic():
        Staff.objects.filter(pk=second.pk).update(roles=[Role.TOWNSHIP_OFFICER])
    with scope(security), pytest.raises(DatabaseError), transaction.atomic():
        RegionInCharge.objects.create(staff=second, division="1404", since=TODAY())


def test_the_three_administrators_are_three_people_and_do_no_other_work(system, security, officer):
    other = actor_of(account("anquan2", roles=(Role.SECURITY_ADMIN,), regions=("1404",)))
    for roles in (
        (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN),
        (Role.SYSTEM_ADMIN, Role.AUDITOR),
        (Role.AUDITOR, Role.TOWNSHIP_OFFICER),
    ):
        with pytest.raises(Refusal, match="不同的人"):
            set_roles(other, officer.pk, *roles)
        with scope(system_actor("test")), pytest.raises(DatabaseError), transaction.atomic():
            Staff.objects.filter(pk=officer.pk).update(roles=list(roles))
    with scope(system_actor("test")):
        second = Staff.objects.create(
            username="jingban-er", name="同一个人", natural_person=officer.natural_person
        )
    with pytest.raises(Refusal, match="同一个人"):
        set_roles(other, second.pk, Role.AUDITOR)
    with scope(system_actor("test")), pytest.raises(DatabaseError), transaction.atomic():
        Staff.objects.create(
            username="z", name="z", natural_person=officer.natural_person, roles=[Role.SYSTEM_ADMIN]
        )


ESCALATIONS = {
    "own roles": lambda me: Staff.objects.filter(pk=me).update(roles=["system_admin"]),
    "own regions": lambda me: RegionInCharge.objects.create(staff_id=me, division="1404", since=TODAY()),
    "own regions widened": lambda me: RegionInCharge.objects.filter(staff_id=me).update(division="1404"),
    "own regions brought back": lambda me: RegionInCharge.objects.filter(staff_id=me).update(until=None),
    "own regions prolonged": lambda me: RegionInCharge.objects.filter(staff_id=me).update(
        until=date(2099, 1, 1)
    ),
    "own regions removed": lambda me: RegionInCharge.objects.filter(staff_id=me).delete(),
    "another person": lambda me: Staff.objects.filter(pk=me).update(natural_person=uuid.uuid4()),
    "a demonstration account": lambda me: Staff.objects.filter(pk=me).update(is_demo=True),
    "a new account": lambda me: Staff.objects.create(username="neu", name="x", password="md5$x$y"),
    "a new account with roles": lambda me: Staff.objects.create(
        username="neu", name="x", password="!", roles=["auditor"]
    ),
    "the password of somebody else": lambda me: Staff.objects.exclude(pk=me).update(password="md5$x$y"),
    "closing somebody": lambda me: Staff.objects.exclude(pk=me).update(is_active=False),
    "removing somebody": lambda me: Staff.objects.exclude(pk=me).delete(),
    "renaming somebody": lambda me: Staff.objects.exclude(pk=me).update(name="x"),
    "a calendar": lambda me: CalendarYear.objects.create(
        year=2030, rest=[date(2030, 1, 1)], work=[], document="x"
    ),
    "a hand-over": lambda me: HandOver.objects.create(leaver_id=me + 1, successor_id=me, reason="x"),
    "a role change in the books": lambda me: RoleChange.objects.create(
        staff_id=me, before=[], after=["auditor"], changed_by="x"
    ),
}


@pytest.mark.parametrize("attack", list(ESCALATIONS))
def test_an_officer_escalates_nowhere_by_sql(officer, attack):
    me = actor_of(officer)
    account("tongshi", regions=("140403002",))
    with scope(me), pytest.raises(DatabaseError), transaction.atomic():
        ESCALATIONS[attack](officer.pk)


def test_administrators_do_each_their_own_part_by_sql_as_well(system, security, officer):
    attacks = [
        (system, lambda: Staff.objects.filter(pk=officer.pk).update(roles=["county_approver"])),
        (system, lambda: RegionInCharge.objects.create(staff=officer, division="1404", since=TODAY())),
        (system, lambda: Staff.objects.filter(pk=officer.pk).update(password="md5$x$y")),
        (system, lambda: Staff.objects.create(username="n", name="n", password="md5$x$y")),
        (security, lambda: Staff.objects.filter(pk=officer.pk).update(is_active=False)),
        (security, lambda: Staff.objects.create(username="n", name="n", password="!")),
        (security, lambda: Staff.objects.filter(pk=officer.pk).update(password="md5$x$y")),
        (security, lambda: RegionInCharge.objects.create(staff=officer, division="1404", since=date(2020, 1, 1))),
        (security, lambda: RegionInCharge.objects.filter(staff=officer).update(until=date(2021, 1, 1))),
    ]  # fmt: skip
    for actor, attack in attacks:
        with scope(actor), pytest.raises(DatabaseError), transaction.atomic():
            attack()


def test_a_closed_administrator_administers_nothing(security, officer):
    with scope(system_actor("test")):
        Staff.objects.filter(pk=pk(security)).update(is_active=False)
    with scope(security), pytest.raises(DatabaseError), transaction.atomic():
        Staff.objects.filter(pk=officer.pk).update(roles=["county_approver"])


def test_every_change_of_roles_is_in_the_books_whoever_made_it(security, officer):
    set_roles(security, officer.pk, Role.COUNTY_REVIEWER)
    with scope(system_actor("test")):
        Staff.objects.filter(pk=officer.pk).update(roles=[Role.VILLAGE_WORKER])
        rows = list(RoleChange.objects.filter(staff=officer).order_by("id"))
        assert [(row.before, row.after, row.changed_by) for row in rows] == [
            ([], ["township_officer"], "system:test"),
            (["township_officer"], ["county_reviewer"], security.key),
            (["county_reviewer"], ["village_worker"], "system:test"),
        ]
        for attack in (lambda: rows[0].delete(), lambda: RoleChange.objects.update(changed_by="x")):
            with pytest.raises(DatabaseError), transaction.atomic():
                attack()


def test_regions_change_from_today_on_and_count_on_their_days(security, officer):
    tomorrow = TODAY() + timedelta(days=1)
    with scope(security):
        with pytest.raises(Refusal, match="过去"):
            administration.give_region(
                actor=security,
                staff=officer.pk,
                division="140423",
                since=TODAY() - timedelta(days=1),
                reason="x",
            )
        given = administration.give_region(
            actor=security, staff=officer.pk, division="140423", since=tomorrow, reason="轮岗"
        )
        held = RegionInCharge.objects.get(staff=officer, division="140403001")
        administration.end_region(actor=security, region=held.pk, until=tomorrow, reason="轮岗")
    assert regions_of(officer, on=TODAY()) == ("140403001",)
    assert regions_of(officer, on=tomorrow) == ("140423",)
    with scope(security), pytest.raises(Refusal, match="还没有开始"):
        administration.end_region(actor=security, region=given.pk, until=tomorrow, reason="x")
    with scope(security), pytest.raises(Refusal, match="区划代码"):
        administration.give_region(
            actor=security, staff=officer.pk, division="14040", since=tomorrow, reason="x"
        )


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_is_changed_without_a_reason(system, security, officer, reason):
    calls = [
        (security, lambda: administration.set_roles(actor=security, staff=officer.pk, roles=[], reason=reason)),
        (system, lambda: administration.close_account(actor=system, staff=officer.pk, reason=reason)),
        (system, lambda: administration.reopen_account(actor=system, staff=officer.pk, reason=reason)),
    ]  # fmt: skip
    for actor, call in calls:
        with scope(actor), pytest.raises(Refusal, match="事由"):
            call()


# -- leaving -----------------------------------------------------------------------------------------------


def test_who_leaves_hands_the_work_over_and_the_chain_is_followed(system):
    first, second, third = (account(name) for name in ("jia", "yi", "bing"))
    for leaver, heir in ((first, second), (second, third)):
        with scope(system):
            administration.close_account(actor=system, staff=leaver.pk, reason="调离", successor=heir.pk)
    assert (successor_of(first.pk), successor_of(second.pk), successor_of(third.pk)) == (
        third.pk,
        third.pk,
        None,
    )
    first.refresh_from_db()
    assert not first.is_active
    with scope(system), pytest.raises(Refusal, match="已经停用"):
        administration.close_account(actor=system, staff=first.pk, reason="再次")


def test_work_goes_to_nobody_who_left_and_not_to_the_administrator(system, officer):
    gone = account("zoule")
    with scope(system):
        administration.close_account(actor=system, staff=gone.pk, reason="调离")
        for heir in (gone.pk, officer.pk, 999_999):
            with pytest.raises(Refusal, match="接手"):
                administration.close_account(actor=system, staff=officer.pk, reason="调离", successor=heir)
        with pytest.raises(Refusal, match="自己"):
            administration.close_account(actor=system, staff=officer.pk, reason="x", successor=pk(system))
    officer.refresh_from_db()
    assert officer.is_active


# -- the work calendar -------------------------------------------------------------------------------------

NEW_YEAR = {"rest": [date(2030, 1, 1), date(2030, 2, 4)], "work": [date(2030, 2, 9)], "document": "国办发明电〔2029〕1号"}  # fmt: skip


def enter_year(actor, **more):
    with scope(actor):
        return administration.record_calendar_year(actor=actor, **{"year": 2030, **NEW_YEAR, **more})


def test_a_year_is_entered_and_the_later_entry_holds(system):
    assert added_years() == ()
    with pytest.raises(Refusal, match="2030"):
        work_calendar().plan(2030)
    enter_year(system)
    before = work_calendar().version
    enter_year(system, rest=[date(2030, 1, 1)], document="更正")
    assert [(plan.year, plan.document, sorted(plan.rest)) for plan in added_years()] == [
        (2030, "更正", [date(2030, 1, 1)])
    ]
    assert work_calendar().version != before
    assert not work_calendar().is_workday(date(2030, 1, 1))
    assert work_calendar().is_workday(date(2030, 2, 9))
    assert set(work_calendar().years) == {plan.year for plan in shipped_years()} | {2030}


@pytest.mark.parametrize(
    "wrong",
    [{"document": ""}, {"rest": []}, {"rest": [date(2031, 1, 1)]}, {"rest": [date(2030, 1, 5)]}, {"work": [date(2030, 1, 2)]}],
)  # fmt: skip
def test_a_year_that_cannot_be_is_refused(system, wrong):
    with pytest.raises(Refusal):
        enter_year(system, **wrong)


def test_the_database_refuses_it_as_well_and_keeps_what_was_entered(system, security):
    row = enter_year(system)
    attacks = [
        (system, lambda: CalendarYear.objects.filter(pk=row.pk).update(document="x")),
        (system, lambda: CalendarYear.objects.filter(pk=row.pk).delete()),
        (system, lambda: CalendarYear.objects.create(year=2030, rest=[date(2030, 1, 5)], work=[], document="x")),
        (system, lambda: CalendarYear.objects.create(year=2030, rest=[date(2031, 1, 1)], work=[], document="x")),
        (security, lambda: CalendarYear.objects.create(year=2030, rest=[date(2030, 1, 1)], work=[], document="x")),
    ]  # fmt: skip
    for actor, attack in attacks:
        with scope(actor), pytest.raises(DatabaseError), transaction.atomic():
            attack()
    with pytest.raises(Refusal, match="没有"):
        enter_year(security)


# -- keys of other systems ---------------------------------------------------------------------------------


def issued(security: Actor, **more):
    asked = {
        "system": "一体化平台",
        "unit": "市大数据局",
        "scopes": [api_keys.Scope.STATUS],
        "regions": ["140403"],
        "hosts": ["10.1.1.1"],
        "days": 90,
    }
    with scope(security):
        return api_keys.issue_key(actor=security, **{**asked, **more})


def called(rf, text: str, *, nonce: str = "", at: int | None = None, host: str = "10.1.1.1", **headers):
    return rf.get(
        "/api/x",
        REMOTE_ADDR=host,
        headers={
            "Authorization": f"Minzheng {text}",
            "X-Nonce": nonce or uuid.uuid4().hex,
            "X-Timestamp": str(at if at is not None else int(time.time())),
            **headers,
        },
    )


def test_a_key_opens_its_scope_in_its_regions(rf, security):
    row, text = issued(security)
    client = api_keys.client_of(called(rf, text))
    assert client.actor.key == f"api:{row.pk}"
    assert client.actor.regions == ("140403",)
    assert client.actor.may(Permission.SEE_CASES)
    assert not client.actor.may(Permission.RECEIVE_CASES)
    client.require(api_keys.Scope.STATUS)
    with pytest.raises(Refusal, match="用途"):
        client.require(api_keys.Scope.INTAKE)
    with scope(security):
        assert text.partition(".")[2].encode() not in bytes(ApiKey.objects.get(pk=row.pk).secret)


def test_every_way_to_be_wrong_is_one_answer(rf, security, officer):
    row, text = issued(security)
    _other, other_text = issued(security, system="另一个")
    used = uuid.uuid4().hex
    api_keys.client_of(called(rf, text, nonce=used))
    now = int(time.time())
    wrong = [
        called(rf, text, nonce=used),
        called(rf, text, host="10.1.1.2"),
        called(rf, text, at=now - 360),
        called(rf, text, at=now + 360),
        called(rf, text, **{"X-Timestamp": "yesterday"}),
        called(rf, text, **{"X-Timestamp": "１７００００００００"}),
        called(rf, text, nonce="short"),
        called(rf, text, nonce="x" * 65),
        called(rf, text[:-4] + ("A" if text[-4] != "A" else "B") + text[-3:]),
        called(rf, f"{uuid.uuid4()}.{text.partition('.')[2]}"),
        called(rf, f"{row.pk}.{other_text.partition('.')[2]}"),
        called(rf, ""),
        called(rf, text, Authorization=f"Bearer {text}"),
        rf.get("/api/x"),
    ]
    messages = set()
    for request in wrong:
        with pytest.raises(Refusal) as refused:
            api_keys.client_of(request)
        messages.add(str(refused.value))
    assert len(messages) == 1
    assert api_keys.client_of(called(rf, text))


def test_a_key_ends_by_itself_and_by_being_revoked(rf, security, monkeypatch):
    row, text = issued(security, days=1)
    later = timezone.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(api_keys.timezone, "now", lambda: later)
    with pytest.raises(Refusal):
        api_keys.client_of(called(rf, text))
    monkeypatch.undo()
    with scope(security):
        api_keys.revoke_key(actor=security, key=row.pk, reason="停用")
    with pytest.raises(Refusal):
        api_keys.client_of(called(rf, text))


@pytest.mark.parametrize(
    "wrong",
    [{"days": 0}, {"days": 91}, {"scopes": []}, {"regions": []}, {"regions": ["14040"]}, {"hosts": []},
     {"hosts": ["example.org"]}, {"hosts": ["10.0.0.0/8"]}, {"system": " "}],
)  # fmt: skip
def test_a_key_without_bounds_is_not_issued(security, wrong):
    with pytest.raises(Refusal):
        issued(security, **wrong)


def test_keys_are_issued_and_changed_by_nobody_else_and_never_prolonged(system, security, officer):
    row, _text = issued(security)
    fields = {"system": "x", "unit": "x", "secret": b"0" * 16, "scopes": ["intake"], "regions": ["1404"], "hosts": ["10.1.1.1"]}  # fmt: skip
    soon = timezone.now() + timedelta(days=10)
    attacks = [
        (system, lambda: ApiKey.objects.create(expires_at=soon, **fields)),
        (actor_of(officer), lambda: ApiKey.objects.create(expires_at=soon, **fields)),
        (security, lambda: ApiKey.objects.create(expires_at=soon + timedelta(days=99), **fields)),
        (security, lambda: ApiKey.objects.create(expires_at=soon, **{**fields, "secret": b"clear text of a secret"})),
        (security, lambda: ApiKey.objects.filter(pk=row.pk).update(expires_at=soon)),
        (security, lambda: ApiKey.objects.filter(pk=row.pk).update(hosts=["10.9.9.9"])),
        (security, lambda: ApiKey.objects.filter(pk=row.pk).delete()),
    ]  # fmt: skip
    for actor, attack in attacks:
        with scope(actor), pytest.raises(DatabaseError), transaction.atomic():
            attack()
    for actor in (system, actor_of(officer), system_actor("test")):
        with scope(actor):
            assert ApiKey.objects.count() == 0
            assert ApiNonce.objects.count() == 0
    with pytest.raises(Refusal, match="没有"):
        issued(system)
