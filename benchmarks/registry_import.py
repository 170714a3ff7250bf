"""How fast a file of residents comes into PostgreSQL: a person with household, residence and two facts a row.

`python -m benchmarks.registry_import --persons 300000 --form csv` measures on a throwaway server, end to end: read,
parse, validate, seal the numbers, stage, publish, indexes and constraints. People are invented (area code 140499).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

Array = npt.NDArray[Any]

ON = date(2023, 12, 31)
_DAYS = 30_000
_FIRST_BIRTH = np.datetime64("1935-01-01")
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_RELATIONS = np.array(["户主", "配偶", "子女", "父母", "孙子女"])


@dataclass(frozen=True)
class Measured:
    """One import, end to end. `rss_megabytes` is the peak of this process, the sealing processes not counted."""

    persons: int
    households: int
    facts: int
    form: str
    megabytes: float
    seconds: float
    persons_per_s: float
    rss_megabytes: float


def residents(persons: int, seed: int = 7, *, first: int = 0) -> pa.Table:
    """So many invented residents in households of one to five, each with a wage and a pension.

    `first`: how many numbers to pass over, for a second file of other people.
    """
    if first + persons > _DAYS * 900:
        raise ValueError("too many persons for unique identity numbers")
    rng = np.random.default_rng(seed)
    sizes = rng.choice(5, persons, p=[0.2, 0.3, 0.25, 0.15, 0.1]) + 1
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), persons)) + 1]
    household = np.repeat(np.arange(len(sizes)), sizes)[:persons]
    position = np.arange(persons) - np.searchsorted(household, household)
    villages = _villages()
    since = np.datetime64("2000-01-01") + rng.integers(0, 8000, len(sizes))
    who = np.arange(first, first + persons)
    born = _FIRST_BIRTH + who % _DAYS
    sequence = who // _DAYS + 1
    numbers = _numbers(born, sequence)
    # As many different names as a city has: one for every third person.
    given = [chr(0x4E00 + k) for k in range(0, 3000, 7)]
    names = np.array(
        [a + b + c for a in _SURNAMES for b in given for c in given[: max(1, persons // 25_000)]]
    )
    wages, pension = rng.integers(0, 800_000, persons), rng.integers(0, 30_000, persons)
    return pa.table(
        {
            "户号": pa.array(household + 1).cast(pa.string()),
            "身份证号": numbers,
            "姓名": names[rng.integers(0, len(names), persons)],
            "性别": np.where(sequence % 2 == 1, "男", "女"),
            "出生日期": born.astype("datetime64[D]").astype(str),
            "村（社区）代码": pa.array(villages[rng.integers(0, len(villages), len(sizes))][household]).cast(
                pa.string()
            ),
            "与户主关系": _RELATIONS[position],
            "居住开始日期": since.astype(str)[household],
            "月工资": _yuan(wages),
            "月基础养老金": _yuan(pension),
        }
    )


def write_residents(path: Path, table: pa.Table) -> Path:
    """As CSV or Parquet, by the ending."""
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        pacsv.write_csv(table, path)
    return path


def measure_import(path: Path, *, progress: Callable[[int, int | None], None] | None = None) -> Measured:
    """Import the file into the (empty) database that Django is set up for, and take the time."""
    from minzheng.base.scope import system_actor
    from minzheng.registry.imports.loading import import_file

    begun = time.perf_counter()
    report = import_file(path, actor=system_actor("benchmark"), on=ON, progress=progress)
    seconds = time.perf_counter() - begun
    if not report.loaded or report.errors:
        raise SystemExit("\n".join(report.lines()))
    return Measured(
        report.persons,
        report.households,
        report.facts,
        path.suffix.lstrip("."),
        round(path.stat().st_size / 1e6, 1),
        round(seconds, 2),
        round(report.persons / seconds),
        round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )


def measure_afresh(persons: int, form: str = "csv", seed: int = 7) -> Measured:
    """On a server and a database of its own, thrown away afterwards. Django must not be set up before."""
    with tempfile.TemporaryDirectory(prefix="minzheng-import-") as folder:
        os.environ["MINZHENG_HOME"] = folder
        os.environ["MINZHENG_DATABASE_ROLE"] = "owner"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
        from minzheng.database import serving

        path = write_residents(Path(folder) / f"residents.{form}", residents(persons, seed))
        with serving(throwaway=True):
            import django

            django.setup()
            from minzheng.base.installation import migrate
            from minzheng.database import Role

            migrate(Role.APP.login)
            return measure_import(path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=300_000)
    parser.add_argument("--form", choices=("csv", "parquet"), default="csv")
    arguments = parser.parse_args()
    json.dump(asdict(measure_afresh(arguments.persons, arguments.form)), sys.stdout)
    sys.stdout.write("\n")


def _villages() -> Array:
    from minzheng.registry.divisions import shipped_divisions

    return np.array([row.code for row in shipped_divisions() if row.level == 12 and not row.pseudo])


def _numbers(born: Array, sequence: Array) -> pa.Array:
    months = born.astype("datetime64[M]").astype(int)
    day = (born - born.astype("datetime64[M]")).astype(int) + 1
    birth = (months // 12 + 1970) * 10_000 + (months % 12 + 1) * 100 + day
    whole = 140_499 * 10**11 + birth.astype(np.int64) * 1000 + sequence
    digits = np.stack([whole // 10**k % 10 for k in range(16, -1, -1)], axis=1)
    characters = np.concatenate(
        [(digits + 48).astype(np.uint8), _CHECK[(digits @ _WEIGHTS) % 11][:, None]], axis=1
    )
    buffer = pa.py_buffer(np.ascontiguousarray(characters))
    return (
        pa.FixedSizeBinaryArray.from_buffers(pa.binary(18), len(whole), [None, buffer])
        .cast(pa.binary())
        .cast(pa.string())
    )


def _yuan(fen: Array) -> pa.Array:
    whole = pa.array(fen // 100).cast(pa.string())
    cents = pa.array([f"{k:02d}" for k in range(100)]).take(pa.array(fen % 100))
    return pc.binary_join_element_wise(whole, cents, ".")


if __name__ == "__main__":
    main()
