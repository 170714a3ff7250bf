"""Pages of administration, as the separated administrators use them: without script, with their second factor fresh."""

from __future__ import annotations

import ast
import re
import time
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from minzheng.base.actions import open_account, reveal, set_business_date
from minzheng.base.demo_staff import PASSWORD, open_demo_accounts
from minzheng.base.models import ApiKey, AuditEntry, RegionInCharge, Staff, WindowCode
from minzheng.base.queries import actor_of, added_years
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import Sealed, seal
from minzheng.base.sessions import FACTOR_AT
from minzheng.base.types import Role
from minzheng.cases.workflow import Action as CaseAction
from minzheng.values import identity
from minzheng.web.audit_words import kind_in_words, verb_in_words
from tests.apps.web.conftest import come_in
from tests.house.conftest import ROOT

VILLAGE = "140403104206"


@pytest.fixture
def town(db, settings):
    """The demonstration's accounts; no resident is needed here, nor a password that takes long to hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=date(2023, 12, 31), reason="tests")
        open_demo_accounts(actor=actor, village=VILLAGE, since=date(2023, 1, 1), other="140423100252")


def signed_in(username: str) -> Client:
    client = Client()
    come_in(client, username)
    return client


@pytest.fixture
def system(town):
    return signed_in("xitong")


@pytest.fixture
def security(town):
    return signed_in("anquan")


def text(reply) -> str:
    return reply.content.decode()


def staff(username: str) -> Staff:
    return Staff.objects.get(username=username)


def test_two_administrators_bring_a_new_colleague_in(system, security):
    number = identity.compose("140499", date(1980, 5, 6), 7).reveal_for("tests")
    form = {"username": "zhangsan", "name": "张三", "unit": "潞州区民政局", "identity_number": number}
    wrong = system.post("/admin/staff/new/", {**form, "identity_number": "140499198005060010"})
    assert wrong.status_code == 409
    assert 'value="zhangsan"' in text(wrong)
    assert "140499198005060010" not in text(wrong)
    reply = system.post("/admin/staff/new/", form)
    page = reply["Location"]
    assert number not in page
    assert number not in text(system.get(page))
    assert (
        security.post(f"{page}roles/", {"roles": ["township_officer"], "reason": "新任"}).status_code == 302
    )
    today = timezone.localdate().isoformat()
    region = {"division": "140403104", "since": today, "reason": "新任"}
    assert security.post(f"{page}give-region/", region).status_code == 302
    assert system.post(f"{page}ask-code/", {"purpose": "open", "reason": "当面核验"}).status_code == 302
    waiting = WindowCode.objects.get(staff__username="zhangsan")
    assert system.post(f"/admin/codes/{waiting.pk}/agree/").status_code == 403
    shown = text(security.post(f"/admin/codes/{waiting.pk}/agree/"))
    code = re.search(r'class="big mono">([A-Z0-9]{5} [A-Z0-9]{5})<', shown)[1]
    assert code not in text(security.get("/admin/codes/"))
    newcomer = Client()
    reply = newcomer.post("/sign-in/recover/", {"username": "zhangsan", "window_code": code})
    assert reply["Location"].startswith("/sign-in/password/")
    view = text(security.get(page))
    for words in ("调整岗位", "增加管辖区划", "提出窗口验证码", "使用窗口验证码", "已使用", "潞州区"):
        assert words in view


def test_what_is_refused_is_told_on_the_page_and_changes_nothing(system, security):
    clerk = staff("xiang")
    page = f"/admin/staff/{clerk.pk}/"
    for client, verb, form in (
        (security, "roles", {"roles": ["auditor", "township_officer"], "reason": "x"}),
        (security, "roles", {"roles": ["township_officer"], "reason": ""}),
        (security, "roles", {"roles": ["king"], "reason": "x"}),
        (security, "give-region", {"division": "1404x", "since": "2099-01-01", "reason": "x"}),
        (security, "give-region", {"division": "1404", "since": "2020-01-01", "reason": "x"}),
        (security, "give-region", {"division": "1404", "since": "2099-02-31", "reason": "x"}),
        (security, "end-region", {"region": "x", "until": "2099-01-01", "reason": "x"}),
        (system, "close", {"reason": ""}),
        (system, "close", {"reason": "x", "successor": "999999"}),
        (system, "ask-code", {"purpose": "king", "reason": "x"}),
    ):
        reply = client.post(f"{page}{verb}/", form)
        assert reply.status_code == 409, (verb, form)
        assert 'role="alert"' in text(reply), (verb, form)
    for client, verb in (
        (system, "roles"),
        (system, "give-region"),
        (security, "close"),
        (security, "ask-code"),
    ):
        assert client.post(f"{page}{verb}/", {"reason": "x", "purpose": "open"}).status_code in {403, 409}
    assert security.post(f"{page}no-such-thing/").status_code == 404
    assert security.get("/admin/staff/999999/").status_code == 404
    clerk.refresh_from_db()
    assert (clerk.roles, clerk.is_active) == (["township_officer"], True)
    assert RegionInCharge.objects.filter(staff=clerk).count() == 1


def test_the_own_account_shows_no_form_and_takes_none(system, security):
    for client, username, verb in ((system, "xitong", "close"), (security, "anquan", "roles")):
        page = f"/admin/staff/{staff(username).pk}/"
        view = text(client.get(page))
        assert "您本人的账号" in view
        assert f"{page}{verb}/" not in view
        assert client.post(f"{page}{verb}/", {"reason": "x", "roles": ["auditor"]}).status_code == 409


def test_a_closed_account_is_out_at_the_next_request(system):
    clerk = signed_in("xiang")
    assert clerk.get("/keys/").status_code == 200
    reply = system.post(
        f"/admin/staff/{staff('xiang').pk}/close/", {"reason": "调离", "successor": staff("xiang2").pk}
    )
    assert reply.status_code == 302
    assert clerk.get("/keys/").status_code == 302
    assert Client().post("/sign-in/", {"username": "xiang", "password": PASSWORD}).status_code == 403
    view = text(system.get(f"/admin/staff/{staff('xiang').pk}/"))
    assert "乡镇经办乙" in view
    assert "已停用" in view
    assert system.post(f"/admin/staff/{staff('xiang').pk}/reopen/", {"reason": "返岗"}).status_code == 302


def test_changes_ask_for_a_fresh_second_factor(system, security):
    for client, address in (
        (system, "/admin/staff/new/"),
        (system, f"/admin/staff/{staff('xiang').pk}/close/"),
        (system, "/admin/calendar/"),
        (security, f"/admin/staff/{staff('xiang').pk}/roles/"),
        (security, "/admin/keys/"),
    ):
        session = client.session
        session[FACTOR_AT] = int(time.time()) - 301
        session.save()
        reply = client.post(address, {"reason": "保留的事由"})
        assert reply.status_code == 403
        assert 'name="step_up_code"' in text(reply)
        assert "保留的事由" in text(reply)
    assert staff("xiang").is_active


def test_the_list_is_searched_paged_and_asks_a_constant_number_of_times(system):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert system.get("/admin/staff/").status_code == 200
        return len(asked)

    before = queries()
    with scope(system_actor("test")) as actor:
        for number in range(60):
            open_account(
                actor=actor, username=f"many{number:02}", name="许多人", roles=[Role.VILLAGE_WORKER],
                regions=[VILLAGE], since=date(2023, 1, 1), password="x",
            )  # fmt: skip
    assert queries() == before
    total = Staff.objects.filter(is_active=True).count()
    assert f"共 {total} 条" in text(system.get("/admin/staff/"))
    assert "many59" in text(system.get("/admin/staff/?text=many&page=2"))
    assert "many00" not in text(system.get("/admin/staff/?text=many&page=2"))
    for query, there, away in (
        ("role=auditor", "shenji", "many00"),
        ("division=140423", "xy-xiang", "many00"),
        ("closed=1", "没有符合条件", "many00"),
        ("text=%27%3B--", "没有符合条件", "many00"),
        ("page=abc", "共", "没有符合条件"),
    ):
        page = text(system.get(f"/admin/staff/?{query}"))
        assert there in page, query
        assert f">{away}<" not in page, query


def test_a_year_of_the_calendar_is_entered(system):
    form = {"year": "2031", "document": "国办发明电〔2030〕1号", "rest": "2031-1-1\n2031-01-22，2031-01-23", "work": "2031-01-19"}  # fmt: skip
    for wrong in ({"year": "31"}, {"document": ""}, {"rest": "元旦"}, {"rest": "2031-02-30"}, {"rest": "2031-01-04"}, {"rest": ""}):  # fmt: skip
        reply = system.post("/admin/calendar/", {**form, **wrong})
        assert reply.status_code == 409, wrong
        assert "2031-01-19" in text(reply)
    assert system.post("/admin/calendar/", form).status_code == 302
    (plan,) = added_years()
    assert (plan.year, sorted(plan.rest)[0], sorted(plan.work)) == (
        2031,
        date(2031, 1, 1),
        [date(2031, 1, 19)],
    )
    assert "国办发明电〔2030〕1号" in text(system.get("/admin/calendar/"))


def test_a_key_is_shown_once_and_revoked(security):
    form = {"system": "一体化平台", "unit": "市大数据局", "days": "30", "scopes": ["status"], "regions": "140403", "hosts": "10.1.1.1\n10.1.1.2"}  # fmt: skip
    assert security.post("/admin/keys/", {**form, "hosts": "example.org"}).status_code == 409
    assert security.post("/admin/keys/", {**form, "days": "９０"}).status_code == 409
    shown = text(security.post("/admin/keys/", form))
    secret = re.search(r"[0-9a-f-]{36}\.([A-Za-z0-9_-]{43})", shown)[1]
    page = text(security.get("/admin/keys/"))
    assert secret not in page
    assert "一体化平台" in page
    with scope(actor_of(staff("anquan"))):
        key = ApiKey.objects.get()
    assert security.post(f"/admin/keys/{key.pk}/revoke/", {"reason": ""}).status_code == 409
    assert security.post(f"/admin/keys/{key.pk}/revoke/", {"reason": "停用"}).status_code == 302
    assert "已吊销" in text(security.get("/admin/keys/"))


def test_the_auditor_finds_who_did_what_and_is_recorded_too(town):
    clerk = actor_of(staff("xiang"))
    place = {"table": "registry_person", "column": "number", "row": "7"}
    with scope(clerk):
        reveal(clerk, Sealed(seal("x", **place), *place.values()), purpose="核对身份")
    auditor = signed_in("shenji")
    page = text(auditor.get("/admin/audit/?subject=7&verb=reveal"))
    assert "乡镇经办（演示）" in page
    assert "核对身份" in page
    assert "没有符合条件" in text(auditor.get("/admin/audit/?username=nobody"))
    assert "没有符合条件" in text(auditor.get("/admin/audit/?until=2001-01-01&since=x"))
    with scope(system_actor("test")):
        assert AuditEntry.objects.filter(verb="read_audit", actor=f"staff:{staff('shenji').pk}").count() == 3
        for number in range(55):
            AuditEntry.objects.create(verb="many", subject_kind="x", subject=str(number))
    first = text(auditor.get("/admin/audit/?verb=many"))
    further = re.search(r"before=([0-9a-f-]{36})", first)[1]
    second = text(auditor.get(f"/admin/audit/?verb=many&before={further}"))
    shown = re.findall(r">x <span class=\"mono\">([0-9]+)<", first + second)
    assert sorted(map(int, shown)) == list(range(55))


def test_administration_is_closed_to_everybody_else(town):
    clerk = signed_in("xiang")
    target = staff("xiang2").pk
    for address in ("/admin/staff/", "/admin/staff/new/", f"/admin/staff/{target}/", "/admin/codes/", "/admin/calendar/", "/admin/keys/", "/admin/audit/"):  # fmt: skip
        refused = clerk.get(address)
        assert refused.status_code == 403, address
        assert refused.content.decode().count("如工作需要") == 1
    for address in (f"/admin/staff/{target}/close/", f"/admin/staff/{target}/roles/", "/admin/keys/"):
        assert clerk.post(address, {"reason": "x"}).status_code == 403, address
    assert Client().get("/admin/staff/").status_code == 302


def test_every_verb_of_the_sources_is_said_in_chinese():
    """Whatever any part records is readable for the auditor."""
    spoken, silent = 0, set()
    for file in (ROOT / "src" / "minzheng").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or len(call.args) < 3:
                continue
            if getattr(call.func, "id", getattr(call.func, "attr", "")) != "record":
                continue
            for place, words in ((call.args[1], verb_in_words), (call.args[2], kind_in_words)):
                if isinstance(place, ast.Constant):
                    spoken += 1
                    word = words(place.value)
                    silent |= (
                        set() if any("\u4e00" <= letter <= "\u9fff" for letter in word) else {place.value}
                    )
    assert spoken > 100
    assert silent == set()


def test_a_verb_put_together_is_said_in_words_too():
    assert verb_in_words("case_confirm") == f"办件：{CaseAction.CONFIRM.label}"
    assert verb_in_words("lead_contact") == "线索：记录已联系"
    assert verb_in_words("never_heard_of") == "never_heard_of"
    assert kind_in_words("payments.payroll") == "发放"
