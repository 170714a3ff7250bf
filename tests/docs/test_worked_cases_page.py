"""The page about worked cases: every example in it runs and comes out as it says."""

import re
from pathlib import Path

import pytest

from minzheng.cli import build_parser
from minzheng.rulebook.worked import read_text, run
from minzheng.rulebook.worked.keys import HOUSEHOLD, PERSON, SPEC
from minzheng.rulebook.worked.spot import Spot

PAGE = Path(__file__).parents[2] / "docs" / "worked-cases.md"
TEXT = PAGE.read_text(encoding="utf-8")
FENCES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(FENCES)))
def test_an_example_comes_out_as_the_page_says(number):
    cases = read_text(FENCES[number], Spot(file=f"worked-cases.md {number + 1}"))
    said = [f"{c.id} {d}" for c in cases for check in run(c).checks for d in check.differences]
    assert said == []
    assert all(c.expected or c.sums for c in cases)


def test_the_page_names_every_shorthand_and_every_word_of_an_expectation():
    names = {*HOUSEHOLD.values(), *PERSON.values(), *SPEC.values()} - {"name", "role", "since"}
    assert [n for n in sorted(names) if n not in TEXT] == []


def test_the_commands_of_the_page_can_be_typed():
    lines = [line.split("  ")[0].split() for line in re.findall(r"^minzheng .*$", TEXT, re.MULTILINE)]
    assert len(lines) == 5
    for words in lines:
        assert build_parser().parse_args(words[1:]).command == "decide"
