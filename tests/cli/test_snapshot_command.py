"""`minzheng snapshot` as a policy officer runs it, on the test database."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.base.actions import set_business_date
from minzheng.base.scope import scope, system_actor
from minzheng.cli import build_parser
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.extract import THEMES
from minzheng.registry.snapshot import announced_steps, read_manifest, write_snapshot
from minzheng.values.errors import SourceTrouble
from minzheng.values.month import Month
from tests.apps.registry.conftest import THEN, small_city


@pytest.fixture
def city_on_business_day(committed):
    with bulk_load(note="small city", recorded_at=THEN) as load:
        for name, table in tables_from(small_city()).items():
            load.add(name, table)
        load.publish()
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=date(2023, 12, 31), reason="测试")


def run(*words: object) -> int:
    parsed = build_parser().parse_args(["snapshot", *map(str, words)])
    assert (parsed.database, parsed.role) == (True, "app")
    return parsed.run(parsed)


def test_the_month_of_the_business_date_is_written_and_checked(city_on_business_day, tmp_path, capsys):
    folder = tmp_path / "s"
    assert run(folder) == 0
    said = capsys.readouterr()
    assert "2023-12，2 户、5 人次，2 个县" in said.out
    assert "剩余" in said.err
    assert read_manifest(folder).month == Month(2023, 12)
    assert run(folder, "--check") == 0
    assert "一致" in capsys.readouterr().out
    (folder / "units-140403.parquet").write_bytes(b"x")
    with pytest.raises(SourceTrouble, match="与清单不符"):
        run(folder, "--check")


def test_what_was_known_on_a_day_before_anything_was_recorded(city_on_business_day, tmp_path):
    assert run(tmp_path / "s", "--month", "2023-11", "--known-at", "2023-05-31") == 0
    manifest = read_manifest(tmp_path / "s")
    assert (manifest.month, manifest.on, manifest.ties) == (Month(2023, 11), date(2023, 11, 30), 0)


def test_every_theme_and_county_is_announced(city_on_business_day, tmp_path):
    said: list[str] = []
    write_snapshot(tmp_path / "s", month=Month(2023, 12), progress=said.append)
    assert said[: len(THEMES)] == [f"读取{theme}" for theme in THEMES]
    assert sorted(said[len(THEMES) :]) == ["写出 140403", "写出 140423"]
    assert announced_steps() == len(THEMES) + 12


def test_what_obligors_owe_is_kept_beside_the_snapshot_on_request(city_on_business_day, tmp_path, capsys):
    folder = tmp_path / "s"
    assert run(folder, "--obligors") == 0
    assert "已核算义务人应付的赡养费，2 个县" in capsys.readouterr().out
    assert sorted(path.name for path in folder.glob("owed*")) == [
        "owed-140403.parquet",
        "owed-140423.parquet",
        "owed.json",
    ]
    assert run(folder, "--check") == 0
