"""`minzheng decide`, as a policy officer types it."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from minzheng.cli import build_parser

CASE = """
id: 三口之家
month: 2023-06
registration: 城镇
income: 1500
people: {父亲: {age: 45}, 母亲: {age: 43}, 孩子: {age: 12}}
expect: {低保: %s}
"""


def run(*words):
    parsed = build_parser().parse_args(["decide", *map(str, words)])
    return parsed.run(parsed)


@pytest.fixture
def case(tmp_path):
    def write(expected="546", text=CASE):
        path = tmp_path / "案例.yaml"
        path.write_text(text % expected if "%s" in text else text, encoding="utf-8")
        return path

    return write


def test_a_case_that_comes_out_as_expected(case, capsys):
    assert run(case()) == 0
    said = capsys.readouterr().out
    assert "✓ 三口之家" in said
    assert "最低生活保障：符合，546.00 元" in said
    assert "1 个案例，1 项预期全部相符" in said


def test_a_case_that_comes_out_otherwise_says_how(case, capsys):
    assert run(case("no")) == 1
    said = capsys.readouterr().out
    assert "✗ 三口之家" in said
    assert "结论应为“不符合”，实为“符合”" in said


def test_a_file_that_cannot_be_read_is_a_wrong_call(case, capsys, tmp_path):
    assert run(case(text="id: A\nmonth: 2023-06\nsize: 三\n")) == 2
    assert "案例“A”" in capsys.readouterr().err
    assert run(tmp_path / "没有.yaml") == 2
    assert "没有这个文件" in capsys.readouterr().err
    assert run() == 2


def test_standard_input_is_read_as_a_file(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(CASE % "546"))
    assert run("-", "--quiet") == 0
    assert capsys.readouterr().out.startswith("1 个案例")


def test_json_has_outcome_exact_amount_reasons_and_explanation(case, capsys):
    assert run(case("{outcome: yes, amount: 546}"), "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)["cases"]
    (point,) = found["points"]
    dibao = next(o for o in point["outcomes"] if o["program"] == "dibao")
    assert (dibao["outcome"], dibao["paid_fen"], dibao["amount"]["exact_fen"]) == ("yes", 54600, "54600")
    assert dibao["rests_on_example_values"] is True
    told = dibao["explanation"]
    assert told[0]["text"] == "最低生活保障：符合，546.00 元"
    assert any("DB-1" in line.get("clauses", []) for line in told)
    edge = next(o for o in point["outcomes"] if o["program"] == "edge")
    assert edge["deciding"]["clauses"][:1] == ["BY-1"]
    assert found["expectations"] == [
        {
            "point": "2023-06",
            "target": "dibao",
            "person": None,
            "where": "expect → 低保",
            "met": True,
            "differences": [],
        }
    ]


def test_json_names_what_is_missing_and_what_each_choice_would_come_to(case, capsys):
    text = """
    on: 2023-06-15
    registration: 城镇
    people: {孩子: {age: 10, obligors: 无, selfcare: 具备, father: 死亡, mother: 死亡}}
    """
    assert run(case(text=text), "--json") == 0
    outcomes = json.loads(capsys.readouterr().out)["cases"][0]["points"][0]["outcomes"]
    orphan = next(o for o in outcomes if o["program"] == "orphan")
    assert orphan["outcome"] == "unknown"
    assert orphan["missing"] == [{"fact": "child_choice", "person": "孩子"}]
    assert {o: x["outcome"] for o, x in orphan["options"].items()} == {
        "选择儿童基本生活保障": "yes",
        "选择特困人员救助供养": "no",
    }


def test_json_of_a_complaint(case, capsys):
    assert run(case(text="month: 2023-06\nsizes: 1"), "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "sizes" in error["message"]
    assert "size" in error["next_step"]


def test_the_whole_reason_is_told_when_asked(case, capsys):
    assert run(case(), "--explain", "--all") == 0
    said = capsys.readouterr().out
    assert "家庭月人均收入 500.00 元 低于 月低保标准 682.00 元 → 符合" in said
    assert "（示例值）" in said
    assert "低保边缘家庭：不符合" in said


def test_only_some_cases_are_run(case, capsys):
    path = case(text="[{id: A, month: 2023-06, size: 1}, {id: B, month: 2023-06, size: 2}]")
    assert run(path, "--case", "B") == 0
    assert "1 个案例" in capsys.readouterr().out
    assert run(path, "--case", "C") == 2


def test_an_overlay_of_parameters_lists_the_cases_it_changes(case, tmp_path, capsys):
    path = case(
        text="[{id: A, month: 2023-06, registration: 城镇, size: 3, income: 2046}, {id: B, month: 2023-06, registration: 农村, size: 1}]"
    )
    overlay = tmp_path / "新标准.yaml"
    overlay.write_text("低保标准说明: 700\n", encoding="utf-8")
    assert run(path, "--compare", overlay) == 2
    capsys.readouterr()
    overlay.write_text("dibao.std.urban: 700\n", encoding="utf-8")
    assert run(path, "--compare", overlay) == 0
    said = capsys.readouterr().out
    assert "最低生活保障：不符合 → 符合，54.00 元（发放 54.00 元）" in said
    assert "2 个案例中，1 个的结论或者金额改变。" in said
    rows = "- key: dibao.std.urban\n  rows:\n  - {place: '140400', from: 2023-01-01, value: 700, document: 测试, mark: found}\n"
    overlay.write_text(rows, encoding="utf-8")
    assert run(path, "--compare", overlay, "--json") == 0
    assert [c["id"] for c in json.loads(capsys.readouterr().out)["changed"]] == ["A"]


def test_the_names_are_listed(capsys):
    assert run("--facts") == 0
    said = capsys.readouterr().out
    assert "dibao.std.urban" in said
    assert "人身自由受限情况" in said
    assert run("--facts", "--json") == 0
    assert json.loads(capsys.readouterr().out)


def test_the_command_runs_without_a_database(case):
    done = subprocess.run(
        [Path(sys.executable).with_name("minzheng"), "decide", case()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_of_another_encoding_or_with_tabs_is_told_so(capsys, tmp_path):
    path = tmp_path / "案例.yaml"
    path.write_bytes((CASE % "546").encode("gb18030"))
    assert run(path) == 2
    assert "不是 UTF-8 编码" in capsys.readouterr().err
    path.write_text("- id: A\n\tmonth: 2023-06\n", encoding="utf-8")
    assert run(path) == 2
    said = capsys.readouterr().err
    assert "第 2 行" in said
    assert "制表符" in said


def test_json_ends_well_when_a_case_half_way_cannot_be_decided(case, capsys):
    text = """
    - {id: A, month: 2023-06, registration: 城镇, size: 3, income: 1500, expect: {低保: 546}}
    - {id: B, month: 2023-06, registration: 城镇, size: 3, income: 1500.001, expect: {低保: 546}}
    """
    assert run(case(text=text), "--json") == 2
    told = json.loads(capsys.readouterr().out)
    assert [c["id"] for c in told["cases"]] == ["A"]
    assert told["met"] is False
    assert "案例“B”" in told["error"]["message"]


def test_an_entitlement_of_an_open_amount_is_not_shown_as_nothing(case, capsys):
    text = """
    {id: A, month: 2024-06, registration: 城镇, people: {孩子: {age: 8, father: 死亡, mother: 死亡}}, expect: {孤儿: unknown}}
    """
    assert run(case(text=text)) == 0
    said = capsys.readouterr().out
    assert "孤儿基本生活保障：符合，未定" in said
    assert "金额确定以前不能发放" in said
    assert "发放 0.00" not in said
