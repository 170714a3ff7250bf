"""Short messages to payees: one for each payment that arrived, at most once whatever breaks off, none forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.payments import actions, faults
from minzheng.payments.models import Notice
from minzheng.payments.sms.client import Answer, Known, Message, SmsClient
from minzheng.payments.types import NoticeKind, NoticeState
from minzheng.values.errors import Refusal
from tests.apps.payments.returned import F, R, S, answer, read
from tests.apps.payments.sms.conftest import Stand, gateway
from tests.apps.payments.town import JULY, account, award, built, people, released, staff

__all__ = ["gateway"]
TEMPLATES = {NoticeKind.ACCOUNT: "T-ACCOUNT", NoticeKind.PAID: "T-PAID"}
WORKER = system_actor("notices")


@dataclass
class Taking:
    """A gateway that says what the test says, and takes a number once."""

    says: list[Answer | BaseException] = field(default_factory=list)
    taken: dict[uuid.UUID, Message] = field(default_factory=dict)
    offers: int = 0

    def send(self, message: Message) -> Answer:
        self.offers += 1
        said = self.says.pop(0) if self.says else Answer(Known.ACCEPTED, "OK", "m-1")
        if isinstance(said, BaseException):
            raise said
        if said.known in (Known.ACCEPTED, Known.UNKNOWN):
            self.taken[message.number] = message
        return said

    def look_up(self, number: uuid.UUID) -> Answer:
        if number in self.taken:
            return Answer(Known.ACCEPTED, "OK", "m-1")
        return Answer(Known.NOT_TAKEN, "NOT_FOUND")


@pytest.fixture
def arrived(town) -> Iterator[None]:
    """Three families: two payments arrived, one failed."""
    for household in (1, 2, 3):
        award(household, 54_600, JULY)
    payroll = released(built())
    with scope(actor := system_actor("bank")):
        read(actor, answer(payroll, {1: S, 2: S, 3: F}))
    return payroll


def written() -> int:
    return actions.write_notices(actor=WORKER)


def sent(by) -> dict[Known, int]:
    return dict(actions.send_notices(actor=WORKER, gateway=by, templates=TEMPLATES))


def due_now() -> None:
    with scope(WORKER), connection.cursor() as cursor:
        cursor.execute(
            "update payments_notice set due_at = clock_timestamp(), lease_until = null where state <> 'sent'"
        )


def states() -> list[str]:
    with scope(WORKER):
        return sorted(Notice.objects.values_list("state", flat=True))


def test_what_arrived_is_told_once_and_what_failed_is_not(arrived):
    assert written() == 2
    assert written() == 0
    with scope(WORKER):
        first = Notice.objects.order_by("household_id").first()
    assert (first.household_id, first.kind, first.state) == (1, NoticeKind.PAID, NoticeState.WAITING)
    assert (
        first.text
        == "您家2023年7月低保金 546.00 元已于 2023-07-31 入账，账户尾号 0001。如未收到请拨打 12345。"
    )
    assert first.params == {"what": "2023年7月低保金", "yuan": "546.00", "day": "2023-07-31", "tail": "0001"}
    by = Taking()
    assert sent(by) == {Known.ACCEPTED: 2}
    assert {one.phone for one in by.taken.values()} == {"13800000000"}
    assert sent(by) == {}
    assert states() == ["sent", "sent"]


def test_money_that_came_back_with_the_same_return_is_not_told_as_arrived(town):
    award(1, 54_600, JULY)
    payroll = released(built())
    with scope(actor := system_actor("bank")):
        read(actor, answer(payroll, {1: R}))
    assert written() == 0


def test_a_change_of_account_is_told_to_the_old_phone(town):
    account(1, None, people(1)[0], number="6222021399999999", phone="13911111111")
    by = Taking()
    assert sent(by) == {Known.ACCEPTED: 1}
    (message,) = by.taken.values()
    assert (message.phone, message.template) == ("13800000000", "T-ACCOUNT")
    assert message.params == {"old": "0001", "new": "9999", "hours": "72"}


def test_without_a_phone_nothing_is_offered_and_somebody_sees_it(town):
    with scope(WORKER), connection.cursor() as cursor:
        cursor.execute(
            "insert into payments_account (public_id, division, household_id, person_id, payee_id, relation, bank_code,"
            " bank_name, holder_name, sealed_number, number_index, tail, since, actor, client_key) select"
            " gen_random_uuid(), division, household_id, 1, 1, 'self', bank_code, bank_name, holder_name, sealed_number,"
            " '\\x01', tail, since, '', gen_random_uuid() from payments_account where household_id = 1 returning id"
        )
        (bare,) = cursor.fetchone()
        Notice.objects.create(division="140403001001", household_id=1, account_id=bare, text="x")
    by = Taking()
    assert sent(by) == {Known.REFUSED: 1}
    assert by.offers == 0
    with scope(WORKER):
        assert Notice.objects.get().problem == "NO_PHONE"
    assert states() == ["dead"]


def test_an_answer_that_was_lost_is_asked_for_and_not_told_twice(arrived):
    written()
    by = Taking([Answer(Known.UNKNOWN, "NET_TIMEOUTERROR"), Answer(Known.ACCEPTED, "OK", "m-2")])
    sent(by)
    assert states() == ["sent", "unknown"]
    due_now()
    assert sent(by) == {Known.ACCEPTED: 1}
    assert by.offers == 2
    assert states() == ["sent", "sent"]


def test_what_the_gateway_never_got_is_offered_again(arrived):
    written()
    by = Taking([Answer(Known.UNKNOWN, "HTTP_502")] * 2)
    sent(by)
    by.taken.clear()
    due_now()
    assert sent(by) == {Known.ACCEPTED: 2}
    assert by.offers == 4


def test_a_busy_gateway_is_waited_for_as_long_as_it_asks(arrived):
    written()
    sent(Taking([Answer(Known.NOT_TAKEN, "THROTTLED", wait=3000)] * 2))
    with scope(WORKER), connection.cursor() as cursor:
        cursor.execute("select min(due_at - clock_timestamp()) from payments_notice")
        assert cursor.fetchone()[0] > timedelta(seconds=2900)
    assert states() == ["waiting", "waiting"]
    assert sent(Taking()) == {}


def test_who_is_shut_out_stops_and_uses_up_no_attempt(arrived):
    written()
    by = Taking([Answer(Known.SHUT_OUT, "SIGNATURE")])
    assert sent(by)[Known.SHUT_OUT] == 1
    assert by.offers == 1
    with scope(WORKER):
        assert set(Notice.objects.values_list("attempts", "state")) == {(0, "waiting")}


def test_after_many_attempts_it_is_put_aside_until_somebody_sends_it_again(arrived):
    written()
    for _ in range(8):
        due_now()
        sent(Taking([Answer(Known.NOT_TAKEN, "NET_CONNECTIONREFUSEDERROR")] * 2))
    assert states() == ["dead", "dead"]
    due_now()
    assert sent(Taking()) == {}
    with scope(WORKER):
        one = Notice.objects.first()
    with scope(staff("checker")), pytest.raises(Refusal, match="权限"):
        actions.send_again(actor=staff("checker"), notice=one.id)
    with scope(maker := staff("maker")):
        for _ in range(2):
            actions.send_again(actor=maker, notice=one.id)
        with pytest.raises(Refusal):
            actions.send_again(actor=maker, notice=uuid.uuid4())
    by = Taking()
    assert sent(by) == {Known.ACCEPTED: 1}
    assert states() == ["dead", "sent"]


@pytest.mark.parametrize("point", faults.NOTICE_POINTS)
def test_a_worker_killed_anywhere_loses_nothing_and_tells_nothing_twice(arrived, point):
    written()
    by = Taking()

    def die(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    with faults.watched(die), pytest.raises(KeyboardInterrupt):
        sent(by)
    due_now()
    sent(by)
    assert states() == ["sent", "sent"]
    assert by.offers == len(by.taken) == 2


def test_through_a_real_gateway_with_a_lost_answer(arrived, gateway: Stand):
    written()
    gateway.fault("lost-answer")
    assert sent(SmsClient(gateway.gateway)) == {Known.UNKNOWN: 2}
    gateway.fault("none")
    due_now()
    assert sent(SmsClient(gateway.gateway)) == {Known.ACCEPTED: 2}
    assert len(gateway.taken()) == 2
    assert {one["template"] for one in gateway.taken()} == {"T-PAID"}


AGAIN = (
    "insert into payments_notice (id, division, household_id, account_id, kind, payment_id, params, text, state, attempts,"
    " message_id, problem) select gen_random_uuid(), division, household_id, account_id, kind, payment_id, params, text,"
    " 'waiting', 0, '', '' from payments_notice"
)


def test_the_database_keeps_words_and_what_was_sent(arrived):
    written()
    sent(Taking([Answer(Known.ACCEPTED, "OK", "m"), Answer(Known.UNKNOWN, "HTTP_500")]))
    with scope(staff("maker")), connection.cursor() as cursor:
        for statement in (
            "update payments_notice set text = 'x' where state = 'unknown'",
            "update payments_notice set state = 'waiting' where state = 'unknown'",
            "update payments_notice set state = 'waiting' where state = 'sent'",
            "delete from payments_notice",
            AGAIN,
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement)
