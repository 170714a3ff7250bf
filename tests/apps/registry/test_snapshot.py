"""The files of a snapshot say what one household's facts say, and nothing else is believed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import numpy as np
import pyarrow.parquet as pq
import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.extraction.columns import vocabulary_columns
from minzheng.registry.facts import facts_of
from minzheng.registry.snapshot import (
    check_snapshot,
    load_received,
    load_snapshot,
    read_manifest,
    write_snapshot,
)
from minzheng.rules.columns import unknown_code
from minzheng.rules.language.kinds import Household
from minzheng.values.errors import SourceTrouble
from minzheng.values.month import Month
from tests.apps.registry.conftest import OTHER_TOWN, THEN, TOWN

DECEMBER = Month(2023, 12)


def add(name: str, recorded_at=THEN, **columns) -> None:
    with bulk_load(note="t", recorded_at=recorded_at) as load:
        load.add(name, tables_from([(name, columns)])[name])
        load.publish()


def test_a_snapshot_and_the_counter_have_one_definition_of_every_fact(registry, tmp_path):
    write_snapshot(tmp_path / "s", month=DECEMBER)
    loaded = load_snapshot(tmp_path / "s", check=True)
    with scope(system_actor("test")) as actor:
        units = facts_of(actor, loaded.unit_id.tolist(), month=DECEMBER)
    assert loaded.unit_id.tolist() == [1, 2]
    compared = 0
    for at, facts in enumerate(units):
        first, end = loaded.columns.offsets[at : at + 2]
        assert loaded.person_id[first:end].tolist() == list(facts.people_ids)
        for name, column in vocabulary_columns().items():
            household = column.entity is Household
            holders = (
                [(at, facts.unit)] if household else list(zip(range(first, end), facts.people, strict=True))
            )
            for row, said in holders:
                raw = int((loaded.columns.unit if household else loaded.columns.people)[name][row])
                expected = said.get(name)
                if expected is not None and column.kind.domain is not None:
                    expected = expected.bit_length() - 1
                assert raw == (unknown_code(column) if expected is None else expected), name
                compared += 1
    assert compared > 300


def test_the_manifest_names_month_moment_counts_hashes_and_ages(registry, tmp_path):
    manifest = write_snapshot(tmp_path / "s", month=DECEMBER, known_at=datetime(2024, 1, 3, tzinfo=UTC))
    assert (manifest.month, manifest.on, manifest.households, manifest.ties) == (
        DECEMBER,
        date(2023, 12, 31),
        2,
        5,
    )
    assert manifest.known_at == datetime(2024, 1, 3, tzinfo=UTC)
    assert manifest.counties == ("140403", "140423")
    assert len(manifest.content["files"]) == 8
    ages = manifest.content["sources"]
    assert {row["kind"] for row in ages} == set(range(1, 31))
    assert ages[0]["complete_to_most"] == "2023-12-31"


def test_a_snapshot_holds_what_is_received_in_its_month(registry, tmp_path):
    since, autumn = date(2023, 1, 1), date(2023, 10, 1)
    add(
        "receipt",
        household_id=[1, 1, 2, 1, 1],
        township=[TOWN, TOWN, OTHER_TOWN, TOWN, TOWN],
        person_id=[None, 3, 5, 3, 5],
        programme=[1, 11, 8, 13, 9],
        fen=[30_000, None, 8_000, 100_000, 8_000],
        since=[since, since, since, autumn, since],
        until=[None, None, date(2023, 12, 1), date(2023, 11, 1), None],
        source=[2] * 5,
    )
    write_snapshot(tmp_path / "s", month=DECEMBER)
    loaded = load_snapshot(tmp_path / "s", names=frozenset())
    received = load_received(loaded)
    rows = sorted(
        zip(
            loaded.unit_id[received.unit].tolist(),
            [int(loaded.person_id[tie]) if tie >= 0 else 0 for tie in received.tie],
            received.programme.tolist(),
            received.fen.tolist(),
            strict=True,
        )
    )
    # Ended in November: gone; the school year's aid stays; person 5 is not of household 1.
    assert rows == [(1, 0, 1, 30_000), (1, 3, 11, -1), (1, 3, 13, 100_000)]
    assert received.unplaced == 1


def test_a_changed_file_is_refused(registry, tmp_path):
    write_snapshot(tmp_path / "s", month=DECEMBER)
    path = tmp_path / "s" / "ties-140403.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceTrouble, match="与清单不符"):
        check_snapshot(read_manifest(tmp_path / "s"))
    with pytest.raises(SourceTrouble, match="无法读取"):
        load_snapshot(tmp_path / "s")
    (tmp_path / "s" / "manifest.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(SourceTrouble, match="格式版本"):
        read_manifest(tmp_path / "s")


def test_known_at_leaves_out_what_was_recorded_later(registry, tmp_path):
    add("death", recorded_at=datetime(2024, 2, 1, tzinfo=UTC), person_id=[4], township=[TOWN],
        died_on=[date(2023, 12, 5)], source=[14])  # fmt: skip
    write_snapshot(tmp_path / "then", month=DECEMBER, known_at=datetime(2024, 1, 3, tzinfo=UTC))
    write_snapshot(tmp_path / "now", month=DECEMBER)
    then = load_snapshot(tmp_path / "then").columns.people["died"]
    now = load_snapshot(tmp_path / "now").columns.people["died"]
    assert (then != now).sum() == 1


def test_obligors_are_the_living_kin_of_other_households(registry, tmp_path):
    add("kinship", person_id=[1, 3], township=[TOWN] * 2, relative_id=[5, 5], kind=[4, 5],
        since=[date(2000, 1, 1)] * 2, source=[1] * 2)  # fmt: skip
    write_snapshot(tmp_path / "s", month=DECEMBER)
    here = pq.read_table(tmp_path / "s" / "obligors-140403.parquet").to_pylist()
    assert [(e["tie_row"], e["person_id"], e["obligor_id"], e["kind"]) for e in here] == [
        (0, 1, 5, 4),
        (2, 3, 5, 5),
    ]
    assert {(e["obligor_county"], e["obligor_row"]) for e in here} == {(140423, 0)}
    there = pq.read_table(tmp_path / "s" / "obligors-140423.parquet").to_pylist()
    # No source vouches for the kin of the other county: there may be a child whom nobody recorded.
    assert [(e["obligor_id"], e["kind"], e["obligor_row"]) for e in there] == [
        (0, 3, -1),
        (1, 4, 0),
        (3, 6, 2),
    ]
    add("death", person_id=[5], township=[OTHER_TOWN], died_on=[date(2023, 1, 1)], source=[14])
    write_snapshot(tmp_path / "s", month=DECEMBER)
    assert pq.read_table(tmp_path / "s" / "obligors-140403.parquet").num_rows == 0


def test_orphans_are_owed_by_their_brothers_and_sisters(registry, tmp_path):
    add(
        "kinship",
        person_id=[5],
        township=[OTHER_TOWN],
        relative_id=[1],
        kind=[1],
        since=[date(2000, 1, 1)],
        source=[1],
    )
    add("death", person_id=[1, 2], township=[TOWN] * 2, died_on=[date(2023, 1, 1)] * 2, source=[14] * 2)
    write_snapshot(tmp_path / "s", month=DECEMBER)
    edges = pq.read_table(tmp_path / "s" / "obligors-140403.parquet").to_pylist()
    assert [(e["person_id"], e["obligor_id"], e["kind"]) for e in edges] == [(3, 5, 4)]


def test_a_failed_snapshot_leaves_the_former_one(registry, tmp_path, monkeypatch):
    write_snapshot(tmp_path / "s", month=DECEMBER)
    monkeypatch.setattr("minzheng.registry.snapshot._ties_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_snapshot(tmp_path / "s", month=DECEMBER)
    check_snapshot(read_manifest(tmp_path / "s"))
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_array_dates_count_like_the_engine():
    from minzheng.registry.extraction.arrays import add_years, whole_months
    from minzheng.rules import calendar

    rng = np.random.default_rng(5)
    start = rng.integers(-20_000, 20_000, 5000)
    end = start + rng.integers(0, 12_000, 5000)
    months = whole_months(start, end)
    for a, b, got in zip(start.tolist(), end.tolist(), months.tolist(), strict=True):
        assert got == calendar.months_between(a, b)
    for a, got in zip(start.tolist(), add_years(start, 18).tolist(), strict=True):
        assert got == calendar.add_months(a, 18 * 12)
