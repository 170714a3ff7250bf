"""A platform that is not safe says so before it serves anybody: each doubt alone stops it, with what to do."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from minzheng.database import Role, address, serving
from minzheng.database.place import cluster_folder
from tests.cli.places import Place

#: What an operator sets who has read docs/production.md.
GOOD = {
    "MINZHENG_DEMO": "0",
    "MINZHENG_HTTPS": "1",
    "MINZHENG_HOSTS": "mz.example.gov.cn",
    "MINZHENG_SCANNER": "unix:/run/clamav/clamd.ctl",
}
#: What hangs on the machine and the day of the test and not on the installation (the calendar has a test of its own).
OF_THE_MACHINE = {"machine.clock", "machine.disk_low", "data.calendar"}


@pytest.fixture(scope="module")
def production() -> Iterator[Place]:
    place = Place()
    place.environment |= GOOD
    with serving(place.home):
        place.run("migrate")
        yield place
    place.remove()


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def found(place: Place, **changed: str) -> dict[str, dict[str, str]]:
    """The findings by code, with some settings changed."""
    environment = {**place.environment, **changed}
    done = subprocess.run(
        place.command("check", "--production", "--json"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    rows = {row["code"]: row for row in json.loads(done.stdout) if row["code"] not in OF_THE_MACHINE}
    stops = [row for row in rows.values() if row["weight"] == "stop"]
    assert done.returncode == (1 if stops else 0), done.stderr
    return rows


def test_a_place_set_up_as_the_guide_says_passes(production):
    assert found(production) == {}
    production.run("check", "--production")


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        (
            {"MINZHENG_DEMO": "1", "MINZHENG_DEBUG": "1", "MINZHENG_HTTPS": "0", "MINZHENG_HOSTS": "*"},
            {"settings.demo", "settings.debug", "settings.no_tls", "settings.any_host"},
        ),
        ({"MINZHENG_KEY_DJANGO": "ab" * 32}, {"keys.weak"}),
        (
            {"MINZHENG_KEY_DJANGO": bytes(range(32)).hex(), "MINZHENG_KEY_INDEX": bytes(range(32)).hex()},
            {"keys.same"},
        ),
    ],
    ids=["settings", "weak", "same"],
)
def test_wrong_settings_and_keys_stop(production, changed, codes):
    rows = found(production, **changed)
    assert set(rows) == codes
    for row in rows.values():
        assert row["weight"] == "stop"
        assert row["message"]
        assert row["next_step"]


def test_what_only_limits_is_told_and_does_not_stop(production):
    rows = found(production, MINZHENG_HOSTS="", MINZHENG_SCANNER="")
    assert set(rows) == {"settings.no_host", "scanner.none"}
    assert {row["weight"] for row in rows.values()} == {"warn"}


def test_what_others_can_read_stops(production):
    assert found(production) == {}, "this also makes the keys"
    declaration = production.home / "bank.toml"
    declaration.write_text("[bank]\n")
    paths = [declaration, production.home / "secrets" / "field.key"]
    try:
        for path in paths:
            path.chmod(0o644)
        (production.home / "secrets").chmod(0o755)
        done = subprocess.run(
            production.command("check", "--production"),
            env=production.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for path in paths:
            path.chmod(0o600)
        declaration.unlink()
    assert done.returncode == 1
    for path in paths:
        assert f"文件 {path.relative_to(production.home)} 可被本机其他用户读写" in done.stdout
    assert "目录 secrets" not in done.stdout, "starting closes the folder again by itself"


def test_a_database_that_lets_everybody_in_stops(production):
    rules = cluster_folder(production.home) / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(before.replace("scram-sha-256", "trust"))
    try:
        reload(production)
        assert set(found(production)) == {"data.trust"}
    finally:
        rules.write_text(before)
        reload(production)


def reload(place: Place) -> None:
    postmaster = int((cluster_folder(place.home) / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGHUP)
    time.sleep(1)


def as_root(place: Place, *statements: str) -> None:
    with address(Role.SUPERUSER, base=place.home).connect(autocommit=True) as root:
        root.execute("set session_replication_role = replica")
        for statement in statements:
            root.execute(statement)


def test_what_the_database_says_stops(production):
    as_root(
        production,
        "alter role minzheng_app bypassrls",
        "alter role minzheng_app set synchronous_commit = off",
        "create table public.mine (a int)",
        "alter table public.mine owner to minzheng_app",
        "insert into public.base_businessdate (id, day) values (1, '2023-12-31')",
        "create schema demo_truth",
    )
    try:
        rows = found(production)
    finally:
        as_root(
            production,
            "alter role minzheng_app nobypassrls",
            "alter role minzheng_app reset all",
            "drop table public.mine",
            "delete from public.base_businessdate",
            "drop schema demo_truth",
        )
    codes = {"data.superuser", "data.not_durable", "data.owner", "data.business_date", "data.demo_city"}
    assert set(rows) == codes
    assert {row["weight"] for row in rows.values()} == {"stop"}


def test_a_schema_of_another_version_stops(production):
    as_root(
        production,
        "insert into django_migrations (app, name, applied) select 'kept', name, applied"
        " from django_migrations where app = 'base' order by id desc limit 1",
        "delete from django_migrations m using django_migrations k where m.app = 'base' and k.app = 'kept'"
        " and m.name = k.name",
    )
    try:
        assert set(found(production)) == {"data.not_migrated"}
    finally:
        as_root(production, "update django_migrations set app = 'base' where app = 'kept'")


def test_an_unfinished_restore_stops_everything(production):
    as_root(production, "comment on database minzheng is 'minzheng: restore not finished'")
    try:
        assert "恢复没有完成" in production.run("check", "--production", code=1)
        assert "恢复没有完成" in production.run("run", "--no-demo", "--port", free_port(), code=1)
    finally:
        as_root(production, "comment on database minzheng is null")


def test_a_broken_audit_chain_stops(production):
    with address(Role.SUPERUSER, base=production.home).connect(autocommit=True) as root:
        root.execute("set session_replication_role = replica")
        root.execute(
            "insert into base_auditlink (number, previous, digest, entry)"
            " select coalesce(max(number), 0) + 1, repeat('0', 64), repeat('1', 64), gen_random_uuid() from base_auditlink"
        )
        try:
            rows = found(production)
            assert set(rows) == {"data.audit"}
            assert "审计监督人员" in rows["data.audit"]["next_step"]
        finally:
            root.execute("delete from base_auditlink where digest = repeat('1', 64)")


def test_a_missing_calendar_year_is_told_before_it_is_needed(django_db_setup, db):
    from datetime import date

    from minzheng.base.safety import Weight, data
    from minzheng.rulebook.calendar import shipped_years

    last = max(plan.year for plan in shipped_years())
    codes = {
        today: [finding for finding in data._calendar(today) if finding.code == "data.calendar"]
        for today in (date(last, 1, 5), date(last, 11, 5), date(last + 1, 1, 1))
    }
    assert codes[date(last, 1, 5)] == []
    assert [finding.weight for finding in codes[date(last, 11, 5)]] == [Weight.WARN]
    assert [finding.weight for finding in codes[date(last + 1, 1, 1)]] == [Weight.STOP]
    assert str(last + 1) in codes[date(last, 11, 5)][0].message


def test_demo_accounts_with_the_public_password_stop(production):
    production.python(
        "import django; django.setup()\n"
        "from minzheng.base.models import Staff\nfrom minzheng.base import demo_staff\n"
        "from minzheng.base.scope import scope, system_actor\n"
        "with scope(system_actor('test')):\n"
        "    one = Staff(username=demo_staff.ACCOUNTS[0].username, name='演示', roles=[])\n"
        "    one.set_password(demo_staff.PASSWORD); one.save()\n"
    )
    try:
        assert set(found(production)) == {"data.demo_accounts"}
    finally:
        with address(Role.SUPERUSER, base=production.home).connect(autocommit=True) as root:
            root.execute("set session_replication_role = replica")
            root.execute("delete from base_staff")


@pytest.mark.parametrize("how", ["run", "gunicorn"])
def test_an_unsafe_place_does_not_start(production, how):
    environment = {**production.environment, "MINZHENG_HTTPS": "0"}
    command = (
        production.command("run", "--no-demo", "--port", free_port())
        if how == "run"
        else [
            sys.executable,
            "-m",
            "gunicorn",
            "minzheng.web.wsgi:application",
            f"--bind=127.0.0.1:{free_port()}",
            "--no-control-socket",
        ]
    )
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False, cwd=Path("/")
    )
    assert done.returncode != 0
    assert "没有 HTTPS" in done.stdout + done.stderr


def test_in_a_demonstration_what_it_is_by_nature_is_not_held_against_it(production):
    said = subprocess.run(
        production.command("check", "--json"),
        env={**production.environment, "MINZHENG_DEMO": "1", "MINZHENG_HTTPS": "0", "MINZHENG_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    codes = {row["code"] for row in json.loads(said.stdout)} - OF_THE_MACHINE
    assert codes == {"settings.debug"}
