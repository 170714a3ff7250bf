"""How an amount is told to have been reckoned, over every worked case that pays."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng.rulebook.worked import read_files, run
from minzheng.rules.explain.sentences import reckoning
from minzheng.rules.status import Span

FILES = sorted(Path("tests/provisions").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_reckoning_starts_with_the_amount_and_holds_no_condition(path):
    for case in read_files([path]):
        for moment in run(case).moments:
            for outcome in moment.determination.outcomes:
                told = reckoning(moment.determination, outcome)
                if outcome.amount is None or isinstance(outcome.amount, Span) or outcome.amount == 0:
                    continue
                assert told[0].name == outcome.program.amount.name
                assert told[0].value == outcome.amount
                assert not [line.text for line in told if line.status and line.role != "parameter"]
                assert all(line.value != 0 for line in told if line.role == "rule")


def test_a_family_with_an_extra_is_told_both_parts():
    [case] = [one for one in read_files([Path("tests/provisions/dibao.yaml")]) if one.id == "DB-A2-severe"]
    [moment] = run(case).moments
    told = reckoning(moment.determination, moment.determination.of("dibao"))
    formulas = [line.children[0].text for line in told if line.role == "rule" and line.children]
    assert formulas[0] == "低保金 = 计发的差额 546.00 元 + 204.60 元 = 750.60 元"
    assert "增发金额 = 本人适用的月低保标准 682.00 元 × 增发比例 0.3 = 204.60 元" in formulas
    assert "dibao.std.urban" in {line.name for line in told if line.role == "parameter"}
