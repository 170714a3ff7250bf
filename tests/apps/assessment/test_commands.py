"""`minzheng sweep`, `replay` and `decide --household`, as a person would run them on the fixed households."""

from __future__ import annotations

import json

import pytest

from minzheng.assessment.models import Decision, Lead, Sweep
from minzheng.base.scope import scope, system_actor
from minzheng.cli import build_parser
from minzheng.registry.models import Household
from minzheng.values.errors import Refusal, SourceTrouble
from tests.apps.assessment.conftest import WIDOW

pytestmark = pytest.mark.usefixtures("fresh")


def run(*words):
    parsed = build_parser().parse_args(words)
    return parsed.run(parsed)


def public_id(household: int) -> str:
    with scope(system_actor("test")):
        return str(Household.objects.get(pk=household).public_id)


def test_a_sweep_says_what_it_opened_and_a_second_one_that_nothing_changed(capsys):
    assert run("sweep", "--plain") == 0
    first = capsys.readouterr()
    assert "2023-12 全量比对：已完成" in first.out
    assert "应享未享" in first.out
    assert "没有改动任何待遇和资金" in first.out
    assert "写入线索" in first.err
    assert "余 00:00" in first.err
    with scope(system_actor("test")):
        row = Sweep.objects.get()
        leads = Lead.objects.count()
    assert run("sweep", "--plain", "--snapshot", row.snapshot, "--json") == 0
    second = json.loads(capsys.readouterr().out)
    assert second["written"]["opened"] == {}
    assert second["written"]["kept"] == leads
    assert second["snapshot_digest"] == row.snapshot_digest
    assert run("sweep", "--if-needed", "--plain") == 0
    assert run("sweep", "--history") == 0
    assert capsys.readouterr().out.count("已完成") == 2
    assert run("sweep", "--stop") == 0
    assert capsys.readouterr().out == "没有正在进行的比对。\n"


def test_a_snapshot_is_swept_into_a_file_alone(capsys, tmp_path):
    assert run("snapshot", str(tmp_path / "s")) == 0
    assert (
        run("sweep", "--plain", "--snapshot", str(tmp_path / "s"), "--to", str(tmp_path / "leads.parquet"))
        == 0
    )
    assert "已写出" in capsys.readouterr().out
    with scope(system_actor("test")):
        assert not Lead.objects.exists()
    with pytest.raises(Refusal, match="用 --snapshot 指明"):
        run("sweep", "--to", str(tmp_path / "x.parquet"))


def test_a_folder_that_is_no_snapshot_is_said_to_be_none(tmp_path):
    for words in (("--to", str(tmp_path / "x.parquet")), ()):
        with pytest.raises(SourceTrouble, match="快照缺少清单"):
            run("sweep", "--plain", "--snapshot", str(tmp_path), *words)


def test_a_household_is_decided_kept_and_replayed(capsys):
    assert run("decide", "--household", public_id(WIDOW), "--keep", "复核用") == 0
    said = capsys.readouterr()
    assert "最低生活保障：符合，353.0833… 元，实发 353.00 元" in said.out
    with scope(system_actor("test")):
        kept = Decision.objects.get()
    assert str(kept.pk) in said.err
    assert run("decide", "--household", public_id(WIDOW), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["household"]["id"] == WIDOW
    assert run("replay", "--all") == 0
    assert capsys.readouterr().out == "重放 1 条，1 条与原记录相同。\n"
    assert run("replay", str(kept.pk), "--json") == 0
    [one] = json.loads(capsys.readouterr().out)
    assert (one["same"], one["digest"], one["changes"]) == (True, kept.digest, [])


def test_a_replay_that_differs_says_what_changed(capsys, monkeypatch):
    from minzheng.assessment import replay as module
    from minzheng.rulebook import load

    run("decide", "--household", public_id(WIDOW), "--keep", "复核用")
    capsys.readouterr()
    book = load()
    higher = book.with_parameters(book.parameters.overlaid({"dibao.std.rural": 7_200}))
    monkeypatch.setattr(module, "over_base", lambda _enacted: higher)
    assert run("replay", "--all") == 1
    said = capsys.readouterr().out
    assert "参数 dibao.std.rural" in said
    assert "结果 dibao（全家）：yes 35300 → yes 40000" in said


def test_the_explanation_of_a_household_names_its_clauses(capsys):
    run("decide", "--household", public_id(WIDOW), "--explain")
    said = capsys.readouterr().out
    assert "人均收入低于低保标准：符合" in said
    assert "社会救助暂行办法" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("decide", "--household", "x"), "没有找到该家庭"),
        (("decide", "--household", "00000000-0000-0000-0000-000000000000"), "没有找到该家庭"),
        (("decide", "--on", "2023-12-31"), "须与 --household 一起使用"),
        (("replay",), "请给出一个试算记录编号"),
        (("replay", "x"), "没有这个编号"),
        (("replay", "00000000-0000-0000-0000-000000000000"), "没有这个编号"),
        (("sweep", "--resume", "--plain"), "没有可以继续的比对"),
    ],
)
def test_a_wrong_call_is_refused_with_a_reason(words, says):
    with pytest.raises(Refusal, match=says):
        run(*words)


def test_deciding_a_registered_household_needs_the_database_and_a_worked_case_does_not():
    parser = build_parser()
    assert parser.parse_args(["decide", "--household", "x"]).database is True
    assert parser.parse_args(["decide", "case.yaml"]).database is False
