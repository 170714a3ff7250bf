"""The shipped rulebook itself means the same to the reference engine and to the generated kernel, in every year and county."""

import datetime
import random

import pytest

from minzheng.rulebook import load
from tests.generative.agreement import differences, plain_kernel
from tests.generative.drawing import Case, Drawer

COUNTIES = ("140403", "140406")
DAYS = ("2022-03-15", "2023-03-31", "2023-12-31", "2025-09-30", "2026-02-28")


@pytest.fixture(scope="module")
def kernel():
    return plain_kernel(load())


def drawn_households(seed: int) -> Case:
    """Households with values at the limits of each fact, from everything known to half unknown."""
    rng = random.Random(seed)
    drawer = Drawer(rng)
    on = datetime.date.fromisoformat(DAYS[seed % len(DAYS)])
    share = (0, 0, 5, 20, 50)[rng.randrange(5)]
    units = [(county, [drawer.draw_unit(load(), share) for _ in range(3)]) for county in COUNTIES]
    known_at = rng.choice((None, on))
    return Case(load(), on, on.replace(day=1), known_at, units)


@pytest.mark.parametrize("seed", range(20))
def test_engines_agree_on_every_provision_of_the_law(kernel, seed):
    case = drawn_households(seed)
    names = [p.name for p in load().provisions]
    results = kernel.run(case.columns(), on=case.on, month=case.month, known_at=case.known_at)
    assert list(differences(case, results, names)) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 400))
def test_engines_agree_on_many_more_households(kernel, seed):
    case = drawn_households(seed)
    names = [p.name for p in load().provisions]
    results = kernel.run(case.columns(), on=case.on, month=case.month, known_at=case.known_at)
    assert list(differences(case, results, names)) == []
