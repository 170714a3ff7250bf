"""What the owner of the schema does around the migrations: grants for the application's role, the ticket's key."""

from __future__ import annotations

import io

from django.core.management import call_command
from django.db import connection

from minzheng.base.keys import secret
from minzheng.base.ticket import pads
from minzheng.values.errors import Refusal

_DEFAULT_GRANTS = (
    "alter default privileges in schema public grant select, insert, update, delete on tables to {role}",
    "alter default privileges in schema public grant usage, select on sequences to {role}",
    "grant usage on schema public to {role}",
)


def migrate(app_login: str) -> str:
    """Bring the schema up to date as its owner and let the application's role use it; returns what was done."""
    _refuse_superuser()
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        (owner,) = cursor.fetchone()
        if owner != app_login:
            role = connection.ops.quote_name(app_login)
            for statement in _DEFAULT_GRANTS:
                cursor.execute(statement.format(role=role))
    report = io.StringIO()
    call_command("migrate", interactive=False, verbosity=1, stdout=report, no_color=True)
    install_scope_key()
    return report.getvalue()


def install_scope_key() -> None:
    """Store the padded scope key where only the owner reads it."""
    inner, outer = pads(secret("scope"))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into guard.scope_key (inner_pad, outer_pad) values (%s, %s) on conflict (only_row)"
            " do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad"
            " where scope_key <> excluded",
            [inner, outer],
        )


def _refuse_superuser() -> None:
    """Row-level security binds neither superusers nor BYPASSRLS roles: working as one would undo the scope."""
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        (unbound,) = cursor.fetchone()
    if unbound:
        raise Refusal(
            "database.superuser",
            "数据库账号是超级用户或可绕过行级权限，地区隔离将失效，已停止。",
            next_step="请改用普通账号（NOSUPERUSER NOBYPASSRLS）。",
        )
