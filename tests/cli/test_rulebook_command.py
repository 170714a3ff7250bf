"""`minzheng rulebook check` as it is typed: what it prints, its exit code, and the newest sweep it reads."""

import json
from datetime import date

import pytest

from minzheng.assessment.enacting.beside import Beside, SignedValue
from minzheng.assessment.enacting.differences import RowChange
from minzheng.cli import build_parser
from minzheng.rulebook import parameters
from minzheng.values.errors import Refusal

VALUE = {
    "place": "长治市", "since": date(2024, 1, 1), "until": None, "document": "长民发〔2023〕99号",
}  # fmt: skip
ROW = parameters().rows["dibao.std.urban"][2]
BESIDE = Beside(
    (
        SignedValue(
            1, "dibao.std.urban", "城市低保标准", signed="800.00 元", files="未知", differs=True, **VALUE
        ),
        SignedValue(2, "oa.amount", "高龄补贴", signed="70.00 元", files="70.00 元", differs=False, **VALUE),
    ),
    ("income_below_standard",),
    (RowChange(ROW, parameters().declared[ROW.key], ("600.00 元",)),),
    ("城市低保标准（dibao.std.urban）长治市 2021-07-01 起：600.00 元",),
)


def run(*words):
    parsed = build_parser().parse_args(words)
    return parsed.run(parsed)


def test_the_shipped_rulebook_passes_and_the_shares_are_printed(capsys):
    assert run("rulebook", "check", "--no-sweep") == 0
    out = capsys.readouterr().out
    assert "没有发现问题" in out
    assert "由规则计算" in out
    assert "示例值" in out


def test_machines_read_the_same(capsys):
    assert run("rulebook", "check", "--no-sweep", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert sum(report["dispositions"].values()) == report["counts"]["clauses"] == 199


def test_a_sweep_above_one_in_twenty_fails_and_names_the_clause(tmp_path, capsys):
    rates = [
        {"programme": "dibao", "provision": "vehicles_within", "review": 90, "unknown": 0, "candidates": 1000}
    ]
    path = tmp_path / "sweep.json"
    path.write_text(json.dumps(rates), encoding="utf-8")
    code = run("rulebook", "check", "--sweep", str(path), "--json")
    report = json.loads(capsys.readouterr().out)
    assert {rate["clause"] for rate in report["review_rates"]} >= {"PR-4"}
    defects = [one for one in report["findings"] if one["defect"]]
    assert code == (1 if defects else 0)
    assert any(one["kind"] == "review-rate" and "9.0%" in one["message"] for one in report["findings"])


def test_a_gap_in_the_days_that_are_asked_for_is_found(capsys):
    assert run("rulebook", "check", "--no-sweep", "--first", "2014-01-01") == 1
    assert "参数日期缺口" in capsys.readouterr().out


def test_a_rulebook_that_does_not_load_is_one_defect_with_its_place(monkeypatch, capsys):
    from minzheng.rules.language.errors import RuleError

    def broken():
        raise RuleError("dibao_amount: cycle (national/dibao.py:180)")

    monkeypatch.setattr("minzheng.rulebook.load", broken)
    assert run("rulebook", "check", "--no-sweep") == 1
    assert "national/dibao.py:180" in capsys.readouterr().out
    assert run("rulebook", "check", "--no-sweep", "--json") == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["kind"] == "load"


@pytest.mark.parametrize(
    ("text", "says"), [("{", "不是比对结果"), ('{"a": 1}', "programme"), ("[1]", "programme")]
)
def test_a_file_that_is_no_sweep_is_refused(tmp_path, text, says):
    path = tmp_path / "sweep.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=says):
        run("rulebook", "check", "--sweep", str(path))
    with pytest.raises(Refusal, match="没有文件"):
        run("rulebook", "check", "--sweep", str(tmp_path / "none.json"))


def test_a_day_that_is_none_is_said_in_chinese(capsys):
    with pytest.raises(SystemExit) as stopped:
        run("rulebook", "check", "--on", "2023-13-01")
    assert stopped.value.code == 2
    assert "日期应写作" in capsys.readouterr().err


@pytest.mark.django_db
def test_the_newest_sweep_of_the_platform_is_read():
    from minzheng.assessment.models import ClauseTotal, Sweep, SweepTotal
    from minzheng.assessment.types import SweepState
    from minzheng.base.scope import scope, system_actor
    from minzheng.cli.rulebook import sweep_in_database
    from minzheng.rulebook.check.reviews import Decided
    from minzheng.rules import Status

    with scope(system_actor("test")):
        sweep = Sweep.objects.create(
            state=SweepState.FINISHED,
            started_by="test",
            month="2023-12",
            on="2023-12-31",
            report={"partial": False},
        )
        SweepTotal.objects.create(sweep=sweep, division="140403104", programme="dibao", outcome=Status.REVIEW,
                                  receiving=False, holders=200, fen=0)  # fmt: skip
        SweepTotal.objects.create(sweep=sweep, division="140403104", programme="dibao", outcome=Status.NO,
                                  receiving=False, holders=9000, fen=0)  # fmt: skip
        ClauseTotal.objects.create(sweep=sweep, division="140403", programme="dibao", provision="vehicles_within",
                                   outcome=Status.REVIEW, holders=7)  # fmt: skip
    assert sweep_in_database() == [Decided("dibao", "vehicles_within", 7, 0, 200)]


def test_what_was_signed_on_the_platform_and_differs_is_printed(monkeypatch, capsys):
    monkeypatch.setattr("minzheng.cli.rulebook.signed_beside_files", lambda: BESIDE)
    monkeypatch.setattr("minzheng.cli.rulebook._sweep", lambda _path: [])
    assert run("rulebook", "check") == 0
    out = capsys.readouterr().out
    assert "平台签署生效的数值 2 项，与文件不同的 1 项。" in out
    assert "签署生效 800.00 元，文件 未知" in out
    assert "70.00 元" not in out
    assert "1 条规则与签署生效的文本不同，办理不按文件：income_below_standard" in out
    assert "1 项数值尚未签署，办理不按文件" in out
    assert "长治市 2023-01-01 至 2024-01-01（不含）：现行 600.00 元，文件 682.00 元" in out
    assert "文件中已无、仍然有效的数值 1 项" in out
    assert run("rulebook", "check", "--json") == 0
    signed = json.loads(capsys.readouterr().out)["signed"]
    assert [one["differs"] for one in signed["values"]] == [True, False]
    assert signed["unsigned_rules"] == ["income_below_standard"]
    assert [(one["in_force"], one["files"]) for one in signed["unsigned_rows"]] == [
        (["600.00 元"], "682.00 元")
    ]
    assert len(signed["rows_gone_from_files"]) == 1


def test_a_database_that_is_not_migrated_is_no_hindrance_to_the_book(monkeypatch, capsys):
    from minzheng.cli.rulebook import _beside_of_book

    def broken():
        raise Refusal("rulebook.database_not_ready", "数据库结构尚未建立。")

    monkeypatch.setattr("minzheng.cli.rulebook.signed_beside_files", broken)
    assert _beside_of_book() is None
    assert "规则书只按文件生成" in capsys.readouterr().err
