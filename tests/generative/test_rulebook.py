"""The rulebook of Changzhi itself: every engine says the same of invented households, and less knowledge never decides."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from minzheng import rulebook
from minzheng.rules.explain.determine import determine
from minzheng.rules.kernel import compile_book
from minzheng.rules.kernel.incremental import Reform
from tests.generative.agreement import differences, plain_kernel
from tests.generative.drawing import Case
from tests.generative.households import Households
from tests.generative.vagueness import never_decides_on_less, vaguer

pytestmark = pytest.mark.compiled

DAYS = (date(2023, 12, 31), date(2022, 3, 1), date(2026, 11, 24))
COUNTIES = ("140403", "140423", "140431")
NAMES = [p.name for p in rulebook.load().provisions]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernels")


def cases(seed: int, households: int) -> Iterator[Case]:
    book = rulebook.load()
    draw = Households(book, random.Random(seed))
    for day in DAYS:
        counties = []
        for k, county in enumerate(COUNTIES):
            share = (0, 3, 25)[k]
            counties.append((county, [draw.draw(share) for _ in range(households)]))
        yield Case(book, day, day.replace(day=1), None, counties)


def judge(seed: int, households: int, cache: Path) -> Counter[str]:
    kernel = compile_book(rulebook.load(), values=NAMES, cache=cache)
    seen: Counter[str] = Counter()
    for case in cases(seed, households):
        results = kernel.run(case.columns(), on=case.on, month=case.month, threads=2)
        assert list(differences(case, results, NAMES)) == []
        for name, status in results.status.items():
            for value in (0, 1, 2, 3):
                seen[f"{name} {value}"] += int((status == value).sum())
    return seen


def test_the_compiled_rulebook_says_of_every_household_what_the_reference_says(cache: Path) -> None:
    seen = judge(1, 40, cache)
    programs = [p.name for p in rulebook.load().programs]
    one_sided = [
        n for n in programs if not seen[f"{n} 0"] or not (seen[f"{n} 1"] + seen[f"{n} 2"] + seen[f"{n} 3"])
    ]
    assert not one_sided, f"drawn households never make a difference in {', '.join(one_sided)}"


def test_the_text_of_the_rulebook_run_as_python_says_the_same() -> None:
    """Every operation is watched for what 64 bits cannot hold, and no name is read before it is set."""
    kernel = plain_kernel(rulebook.load(), values=[])
    for case in cases(4, 12):
        results = kernel.run(case.columns(), on=case.on, month=case.month)
        assert list(differences(case, results, [])) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_the_compiled_rulebook_says_what_the_reference_says_of_thousands(seed: int, cache: Path) -> None:
    judge(seed, 120, cache)


def test_moved_standards_give_what_the_whole_rulebook_gives(cache: Path) -> None:
    book = rulebook.load()
    for k, case in enumerate(itertools.islice(cases(2, 25), 2)):
        moved: dict[str, Any] = {"dibao.std.urban": 700, "dl.amount": 120}
        columns = case.columns()
        ranges = {key: (value * 100, value * 200) for key, value in moved.items()} if k else None
        reform = Reform(book, columns, moved, on=case.on, month=case.month, ranges=ranges, cache=cache)
        facts = {name: columns.people[name] for name in reform.moving_facts}
        for factor in (1, 2):
            parameters = book.parameters.overlaid({key: value * factor for key, value in moved.items()})
            other = Case(book.with_parameters(parameters), case.on, case.month, None, case.counties)
            assert list(differences(other, reform.run(parameters, facts), [])) == []


def less_is_never_no(seed: int, households: int) -> None:
    rng = random.Random(seed)
    for case in cases(seed, households):
        for county, unit in case.units:
            less = vaguer(unit, rng, rng.choice((2, 10, 40)))
            told = [determine(case.book, u, case.situation(county), steps=False) for u in (less, unit)]
            never_decides_on_less(case.book, *told)


def test_a_fact_taken_away_never_turns_an_outcome_into_no() -> None:
    less_is_never_no(3, 25)


@pytest.mark.long
def test_a_fact_taken_away_never_turns_an_outcome_into_no_in_thousands() -> None:
    for seed in range(200, 220):
        less_is_never_no(seed, 100)
