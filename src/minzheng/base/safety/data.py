"""What the database says: who we are in it, how it lets people in, whether it keeps what it acknowledged, and the
state of what it holds: migrations, demonstration, working days, audit.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from minzheng.base import demo_staff
from minzheng.base.models import Staff
from minzheng.base.queries import added_years, audit_chain, business_date_is_set
from minzheng.base.safety.finding import Finding, Weight
from minzheng.base.scope import scope, system_actor
from minzheng.database import Role, address, copies, is_external
from minzheng.rulebook.calendar import shipped_years

_MONTHS_AHEAD = 3
_MOST_SECONDS_APART = 5
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on"}
#: What would write rows, or what somebody typed, into the database's own log.
_QUIET = {
    "log_min_messages": ("log", "fatal", "panic"),
    "log_statement": ("none",),
    "log_min_duration_statement": ("-1",),
}
_LOCAL = ("", "localhost", "127.0.0.1", "::1")


def look(*, today: date | None = None, thorough: bool = True) -> Iterator[Finding]:
    """`thorough` also walks the whole audit chain."""
    if copies.is_unfinished(address(Role.APP)):
        yield Finding(
            "data.restoring",
            "数据库正在恢复，或恢复没有完成。",
            "请等恢复结束；若已中断，重新执行 minzheng restore。",
        )
        return
    if _pending():
        yield Finding("data.not_migrated", "数据库结构不是本版本的。", "请先备份，再执行 minzheng migrate。")
        return
    yield from _role()
    yield from _doors()
    yield from _durability()
    yield from _log()
    yield from _demonstration()
    yield from _calendar(today or timezone.localdate())
    if thorough:
        yield from _audit()


def _pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _role() -> Iterator[Finding]:
    unbound, owns = _row(
        "select rolsuper or rolbypassrls, exists(select from pg_class c where c.relowner = r.oid"
        " and c.relnamespace = 'public'::regnamespace) from pg_roles r where rolname = current_user"
    )
    if unbound:
        yield Finding(
            "data.superuser",
            "平台以数据库超级用户（或可绕过行级权限的账号）工作，地区隔离无效。",
            "请改用普通账号（NOSUPERUSER NOBYPASSRLS），见 docs/production.md。",
        )
    if owns:
        yield Finding(
            "data.owner",
            "平台以表的所有者身份工作，可以关闭自己的约束。",
            "请为 MINZHENG_DATABASE_URL 另用一个账号，所有者账号只设在 MINZHENG_OWNER_DATABASE_URL。",
        )


def _doors() -> Iterator[Finding]:
    """Whether the database lets somebody in with a wrong password, or over an open line."""
    place = address(Role.APP)
    wrong = {key: value for key, value in place.options.items() if key != "passfile"}
    try:
        psycopg.connect(
            host=place.host,
            port=place.port,
            dbname=place.name,
            user=place.user,
            password="a password nobody has",  # noqa: S106 - the database must refuse it
            connect_timeout=5,
            **wrong,
        ).close()
    except psycopg.OperationalError:
        pass
    else:
        yield Finding(
            "data.trust",
            "数据库不验口令就放行（trust）：本机任何人都能进入。",
            "请把 pg_hba.conf 中的 trust 改为 scram-sha-256 并重新加载。",
        )
    local = place.host in _LOCAL or place.host.startswith("/")
    if (
        is_external()
        and not local
        and not _row("select ssl from pg_stat_ssl where pid = pg_backend_pid()")[0]
    ):
        yield Finding(
            "data.no_tls",
            "与数据库的连接没有加密。",
            "请在数据库启用 TLS，并在 MINZHENG_DATABASE_URL 末尾加 ?sslmode=verify-full。",
        )
    (seconds,) = _row("select extract(epoch from clock_timestamp())")
    if abs(float(seconds) - timezone.now().timestamp()) > _MOST_SECONDS_APART:
        yield Finding("data.clock", "数据库与本机的时钟相差过大。", "请让两台机器与同一时间服务器同步。")


def _durability() -> Iterator[Finding]:
    for name, wanted in _DURABLE.items():
        if _row(f"show {name}")[0] != wanted:
            yield Finding(
                "data.not_durable",
                f"数据库的 {name} 不是 {wanted}：断电或磁盘出错时会丢失已确认的内容，或察觉不到损坏。",
                f"请把 {name} 设为 {wanted}（data_checksums 须停库后用 pg_checksums --enable）。",
            )


def _log() -> Iterator[Finding]:
    loud = [name for name, quiet in _QUIET.items() if _row(f"show {name}")[0] not in quiet]
    if loud:
        wanted = "，".join(f"{name} = {_QUIET[name][0]}" for name in loud)
        yield Finding(
            "data.loud_log",
            "数据库会把语句或出错的内容写进它自己的日志，其中可能有姓名和证件号。",
            f"请在数据库设 {wanted}。",
            Weight.WARN,
        )


def _demonstration() -> Iterator[Finding]:
    names = [account.username for account in demo_staff.ACCOUNTS]
    known = [
        one
        for one in Staff.objects.filter(username__in=names, is_active=True)
        if one.check_password(demo_staff.PASSWORD)
    ]
    if known:
        yield Finding(
            "data.demo_accounts",
            f"有 {len(known)} 个演示账号仍可用公开的口令登录。",
            "请停用这些账号；正式环境应从空库建立，不在演示城市上继续。",
        )
    if _row("select to_regnamespace('demo_truth') is not null")[0]:
        yield Finding(
            "data.demo_city",
            "数据库中是虚构的演示城市。",
            "正式环境请换一个空的数据库，执行 minzheng migrate。",
        )
    if business_date_is_set():
        yield Finding(
            "data.business_date",
            "业务日期被设定为某一天，不会随日历前进。",
            "这一设定只供演示；正式环境请从空库建立。",
        )


def _calendar(today: date) -> Iterator[Finding]:
    months = [today.year * 12 + today.month - 1 + ahead for ahead in range(_MONTHS_AHEAD + 1)]
    known = {plan.year for plan in (*shipped_years(), *added_years())}
    for year in sorted({month // 12 for month in months} - known):
        yield Finding(
            "data.calendar",
            f"缺少 {year} 年的工作日历，届时办理时限无法计算。",
            f"国务院办公厅公布 {year} 年放假安排后，请系统管理员录入。",
            Weight.STOP if year == today.year else Weight.WARN,
        )


def _audit() -> Iterator[Finding]:
    with scope(system_actor("check")) as actor:
        state = audit_chain(actor)
    if not state.holds:
        where = f"第 {state.broken_at} 条起不符" if state.broken_at else f"{state.unlinked} 条未入链"
        yield Finding(
            "data.audit",
            f"审计链被改动：{where}。",
            "请保留现场，立即报告审计监督人员，不要启动平台，也不要维护数据库。",
        )


def _row(statement: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone())
