"""Generated text means the same as Python and as machine code; what 64 bits cannot hold is raised, never wrapped."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minzheng.rules.kernel import native, support
from minzheng.rules.kernel.machine import Array, Module, Signature, Untranslatable

pytestmark = pytest.mark.compiled

LARGEST = (1 << 63) - 1
EDGES = (0, 1, -1, 2, 3, 60, -60, 18_261, 1 << 31, -(1 << 31), (1 << 62) - 1, 1 << 62, LARGEST, -LARGEST)
HELPERS = "\n\n".join([f"LARGEST = {LARGEST}", *(inspect.getsource(f) for f in support.FUNCTIONS)])
Run = Callable[..., Any]


def machine(body: str, folder: Path, *, inputs: int = 3) -> Run:
    """Machine code of a loop whose step is `body`: it reads a, b, c and sets r."""
    lines = ["def step(start, end, X, O):", "    for i in range(start, end):"]
    lines += [f"        {name} = X[{k}][i]" for k, name in enumerate("abc"[:inputs])]
    lines += [f"        {line}" for line in body.splitlines()]
    lines += ["        O[0][i] = r"]
    table = Array(("i64",) * 3, table=True)
    signature: dict[str, Signature] = {
        "step": {"start": None, "end": None, "X": table, "O": Array(("i64",), table=True)}
    }
    library = native.load(HELPERS + "\n\n" + "\n".join(lines) + "\n", signature, folder)

    def run(*columns: list[int]) -> list[int]:
        given = [np.array(c, np.int64) for c in columns]
        out = np.zeros(len(columns[0]), np.int64)
        library.run("step", 0, len(columns[0]), given, [out])
        found: list[int] = out.tolist()
        return found

    return run


def same(function: Callable[..., Any], arguments: list[tuple[int, ...]], folder: Path) -> None:
    """Machine code and Python give the same for every argument list."""
    names = "abc"[: len(arguments[0])]
    run = machine(f"r = {function.__name__}({', '.join(names)})", folder, inputs=len(names))
    found = run(*(list(column) for column in zip(*arguments, strict=True)))
    for given, answer in zip(arguments, found, strict=True):
        assert answer == int(function(*given)), f"{function.__name__}{given}"


STATUSES = range(4)
DAYS = [-40_000, -25_567, -1, 0, 59, 60, 11_016, 18_321, 19_722, 54_787, 90_000]


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (support.negate, [(a,) for a in STATUSES]),
        (support.taint_of, [(a,) for a in STATUSES]),
        (support.both, [(a, b) for a in STATUSES for b in STATUSES]),
        (support.either, [(a, b) for a in STATUSES for b in STATUSES]),
        (support.where_bool, [(a, b, c) for a in STATUSES for b in STATUSES for c in STATUSES]),
        (support.larger, [(a, b) for a in EDGES for b in EDGES]),
        (support.smaller, [(a, b) for a in EDGES for b in EDGES]),
        (support.is_mask, [(m, t, w) for m in range(1, 8) for t in range(3) for w in range(1, 8)]),
        (support.months_between, [(a, b) for a in DAYS for b in DAYS]),
        (support.add_months, [(a, m) for a in DAYS for m in (-13, -12, -1, 0, 1, 11, 12, 600)]),
        (support.age, [(a, b, rule) for a in DAYS for b in DAYS for rule in (0, 1)]),
        (support.month_length, [(y, m) for y in (1900, 2000, 2023, 2024) for m in range(1, 13)]),
        (support.days_from_civil, [(y, m, d) for y in (1899, 2000, 2024) for m in (1, 2, 3, 12) for d in (1, 28)]),
        (support.round_div, [(n, d, m) for n in (-7, -6, -5, 0, 5, 6, 7) for d in (1, 2, 3, 10) for m in (1, 2, 4)]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)  # fmt: skip
def test_a_helper_means_the_same_as_machine_code(
    function: Callable[..., Any], arguments: list[tuple[int, ...]], tmp_path: Path
) -> None:
    same(function, arguments, tmp_path)


def test_every_day_of_three_centuries_has_one_date(tmp_path: Path) -> None:
    days = list(range(-40_000, 70_000))
    run = machine("y, m, d = civil(a)\nr = y * 10000 + m * 100 + d", tmp_path, inputs=1)
    for day, found in zip(days, run(days), strict=True):
        y, m, d = support.civil(day)
        assert found == y * 10000 + m * 100 + d


def test_a_tuple_of_divisors_is_written_out(tmp_path: Path) -> None:
    text = "r = smallest_divisor(a, b, (1, 2, 6, 12)) * 100 + largest_divisor(a, b, (1, 2, 6, 12))"
    run = machine(text, tmp_path, inputs=2)
    pairs = [(a, b) for a in range(14) for b in range(a, 14)]
    expected = [
        support.smallest_divisor(a, b, (1, 2, 6, 12)) * 100 + support.largest_divisor(a, b, (1, 2, 6, 12))
        for a, b in pairs
    ]
    assert run([a for a, _ in pairs], [b for _, b in pairs]) == expected


@pytest.mark.parametrize("name", ["cmul", "cadd"])
def test_a_checked_operation_gives_the_number_or_raises(name: str, tmp_path: Path) -> None:
    rng = random.Random(5)
    wide = [
        *EDGES,
        *(rng.randrange(-LARGEST, LARGEST) for _ in range(20)),
        *(rng.randrange(1 << 33) for _ in range(20)),
    ]
    run = machine(f"r = {name}(a, b)", tmp_path, inputs=2)
    raised = 0
    for a in wide:
        for b in wide:
            try:
                expected = getattr(support, name)(a, b)
            except OverflowError:
                raised += 1
                with pytest.raises(OverflowError):
                    run([a], [b])
            else:
                assert run([a], [b]) == [expected]
    assert raised > 100


def test_a_divisor_that_is_not_above_0_raises_and_does_not_end_the_process(tmp_path: Path) -> None:
    run = machine("r = a // b", tmp_path, inputs=2)
    assert run([-7, 7], [2, 2]) == [-4, 3]
    for divisor in (0, -1):
        with pytest.raises(ZeroDivisionError):
            run([-LARGEST - 1], [divisor])


def test_only_the_side_that_is_wanted_is_computed(tmp_path: Path) -> None:
    run = machine("r = a // b if b > 0 else 0", tmp_path, inputs=2)
    assert run([9, 9], [0, 2]) == [0, 4]


def test_text_beyond_the_translator_is_refused_when_it_is_translated() -> None:
    for body in (
        "return a / 2",
        "return a ** 2",
        "return print(a)",
        "while a: pass\n    return a",
        "return [a]",
    ):
        with pytest.raises(Untranslatable):
            Module(f"def f(a):\n    {body}\n", {}).ir()


def test_machine_code_is_kept_on_disk_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine("r = a + 41", tmp_path, inputs=1)([1]) == [42]
    kept = list(tmp_path.glob("kernel_*.o"))
    assert len(kept) == 1
    native._loaded.clear()
    monkeypatch.setattr(native, "translate", lambda *_: pytest.fail("translated again"))
    assert machine("r = a + 41", tmp_path, inputs=1)([1]) == [42]
