"""Files to the bank and what it answers: partly failed, twice, cut short, out of order, never paid, not known."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta

import pytest

from minzheng.base.scope import scope
from minzheng.payments import actions, queries, sending
from minzheng.payments.bank.types import Delivery
from minzheng.payments.models import (
    BankFile,
    Hold,
    Outbox,
    Payment,
    Payroll,
    ReturnFile,
    ReturnLine,
    Transfer,
)
from minzheng.payments.types import FileState, LineVerdict, PayrollState, ReadState, Standing, Withheld
from minzheng.values.errors import Defect, Refusal
from tests.apps.payments.returned import Bank, F, R, S, answer, pending, read, read_statement, statement
from tests.apps.payments.town import (
    COUNTY,
    JULY,
    account,
    award,
    built,
    lines,
    name_of,
    number_of,
    paid_out,
    released,
    signed,
    staff,
)


@pytest.fixture
def at_once(monkeypatch):
    """Leases end and retries are due at once."""
    monkeypatch.setattr(sending, "LEASE", timedelta(0))
    monkeypatch.setattr(sending, "RETRY", timedelta(0))


@pytest.fixture
def three(town) -> Payroll:
    for household in (1, 2, 3):
        award(household, 50_000 + household, JULY)
    return paid_out()


def send(town, bank: Bank, worker: str = "w1"):
    return actions.send_files(actor=town, door=bank, worker=worker, most=1)


def ledger() -> set[tuple[object, ...]]:
    return set(Transfer.objects.values_list("household_id", "phase", "fen"))


# -- sending ---------------------------------------------------------------------------------------------


def test_the_file_has_what_was_signed_and_goes_out_once(town, three, at_once):
    bank = Bank()
    (sent,) = send(town, bank)
    assert (sent.state, BankFile.objects.get().state) == (FileState.SENT, FileState.SENT)
    ((name, content),) = bank.given
    text = content.decode("gb18030")
    for household in (1, 2, 3):
        head = 2 * household - 1
        assert f"{name_of(head)},{number_of(head)}" in text
    assert "低保金" in text
    assert name == BankFile.objects.get().name
    assert send(town, bank) == []
    assert Outbox.objects.get().done_at is not None


def test_an_outcome_that_is_not_known_is_its_own_state_and_the_same_file_is_offered_again(
    town, three, at_once
):
    bank = Bank(Delivery.UNKNOWN, Delivery.ACKNOWLEDGED)
    send(town, bank)
    file = BankFile.objects.get()
    assert file.state == FileState.UNKNOWN
    assert set(queries.standings([p.id for p in lines(three)]).values()) == {Standing.UNKNOWN}
    # Nothing of it is listed again while nobody knows.
    with pytest.raises(Refusal, match="没有需要发放"):
        built()
    send(town, bank)
    assert BankFile.objects.get().state == FileState.SENT
    assert bank.given[0] == bank.given[1]


def test_the_banks_return_says_what_became_of_a_file_nobody_acknowledged(town, three, at_once):
    bank = Bank(Delivery.UNKNOWN)
    send(town, bank)
    read(town, answer(three, {1: S, 2: S, 3: S}))
    assert BankFile.objects.get().state == FileState.ANSWERED
    assert send(town, bank) == []
    assert len(bank.given) == 1


def test_a_file_that_did_not_arrive_is_sent_again(town, three, at_once):
    bank = Bank(Delivery.NOT_SENT, Delivery.ACKNOWLEDGED)
    send(town, bank)
    assert BankFile.objects.get().state == FileState.QUEUED
    send(town, bank)
    assert len(set(bank.given)) == 1


def test_a_file_the_bank_refuses_pays_nobody_and_everybody_is_listed_again(town, three, at_once):
    send(town, Bank(Delivery.REJECTED))
    three.refresh_from_db()
    assert (BankFile.objects.get().state, three.state) == (FileState.REJECTED, PayrollState.CLOSED)
    assert set(queries.standings([p.id for p in lines(three)]).values()) == {Standing.FAILED}
    again = built()
    assert [(p.attempt, p.fen) for p in lines(again)] == [(2, 50_001), (2, 50_002), (2, 50_003)]
    assert released(again).bank_file.number != three.bank_file.number


def test_a_worker_that_lost_its_lease_changes_nothing(town, three, at_once):
    class Slow(Bank):
        def deliver(self, file):
            send(town, Bank(Delivery.ACKNOWLEDGED), worker="w2")
            super().deliver(file)
            return sending.Receipt(Delivery.REJECTED, "迟到的拒收")

    (late,) = send(town, Slow(), worker="w1")
    assert late.text == "已由另一进程接手"
    assert BankFile.objects.get().state == FileState.SENT
    assert not Transfer.objects.filter(phase="void").exists()
    assert Outbox.objects.get().fence == 2


def test_a_file_under_lease_is_left_alone(town, three):
    class Nested(Bank):
        def deliver(self, file):
            assert send(town, Bank(), worker="w2") == []
            return super().deliver(file)

    assert len(send(town, Nested())) == 1


def test_a_red_button_keeps_a_released_file_from_leaving(town, three, at_once):
    hold = actions.stop_payments(actor=town, division=COUNTY, reason="疑似异常", client_key=uuid.uuid4())
    assert send(town, Bank()) == []
    for who in ("checker", "releaser"):
        with scope(staff(who)) as actor:
            actions.lift_hold(actor=actor, hold=hold.public_id, reason="已排查")
    assert len(send(town, Bank())) == 1


def test_a_file_that_would_not_be_the_one_released_is_not_sent(town, three, at_once, monkeypatch):
    from minzheng.payments import release

    monkeypatch.setitem(release.PURPOSES, "dibao", "其他")
    bank = Bank()
    with pytest.raises(Defect, match="摘要不符"):
        send(town, bank)
    assert bank.given == []


# -- return files ----------------------------------------------------------------------------------------


def test_a_partly_failed_file_settles_each_payment_and_the_rest_is_paid_anew(town, three):
    row = read(town, answer(three, {1: S, 2: F, 3: S}, code="E08"))
    assert (row.state, row.verdict, row.booked, row.faults) == (ReadState.BOOKED, "some_failed", 3, 0)
    three.refresh_from_db()
    assert three.state == PayrollState.CLOSED
    again = paid_out()
    assert [(p.household_id, p.attempt, p.fen) for p in lines(again)] == [(2, 2, 50_002)]
    read(town, answer(again, {2: S}))
    assert sum(t.fen for t in Transfer.objects.filter(phase="post")) == 150_006


def test_a_closed_account_gets_nothing_more_until_another_is_registered(town, three):
    read(town, answer(three, {1: S, 2: F, 3: S}, code="E02"))
    again = built()
    assert [p.withheld for p in lines(again)] == [[Withheld.HELD]]
    assert "已销户" in Hold.objects.get().reason
    account(2, None, 3, number="6222021300008888")
    again = actions.rebuild_payroll(actor=town, payroll=again.id, version=again.version, reason="换卡")
    assert [p.withheld for p in lines(again)] == [[Withheld.COOLING]]


def test_the_same_file_twice_is_booked_once(town, three):
    content = answer(three, {1: S, 2: S, 3: S})
    first = read(town, content)
    assert read(town, content) == first
    again = read(town, answer(three, {3: S, 2: S, 1: S}, number="2"))
    assert (again.booked, again.repeated, again.faults) == (0, 3, 0)
    assert Transfer.objects.filter(phase="post").count() == 3


def test_a_file_cut_short_is_refused_whole_and_the_whole_one_is_booked(town, three):
    cut = read(town, answer(three, {1: S, 2: S, 3: S}, fault="truncated"))
    assert cut.state == ReadState.REFUSED
    assert cut.problem
    assert not Transfer.objects.filter(phase="post").exists()
    assert read(town, answer(three, {1: S, 2: S, 3: S})).booked == 3


def test_a_file_that_leaves_payments_out_leaves_them_open(town, three):
    row = read(town, answer(three, {1: S}))
    assert (row.verdict, row.unanswered) == ("incomplete", 2)
    three.refresh_from_db()
    assert three.state == PayrollState.RELEASED
    read(town, answer(three, {2: S, 3: F}, number="2"))
    three.refresh_from_db()
    assert three.state == PayrollState.CLOSED


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ("wrong-amount", LineVerdict.AMOUNT_DIFFERS),
        ("unknown-payment", LineVerdict.UNKNOWN_PAYMENT),
        ("duplicate-line", LineVerdict.DUPLICATE_LINE),
    ],
)
def test_a_line_that_fits_nothing_moves_no_money_and_is_kept(town, three, fault, verdict):
    row = read(town, answer(three, {1: S, 2: S, 3: S}, fault=fault))
    assert row.verdict == "faulty"
    found = ReturnLine.objects.filter(verdict=verdict)
    assert found.count() == row.faults == (2 if fault == "duplicate-line" else 1)
    assert row.booked == 4 - row.faults if fault == "unknown-payment" else row.booked == 2


def test_a_return_of_a_batch_that_is_not_ours_is_refused(town, three):
    content = answer(three, {1: S, 2: S, 3: S}).replace(
        BankFile.objects.get().number.encode(), b"140403-DIBAO-202301-00"
    )
    row = read(town, content)
    assert (row.state, row.bank_file) == (ReadState.REFUSED, None)
    assert "没有批次" in row.problem


def test_answers_that_contradict_each_other_stop_a_second_payment(town, three):
    read(town, answer(three, {1: S, 2: F, 3: S}, code="E08"))
    row = read(town, answer(three, {1: F, 2: S, 3: S}, code="E08", number="2"))
    assert (row.faults, row.repeated) == (2, 1)
    assert {t.phase for t in Transfer.objects.filter(household_id=2)} == {"pending", "void"}
    # The one that was void is not paid anew before two people looked.
    assert [(p.household_id, p.withheld) for p in lines(built())] == [(2, [Withheld.HELD])]


def test_money_that_comes_back_is_a_return_and_can_be_paid_again(town, three):
    read(town, answer(three, {1: S, 2: S, 3: S}))
    read(town, answer(three, {1: R}, number="2", code="E99"))
    assert {t.phase for t in Transfer.objects.filter(household_id=1)} == {"pending", "post", "return"}
    again = paid_out()
    assert [(p.household_id, p.attempt) for p in lines(again)] == [(1, 2)]
    (line,) = queries.reconciliation(town, JULY)
    assert line.agrees
    assert (line.returned_fen, line.open_fen) == (50_001, 50_001)


def test_files_in_any_order_and_any_number_of_times_end_in_the_same_ledger(town, three):
    from django.db import transaction

    files = [
        answer(three, {1: S}, number="1"),
        answer(three, {2: F, 3: S}, number="2", code="E08"),
        answer(three, {1: R}, number="3", code="E99"),
    ]
    ends = set()
    for order in itertools.permutations([*files, files[0]]):
        with transaction.atomic():
            for content in order:
                read(town, content)
            ends.add(frozenset(ledger()))
            transaction.set_rollback(True)
    assert len(ends) == 1
    assert ends.pop() >= {(1, "return", 50_001), (2, "void", 50_002), (3, "post", 50_003)}


# -- statements ------------------------------------------------------------------------------------------


def test_success_that_was_never_paid_is_found_on_the_statement_and_paid_again(town, three):
    sent = pending(three)
    read(town, answer(three, {1: S, 2: S, 3: S}))
    assert queries.never_paid(town) == []
    read_statement(town, statement([sent[1], sent[3]]))
    (found,) = queries.never_paid(town)
    assert (found.payment_id, found.fen) == (sent[2].id, 50_002)
    with scope(staff("checker")) as checker:
        with pytest.raises(Refusal, match="不能认定"):
            actions.report_never_paid(actor=checker, payment=sent[1].id, reason="家属反映")
        once = actions.report_never_paid(actor=checker, payment=found.payment_id, reason="对账单没有该笔付款")
        assert actions.report_never_paid(actor=checker, payment=found.payment_id, reason="再报") == once
    assert queries.never_paid(town) == []
    assert [(p.household_id, p.attempt) for p in lines(built())] == [(2, 2)]


def test_a_statement_of_another_account_is_refused(town, three):
    content = statement([]).replace(b"1414040300000001", b"1414040300000009")
    with pytest.raises(Refusal, match="不是登记的付款账户"):
        read_statement(town, content)


def test_the_same_statement_twice_is_one(town, three):
    content = statement(list(pending(three).values()))
    assert read_statement(town, content) == read_statement(town, content)


def test_a_payroll_with_nothing_to_send_is_closed_without_a_file(town):
    award(1, 54_600, JULY)
    account(1, None, 1, number="6222021300009999")
    payroll = released(signed(built()))
    assert payroll.state == PayrollState.CLOSED
    assert not BankFile.objects.exists()
    assert not Outbox.objects.exists()
    assert ReturnFile.objects.count() == 0
    assert Payment.objects.get().withheld == [Withheld.COOLING]
