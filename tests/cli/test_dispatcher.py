"""The `minzheng` command: found subcommands, Chinese usage, exit codes by family of error."""

import argparse
from types import SimpleNamespace

import pytest

from minzheng import cli
from minzheng.values.errors import Defect, MinzhengError, Refusal, SourceTrouble


def with_command(monkeypatch, run):
    def add(subparsers):
        parser = subparsers.add_parser("probe", help="探针")
        parser.add_argument("value", type=int, metavar="数")
        parser.set_defaults(run=run)

    monkeypatch.setattr(cli, "command_modules", lambda: [SimpleNamespace(add=add)])


def test_every_command_has_chinese_help(capsys):
    for module in cli.command_modules():
        subparsers = argparse.ArgumentParser().add_subparsers()
        module.add(subparsers)
        for choice in subparsers._choices_actions:
            assert any("一" <= character <= "鿿" for character in choice.help or ""), choice.dest


def test_the_usage_is_chinese(capsys, monkeypatch):
    with_command(monkeypatch, lambda arguments: 0)
    with pytest.raises(SystemExit) as ended:
        cli.main(["-h"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "用法：minzheng" in shown
    assert "probe" in shown
    assert "显示本说明" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "缺少参数"),
        (["nothing"], "不可选的值"),
        (["probe"], "缺少参数：数"),
        (["probe", "x"], "不是整数"),
        (["probe", "1", "-z"], "无法识别的参数"),
    ],
)
def test_a_wrong_call_is_explained_in_chinese(monkeypatch, capsys, arguments, says):
    with_command(monkeypatch, lambda arguments: 0)
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refusal("x", "不行。", next_step="请改。"), 1),
        (SourceTrouble("database", "没有响应。", retryable=True), 3),
        (Defect("对不上。"), 4),
        (MinzhengError("其他。"), 4),
    ],
)
def test_an_error_of_ours_is_a_sentence_and_an_exit_code(monkeypatch, capsys, error, code):
    def run(_arguments):
        raise error

    with_command(monkeypatch, run)
    assert cli.main(["probe", "1"]) == code
    said = capsys.readouterr().err
    assert said.strip() == str(error)
    assert "Traceback" not in said


def test_what_the_command_returns_is_the_exit_code(monkeypatch):
    with_command(monkeypatch, lambda arguments: arguments.value)
    assert cli.main(["probe", "7"]) == 7
    with_command(monkeypatch, lambda arguments: None)
    assert cli.main(["probe", "7"]) == 0
