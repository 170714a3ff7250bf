"""GV-4: supervision's sample is drawn by the database from a seed nobody chooses, once, of everybody who decided."""

from __future__ import annotations

import uuid
from datetime import date
from math import ceil

import pytest
from django.db import DatabaseError, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases import supervising
from minzheng.cases.models import Sample, Sampled
from minzheng.cases.supervising import OTHERS, TEKUN, drawn_again
from minzheng.values.errors import Refusal

SINCE, UNTIL = date(2023, 12, 1), date(2023, 12, 20)
ON = date(2023, 12, 31)


@pytest.fixture
def decided(walk):
    """One case confirmed on the eleventh of December 2023."""
    return walk.decide(walk.reported())


@pytest.fixture
def supervisor(decided, staff_of):
    return staff_of(Role.CITY_SUPERVISOR, at="1404")


def drawn(actor, county, since=SINCE, until=UNTIL, on=ON):
    with scope(actor):
        return supervising.draw(actor=actor, county=county, since=since, until=until, on=on)


def test_of_everybody_who_decided_at_least_one_case_is_drawn(decided, supervisor, walk):
    others, tekun = drawn(supervisor, decided.division[:6])
    assert (others.parameter, others.population, others.chosen) == (OTHERS, 1, 1)
    assert (tekun.parameter, tekun.population, tekun.chosen) == (TEKUN, 0, 0)
    assert (others.numerator, others.denominator) == (3, 10)
    assert others.chosen == ceil(others.population * 3 / 10)
    with scope(supervisor):
        [row] = Sampled.objects.all()
        assert (row.case_id, str(row.decider), row.rank) == (decided.pk, walk.approver.natural_person, 1)
        assert [one.pk for one in supervising.to_look_at(supervisor)] == [decided.pk]


def test_the_same_is_drawn_again_from_the_seed_by_somebody_else(decided, supervisor):
    draws = drawn(supervisor, decided.division[:6])
    with scope(supervisor):
        assert drawn_again(draws[0]) == [decided.number]
        assert supervising.reproduced(draws) == {draws[0].pk: True, draws[1].pk: True}
        draws[0].numerator = 0
        assert supervising.reproduced(draws[:1]) == {draws[0].pk: False}


def test_nothing_is_drawn_twice_and_nothing_that_is_not_over(decided, supervisor):
    county = decided.division[:6]
    first = drawn(supervisor, county)
    assert [one.pk for one in drawn(supervisor, county)] == [one.pk for one in first]
    with pytest.raises(Refusal, match="不能重抽"):
        drawn(supervisor, county, since=date(2023, 12, 5))
    with pytest.raises(Refusal, match="已经结束"):
        drawn(supervisor, county, since=date(2023, 12, 21), until=ON)
    with pytest.raises(Refusal, match="管辖"):
        drawn(supervisor, "1404")


def test_only_supervision_draws(decided, walk):
    with pytest.raises(Refusal):
        drawn(walk.officer, decided.division[:6])


def test_what_was_found_is_followed_until_it_is_fit(decided, supervisor, walk):
    drawn(supervisor, decided.division[:6])
    looked = walk.step(supervisor, decided, "supervise", reason="材料不全", fields={"finding": "slip"}, on=ON)
    with scope(supervisor):
        assert list(supervising.to_look_at(supervisor)) == []
    with scope(walk.officer):
        [one] = supervising.to_put_right(walk.officer)
        assert (one.pk, one.found, one.why, one.looked_at) == (decided.pk, "slip", "材料不全", ON)
    walk.step(supervisor, looked, "supervise", reason="已经补正", fields={"finding": "fit"}, on=ON)
    with scope(walk.officer):
        assert list(supervising.to_put_right(walk.officer)) == []


def test_the_database_chooses_and_nobody_else(decided, supervisor, walk):
    [sample, _tekun] = drawn(supervisor, decided.division[:6])
    county = decided.division[:6]
    row = {
        "parameter": OTHERS, "programmes": ["dibao"], "numerator": 1, "denominator": 1, "drawn_on": date(2023, 12, 31),
    }  # fmt: skip
    earlier = {"since": date(2023, 11, 1), "until": date(2023, 11, 2)}
    attacks = [
        (supervisor, lambda: Sampled.objects.create(sample=sample, case=decided, decider=uuid.uuid4(), rank=1)),
        (supervisor, lambda: Sampled.objects.filter(sample=sample).delete()),
        (supervisor, lambda: Sample.objects.filter(pk=sample.pk).update(seed=uuid.uuid4())),
        (supervisor, lambda: Sample.objects.filter(pk=sample.pk).delete()),
        (supervisor, lambda: Sample.objects.create(division=county, since=SINCE, until=date(2023, 12, 3), **row)),
        (supervisor, lambda: Sample.objects.create(division=county, since=ON, until=ON, **row)),
        (supervisor, lambda: Sample.objects.create(division=county, **earlier, **row | {"numerator": 2})),
        (walk.officer, lambda: Sample.objects.create(division=county, **earlier, **row)),
        (system_actor("test"), lambda: Sample.objects.create(division=county, **earlier, **row)),
    ]  # fmt: skip
    for actor, attack in attacks:
        with scope(actor), pytest.raises(DatabaseError), transaction.atomic():
            attack()
    seed = uuid.uuid4()
    with scope(supervisor):
        made = Sample.objects.create(division=county, seed=seed, population=99, **earlier, **row)
        made.refresh_from_db()
    assert made.seed != seed
    assert made.population == 0


def test_a_township_does_not_see_what_is_drawn_from(decided, supervisor, walk):
    drawn(supervisor, decided.division[:6])
    with scope(walk.officer):
        assert Sample.objects.count() == 0
        assert Sampled.objects.count() == 0
