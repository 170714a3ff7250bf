"""Residents from a file into PostgreSQL, and the whole registry out to Parquet."""

from __future__ import annotations

import csv
import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path

from benchmarks.city import SEED, City
from benchmarks.figures import Figure
from minzheng.values.identity import check_character

PEOPLE = 500_000
HOUSEHOLD = 3
AREA = "140499"
"""The area code nobody has: these people are invented."""
HEADERS = ("户号", "身份证号", "姓名", "村代码", "与户主关系", "居住开始日期", "月工资", "月基础养老金")
RELATIONS = ("户主", "配偶", "子女")


def residents(path: Path, villages: list[str]) -> None:
    """A file of invented people: each with household, residence and two facts."""
    chance = random.Random(SEED)
    born = [date(1940, 1, 1) + timedelta(days) for days in range(28_000)]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADERS)
        for n in range(PEOPLE):
            day, sequence = born[n % len(born)], n // len(born)
            first = f"{AREA}{day:%Y%m%d}{sequence:03d}"
            name = "王李张刘陈杨赵黄周吴"[n % 10] + chr(0x4E00 + chance.randrange(2000))
            rows.writerow(
                (f"H{n // HOUSEHOLD}", first + check_character(first), name, villages[n // HOUSEHOLD % len(villages)],
                 RELATIONS[n % HOUSEHOLD], "2015-06-01", chance.randrange(500, 6000), "103.00")
            )  # fmt: skip


def villages() -> list[str]:
    from minzheng.registry import divisions

    lines = (Path(divisions.__file__).parent / "changzhi.csv").read_text(encoding="utf-8").splitlines()
    codes = [line.split(",")[0] for line in lines]
    return [code for code in codes if len(code) == 12]


def measure(city: City) -> list[Figure]:
    spare = City(city.home.with_name(city.home.name + "-import"), city.scale)
    shutil.rmtree(spare.home, ignore_errors=True)
    spare.home.mkdir(parents=True)
    spare.command("migrate")
    file = spare.home / "residents.csv"
    residents(file, villages())
    taken = spare.command("import", str(file), "--source", "公安户籍")
    size = file.stat().st_size
    shutil.rmtree(spare.home)
    exported = city.write_snapshot()
    city.complete()
    manifest = json.loads((city.snapshot / "manifest.json").read_text(encoding="utf-8"))
    return [
        Figure(
            "import_rows_per_s", PEOPLE / taken, "persons/s",
            f"{PEOPLE:,} persons, {size / 2**20:.0f} MiB of CSV, in {taken:.1f} s with the start of the command",
            "Import into PostgreSQL", least=30_000,
            note="each person with household, residence and two facts: read, checked, sealed, copied, constraints held",
        ),
        Figure(
            "snapshot_s", exported, "s",
            f"{manifest['households']:,} households, {manifest['ties']:,} people, with the start of the command",
            "Registry to Parquet, whole city", most=60,
        ),
    ]  # fmt: skip
