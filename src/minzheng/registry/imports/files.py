"""Opening a file of residents (CSV, Excel, Parquet) and reading it in batches of text, each row with its number.

What a file is as a whole is judged here: its encoding, whether it is whole. What its cells say is judged elsewhere.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import itertools
import re
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900
from openpyxl.utils.exceptions import InvalidFileException

from minzheng.values.errors import Refusal, SourceTrouble

Array = npt.NDArray[Any]

_CHUNK = 1 << 20
_BLOCK = 4 << 20
_EXCEL_ROWS = 20_000
_PARQUET_ROWS = 65_536
#: A last line that states how many rows there should be.
_TRAILER = re.compile(
    r"^\W*(?:合计|总计|共计|记录数|ROWS|END)\W*([0-9]+)?\W*(?:行|人|条)?\W*$", re.IGNORECASE
)


@dataclass
class Batch:
    """Some rows: text columns by header, the number of each row in the file (the header is row 1), empty rows left out."""

    columns: dict[str, pa.Array]
    row: Array


@dataclass
class Tally:
    """What was met on the way through a file."""

    rows: int = 0
    blank: int = 0
    stated: int | None = None
    ragged: list[tuple[int, int, int]] = field(default_factory=list)


class Residents(ABC):
    """An opened file. `about` how many rows it has; `unterminated`: accept a text whose last line has no line end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tally = Tally()
        self.headers: list[str] = []
        self.header_row = 1
        self.unterminated = False
        self.about: int | None = None

    def _find_headers(self, rows: Iterator[Sequence[object]]) -> None:
        """The first row in which anything is written."""
        for number, cells in enumerate(rows, start=1):
            if any(_header(cell) for cell in cells):
                self.headers, self.header_row = [_header(cell) for cell in cells], number
                return

    @abstractmethod
    def batches(self, wanted: list[str]) -> Iterator[Batch]:
        """The rows, of the wanted headers only. Raises `SourceTrouble` when the file turns out to be cut short."""


def open_residents(path: Path) -> Residents:
    """Open a file by its ending. Raises `SourceTrouble` when it cannot be read as a whole."""
    if not path.is_file():
        raise Refusal("import.no_file", "文件不存在。", next_step="请核对文件路径。")
    if path.stat().st_size == 0:
        raise cut_short("文件是空的。")
    kinds: dict[str, type[Residents]] = {
        ".csv": CsvFile, ".txt": CsvFile, ".xlsx": ExcelFile, ".xlsm": ExcelFile, ".parquet": ParquetFile,
    }  # fmt: skip
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise Refusal(
            "import.format", "只接受 CSV、Excel（.xlsx）和 Parquet 文件。", next_step="请另存为其中一种格式。"
        )
    return kind(path)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cut_short(message: str) -> SourceTrouble:
    """The file is not whole: nothing of it is loaded, whatever was asked."""
    return SourceTrouble(
        "file",
        message,
        retryable=True,
        next_step="文件可能未传完或已损坏，请重新导出、传输后再导入；未载入任何数据。",
    )


class CsvFile(Residents):
    """Comma, semicolon or tab separated text in UTF-8 (with or without mark) or GB18030."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.skipped: list[int] = []
        self.encoding, self.ends_with_newline, self.about = _sniff(path)
        with path.open(encoding=self.encoding, newline="") as file:
            first = next((line for line in file if line.strip(_EMPTY_LINE)), "")
            self.delimiter = max(",;\t", key=first.count)
            file.seek(0)
            rows = csv.reader(file, delimiter=self.delimiter)
            self._find_headers(rows)
            self.lines_before = rows.line_num

    def batches(self, wanted: list[str]) -> Iterator[Batch]:
        try:
            with self.path.open("rb") as file:
                if self._has_rows():
                    yield from self._batches(file, wanted)
        except pa.ArrowInvalid as error:
            raise cut_short(f"文件内容无法按 CSV 解析（{_where(str(error))}）。") from None
        except UnicodeDecodeError:
            raise cut_short("文件中有无法识别的字符编码。") from None
        self._judge_end()

    def _has_rows(self) -> bool:
        with self.path.open(encoding=self.encoding, newline="") as file:
            return next(itertools.islice(file, self.lines_before, None), None) is not None

    def _batches(self, file: Any, wanted: list[str]) -> Iterator[Batch]:
        names = [f"c{k}" for k in range(len(self.headers))]
        of = {header: names[self.headers.index(header)] for header in wanted}
        reader = pacsv.open_csv(
            file,
            read_options=pacsv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                encoding="utf8" if self.encoding.startswith("utf") else self.encoding,
                column_names=names,
                skip_rows=self.lines_before,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.delimiter,
                invalid_row_handler=self._ragged,
                ignore_empty_lines=False,
                newlines_in_values=True,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                include_columns=[*of.values()],
            ),
        )
        following = self.header_row + 1
        for rows in reader:
            numbers = _numbers_without(following, rows.num_rows, self.skipped)
            following = int(numbers[-1]) + 1 if len(numbers) else following
            yield from self._kept({header: rows.column(name) for header, name in of.items()}, numbers)

    def _kept(self, columns: dict[str, pa.Array], numbers: Array) -> Iterator[Batch]:
        batch, blank, stated = _without_blank(columns, numbers)
        self.tally.blank += blank
        self.tally.stated = stated if stated is not None else self.tally.stated
        self.tally.rows += len(batch.row)
        if len(batch.row):
            yield batch

    def _ragged(self, row: Any) -> str:
        """A line with another number of cells: empty, a trailer, or wrong. Never stops the reading."""
        # The reader counts the lines of a header that spans several; a spreadsheet counts it as one row.
        number = int(row.number) - self.lines_before + self.header_row
        self.skipped.append(number)
        text = row.text.strip().strip(self.delimiter + '" ')
        if not text:
            self.tally.blank += 1
        elif found := _TRAILER.match(text.replace(self.delimiter, " ")):
            self.tally.stated = int(found[1]) if found[1] else self.tally.stated
        else:
            self.tally.ragged.append((number, row.expected_columns, row.actual_columns))
        return "skip"

    def _judge_end(self) -> None:
        """A last line without line end may have lost its last cells, or the last digits of an amount."""
        if self.ends_with_newline:
            return
        last = self.tally.rows + self.tally.blank + len(self.tally.ragged) + self.header_row
        if self.tally.ragged and self.tally.ragged[-1][0] >= last:
            number, expected, actual = self.tally.ragged[-1]
            if actual < expected:
                raise cut_short(f"文件在第 {number} 行中途结束：应有 {expected} 列，只有 {actual} 列。")
        if not self.unterminated:
            raise cut_short("文件最后一行没有换行符，末尾内容可能缺失；确认完整的，可指明接受。")


_EMPTY_LINE = ' \t\r\n,;"\ufeff'


def _header(cell: object) -> str:
    """A header without the white space and line breaks that spreadsheets put into it."""
    return "" if cell is None else "".join(str(cell).split())


def _where(message: str) -> str:
    found = re.search(r"[Rr]ow #?(\d+)", message)
    return f"第 {found[1]} 行附近" if found else "引号或分隔符不配对"


def _sniff(path: Path) -> tuple[str, bool, int]:
    """The encoding, by decoding the whole file; whether it ends with a line end; how many lines. Quotes come in pairs."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        last, quotes, lines = b"", 0, 0
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    last = chunk
                    quotes += chunk.count(b'"')
                    lines += chunk.count(b"\n")
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            if "unexpected end" in error.reason or "incomplete" in error.reason:
                raise cut_short("文件在一个汉字中间结束。") from None
            continue
        if quotes % 2:
            raise cut_short("文件中的双引号不成对，可能在一个带引号的单元格中间结束。")
        return encoding, last.endswith((b"\n", b"\r")), lines
    raise SourceTrouble(
        "file",
        "文件的字符编码既不是 UTF-8 也不是 GB18030。",
        retryable=False,
        next_step="请另存为 UTF-8 后再导入。",
    )


def _numbers_without(first: int, count: int, skipped: list[int]) -> Array:
    """The next `count` row numbers from `first` that were not skipped."""
    ahead = list(itertools.takewhile(lambda number: number >= first, reversed(skipped)))
    taken = np.arange(first, first + count + len(ahead))
    return taken[~np.isin(taken, ahead)][:count] if ahead else taken


def _without_blank(columns: dict[str, pa.Array], numbers: Array) -> tuple[Batch, int, int | None]:
    """Rows in which something is written; how many were empty; the count that a trailer row stated."""
    written = np.zeros(len(numbers), bool)
    for column in columns.values():
        written |= pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
    stated, trailer = None, np.zeros(len(numbers), bool)
    if written.any():
        at = int(np.flatnonzero(written)[-1])
        text = " ".join(filter(None, (str(column[at].as_py()).strip() for column in columns.values())))
        if found := _TRAILER.match(text):
            trailer[at] = True
            stated = int(found[1]) if found[1] else None
    keep = written & ~trailer
    if keep.all():
        return Batch(columns, numbers), 0, None
    mask = pa.array(keep)
    kept = {header: column.filter(mask) for header, column in columns.items()}
    return Batch(kept, numbers[keep]), int((~written).sum()), stated


#: What a workbook that is not whole raises; a malformed sheet is a `SyntaxError` of the XML parsers.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, EOFError, KeyError, IndexError, OSError, ValueError,
)  # fmt: skip


class ExcelFile(Residents):
    """The first sheet of an .xlsx workbook."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            self.book = openpyxl.load_workbook(path, read_only=True, data_only=False)
            if self.book.epoch != CALENDAR_WINDOWS_1900:
                self.book.close()
                raise Refusal(
                    "import.calendar",
                    "工作簿使用 1904 日期系统，日期序号会差四年。",
                    next_step="请在选项中改用 1900 日期系统，核对日期后另存，再导入。",
                )
            sheet = self.book.worksheets[0]
            self.about = sheet.max_row
            self.rows = sheet.iter_rows(values_only=True)
            self._find_headers(self.rows)
        except _DAMAGED:
            raise cut_short("Excel 文件无法打开。") from None

    def batches(self, wanted: list[str]) -> Iterator[Batch]:
        at = [self.headers.index(header) for header in wanted]
        texts: list[list[str]] = []
        numbers: list[int] = []
        try:
            for number, cells in enumerate(self.rows, start=self.header_row + 1):
                texts.append([_cell(cells[k]) if k < len(cells) else "" for k in at])
                numbers.append(number)
                if len(texts) == _EXCEL_ROWS:
                    yield from self._kept(wanted, texts, numbers)
                    texts, numbers = [], []
        except _DAMAGED:
            raise cut_short("Excel 文件内容不完整。") from None
        finally:
            self.book.close()
        yield from self._kept(wanted, texts, numbers)

    def _kept(self, wanted: list[str], texts: list[list[str]], numbers: list[int]) -> Iterator[Batch]:
        columns = {
            header: pa.array([row[k] for row in texts], pa.string()) for k, header in enumerate(wanted)
        }
        batch, blank, stated = _without_blank(columns, np.array(numbers, np.int64))
        self.tally.blank += blank
        self.tally.stated = stated if stated is not None else self.tally.stated
        self.tally.rows += len(batch.row)
        if len(batch.row):
            yield batch


_LOST_DIGITS = 10**15


def _cell(value: Any) -> str:
    """A cell as text. Long numbers in a numeric cell have lost their last digits: they are written so that it shows."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if abs(value) >= _LOST_DIGITS:
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else repr(round(value, 6))
    return str(value)


class ParquetFile(Residents):
    """A Parquet file; one without its footer is cut short."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            self.file = pq.ParquetFile(path, page_checksum_verification=True)
        except (pa.ArrowInvalid, OSError):
            raise cut_short("Parquet 文件缺少结尾信息。") from None
        self.headers = [_header(name) for name in self.file.schema_arrow.names]
        self.about = self.tally.stated = self.file.metadata.num_rows

    def batches(self, wanted: list[str]) -> Iterator[Batch]:
        names = {header: self.file.schema_arrow.names[self.headers.index(header)] for header in wanted}
        following = 2
        try:
            for rows in self.file.iter_batches(batch_size=_PARQUET_ROWS, columns=[*names.values()]):
                numbers = np.arange(following, following + rows.num_rows)
                following += rows.num_rows
                columns = {header: _as_text(rows.column(name)) for header, name in names.items()}
                batch, blank, _stated = _without_blank(columns, numbers)
                self.tally.blank += blank
                self.tally.rows += len(batch.row)
                if len(batch.row):
                    yield batch
        except (pa.ArrowInvalid, OSError):
            raise cut_short("Parquet 文件内容不完整。") from None
        if self.tally.rows + self.tally.blank != self.tally.stated:
            raise cut_short("Parquet 文件的行数与其结尾信息不符。")
        self.tally.stated = None


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):
        column = pa.array(
            ["" if value is None else _cell(value) for value in column.to_pylist()], pa.string()
        )
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.date32()).cast(pa.string())
    elif not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    return pc.fill_null(column, "")
