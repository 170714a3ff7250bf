"""The declaration of banks: private, complete, and nothing doubtful in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minzheng.payments.bank.hosts import declared_host, declared_hosts
from minzheng.values.errors import Refusal

GOOD = """
[bank.rcb]
host = "sftp.bank.example"
port = 22
user = "minzheng"
host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII1evfQQmwdcTsfQ9hjq85rY6u3pRP237txVvEyGepMu"
key_file = "secrets/bank"
"""


def declared(folder: Path, text: str) -> Path:
    path = folder / "bank.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_a_declared_bank_is_read_with_its_key_beside_the_file(tmp_path: Path) -> None:
    host = declared_host(path=declared(tmp_path, GOOD))
    assert (host.name, host.host, host.port) == ("rcb", "sftp.bank.example", 22)
    assert host.key_file == tmp_path / "secrets" / "bank"


def test_no_declaration_is_no_bank(tmp_path: Path) -> None:
    assert declared_hosts(tmp_path / "bank.toml") == {}
    with pytest.raises(Refusal, match="没有登记代发银行"):
        declared_host(path=tmp_path / "bank.toml")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o777])
def test_a_declaration_others_could_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = declared(tmp_path, GOOD)
    path.chmod(mode)
    with pytest.raises(Refusal, match="chmod 600"):
        declared_hosts(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"sftp.bank.example"', '"sftp://bank"'),
        ('"sftp.bank.example"', '"a b"'),
        ('"sftp.bank.example"', "1"),
        ("port = 22", "port = 0"),
        ("port = 22", 'port = "22"'),
        ('user = "minzheng"', ""),
        ("ssh-ed25519 AAAA", "AAAA"),
        ("port = 22", 'port = 22\nincoming = "../in"'),
        ("port = 22", "port = 22\nproxy = 1"),
        ("port = 22", "port = 22\nconnect_seconds = 0"),
        ("[bank.rcb]", "[banks.rcb]"),
        ("[bank.rcb]", "[bank"),
    ],
)
def test_a_doubtful_declaration_is_refused(tmp_path: Path, before: str, after: str) -> None:
    assert before in GOOD
    with pytest.raises(Refusal) as refused:
        declared_hosts(declared(tmp_path, GOOD.replace(before, after, 1)))
    assert "docs/bank.md" in refused.value.next_step


def test_of_several_banks_one_must_be_named(tmp_path: Path) -> None:
    path = declared(tmp_path, GOOD + GOOD.replace("rcb", "abc"))
    assert declared_host("abc", path).name == "abc"
    for name in ("", "icbc"):
        with pytest.raises(Refusal) as refused:
            declared_host(name, path)
        assert refused.value.field == "bank"
