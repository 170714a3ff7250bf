"""The `spec` fixture: one expression or program, small tables, every engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from minzheng.rules import Expr, RuleError
from minzheng.rules.language.declare import Parameter
from tests.spec.running import Engine, by_kernel, by_reference, check, read_example

COUNTIES = ("140403", "140423")


class Spec:
    """Call it with a rule and its tables. `refuses` is for what must not load."""

    def __init__(self, engines: dict[str, Engine], file: Path) -> None:
        self.engines, self.file = engines, file

    def __call__(
        self,
        rule: Expr,
        *,
        households: str = "",
        people: str = "",
        parameters: str = "",
        county: str = "140403",
        on: str = "2023-12-31",
        month: str | None = None,
        known_at: str | None = None,
        declared: Sequence[Parameter] = (),
    ) -> None:
        example = read_example(
            rule, households, people, parameters, county=county, on=on, month=month, known_at=known_at,
            counties=COUNTIES, declared=declared,
        )  # fmt: skip
        check(example, self.engines)

    def refuses(self, make: Callable[[], Any], message: str) -> None:
        """`make` raises a RuleError that says `message` and where: this file and a line."""
        with pytest.raises(RuleError) as caught:
            made = make()
            if hasattr(made, "trace"):
                made.trace()
        assert message in str(caught.value)
        assert f"{self.file.name}:" in str(caught.value), f"names no file and line: {caught.value}"


@pytest.fixture
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> Spec:
    engines: dict[str, Engine] = {"explain": by_reference, "kernel": partial(by_kernel, cache=None)}
    if request.node.get_closest_marker("compiled") is not None:
        engines["compiled kernel"] = partial(by_kernel, cache=tmp_path)
    return Spec(engines, Path(request.path))
