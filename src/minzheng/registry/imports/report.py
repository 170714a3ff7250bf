"""What is wrong with which row, and what to do: counted, and written to a file that an office can work through.

A cell is shown masked: whose row it is can be seen in the office's own file only.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from minzheng.registry.imports.fields import Form
from minzheng.values.errors import Refusal

_ASK = "请对照证件原件核对后修改。"
#: Reason and what to do, by code.
REASONS: dict[str, tuple[str, str]] = {
    "field.empty": ("必填项为空", "请补填。"),
    "field.formula": ("单元格是公式或以运算符开头", "请改为数值或文字（选择性粘贴为值）后再导入。"),
    "field.too_long": ("内容过长", "请核对是否错列。"),
    "field.control": ("含有不可见的控制字符", "请删除后重新录入。"),
    "row.columns": ("列数与表头不符", "请检查该行是否多出或缺少分隔符、引号。"),
    "number.length": ("身份证号不是 18 位（旧号码 15 位）", _ASK),
    "number.characters": ("身份证号含有数字以外的字符", _ASK),
    "number.as_float": ("身份证号被存成了数值，末几位已丢失", "请把该列设为文本格式，从原始数据重新导出。"),
    "number.province": ("身份证号前两位不是已知的省级代码", _ASK),
    "number.birth_date": ("身份证号中的出生日期不存在或早于 1850 年", _ASK),
    "number.birth_in_future": ("身份证号中的出生日期晚于业务日期", _ASK),
    "number.check_character": ("身份证号校验位不符，至少有一位录错", _ASK),
    "number.birth_differs": ("出生日期与身份证号不一致", _ASK),
    "number.sex_differs": ("性别与身份证号不一致", _ASK),
    "number.twice": ("身份证号与本文件前面的行重复", "请删除重复行；如为不同的人，请核对号码。"),
    "number.registered": ("该身份证号已在登记库中", "已登记的人不重复导入；如需更正，请在登记库中更正。"),
    "date.unreadable": ("日期无法识别", "请写作 2023-12-31。"),
    "date.placeholder": ("日期是 1900 年占位值，不是真实日期", "请填写真实日期，不知道的请留空。"),
    "date.in_future": ("日期晚于业务日期", "请核对。"),
    "money.unreadable": ("金额无法识别", "请填写以元为单位的数字，至多两位小数。"),
    "money.negative": ("金额为负", "只有经营净收入可以为负，请核对。"),
    "code.unknown": ("填写的内容不在可选范围内", "请使用规定的文字。"),
    "division.unreadable": ("区划代码无法识别", "请填写 12 位村（社区）代码。"),
    "division.unknown": ("区划代码不存在", "请查对最新的统计用区划代码。"),
    "division.retired": ("区划代码已于 2018-11-23 停用", "请改用现行代码（城区、郊区→140403，长治县→140404，屯留县→140405，潞城市→140406）。"),
    "division.pseudo": ("该代码是统计用的虚拟单位，不能登记家庭", "请改用所在乡镇的村（社区）代码。"),
    "disability.level_missing": ("填写了残疾类别而没有等级", "请补填残疾等级。"),
    "household.village_differs": ("同一户号的村（社区）代码不一致", "请核对户号或代码。"),
    "household.no_head": ("该户没有户主", "请补充户主或更正与户主关系。"),
    "household.two_heads": ("该户有一个以上户主", "请更正与户主关系。"),
    "household.held": ("同户的其他行有问题，整户未载入", "请改正同户有问题的行后再导入。"),
}  # fmt: skip

NOTES = {
    "number.wide": "身份证号含全角字符，已转为半角",
    "number.upgraded": "由 15 位旧号码升位",
    "number.unknown_county": "身份证号前六位不是已知的县级代码",
    "date.mended": "日期由其他写法（含 Excel 序号）换算",
    "money.mended": "金额含全角字符或单位，已整理",
    "division.mended": "区划代码含全角字符，已转为半角",
}


HEADERS = ("行号", "栏目", "原值（掩码）", "问题", "怎样改", "问题代码")
_LONG_NUMBER = re.compile(r"[0-9A-Za-z０-９*]{12,}")
_LONGEST_SHOWN = 30
_ROWS_A_SHEET = 1_048_575


def masked(value: str, form: Form, *, birth: bool = False) -> str:
    """What stands in a cell, so that it can be found again and tells nothing about whom.

    Of a name the first character, of a birth date the year, of anything like an identity number the outer four: a
    row whose cells have moved carries numbers in any column.
    """
    shown = value[:_LONGEST_SHOWN] + ("…" if len(value) > _LONGEST_SHOWN else "")
    if form is Form.NUMBER:
        return _outer_four(shown)
    if form is Form.NAME:
        shown = shown[:1] + "*" * (len(shown) - 1)
    if birth:
        shown = shown[:4] + re.sub(r"\w", "*", shown[4:])
    if form is not Form.DIVISION:
        shown = _LONG_NUMBER.sub(lambda found: _outer_four(found[0]), shown)
    # What a spreadsheet would compute is shown as text.
    return f"'{shown}" if shown[:1] in "=+-@＝＋－＠" and shown else shown


def _outer_four(text: str) -> str:
    return text[:4] + "*" * (len(text) - 8) + text[-4:] if len(text) >= 12 else "*" * len(text)


class _Sheet(Protocol):
    """Where the lines of a report go."""

    def write(self, lines: Iterable[Sequence[Any]]) -> None: ...

    def close(self) -> None: ...


class _Csv:
    """UTF-8 with mark, so that a spreadsheet opens it right."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w", encoding="utf-8-sig", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(HEADERS)

    def write(self, lines: Iterable[Sequence[Any]]) -> None:
        self.writer.writerows(lines)

    def close(self) -> None:
        self.file.close()


class _Excel:
    """A workbook; what does not fit on one sheet goes on to the next."""

    def __init__(self, path: Path) -> None:
        self.path, self.book, self.left = path, openpyxl.Workbook(write_only=True), 0

    def write(self, lines: Iterable[Sequence[Any]]) -> None:
        for line in lines:
            if not self.left:
                self._next_sheet()
            self.sheet.append([line[0], *(self._text(cell) for cell in line[1:])])
            self.left -= 1

    def _next_sheet(self) -> None:
        self.sheet = self.book.create_sheet(f"问题清单{len(self.book.worksheets) + 1}")
        self.sheet.append(HEADERS)
        self.left = _ROWS_A_SHEET

    @staticmethod
    def _text(cell: str) -> str:
        """Without the characters that a workbook may not hold."""
        return str(ILLEGAL_CHARACTERS_RE.sub("?", cell))

    def close(self) -> None:
        if not self.book.worksheets:
            self._next_sheet()
        self.book.save(self.path)


@dataclass
class Report:
    """Errors by code and notes by code; with `open` every error is a line of a file, in the order of the rows."""

    counts: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    rows: set[int] = field(default_factory=set)
    _sheet: _Sheet | None = None
    _waiting: list[tuple[int, str, str, str, str, str]] = field(default_factory=list)

    def open(self, path: Path) -> None:
        """Start the file: CSV or Excel, by its ending."""
        kinds: dict[str, Callable[[Path], _Sheet]] = {".csv": _Csv, ".xlsx": _Excel}
        kind = kinds.get(path.suffix.lower())
        if kind is None:
            raise Refusal("import.report", "问题清单只能写作 .csv 或 .xlsx。", next_step="请改文件名的后缀。")
        try:
            self._sheet = kind(path)
        except OSError:
            raise Refusal(
                "import.report", "问题清单无法写入所指定的位置。", next_step="请换一个目录。"
            ) from None

    def close(self) -> None:
        """Write what waits and finish the file."""
        if self._sheet is not None:
            self.flush()
            self._sheet.close()
            self._sheet = None

    def flush(self) -> None:
        """Write what was said so far, row by row."""
        if self._sheet is not None:
            self._sheet.write(sorted(self._waiting))
        self._waiting.clear()

    def fail(
        self,
        rows: npt.NDArray[Any],
        label: str,
        code: str,
        detail: str = "",
        values: Sequence[str] | None = None,
    ) -> None:
        """These rows of the file are refused for a reason; `values` are the masked cells."""
        if not len(rows):
            return
        reason, todo = REASONS[code]
        self.counts[code] += len(rows)
        numbers = np.asarray(rows).tolist()
        self.rows.update(numbers)
        if self._sheet is not None:
            shown = values if values is not None else [""] * len(numbers)
            self._waiting.extend(
                (number, label, value, reason + detail, todo, code)
                for number, value in zip(numbers, shown, strict=True)
            )

    @property
    def wanted(self) -> bool:
        """Whether anybody reads the cells of a failing row."""
        return self._sheet is not None

    def note(self, code: str, count: int) -> None:
        """Something was put right, or is odd without being wrong."""
        if count:
            self.notes[code] += int(count)
