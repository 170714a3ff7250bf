"""What is told of a price: sums that agree with each other, who changes, and the process that keeps the city."""

from __future__ import annotations

import json
import socket
import stat
import threading
import time
from datetime import UTC, date, datetime

import numpy as np
import pyarrow.parquet as pq
import pytest

from minzheng.assessment.reforms import asking, service
from minzheng.assessment.reforms.changes import changed_holders, changed_rows, write_changes
from minzheng.assessment.reforms.gaps import Need, gap
from minzheng.assessment.reforms.measures import Held
from minzheng.assessment.reforms.overlay import parse_overlay
from minzheng.assessment.reforms.report import basis, report
from minzheng.assessment.reforms.service import Desks, serve
from minzheng.assessment.reforms.simulate import simulate
from minzheng.assessment.reforms.snapshots import latest_snapshot
from minzheng.assessment.reforms.tally import BANDS, Keys, tally
from minzheng.assessment.reforms.text import as_text
from minzheng.base.types import Actor, Role
from minzheng.rulebook.vocabulary import ParentState, Relation
from minzheng.values.errors import Defect, Refusal, SourceTrouble
from tests.apps.assessment import invented
from tests.apps.assessment.invented import BOOK, household, person, wage

TOWNS = (140403101, 140426100)
OFFICER = Actor("staff:1", "某", ("1404",), frozenset({Role.CITY_SUPERVISOR}))


def city(folder=None):
    return invented.city(
        (TOWNS[0], household(person())),
        (TOWNS[0], household(person(**wage(900)))),
        (TOWNS[1], household(person(**wage(650)))),
        (TOWNS[1], household(person(), unknown=("financial_assets",))),
        **({} if folder is None else {"folder": folder}),
    )


@pytest.fixture(scope="module")
def found():
    overlay = parse_overlay("parameters: {dibao.std.urban: 800}", BOOK.parameters)
    return simulate(city(), BOOK, overlay, compiled=False)


def test_places_add_up_to_the_whole(found):
    told = report(found)
    for kind in ("counties", "townships"):
        for key in ("gained_fen", "lost_fen"):
            assert sum(one[key] for one in told[kind]) == told["summary"][key]
        for side in (0, 1):
            assert sum(one["month_fen"][side] for one in told[kind]) == told["summary"]["month_fen"][side]
    assert [one["name"] for one in told["counties"]] == ["潞州区", "黎城县"]
    assert sum(sum(one[c] for c in ("gain", "lose", "same", "undecided")) for one in told["ages"]) == 4


def test_a_year_is_twelve_months_and_what_is_paid_by_the_school_year(found):
    summary = report(found)["summary"]
    assert summary["month_fen"] == [682_00 + 162_00, 800_00 + 80_00 + 280_00]
    assert summary["year_fen"] == [12 * fen for fen in summary["month_fen"]]
    assert summary["households"] == {"gain": 3, "lose": 0, "same": 0, "undecided": 1}


def test_a_programme_tells_its_open_holders_on_both_sides(found):
    dibao = next(one for one in report(found)["programmes"] if one["name"] == "dibao")
    assert (dibao["yes"], dibao["unknown"], dibao["came_in"]) == ([2, 3], [1, 1], 1)
    assert dibao["holder"] == "household"
    assert dibao["touched"]


def test_a_report_is_plain_json_and_reads_as_text(found):
    told = report(found) | {
        "name": "试",
        "basis": basis(found.city, "abc", "def", datetime(2024, 1, 1, tzinfo=UTC)),
    }
    assert json.loads(json.dumps(told)) == told
    text = as_text(told)
    assert "最低生活保障：2 → 3 户（+1）" in text
    assert "不能确定 1 户" in text


# -- who changes ---------------------------------------------------------------------------------------------------------


def test_every_changed_holder_is_a_row_with_both_sides(found, tmp_path):
    rows = changed_rows(found).to_pylist()
    dibao = [
        (r["household_id"], r["outcome_before"], r["fen_before"], r["fen_after"])
        for r in rows
        if r["programme"] == "dibao"
    ]
    assert dibao == [(1, "yes", 682_00, 800_00), (2, "no", 0, 80_00), (3, "yes", 162_00, 280_00)]
    assert write_changes(found, tmp_path / "who.parquet") == len(rows)
    assert pq.read_table(tmp_path / "who.parquet").to_pylist() == rows
    assert {r["household_class"] for r in rows} == {"gain"}


@pytest.mark.parametrize(
    ("regions", "households"),
    [
        (["1404"], {1, 2, 3}),
        (["140403"], {1, 2}),
        (["140426100"], {3}),
        (["140403101000"], {1, 2}),
        (["140404"], set()),
        ([], set()),
    ],
)
def test_changed_holders_are_those_of_the_regions(found, regions, households):
    rows = changed_holders(found, regions, "dibao")
    assert {r["household_id"] for r in rows.listed(0, 50)} == households
    assert rows.count == len(households)


# -- the process that keeps the city ---------------------------------------------------------------------------------------


@pytest.fixture
def desks(monkeypatch, tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setattr(service, "load_city", lambda folder, book, say: city(folder))
    return Desks(BOOK, find=lambda: tmp_path, compiled=False, threads=1)


@pytest.fixture
def listening(desks, monkeypatch, tmp_path):
    path = tmp_path / "d.sock"
    monkeypatch.setattr(asking, "socket_path", lambda: path)
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(desks, path, stop))
    thread.start()
    until = time.monotonic() + 60
    while desks.desk is None and time.monotonic() < until:
        time.sleep(0.05)
    yield path
    stop.set()
    thread.join(30)
    assert not path.exists()


def test_a_page_asks_over_the_socket_and_gets_what_the_engine_says(listening, desks):
    assert stat.S_IMODE(listening.stat().st_mode) == 0o600
    assert asking.desk_state(OFFICER)["state"] == "ready"
    answer = asking.price_positions(OFFICER, {"dibao.std.urban": "800"})
    assert answer["report"]["summary"]["households"]["gain"] == 3
    standing = asking.price_standing(OFFICER)["report"]["summary"]
    assert standing["month_fen"][0] == standing["month_fen"][1] == 844_00
    overlay = {"parameters": {"dibao.std.urban": 800}}
    assert asking.price_overlay(OFFICER, overlay)["report"] == answer["report"]
    page = asking.changes_under(OFFICER, overlay, programme="dibao", start=1, most=1)
    assert page["count"] == 3
    assert [row["household_id"] for row in page["rows"]] == [2]


def test_a_refusal_travels_with_its_field_and_next_step(listening):
    with pytest.raises(Refusal) as refused:
        asking.price_positions(OFFICER, {"dibao.std.urban": "多"})
    assert refused.value.field == "dibao.std.urban"
    assert refused.value.next_step


def test_nonsense_on_the_socket_is_a_defect_and_the_desk_stays(listening):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(listening))
        line.sendall(b"nonsense\n")
        assert json.loads(line.makefile("rb").readline())["error"]["family"] == "defect"
    with pytest.raises(Defect):
        asking._ask({"ask": "price", "positions": 3})
    assert asking.desk_state(OFFICER)["state"] == "ready"


def test_who_may_not_simulate_is_not_answered(listening):
    officer = Actor("staff:2", "某", ("1404",), frozenset({Role.TOWNSHIP_OFFICER}))
    with pytest.raises(Refusal):
        asking.price_standing(officer)
    with pytest.raises(Refusal):
        asking.changes_under(Actor("staff:3", "某", ("1404",), frozenset({Role.POLICY_OFFICER})), {})


def test_before_it_is_ready_the_desk_says_what_it_is_doing(desks):
    with pytest.raises(SourceTrouble) as trouble:
        desks.answer({"ask": "standing"})
    assert trouble.value.retryable
    desks.refresh()
    assert desks.answer({"ask": "state"})["state"] == "ready"
    assert desks.state()["step"] == desks.state()["steps"]


def test_without_a_snapshot_the_desk_waits_and_says_for_what(tmp_path, settings):
    settings.DATA_FOLDER = tmp_path
    desks = Desks(BOOK, find=latest_snapshot, compiled=False)
    desks.refresh()
    assert desks.state()["state"] == "waiting"
    assert "快照" in desks.state()["what"]


def test_a_desk_that_cannot_be_made_says_so(desks, monkeypatch, caplog):
    def broken(*_args, **_kwargs):
        raise ValueError("broken")

    monkeypatch.setattr(service, "load_city", broken)
    desks.refresh()
    assert desks.state()["state"] == "failed"
    assert "broken" in caplog.text


def test_nobody_listening_is_told_as_such(monkeypatch, tmp_path):
    monkeypatch.setattr(asking, "socket_path", lambda: tmp_path / "none.sock")
    assert asking.desk_state(OFFICER)["state"] == "absent"
    with pytest.raises(SourceTrouble):
        asking.price_standing(OFFICER)


def test_the_newest_snapshot_is_the_one_of_the_latest_month(tmp_path, settings):
    settings.DATA_FOLDER = tmp_path
    for name, month, written in (("a", "2023-11", "3"), ("b", "2023-12", "1"), ("c", "2023-12", "2")):
        folder = tmp_path / "snapshots" / name
        folder.mkdir(parents=True)
        content = {
            "format": 1, "month": month, "on": f"{month}-28", "known_at": "2024-01-01T00:00:00+00:00", "window": 12,
            "counties": [], "households": 0, "ties": 0, "written_at": written,
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(content))
    assert latest_snapshot().name == "c"


# -- by age ----------------------------------------------------------------------------------------------------------------


def test_ages_add_up_to_the_programmes_and_to_the_month(found):
    told = report(found)
    for one in told["programmes"]:
        assert [sum(side) for side in one["age_fen"]] == one["fen"], one["name"]
    for side in (0, 1):
        assert sum(age["month_fen"][side] for age in told["ages"]) == told["summary"]["month_fen"][side]


def test_a_household_s_benefit_is_parted_among_those_it_is_for():
    spouse = person(relation=Relation.SPOUSE, born=date(1990, 1, 1))
    child = person(relation=Relation.CHILD, born=date(2015, 1, 1))
    family = household(person(born=date(1950, 1, 1)), spouse, child)
    overlay = parse_overlay("parameters: {dibao.std.urban: 683}", BOOK.parameters)
    priced = simulate(invented.city((TOWNS[0], family)), BOOK, overlay, compiled=False)
    dibao = next(one for one in report(priced)["programmes"] if one["name"] == "dibao")
    assert dibao["fen"][1] == 3 * 683_00
    by_band = dict(zip(BANDS, dibao["age_fen"][1], strict=True))
    assert {band: fen for band, fen in by_band.items() if fen} == {
        "0—17岁": 683_00, "18—59岁": 683_00, "70—79岁": 683_00,
    }  # fmt: skip


# -- the poverty gap -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lower():
    """At 500 instead of 682 yuan: a child of a couple with nothing, a widow with the disability subsidies, one who earns 650."""
    couple = [
        person(born=date(1950, 1, 1)),
        person(relation=Relation.SPOUSE, born=date(1990, 1, 1)),
        person(
            relation=Relation.CHILD, born=date(2015, 1, 1), father_state=ParentState.CARING,
            mother_state=ParentState.CARING,
        ),
    ]  # fmt: skip
    disabled = person(disability_level=2, certificate_valid=True, care_months=12)
    small = invented.city(
        (TOWNS[0], household(*couple)),
        (TOWNS[0], household(disabled)),
        (TOWNS[1], household(person(**wage(650)))),
        (TOWNS[1], household(person(), unknown=("financial_assets",))),
    )
    overlay = parse_overlay("parameters: {dibao.std.urban: 500}", BOOK.parameters)
    return simulate(small, BOOK, overlay, compiled=False)


def test_the_gap_of_a_household_is_parted_equally_among_its_people(lower):
    """The couple and the child lack 182 each; the disabled one 22, two subsidies of 80 being paid; 162 the one who earns."""
    told = report(lower)["gap"]
    by_band = {one["band"]: one["fen"] for one in told["ages"]}
    assert by_band["0—17岁"] == [0, 182_00]
    assert by_band["70—79岁"] == [0, 182_00]
    assert by_band["18—59岁"] == [0, 182_00 + 22_00 + 162_00]
    assert [sum(one["parts"][side] for one in told["ages"]) for side in (0, 1)] == told["parts"]


def test_the_gap_stands_with_every_programme_a_household_receives_and_apart_with_none(lower):
    told = {one["name"]: one for one in report(lower)["gap"]["programmes"]}
    assert told["dibao"]["fen"] == [0, 3 * 182_00 + 22_00]
    assert told["dibao"]["households"] == [0, 2]
    assert told[""]["fen"] == [0, 162_00], "who has left dibao receives nothing"
    assert (told[""]["households"], told[""]["unknown"]) == ([0, 1], [1, 1])
    assert told["living_subsidy"]["fen"] == told["care_subsidy"]["fen"] == [0, 22_00], (
        "one household in three"
    )


def test_the_gap_is_told_by_county_age_and_programme_in_text(lower):
    told = report(lower) | {
        "name": "",
        "basis": basis(lower.city, "abc", "def", datetime(2024, 1, 1, tzinfo=UTC)),
    }
    text = as_text(told)
    assert "贫困缺口（每月），按年龄" in text
    assert "  黎城县：0.00 元 → 162.00 元（+162.00 元）" in text
    assert "  0—17岁：0.00 元 → 182.00 元（+182.00 元）" in text
    assert "  不领取按月待遇的家庭：0.00 元 → 162.00 元（+162.00 元）；有缺口的家庭：0 → 1 户（+1）" in text


def test_parts_that_cannot_be_parted_go_to_the_first_of_those_the_standard_is_for():
    keys = Keys.made(np.array([1]), np.zeros(2, np.int64), np.array([0, 3, 4]), np.array([3, 1, 0, 2]))
    everybody = Need(np.array([200, 7]), np.zeros(2, bool), 1, np.array([True, False, True, False]))
    nothing = np.zeros(2, np.int64)
    found = gap(everybody, nothing, np.zeros(2, bool), {}, keys)
    assert found.ages.tolist() == [100, 0, 7, 100, 0, 0], "one whom nobody is counted in stands for itself"
    assert found.programmes[""].tolist() == [207, 2, 0]
    three = Need(np.array([200, 0]), np.zeros(2, bool), 1, np.ones(4, bool))
    assert gap(three, nothing, np.zeros(2, bool), {}, keys).ages.tolist() == [66, 67, 0, 67, 0, 0]


def test_fen_that_cannot_be_parted_go_to_the_first():
    keys = Keys.made(np.array([1]), np.zeros(1, np.int64), np.array([0, 3]), np.array([3, 1, 0]))
    rows, none = np.arange(3), np.zeros(0, np.int64)
    unit = np.zeros(1, np.int64)
    held = Held(
        BOOK.program("dibao"), np.ones(1, np.int8), unit, none, none, unit, np.array([200]), none, rows
    )
    assert tally({"dibao": held}, keys).age_fen["dibao"].tolist() == [66, 67, 0, 67, 0, 0]
    nobody = Held(
        BOOK.program("dibao"), np.ones(1, np.int8), unit, none, none, unit, np.array([200]), none, none
    )
    assert tally({"dibao": nobody}, keys).age_fen["dibao"].sum() == 200
