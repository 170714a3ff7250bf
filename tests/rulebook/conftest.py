"""A small rulebook in which one thing at a time is planted wrong."""

import datetime

import pytest

from minzheng.rulebook.check import Answers, Days, inspect
from minzheng.rulebook.clauses import Clause, Disposed
from minzheng.rules import Household, Money, Ratio, fact, instrument, parameter, program, provision
from minzheng.rules.book import Rulebook
from minzheng.rules.parameters import ParameterSet, read_row

LAW = instrument("测发〔2021〕1号", name="测试办法", in_force="2021-07-01")
COUNTIES = ("140403", "140406")
DAYS = Days(datetime.date(2021, 7, 1), datetime.date(2025, 1, 1), datetime.date(2023, 12, 31))

income = fact("income", "月收入", Household, Money, bounds=(0, 10_000_00))
standard = parameter("std", "标准", Money, bounds=(0, 5_000_00))
multiple = parameter("mult", "倍数", Ratio(), bounds=(0, 3), scale=10)

GOOD = {"place": "140400", "from": datetime.date(2021, 7, 1), "document": "测发〔2021〕1号", "mark": "found",
        "checked": datetime.date(2026, 11, 24)}  # fmt: skip


def rows(*changes, key=standard, at="standards.yaml"):
    """Rows of a parameter: each change is laid over a good row; the place names its line."""
    return [read_row(key, GOOD | {"value": 600} | c, f"{at}:{line}") for line, c in enumerate(changes, 3)]


def below_line(**more):
    @provision(LAW, 1, of=Household, label="收入低于标准", clause="X-1", **more)
    def below():
        """收入低于标准。"""
        return income.below(standard)

    return below


def book_of(rule, *, values=None, declared=(standard,), extra=()):
    aid = program("aid", label="补助", of=Household, requires=(rule,), amount=None, rank=1, cites=LAW, article=1,
                  clause="X-1", cadence="status")  # fmt: skip
    values = rows({}) if values is None else values
    return Rulebook(
        programs=[aid], provisions=extra, parameters=ParameterSet(declared, values), counties=COUNTIES
    )


CATALOGUE = (Clause("X-1", "测发〔2021〕1号", "1", "catalogue.csv:2"),)


def disposed(kind="computes", *, id_="X-1", at="dispositions.yaml:5", **more):
    empty = {"subject": "收入", "parameters": (), "step": "", "by": "", "why": "", "note": "", "review": ""}
    return Disposed(id=id_, kind=kind, at=at, **(empty | more))


@pytest.fixture
def check():
    """`check(book, …)`: the findings, with the answers of the small rulebook unless others are given."""

    def run(book, *, steps=None, sweep=(), days=DAYS, **answers):
        good = {"catalogue": CATALOGUE, "disposed": (disposed(),), "bounds": {}, "bands": (), "workflow": frozenset(),
                "only_recorded": {}, "facts": (income,)}  # fmt: skip
        report = inspect(
            book, days, steps=steps or {}, sweep=sweep, answers=Answers(**(good | answers)), cliffs=False
        )
        return report.findings

    return run
