"""Tables as files for a spreadsheet: CSV that Excel opens as Chinese, and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse

from minzheng.values.errors import Refusal

FORMATS = {"xlsx": "Excel（xlsx）", "csv": "CSV"}
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = (8, 60)


def table_file(rows: Sequence[dict[str, Any]], kind: str, *, name: str) -> HttpResponse:
    """The rows under their headings as a download; every cell is text, so that nothing in it is run or rounded."""
    if kind not in FORMATS:
        raise Refusal(
            "export.no_format", "没有选择文件格式。", field="format", next_step="请选择 Excel 或 CSV。"
        )
    headings = list(rows[0]) if rows else ["没有符合条件的记录"]
    body = _xlsx(headings, rows) if kind == "xlsx" else _csv(headings, rows)
    response = HttpResponse(body, content_type=_TYPES[kind])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return response


def _csv(headings: Sequence[str], rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([_harmless(str(row[heading])) for heading in headings] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell


def _xlsx(headings: Sequence[str], rows: Sequence[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        bold = book.add_format({"bold": True})
        for column, heading in enumerate(headings):
            widest = max([len(heading), *(len(str(row[heading])) for row in rows)])
            sheet.set_column(column, column, min(max(widest * 2, _WIDTHS[0]), _WIDTHS[1]))
            sheet.write_string(0, column, heading, bold)
        for line, row in enumerate(rows, start=1):
            for column, heading in enumerate(headings):
                sheet.write_string(line, column, str(row[heading]))
        sheet.freeze_panes(1, 0)
    return file.getvalue()
