"""The rulebook as it is shipped: nothing is wrong with it, every clause is answered for, dates and layers are as stated."""

import datetime
import itertools
import tomllib
from pathlib import Path

import pytest

from minzheng.rulebook import COUNTIES, load, open_to_reform
from minzheng.rulebook.check import Days, inspect
from minzheng.rulebook.check.clauses import citing
from minzheng.rulebook.check.run import FIRST_DAY, fullest_day
from minzheng.rulebook.clauses import GROUPS, Disposition, all_dispositions, catalogue, dispositions
from minzheng.rules.book import Situation
from tests.house.conftest import ROOT

LAST = datetime.date(2028, 1, 1)


def day(text):
    return datetime.date.fromisoformat(text)


@pytest.fixture(scope="module")
def report():
    from minzheng.cli.rulebook import workflow_steps

    return inspect(load(), Days(FIRST_DAY, LAST, day("2023-12-31")), steps=workflow_steps())


def test_nothing_is_wrong_with_it(report):
    assert report.defects == []


def test_every_clause_has_one_disposition_and_none_is_invented():
    ids = [clause.id for clause in catalogue()]
    assert len(ids) == len(set(ids)) == 199
    assert sorted(one.id for one in all_dispositions()) == sorted(ids)
    assert {clause.group for clause in catalogue()} == set(GROUPS)


def test_every_clause_of_the_catalogue_names_its_document_and_article():
    assert [clause.id for clause in catalogue() if not clause.document or not clause.article] == []


def test_steps_belong_to_apps_that_the_contract_of_layers_names():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one for one in contract if one["id"] == "layers")["layers"]
    apps = {name.strip(" ()") for line in layers for name in line.split("|")}
    assert {one.step.split(".")[0] for one in all_dispositions() if one.step} - apps == set()


def test_the_steps_that_exist_are_found():
    """The lead a sweep opens leads to an application and to nothing else (GV-1)."""
    from minzheng.cli.rulebook import workflow_steps

    app, action = dispositions()["GV-1"].step.split(".")
    assert action in workflow_steps()[app]


def test_computed_clauses_are_cited_and_delegated_ones_name_parameters(report):
    cited = citing(load())
    for one in all_dispositions():
        if one.kind in (Disposition.COMPUTES, Disposition.DEFINES):
            assert cited[one.id], one.id
        if one.kind == Disposition.DELEGATES:
            assert one.parameters, one.id
    assert sum(report.shares.values()) == 199


@pytest.mark.parametrize("county", COUNTIES)
def test_every_month_has_one_text_and_one_value_in_every_county(county):
    """Also what is unknown is a row that says so: the years 2022 to 2026 resolve or are unknown explicitly."""
    book = load()
    months = [datetime.date(y, m, 1) for y, m in itertools.product(range(2022, 2027), range(1, 13))]
    for on in months:
        for key, parameter in book.parameters.declared.items():
            resolved = book.parameters.resolve(parameter, county, on)
            assert resolved.row is not None, (key, on)
            assert resolved.known or resolved.row.reason, (key, on)
        for rule in book.provisions:
            assert rule.version_for(county, on) >= 0, (rule.name, on)


@pytest.mark.parametrize(
    ("on", "known_at", "amount"),
    [
        ("2022-06-01", None, 114_500),
        ("2023-03-01", "2023-03-31", 114_500),
        ("2023-03-01", "2023-04-03", 117_000),
        ("2023-03-01", None, 117_000),
    ],
)
def test_a_standard_published_late_counts_from_january_once_it_is_known(on, known_at, amount):
    book = load()
    parameter = book.settings["orphan.scattered"]
    found = book.parameters.resolve(parameter, "140403", day(on), day(known_at) if known_at else None)
    assert found.value == amount


@pytest.mark.parametrize(
    ("county", "on", "mode"),
    [
        ("140403", "2023-12-31", "委托乡镇（街道）审核确认"),
        ("140406", "2023-12-31", "审批与监管分离"),
        ("140423", "2023-12-31", "县级民政部门审核确认"),
    ],
)
def test_who_approves_is_the_countys_own_value(county, on, mode):
    from minzheng.rules.explain.sentences import shown

    parameter = load().parameters.declared["approval.mode"]
    found = load().parameters.resolve(parameter, county, day(on))
    assert shown(found.value, parameter.kind) == mode


def test_the_nearer_layers_hold_what_is_theirs():
    """Texts of the province and the city replace the national ones by name, inside their borders only."""
    book = load()
    for name, layer in (("orphan_age", "14"), ("excluded_by_province", "14"), ("living_kept", "1404")):
        rule = next(p for p in book.provisions if p.name == name)
        here = rule.versions[rule.version_for("140403", day("2023-12-31"))]
        elsewhere = rule.versions[rule.version_for("130102", day("2023-12-31"))]
        assert (here.jurisdiction, elsewhere.jurisdiction) == (layer, "")


def test_amounts_of_the_city_stand_in_no_wider_layer():
    """National rows state national law; what a province or a city decides is a row of that place."""
    own = {"dibao.std.urban": "1404", "oa.amount": "1404", "dl.amount": "14", "orphan.scattered": "14"}
    for key, layer in own.items():
        assert {row.place for row in load().parameters.rows[key]} == {layer}, key


def test_the_fullest_day_is_in_the_year_whose_amounts_are_known():
    assert fullest_day(load(), FIRST_DAY, LAST) == day("2023-12-31")


def test_the_one_cliff_of_the_sample_families_is_the_end_of_the_edge(report):
    """1.5 times 682 yuan for three people is 3,069; with the job cost cap of 341 the wage there is 3,410."""
    cliffs = [one for one in report.notes if one.kind == "cliff"]
    assert [(c.message.split("月工资由 ")[1].split(" ")[0], c.message.split("减少 ")[1].split(" ")[0]) == ("3,409.99", "761.99")
            for c in cliffs] == [True]  # fmt: skip


def test_the_text_of_the_catalogue_is_not_kept_here():
    """Ids, documents and articles only: the catalogue's own words belong to nobody's rulebook."""
    header, *rows = (
        (Path(ROOT) / "src/minzheng/rulebook/catalogue.csv").read_text(encoding="utf-8").splitlines()
    )
    assert header == "id,document,article"
    assert max(len(row) for row in rows) < 50


def test_a_programme_not_yet_in_force_is_no_for_everybody():
    from minzheng.rules.explain.determine import determine
    from minzheng.rules.facts import UnitFacts

    unknown = UnitFacts({}, [{}])
    before = determine(load(), unknown, Situation.at("140403", day("2024-12-30")))
    after = determine(load(), unknown, Situation.at("140403", day("2025-03-01")))
    assert before.of("rigid").status == 0
    assert not before.of("rigid").in_force
    assert after.of("rigid").status != 0


# -- bounds of the nation, texts by date -------------------------------------------------------------------------
CASE = """
id: B
county: 潞州区
registration: 城镇
month: {month}
{more}
expect: {{}}
"""


def decided(month, more, parameters=None):
    from minzheng.rulebook.worked import read_text, run

    (case,) = read_text(CASE.format(month=month, more=more))
    return run(case, parameters).moments[-1].determination


def test_above_the_nations_bound_a_local_value_is_a_review_and_a_reforms_value_is_a_value():
    """1,050 a head lies above 1.5 times 682 and below 1.6 times it."""
    from minzheng.rules.status import Status

    family = "size: 3\nincome: 3150"
    assert decided("2023-06", family).of("edge").status is Status.NO
    local = load().parameters.overlaid({"edge.multiple": "1.6"})
    assert decided("2023-06", family, local).of("edge").status is Status.REVIEW
    reform = open_to_reform(load()).parameters.overlaid({"edge.multiple": "1.6"})
    assert decided("2023-06", family, reform).of("edge").status is Status.YES


def test_opening_the_bounds_changes_nothing_that_is_in_force():
    book = load()
    opened = open_to_reform(book)
    moved = {
        key
        for key, parameter in book.parameters.declared.items()
        for county in COUNTIES
        for on in ("2022-06-30", "2023-12-31", "2025-06-30")
        if book.parameters.resolve(parameter, county, day(on)).value
        != opened.parameters.resolve(parameter, county, day(on)).value
    }
    assert moved == {"edge.override_basis", "jt.override_basis"}


@pytest.mark.parametrize(("month", "alone"), [("2022-09", False), ("2022-11", True)])
def test_a_disabled_adult_applies_without_an_edge_family_only_since_the_notice_of_2022(month, alone):
    """2,000 a head is no edge family; the notice of 2022-10-20 is the first that asks for none."""
    from minzheng.rules.status import YES

    family = (
        "people: {父亲: {age: 50, wages: 6500}, 儿子: {age: 26, disability: 肢体一级, labour: 无劳动能力}}"
    )
    found = decided(month, family).of("single", 1)
    assert (found.status == YES) is alone


def test_what_decides_temporary_relief_is_no_measure_of_2025():
    relief = load().program("relief_expenditure")
    assert {p.citation.instrument.name for p in relief.requires if "LS-2" in p.citation.clauses} == {
        "社会救助暂行办法",
        "关于进一步加强和改进临时救助工作的意见",
    }
