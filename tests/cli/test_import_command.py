"""`minzheng import` as an officer of the data runs it, on the test database."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from minzheng.base.actions import set_business_date
from minzheng.base.scope import scope, system_actor
from minzheng.cli import build_parser
from minzheng.registry.models import Coverage, ImportRun, Person
from minzheng.values.errors import Refusal
from minzheng.values.identity import compose

HEADERS = ["户号", "身份证号", "姓名", "村（社区）代码", "与户主关系", "月工资"]


def number(birth: date, sequence: int) -> str:
    return compose("140499", birth, sequence).reveal_for("tests")


@pytest.fixture
def registry(committed):
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=date(2023, 12, 31), reason="测试")


def write(path: Path, *, name: str = "王甲", wage: str = "100", headers: list[str] | None = None) -> Path:
    text = io.StringIO()
    row = ["A", number(date(1980, 1, 2), 1), name, "140403001001", "户主", wage]
    csv.writer(text).writerows([headers or HEADERS, row])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def run(*words: object) -> int:
    parsed = build_parser().parse_args(["import", *map(str, words)])
    assert (parsed.database, parsed.role) == (True, "owner")
    return parsed.run(parsed)


def people() -> int:
    with scope(system_actor("test")):
        return Person.objects.count()


def test_a_file_is_loaded_once_and_the_second_run_says_so(registry, tmp_path, capsys):
    path = write(tmp_path / "a.csv")
    assert run(path) == 0
    said = capsys.readouterr()
    assert "已载入 1 人、1 户、1 条事实。" in said.out
    assert "读取与校验" in said.err
    assert "剩余" in said.err
    assert run(path) == 0
    assert "已经导入过" in capsys.readouterr().out
    assert people() == 1
    with scope(system_actor("test")):
        assert ImportRun.objects.get().actor == "system:import"


def test_a_dry_run_checks_and_loads_nothing(registry, tmp_path, capsys):
    assert run(write(tmp_path / "a.csv"), "--dry-run") == 0
    assert "试运行" in capsys.readouterr().out
    assert run(write(tmp_path / "b.csv", wage="x"), "--dry-run") == 1
    assert people() == 0


def test_a_refused_file_ends_with_one_and_a_list_of_its_rows(registry, tmp_path, capsys):
    path = write(tmp_path / "a.csv", wage="约两千")
    assert run(path, "--report", tmp_path / "r.csv") == 1
    assert str(tmp_path / "r.csv") in capsys.readouterr().out
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["行号"], row["栏目"], row["原值（掩码）"]) == ("2", "月工资", "约两千")
    assert run(path, "--json") == 1
    assert json.loads(capsys.readouterr().out)["errors"] == {"money.unreadable": 1}


def test_a_mapping_a_source_and_a_coverage(registry, tmp_path):
    path = write(tmp_path / "a.csv", headers=["家号", *HEADERS[1:]])
    (tmp_path / "m.yaml").write_text(
        "".join(f"{h}: {f}\n" for h, f in [("家号", "户号"), *((h, h) for h in HEADERS[1:])]),
        encoding="utf-8",
    )
    vouched = "140403:工资:2023-11-30:2024-01-31"
    assert run(path, "--mapping", tmp_path / "m.yaml", "--source", "税务", "--coverage", vouched) == 0
    with scope(system_actor("test")):
        row = Coverage.objects.get()
        assert Person.objects.get().source == row.source == 5
    assert (row.division, row.kind, row.since) == (140403, 10, date(2022, 12, 1))
    assert (row.complete_to, row.trusted_until) == (date(2023, 11, 30), date(2024, 1, 31))


def test_a_coverage_is_not_recorded_when_a_row_was_refused(registry, tmp_path):
    path = write(tmp_path / "a.csv")
    bad = ["B", number(date(1981, 1, 2), 1), "李乙", "140403001001", "户主", "x"]
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(bad)
    assert run(path, "--good-only", "--coverage", "140403:工资:2023-11-30") == 0
    assert people() == 1
    with scope(system_actor("test")):
        assert not Coverage.objects.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--source", "天上"], "公安户籍"),
        (["--coverage", "140403:工资"], "应写作"),
        (["--coverage", "140403:天气:2023-11-30"], "没有“天气”"),
        (["--coverage", "149999:工资:2023-11-30"], "区划代码不存在"),
        (["--coverage", "140403:工资:2023-11-31"], "日期应写作"),
        (["--coverage", "140403:工资:2023-11-30:2023-11-01"], "可信至"),
        (["--coverage", "140403:养老金:2023-11-30"], "月职工养老金"),
        (["--coverage", "140403:死亡:2023-11-30"], "没有该类事实的栏目"),
        (["--report", "r.doc"], r"\.xlsx"),
        (["--facts-since", "2023-01-02"], "每月一日"),
    ],
)
def test_wrong_wishes_are_refused_before_anything_is_read(registry, tmp_path, words, says):
    with pytest.raises(Refusal, match=says):
        run(write(tmp_path / "a.csv"), *words)
    assert people() == 0
