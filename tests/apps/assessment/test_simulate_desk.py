"""The desk says of every position of its sliders what a whole run says, although it looks at few households."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from minzheng.assessment.city import City
from minzheng.assessment.reforms.desk import KEPT, Desk, overlay_of_positions, slider_times
from minzheng.assessment.reforms.gaps import LEFT, UNKNOWN
from minzheng.assessment.reforms.simulate import Priced, simulate
from minzheng.assessment.reforms.sliders import BY_KEY, SLIDERS, read_positions
from minzheng.rulebook.vocabulary import Labour, ParentState, Registration, Relation
from minzheng.values.errors import Refusal
from tests.apps.assessment import invented
from tests.apps.assessment.invented import BOOK, household, person, wage

TOWNS = (140403101, 140404100, 140426100)


def drawn_city(seed: int, size: int) -> City:
    """Households with all kinds of people, some of whose facts nobody knows, and children who live elsewhere."""
    rng = random.Random(seed)
    units = []
    for at in range(size):
        people = [drawn_person(rng, Relation.HEAD)]
        people += [drawn_person(rng, Relation.CHILD) for _ in range(rng.randrange(3))]
        unknown = rng.choice([(), (), (), ("financial_assets",), ("certificate_valid",), ("cooperates",)])
        rural = rng.random() < 0.5
        units.append(
            (
                TOWNS[at * len(TOWNS) // size],
                household(
                    *people,
                    unknown=unknown,
                    registration=Registration.RURAL if rural else Registration.URBAN,
                    contracted_land=rural,
                ),
            )
        )
    rows = sum(len(facts.people) for _town, facts in units)
    kin = tuple((rng.randrange(rows), rng.choice([rng.randrange(rows), -1])) for _ in range(size // 2))
    return invented.city(*units, supporters=kin)


def drawn_person(rng: random.Random, relation: Relation) -> dict:
    born = date(rng.randrange(1930, 2016), rng.randrange(1, 13), 15)
    old = born.year < 1964
    level = rng.choice([0, 0, 1, 2, 3])
    return person(
        relation=relation,
        born=born,
        labour=Labour.NONE if old else Labour.PARTLY,
        working=not old,
        father_state=ParentState.CARING,
        mother_state=ParentState.CARING,
        disability_level=level,
        limb_level=level,
        certificate_valid=level > 0,
        care_months=rng.choice([0, 12]),
        financial_assets=rng.choice([0, 0, 12_000_00, 30_000_00]),
        selfcare_fails=rng.randrange(7),
        **(wage(rng.choice([0, 300, 650, 900, 1500, 4000])) if not old else {}),
    )


@pytest.fixture(scope="module")
def city() -> City:
    return drawn_city(1, 60)


@pytest.fixture(scope="module")
def desk(city) -> Desk:
    return Desk(city, BOOK, compiled=False, threads=1)


def same(desk: Priced, whole: Priced) -> list[str]:
    """Where two prices differ."""
    found = [
        f"{part} of {name}"
        for part in ("yes", "unknown", "review", "unsettled", "fen", "people", "ages")
        for name in getattr(whole.after, part)
        if getattr(desk.after, part)[name].tolist() != getattr(whole.after, part)[name].tolist()
    ]
    for part in ("households", "people", "gained", "lost", "steps"):
        if getattr(desk.comparison, part).tolist() != getattr(whole.comparison, part).tolist():
            found.append(part)
    for side in ("gap_before", "gap_after"):
        mine, theirs = getattr(desk, side), getattr(whole, side)
        for part in ("left", "households", "unknown", "ages"):
            if getattr(mine, part).tolist() != getattr(theirs, part).tolist():
                found.append(f"{side} {part}")
        assert mine.programmes.keys() == theirs.programmes.keys()
        found += [
            f"{side} among those with {name or 'nothing'}"
            for name, counts in theirs.programmes.items()
            if mine.programmes[name].tolist() != counts.tolist()
        ]
    for name, moves in whole.comparison.moves.items():
        if desk.comparison.moves[name].tolist() != moves.tolist():
            found.append(f"moves of {name}")
    return found


def position(rng: random.Random, count: int) -> dict[str, Fraction]:
    chosen = rng.sample(SLIDERS, count)
    return {s.key: s.low + s.step * rng.randrange(int((s.high - s.low) / s.step) + 1) for s in chosen}


@pytest.mark.parametrize("count", [1, 2, 3, len(SLIDERS)])
def test_a_moved_slider_gives_what_a_whole_run_gives(desk, city, count):
    rng = random.Random(count * 1000 + 7)
    for _ in range(2):
        moved = position(rng, count)
        whole = simulate(city, BOOK, overlay_of_positions(moved), compiled=False)
        assert same(desk.price(moved), whole) == [], moved


def test_ages_and_places_part_the_same_gap_at_every_position(desk):
    rng = random.Random(11)
    for count in (1, 2, 5, len(SLIDERS)):
        gap = desk.price(position(rng, count)).gap_after
        assert gap.ages.sum() == gap.left.sum()
        for name, counts in gap.programmes.items():
            assert counts[LEFT] <= gap.left.sum(), name
            assert counts[UNKNOWN] <= gap.unknown.sum(), name


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda s: s.key)
def test_every_slider_at_both_ends_gives_what_a_whole_run_gives(desk, city, slider):
    for value in (slider.low, slider.high):
        whole = simulate(city, BOOK, overlay_of_positions({slider.key: value}), compiled=False)
        assert same(desk.price({slider.key: value}), whole) == []


def test_the_drawn_city_is_worth_the_comparison(desk):
    """Somebody changes under nearly every slider, and some households cannot be told."""
    moved = [
        slider.key
        for slider in SLIDERS
        for value in (slider.low, slider.high)
        if desk.price({slider.key: value}).comparison.households[:2].any()
    ]
    assert len(set(moved)) >= len(SLIDERS) - 3
    assert desk.price({"dibao.std.urban": Fraction(700)}).comparison.households[3].sum() > 0
    low = {key: BY_KEY[key].low for key in ("dibao.std.urban", "dibao.std.rural")}
    gap = desk.price(low).gap_after
    assert np.count_nonzero(gap.ages) >= 3
    assert sum(counts[LEFT] > 0 for counts in gap.programmes.values()) >= 3
    assert any(counts[UNKNOWN] > 0 for name, counts in gap.programmes.items() if name)


def test_households_no_position_can_change_are_not_run_again(desk):
    prepared = desk.prepare(frozenset({"dc.amount"}))
    assert 0 < len(prepared.part.units) < desk.city.columns.units
    cared_for = np.unique(desk.keys.unit_of[desk.standing.held["care_subsidy"].entitled])
    assert set(cared_for.tolist()) <= set(prepared.part.units.tolist())


def test_a_standing_desk_keeps_few_sets_of_sliders(city):
    desk = Desk(city, BOOK, SLIDERS[:8], compiled=False, threads=1)
    for slider in SLIDERS[:8]:
        desk.price({slider.key: slider.high})
    assert len(desk._prepared) == KEPT


@pytest.mark.parametrize("count", [2, 4, len(SLIDERS)])
def test_one_slider_that_moves_while_others_stand_gives_what_a_whole_run_gives(desk, city, count):
    """From its second position on only what it can touch, given where the others stand, is run."""
    rng = random.Random(count)
    for _ in range(2):
        stood = position(rng, count)
        slider = BY_KEY[rng.choice(list(stood))]
        for value in (stood[slider.key], slider.low, slider.high, slider.low + slider.step):
            moved = {**stood, slider.key: value}
            whole = simulate(city, BOOK, overlay_of_positions(moved), compiled=False)
            assert same(desk.price(moved), whole) == [], moved
        anchored = desk._anchored({**stood, slider.key: slider.high})
        assert anchored is not None
        assert len(anchored.prepared.part.units) < len(desk.wide.units)


def test_times_are_taken_for_sliders_alone_among_others_and_all_at_once(city):
    desk = Desk(city, BOOK, SLIDERS[:4], compiled=False, threads=1)
    found = slider_times(desk, rounds=2)
    assert {kind: len(times) for kind, times in found.items()} == {
        "first": 4 * (1 + 2 + 1),
        "later": 4 * 3 * 2,
        "jump": 4,
    }


# -- positions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda s: s.key)
def test_ends_and_steps_of_a_slider_are_values_its_parameter_takes(slider):
    assert BOOK.parameters.declared[slider.key] is slider.parameter
    assert (slider.high - slider.low) % slider.step == 0
    for value in (slider.low, slider.low + slider.step, slider.high):
        overlay_of_positions({slider.key: value}).parameters(BOOK.parameters)
    found = BOOK.parameters.resolve(slider.parameter, "140403", date(2023, 12, 31))
    assert found.known, "a slider starts where the law is"
    assert slider.low <= slider.written(found.value) <= slider.high


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"dibao.round": "1"}, "dibao.round", "没有"),
        ({"dc.amount": "许多"}, "dc.amount", "数字"),
        ({"dc.amount": "1/0"}, "dc.amount", "数字"),
        ({"dc.amount": "900"}, "dc.amount", "0 至 200"),
        ({"edge.multiple": "1.55"}, "edge.multiple", "0.1"),
    ],
)
def test_a_position_that_does_not_fit_is_refused_in_words(asked, field, words):
    with pytest.raises(Refusal) as refused:
        read_positions(asked)
    assert refused.value.field == field
    assert words in str(refused.value)


def test_positions_are_read_exactly():
    assert read_positions({"edge.multiple": "1.3", "dibao.std.urban": "1,000"}) == {
        "edge.multiple": Fraction(13, 10),
        "dibao.std.urban": Fraction(1000),
    }
    assert set(BY_KEY) == {slider.key for slider in SLIDERS}
