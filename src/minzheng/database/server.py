"""One PostgreSQL server as our foreground child: its files, its start and stop, its roles.

Profile: scram everywhere, no TCP, folders 0700, data checksums, no statement ever written to the log.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from minzheng.database.lifeline import interrupt_with_parent
from minzheng.database.place import (
    DATABASE,
    Role,
    address,
    can_execute,
    cluster_folder,
    program_folder,
    secret_folder,
    socket_folder,
    unprivileged,
)
from minzheng.values.errors import Defect

_START_WITHIN_SECONDS = 60

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    # No personal data in the log: neither statements nor parameters, nor errors, which quote what somebody typed
    # (who asked gets them all the same). In the order of the server's log, `log` stands above `error`.
    "log_min_messages": "log",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
_UNSAFE_AND_QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}


@dataclass
class Server:
    """The embedded server of one home folder. `throwaway` trades durability for speed, for tests."""

    home: Path
    throwaway: bool = False
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder = cluster_folder(self.home)
        self.sockets = socket_folder(self.home)
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"

    def start(self) -> None:
        """Up and accepting connections, initialised and with its roles; raises `Defect` with the log's end."""
        secret_folder(self.home)
        self._make_folders()
        self._find_programs()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._run()
        self._provision()

    def stop(self) -> None:
        """Fast shutdown: sessions end, everything committed is kept."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self.process = None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def remove(self) -> None:
        """Delete a stopped throwaway server with its data and secrets."""
        if not self.throwaway or self.is_running():
            raise Defect("只有已停止的临时数据库可以删除。")
        for folder in (self.folder, self.sockets, self.home):
            shutil.rmtree(folder, ignore_errors=True)

    def _make_folders(self) -> None:
        for folder in (self.folder, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            self._hand_over(folder)
            folder.chmod(0o700)

    def _hand_over(self, path: Path) -> None:
        if drop := unprivileged():
            os.chown(path, drop["user"], drop["group"])

    def _find_programs(self) -> None:
        self.programs = program_folder()
        if can_execute(self.programs / "postgres"):
            return
        # The wheel lies in a folder only root may walk: give the server's user a copy it can reach.
        package = self.programs.parents[1]
        copy = self.folder.parent / "wheel"
        for name in (package.name, f"{package.name}.libs"):
            if not (copy / name).exists():
                shutil.copytree(package.parent / name, copy / name, symlinks=True)
        self.programs = copy / package.name / "pginstall" / "bin"

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}

    def _initialise(self) -> None:
        """Build the data folder beside its place and move it there: a broken start leaves nothing half made."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        passwords = {role: secrets.token_hex(24) for role in Role}
        once = self.folder / "first-password"
        _write_private(once, passwords[Role.SUPERUSER])
        self._hand_over(once)
        try:
            made = subprocess.run(
                [
                    self.programs / "initdb",
                    f"--pgdata={fresh}",
                    "--username=postgres",
                    "--auth=scram-sha-256",
                    f"--pwfile={once}",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                    *(["--no-sync"] if self.throwaway else []),
                ],
                cwd=self.folder,
                env=self._environment(),
                check=False,
                capture_output=True,
                **unprivileged(),
            )
        finally:
            once.unlink()
        if made.returncode != 0:
            raise Defect(f"数据库初始化失败：{made.stderr.decode(errors='replace')[-2000:]}")
        for role, password in passwords.items():
            passfile = secret_folder(self.home) / f"{role.value}.pgpass"
            _write_private(passfile, f"*:*:*:{role.login}:{password}\n")
        fresh.rename(self.data)

    def _run(self) -> None:
        """Start until it answers. A killed predecessor may linger for a moment: then the start is repeated."""
        deadline = time.monotonic() + _START_WITHIN_SECONDS
        as_superuser = address(Role.SUPERUSER, base=self.home, name="postgres")
        while True:
            if not self.is_running():
                self._spawn()
            try:
                as_superuser.connect(connect_timeout=3).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise Defect(f"数据库未能在一分钟内启动：{self._end_of_log()}") from None
                time.sleep(0.05 if self.is_running() else 0.5)

    def _spawn(self) -> None:
        settings = _SETTINGS | (_UNSAFE_AND_QUICK if self.throwaway else {})
        settings |= {"unix_socket_directories": str(self.sockets)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.programs / "postgres",
                    "-D",
                    self.data,
                    *[f"-c{key}={value}" for key, value in settings.items()],
                ],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=interrupt_with_parent,
                **unprivileged(),
            )

    def _provision(self) -> None:
        """The roles and the database, with the passwords that were written down; safe to repeat.

        The application's role comes last: once it may connect, all is there.
        """
        with address(Role.SUPERUSER, base=self.home, name="postgres").connect(autocommit=True) as root:
            present = {name for (name,) in root.execute("select rolname from pg_roles")}
            for role in (Role.OWNER, Role.BACKUP, Role.APP):
                if role is Role.APP and not _exists(root, DATABASE):
                    _create_database(root)
                if role.login not in present:
                    _create_role(root, role, self._password(role), may_create_databases=self.throwaway)

    def _password(self, role: Role) -> str:
        passfile = secret_folder(self.home) / f"{role.value}.pgpass"
        if not passfile.exists():  # a role that came with a newer version
            _write_private(passfile, f"*:*:*:{role.login}:{secrets.token_hex(24)}\n")
        return passfile.read_text().strip().rsplit(":", 1)[1]

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


def _exists(root: psycopg.Connection[tuple[object, ...]], database: str) -> bool:
    return root.execute("select from pg_database where datname = %s", [database]).fetchone() is not None


def _create_role(
    root: psycopg.Connection[tuple[object, ...]], role: Role, password: str, *, may_create_databases: bool
) -> None:
    creates = "createdb" if may_create_databases and role is Role.OWNER else "nocreatedb"
    reads_all = role is Role.BACKUP
    root.execute(
        sql.SQL("create role {} login nosuperuser {} nocreaterole noreplication {} password {}").format(
            sql.Identifier(role.login),
            sql.SQL("bypassrls" if reads_all else "nobypassrls"),
            sql.SQL(creates),
            sql.Literal(password),
        )
    )
    if reads_all:
        root.execute(sql.SQL("grant pg_read_all_data to {}").format(sql.Identifier(role.login)))
        root.execute(
            sql.SQL("alter role {} set default_transaction_read_only = on").format(sql.Identifier(role.login))
        )


def _create_database(root: psycopg.Connection[tuple[object, ...]]) -> None:
    names = {"name": sql.Identifier(DATABASE), "owner": sql.Identifier(Role.OWNER.login)}
    root.execute(sql.SQL("create database {name} owner {owner}").format(**names))
    root.execute(sql.SQL("revoke all on database {name} from public").format(**names))
    root.execute(sql.SQL("grant connect on database {name} to public").format(**names))


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
