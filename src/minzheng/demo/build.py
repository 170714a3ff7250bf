"""Building the demonstration city in the database: once, whole or not at all; again only when asked.

The rows go through the registry's own bulk load. The planted truth goes into a schema of its own that the
application's role may not enter, in the same transaction.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection as django_connection
from django.db.migrations.executor import MigrationExecutor
from psycopg.sql import SQL, Identifier
from tqdm import tqdm

from minzheng.base.actions import set_business_date
from minzheng.base.demo_staff import open_demo_accounts
from minzheng.base.installation import migrate
from minzheng.base.queries import business_date_is_set
from minzheng.base.scope import scope, system_actor
from minzheng.database import Role, address
from minzheng.demo import stories, truth_store
from minzheng.demo.figures import BUSINESS_DATE, DEFAULT_SCALE, FIRST_DAY
from minzheng.demo.kin import tie
from minzheng.demo.livelihood import live
from minzheng.demo.offices import open_registries
from minzheng.demo.people import settle
from minzheng.demo.plants import plant
from minzheng.demo.rows import tables
from minzheng.demo.world import World
from minzheng.registry.bulk import bulk_load, open_ticket, owner_connection, tables_from
from minzheng.values.errors import Refusal

DEFAULT_SEED = 7
#: Raised whenever the same scale and seed would give another city.
GENERATOR = 5
RECORDED_AT = datetime(2023, 12, 26, 0, 0, tzinfo=UTC)
_ROWS_A_BATCH = 200_000
#: For the bars alone, until the true numbers are known.
_ROWS_A_PERSON = 7.75
_PUBLICATION_STEPS = 150
_BAR = "{desc}：{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {unit} [已用 {elapsed}，剩余 {remaining}，{rate_fmt}]"


@dataclass(frozen=True)
class Built:
    """The city that stands in the database."""

    scale: float
    seed: int
    generator: int
    persons: int
    households: int
    seconds: float

    def is_like(self, scale: float, seed: int) -> bool:
        return (self.scale, self.seed) == (scale, seed)

    @property
    def is_current(self) -> bool:
        return self.generator == GENERATOR


def build(
    scale: float | None,
    seed: int | None,
    *,
    replace: bool = False,
    if_needed: bool = False,
    day: date | None = None,
    quiet: bool = False,
) -> tuple[Built, bool]:
    """The city of that scale and seed, and whether it had to be built.

    The platform begins on `day` there (the city's own day if not given): days only go forward from it.
    `if_needed` keeps what stands when nothing else is asked for, even where this program would build it otherwise
    by now, and replaces another demonstration city.
    """
    _check_day(day)
    _ensure_schema()
    standing = standing_city()
    if standing is not None:
        wanted_scale = standing.scale if scale is None and if_needed else scale or DEFAULT_SCALE
        wanted_seed = standing.seed if seed is None and if_needed else DEFAULT_SEED if seed is None else seed
        same = standing.is_like(wanted_scale, wanted_seed) and (if_needed or standing.is_current)
        if same and not replace:
            if not business_date_is_set():  # the build was cut short after the city stood
                _settle_office(standing.scale, standing.seed, day)
            return standing, False
        if not (replace or if_needed):
            raise Refusal(
                "demo.another_city",
                f"库中已有规模 {standing.scale:g}、种子 {standing.seed} 的演示城市"
                + ("。" if standing.is_current else "，由较早的程序建成。"),
                next_step="如确要替换（原有线索与办理记录一并清除），请加 --replace。",
            )
        scale, seed = wanted_scale, wanted_seed
        _wipe()
    elif _has_people():
        raise Refusal(
            "demo.real_data", "登记库中已有非演示数据，不能建立演示城市。", next_step="请另用一个空数据库。"
        )
    scale, seed = scale or DEFAULT_SCALE, DEFAULT_SEED if seed is None else seed
    _check_scale(scale)
    return _build(scale, seed, day, quiet=quiet), True


def world(scale: float, seed: int, step: Callable[[str], None] = lambda _what: None) -> World:
    """The whole city in memory, with its truth."""
    step("安置家庭与人口")
    city = settle(scale, seed)
    step("收入、财产与健康")
    lives = live(city)
    step("亲属关系")
    ties = tie(city, lives)
    step("待遇与预设答案")
    story = plant(city, lives, ties)
    return World(city, lives, ties, story)


def all_tables(made: World) -> Iterator[tuple[str, pa.Table]]:
    """Every table of the registry: the fixed households first, then the city."""
    yield from tables_from(stories.rows().items()).items()
    yield from tables(made)


def standing_city() -> Built | None:
    """What was built, read as the owner of the schema."""
    with address(Role.OWNER, name=_database()).connect() as owner:
        row = owner.execute("select to_regclass('demo_truth.city')").fetchone()
        if row is None or row[0] is None:
            return None
        found = owner.execute(
            "select scale, seed, generator, persons, households, seconds from demo_truth.city"
        ).fetchone()
    return Built(*found) if found else None


def _build(scale: float, seed: int, day: date | None, *, quiet: bool) -> Built:
    began = time.monotonic()
    with tqdm(total=5, desc="生成演示城市", unit="步", bar_format=_BAR, disable=quiet) as bar:

        def step(what: str) -> None:
            bar.set_postfix_str(what)
            bar.update()

        made = world(scale, seed, step)
        step("已生成")
    counts = _load(made, began, quiet=quiet)
    _settle_office(scale, seed, day)
    return Built(scale, seed, GENERATOR, counts["person"], counts["household"], time.monotonic() - began)


def _load(made: World, began: float, *, quiet: bool) -> dict[str, int]:
    city = made.city
    note = f"演示城市 规模 {city.scale:g} 种子 {city.seed}"
    last = _Steps("校验与建立索引", quiet=quiet)
    with bulk_load(note=note, recorded_at=RECORDED_AT, progress=last.step) as load:
        expected = round(city.persons * _ROWS_A_PERSON)
        with tqdm(
            total=expected, desc="载入登记库", unit="行", unit_scale=True, bar_format=_BAR, disable=quiet
        ) as bar:
            for name, table in all_tables(made):
                for start in range(0, table.num_rows, _ROWS_A_BATCH):
                    bar.update(load.add(name, table.slice(start, _ROWS_A_BATCH)))
            load.connection  # noqa: B018 - waits until everything has arrived
            bar.total = bar.n
        last.expect(lambda: len(load.tables()) + (load.steps or _PUBLICATION_STEPS))
        counts = load.publish()
        last.close()
        truth_store.write(load.connection, made)
        load.connection.execute(
            "insert into demo_truth.city (scale, seed, generator, persons, households, seconds, rows)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            [city.scale, city.seed, GENERATOR, counts["person"], counts["household"],
             time.monotonic() - began, json.dumps(counts)],
        )  # fmt: skip
    return counts


class _Steps:
    """A bar over steps of which the number is known better while they are taken."""

    def __init__(self, what: str, *, quiet: bool) -> None:
        self._what, self._quiet = what, quiet
        self._total: Callable[[], int] = lambda: 0
        self._bar: tqdm[Any] | None = None

    def expect(self, total: Callable[[], int]) -> None:
        self._total = total

    def step(self, what: str) -> None:
        """One more step begins."""
        if self._bar is None:
            self._bar = tqdm(desc=self._what, unit="步", bar_format=_BAR, disable=self._quiet)
        self._bar.total = self._total()
        self._bar.set_postfix_str(what, refresh=False)
        self._bar.update()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


#: A village of 古韩镇, 襄垣县: a county that confirms itself, where the fixed households' county has townships do it.
_VILLAGE_OF_OTHER_COUNTY = 140423100252


def _settle_office(scale: float, seed: int, day: date | None) -> None:
    """The business date and the demonstration accounts, through the ordinary actions."""
    actor = system_actor("demo")
    with scope(actor):
        set_business_date(
            actor=actor, day=day or BUSINESS_DATE, reason=f"演示城市 规模 {scale:g} 种子 {seed}"
        )
        if settings.DEMO:
            open_demo_accounts(
                actor=actor,
                village=str(stories.VILLAGE_NEAR),
                since=FIRST_DAY,
                other=str(_VILLAGE_OF_OTHER_COUNTY),
            )
        open_registries(actor)


def _ensure_schema() -> None:
    """Bring a database that is not up to date there, so that building is one command."""
    executor = MigrationExecutor(django_connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        migrate(address(Role.APP).user)


def _has_people() -> bool:
    """Rows that are there, not pages: a load that was stopped leaves pages behind."""
    with owner_connection() as owner, owner.transaction():
        open_ticket(owner, system_actor("demo"))
        return owner.execute("select exists (select from registry_person)").fetchone() == (True,)


def _wipe() -> None:
    """Drop everything of the platform and make the schema anew: the city is replaced whole."""
    django_connection.close()
    with address(Role.OWNER, name=_database()).connect(autocommit=True) as owner:
        found = owner.execute(
            "select nspname from pg_namespace where nspname in ('public', 'guard', 'demo_truth')"
        ).fetchall()
        for (schema,) in found:
            owner.execute(SQL("drop schema {} cascade").format(Identifier(schema)))
        owner.execute("create schema public")
        owner.execute("grant usage on schema public to public")
    migrate(address(Role.APP).user)


def _check_day(day: date | None) -> None:
    if day is not None and not FIRST_DAY <= day <= BUSINESS_DATE:
        raise Refusal(
            "demo.day",
            f"演示城市只能从 {FIRST_DAY:%Y-%m-%d} 至 {BUSINESS_DATE:%Y-%m-%d} 之间的一天办起。",
            field="day",
            next_step="以后的日子，建成后用 minzheng business-date 推进。",
        )


def _check_scale(scale: float) -> None:
    if not 0.001 <= scale <= 1:
        raise Refusal("demo.scale", "规模应在 0.001 与 1 之间（1 为全市约 318 万人）。", field="scale")


def _database() -> Any:
    return django_connection.settings_dict["NAME"]
