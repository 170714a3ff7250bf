"""The CSV family of the bank: header `H`, lines `D`, trailer `T`; how each is written and how a broken file is told.

Every file says its encoding twice: in its header, and by a word of known bytes. The trailer carries the number of
lines, their total and the SM3 digest of all their bytes, so a file that was cut or changed never reads as whole.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO, NoReturn
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SM3, Hash

from minzheng.values.errors import Refusal

VERSION = "1"
#: Known characters at the end of a header: read under the wrong encoding they are others.
PROBE = "民政代发"
ENCODINGS = ("GB18030", "UTF-8")

_FLUSH_BYTES = 1 << 16
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_INSTANT = re.compile(r"[0-9]{14}[+-][0-9]{4}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")


class Writer:
    """Writes records to a byte stream, with the digest of the lines as it goes."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream, self._encoding = stream, encoding
        self._digest = Hash(SM3())
        self._waiting = bytearray()

    def head(self, *fields: str) -> None:
        self._stream.write(self._record(fields))

    def line(self, *fields: str) -> None:
        self._waiting += self._record(fields)
        if len(self._waiting) >= _FLUSH_BYTES:
            self._flush()

    def trail(self, count: int, total: int) -> None:
        self._flush()
        self._stream.write(self._record(("T", str(count), str(total), self._digest.finalize().hex())))

    def _flush(self) -> None:
        self._digest.update(bytes(self._waiting))
        self._stream.write(self._waiting)
        self._waiting.clear()

    def _record(self, fields: tuple[str, ...]) -> bytes:
        return (",".join(map(_cell, fields)) + "\r\n").encode(self._encoding)


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


@dataclass(frozen=True)
class Line:
    """One record of a file: its line number for complaints, its cells by the names of the format."""

    number: int
    cells: dict[str, str] = field(repr=False)

    def refuse(self, name: str, why: str) -> NoReturn:
        raise broken(f"第 {self.number} 行“{name}”{why}。", field=name)

    def text(self, name: str) -> str:
        return self.cells[name]

    def whole(self, name: str) -> int:
        if not _DECIMAL.fullmatch(self.cells[name]):
            self.refuse(name, "不是整数")
        return int(self.cells[name])

    def day(self, name: str) -> date:
        return _day(self.cells[name]) or self.refuse(name, "不是日期（应为年月日八位数字）")

    def instant(self, name: str) -> datetime:
        return _instant(self.cells[name]) or self.refuse(name, "不是时间（应为年月日时分秒与时区）")

    def uuid(self, name: str) -> UUID:
        try:
            found = UUID(self.cells[name])
        except ValueError:
            self.refuse(name, "不是付款编号")
        if str(found) != self.cells[name]:
            self.refuse(name, "不是付款编号（应为小写带连字符）")
        return found


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S%z") if _INSTANT.fullmatch(text) else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Layout:
    """A member of the family: its magic word and the names of its cells, in order."""

    magic: str
    what: str
    head: tuple[str, ...]
    line: tuple[str, ...]
    total: str


@dataclass(frozen=True)
class Records:
    """A whole file: the trailer's count, total and digest fit the lines."""

    head: Line
    lines: tuple[Line, ...] = field(repr=False)


def read_records(content: bytes, layout: Layout) -> Records:
    """The records of a whole file; raises `Refusal` with line and field for every way of being broken."""
    text_lines, encoding = _decoded(content, layout)
    head = _line(text_lines[0], 1, "H", layout.head)
    _check_head(head, layout, encoding)
    last = len(text_lines)
    if not text_lines[-1].startswith("T,"):
        raise broken(
            f"第 {last} 行之后缺少尾行“T”，{layout.what}没有传完。",
            field="T",
            next_step="整份文件未登记；请让银行重新提供。",
        )
    lines = tuple(
        _line(text, number, "D", layout.line) for number, text in enumerate(text_lines[1:-1], start=2)
    )
    _check_trailer(content, _line(text_lines[-1], last, "T", ("笔数", "合计", "摘要")), lines, layout)
    return Records(head, lines)


def broken(message: str, *, field: str, next_step: str = "") -> Refusal:
    """A file that is not whole or not in the agreed form. None of it is used."""
    return Refusal(
        "bank.broken_file",
        message,
        field=field,
        next_step=next_step or "整份文件未登记；请保留原件并联系代发银行。",
    )


def _decoded(content: bytes, layout: Layout) -> tuple[list[str], str]:
    """The file's lines in the encoding that its header names and its known word proves."""
    first = content.split(b"\n", 1)[0]
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise broken("第 1 行开头有字节顺序标记，不是约定的编码。", field="编码")
    found = re.search(rb",(GB18030|UTF-8),([^,]*)\r$", first)
    if found is None:
        raise broken(
            f"第 1 行不是{layout.what}的头行，或没有注明编码（GB18030 或 UTF-8）、行尾不是回车换行。",
            field="编码",
        )
    encoding = found[1].decode()
    if found[2] != PROBE.encode(encoding):
        raise broken(f"第 1 行注明编码为 {encoding}，文件内容却不是这一编码。", field="编码")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as trouble:
        number = content.count(b"\n", 0, trouble.start) + 1
        raise broken(f"第 {number} 行有不是 {encoding} 的字节。", field="编码") from None
    return _split(text, layout), encoding


def _split(text: str, layout: Layout) -> list[str]:
    lines = text.split("\r\n")
    if lines.pop() != "":
        raise broken(
            f"第 {len(lines) + 1} 行没有行尾，{layout.what}没有传完。",
            field="T",
            next_step="整份文件未登记；请让银行重新提供。",
        )
    for number, line in enumerate(lines, start=1):
        if not line or any(mark in line for mark in "\r\n\x00"):
            raise broken(f"第 {number} 行是空行或含有多余的换行、空字符。", field="行")
    return lines


def _line(text: str, number: int, kind: str, names: tuple[str, ...]) -> Line:
    try:
        (cells,) = csv.reader([text], strict=True)
    except csv.Error:
        raise broken(f"第 {number} 行的引号不成对。", field="行") from None
    if cells[0] != kind:
        raise broken(f"第 {number} 行的类型应为“{kind}”。", field="类型")
    if len(cells) != len(names) + 1:
        raise broken(f"第 {number} 行应有 {len(names) + 1} 个字段，实有 {len(cells)} 个。", field="行")
    return Line(number, dict(zip(names, cells[1:], strict=True)))


def _check_head(head: Line, layout: Layout, encoding: str) -> None:
    if head.text("文件类型") != layout.magic:
        head.refuse("文件类型", f"不是 {layout.magic}（{layout.what}）")
    if head.text("版本") != VERSION:
        head.refuse("版本", f"不是 {VERSION}")
    if head.text("币种") != "CNY":
        head.refuse("币种", "不是 CNY")


def _check_trailer(content: bytes, trailer: Line, lines: tuple[Line, ...], layout: Layout) -> None:
    if trailer.whole("笔数") != len(lines):
        raise broken(
            f"第 {trailer.number} 行“笔数”为 {trailer.whole('笔数')}，实有明细 {len(lines)} 行，{layout.what}不完整。",
            field="笔数",
        )
    for seq, line in enumerate(lines, start=1):
        if line.text("序号") != str(seq):
            line.refuse("序号", f"应为 {seq}")
    total = sum(line.whole(layout.total) for line in lines)
    if trailer.whole("合计") != total:
        raise broken(
            f"第 {trailer.number} 行“合计”为 {trailer.whole('合计')} 分，明细合计 {total} 分。", field="合计"
        )
    digest = Hash(SM3())
    digest.update(b"".join(_raw_lines(content)))
    if trailer.text("摘要") != digest.finalize().hex():
        raise broken(f"第 {trailer.number} 行“摘要”与明细不符，文件被改动或损坏。", field="摘要")


def _raw_lines(content: bytes) -> Iterator[bytes]:
    """The bytes between header and trailer: a line feed never is part of a character in either encoding."""
    begin = content.index(b"\n") + 1
    end = content.rindex(b"\n", 0, len(content) - 1) + 1
    yield content[begin:end]
