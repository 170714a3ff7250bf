"""Coming in with two factors: every step, every way around it, and who is not locked out by whom."""

from __future__ import annotations

import re
import statistics
import time
from datetime import timedelta

import pyotp
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from minzheng.base import attempts, factors, sessions
from minzheng.base.actions import open_account
from minzheng.base.demo_staff import PASSWORD as DEMO_PASSWORD
from minzheng.base.demo_staff import open_demo_accounts
from minzheng.base.models import (
    Attempt,
    AuditEntry,
    Factor,
    RegionInCharge,
    Staff,
    StaffSession,
    WindowCode,
)
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import unseal
from minzheng.base.types import Role
from minzheng.base.window_codes import agree_window_code, ask_window_code
from minzheng.values.errors import Refusal
from tests.apps.base.test_staff import account

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-password"
VILLAGE = "140403001001"


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def clock(monkeypatch):
    """The second factor's clock, moved by hand: `clock(31)` half a minute later."""
    state = {"now": time.time()}
    monkeypatch.setattr(factors.time, "time", lambda: state["now"])

    def later(seconds: float) -> None:
        state["now"] += seconds

    later.now = lambda: state["now"]
    return later


def secret_of(staff: Staff) -> str:
    with scope(system_actor("sign_in")):
        # The one in use, else the one that waits to be confirmed.
        factor = Factor.objects.filter(staff=staff, ended_at=None).order_by("confirmed_at").first()
        return unseal(bytes(factor.secret), table="base_factor", column="secret", row=str(factor.pk))


def current(staff: Staff, at: float | None = None) -> str:
    return pyotp.TOTP(secret_of(staff)).at(at or time.time())


@pytest.fixture
def officer(clock):
    """An account with a factor, bound at its first sign-in."""
    staff = account()
    client = Client()
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    client.get("/sign-in/bind/")
    reply = client.post("/sign-in/bind/", {"code": current(staff, clock.now())})
    assert reply.status_code == 302
    clock(61)
    return staff


def entered(staff: Staff, clock, client: Client | None = None) -> Client:
    client = client or Client()
    reply = client.post("/sign-in/", {"username": staff.username, "password": PASSWORD})
    assert reply["Location"].startswith("/sign-in/code/")
    reply = client.post("/sign-in/code/", {"code": current(staff, clock.now())})
    assert (reply.status_code, reply["Location"]) == (302, "/")
    clock(61)
    return client


def is_in(client: Client) -> bool:
    return client.get("/keys/").status_code == 200


# -- the steps ---------------------------------------------------------------------------------------------


def test_the_first_time_one_binds_a_phone_and_is_in(clock):
    staff = account()
    client = Client()
    reply = client.post("/sign-in/", {"username": " jingban ", "password": PASSWORD, "next": "/keys/"})
    assert reply["Location"] == "/sign-in/bind/?next=%2Fkeys%2F"
    page = client.get("/sign-in/bind/").content.decode()
    assert secret_of(staff) in page
    assert "<svg" in page
    assert client.post("/sign-in/bind/", {"code": "000000"}).status_code == 403
    reply = client.post("/sign-in/bind/", {"code": current(staff, clock.now()), "next": "/keys/"})
    assert reply["Location"] == "/keys/"
    assert is_in(client)
    assert secret_of(staff) not in client.get("/account/").content.decode()


def test_one_factor_opens_nothing(officer):
    client = Client()
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    for address in (
        "/",
        "/keys/",
        "/account/",
        "/step-up/",
        "/search/",
        "/leads/",
        "/api/openapi.json",
        "/rulebook/",
    ):
        assert client.get(address).status_code in {302, 401}, address
    for address in ("/account/bind/", "/account/password/", "/sign-in/bind/", "/sign-in/password/"):
        reply = client.post(address, {"code": "000000", "password": "x" * 20, "again": "x" * 20})
        assert reply.status_code == 302, address
        assert reply["Location"].startswith("/sign-in/"), address
    assert not is_in(client)


def test_the_second_factor_alone_opens_nothing(officer, clock):
    client = Client()
    assert client.post("/sign-in/code/", {"code": current(officer, clock.now())})["Location"] == "/sign-in/"
    assert not is_in(client)


def test_both_open_and_it_is_recorded(officer, clock):
    client = entered(officer, clock)
    assert is_in(client)
    assert client.post("/sign-out/")["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(client)
    with scope(system_actor("test")):
        verbs = list(
            AuditEntry.objects.filter(subject_kind="staff", actor=f"staff:{officer.pk}")
            .order_by("at")
            .values_list("verb", flat=True)
        )
    assert verbs == ["sign_in", "sign_in", "sign_out"]


def test_a_code_is_good_once(officer, clock):
    code = current(officer, clock.now())
    for expected in (302, 403):
        client = Client()
        client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
        assert client.post("/sign-in/code/", {"code": code}).status_code == expected


@pytest.mark.parametrize(("seconds", "expected"), [(-95, 403), (-30, 302), (30, 302), (95, 403)])
def test_a_clock_may_be_off_by_one_step(officer, clock, seconds, expected):
    clock(600)
    client = Client()
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    code = current(officer, clock.now() + seconds)
    assert client.post("/sign-in/code/", {"code": code}).status_code == expected


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "１２３４５６", "٠١٢٣٤٥", "abcdef", "12 34 5", "-12345"]
)
def test_what_is_no_code_is_refused(officer, code):
    client = Client()
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    assert client.post("/sign-in/code/", {"code": code}).status_code == 403
    assert not is_in(client)


def test_half_way_in_ends_after_ten_minutes_and_with_a_change_of_the_account(officer, clock, monkeypatch):
    from minzheng.base import sign_in

    client = Client()
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    now = time.time()
    monkeypatch.setattr(sign_in.time, "time", lambda: now + 601)
    assert client.post("/sign-in/code/", {"code": current(officer, clock.now())})["Location"] == "/sign-in/"
    monkeypatch.undo()
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    with scope(system_actor("test")):
        Staff.objects.filter(pk=officer.pk).update(roles=[Role.VILLAGE_WORKER])
    assert client.post("/sign-in/code/", {"code": current(officer)})["Location"] == "/sign-in/"


# -- what is told ------------------------------------------------------------------------------------------


def test_every_way_to_be_wrong_is_one_answer_and_what_was_typed_is_not_kept():
    account()
    closed = account("guanbi")
    with scope(system_actor("test")) as actor:
        Staff.objects.filter(pk=closed.pk).update(is_active=False)
        open_demo_accounts(actor=actor, village=VILLAGE, since=timezone.localdate())
    tried = [
        ("jingban", "wrong"),
        ("140499198001010011", PASSWORD),
        ("guanbi", PASSWORD),
        ("nobody", ""),
    ]
    answers = set()
    for username, password in tried:
        reply = Client().post("/sign-in/", {"username": username, "password": password})
        text = re.sub(r'value="[A-Za-z0-9]{64}"|"X-CSRFToken": "[^"]+"', "", reply.content.decode())
        answers.add((reply.status_code, text))
    assert len(answers) == 1
    with scope(system_actor("test")):
        kept = str(list(AuditEntry.objects.filter(verb="sign_in_failed").values()))
    assert "140499" not in kept
    assert "jingban" not in kept


def test_an_unknown_name_takes_as_long_as_a_known_one(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    account()
    unset = account("weiqiyong")
    with scope(system_actor("test")):
        unset.set_unusable_password()
        unset.save()

    def seconds(username: str) -> float:
        taken = []
        for _ in range(4):
            client, began = Client(), time.perf_counter()
            client.post("/sign-in/", {"username": username, "password": "wrong-password"})
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    known, unknown, without = seconds("jingban"), seconds("nobody"), seconds("weiqiyong")
    # The hash dominates: a shortcut for one kind of name would be several times as fast.
    assert max(known, unknown, without) < 2.5 * min(known, unknown, without)


def test_outside_the_demonstration_no_code_is_ever_shown(officer, settings):
    with scope(system_actor("sign_in")):
        assert factors.demonstration_code(officer) == ""
    with scope(system_actor("test")) as actor:
        open_demo_accounts(actor=actor, village=VILLAGE, since=timezone.localdate())
    demo = Staff.objects.get(username="xiang")
    client = Client()
    client.post("/sign-in/", {"username": "xiang", "password": DEMO_PASSWORD})
    page = client.get("/sign-in/code/").content.decode()
    assert current(demo) in page or current(demo, time.time() - 30) in page
    assert "演示" in page
    settings.DEMO = False
    assert "演示：" not in client.get("/sign-in/code/").content.decode()
    with scope(system_actor("sign_in")):
        assert factors.demonstration_code(demo) == ""


def test_a_demonstration_account_half_way_to_another_phone_is_still_let_in():
    with scope(system_actor("test")) as actor:
        open_demo_accounts(actor=actor, village=VILLAGE, since=timezone.localdate())
    staff = Staff.objects.get(username="xiang")
    with scope(system_actor("sign_in")):
        before = factors.demonstration_code(staff)
        factors.begin(staff)
        assert factors.demonstration_code(staff) == before
        assert factors.check(staff, before)


# -- guessing, and locking others out ----------------------------------------------------------------------


def guess(times: int, username: str = "jingban", **where) -> list[int]:
    return [
        Client(**where).post("/sign-in/", {"username": username, "password": f"wrong-{number}"}).status_code
        for number in range(times)
    ]


def test_strangers_have_ten_guesses_an_hour_and_then_the_right_password_waits(officer):
    guess(attempts.FAILURES)
    reply = Client().post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    assert "尝试次数过多" in reply.content.decode()
    assert Client().post("/sign-in/", {"username": "JINGBAN ", "password": PASSWORD}).status_code == 403
    with scope(system_actor("sign_in")):
        Attempt.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert Client().post("/sign-in/", {"username": "jingban", "password": PASSWORD}).status_code == 302


def test_a_known_browser_still_enters_while_others_are_locked_out(officer, clock):
    mine = entered(officer, clock)
    mine.post("/sign-out/")
    guess(attempts.FAILURES + 5)
    assert Client().post("/sign-in/", {"username": "jingban", "password": PASSWORD}).status_code == 403
    assert is_in(entered(officer, clock, mine))


def test_a_known_browser_has_a_budget_too(officer, clock):
    mine = entered(officer, clock)
    mine.post("/sign-out/")
    for _ in range(attempts.FAILURES):
        mine.post("/sign-in/", {"username": "jingban", "password": "wrong"})
    assert mine.post("/sign-in/", {"username": "jingban", "password": PASSWORD}).status_code == 403


def test_a_cookie_made_up_is_no_known_browser(officer):
    guess(attempts.FAILURES)
    client = Client()
    client.cookies["minzheng_device"] = "A" * 43
    assert client.post("/sign-in/", {"username": "jingban", "password": PASSWORD}).status_code == 403


def test_a_browser_known_for_one_name_is_a_stranger_to_another(officer, clock):
    account("tongshi")
    mine = entered(officer, clock)
    mine.post("/sign-out/")
    guess(attempts.FAILURES, "tongshi")
    assert mine.post("/sign-in/", {"username": "tongshi", "password": PASSWORD}).status_code == 403


def test_one_address_cannot_try_every_name(officer, monkeypatch):
    monkeypatch.setattr(attempts, "FAILURES_OF_ADDRESS", 12)
    for number in range(12):
        guess(1, f"name{number}", REMOTE_ADDR="10.9.9.9")
    there = Client(REMOTE_ADDR="10.9.9.9").post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    assert there.status_code == 403
    here = Client(REMOTE_ADDR="10.1.1.1").post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    assert here.status_code == 302


def test_an_address_is_believed_from_our_own_proxy_only(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 203.0.113.9")
    assert attempts.address_of(request) == "10.0.0.1"
    settings.PROXIES = 1
    assert attempts.address_of(request) == "203.0.113.9"
    settings.PROXIES = 3
    assert attempts.address_of(request) == "10.0.0.1"


def test_the_second_factor_is_guessed_ten_times_an_hour_at_most(officer, clock):
    client = Client()
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    right = current(officer, clock.now())
    wrong = [f"{(int(right) + number) % 1_000_000:06d}" for number in range(1, attempts.FAILURES + 1)]
    for code in wrong:
        client.post("/sign-in/code/", {"code": code})
    assert "尝试次数过多" in client.post("/sign-in/code/", {"code": right}).content.decode()
    assert not is_in(client)


# -- sessions ----------------------------------------------------------------------------------------------


def test_the_session_is_a_new_one_at_each_step_and_dead_after_signing_out(officer, clock):
    client = Client()
    client.get("/sign-in/")
    client.cookies["minzheng_session"] = "planted-by-somebody-else-00000000"
    client.post("/sign-in/", {"username": "jingban", "password": PASSWORD})
    half = client.cookies["minzheng_session"].value
    client.post("/sign-in/code/", {"code": current(officer, clock.now())})
    whole = client.cookies["minzheng_session"].value
    assert len({"planted-by-somebody-else-00000000", half, whole}) == 3
    thief = Client()
    thief.cookies["minzheng_session"] = half
    assert not is_in(thief)
    thief.cookies["minzheng_session"] = whole
    assert is_in(thief)
    client.post("/sign-out/")
    assert not is_in(thief)


@pytest.mark.parametrize("change", ["closed", "roles", "password", "region ended", "region added"])
def test_a_change_of_the_account_ends_its_sessions_at_the_next_request(officer, clock, change):
    client = entered(officer, clock)
    assert is_in(client)
    with scope(system_actor("test")):
        if change == "closed":
            Staff.objects.filter(pk=officer.pk).update(is_active=False)
        elif change == "roles":
            Staff.objects.filter(pk=officer.pk).update(roles=[Role.VILLAGE_WORKER])
        elif change == "password":
            Staff.objects.filter(pk=officer.pk).update(password="md5$x$y")
        elif change == "region ended":
            RegionInCharge.objects.filter(staff=officer).update(until=timezone.localdate())
        else:
            RegionInCharge.objects.create(staff=officer, division="140423", since=timezone.localdate())
    assert not is_in(client)


def test_one_sees_and_ends_the_own_sessions_and_no_others(officer, clock):
    here, there = entered(officer, clock), entered(officer, clock)
    other = account("tongshi")
    stranger = Client()
    stranger.force_login(other)
    with scope(system_actor("sign_in")):
        rows = {row.session_key: row for row in StaffSession.objects.filter(staff=officer, ended_at=None)}
    row = rows[there.cookies["minzheng_session"].value]
    page = here.get("/account/").content.decode()
    assert page.count("/end/") == len(rows) - 1
    assert "/end/" not in stranger.get("/account/").content.decode()
    stranger.post(f"/account/sessions/{row.pk}/end/")
    assert is_in(there)
    here.post(f"/account/sessions/{row.pk}/end/")
    assert not is_in(there)
    assert is_in(here)


def test_an_idle_session_ends(officer, clock, settings, monkeypatch):
    settings.SESSION_IDLE_SECONDS = 1800
    client = entered(officer, clock)
    now = time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now + 1700)
    assert is_in(client)
    monkeypatch.setattr(sessions.time, "time", lambda: now + 3400)
    assert is_in(client)
    monkeypatch.setattr(sessions.time, "time", lambda: now + 3400 + 1801)
    reply = client.get("/keys/")
    assert (reply.status_code, reply["Location"]) == (302, "/sign-in/?next=/keys/")
    monkeypatch.undo()
    assert not is_in(client)


# -- showing the second factor again -----------------------------------------------------------------------


def stale(client: Client) -> None:
    session = client.session
    session[sessions.FACTOR_AT] = int(time.time()) - 301
    session.save()


def test_a_page_that_needs_it_asks_again_and_goes_on_with_what_was_typed(officer, clock):
    client = entered(officer, clock)
    assert "<svg" in client.get("/account/bind/").content.decode()
    stale(client)
    asked = client.get("/account/bind/")
    assert asked.status_code == 403
    assert 'name="step_up_code"' in asked.content.decode()
    assert "qr" not in asked.content.decode()
    reply = client.post("/account/bind/", {"code": "123456", "step_up_code": "000000"})
    text = reply.content.decode()
    assert reply.status_code == 403
    assert 'name="code" value="123456"' in text
    assert "不正确" in text
    reply = client.post(
        "/step-up/", {"step_up_code": current(officer, clock.now()), "next": "/account/bind/"}
    )
    assert reply["Location"] == "/account/bind/"
    assert client.get("/account/bind/").status_code == 200


@pytest.mark.parametrize("onward", ["https://elsewhere.example/", "//elsewhere.example"])
def test_showing_it_again_leads_nowhere_outside(officer, clock, onward):
    client = entered(officer, clock)
    reply = client.post("/step-up/", {"step_up_code": current(officer, clock.now()), "next": onward})
    assert reply["Location"] == "/"


def test_a_moment_in_the_future_is_not_fresh(officer, clock):
    client = entered(officer, clock)
    session = client.session
    session[sessions.FACTOR_AT] = int(time.time()) + 10_000
    session.save()
    assert client.get("/account/bind/").status_code == 403


# -- codes from the window ---------------------------------------------------------------------------------


@pytest.fixture
def administrators():
    """The system and the security administrator."""
    return (
        actor_of(account("xitong", roles=(Role.SYSTEM_ADMIN,), regions=("1404",))),
        actor_of(account("anquan", roles=(Role.SECURITY_ADMIN,), regions=("1404",))),
    )


def window_code(administrators, staff: Staff, purpose: WindowCode.Purpose) -> str:
    system, security = administrators
    with scope(system):
        asked = ask_window_code(actor=system, staff=staff.pk, purpose=purpose, reason="当面申请")
    with scope(security):
        return agree_window_code(actor=security, code=asked.pk)


def recover(code: str, password: str = "", client: Client | None = None, username: str = "jingban"):
    client = client or Client()
    return client, client.post(
        "/sign-in/recover/", {"username": username, "window_code": code, "password": password}
    )


def test_a_lost_phone_is_replaced_with_password_and_window_code(officer, clock, administrators):
    old = secret_of(officer)
    code = window_code(administrators, officer, WindowCode.Purpose.FACTOR)
    client, reply = recover(code, "wrong-password")
    assert reply.status_code == 403
    client, reply = recover(f"{code[:5].lower()} {code[5:]}", PASSWORD)
    assert reply["Location"].startswith("/sign-in/bind/")
    client.get("/sign-in/bind/")
    assert secret_of(officer) != old
    assert client.post("/sign-in/bind/", {"code": pyotp.TOTP(old).at(clock.now())}).status_code == 403
    assert client.post("/sign-in/bind/", {"code": current(officer, clock.now())}).status_code == 302
    assert is_in(client)
    assert recover(code, PASSWORD)[1].status_code == 403


def test_a_forgotten_password_is_chosen_anew_and_still_needs_the_phone(officer, clock, administrators):
    client, reply = recover(window_code(administrators, officer, WindowCode.Purpose.PASSWORD))
    assert reply["Location"].startswith("/sign-in/password/")
    for weak in ("short", "minzheng12345", "jingban-jingban", "password1234", PASSWORD):
        typed = {"password": weak, "again": weak}
        assert client.post("/sign-in/password/", typed).status_code == 409, weak
    fresh = {"password": "yi ju hen chang de hua", "again": "yi ju hen chang de hua"}
    assert client.post("/sign-in/password/", {**fresh, "again": "other"}).status_code == 409
    assert client.post("/sign-in/password/", fresh)["Location"].startswith("/sign-in/code/")
    assert not is_in(client)
    assert client.post("/sign-in/code/", {"code": current(officer, clock.now())}).status_code == 302
    assert is_in(client)
    assert Client().post("/sign-in/", {"username": "jingban", "password": PASSWORD}).status_code == 403


def test_a_window_code_takes_two_people_and_neither_its_owner(officer, administrators):
    system, security = administrators
    with scope(system):
        asked = ask_window_code(
            actor=system, staff=officer.pk, purpose=WindowCode.Purpose.FACTOR, reason="当面申请"
        )
        with pytest.raises(Refusal, match="没有"):
            agree_window_code(actor=system, code=asked.pk)
    attacks = [
        (system, lambda: WindowCode.objects.filter(pk=asked.pk).update(
            agreed_at=timezone.now(), code=b"x", expires_at=timezone.now() + timedelta(hours=1))),
        (actor_of(officer), lambda: WindowCode.objects.create(staff=officer, purpose="factor", reason="x")),
        (security, lambda: WindowCode.objects.create(staff=officer, purpose="factor", reason="x")),
        (security, lambda: WindowCode.objects.filter(pk=asked.pk).update(
            agreed_at=timezone.now(), code=b"x", expires_at=timezone.now() + timedelta(days=9))),
        (security, lambda: WindowCode.objects.filter(pk=asked.pk).update(staff_id=int(system.key[6:]))),
        (system, lambda: WindowCode.objects.filter(pk=asked.pk).update(used_at=timezone.now())),
        (system, lambda: WindowCode.objects.filter(pk=asked.pk).delete()),
        (system, lambda: WindowCode.objects.create(staff_id=int(system.key[6:]), purpose="factor", reason="x")),
    ]  # fmt: skip
    for actor, attack in attacks:
        with scope(actor), pytest.raises(DatabaseError), transaction.atomic():
            attack()
    # One natural person with both accounts is still one person.
    second = account("xitong2", roles=(), regions=())
    with (
        connection.cursor() as cursor,
        scope(system_actor("test")),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        cursor.execute(
            "update base_staff set natural_person = %s where id = %s", [system.natural_person, second.pk]
        )


def test_a_window_code_ends_after_a_day_and_with_ten_guesses(officer, administrators):
    code = window_code(administrators, officer, WindowCode.Purpose.PASSWORD)
    for _ in range(attempts.FAILURES):
        assert recover("AAAAAAAAAA")[1].status_code == 403
    assert recover(code)[1].status_code == 403
    with scope(system_actor("sign_in")):
        Attempt.objects.update(at=timezone.now() - timedelta(hours=2))
    assert recover(code, username="JINGBAN")[1].status_code == 403
    assert recover(code)[1].status_code == 302


def test_a_new_account_is_opened_by_its_holder_alone(clock, administrators):
    system, _security = administrators
    with scope(system):
        fresh = open_account(
            actor=system, username="xinren", name="新人", roles=[], regions=[], since=timezone.localdate()
        )
    assert not fresh.has_usable_password()
    client, _reply = recover(window_code(administrators, fresh, WindowCode.Purpose.OPEN), username="xinren")
    fresh_words = {"password": "yi ju hen chang de hua", "again": "yi ju hen chang de hua"}
    assert client.post("/sign-in/password/", fresh_words)["Location"].startswith("/sign-in/bind/")
    client.get("/sign-in/bind/")
    assert client.post("/sign-in/bind/", {"code": current(fresh, clock.now())}).status_code == 302
    assert is_in(client)


# -- passwords by profile ----------------------------------------------------------------------------------


def test_under_dengbao_a_password_has_three_kinds_and_ends_after_ninety_days(officer, clock, settings):
    from minzheng.base import passwords

    settings.PASSWORD_PROFILE = "dengbao"
    with pytest.raises(Refusal, match="三种"):
        passwords.require_good("yi ju hen chang", officer)
    passwords.require_good("Yi ju hen chang 7", officer)
    clock(61)
    assert is_in(entered(officer, clock))
    monkey = timezone.now() - timedelta(days=91)
    officer.password_at = monkey
    assert passwords.is_too_old(officer)
    settings.PASSWORD_PROFILE = "asvs"
    assert not passwords.is_too_old(officer)
    passwords.require_good("yi ju hen chang", officer)


def test_one_changes_the_own_password_knowing_it_and_other_sessions_end(officer, clock):
    here, there = entered(officer, clock), entered(officer, clock)
    fresh = {"password": "yi ju hen chang de hua", "again": "yi ju hen chang de hua"}
    assert here.post("/account/password/", {**fresh, "now": "wrong"}).status_code == 409
    assert is_in(there)
    assert here.post("/account/password/", {**fresh, "now": PASSWORD}).status_code == 302
    assert is_in(here)
    assert not is_in(there)


# -- what the database holds by itself ---------------------------------------------------------------------


def test_secrets_are_seen_by_their_holder_and_the_door_alone(officer):
    other = actor_of(account("tongshi"))
    for actor, expected in ((actor_of(officer), 1), (other, 0), (system_actor("test"), 0)):
        with scope(actor):
            assert Factor.objects.filter(staff=officer, ended_at=None).count() == expected
            assert StaffSession.objects.filter(staff=officer).count() == expected
            assert Attempt.objects.count() == 0
    raw = Factor.objects.count()
    assert raw == 0


def test_a_factor_is_sealed_used_forwards_and_never_removed(officer):
    secret = secret_of(officer)
    with scope(system_actor("sign_in")):
        factor = Factor.objects.get(staff=officer, ended_at=None)
        assert secret.encode() not in bytes(factor.secret)
        attacks = [
            lambda: Factor.objects.filter(pk=factor.pk).update(secret=secret.encode().ljust(60)),
            lambda: Factor.objects.filter(pk=factor.pk).update(last_step=factor.last_step - 1),
            lambda: Factor.objects.filter(pk=factor.pk).update(confirmed_at=None),
            lambda: Factor.objects.filter(pk=factor.pk).delete(),
            lambda: Factor.objects.create(staff=officer, secret=b"JBSWY3DPEHPK3PXP" * 4),
        ]
        for attack in attacks:
            with pytest.raises(DatabaseError), transaction.atomic():
                attack()
