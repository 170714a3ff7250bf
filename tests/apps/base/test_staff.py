"""Accounts, roles, regions, signing in, and the scope of a request."""

from datetime import date

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.http import Http404, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path
from django.utils import timezone

from minzheng.base.actions import open_account
from minzheng.base.demo_staff import ACCOUNTS, PASSWORD, open_demo_accounts, shown_accounts
from minzheng.base.middleware import ScopeMiddleware
from minzheng.base.models import AuditEntry, RegionInCharge, Staff
from minzheng.base.queries import actor_of, regions_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.sign_in import begin
from minzheng.base.types import PERMISSIONS, Actor, Permission, Role
from minzheng.values.errors import Refusal

pytestmark = pytest.mark.django_db

VILLAGE = "140403001001"


def account(username="jingban", *, roles=(Role.TOWNSHIP_OFFICER,), regions=("140403001",), **more):
    with scope(system_actor("test")) as actor:
        return open_account(
            actor=actor,
            username=username,
            name="王经办",
            roles=roles,
            regions=regions,
            since=date(2020, 1, 1),
            password="a-long-password",
            **more,
        )


@pytest.fixture
def request_with_session(rf: RequestFactory):
    from django.contrib.auth.middleware import AuthenticationMiddleware
    from django.contrib.sessions.middleware import SessionMiddleware

    request = rf.get("/")
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    AuthenticationMiddleware(lambda _: HttpResponse()).process_request(request)
    return request


# -- permissions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_may_exactly_what_the_table_says(role, permission):
    actor = Actor("staff:1", "甲", ("1404",), frozenset({role}))
    if permission in PERMISSIONS[role]:
        actor.require(permission)
    else:
        with pytest.raises(Refusal, match=permission.label) as refused:
            actor.require(permission)
        assert refused.value.next_step


def test_the_system_itself_may_everything_and_nobody_without_role_anything():
    assert all(system_actor("test").may(permission) for permission in Permission)
    assert not any(Actor("staff:1", "甲", ("1404",)).may(permission) for permission in Permission)


def test_approving_supervising_and_auditing_are_kept_apart():
    assert Permission.HANDLE_LEADS not in PERMISSIONS[Role.CITY_SUPERVISOR]
    assert Permission.SEE_AUDIT not in PERMISSIONS[Role.SYSTEM_ADMIN]
    assert not PERMISSIONS[Role.AUDITOR] & {
        Permission.REVEAL_IDENTITY,
        Permission.HANDLE_LEADS,
        Permission.MANAGE_STAFF,
    }
    assert Permission.SEE_HOUSEHOLDS not in PERMISSIONS[Role.POLICY_OFFICER]


def test_a_region_covers_what_lies_inside():
    actor = Actor("staff:1", "甲", ("140403001", "140423"))
    assert [actor.covers(code) for code in ("140403001", VILLAGE, "140423009", "140403002", "1404")] == [
        True,
        True,
        True,
        False,
        False,
    ]


# -- accounts ----------------------------------------------------------------------------------------------


def test_a_write_with_no_actor_fails_in_a_shell_as_well():
    for row in (Staff(username="x", name="x"),):
        with pytest.raises(DatabaseError, match="inside a scope"), transaction.atomic():
            row.save()


def test_opening_an_account_is_recorded_and_a_name_is_given_once():
    staff = account()
    assert actor_of(staff) == Actor(
        f"staff:{staff.pk}",
        "王经办",
        ("140403001",),
        frozenset({Role.TOWNSHIP_OFFICER}),
        str(staff.natural_person),
    )
    with scope(system_actor("test")):
        assert AuditEntry.objects.filter(verb="open_account", subject=str(staff.pk)).exists()
    with pytest.raises(Refusal, match="账号已存在"):
        account()


def test_only_who_manages_staff_opens_accounts():
    with pytest.raises(Refusal, match="没有"):
        open_account(
            actor=Actor("staff:1", "甲", ("1404",), frozenset({Role.AUDITOR})),
            username="x",
            name="x",
            roles=[],
            regions=[],
            since=date(2020, 1, 1),
            password="x",
        )


def test_a_region_that_is_no_code_is_refused_by_form_and_by_database():
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError, match="区划代码"):
        account(regions=("14040",))
    staff = account("other")
    with scope(system_actor("test")), pytest.raises(DatabaseError), transaction.atomic():
        RegionInCharge.objects.create(staff=staff, division="1404x", since=date(2020, 1, 1))


def test_regions_count_on_their_days_and_the_widest_stands_for_those_inside():
    staff = account(regions=("140403001", "140403", "140423002"))
    with scope(system_actor("test")):
        RegionInCharge.objects.filter(staff=staff, division="140403").update(until=date(2023, 1, 1))
    assert regions_of(staff, on=date(2022, 12, 31)) == ("140403", "140423002")
    assert regions_of(staff, on=date(2023, 1, 1)) == ("140403001", "140423002")
    assert regions_of(staff, on=date(2019, 12, 31)) == ()


def test_an_unknown_role_is_not_stored():
    with pytest.raises(ValueError, match="unknown roles"):
        account(roles=("king",))


# -- demonstration accounts --------------------------------------------------------------------------------


def test_every_role_has_a_demonstration_account_within_one_chain_of_divisions():
    assert {a.role for a in ACCOUNTS} == set(Role)
    assert shown_accounts() == ()
    with scope(system_actor("test")) as actor:
        opened = open_demo_accounts(
            actor=actor, village=VILLAGE, since=date(2020, 1, 1), other="140423100252"
        )
        assert len(opened) == len(ACCOUNTS)
        again = open_demo_accounts(actor=actor, village=VILLAGE, since=date(2020, 1, 1), other="140423100252")
        assert again == []
    regions = {s.username: regions_of(s, on=timezone.localdate()) for s in Staff.objects.all()}
    assert (regions["cun"], regions["xiang"], regions["xian"], regions["shi"]) == (
        (VILLAGE,),
        ("140403001",),
        ("140403",),
        ("1404",),
    )
    assert (regions["xy-cun"], regions["xy-xian"]) == (("140423100252",), ("140423",))
    assert shown_accounts() == ACCOUNTS


def test_demonstration_accounts_are_neither_shown_nor_let_in_outside_the_demonstration(request_with_session):
    with scope(system_actor("test")) as actor:
        open_demo_accounts(actor=actor, village=VILLAGE, since=date(2020, 1, 1))
    with override_settings(DEMO=False):
        assert shown_accounts() == ()
        with pytest.raises(Refusal):
            begin(request_with_session, username="xiang", password=PASSWORD)
    assert begin(request_with_session, username="xiang", password=PASSWORD) == "code"


# -- the scope of a request --------------------------------------------------------------------------------


@login_not_required
def show_regions(request):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select guard.scope_actor(), guard.scope_regions()")
        return HttpResponse(repr(cursor.fetchone()))


def record_and(outcome):
    def view(request):
        from minzheng.base.actions import record

        record(request.actor, "look", "household", "attempt")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome(request)

    return view


def lazily_rendered(request):
    """A page whose template asks the database only when it is rendered."""
    from django.template import engines
    from django.template.response import SimpleTemplateResponse

    page = engines["django"].from_string("{{ regions }}")
    return SimpleTemplateResponse(page, {"regions": show_regions_text})


def broken_statement(request):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select 1 / 0")


def show_regions_text():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select guard.scope_regions()")
        return cursor.fetchone()[0]


urlpatterns = [
    path("regions/", show_regions),
    path("fail/", record_and(ZeroDivisionError())),
    path("refuse/", record_and(Refusal("x", "不行。"))),
    path("nowhere/", record_and(Http404())),
    path("fine/", record_and(show_regions)),
    path("broken/", record_and(broken_statement)),
    path("lazy/", lazily_rendered),
]


@pytest.mark.urls(__name__)
def test_a_request_runs_in_the_scope_of_who_is_signed_in(client):
    assert client.get("/regions/").content == b"(None, [])"
    staff = account()
    client.force_login(staff)
    assert client.get("/regions/").content.decode() == f"('staff:{staff.pk}', ['140403001'])"
    client.logout()
    assert client.get("/regions/").content == b"(None, [])"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "kept"),
    [
        ("/fail/", 500, False),
        ("/broken/", 500, False),
        ("/refuse/", 500, False),
        ("/nowhere/", 404, True),
        ("/fine/", 200, True),
    ],
)
def test_a_request_that_fails_leaves_nothing_but_the_record_of_a_vain_search(client, address, status, kept):
    client.force_login(account())
    client.raise_request_exception = False
    assert client.get(address).status_code == status
    with scope(system_actor("test")):
        assert AuditEntry.objects.filter(subject="attempt").exists() == kept


@pytest.mark.urls(__name__)
def test_a_page_rendered_late_is_still_in_scope(client):
    client.force_login(account())
    assert "140403001" in client.get("/lazy/").content.decode()


@pytest.mark.urls(__name__)
def test_nobody_signed_in_is_sent_to_sign_in(client):
    answer = client.get("/fine/")
    assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/fine/")


def test_the_middleware_is_in_place():
    from django.conf import settings

    assert settings.MIDDLEWARE[-1] == f"{ScopeMiddleware.__module__}.{ScopeMiddleware.__name__}"
