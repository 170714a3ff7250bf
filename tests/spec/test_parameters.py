"""Parameters

What an authority sets stands in dated rows: place, from, value, document. A nearer place replaces a wider one. A
missing value is unknown within the declared bounds, and a gap must be an explicit row that says why.
"""

import datetime
from dataclasses import replace
from datetime import date

import pytest

from minzheng.rules import (
    Bool,
    Choice,
    Household,
    Money,
    OneOf,
    RuleError,
    fact,
    parameter,
    provision,
    where,
    yuan,
)
from minzheng.rules.book import Rulebook
from minzheng.rules.parameters import ParameterSet, load, read_row
from tests.spec.running import TEXT

income = fact("income", "收入", Household, Money, bounds=(0, yuan(5000)))


class Reading(Choice):
    """家庭财产读法"""

    STRICT = "从严"
    LENIENT = "从宽"


standard = parameter("standard", "低保标准", Money, per="月", bounds=(yuan(100), yuan(2000)))
reading = parameter("reading", "读法", OneOf(Reading))
local = parameter("local", "本地另有规定", Bool)
below = income.below(standard)


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("county", "on", "answer"),
    [
        ("140403", "2022-12-31", "no"),
        ("140403", "2023-01-01", "yes"),
        ("140423", "2023-12-31", "no"),
        ("140403", "2023-12-31", "yes"),
        ("140403", "2024-01-01", "no"),
    ],
)
def test_the_value_of_a_place_on_a_day(spec, county, on, answer):
    """The nearest place with a row in force wins. A row holds from its first day until a later row of the same place
    begins, or to the day before its `until`: an old row is never edited.
    """
    spec(
        below,
        county=county,
        on=on,
        parameters="""
        parameter | place  | from       | until      | value
        standard  |        | 2020-01-01 |            | 500
        standard  | 1404   | 2023-01-01 | 2024-01-01 | 600
        standard  |        | 2022-06-01 |            | 520
        standard  | 140423 | 2023-07-01 |            | 550
        """,
        households=f"""
        household | income | →
        1         | 550    | {answer}
        """,
    )


@pytest.mark.compiled
def test_a_value_that_is_not_known(spec):
    """No row, or a row `unknown` with its reason: the parameter is a range, and decides only where the range does."""
    households = """
    household | income | →
    1         | 99.99  | yes
    2         | 600    | unknown
    3         | 2000   | no
    """
    spec(below, households=households)
    spec(
        below,
        parameters="""
        parameter | value
        standard  | unknown
        """,
        households=households,
    )


@pytest.mark.compiled
@pytest.mark.parametrize(("known_at", "answer"), [("2023-10-31", "no"), ("2023-11-01", "yes"), (None, "yes")])
def test_a_standard_published_late(spec, known_at, answer):
    """`known_from` is the day a value was published: what was decided before stays as it was known, what is decided
    after gives arrears for the same month.
    """
    spec(
        below,
        on="2023-08-31",
        known_at=known_at,
        parameters="""
        parameter | from       | known_from | value
        standard  | 2020-01-01 |            | 500
        standard  | 2023-07-01 | 2023-11-01 | 600
        """,
        households=f"""
        household | income | →
        1         | 550    | {answer}
        """,
    )


@pytest.mark.compiled
@pytest.mark.parametrize(("county", "answer"), [("140403", "no"), ("140423", "yes")])
def test_readings_by_county(spec, county, answer):
    """Where two readings of a text exist, both are written and a dated parameter chooses, county by county."""
    spec(
        where(reading.is_(Reading.STRICT), income.below(yuan(500)), income.below(yuan(700))),
        county=county,
        parameters="""
        parameter | place  | value
        reading   |        | STRICT
        reading   | 140423 | LENIENT
        """,
        households=f"""
        household | income | →
        1         | 600    | {answer}
        """,
    )


@pytest.mark.compiled
def test_a_reading_nobody_has_fixed(spec):
    """An open reading matters only where the readings differ."""
    spec(
        where(reading.is_(Reading.STRICT), income.below(yuan(500)), income.below(yuan(700))) | local,
        parameters="""
        parameter | value
        local     | no
        """,
        households="""
        household | income | →
        1         | 400    | yes
        2         | 600    | unknown
        3         | 800    | no
        """,
    )


# -- files ----------------------------------------------------------------------------------------------------------
def written(tmp_path, text, declared=(standard, reading, local)):
    (tmp_path / "amounts.yaml").write_text(text, encoding="utf-8")
    return load(tmp_path, declared)


GOOD = """
- key: standard
  rows:
    - {place: "1404", from: 2023-01-01, until: 2023-07-01, value: 620, document: 长民发〔2022〕1号, mark: found}
    - {place: "1404", from: 2023-07-01, value: "655.50", document: 长民发〔2023〕1号, mark: found, example: true}
"""


def test_rows_stand_in_yaml(tmp_path):
    """Each row names place, first day, value and document; amounts are yuan in the file and fen in the engine."""
    found = written(tmp_path, GOOD).resolve(standard, "140403", date(2023, 8, 1))
    assert (found.value, found.example) == (65_550, True)
    assert found.row.document == "长民发〔2023〕1号"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("key: standard", "key: standrad"), "no provision declares the parameter standrad"),
        (("value: 620", "value: 6.205"), "finer than"),
        (("value: 620", "value: 99"), "outside its bounds"),
        (("value: 620", "value: unknown"), "an unknown value states its reason"),
        (("from: 2023-01-01", "from: 2023"), "from is not a date"),
        (("value: 620", "valeu: 620"), "unknown field valeu"),
        ((", document: 长民发〔2022〕1号", ""), "a row lacks document"),
        (("value: 620", "value: 620, value: 630"), "stands twice"),
    ],
)
def test_a_row_that_is_wrong(tmp_path, change, message):
    """A mistake in a file names file and line, and nothing is loaded."""
    with pytest.raises(RuleError) as caught:
        written(tmp_path, GOOD.replace(*change, 1))
    assert message in str(caught.value)
    assert "line 4" in str(caught.value) or "amounts.yaml:" in str(caught.value)


def test_gaps_and_overlaps_are_found(tmp_path):
    """A month without a row and a month with two are listed by place and date; an explicit `unknown` is no gap."""
    first, last = date(2023, 1, 1), date(2024, 1, 1)
    gaps, overlaps = written(tmp_path, GOOD.replace("until: 2023-07-01", "until: 2023-05-01")).holes(
        ["140403"], first, last
    )
    assert [(g.key, g.since, g.until) for g in gaps if g.key == "standard"] == [
        ("standard", date(2023, 5, 1), date(2023, 7, 1))
    ]
    assert overlaps == []
    twice = GOOD + GOOD[GOOD.index("    - ") :].split("\n", 1)[0].replace("620", "630") + "\n"
    found = written(tmp_path, twice)
    _, overlaps = found.holes(["140403"], first, last)
    assert [(o.since, o.until) for o in overlaps] == [(date(2023, 1, 1), date(2023, 7, 1))]
    with pytest.raises(
        RuleError, match=r"two values on 2023-02-01 in 140403: amounts\.yaml:4, amounts\.yaml:6"
    ):
        found.resolve(standard, "140403", date(2023, 2, 1))
    rows = [
        {
            "place": "",
            "from": date(2023, 1, 1),
            "value": "unknown",
            "reason": "未公布",
            "document": "",
            "mark": "x",
        }
    ]
    explicit = ParameterSet([local], [read_row(local, r, "row") for r in rows])
    assert explicit.holes(["140403"], first, last) == ([], [])


def test_an_overlay_of_a_reform():
    """`overlaid` gives parameters other values everywhere; `with_rows` adds a row that ends the one before it."""
    raw = {"place": "", "from": datetime.date(2020, 1, 1), "value": 500, "document": "文", "mark": "found"}
    parameters = ParameterSet([standard], [read_row(standard, raw, "row")])
    assert (
        parameters.overlaid({"standard": 700}).resolve(standard, "140403", date(2023, 1, 1)).value == 70_000
    )
    newer = read_row(standard, {**raw, "from": datetime.date(2024, 1, 1), "value": 800}, "row")
    changed = parameters.with_rows([newer])
    assert changed.resolve(standard, "140403", date(2023, 12, 31)).value == 50_000
    assert changed.resolve(standard, "140403", date(2024, 1, 1)).value == 80_000


def test_rows_that_come_into_force_beside_the_files():
    """`and_rows` lays rows beside those there are: of one layer the one known last holds, of one day the one ordered last.

    Nothing that was known before is rewritten, and the book with them has a hash of its own.
    """
    raw = {"place": "", "from": date(2020, 1, 1), "value": 500, "document": "文", "mark": "found"}
    late = {**raw, "from": date(2023, 7, 1), "known_from": date(2023, 11, 1)}
    first, second = (
        replace(read_row(standard, {**late, "value": value}, "row"), order=order)
        for order, value in ((1, 600), (2, 700))
    )
    base = ParameterSet([standard], [read_row(standard, raw, "row")])
    found = base.and_rows([first, second])
    assert found.resolve(standard, "140403", date(2023, 8, 1)).value == 70_000
    assert found.resolve(standard, "140403", date(2023, 8, 1), date(2023, 10, 31)).value == 50_000
    assert found.resolve(standard, "140403", date(2023, 6, 30)).value == 50_000
    assert base.and_rows([second, first]).resolve(standard, "140403", date(2023, 8, 1)).value == 70_000

    @provision(TEXT, 1, of=Household, label="收入低于标准")
    def reads_standard():
        """收入低于标准。"""
        return below

    book = Rulebook(programs=[], provisions=[reads_standard], parameters=base, counties=("140403",))
    enacted = book.with_enacted([first])
    assert enacted.enacted == (first,)
    assert len({book.hash, enacted.hash, enacted.with_enacted([second]).hash}) == 3
    assert enacted.rules is book.rules
    with pytest.raises(RuleError, match="no parameter named other"):
        book.with_enacted([replace(first, key="other")])
