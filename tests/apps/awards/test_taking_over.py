"""What the registry says is received becomes awards: once, with everybody covered, contradictions left and told."""

from __future__ import annotations

import pytest

from minzheng.awards.models import Award, Event, Task
from minzheng.awards.queries import due_in, due_of, members_in
from minzheng.awards.receipts import standing, wanted
from minzheng.awards.taking_over import take_over, untaken
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.registry.queries import receipts_in
from minzheng.values.month import Month
from tests.apps.awards.conftest import TODAY, WIDOW

DECEMBER = Month(2023, 12)
COUNTIES = ("140403", "140425", "140427")
AFTER_A_JOB = 6


@pytest.fixture
def taken(city_of_stories):
    return {c: take_over(actor=city_of_stories, county=c, month=DECEMBER, on=TODAY) for c in COUNTIES}


def test_every_receipt_of_a_month_is_due_as_it_was_received(city_of_stories, taken):
    lines = [
        one for one in receipts_in(city_of_stories, DECEMBER) if one.programme is not codes.Programme.RELIEF
    ]
    ours = [one for one in lines if one.programme < codes.Programme.CADRE_LIVING]
    assert [left for one in taken.values() for left in one.left] == []
    assert sum(one.awards for one in taken.values()) == len(ours) > 10
    assert {a.pk: (due_of(a, DECEMBER), list(standing(a).values())) for a in Award.objects.all()} == {
        a.pk: (sum(line.fen or 0 for line in wanted(a)), wanted(a)) for a in Award.objects.all()
    }
    paid = sum(one.fen for c in COUNTIES for one in due_in(city_of_stories, DECEMBER, "dibao", c))
    assert paid == sum(one.fen or 0 for one in ours if one.programme is codes.Programme.DIBAO)


def test_an_award_that_was_taken_over_says_that_it_has_no_decision(taken):
    award = Award.objects.filter(programme="dibao").first()
    assert (award.origin, award.decision, award.case_id) == ("taken_over", None, None)
    assert award.review_due is not None
    assert Event.objects.get(award=award).verb == "take_over"
    assert members_in(award, DECEMBER) != []


def test_taking_over_twice_is_taking_over_once(city_of_stories, taken):
    again = [take_over(actor=city_of_stories, county=c, month=DECEMBER, on=TODAY) for c in COUNTIES]
    assert sum(one.awards for one in again) == 0
    assert not untaken(city_of_stories, Award.objects.filter(programme="dibao").first().household_id)


def test_somebody_with_two_statuses_is_left_and_told(city_of_stories):
    for programme in (codes.Programme.TEKUN, codes.Programme.SINGLE):
        record_fact(
            actor=city_of_stories, table="receipt", holder=AFTER_A_JOB, source=codes.Source.FILE,
            values={"person_id": 16, "programme": programme, "fen": 100, "since": DECEMBER.first_day},
        )  # fmt: skip
    done = take_over(actor=city_of_stories, county="140403", month=DECEMBER, on=TODAY)
    assert {(one.household_id, one.programme) for one in done.left} == {(6, "tekun"), (6, "single")}
    assert (
        Award.objects.filter(household_id=AFTER_A_JOB).values_list("programme", flat=True).get()
        == "phase_out"
    )
    assert 16 not in members_in(Award.objects.get(household_id=AFTER_A_JOB), DECEMBER)


def test_a_phase_out_pays_the_rate_of_each_month_of_what_was_paid_before_it(city_of_stories, monkeypatch):
    """Half in the fourth month and a quarter in the fifth, both of the dibao before."""
    from datetime import date

    from minzheng.assessment import decide as deciding
    from minzheng.awards.ends import phase_out_month
    from minzheng.rulebook import load

    take_over(actor=city_of_stories, county="140403", month=Month(2023, 9), on=TODAY)
    book = load()
    book = book.with_parameters(
        book.parameters.overlaid({"jt.rate.4": "0.5", "jt.rate.5": "0.25", "jt.rate.6": "0.25"})
    )
    monkeypatch.setattr(deciding, "rulebook", lambda: book)
    award = Award.objects.get(programme="phase_out", household_id=AFTER_A_JOB)
    said = []
    for day in (
        date(2023, 7, 10),
        date(2023, 9, 10),
        date(2023, 9, 11),
        date(2023, 10, 10),
        date(2023, 11, 10),
    ):
        award.refresh_from_db()
        said.append(phase_out_month(city_of_stories, award, on=day, book=book))
    award.refresh_from_db()
    paid = [due_of(award, Month(2023, number)) for number in range(7, 13)]
    assert paid == [54_600, 54_600, 54_600, 27_300, 13_650, 13_650]
    assert said == ["same", "changed", "same", "changed", "same"]
    assert award.ends == Month(2024, 1).first_day
    assert phase_out_month(city_of_stories, award, on=date(2023, 12, 10), book=book) == "over"
    assert list(standing(award).values()) == wanted(award)
    assert Task.objects.count() == 0


def test_what_only_the_registry_says_gives_way_to_a_confirmed_case(city_of_stories, confirmed):
    """T29 in small: what ran before the platform ends with the month before, no month has both."""
    from minzheng.awards.granting import grant

    record_fact(
        actor=city_of_stories, table="receipt", holder=WIDOW, source=codes.Source.FILE,
        values={"programme": codes.Programme.DIBAO, "fen": 30_000, "since": Month(2023, 6).first_day},
    )  # fmt: skip
    case = confirmed("dibao")
    fresh = grant(
        actor=city_of_stories, case=case.public_id, decision=case.decision, programme="dibao", household=WIDOW,
        person=None, received_on=TODAY, on=TODAY, reason="重新认定",
    )  # fmt: skip
    before = Award.objects.get(household_id=WIDOW, origin="taken_over")
    assert (before.ends, before.ground) == (Month(2024, 1).first_day, "other_programme")
    for month in (DECEMBER, Month(2024, 1), Month(2024, 2)):
        lines = receipts_in(city_of_stories, month, households=[WIDOW])
        dibao = [one.fen for one in lines if one.programme is codes.Programme.DIBAO]
        assert dibao == [due_of(before, month) + due_of(fresh, month)]
