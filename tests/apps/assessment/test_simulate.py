"""A reform priced over a small city: counted by hand, undecided apart, and refused in words when it does not fit."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from minzheng.assessment.city import SUPPORTED, City, FirstStage, load_city
from minzheng.assessment.decide import decide_many
from minzheng.assessment.payment import payable_of
from minzheng.assessment.reforms.overlay import Overlay, overlay_of, parse_overlay
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.reforms.simulate import Simulation, simulate, touched_programs
from minzheng.assessment.reforms.tally import BANDS, CLASSES, age_bands
from minzheng.cli import main
from minzheng.registry.snapshot import write_snapshot
from minzheng.rulebook.declared import edge_multiple
from minzheng.rulebook.instruments import DIBAO
from minzheng.rulebook.national.dibao import income_per_head, standard
from minzheng.rulebook.vocabulary import Labour, ParentState, Registration, Relation
from minzheng.rules import Expr, Household, provision
from minzheng.rules.calendar import day_number
from minzheng.rules.columns import unknown_code
from minzheng.rules.status import Status
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.assessment import invented
from tests.apps.assessment.invented import BOOK, household, person, wage

CITY_TOWN, COUNTY_TOWN = 140403101, 140426100


def priced(city: City, text: str) -> Simulation:
    return simulate(city, BOOK, parse_overlay(text, BOOK.parameters), compiled=False)


@pytest.fixture(scope="module")
def small_city() -> City:
    """Seven households, one person each unless said. Urban standard 682 a month, rural 6637 a year, wages less a fifth."""
    poor_mother = person(born=date(1940, 1, 1), labour=Labour.NONE, working=False)
    cared = {"father_state": ParentState.CARING, "mother_state": ParentState.CARING}
    a_child = person(relation=Relation.CHILD, born=date(2015, 1, 1), **cared)
    return invented.city(
        (CITY_TOWN, household(person())),
        (CITY_TOWN, household(person(**wage(650)), a_child)),
        (CITY_TOWN, household(person(**wage(900)))),
        (CITY_TOWN, household(person(**wage(5000)))),
        (COUNTY_TOWN, household(person(**wage(400)), registration=Registration.RURAL, contracted_land=True)),
        (COUNTY_TOWN, household(person(), unknown=("financial_assets",))),
        (COUNTY_TOWN, household(poor_mother)),
        supporters=((7, 4),),
    )


@pytest.fixture(scope="module")
def higher(small_city) -> Simulation:
    return priced(small_city, "parameters: {dibao.std.urban: 800}")


@pytest.fixture(scope="module")
def folder(stories, django_db_blocker, tmp_path_factory) -> Path:
    with django_db_blocker.unblock():
        place = tmp_path_factory.mktemp("snapshots") / "2023-12"
        write_snapshot(place, month=Month(2023, 12))
    return place


@pytest.fixture(scope="module")
def city_of_files(folder) -> City:
    return load_city(folder, BOOK, check=True)


# -- the city in two stages ----------------------------------------------------------------------------------------


def test_obligors_elsewhere_owe_in_the_city_what_they_owe_at_the_counter(city_of_stories, city_of_files):
    first = FirstStage(BOOK, compiled=False)
    columns = first.complete(
        city_of_files, parameters=BOOK.parameters, on=date(2023, 12, 31), month=date(2023, 12, 1)
    )
    found = decide_many(city_of_stories, city_of_files.loaded.unit_id.tolist(), on=date(2023, 12, 31))
    compared = 0
    for unit, determination in enumerate(found):
        start = columns.offsets[unit]
        for name in [SUPPORTED, *(fact.column for fact in BOOK.gathered)]:
            column = BOOK.columns[name]
            for who, known_of in enumerate(determination.facts.people):
                raw = int(columns.people[name][start + who])
                value = known_of.get(name)
                known = isinstance(value, int | Fraction)
                assert (raw != unknown_code(column)) == known, (unit, who, name)
                if known:
                    assert raw == value * column.scale, (unit, who, name)
                compared += 1
    assert compared > 100


def test_the_city_pays_what_the_counter_pays(city_of_stories, city_of_files):
    found = decide_many(city_of_stories, city_of_files.loaded.unit_id.tolist(), on=date(2023, 12, 31))
    side = priced(city_of_files, "parameters: {oa.amount: 71}")
    for name, held in side.held_before.items():
        outcomes = [(d, o) for d in found for o in d.outcomes if o.program.name == name]
        assert held.status.tolist() == [o.status for _d, o in outcomes], name
        if held.program.amount is None:
            continue
        paid = dict(zip(held.paid.tolist(), held.fen.tolist(), strict=True))
        for row, (determination, outcome) in enumerate(outcomes):
            fen = payable_of(determination, outcome) if outcome.status == Status.YES else None
            assert paid.get(row) == fen, (name, row)


# -- counted by hand -------------------------------------------------------------------------------------------------


def test_every_holder_is_counted_once_in_one_of_four_outcomes(higher, small_city):
    for name, held in higher.held_after.items():
        no = int(np.count_nonzero(held.status == Status.NO))
        others = sum(
            int(part[name].sum()) for part in (higher.after.yes, higher.after.unknown, higher.after.review)
        )
        assert no + others == len(held.status), name


def test_each_household_is_paid_to_the_yuan_what_the_law_says(higher):
    """Two people at 682 less 520; at 800, and one with 720 comes in; 6637/12 less 320 is 233.08 and pays 233."""
    before, after = higher.held_before["dibao"], higher.held_after["dibao"]
    assert before.fen.tolist() == [682_00, 844_00, 233_00]
    assert after.fen.tolist() == [800_00, 1080_00, 80_00, 233_00]
    assert higher.before.fen["dibao"].tolist() == [1526_00, 233_00]
    assert higher.after.fen["dibao"].tolist() == [1960_00, 233_00]
    assert higher.after.people["dibao"].tolist() == [4, 1]
    assert higher.after.ages["dibao"].tolist() == [1, 4, 0, 0, 0, 0]


def test_who_gains_is_counted_by_township_and_age(higher):
    """One with nothing, a mother with a child, and one whose 720 is now below the line."""
    assert CLASSES == ("gain", "lose", "same", "undecided")
    assert higher.comparison.households.tolist() == [[3, 0], [0, 0], [1, 2], [0, 1]]
    assert higher.comparison.people.sum(axis=1).tolist() == [4, 0, 3, 1]
    assert higher.comparison.people[0].tolist() == [1, 3, 0, 0, 0, 0]
    assert higher.comparison.gained.tolist() == [118_00 + 236_00 + 80_00, 0]
    assert higher.comparison.moves["dibao"].sum(axis=1).tolist() == [1, 0, 0, 0]
    assert higher.comparison.moves["edge"].sum(axis=1).tolist() == [0, 0, 1, 0]


def test_changes_are_spread_over_steps(higher):
    """80, 118 and 236 yuan a month."""
    spread = dict(zip(["50", "100", "200"], higher.comparison.steps[6:9].tolist(), strict=True))
    assert spread == {"50": 1, "100": 1, "200": 1}
    assert higher.comparison.steps.sum() == 3


def test_every_household_and_person_stands_in_one_class(higher, small_city):
    columns = small_city.columns
    assert higher.comparison.households.sum() == columns.units
    assert higher.comparison.people.sum() == columns.rows
    assert higher.comparison.households.shape[0] == len(CLASSES)


def test_a_lower_standard_shows_who_leaves(small_city):
    found = priced(small_city, "parameters: {dibao.std.urban: 500}")
    assert found.held_after["dibao"].fen.tolist() == [500_00, 480_00, 233_00]
    assert found.comparison.households.sum(axis=1).tolist() == [0, 2, 4, 1]
    assert found.comparison.lost.tolist() == [182_00 + 364_00, 0]


def test_the_gap_is_what_is_left_below_the_standard_in_force(small_city, higher):
    """At 500 two households lack 182 and 364 of today's standard; rounding down to the yuan leaves 8 1/3 fen anyway."""
    lower = priced(small_city, "parameters: {dibao.std.urban: 500}").gap_after
    assert Fraction(int(higher.gap_before.left[1]), higher.gap_before.scale) == Fraction(25, 3)
    assert [Fraction(int(left), lower.scale) for left in lower.left] == [546_00, Fraction(25, 3)]
    assert lower.households.tolist() == [2, 1]
    assert lower.unknown.tolist() == [0, 1], "whose savings are not known may be paid or not"


def test_a_richer_city_under_a_higher_standard_has_no_larger_gap(higher):
    assert higher.gap_before.scale == higher.gap_after.scale
    assert (higher.gap_after.left <= higher.gap_before.left).all()


def test_a_household_that_cannot_be_told_is_neither_gainer_nor_unchanged(higher):
    """The sixth has savings nobody recorded: it counts as undecided on both sides, never as refused."""
    assert higher.comparison.classes.tolist() == [0, 0, 0, 2, 2, 3, 2]
    assert higher.before.unknown["dibao"].tolist() == higher.after.unknown["dibao"].tolist() == [0, 1]


def test_a_child_elsewhere_owes_less_where_the_line_is_higher(small_city):
    """Her son has 4659 after costs: he owes half of what is above 1023 now, half of what is above 3410 then: 624.50."""
    found = priced(small_city, "parameters: {income.support_line: 5}")
    assert found.held_before["dibao"].status[6] == Status.NO
    assert found.held_after["dibao"].status[6] == Status.YES
    assert found.held_after["dibao"].fen.tolist()[-1] == 58_00


def test_nothing_changes_where_nothing_is_changed(small_city):
    found = priced(small_city, "parameters: {dibao.std.urban: 682}")
    assert found.comparison.households[:2].sum() == 0
    assert not any(moves.any() for moves in found.comparison.moves.values())


def test_a_value_of_one_county_changes_that_county_alone(small_city):
    found = priced(small_city, 'parameters: {dibao.std.rural: {value: 7200, place: "140403"}}')
    assert found.after.fen["dibao"].tolist() == found.before.fen["dibao"].tolist()
    found = priced(small_city, 'parameters: {dibao.std.rural: {value: 7200, place: "140426"}}')
    assert found.after.fen["dibao"].tolist() == [1526_00, 280_00]


def test_a_value_of_a_later_day_is_priced_as_if_in_force(small_city):
    later = priced(small_city, "parameters: {dibao.std.urban: {value: 800, from: 2024-01-01}}")
    assert later.after.fen["dibao"].tolist() == [1960_00, 233_00]


def test_programmes_that_read_nothing_of_the_reform_are_not_touched():
    touched = touched_programs(BOOK, ("oa.amount",), ())
    assert "old_age" in touched
    assert not {"dibao", "tekun", "orphan", "care_subsidy"} & set(touched)


def test_what_an_obligor_elsewhere_owes_makes_a_programme_touched():
    """The line above which children owe support is read in their household and felt in their parents'."""
    assert "dibao" in touched_programs(BOOK, ("income.support_line",), ())


def test_age_bands_change_on_the_birthday():
    born = [date(2005, 12, 31), date(2006, 1, 1), date(1943, 12, 31), date(1944, 1, 1)]
    days = np.array([day_number(day) for day in born] + [np.iinfo(np.int32).min], np.int32)
    found = [BANDS[band] for band in age_bands(days, date(2023, 12, 31))]
    assert found == ["18—59岁", "0—17岁", "80岁以上", "70—79岁", "出生日期未知"]


# -- a replaced provision --------------------------------------------------------------------------------------------


@provision(DIBAO, 8, of=Household, label="人均收入低于低保边缘收入线（草案）")
def income_below_twice_the_edge() -> Expr:
    """家庭月人均收入低于低保边缘收入线的两倍。"""
    return income_per_head.below(standard * edge_multiple * 2)


def test_a_replaced_provision_is_read_by_everything_that_read_the_old_one():
    book = with_provisions(BOOK, {"income_below_edge": income_below_twice_the_edge})
    assert book.hash != BOOK.hash
    edge = book.program("edge")
    assert any(p.label.endswith("（草案）") for p in edge.requires)
    assert book["at_the_edge"] is not BOOK["at_the_edge"]
    assert book["net_wages"] is BOOK["net_wages"], "what does not read it is shared"
    assert not any(p.label.endswith("（草案）") for p in BOOK.program("edge").requires)


# -- refused in words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("parameters: {dibao.std.urbam: 700}", "dibao.std.urbam", ("没有名为", "dibao.std.urban")),
        ("parameters: {dibao.std.urban: 多}", "dibao.std.urban", ("城市低保标准", "不能取")),
        ("parameters: {dibao.std.urban: 99999999}", "dibao.std.urban", ("10,000.00",)),
        ("parameters: {edge.multiple: 1.55}", "edge.multiple", ("0.1",)),
        ("parameters: {dibao.std.mode: 不分}", "dibao.std.mode", ("HOUSEHOLD_SINGLE",)),
        ("parameters: {dc.amount: {place: '140426'}}", "dc.amount", ("没有写明数值",)),
        ("parameters: {dc.amount: {value: 1, place: 平顺}}", "dc.amount", ("区划代码",)),
        ("parameters: {dc.amount: {value: 1, from: 明年}}", "dc.amount", ("2024-01-01",)),
        ("parameters: {dc.amount: {valeu: 1}}", "dc.amount", ("value",)),
        ("paramters: {}", "paramters", ("parameters",)),
        ("provisions: [../secrets]", "../secrets", ("没有名为",)),
        ("name: 空", "parameters", ("没有改动",)),
        ("- 1", "", ("名称",)),
        ("parameters: [", "", ("YAML", "第 1 行")),
    ],
)
def test_an_overlay_that_does_not_fit_is_refused_with_key_reason_and_next_step(text, field, words):
    with pytest.raises(Refusal) as refused:
        parse_overlay(text, BOOK.parameters)
    assert refused.value.field == field
    for word in words:
        assert word in str(refused.value)


def test_an_overlay_keeps_every_row_it_names() -> None:
    overlay = overlay_of(
        {"parameters": {"dc.amount": [{"value": 90, "place": "140426"}, {"value": 95, "place": "140403"}]}},
        BOOK.parameters,
    )
    rows = overlay.parameters(BOOK.parameters)
    setting, on = BOOK.settings["dc.amount"], date(2023, 12, 31)
    values = [rows.resolve(setting, county, on).value for county in ("140426", "140403", "140404")]
    assert values == [9000, 9500, BOOK.parameters.resolve(setting, "140404", on).value]
    assert not Overlay(changes=overlay.changes).empty


def test_a_proposal_of_the_repository_is_priced_by_its_name():
    """Wages of 852.50 leave 682 after costs: exactly the standard, so today nothing and under the proposal dibao."""
    at_the_line = {"wages__total": 852_50 * 12, "wages__month": 852_50}
    one = invented.city((CITY_TOWN, household(person(**at_the_line))))
    found = priced(one, "provisions: [equal_to_standard]")
    assert found.held_before["dibao"].status.tolist() == [Status.NO]
    assert found.held_after["dibao"].status.tolist() == [Status.YES]
    assert found.held_after["dibao"].fen.tolist() == [0]
    assert found.comparison.moves["dibao"].sum(axis=1).tolist() == [1, 0, 0, 0]


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_the_command_prices_a_snapshot_in_text_in_json_and_row_by_row(folder, tmp_path, capsys):
    overlay, who = tmp_path / "reform.yaml", tmp_path / "who.parquet"
    overlay.write_text("name: 提高标准\nparameters: {dibao.std.urban: 800}\n", encoding="utf-8")
    asked = ["simulate", str(overlay), "--snapshot", str(folder), "--check"]
    assert main([*asked, "--json", "--who", str(who)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == "提高标准"
    assert sum(told["summary"]["households"].values()) == told["basis"]["households"]
    assert pq.read_table(who).column_names[:3] == ["household_id", "person_id", "township"]
    assert main(asked) == 0
    assert "提高标准" in capsys.readouterr().out


def test_the_command_refuses_a_reform_that_does_not_fit_and_names_the_nearest_key(folder, tmp_path, capsys):
    overlay = tmp_path / "reform.yaml"
    overlay.write_text("parameters: {dibao.std.urbam: 800}\n", encoding="utf-8")
    assert main(["simulate", str(overlay), "--snapshot", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "dibao.std.urbam" in said
    assert "dibao.std.urban”" in said
    assert main(["simulate", str(tmp_path / "none.yaml")]) == 1


def test_files_that_nobody_changed_have_nothing_to_price(folder, capsys):
    assert main(["simulate", "--files", "--snapshot", str(folder)]) == 1
    assert "没有可测算的改动" in capsys.readouterr().err


def test_a_folder_without_a_snapshot_is_a_source_that_failed(tmp_path, capsys):
    overlay = tmp_path / "reform.yaml"
    overlay.write_text("parameters: {dibao.std.urban: 800}\n", encoding="utf-8")
    assert main(["simulate", str(overlay), "--snapshot", str(tmp_path)]) == 3
    assert "快照" in capsys.readouterr().err
