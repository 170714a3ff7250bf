"""An installation in a folder of its own, spoken to by the command line, for tests of the whole."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from minzheng.database import Role, address, copies, serving
from minzheng.database.place import program_folder


class Place:
    """An installation in a folder of its own, spoken to by the command line."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="minzheng-drill-"))
        self.home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MINZHENG_", "DJANGO_", "PYTEST_"))},
            "MINZHENG_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "minzheng.web.settings",
        }

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "minzheng.cli", *map(str, words)]

    def run(self, *words: object, code: int = 0) -> str:
        done = subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def python(self, text: str, **settings: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", text],
            env=self.environment | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def held(self) -> dict[str, copies.Held]:
        with serving(self.home), copies.moment(address(Role.BACKUP, base=self.home)) as (session, _):
            return copies.held(session, without=("guard.scope_key", "public.django_session"))

    def schema(self) -> str:
        """Everything that is not content: tables, policies, triggers, functions, rights.

        Without casts and brackets: PostgreSQL writes some of them another way once it has read its own text.
        """
        place = address(Role.BACKUP, base=self.home)
        target = (
            f"host={place.host} dbname={place.name} user={place.user} passfile={place.options['passfile']}"
        )
        with serving(self.home):
            shown = subprocess.run(
                [
                    program_folder() / "pg_dump",
                    "--schema-only",
                    "--restrict-key=drill",
                    f"--dbname={target}",
                ],
                capture_output=True,
                text=True,
                check=True,
            )
        return re.sub(r"::[a-z]+( varying)?(\[\])?|[()]", "", shown.stdout)

    def is_empty(self) -> bool:
        with serving(self.home):
            return copies.is_empty(address(Role.OWNER, base=self.home))

    def remove(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                address(Role.APP, base=self.home).connect(connect_timeout=2).close()
                time.sleep(0.2)
                continue
            break
        shutil.rmtree(self.home, ignore_errors=True)
