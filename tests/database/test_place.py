"""Where state lives and how a role's address is found."""

import os
from pathlib import Path

import pytest

from minzheng.database import place
from minzheng.database.place import Role, address, cluster_folder, home, program_folder, socket_folder
from minzheng.values.errors import Refusal


@pytest.fixture(autouse=True)
def no_external_database(monkeypatch):
    monkeypatch.delenv("MINZHENG_DATABASE_URL", raising=False)
    monkeypatch.delenv("MINZHENG_OWNER_DATABASE_URL", raising=False)


def test_the_state_folder_is_the_chosen_one_or_var_of_the_checkout(monkeypatch, tmp_path):
    monkeypatch.setenv("MINZHENG_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("MINZHENG_HOME")
    assert home() == Path(__file__).resolve().parents[2] / "var"


def test_the_embedded_address_carries_no_password(tmp_path):
    found = address(Role.APP, base=tmp_path)
    assert (found.user, found.name, found.password) == ("minzheng_app", "minzheng", "")
    assert found.options == {"passfile": str(tmp_path / "secrets" / "app.pgpass")}


def test_one_setting_gives_an_external_server(monkeypatch):
    monkeypatch.setenv(
        "MINZHENG_DATABASE_URL", "postgresql://app:s%40crt@db.example:6432/civil?sslmode=verify-full"
    )
    found = address(Role.APP)
    assert (found.host, found.port, found.name, found.user, found.password) == (
        "db.example",
        "6432",
        "civil",
        "app",
        "s@crt",
    )
    assert found.options == {"sslmode": "verify-full"}
    assert "s@crt" not in repr(found)
    assert address(Role.OWNER) == found
    monkeypatch.setenv("MINZHENG_OWNER_DATABASE_URL", "host=/run/postgresql dbname=civil user=owner")
    assert (address(Role.OWNER).host, address(Role.OWNER).user) == ("/run/postgresql", "owner")
    with pytest.raises(Refusal, match="超级用户"):
        address(Role.SUPERUSER)


def test_an_unreadable_address_is_refused_without_repeating_it(monkeypatch):
    monkeypatch.setenv("MINZHENG_DATABASE_URL", "postgres//user:secret")
    with pytest.raises(Refusal, match="无法识别") as refused:
        address(Role.APP)
    assert "secret" not in str(refused.value)


def test_a_deep_checkout_gets_a_short_socket_folder(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(os.fsencode(socket_folder(deep))) + len("/.s.PGSQL.5432") <= 107
    assert socket_folder(deep) != socket_folder(deep / "other")


def test_the_programs_are_the_wheels_or_the_chosen_ones(monkeypatch):
    monkeypatch.delenv("PG_BIN", raising=False)
    assert (program_folder() / "postgres").exists()
    monkeypatch.setenv("PG_BIN", "/usr/lib/postgresql/15/bin")
    assert program_folder() == Path("/usr/lib/postgresql/15/bin")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root leaves root")
def test_root_under_a_closed_folder_keeps_the_data_where_the_server_user_can_walk(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    assert cluster_folder(closed / "var").is_relative_to(place._ROOT_FALLBACK)
    assert cluster_folder(closed / "var") != cluster_folder(closed / "other")
