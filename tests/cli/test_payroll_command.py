"""`minzheng payroll` and `minzheng bank`: what they say, and that a second time changes nothing."""

from __future__ import annotations

import json

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.cli import build_parser
from minzheng.payments.models import Payroll
from tests.apps.payments import town as invented
from tests.apps.payments.conftest import real_town, town_database  # noqa: F401
from tests.apps.payments.town import JULY, award


def run(*words: str) -> int:
    arguments = build_parser().parse_args(words)
    return int(arguments.run(arguments))


@pytest.fixture
def due(real_town):  # noqa: F811
    with scope(system_actor("test")):
        award(1, 54_600, JULY)
        award(11, 30_000, JULY)
        award(2, 8_000, JULY, programme="old_age", person=3)


def test_payrolls_of_all_counties_are_built_once(due, capsys):
    assert run("payroll", "build", "--month", "2023-07") == 0
    said = capsys.readouterr().out
    assert "最低生活保障 2023-07：待经办签署，1 笔 546.00 元，暂缓 0 笔" in said
    assert "共 3 份，846.00 元" in said
    run("payroll", "build", "--month", "2023-07", "--json")
    again = json.loads(capsys.readouterr().out)
    assert {(one["county"], one["programme"], one["lines"], one["withheld"]) for one in again} == {
        ("140403", "dibao", 1, 0), ("140403", "old_age", 0, 1), ("140423", "dibao", 1, 0),
    }  # fmt: skip
    with scope(system_actor("test")):
        assert Payroll.objects.count() == 3


def test_where_payrolls_stand_is_told(due, capsys):
    assert run("payroll", "status", "--month", "2023-07") == 0
    assert "该月没有发放表" in capsys.readouterr().out
    run("payroll", "build", "--month", "2023-07", "--county", "140403", "--programme", "dibao")
    capsys.readouterr()
    run("payroll", "status", "--month", "2023-07")
    assert "待经办签署" in capsys.readouterr().out


def test_a_month_in_which_nothing_is_due_says_so(due, capsys):
    assert run("payroll", "build", "--month", "2023-05") == 0
    assert "没有需要编制的发放表" in capsys.readouterr().out


def test_without_a_bank_nothing_is_sent_and_the_reason_is_told(due, monkeypatch, tmp_path):
    from minzheng.values.errors import Refusal

    monkeypatch.setenv("MINZHENG_BANK", str(tmp_path / "none.toml"))
    for step in ("send", "fetch"):
        with pytest.raises(Refusal, match="没有登记代发银行"):
            run("bank", step)


def test_files_go_to_the_bank_and_answers_are_booked(due, monkeypatch, capsys):
    from minzheng.cli import bank
    from minzheng.payments.bank.transport import Fetched
    from minzheng.payments.bank.types import FetchedFile, Kind
    from tests.apps.payments.returned import Bank, S, answer

    payroll = invented.released(invented.built())

    class Door(Bank):
        def fetch(self, seen):
            with scope(system_actor("test")):
                content = answer(payroll, {1: S})
            name, digest = "RET-1.csv", __import__("hashlib").sha256(content).hexdigest()
            return Fetched(
                () if (name, digest) in seen else (FetchedFile(name, Kind.RETURN, digest, content),)
            )

    monkeypatch.setattr(bank, "_door", lambda _arguments: Door())
    assert run("bank", "send") == 0
    assert "银行已受理" in capsys.readouterr().out
    assert run("bank", "fetch") == 0
    assert "全部入账；登记 1 笔" in capsys.readouterr().out
    assert run("bank", "fetch") == 0
    assert "没有新的回盘" in capsys.readouterr().out
