"""Awards from month to month: the step, the fold, the facts handed on, arrears."""

from datetime import date

import pytest

from minzheng.rules import Bool, Count, Household, Money, Person, fact, instrument, program, provision
from minzheng.rules.status import Status
from minzheng.rules.timeline import (
    NOTHING,
    Award,
    Carried,
    Found,
    Reads,
    Start,
    carried_statuses,
    fold,
    history,
    payroll,
    step,
    takes_effect,
)
from minzheng.values.month import Month, months_between

TEXT = instrument("示例〔2023〕1号", name="示例办法", in_force="2020-01-01")


def month(text):
    return Month.parse(text)


def months(first, last):
    return list(months_between(month(first), month(last)))


YES, NO, UNKNOWN, REVIEW = (Status[n] for n in ("YES", "NO", "UNKNOWN", "REVIEW"))
JULY = month("2023-07")
PAID = Award(paid=True, fen=54600, last=54600, count=4)


def test_a_yes_is_paid_and_counted():
    assert step(NOTHING, Found(YES, 54600), month=JULY, effect=None) == Award(True, 54600, 54600, 1)
    assert step(PAID, Found(YES, 60000), month=JULY, effect=None) == Award(True, 60000, 60000, 5)


def test_a_no_stops_and_remembers_the_last_amount_and_the_count():
    assert step(PAID, Found(NO), month=JULY, effect=None) == Award(False, 0, 54600, 4)


@pytest.mark.parametrize("status", [UNKNOWN, REVIEW])
def test_what_is_not_decided_never_stops_a_payment_and_never_starts_one(status):
    assert step(PAID, Found(status), month=JULY, effect=None) == Award(True, 54600, 54600, 5)
    assert step(NOTHING, Found(status), month=JULY, effect=None) == NOTHING


def test_before_a_decision_takes_effect_the_month_before_goes_on():
    august = month("2023-08")
    assert step(PAID, Found(NO), month=JULY, effect=august).due == 54600
    assert step(NOTHING, Found(YES, 54600), month=JULY, effect=august).due == 0
    assert step(PAID, Found(NO), month=august, effect=august).due == 0


def test_a_count_starts_anew_when_its_reason_is_gone():
    assert step(PAID, Found(NO, counting=False), month=JULY, effect=None).count == 0


def test_when_a_decision_takes_effect_depends_on_the_program():
    applied, decided = date(2023, 5, 25), date(2023, 7, 3)
    when = {s: takes_effect(s, applied=applied, decided=decided) for s in Start}
    assert when == {
        Start.AFTER_DECISION: month("2023-08"),
        Start.APPLICATION: month("2023-05"),
        Start.DECISION: JULY,
    }
    assert takes_effect(Start.AFTER_DECISION, applied=applied, decided=None) is None
    assert takes_effect(Start.AFTER_DECISION, applied=None, decided=date(2023, 12, 1)) == month("2024-01")


# -- a phase-out, as the provisions of the city write it ------------------------------------------------------
received = fact("received", "上月享受", Household, Bool, absent=False)
leaving = fact("leaving", "上月渐退", Household, Bool, absent=False)
amount_before = fact("amount_before", "上月金额", Household, Money, bounds=(0, 10**7), absent=0)
used = fact("used", "已渐退月数", Household, Count("月"), bounds=(0, 60), absent=0)
by_job = fact("by_job", "因就业", Household, Bool, absent=False)
blind_before = fact("blind_before", "上月享受补贴", Person, Bool, absent=False)


@provision(TEXT, 1, of=Household, label="低")
def low():
    """占位条件。"""
    return ~received | received


@provision(TEXT, 2, of=Person, label="人")
def low_person():
    """占位条件。"""
    return ~blind_before | blind_before


def _program(name, rank, receives, condition=low, of=Household):
    return program(
        name, label=name, of=of, requires=(condition,), amount=None, rank=rank, cites=TEXT, article=1,
        receives=receives,
    )  # fmt: skip


aid = _program("aid", 1, received)
out = _program("out", 2, leaving)
subsidy = _program("subsidy", 3, blind_before, low_person, Person)
CARRIED = (
    *carried_statuses([aid, out, subsidy]),
    Carried(amount_before, aid, Reads.LAST_PAID),
    Carried(used, out, Reads.MONTHS, counted_while=by_job),
)


def test_history_becomes_facts_of_the_household_and_of_each_person():
    state = {("aid", None): PAID, ("subsidy", 1): Award(True, 8000, 8000, 2)}
    assert history(state, CARRIED, 2) == {
        ("received", None): True,
        ("leaving", None): False,
        ("blind_before", 0): False,
        ("blind_before", 1): True,
        ("amount_before", None): 54600,
        ("used", None): 0,
    }


def six_months_of_phase_out(working):
    """Aid while nobody works; six months at the last amount once somebody does."""

    def look(at, state):
        before = history(state, CARRIED, 0)
        job = at in working
        phase = job and (before["received", None] or before["leaving", None]) and before["used", None] < 6
        return {
            ("aid", None): Found(NO if job else YES, 54600),
            ("out", None): Found(YES if phase else NO, before["amount_before", None], counting=job),
        }

    return look


def run(first, last, working, opening=None):
    state = opening or {("aid", None): PAID}
    found = fold(months(first, last), state, six_months_of_phase_out(working), lambda _key: None)
    return {str(m): (s["aid", None].due, s["out", None].due) for m, s in found.items()}


def test_a_phase_out_lasts_its_months_at_the_amount_it_began_with_and_then_ends():
    paid = run("2023-06", "2024-02", months("2023-07", "2024-02"))
    assert paid["2023-06"] == (54600, 0)
    assert [paid[str(m)] for m in months("2023-07", "2023-12")] == [(0, 54600)] * 6
    assert paid["2024-01"] == paid["2024-02"] == (0, 0)


def test_a_second_job_after_a_month_back_in_aid_has_its_own_phase_out():
    working = [*months("2023-07", "2023-09"), *months("2023-11", "2024-06")]
    paid = run("2023-07", "2024-06", working)
    assert paid["2023-10"] == (54600, 0)
    assert sum(out for _, out in paid.values()) == 54600 * (3 + 6)


def test_the_fold_is_given_only_what_was_found_and_keeps_the_rest():
    def silent(_month, _state):
        return {}

    after = fold(months("2023-07", "2023-08"), {("aid", None): PAID}, silent, lambda _key: None)
    assert after[month("2023-08")] == {("aid", None): PAID}


# -- arrears ----------------------------------------------------------------------------------------------------
def due(first, last, fen):
    return dict.fromkeys(months(first, last), fen)


def test_a_standard_published_late_is_paid_with_the_run_after_it_became_known():
    known = {m: due("2023-01", str(m), 114500) for m in months("2023-01", "2023-03")}
    known[month("2023-04")] = due("2023-01", "2023-04", 117000)
    april = payroll(known)[-1]
    assert (april.regular, sum(april.arrears.values()), april.total) == (117000, 7500, 124500)
    assert payroll(known)[1].total == 114500


def test_months_between_application_and_decision_are_paid_with_the_first_run():
    known = {month("2023-05"): {}, month("2023-06"): {}, JULY: due("2023-05", "2023-07", 8000)}
    first, second, third = payroll(known)
    assert (first.total, second.total, third.total) == (0, 0, 24000)


def test_what_was_paid_too_much_is_stated_and_not_taken_back():
    known = {JULY: due("2023-07", "2023-07", 10000), month("2023-08"): due("2023-07", "2023-08", 9000)}
    august = payroll(known)[-1]
    assert (august.total, august.overpaid) == (9000, {JULY: 1000})


def test_months_before_the_first_run_count_as_paid():
    known = {JULY: due("2023-05", "2023-07", 10000)}
    assert payroll(known)[0].total == 10000
