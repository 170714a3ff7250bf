"""What the cells of a batch of rows say, and which rows cannot be believed: each failing is told to the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.registry import codes
from minzheng.registry.divisions import known_areas
from minzheng.registry.imports.fields import BY_NAME, Field, Form, Mapping
from minzheng.registry.imports.files import Batch
from minzheng.registry.imports.numbers import VERDICTS, Numbers, check_numbers, normalised
from minzheng.registry.imports.report import Report, masked
from minzheng.registry.imports.texts import (
    Divisions,
    Read,
    cleaned,
    is_formula,
    read_codes,
    read_dates,
    read_money,
)
from minzheng.rules.calendar import day_number

Array = npt.NDArray[Any]
_LONGEST_TEXT = 50
_KNOWN_AREAS = np.sort(np.array([int(area) for area in known_areas()], np.int64))


@dataclass
class Checked:
    """A batch that was read: `bad` rows are in the report."""

    row: Array
    columns: dict[str, pa.Array]
    reads: dict[str, Read]
    numbers: Numbers
    bad: Array

    def values(self, name: str, rows: Array) -> Array:
        """The values of a field in some rows; 0 where nothing is written."""
        read = self.reads.get(name)
        return np.zeros(len(rows), np.int64) if read is None else read.values[rows]

    def written(self, name: str, rows: Array) -> Array:
        """Which of some rows have something in the field."""
        read = self.reads.get(name)
        return np.zeros(len(rows), bool) if read is None else ~read.empty[rows]


class Checker:
    """Reads batch after batch of one file as of the business date."""

    def __init__(self, mapping: Mapping, report: Report, on: date) -> None:
        self.by_header, self.report, self.on = mapping.by_header, report, on
        self.today = day_number(on)
        self.divisions = Divisions()

    def check(self, batch: Batch) -> Checked:
        """All that can be judged of rows one by one."""
        columns = {field.name: cleaned(batch.columns[header]) for header, field in self.by_header.items()}
        count = len(batch.row)
        nothing = Numbers(pa.nulls(count, pa.string()), *(np.zeros(count, np.int64),) * 5)
        checked = Checked(batch.row, columns, {}, nothing, np.zeros(count, bool))
        for name in columns:
            self._plain_text(checked, name)
        for name in columns:
            read = self._read(checked, BY_NAME[name])
            if read is not None:
                checked.reads[name] = read
                for code, failing in read.reason.items():
                    self.fail(checked, failing, name, code)
        self._disability(checked)
        self._numbers(checked)
        return checked

    def fail(self, checked: Checked, failing: Array, name: str, code: str) -> None:
        """Report rows; what is wrong with the text of a cell is said once only."""
        fresh = failing & ~checked.bad if code.startswith("field.") else failing
        if not fresh.any():
            return
        field, shown = BY_NAME[name], None
        if self.report.wanted:
            cells = checked.columns[name].filter(pa.array(fresh)).to_pylist()
            birth = name == "birth_date"
            shown = ["" if cell is None else masked(cell, field.form, birth=birth) for cell in cells]
        self.report.fail(checked.row[fresh], field.label, code, values=shown)
        np.logical_or(checked.bad, fresh, out=checked.bad)

    def _plain_text(self, checked: Checked, name: str) -> None:
        column, field = checked.columns[name], BY_NAME[name]
        if field.required:
            self.fail(checked, _mask(pc.is_null(column)), name, "field.empty")
        free = field.form in {Form.TEXT, Form.NAME}
        self.fail(checked, is_formula(column, text=free), name, "field.formula")
        if free:
            odd = _mask(pc.match_substring_regex(column, r"[\x00-\x1f\x7f]"))
            self.fail(checked, odd, name, "field.control")
            self.fail(
                checked, _mask(pc.greater(pc.utf8_length(column), _LONGEST_TEXT)), name, "field.too_long"
            )

    def _read(self, checked: Checked, field: Field) -> Read | None:
        column = checked.columns[field.name]
        match field.form:
            case Form.DATE:
                read = read_dates(column)
                late = ~read.empty & (read.values > self.today) & ~read.reason["date.unreadable"]
                self.fail(checked, late, field.name, "date.in_future")
                self.report.note("date.mended", int(read.repaired.sum()))
            case Form.MONEY:
                read = read_money(column)
                if field.income is not codes.Income.BUSINESS_INCOME:
                    self.fail(checked, read.values < 0, field.name, "money.negative")
                self.report.note("money.mended", int(read.repaired.sum()))
            case Form.CODE:
                read = read_codes(column, field.labels)
            case Form.DIVISION:
                village = field.name == "village"
                read = self.divisions.read_villages(column) if village else self.divisions.read_places(column)
                self.report.note("division.mended", int(read.repaired.sum()))
            case _:
                return None
        return read

    def _disability(self, checked: Checked) -> None:
        everyone = np.arange(len(checked.row))
        named = checked.written("disability_kind", everyone)
        if named.any():
            unlevelled = named & ~checked.written("disability_level", everyone)
            self.fail(checked, unlevelled, "disability_kind", "disability.level_missing")

    def _numbers(self, checked: Checked) -> None:
        texts, wide = normalised(checked.columns["resident_id"].fill_null(""))
        self.report.note("number.wide", int(wide.sum()))
        numbers = checked.numbers = check_numbers(texts, self.on)
        empty = _mask(pc.equal(texts, ""))
        floating = _mask(pc.match_substring_regex(texts, r"^[0-9.]+E\+?[0-9]+$"))
        self.fail(checked, floating, "resident_id", "number.as_float")
        for verdict, code in enumerate(VERDICTS):
            if verdict:
                self.fail(checked, (numbers.verdict == verdict) & ~empty & ~floating, "resident_id", code)
        good = numbers.verdict == 0
        if (born := checked.reads.get("birth_date")) is not None:
            readable = good & ~born.empty & ~np.logical_or.reduce(list(born.reason.values()))
            self.fail(checked, readable & (born.values != numbers.born), "birth_date", "number.birth_differs")
        if (sex := checked.reads.get("sex")) is not None:
            differs = good & (sex.values > 0) & (sex.values != numbers.sex)
            self.fail(checked, differs, "sex", "number.sex_differs")
        self.report.note("number.upgraded", int(numbers.upgraded.sum()))
        unknown = good & ~np.isin(numbers.area, _KNOWN_AREAS)
        self.report.note("number.unknown_county", int(unknown.sum()))


def _mask(column: pa.Array) -> Array:
    mask: Array = pc.fill_null(column, False).to_numpy(zero_copy_only=False)
    return mask
