"""Files as a whole: cut short, damaged, empty, oddly laid out; and the list of problems that an officer opens."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from minzheng.registry.imports import files
from minzheng.registry.imports.fields import Form
from minzheng.registry.imports.report import masked
from minzheng.registry.models import Person
from minzheng.values.errors import Refusal, SourceTrouble
from tests.apps.registry.test_import import ACTOR, HEADERS, errors, load, people, rows, spoiled, write


def text_of(lines: list[list[str]], *, quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="\n").writerows(lines)
    return text.getvalue()


def raw(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cuts() -> list[tuple[str, bytes]]:
    plain = text_of([HEADERS, *rows()])
    quoted = text_of([HEADERS, *rows()], quoting=csv.QUOTE_ALL)
    last_name = plain.rindex("赵")
    return [
        ("in the last cell", plain[:-2].encode()),
        ("in the middle of a row", plain[:last_name].encode()),
        ("in a quoted cell", quoted[: quoted.rindex("赵") + 1].encode()),
        ("in a quoted last cell", quoted[:-2].encode()),
        ("in a character of UTF-8", plain[: last_name + 1].encode()[:-1]),
        ("in a character of GB18030", plain[: last_name + 1].encode("gb18030")[:-1]),
        ("without the last line end", plain[:-1].encode()),
    ]


@pytest.mark.parametrize(("where", "content"), cuts(), ids=[where for where, _content in cuts()])
def test_a_text_cut_short_is_refused_as_a_whole(committed, tmp_path, where, content):
    with pytest.raises(SourceTrouble, match="未载入任何数据"):
        load(raw(tmp_path / "a.csv", content), load_good=True)
    assert people() == 0


def test_a_missing_last_line_end_may_be_accepted_but_not_a_missing_cell(committed, tmp_path):
    plain = text_of([HEADERS, *rows()])
    with pytest.raises(SourceTrouble, match="中途结束"):
        load(raw(tmp_path / "a.csv", plain[: plain.rindex(",")]), unterminated=True)
    assert load(raw(tmp_path / "a.csv", plain[:-1]), unterminated=True).persons == 4


def book(lines: list[list[object]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    for line in lines:
        made.active.append(line)
    return made


def test_a_workbook_with_a_damaged_sheet(committed, tmp_path):
    book([HEADERS, *rows()]).save(tmp_path / "whole.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "whole.xlsx") as whole,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w") as broken,
    ):
        for name in whole.namelist():
            content = whole.read(name)
            broken.writestr(name, content[: len(content) * 2 // 3] if "sheet1" in name else content)
    with pytest.raises(SourceTrouble, match="Excel 文件内容不完整"):
        load(tmp_path / "a.xlsx", load_good=True)
    assert people() == 0


def test_a_parquet_whose_pages_were_changed(committed, tmp_path):
    table = pa.table({header: [line[k] for line in rows()] for k, header in enumerate(HEADERS)})
    pq.write_table(table, tmp_path / "a.parquet", write_page_checksum=True)
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    content[60:64] = b"\x00\xff\x00\xff"
    raw(tmp_path / "a.parquet", bytes(content))
    with pytest.raises(SourceTrouble, match="Parquet"):
        load(tmp_path / "a.parquet", load_good=True)
    assert people() == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "文件是空的"),
        (text_of([HEADERS]), "只有表头"),
        (text_of([HEADERS, [""] * 10]) + "\n\n", "只有表头"),
    ],
)
def test_an_empty_file(committed, tmp_path, content, says):
    with pytest.raises(SourceTrouble, match=says):
        load(raw(tmp_path / "a.csv", content))


def test_an_empty_workbook_and_a_text_of_blank_lines_lack_their_columns(committed, tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    for path in (tmp_path / "a.xlsx", raw(tmp_path / "a.csv", "\n,,\n")):
        with pytest.raises(Refusal, match="缺少必需的列"):
            load(path)


def test_columns_twice(committed, tmp_path):
    lines = [[*line, "x"] for line in rows()]
    with pytest.raises(Refusal, match="表头重复：姓名"):
        load(write(tmp_path / "a.csv", lines, headers=[*HEADERS, "姓名"]))
    with pytest.raises(Refusal, match="两列都对应到：姓名"):
        load(write(tmp_path / "a.csv", lines, headers=[*HEADERS, "人员姓名"]))


def test_columns_nobody_asked_for_are_left_aside_and_told(committed, tmp_path):
    report = load(write(tmp_path / "a.csv", [[*line, "x"] for line in rows()], headers=[*HEADERS, "备注"]))
    assert (report.persons, report.headers_left_aside) == (4, ("备注",))
    assert "未使用的列：备注" in "\n".join(report.lines())


def test_a_line_with_too_few_cells_is_a_row_of_the_report(committed, tmp_path):
    lines = rows()
    lines[1] = lines[1][:5]
    report = load(write(tmp_path / "a.csv", lines), errors_file=tmp_path / "e.csv")
    assert report.errors["row.columns"] == 1
    assert (3, "整行", "row.columns") in errors(tmp_path / "e.csv")


def test_blank_lines_before_between_and_behind_do_not_count_and_keep_the_numbers(committed, tmp_path):
    lines = spoiled(3, "姓名", "")
    text = "\n \n" + text_of([HEADERS, lines[0]]) + "\n,,,,,,,,,\n" + text_of(lines[1:]) + "\n\n"
    report = load(raw(tmp_path / "a.csv", text), errors_file=tmp_path / "e.csv")
    assert (report.rows_read, report.rows_refused) == (4, 1)
    assert errors(tmp_path / "e.csv") == [(9, "姓名", "field.empty")]


def test_a_cell_of_several_lines_is_one_row(committed, tmp_path):
    headers = [*HEADERS[:-1], "月基础\n养老金"]
    lines = [[*line, "备注\n第二行"] for line in spoiled(3, "姓名", "")]
    report = load(
        write(tmp_path / "a.csv", lines, headers=[*headers, "备注"]), errors_file=tmp_path / "e.csv"
    )
    assert report.rows_read == 4
    assert errors(tmp_path / "e.csv") == [(5, "姓名", "field.empty")]


def test_rows_keep_their_numbers_over_many_blocks(committed, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_BLOCK", 600)
    lines = [line for _ in range(20) for line in rows()]
    lines[30] = lines[30][:4]
    lines[70][2] = ""
    found = load(write(tmp_path / "a.csv", lines), errors_file=tmp_path / "e.csv")
    assert found.rows_read == 80
    told = errors(tmp_path / "e.csv")
    assert (32, "整行", "row.columns") in told
    assert (72, "姓名", "field.empty") in told
    assert [row for row, _field, code in told if code == "number.twice"][:1] == [6]


def test_the_headers_of_a_workbook_may_stand_below_an_empty_row(committed, tmp_path):
    book([[], HEADERS, *spoiled(3, "姓名", "")]).save(tmp_path / "a.xlsx")
    load(tmp_path / "a.xlsx", errors_file=tmp_path / "e.csv")
    assert errors(tmp_path / "e.csv") == [(6, "姓名", "field.empty")]


def test_a_workbook_of_the_other_calendar_is_refused(committed, tmp_path):
    made = book([HEADERS, *rows()])
    made.epoch = CALENDAR_MAC_1904
    made.save(tmp_path / "a.xlsx")
    with pytest.raises(Refusal, match="1904"):
        load(tmp_path / "a.xlsx")


def test_a_number_kept_as_a_number_by_a_spreadsheet_is_told(committed, tmp_path):
    made = book([HEADERS, *rows()])
    made.active["B2"] = 140499198001020010
    made.save(tmp_path / "a.xlsx")
    assert load(tmp_path / "a.xlsx").errors == {"number.as_float": 1}


def test_serial_days_and_the_years_before_them(committed, tmp_path):
    lines = rows()
    lines[0][4], lines[1][7] = "29222", "40972"
    assert load(write(tmp_path / "a.csv", lines), dry_run=True).notes["date.mended"] == 2
    for placeholder in ("1900-01-01", "1", "1899-12-30", "1900/1/1"):
        report = load(write(tmp_path / "b.csv", spoiled(0, "居住开始日期", placeholder)))
        assert report.errors == {"date.placeholder": 1}, placeholder


def test_rare_characters_of_names_survive_gb18030(committed, tmp_path):
    lines = rows()
    lines[0][2], lines[3][2] = "王㛃", "赵𠮷"
    assert load(write(tmp_path / "a.csv", lines, encoding="gb18030")).persons == 4
    from minzheng.base.scope import scope

    with scope(ACTOR):
        assert set(Person.objects.values_list("name", flat=True)) >= {"王㛃", "赵𠮷"}


def test_tabs_and_semicolons_separate_too(committed, tmp_path):
    for k, separator in enumerate("\t;"):
        text = io.StringIO()
        csv.writer(text, delimiter=separator).writerows([HEADERS, *rows()])
        assert load(raw(tmp_path / f"{k}.txt", text.getvalue()), dry_run=True).errors == {}


def test_the_list_of_problems_opens_as_a_workbook_with_masked_cells(committed, tmp_path):
    lines = rows()
    lines[0][1] = lines[0][1][:-1] + "é"
    lines[0][2] = "=王甲"
    lines[1][4] = "1981-03-05"
    load(write(tmp_path / "a.csv", lines), errors_file=tmp_path / "e.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "e.xlsx").active
    listed = list(sheet.iter_rows(values_only=True))
    assert listed[0] == ("行号", "栏目", "原值（掩码）", "问题", "怎样改", "问题代码")
    assert [(row[0], row[1], row[2]) for row in listed[1:]] == [
        (2, "姓名", "'=**"),
        (2, "身份证号", "1404**********001é"),
        (3, "出生日期", "1981-**-**"),
    ]


def test_a_clean_file_leaves_a_list_with_headers_only(committed, tmp_path):
    assert load(write(tmp_path / "a.csv", rows()), errors_file=tmp_path / "e.xlsx").loaded
    assert openpyxl.load_workbook(tmp_path / "e.xlsx").active.max_row == 1


@pytest.mark.parametrize(
    ("value", "form", "shown"),
    [
        ("140499198001020010", Form.NUMBER, "1404**********0010"),
        ("12345", Form.NUMBER, "*****"),
        ("欧阳某某", Form.NAME, "欧***"),
        ("140499198001020010", Form.NAME, "1*****************"),
        ("140499198001020010", Form.CODE, "1404**********0010"),
        ("１４０４９９１９８００１０２００１０", Form.TEXT, "１４０４**********００１０"),
        ("约两千", Form.MONEY, "约两千"),
        ("+86", Form.TEXT, "'+86"),
        ("140403001001", Form.DIVISION, "140403001001"),
        ("x" * 40, Form.CODE, "xxxx" + "*" * 22 + "xxxx…"),
        ("", Form.CODE, ""),
    ],
)
def test_cells_are_shown_masked(value, form, shown):
    assert masked(value, form) == shown


def test_a_birth_day_shows_its_year_only():
    assert masked("1980年1月2日", Form.DATE, birth=True) == "1980*****"
    assert masked(str(date(1980, 1, 2)), Form.DATE, birth=True) == "1980-**-**"
