"""The embedded PostgreSQL: its profile, sharing it, and what every sudden death leaves behind."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from minzheng.database import Role, address, serving
from minzheng.database.place import cluster_folder, socket_folder, unprivileged
from minzheng.database.server import Server
from minzheng.values.errors import SourceTrouble


@pytest.fixture
def home():
    """A folder the unprivileged server user can walk to, as pytest's own is not when root runs it."""
    folder = Path(tempfile.mkdtemp(prefix="minzheng-launcher-"))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    yield folder
    until(lambda: not running(folder))
    shutil.rmtree(folder, ignore_errors=True)


def connect(home, role=Role.APP):
    return address(role, base=home).connect(connect_timeout=5)


def running(home):
    with contextlib.suppress(psycopg.OperationalError):
        connect(home).close()
        return True
    return False


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this did not come to pass"
        time.sleep(0.1)


def postmaster(home):
    return int((cluster_folder(home) / "data" / "postmaster.pid").read_text().split()[0])


def guardian(home):
    """The process that holds the guardian's lock, from the kernel's list of locks."""
    inode = (home / "guardian.lock").stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        parts = line.split()
        if parts[1] == "FLOCK" and parts[-3].endswith(f":{inode}"):
            return int(parts[4])
    raise AssertionError("no guardian")


def use_elsewhere(home, seconds):
    """Another process that uses the server; returns once it does."""
    program = (
        "import sys, time; from pathlib import Path; from minzheng.database import serving\n"
        f"with serving(Path({str(home)!r}), throwaway={home.name.endswith('x')}):\n"
        f"    print('using', flush=True); time.sleep({seconds})\n"
    )
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"using\n"
    return other


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


# -- profile -----------------------------------------------------------------------------------------------


def test_the_profile(home):
    with serving(home):
        with connect(home, Role.SUPERUSER) as root:
            settings = dict(root.execute("select name, setting from pg_settings").fetchall())
            rules = root.execute("select distinct auth_method from pg_hba_file_rules").fetchall()
            roles = root.execute(
                "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication from pg_roles"
                " where rolname like 'minzheng%' order by 1"
            ).fetchall()
            owner = root.execute(
                "select datdba::regrole::text from pg_database where datname = 'minzheng'"
            ).fetchone()
        assert settings["listen_addresses"] == ""
        assert settings["data_checksums"] == "on"
        assert settings["password_encryption"] == "scram-sha-256"
        assert (settings["fsync"], settings["synchronous_commit"], settings["full_page_writes"]) == (
            "on",
        ) * 3
        assert rules == [("scram-sha-256",)]
        reads_past_policies = ("minzheng_backup", False, True, False, False, False)
        assert roles == [
            ("minzheng_app", *[False] * 5),
            reads_past_policies,
            ("minzheng_owner", *[False] * 5),
        ]
        assert owner == ("minzheng_owner",)


def test_folders_and_secrets_are_nobody_elses(home):
    with serving(home):
        for folder in (
            cluster_folder(home),
            cluster_folder(home) / "data",
            socket_folder(home),
            home / "secrets",
        ):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
        secrets = list((home / "secrets").iterdir())
        assert {file.name for file in secrets} >= {"app.pgpass", "owner.pgpass", "superuser.pgpass"}
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in secrets)
        assert not (cluster_folder(home) / "first-password").exists()
        assert "password" not in repr(address(Role.APP, base=home))


def test_a_wrong_password_or_none_is_refused(home):
    with serving(home):
        for password in (None, "guess"):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(
                    host=str(socket_folder(home)), port=5432, dbname="minzheng", user="postgres",
                    password=password, passfile="/dev/null",
                )  # fmt: skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_another_account_of_the_machine_does_not_reach_the_socket(home):
    with serving(home):
        listed = subprocess.run(
            ["ls", socket_folder(home)], capture_output=True, check=False, user=65533, cwd="/"
        )
        assert listed.returncode != 0
        server_user = Path(f"/proc/{postmaster(home)}").stat().st_uid
        assert server_user == unprivileged()["user"] != 0


def test_the_log_keeps_no_statement_and_no_value(home):
    with serving(home), connect(home) as session, pytest.raises(psycopg.Error):
        session.execute("select '140499198001010010'::date")
    log = (cluster_folder(home) / "server.log").read_text()
    assert "LOG:" in log
    assert "select" not in log
    assert "140499198001010010" not in log


# -- sharing -----------------------------------------------------------------------------------------------


def test_two_processes_share_one_server_whichever_ends_first(home):
    with serving(home, throwaway=True):
        first = postmaster(home)
        other = use_elsewhere(home, 60)
    time.sleep(1.5)
    assert running(home)
    with serving(home):
        assert postmaster(home) == first
    end(other)
    until(lambda: not home.exists())


def test_a_user_killed_outright_lets_the_server_end(home):
    other = use_elsewhere(home, 60)
    assert running(home)
    end(other)
    until(lambda: not running(home))


def test_what_was_committed_is_there_next_time(home):
    with serving(home), connect(home, Role.OWNER) as owner:
        owner.execute("create table kept (n int)")
        owner.execute("insert into kept values (7)")
    until(lambda: not running(home))
    with serving(home), connect(home, Role.OWNER) as owner:
        assert owner.execute("select n from kept").fetchall() == [(7,)]


# -- sudden death ------------------------------------------------------------------------------------------


def test_a_killed_server_comes_back_with_every_acknowledged_row(home):
    with serving(home):
        with connect(home, Role.OWNER) as owner:
            owner.execute("create table kept (n int)")
        acknowledged = 0
        killed = False
        with connect(home, Role.OWNER) as owner, contextlib.suppress(psycopg.OperationalError):
            owner.autocommit = True
            for number in range(10_000):
                owner.execute("insert into kept values (%s)", [number])
                acknowledged = number + 1
                if number == 50:
                    os.kill(postmaster(home), signal.SIGKILL)
                    killed = True
        assert killed
        until(lambda: running(home), 60)
        with connect(home, Role.OWNER) as owner:
            (count,) = owner.execute("select count(*) from kept").fetchone()
        assert count in (acknowledged, acknowledged + 1)


def test_a_killed_guardian_takes_the_server_along_and_the_next_user_starts_again(home):
    with serving(home):
        os.kill(guardian(home), signal.SIGKILL)
        until(lambda: not running(home))
        with serving(home):
            assert running(home)


def test_a_broken_first_start_leaves_nothing_half_made(home):
    server = Server(home, throwaway=True)
    half = cluster_folder(home) / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    try:
        assert running(home)
        assert not half.exists()
    finally:
        server.stop()


def test_a_start_that_cannot_succeed_says_so(home, monkeypatch):
    monkeypatch.setenv("PG_BIN", "/bin")
    with pytest.raises(SourceTrouble, match="没有响应") as trouble, serving(home):
        pass
    assert trouble.value.retryable
    assert trouble.value.next_step
