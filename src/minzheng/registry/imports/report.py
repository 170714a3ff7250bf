"""What is wrong with which row, and what to do: counted, and written to a CSV that an office can work through.

Carries row numbers and reasons only, never what stands in a cell.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

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


@dataclass
class Report:
    """Errors by code and notes by code; `write_to` receives every error as a line."""

    counts: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    rows: set[int] = field(default_factory=set)
    _file: IO[str] | None = None
    _writer: Any = None

    def open(self, path: Path) -> None:
        """Start the CSV: UTF-8 with mark, so that a spreadsheet opens it right."""
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(["行号", "字段", "问题代码", "原因", "处理办法"])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def fail(self, rows: npt.NDArray[Any], label: str, code: str, detail: str = "") -> None:
        """These rows of the file are refused for a reason."""
        if not len(rows):
            return
        reason, todo = REASONS[code]
        self.counts[code] += len(rows)
        numbers = np.asarray(rows).tolist()
        self.rows.update(numbers)
        if self._writer is not None:
            self._writer.writerows([number, label, code, reason + detail, todo] for number in numbers)

    def note(self, code: str, count: int) -> None:
        """Something was put right, or is odd without being wrong."""
        if count:
            self.notes[code] += int(count)
