"""The commands of the ground, run as a person would, on the test database."""

import io
import json
from datetime import date

import pytest

from minzheng.base.actions import record
from minzheng.base.models import AuditEntry, Staff
from minzheng.base.queries import business_date, regions_of
from minzheng.base.scope import scope, system_actor
from minzheng.cli import build_parser
from minzheng.values.errors import Refusal


def run(*words):
    """The command's own function: the test database stands in for the one the dispatcher starts."""
    parsed = build_parser().parse_args(words)
    return parsed.run(parsed)


@pytest.fixture
def typed(monkeypatch):
    def type_line(line):
        monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))

    return type_line


@pytest.mark.django_db
def test_an_account_is_opened_with_roles_in_either_language(typed, capsys):
    typed("correct-horse-battery")
    assert (
        run(
            "staff",
            "wang",
            "--name",
            "王某",
            "--role",
            "乡镇经办",
            "--role",
            "village_worker",
            "--region",
            "140403001",
        )
        == 0
    )
    staff = Staff.objects.get(username="wang")
    assert staff.roles == ["township_officer", "village_worker"]
    assert staff.check_password("correct-horse-battery")
    assert regions_of(staff, on=date(2100, 1, 1)) == ("140403001",)
    assert "已开设账号 wang" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("password", "role", "region", "says"),
    [
        ("short", "auditor", "1404", "口令太短"),
        ("123456789qwerty", "auditor", "1404", "密码"),
        ("correct-horse-battery", "king", "1404", "没有这个岗位"),
        ("correct-horse-battery", "auditor", "14", "区划代码"),
    ],
)
def test_a_wrong_account_is_refused_and_not_half_made(typed, password, role, region, says):
    typed(password)
    with pytest.raises(Refusal, match=says):
        run("staff", "wang", "--name", "王某", "--role", role, "--region", region)
    assert not Staff.objects.exists()


@pytest.mark.django_db
def test_the_business_date_is_shown_and_set(capsys):
    assert run("business-date", "2023-12-31", "--reason", "演示") == 0
    assert business_date() == date(2023, 12, 31)
    assert "2023-12-31" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        run("business-date", "2023-13-01", "--reason", "x")
    assert "日期应写作 2023-12-31，收到 2023-13-01" in capsys.readouterr().err
    with pytest.raises(Refusal, match="事由"):
        run("business-date", "2024-01-01")
    assert run("business-date") == 0
    assert "2023-12-31" in capsys.readouterr().out


def test_the_audit_chain_is_verified_with_an_anchor(committed, capsys):
    with scope(system_actor("test")) as actor:
        record(actor, "look", "household", 1)
    assert run("audit", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["holds"]
    assert found["count"] == AuditEntry.objects.count() + 1
    assert run("audit", "--anchor", f"1:{found['head']}") == 0
    assert "审计链完好：1 条" in capsys.readouterr().out
    assert run("audit", "--anchor", f"1:{'0' * 64}") == 1
    assert "审计链被改动" in capsys.readouterr().out
    with pytest.raises(Refusal, match="无法识别"):
        run("audit", "--anchor", "x")
