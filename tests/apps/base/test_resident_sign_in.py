"""Residents at the door: one answer to everybody, codes that are good once, and a session that is not one of staff."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, transaction
from django.utils import timezone

from minzheng.base import phones, residents
from minzheng.base.actions import reveal
from minzheng.base.models import AuditEntry, ResidentCode, ResidentPhone
from minzheng.base.scope import scope, system_actor
from minzheng.base.senders import GatewaySender
from minzheng.base.types import Actor, Role, resident_actor
from minzheng.values.errors import Refusal, SourceTrouble
from tests.apps.base.test_staff import account

pytestmark = pytest.mark.django_db

VILLAGE = "140403001001"
NUMBER = "140499198001010011"
KNOWN = residents.Known(person=7, household=70)
OFFICER = Actor("staff:9001", "经办", ("140403001",), frozenset({Role.TOWNSHIP_OFFICER}))


@pytest.fixture(autouse=True)
def demonstration(settings):
    settings.DEMO, settings.SMS_GATEWAY = True, ""


@pytest.fixture
def visitor(rf):
    """`visitor()`: a request of a browser nobody knows; `visitor(session)` of the same one again."""

    def come(session: SessionStore | None = None, **where):
        request = rf.get("/portal/", **where)
        request.session = session or SessionStore()
        request.user = AnonymousUser()
        return request

    return come


def ask(request, found=KNOWN, number=NUMBER) -> str:
    return residents.ask_code(request, number=number, find=lambda _actor: found)


def test_a_resident_comes_in_with_the_code_and_is_no_member_of_staff(visitor):
    request = visitor()
    actor = residents.enter(request, ask(request))
    assert (actor.person, actor.household, actor.roles, actor.regions) == (7, 70, frozenset(), ())
    assert residents.resident_of(visitor(request.session)) == actor
    with scope(system_actor("test")):
        entry = AuditEntry.objects.get(verb="sign_in", subject_kind="person")
    assert (entry.actor, entry.subject) == ("resident:7:70", "7")


def test_the_code_is_kept_as_a_blind_index_and_seen_by_the_door_alone(visitor):
    shown = ask(visitor())
    with scope(system_actor("sign_in")):
        row = ResidentCode.objects.get()
        assert shown.encode() not in bytes(row.code)
        assert row.expires_at - row.sent_at <= timedelta(minutes=5, seconds=5)
    for actor in (OFFICER, resident_actor(7, 70, "甲"), system_actor("test")):
        with scope(actor):
            assert ResidentCode.objects.count() == 0


def test_somebody_unknown_is_answered_alike_and_never_comes_in(visitor):
    messages = set()
    for found in (KNOWN, None):
        request = visitor()
        shown = ask(request, found)
        assert len(shown) == 6
        assert residents.is_half_way(request)
        with pytest.raises(Refusal) as refused:
            residents.enter(request, f"{(int(shown) + 1) % 1_000_000:06d}")
        messages.add(str(refused.value))
    assert len(messages) == 1
    request = visitor()
    with pytest.raises(Refusal) as refused:
        residents.enter(request, ask(request, None, "140499198001010038"))
    assert str(refused.value) in messages


def test_a_code_is_good_once_for_five_minutes_and_five_tries(visitor):
    request = visitor()
    shown = ask(request)
    residents.enter(request, shown)
    with pytest.raises(Refusal):
        residents.enter(visitor(request.session), shown)
    request = visitor()
    shown = ask(request)
    for _ in range(5):
        with pytest.raises(Refusal):
            residents.enter(visitor(request.session), "wrong")
    with pytest.raises(Refusal):
        residents.enter(visitor(request.session), shown)


def test_an_old_code_opens_nothing(visitor, monkeypatch):
    request = visitor()
    shown = ask(request)
    later = timezone.now() + timedelta(minutes=5, seconds=1)
    monkeypatch.setattr(residents.timezone, "now", lambda: later)
    with pytest.raises(Refusal, match="失效"):
        residents.enter(request, shown)


def test_a_code_opens_in_the_browser_that_asked_for_it_alone(visitor):
    shown = ask(visitor())
    with pytest.raises(Refusal):
        residents.enter(visitor(), shown)


def test_codes_are_asked_for_five_times_an_hour_known_or_not(visitor):
    for found, number in ((KNOWN, NUMBER), (None, "140499198001010038")):
        for _ in range(residents.ASKED_PER_HOUR):
            ask(visitor(), found, number)
        with pytest.raises(Refusal, match="次数过多"):
            ask(visitor(), found, number)


def test_who_came_in_has_used_nothing_up(visitor):
    for _ in range(residents.ASKED_PER_HOUR + 2):
        request = visitor()
        residents.enter(request, ask(request))


def test_the_session_ends_by_idleness_and_by_its_age(visitor, monkeypatch):
    request = visitor()
    residents.enter(request, ask(request))
    now = residents.time.time()
    for passed, still in ((1700, True), (3400, True), (3400 + 1801, False)):
        monkeypatch.setattr(residents.time, "time", lambda passed=passed: now + passed)
        assert (residents.resident_of(visitor(request.session)) is not None) == still
    monkeypatch.undo()
    request = visitor()
    residents.enter(request, ask(request))
    request.session["resident"] = {**request.session["resident"], "since": int(now) - 4 * 3600 - 1}
    assert residents.resident_of(visitor(request.session)) is None


def test_a_member_of_staff_does_not_come_in_as_a_resident_beside(visitor):
    request = visitor()
    request.user = account()
    with pytest.raises(Refusal, match="工作人员"):
        ask(request)


# -- the gateway -------------------------------------------------------------------------------------------


class Gateway:
    """A stand-in of a message gateway, on loopback; `answer` decides what it says."""

    def __init__(self, answer=lambda _body: (200, b'{"accepted": true}')):
        self.heard: list[tuple[dict, str, bytes]] = []
        here = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                here.heard.append((json.loads(body), self.headers["X-Signature"], body))
                status, text = answer(body)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_args):
                return

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/messages"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def gateway():
    opened = []

    def open_gateway(*answer):
        opened.append(Gateway(*answer))
        return opened[-1]

    yield open_gateway
    for one in opened:
        one.close()


def settle():
    for thread in threading.enumerate():
        if thread.name == "sender":
            thread.join(5)


def phoned(number="13800001234", person=7) -> ResidentPhone:
    with scope(OFFICER):
        return phones.record_phone(
            actor=OFFICER, person=person, division=VILLAGE, number=number, reason="本人当面登记"
        )


def test_the_code_goes_to_the_telephone_on_record_signed_and_the_page_shows_none(visitor, gateway, settings):
    phoned()
    stand_in = gateway()
    settings.DEMO, settings.SMS_GATEWAY, settings.SMS_KEY = False, stand_in.url, "key"
    request = visitor()
    assert ask(request) == ""
    settle()
    ((message, signature, body),) = stand_in.heard
    assert message["to"] == "13800001234"
    assert signature == hmac.new(b"key", body, hashlib.sha256).hexdigest()
    code = "".join(filter(str.isdecimal, message["text"].split("，")[0]))
    assert residents.enter(request, code).person == 7


def test_without_a_telephone_or_unknown_nothing_is_sent_and_nobody_is_told(visitor, gateway, settings):
    stand_in = gateway()
    settings.DEMO, settings.SMS_GATEWAY, settings.SMS_KEY = False, stand_in.url, "key"
    for found in (KNOWN, None):
        request = visitor()
        assert ask(request, found) == ""
        assert residents.is_half_way(request)
    settle()
    assert stand_in.heard == []
    with scope(system_actor("sign_in")):
        assert ResidentCode.objects.count() == 0


def test_production_without_a_gateway_says_so_to_everybody(visitor, settings):
    settings.DEMO, settings.SMS_GATEWAY = False, ""
    for found in (KNOWN, None):
        with pytest.raises(SourceTrouble, match="没有开通"):
            ask(visitor(), found)


@pytest.mark.parametrize(
    "answer",
    [(500, b""), (200, b""), (200, b"[]"), (200, b'{"accepted": "true"}'), (200, b"\xff\xfe"), (302, b""), (307, b"")],
)  # fmt: skip
def test_a_gateway_that_does_not_accept_has_not_sent(gateway, answer):
    stand_in = gateway(lambda _body: answer)
    with pytest.raises(SourceTrouble, match="没有发出"):
        GatewaySender(stand_in.url, "key").send("13800001234", "x", reference="1")


def test_a_gateway_that_is_not_there_has_not_sent():
    with pytest.raises(SourceTrouble, match="没有发出"):
        GatewaySender("http://127.0.0.1:9/", "key").send("13800001234", "x", reference="1")


# -- telephones --------------------------------------------------------------------------------------------


def test_a_telephone_is_sealed_masked_and_opened_with_a_record():
    phoned()
    with scope(OFFICER):
        row, shown = ResidentPhone.objects.get(), phones.phone_of(7)
        assert b"13800001234" not in bytes(row.number)
        assert (str(shown), row.recorded_by) == ("138****1234", OFFICER.key)
        assert reveal(OFFICER, shown, purpose="电话核实") == "13800001234"
        assert AuditEntry.objects.filter(verb="reveal", subject_kind="base_residentphone").exists()
    for actor, sees in ((resident_actor(7, 70, "甲"), True), (resident_actor(8, 70, "乙"), False)):
        with scope(actor):
            assert (phones.phone_of(7) is not None) == sees


def test_the_old_telephone_hears_of_the_new_one(gateway, settings, django_capture_on_commit_callbacks):
    stand_in = gateway()
    settings.SMS_GATEWAY, settings.SMS_KEY = stand_in.url, "key"
    phoned()
    with django_capture_on_commit_callbacks(execute=True):
        phoned("13900005678")
    settle()
    assert [(message["to"], "变更" in message["text"]) for message, _, _ in stand_in.heard] == [
        ("13800001234", True)
    ]
    with scope(OFFICER):
        assert str(phones.phone_of(7)) == "139****5678"
        assert ResidentPhone.objects.filter(person_id=7).count() == 2


@pytest.mark.parametrize(
    "number", ["", "12345678901", "1380000123", "138000012345", "１３８００００１２３４", "abc"]
)
def test_what_is_no_telephone_is_refused(number):
    with pytest.raises(Refusal, match="11 位"):
        phoned(number)


def test_a_telephone_on_record_is_ended_and_never_changed_or_planted_elsewhere():
    row = phoned()
    clear = b"13900005678".ljust(60)
    attacks = [
        lambda: ResidentPhone.objects.filter(pk=row.pk).update(number=bytes(row.number)[:-1] + b"x"),
        lambda: ResidentPhone.objects.filter(pk=row.pk).update(person_id=8),
        lambda: ResidentPhone.objects.filter(pk=row.pk).delete(),
        lambda: ResidentPhone.objects.create(person_id=9, division=VILLAGE, number=clear),
        lambda: ResidentPhone.objects.create(person_id=9, division="140423001001", number=bytes(row.number)),
    ]
    for attack in attacks:
        with scope(OFFICER), pytest.raises(DatabaseError), transaction.atomic():
            attack()
    with scope(resident_actor(7, 70, "甲")), pytest.raises(DatabaseError), transaction.atomic():
        ResidentPhone.objects.create(person_id=7, division=VILLAGE, number=bytes(row.number))
