"""The client against a gateway on a real socket: what is known after each way an exchange can end."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace

import pytest

from minzheng.payments.sms.client import Known, SmsClient
from minzheng.payments.sms.hosts import declared_gateway
from minzheng.values.errors import Refusal
from tests.apps.payments.sms.conftest import Stand, message


def test_a_message_is_taken_once_under_its_number(gateway: Stand) -> None:
    one = message()
    first, again = gateway.client.send(one), gateway.client.send(one)
    assert (first.known, first.code) == (Known.ACCEPTED, "OK")
    assert again == first
    assert gateway.client.look_up(one.number).message_id == first.message_id
    (taken,) = gateway.taken()
    assert (taken["out_id"], taken["phone"], taken["sign"]) == (str(one.number), one.phone, "长治民政")


def test_another_text_under_the_same_number_is_refused(gateway: Stand) -> None:
    one = message()
    gateway.client.send(one)
    assert gateway.client.send(replace(one, params={"tail": "9"})).known is Known.REFUSED
    assert len(gateway.taken()) == 1


def test_a_number_nobody_offered_was_not_taken(gateway: Stand) -> None:
    assert gateway.client.look_up(uuid.uuid4()).known is Known.NOT_TAKEN


@pytest.mark.parametrize(
    ("fault", "known", "taken"),
    [
        ("lost-answer", Known.UNKNOWN, 1),
        ("refused-connection", Known.UNKNOWN, 0),
        ("server-error", Known.UNKNOWN, 1),
        ("not-json", Known.UNKNOWN, 1),
        ("throttled", Known.NOT_TAKEN, 0),
        ("phone-refused", Known.REFUSED, 0),
        ("shut-out", Known.SHUT_OUT, 0),
    ],
)
def test_each_fault_is_known_for_what_it_is(gateway: Stand, fault: str, known: Known, taken: int) -> None:
    gateway.fault(fault)
    one = message()
    assert gateway.client.send(one).known is known
    assert len(gateway.taken()) == taken
    gateway.fault("none")
    if known is Known.UNKNOWN:
        found = gateway.client.look_up(one.number).known
        assert found is (Known.ACCEPTED if taken else Known.NOT_TAKEN)


def test_an_answer_that_does_not_come_is_unknown(gateway: Stand) -> None:
    gateway.fault("late")
    one = message()
    assert gateway.impatient().send(one).known is Known.UNKNOWN
    assert gateway.client.look_up(one.number).known is Known.ACCEPTED


def test_a_gateway_that_is_not_there_took_nothing(gateway: Stand) -> None:
    nobody = SmsClient(replace(gateway.gateway, port=1))
    answer = nobody.send(message())
    assert answer.known is Known.NOT_TAKEN
    assert answer.code.startswith("NET_")


def test_another_secret_shuts_us_out(gateway: Stand) -> None:
    stranger = SmsClient(replace(gateway.gateway, secret=b"another secret of sixteen"))
    assert stranger.send(message()).known is Known.SHUT_OUT
    assert gateway.taken() == []


def test_nothing_of_a_message_is_in_what_is_printed(gateway: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = message(phone="13912345678", tail="7777")
    answers = [gateway.client.send(one)]
    gateway.fault("lost-answer")
    answers.append(gateway.client.send(one))
    shown = f"{one} {answers} {gateway.gateway} {caplog.text}"
    assert "13912345678" not in shown
    assert "7777" not in shown
    assert gateway.gateway.secret.decode() not in shown


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('url = "http://127.0.0.1', 'url = "http://sms.example', "https"),
        ('access_key = "minzheng"', 'access_key = "a b"', "access_key"),
        ('sign = "长治民政"', "", "sign"),
        ('paid = "T-PAID"', "", "paid"),
        ("[sms]", "[sms]\nother = 1", "other"),
        ("[sms]", "sms", "TOML"),
    ],
)
def test_a_doubtful_declaration_is_refused(gateway: Stand, before: str, after: str, why: str) -> None:
    text = gateway.declaration.read_text(encoding="utf-8")
    assert before in text
    gateway.declaration.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(Refusal, match=why):
        declared_gateway(gateway.declaration)


def test_a_declaration_others_can_read_is_refused_and_none_is_none(gateway: Stand) -> None:
    gateway.declaration.chmod(0o644)
    with pytest.raises(Refusal, match="其他用户"):
        declared_gateway(gateway.declaration)
    assert declared_gateway(gateway.declaration.with_name("no.toml")) is None
