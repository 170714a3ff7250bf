"""A month's payroll: who is on it, with what amount, and what keeps a payment back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from minzheng.payments import actions
from minzheng.payments.models import Claim, Payment, Transfer
from minzheng.payments.types import HoldKind, PayrollState, Relation, Withheld, payment_id
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.payments.town import (
    AUGUST,
    COUNTY,
    JULY,
    JUNE,
    SEPTEMBER,
    account,
    agreement,
    award,
    built,
    change,
    die,
    lines,
    name_of,
    number_of,
    paid_out,
    people,
    released,
    signed,
    staff,
    stop,
)


def test_a_payroll_lists_what_is_due_and_pins_it_by_a_digest(town):
    one, other = award(1, 54_600, JULY), award(2, 30_000, JULY)
    award(11, 10_000, JULY)
    payroll = built()
    assert payroll.state == PayrollState.LISTED
    assert (payroll.lines, payroll.fen, payroll.withheld, payroll.zeros) == (2, 84_600, 0, 0)
    assert len(payroll.digest) == 64
    assert [(p.award_id, p.fen, p.claim_no, p.attempt, p.live) for p in lines(payroll)] == [
        (one, 54_600, 0, 1, True), (other, 30_000, 0, 1, True),
    ]  # fmt: skip
    assert lines(payroll)[0].id == payment_id(one, JULY, 0, 1)


def test_building_again_gives_the_same_payroll(town):
    award(1, 54_600, JULY)
    first = built()
    again = built()
    assert (again.id, again.version, again.digest) == (first.id, first.version, first.digest)


def test_months_never_paid_come_with_the_first_payroll(town):
    """T48: applied in May, approved in July; May and June are paid with July."""
    award(1, 8_000, Month(2023, 5), programme="living_subsidy", person=1)
    account(1, 1, 1)
    payroll = built(programme="living_subsidy")
    assert [(p.month.month, p.fen) for p in lines(payroll)] == [(5, 8_000), (6, 8_000), (7, 8_000)]


def test_an_award_taken_over_is_paid_from_the_month_it_was_taken_over_in(town):
    from django.db import connection

    row = award(1, 54_600, Month(2023, 1))
    with connection.cursor() as cursor:
        # The event of the first version says when the platform took it over.
        cursor.execute("select on_day from awards_event where award_id = %s", [row])
        assert cursor.fetchone() == (date(2023, 1, 1),)
    assert [p.month.month for p in lines(built())] == [1, 2, 3, 4, 5, 6, 7]


def test_a_raised_amount_is_paid_as_a_numbered_claim_on_its_redetermination(town):
    """T53: paid 1,145 for three months, 1,170 published in April: arrears of 75 with April's 1,170."""
    row = award(1, 114_500, Month(2023, 1))
    for month in (1, 2, 3):
        paid_out(Month(2023, month))
    change(row, 117_000, Month(2023, 1))
    payroll = built(Month(2023, 4))
    assert [(p.month.month, p.claim_no, p.fen) for p in lines(payroll)] == [
        (1, 1, 2_500), (2, 1, 2_500), (3, 1, 2_500), (4, 0, 117_000),
    ]  # fmt: skip
    assert payroll.fen == 124_500
    claims = Claim.objects.order_by("month")
    assert {claim.term_id for claim in claims} == {p.term_id for p in lines(payroll)}
    assert [p.claim_id for p in lines(payroll)[:3]] == [claim.pk for claim in claims]


def test_a_claim_that_another_redetermination_overtakes_is_not_paid(town):
    row = award(1, 50_000, JUNE)
    paid_out(JUNE)
    change(row, 56_000, JUNE)
    first = built(JULY)
    assert [(p.claim_no, p.fen) for p in lines(first)] == [(1, 6_000), (0, 56_000)]
    actor = staff("maker")
    change(row, 53_000, JUNE)
    again = actions.rebuild_payroll(actor=town, payroll=first.id, version=first.version, reason="金额更正")
    assert [(p.claim_no, p.fen) for p in lines(again)] == [(2, 3_000), (0, 53_000)]
    assert Claim.objects.count() == 2
    assert actor.covers(COUNTY)


def test_an_amount_that_rounds_to_nothing_is_kept_and_not_sent(town):
    row = award(1, 0, JULY, exact="1/3")
    award(2, 30_000, JULY)
    payroll = paid_out()
    assert (payroll.lines, payroll.zeros) == (1, 1)
    zero = Payment.objects.get(award_id=row)
    assert (zero.fen, zero.exact, zero.live) == (0, "1/3", True)
    assert not Transfer.objects.filter(payment_id=zero.id).exists()
    with pytest.raises(Refusal, match="没有需要发放"):
        built()


def test_nothing_is_listed_twice_and_the_next_month_goes_on(town):
    award(1, 54_600, JULY)
    paid_out()
    with pytest.raises(Refusal, match="没有需要发放"):
        built()
    assert [p.month.month for p in lines(built(AUGUST))] == [8]


def test_no_month_is_paid_before_it_has_come(town):
    award(1, 54_600, JULY)
    with pytest.raises(Refusal, match="提前"):
        built(AUGUST, on=JULY.last_day)


def test_what_is_not_paid_in_money_has_no_payroll(town):
    with pytest.raises(Refusal, match="不发放资金"):
        built(programme="edge")


def test_a_county_is_paid_by_its_own_people(town):
    award(11, 10_000, JULY)
    with pytest.raises(Refusal, match="管辖"):
        built(county="140423")


# -- the gate --------------------------------------------------------------------------------------------


def reasons(payroll) -> dict[int, list[str]]:
    return {p.household_id: p.withheld or p.withheld_at_release for p in lines(payroll)}


def test_a_subsidy_stops_the_month_after_a_death_that_nobody_reckoned_with(town):
    """T48: died on 2 October; October is paid, November is withheld."""
    award(1, 16_000, Month(2023, 9), programme="care_subsidy", person=1)
    account(1, 1, 1)
    paid_out(SEPTEMBER, "care_subsidy")
    die(1, date(2023, 10, 2))
    october = built(Month(2023, 10), "care_subsidy")
    assert [p.withheld for p in lines(october)] == [[]]
    released(october)
    november = built(Month(2023, 11), "care_subsidy")
    assert Withheld.DEATH in lines(november)[0].withheld
    assert (november.lines, november.withheld) == (0, 1)


def test_a_family_is_paid_again_once_a_death_was_reckoned_with(town):
    row = award(1, 54_600, JULY)
    paid_out()
    die(2, date(2023, 7, 25))
    august = built(AUGUST)
    assert reasons(august) == {1: [Withheld.DEATH]}
    # Taking an amount over as it stands is not reckoning; a decision would be.
    change(row, 20_000, AUGUST)
    assert reasons(
        actions.rebuild_payroll(actor=town, payroll=august.id, version=august.version, reason="复核")
    ) == {1: [Withheld.DEATH]}


def test_a_death_registered_between_signing_and_release_holds_the_payment(town):
    award(1, 54_600, AUGUST)
    award(2, 30_000, AUGUST)
    payroll = signed(built(AUGUST))
    die(1, date(2023, 7, 3))
    payroll = released(payroll)
    assert reasons(payroll)[1] == [Withheld.DEATH, Withheld.PAYEE_DIED]
    assert [(t.household_id, t.fen) for t in Transfer.objects.all()] == [(2, 30_000)]
    assert payroll.bank_file.fen == 30_000


def test_an_award_stopped_between_signing_and_release_is_not_paid(town):
    row = award(1, 54_600, JULY)
    award(2, 30_000, JULY)
    payroll = signed(built())
    stop(row, JULY)
    assert reasons(released(payroll)) == {1: [Withheld.STOPPED], 2: []}


def test_an_amount_lowered_between_signing_and_release_is_listed_anew(town):
    row = award(1, 54_600, JULY)
    award(2, 30_000, JULY)
    payroll = signed(built())
    change(row, 40_000, JULY)
    assert reasons(released(payroll)) == {1: [Withheld.REDUCED], 2: []}
    again = built()
    assert [(p.fen, p.attempt, p.reissue_of) for p in lines(again)] == [(40_000, 2, None)]
    assert again.run == 1


def test_a_changed_account_waits_three_days_and_the_old_phone_is_told(town):
    award(1, 54_600, JULY)
    former = account(1, None, 1, number="6222021300009999")
    assert former.cools_until - former.recorded_at >= timedelta(hours=71, minutes=59)
    payroll = built()
    assert reasons(payroll) == {1: [Withheld.COOLING]}
    notice = former.replaces.notices.get()
    assert "9999" in notice.text
    assert number_of(1)[-4:] in notice.text


def test_an_account_changed_after_signing_is_not_paid_to(town):
    award(1, 54_600, JULY)
    award(2, 30_000, JULY)
    payroll = signed(built())
    account(1, None, 1, number="6222021300009999")
    assert reasons(released(payroll))[1] == [Withheld.ACCOUNT_CHANGED]


def test_no_account_no_payment_but_the_line_is_there(town):
    award(1, 8_000, JULY, programme="old_age", person=2)
    assert [p.withheld for p in lines(built(programme="old_age"))] == [[Withheld.NO_ACCOUNT]]


def test_an_account_that_three_payees_share_holds_all_three(town):
    for household in (1, 2, 3):
        award(household, 8_000, JULY, programme="old_age", person=people(household)[0])
        account(household, people(household)[0], people(household)[0], number="6222021300007777")
    assert {tuple(p.withheld) for p in lines(built(programme="old_age"))} == {(Withheld.SHARED,)}


def test_a_mother_may_receive_for_her_children_on_one_account(town):
    for household in (1, 2):
        award(household, 8_000, JULY, programme="old_age", person=people(household)[0])
        account(household, people(household)[0], people(household)[0], number="6222021300007777")
    assert {tuple(p.withheld) for p in lines(built(programme="old_age"))} == {()}


def test_a_holder_of_another_name_is_not_paid(town):
    award(1, 8_000, JULY, programme="old_age", person=1)
    account(1, 1, 1, holder_name=name_of(1) + "峰")
    assert [p.withheld for p in lines(built(programme="old_age"))] == [[Withheld.NAME]]


def test_somebody_else_receives_only_under_a_filed_agreement(town):
    import uuid

    award(1, 8_000, JULY, programme="old_age", person=1)
    with pytest.raises(Refusal, match="协议"):
        account(1, 1, 5, relation=Relation.KEEPER)
    account(1, 1, 2, relation=Relation.MEMBER)
    assert [p.withheld for p in lines(built(programme="old_age"))] == [[Withheld.NO_AGREEMENT]]
    award(2, 8_000, JULY, programme="care_subsidy", person=3)
    for not_filed in (uuid.uuid4(), agreement(1)):
        with pytest.raises(Refusal, match="这份协议"):
            account(2, 3, 5, relation=Relation.KEEPER, agreement=not_filed)
    account(2, 3, 5, relation=Relation.KEEPER, agreement=agreement(2))
    assert [p.withheld for p in lines(built(programme="care_subsidy"))] == [[]]


@pytest.mark.parametrize("kind", [HoldKind.PERSON, HoldKind.HOUSEHOLD, HoldKind.AWARD, HoldKind.ACCOUNT])
def test_a_hold_keeps_back_until_two_people_lift_it(town, kind):
    import uuid

    from minzheng.payments.models import Account

    row = award(1, 54_600, JULY)
    target = {
        HoldKind.PERSON: 2, HoldKind.HOUSEHOLD: 1, HoldKind.AWARD: row,
        HoldKind.ACCOUNT: Account.objects.get(household_id=1, until=None).pk,
    }[kind]  # fmt: skip
    checker, releaser = staff("checker"), staff("releaser")
    from minzheng.base.scope import scope

    with scope(checker):
        hold = actions.hold_payments(
            actor=checker, kind=kind, division="140403001001", reason="群众举报，核查中", client_key=uuid.uuid4(),
            household=1, target=target,
        )  # fmt: skip
    payroll = built()
    assert reasons(payroll) == {1: [Withheld.HELD]}
    with scope(checker):
        actions.lift_hold(actor=checker, hold=hold.public_id, reason="已核实")
        actions.lift_hold(actor=checker, hold=hold.public_id, reason="已核实")
    payroll = actions.rebuild_payroll(
        actor=town, payroll=payroll.id, version=payroll.version, reason="重新编制"
    )
    assert reasons(payroll) == {1: [Withheld.HELD]}
    with scope(releaser):
        actions.lift_hold(actor=releaser, hold=hold.public_id, reason="同意恢复")
    payroll = actions.rebuild_payroll(
        actor=town, payroll=payroll.id, version=payroll.version, reason="重新编制"
    )
    assert reasons(payroll) == {1: []}


def test_what_was_withheld_is_paid_later_as_the_same_claim(town):
    row = award(1, 54_600, JULY)
    account(1, None, 1, number="6222021300009999")
    payroll = released(built())
    assert payroll.state == PayrollState.CLOSED
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("insert into base_businessdate (id, day) values (1, '2099-01-31')")
    later = built(AUGUST)
    assert [(p.month.month, p.attempt, p.fen) for p in lines(later)] == [(7, 2, 54_600), (8, 1, 54_600)]
    assert row == lines(later)[0].award_id
