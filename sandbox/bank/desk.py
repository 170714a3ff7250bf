"""The bank's clerk: takes announced batches, books them, and answers after a while. Every step may be repeated."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sandbox.bank.answers import acknowledgement, place, return_file, statement
from sandbox.bank.book import Answered, Book, Taken
from sandbox.bank.faults import Faults
from sandbox.bank.reader import NotTaken, Sheet, read_batch

_CHINA = timezone(timedelta(hours=8))


@dataclass
class Desk:
    """Works in `folder`: `in`, `ack`, `out` are what clients see."""

    folder: Path
    book: Book
    faults: Faults
    delay_seconds: float
    say: Callable[[str], None]

    def turn(self) -> None:
        """Look once at everything that waits."""
        for control in sorted((self.folder / "in").glob("MZ-*.ok")):
            if not self._ack(control.stem).exists():
                self._take(control)
        if self.faults.now() != "late":
            for batch in self.book.due(time.time()):
                self._answer(batch)

    def _take(self, control: Path) -> None:
        path = control.with_suffix("")
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if control.read_text().split() != [str(len(content)), sha256]:
            self._acknowledge_refusal(path.name, sha256, "F01", "文件与控制文件不符")
            return
        try:
            sheet = read_batch(content)
        except NotTaken as trouble:
            self._acknowledge_refusal(path.name, sha256, "F01", str(trouble))
            return
        batch = self.book.batch(sheet.number) or self._judge(sheet, path.name, sha256)
        if batch.sha256 != sha256:
            self._acknowledge_refusal(path.name, sha256, "F02", "批次号已用于其他内容")
        elif self.faults.now() != "no-ack":
            content = acknowledgement(
                batch.number,
                path.name,
                sha256,
                batch.refused,
                batch.why,
                batch.count,
                batch.fen,
                _now(),
            )
            place(self._ack(path.name), content, control=False)

    def _judge(self, sheet: Sheet, file: str, sha256: str) -> Taken:
        if sheet.fen > self.book.balance(sheet.payer):
            self.say(f"批次 {sheet.number}：拒收，付款账户余额不足")
            return self.book.refuse(sheet, file, sha256, "F03", "付款账户余额不足")
        batch = self.book.take(sheet, file, sha256, self.faults.now(), time.time() + self.delay_seconds)
        self.say(
            f"批次 {sheet.number}：受理 {sheet.count} 笔，合计 {sheet.fen // 100}.{sheet.fen % 100:02d} 元"
        )
        return batch

    def _acknowledge_refusal(self, file: str, sha256: str, code: str, why: str) -> None:
        number = file.removeprefix("MZ-").rsplit(".", 1)[0]
        self.say(f"批次 {number}：拒收，{why}")
        place(self._ack(file), acknowledgement(number, file, sha256, code, why, 0, 0, _now()), control=False)

    def _answer(self, batch: Taken) -> None:
        fault, answers = self.faults.now(), self.book.answers(batch.number)
        suffix = ".xml" if batch.encoding == "XML" else ".csv"
        for copy in range(1, 3 if fault == "duplicate" else 2):
            number = f"{batch.number}-1"
            content = return_file(batch, number, answers, fault, _now())
            name = f"RET-{batch.number}-{copy}{suffix}"
            place(self.folder / "out" / name, content, false_digest=fault == "wrong-digest")
        if fault == "come-back":
            self._come_back(batch, answers[0])
        self._state(batch)
        self.book.mark_answered(batch.number)
        failed = sum(1 for one in answers if one.code)
        self.say(f"批次 {batch.number}：已回盘，成功 {len(answers) - failed} 笔，失败 {failed} 笔")

    def _come_back(self, batch: Taken, one: Answered) -> None:
        self.book.come_back(batch, one)
        line = Answered(one.payment, one.fen, "E02", back=True)
        content = return_file(batch, f"{batch.number}-2", [line], "", _now())
        place(self.folder / "out" / f"RET-{batch.number}-2.csv", content)

    def _state(self, batch: Taken) -> None:
        opening, entries = self.book.entries(batch.payer, batch.pay_on)
        encoding = "UTF-8" if batch.encoding == "XML" else batch.encoding
        number = f"{batch.number}-D"
        content = statement(number, batch.payer, batch.pay_on, opening, entries, encoding)
        place(self.folder / "out" / f"STM-{batch.number}.csv", content)

    def _ack(self, file: str) -> Path:
        return self.folder / "ack" / f"{file}.ack"


def _now() -> str:
    return datetime.now(_CHINA).strftime("%Y%m%d%H%M%S%z")
