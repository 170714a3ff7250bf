"""A PostgreSQL that is not ours, set up by the statements of docs/production.md and reached by its address and a password."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import psycopg
import pytest

from minzheng.database import copies
from minzheng.database.place import Address, program_folder, unprivileged
from tests.cli.places import Place
from tests.cli.test_check import GOOD, OF_THE_MACHINE, found, free_port

GUIDE = (Path(__file__).parents[2] / "docs" / "production.md").read_text(encoding="utf-8")
LOGINS = {"MINZHENG_DATABASE_URL": "app", "MINZHENG_OWNER_DATABASE_URL": "owner",
          "MINZHENG_BACKUP_DATABASE_URL": "backup"}  # fmt: skip
#: Of the distribution where there is one: then it is another version than that of our own tools.
DISTRIBUTION = Path("/usr/lib/postgresql/15/bin")


def block(kind: str) -> str:
    """What the guide tells to write for a database."""
    chapter = GUIDE.split("\n## 数据库\n")[1].split("\n## ")[0]
    return re.findall(rf"```{kind}\n(.*?)```", chapter, re.DOTALL)[0]


class Plain:
    """A server as a database administrator makes it: TCP, passwords, the roles of the guide."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="minzheng-external-"))
        self.folder.chmod(0o755)
        self.port, self.passwords = free_port(), {}
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        password = self.folder / "password"
        password.write_text(secrets.token_hex(8))
        self.passwords["superuser"] = password.read_text()
        if drop := unprivileged():
            for path in (data, password):
                shutil.chown(path, drop["user"], drop["group"])
        self.programs = DISTRIBUTION if DISTRIBUTION.exists() else program_folder()
        self._run("initdb", f"--pgdata={data}", "--auth=scram-sha-256", "--data-checksums", "--username=postgres",
                  f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(block("ini") + f"listen_addresses = '127.0.0.1'\nport = {self.port}\n")
            settings.write("unix_socket_directories = ''\n")
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", data], stderr=log, cwd="/", **unprivileged()
            )

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run([self.programs / program, *words], capture_output=True, text=True, check=False, cwd="/",
                              env={"LC_ALL": "C.UTF-8"}, **unprivileged())  # fmt: skip
        assert done.returncode == 0, done.stderr

    def address(self, role: str, name: str) -> Address:
        user = "postgres" if role == "superuser" else f"minzheng_{role}"
        return Address("127.0.0.1", str(self.port), name, user, self.passwords[role])

    def superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                return self.address("superuser", "postgres").connect(autocommit=True)
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def prepare(self, name: str) -> None:
        """The guide's statements, each password another; a second database has the roles already."""
        text = block("sql")
        with self.superuser() as session:
            for statement in filter(None, map(str.strip, text.split(";"))):
                if role := re.match(r"create role minzheng_(\w+)", statement):
                    if role[1] in self.passwords:
                        continue
                    self.passwords[role[1]] = secrets.token_hex(8)
                    statement = statement.replace("…", self.passwords[role[1]])
                session.execute(statement.replace("database minzheng", f"database {name}"))

    def place(self, name: str) -> Place:
        """An installation whose database is `name` here."""
        place = Place()
        place.environment |= GOOD
        for setting, role in LOGINS.items():
            there = self.address(role, name)
            place.environment[setting] = (
                f"postgresql://{there.user}:{there.password}@127.0.0.1:{self.port}/{name}"
            )
        return place

    def remove(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def plain() -> Iterator[Plain]:
    server = Plain()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def first(plain: Plain) -> Iterator[Place]:
    plain.prepare("minzheng")
    place = plain.place("minzheng")
    place.run("migrate")
    yield place
    shutil.rmtree(place.home)


def held(plain: Plain, name: str) -> dict[str, copies.Held]:
    with copies.moment(plain.address("backup", name)) as (session, _):
        return copies.held(session, without=("guard.scope_key", "public.django_session"))


def test_it_is_checked_worked_on_copied_and_brought_back(plain: Plain, first: Place, tmp_path: Path) -> None:
    assert found(first).keys() <= OF_THE_MACHINE
    first.run("migrate")
    assert "未完成" not in first.run("worker", "--once")
    said = first.run("backup", tmp_path / "copy", "--keys-to", tmp_path / "keys")
    assert "备份完成" in said
    before = held(plain, "minzheng")
    assert before["public.django_migrations"].rows > 40
    plain.prepare("elsewhere")
    other = plain.place("elsewhere")
    try:
        assert "恢复完成" in other.run("restore", tmp_path / "copy", "--keys", tmp_path / "keys")
        assert held(plain, "elsewhere") == before
        assert found(other).keys() <= OF_THE_MACHINE
        assert "不是空的" in other.run("restore", tmp_path / "copy", "--keys", tmp_path / "keys", code=1)
    finally:
        shutil.rmtree(other.home)


def test_a_wrong_password_says_what_to_do_and_not_what_it_was(first: Place) -> None:
    address = first.environment["MINZHENG_DATABASE_URL"]
    wrong = re.sub(r":[0-9a-f]+@", ":no-such-password@", address)
    first.environment["MINZHENG_DATABASE_URL"] = wrong
    try:
        said = first.run("audit", code=3)
    finally:
        first.environment["MINZHENG_DATABASE_URL"] = address
    assert "no-such-password" not in said
    assert "MINZHENG_DATABASE_URL" in said or "数据库" in said


@pytest.mark.long
def test_it_serves(first: Place) -> None:
    port = free_port()
    server = subprocess.Popen(
        first.command("run", "--no-demo", "--port", port),
        env=first.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert any("已就绪" in line for line in server.stdout)
        # As the proxy of the guide, or a probe beside it, asks.
        headers = {"Host": GOOD["MINZHENG_HOSTS"], "X-Forwarded-Proto": "https"}
        with urlopen(Request(f"http://127.0.0.1:{port}/health/ready/", headers=headers)) as answer:
            assert answer.status == 200
    finally:
        server.terminate()
        server.communicate(timeout=60)
