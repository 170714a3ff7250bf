"""The bank's book: accounts, batches, entries, in one SQLite file. What is committed here has happened."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.bank.reader import Order, Sheet

_SCHEMA = """
create table if not exists account (number text primary key, name text not null, state text not null);
create table if not exists batch (
    number text primary key, file text not null, sha256 text not null, payer text not null, pay_on text not null,
    encoding text not null, count integer not null, fen integer not null,
    refused text not null, why text not null, answer_at real not null, answered integer not null default 0
);
create table if not exists answer (
    batch text not null, seq integer not null, payment text not null, fen integer not null, code text not null,
    primary key (batch, seq)
);
create table if not exists entry (
    id integer primary key, payer text not null, day text not null, fen integer not null, payment text not null,
    unique (payment, fen)
);
"""


@dataclass(frozen=True)
class Answered:
    """What became of one order; `code` is empty when it was booked (or said to be). `back`: booked, then returned."""

    payment: str
    fen: int
    code: str
    back: bool = False


@dataclass(frozen=True)
class Taken:
    """A batch in the book."""

    number: str
    file: str
    sha256: str
    payer: str
    pay_on: str
    encoding: str
    count: int
    fen: int
    refused: str
    why: str


_COLUMNS = "number, file, sha256, payer, pay_on, encoding, count, fen, refused, why"


class Book:
    """Account numbers are checked here; nothing of the platform is asked."""

    def __init__(self, path: Path, *, strict: bool, opening_fen: int) -> None:
        self._strict, self._opening = strict, opening_fen
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def open_accounts(self, path: Path) -> int:
        """Accounts from `账号,户名,open|closed|blocked`; the file's word replaces the book's."""
        with path.open(encoding="utf-8", newline="") as file:
            rows = [tuple(row) for row in csv.reader(file) if row]
        with self._one() as db:
            db.executemany("insert or replace into account values (?, ?, ?)", rows)
        return len(rows)

    def batch(self, number: str) -> Taken | None:
        row = self._db.execute(f"select {_COLUMNS} from batch where number = ?", (number,)).fetchone()
        return Taken(*row) if row else None

    def refuse(self, sheet: Sheet, file: str, sha256: str, code: str, why: str) -> Taken:
        with self._one() as db:
            db.execute(
                "insert into batch values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1)",
                (
                    sheet.number,
                    file,
                    sha256,
                    sheet.payer,
                    sheet.pay_on,
                    sheet.encoding,
                    sheet.count,
                    sheet.fen,
                    code,
                    why,
                ),
            )
        return self._known(sheet.number)

    def take(self, sheet: Sheet, file: str, sha256: str, fault: str, answer_at: float) -> Taken:
        """Book the batch: judged, paid and noted in one transaction."""
        with self._one() as db:
            db.execute(
                "insert into batch values (?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, 0)",
                (
                    sheet.number,
                    file,
                    sha256,
                    sheet.payer,
                    sheet.pay_on,
                    sheet.encoding,
                    sheet.count,
                    sheet.fen,
                    answer_at,
                ),
            )
            for seq, order in enumerate(sheet.orders, start=1):
                code = self._judge(order, seq, fault)
                db.execute(
                    "insert into answer values (?, ?, ?, ?, ?)",
                    (sheet.number, seq, order.payment, order.fen, code),
                )
                if not code and not (fault == "never-paid" and seq == 1):
                    db.execute(
                        "insert into entry (payer, day, fen, payment) values (?, ?, ?, ?)",
                        (sheet.payer, sheet.pay_on, -order.fen, order.payment),
                    )
        return self._known(sheet.number)

    def balance(self, payer: str) -> int:
        return self._sum("payer = ?", payer)

    def due(self, now: float) -> list[Taken]:
        rows = self._db.execute(
            f"select {_COLUMNS} from batch where answered = 0 and answer_at <= ? order by number", (now,)
        )
        return [Taken(*row) for row in rows]

    def answers(self, number: str) -> list[Answered]:
        rows = self._db.execute(
            "select payment, fen, code from answer where batch = ? order by seq", (number,)
        )
        return [Answered(*row) for row in rows]

    def entries(self, payer: str, day: str) -> tuple[int, list[tuple[int, str, int]]]:
        """The balance before a day, and that day's entries (id, payment, fen)."""
        rows = self._db.execute(
            "select id, payment, fen from entry where payer = ? and day = ? order by id", (payer, day)
        )
        return self._sum("payer = ? and day < ?", payer, day), list(rows)

    def come_back(self, batch: Taken, one: Answered) -> None:
        """The money of a booked payment returns to the payer; told twice it is done once."""
        self._db.execute(
            "insert or ignore into entry (payer, day, fen, payment) values (?, ?, ?, ?)",
            (batch.payer, batch.pay_on, one.fen, one.payment),
        )

    def mark_answered(self, number: str) -> None:
        self._db.execute("update batch set answered = 1 where number = ?", (number,))

    def _known(self, number: str) -> Taken:
        found = self.batch(number)
        if found is None:
            raise KeyError(number)
        return found

    def _sum(self, where: str, *values: str) -> int:
        (total,) = self._db.execute(
            f"select coalesce(sum(fen), 0) from entry where {where}", values
        ).fetchone()
        return self._opening + int(total)

    def _judge(self, order: Order, seq: int, fault: str) -> str:
        if seq == 1 and fault in {"wrong-name", "closed-account"}:
            return "E04" if fault == "wrong-name" else "E02"
        if fault == "partly-failed" and seq % 3 == 0:
            return "E03"
        if self._db.execute("select 1 from entry where payment = ?", (order.payment,)).fetchone():
            return "E07"
        found = self._db.execute(
            "select name, state from account where number = ?", (order.account,)
        ).fetchone()
        if found is None:
            if self._strict:
                return "E01"
            self._db.execute("insert into account values (?, ?, 'open')", (order.account, order.name))
            return ""
        name, state = found
        if state != "open":
            return "E02" if state == "closed" else "E03"
        return "" if name == order.name else "E04"

    @contextmanager
    def _one(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("begin immediate")
        try:
            yield self._db
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")
