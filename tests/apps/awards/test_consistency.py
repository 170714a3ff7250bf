"""Random courses of amounts, ends and resumptions: the fold in Python, the database's own, payroll's question and the
registry's receipts say the same of every month as a plain dictionary does.
"""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction

import pytest

from minzheng.awards import hands
from minzheng.awards.folding import Stretch
from minzheng.awards.models import Award
from minzheng.awards.queries import due_in, due_of, terms_of
from minzheng.awards.receipts import standing, wanted, write_down
from minzheng.awards.taking_over import take_over
from minzheng.awards.types import Amount, Cause, Ground
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.registry.queries import receipts_in
from minzheng.values.month import Month, months_between
from tests.apps.awards.conftest import TODAY, WIDOW

FIRST, LAST = Month(2023, 12), Month(2025, 6)
STEP = hands.Step("change", date(2024, 1, 1), "试验")
Due = dict[Month, int]


@pytest.fixture
def award(city_of_stories) -> Award:
    record_fact(
        actor=city_of_stories, table="receipt", holder=WIDOW, source=codes.Source.FILE,
        values={"programme": codes.Programme.DIBAO, "fen": 100, "since": FIRST.first_day},
    )  # fmt: skip
    take_over(actor=city_of_stories, county="140403", month=FIRST, on=TODAY)
    return Award.objects.get(household_id=WIDOW)


def _amount(actor, award: Award, rng: random.Random, due: Due) -> None:
    """Another amount for some months, in the past or the open future."""
    since = FIRST.plus(rng.randrange(18))
    until = since.plus(rng.choice((1, 1, 2, 5))) if rng.random() < 0.6 else None
    fen = rng.randrange(1, 100_000)
    hands.next_version(actor, award, STEP, ground=Ground.TERM_OVER)
    people = [(row.person_id, Stretch(FIRST, None, None)) for row in hands.live_members(award)[:1]]
    hands.cover(award, people)
    hands.add_terms(award, [Amount(since, until, fen, Fraction(fen))], cause=Cause.TAKEN_OVER, decision=None)
    due.update(dict.fromkeys(months_between(since, (until or LAST.plus(1)).plus(-1)), fen))


def _end(actor, award: Award, rng: random.Random, due: Due) -> None:
    since = FIRST.plus(rng.randrange(18))
    hands.next_version(actor, award, STEP, ground=Ground.VOLUNTARY)
    hands.add_end(award, since, cause=Cause.ENDED, decision=None)
    for month in months_between(since, LAST):
        due.pop(month, None)


@pytest.mark.parametrize("seed", range(12))
def test_every_month_is_the_same_wherever_it_is_asked(city_of_stories, award, seed):
    rng = random.Random(seed)
    due: Due = dict.fromkeys(months_between(FIRST, LAST), 100)
    for _step in range(rng.randint(1, 8)):
        rng.choice((_amount, _amount, _end))(city_of_stories, award, rng, due)
        write_down(city_of_stories, award, reason="试验")
    award.refresh_from_db()
    for month in months_between(FIRST, LAST):
        paid = {
            line.fen
            for line in due_in(city_of_stories, month, "dibao", "140403")
            if line.household_id == WIDOW
        }
        told = [
            line.fen
            for line in receipts_in(city_of_stories, month, households=[WIDOW])
            if line.programme is codes.Programme.DIBAO
        ]
        here = due.get(month)
        assert due_of(award, month) == (here or 0), month
        assert paid == ({here} if here else set()), month
        assert told == ([here] if here else []), month
    runs = terms_of(award)
    ends = runs[-1].until if runs else FIRST
    assert award.ends == (ends.first_day if ends else None) or not runs
    assert list(standing(award).values()) == wanted(award)
