"""Files as offices send them: every fault has its row, its reason and what to do, and nothing is half loaded."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import signal
import time
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor
from minzheng.registry.imports.fields import read_mapping
from minzheng.registry.imports.loading import ImportReport, import_file
from minzheng.registry.imports.report import REASONS
from minzheng.registry.models import Membership, Person
from minzheng.values.errors import Refusal, SourceTrouble
from tests.apps.registry.conftest import VILLAGE, number

ON = date(2023, 12, 31)
HEADERS = [
    "户号",
    "身份证号",
    "姓名",
    "性别",
    "出生日期",
    "村（社区）代码",
    "与户主关系",
    "居住开始日期",
    "月工资",
    "月基础养老金",
]
ACTOR = system_actor("test")
BIRTHS = [date(1980, 1, 2), date(1981, 3, 4), date(2010, 5, 6), date(1950, 7, 8)]


def rows() -> list[list[str]]:
    """Household A of three and household B of one: all good."""
    return [
        [
            "A",
            number(BIRTHS[0], 1),
            "王甲",
            "男",
            "1980-01-02",
            str(VILLAGE),
            "户主",
            "2012-03-04",
            "2000.50",
            "",
        ],
        ["A", number(BIRTHS[1], 2), "李乙", "女", "1981-03-04", str(VILLAGE), "配偶", "2012-03-04", "0", ""],
        ["A", number(BIRTHS[2], 3), "王丙", "", "", str(VILLAGE), "子女", "", "", ""],
        [
            "B",
            number(BIRTHS[3], 4),
            "赵丁",
            "女",
            "1950/7/8",
            str(VILLAGE),
            "本人",
            "2000年1月2日",
            "",
            "103",
        ],
    ]


def write(
    path: Path, lines: list[list[str]], *, encoding: str = "utf-8", headers: list[str] = HEADERS
) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([headers, *lines])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def load(path: Path, **more) -> ImportReport:
    return import_file(path, actor=ACTOR, on=ON, **more)


def people() -> int:
    with scope(ACTOR):
        return Person.objects.count()


def spoiled(row: int, column: str, value: str) -> list[list[str]]:
    lines = rows()
    lines[row][HEADERS.index(column)] = value
    return lines


def errors(path: Path) -> list[tuple[int, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(int(row["行号"]), row["栏目"], row["问题代码"]) for row in csv.DictReader(file)]


def test_a_good_file_is_loaded_with_household_residence_and_facts(committed, tmp_path):
    report = load(write(tmp_path / "a.csv", rows()))
    assert (report.persons, report.households, report.facts) == (4, 2, 3)
    assert report.errors == {}
    with scope(ACTOR):
        people_by_name = {person.name: person for person in Person.objects.all()}
        assert people_by_name["赵丁"].birth_date == date(1950, 7, 8)
        assert people_by_name["王丙"].name_pinyin == "wang bing"
        assert [str(person.number)[:4] for person in people_by_name.values()] == ["1404"] * 4
        ties = Membership.objects.order_by("household_id", "position").values_list("relation", "position")
        assert list(ties) == [(1, 0), (2, 1), (3, 2), (1, 0)]


def test_the_same_file_twice_changes_nothing(committed, tmp_path):
    path = write(tmp_path / "a.csv", rows())
    load(path)
    again = load(path)
    assert (again.already_loaded, again.loaded, again.persons) == (True, False, 0)
    assert people() == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(committed, tmp_path, encoding):
    assert load(write(tmp_path / "a.csv", rows(), encoding=encoding)).persons == 4
    with scope(ACTOR):
        assert Person.objects.filter(name="赵丁").exists()


def test_excel_and_parquet_say_the_same(committed, tmp_path):
    book = openpyxl.Workbook()
    for line in [HEADERS, *rows()]:
        book.active.append(line)
    book.active["I2"] = 2000.5
    book.active["E3"] = date(1981, 3, 4)
    book.save(tmp_path / "a.xlsx")
    assert load(tmp_path / "a.xlsx").persons == 4
    table = pa.table({header: [line[k] for line in rows()] for k, header in enumerate(HEADERS)})
    pq.write_table(table, tmp_path / "a.parquet")
    report = load(tmp_path / "a.parquet")
    assert report.errors == {"number.registered": 4}


CASES = [
    (0, "身份证号", number(BIRTHS[0], 1)[:-1] + ("0" if number(BIRTHS[0], 1)[-1] != "0" else "1"), "number.check_character"),
    (0, "身份证号", "14049919800102001", "number.length"),
    (0, "身份证号", "1404991980010200AB", "number.characters"),
    (0, "身份证号", "994049198001020010", "number.province"),
    (0, "身份证号", "140499198013020010", "number.birth_date"),
    (0, "身份证号", "1.40499E+17", "number.as_float"),
    (0, "身份证号", "٠" * 18, "number.length"),
    (0, "身份证号", "", "field.empty"),
    (0, "出生日期", "1980-01-03", "number.birth_differs"),
    (0, "出生日期", "1980-02-30", "date.unreadable"),
    (0, "出生日期", "1900-01-01", "date.placeholder"),
    (0, "出生日期", "1", "date.placeholder"),
    (0, "居住开始日期", "2024-01-01", "date.in_future"),
    (0, "性别", "女", "number.sex_differs"),
    (0, "性别", "X", "code.unknown"),
    (0, "村（社区）代码", "140403001999", "division.unknown"),
    (0, "村（社区）代码", "140403400001", "division.unknown"),
    *((0, "村（社区）代码", f"{code}001001", "division.retired") for code in (140402, 140411, 140421, 140424, 140481)),
    (0, "村（社区）代码", "140403", "division.unreadable"),
    (1, "村（社区）代码", str(VILLAGE + 1), "household.village_differs"),
    (0, "与户主关系", "邻居", "code.unknown"),
    (1, "与户主关系", "户主", "household.two_heads"),
    (0, "与户主关系", "配偶", "household.no_head"),
    (0, "月工资", "-5", "money.negative"),
    (0, "月工资", "约两千", "money.unreadable"),
    (0, "月工资", "1.234", "money.unreadable"),
    (0, "月工资", "=1+1", "field.formula"),
    (0, "姓名", "=HYPERLINK(1)", "field.formula"),
    (0, "姓名", "＝王", "field.formula"),
    (0, "姓名", "王\x00甲", "field.control"),
    (0, "姓名", "王" * 51, "field.too_long"),
    (3, "身份证号", number(BIRTHS[0], 1), "number.twice"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "value", "code"), CASES, ids=[case[3] + str(k) for k, case in enumerate(CASES)]
)
def test_a_fault_is_told_by_row_and_stops_the_whole_file(committed, tmp_path, row, column, value, code):
    lines = spoiled(row, column, value)
    if code == "number.twice":
        lines[3][4] = "1980-01-02"
        lines[3][3] = "男"
    report = load(write(tmp_path / "a.csv", lines), errors_file=tmp_path / "e.csv")
    assert code in report.errors
    assert not report.loaded
    assert people() == 0
    assert code in {found for _row, _field, found in errors(tmp_path / "e.csv")}
    assert number(BIRTHS[0], 1)[6:14] not in (tmp_path / "e.csv").read_text(encoding="utf-8-sig")


def test_the_report_names_the_row_as_a_spreadsheet_counts_it(committed, tmp_path):
    lines = spoiled(2, "姓名", "")
    lines.insert(1, [""] * len(HEADERS))
    path = write(tmp_path / "a.csv", lines)
    load(path, errors_file=tmp_path / "e.csv")
    assert errors(tmp_path / "e.csv") == [(5, "姓名", "field.empty")]


def test_only_the_households_without_a_fault_are_loaded_when_asked(committed, tmp_path):
    path = write(tmp_path / "a.csv", spoiled(2, "姓名", ""))
    report = load(path, load_good=True, errors_file=tmp_path / "e.csv")
    assert (report.loaded, report.persons, report.households, report.rows_refused) == (True, 1, 1, 3)
    assert sorted(errors(tmp_path / "e.csv")) == [
        (2, "整户", "household.held"), (3, "整户", "household.held"), (4, "姓名", "field.empty"),
    ]  # fmt: skip


def test_what_can_be_put_right_is_put_right_and_told(committed, tmp_path):
    lines = rows()
    wide = "".join(chr(ord(c) + 0xFEE0) for c in lines[0][1])
    lines[0][1] = wide
    lines[0][4] = "29222"
    lines[0][8] = "2,000.50"
    lines[1][8] = "２０元"
    report = load(write(tmp_path / "a.csv", [*lines, [""] * len(HEADERS)]))
    assert report.loaded
    assert report.rows_blank == 1
    assert report.notes == {"number.wide": 1, "date.mended": 1, "money.mended": 1, "number.unknown_county": 4}


def test_fifteen_digits_are_upgraded(committed, tmp_path):
    lines = rows()
    lines[3][1] = lines[3][1][:6] + lines[3][1][8:17]
    report = load(write(tmp_path / "a.csv", lines))
    assert (report.persons, report.notes) == (4, {"number.upgraded": 1, "number.unknown_county": 4})
    again = load(write(tmp_path / "b.csv", rows()))
    assert again.errors == {"number.registered": 4}


@pytest.mark.parametrize("cut", [3, 20, 45, 90])
def test_a_file_cut_short_is_refused_as_a_whole(committed, tmp_path, cut):
    path = write(tmp_path / "a.csv", rows())
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(SourceTrouble, match="未载入"):
        load(path, load_good=True, expected_rows=4)
    assert people() == 0


def test_a_stated_number_of_rows_must_be_met(committed, tmp_path):
    path = write(tmp_path / "a.csv", [*rows(), ["合计", "5"]])
    with pytest.raises(SourceTrouble, match="应有 5 行，实际读到 4 行"):
        load(path)
    assert load(write(tmp_path / "b.csv", [*rows(), ["合计4人"]])).persons == 4


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_workbook_or_parquet_cut_short(committed, tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for line in [HEADERS, *rows()]:
            book.active.append(line)
        book.save(path)
    else:
        pq.write_table(pa.table({h: [r[k] for r in rows()] for k, h in enumerate(HEADERS)}), path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SourceTrouble):
        load(path)


def test_a_line_with_a_wrong_number_of_cells_is_a_row_of_the_report(committed, tmp_path):
    lines = rows()
    lines[2].append("多余")
    report = load(write(tmp_path / "a.csv", lines), errors_file=tmp_path / "e.csv", load_good=True)
    assert errors(tmp_path / "e.csv")[0] == (4, "整行", "row.columns")
    assert report.errors["row.columns"] == 1


def test_headers_of_their_own_need_a_mapping(committed, tmp_path):
    headers = ["h", "id", "n", *HEADERS[3:]]
    path = write(tmp_path / "a.csv", rows(), headers=headers)
    with pytest.raises(Refusal, match="户号、身份证号、姓名"):
        load(path)
    (tmp_path / "m.yaml").write_text(
        "h: 户号\nid: resident_id\nn: 姓名\n村（社区）代码: village\n与户主关系: relation\n", encoding="utf-8"
    )
    report = load(path, mapping=read_mapping(tmp_path / "m.yaml"))
    assert report.persons == 4
    assert "月工资" in report.headers_left_aside


def test_an_unknown_encoding_and_an_unknown_ending(tmp_path, committed):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\xd8\x81\x00\xff\xff\n" * 3)
    with pytest.raises(SourceTrouble):
        load(tmp_path / "a.csv")
    (tmp_path / "a.doc").write_bytes(b"x")
    with pytest.raises(Refusal, match="CSV"):
        load(tmp_path / "a.doc")


def test_an_officer_may_not_import(committed, tmp_path):
    officer = Actor("staff:1", "officer", ("1404",))
    with pytest.raises(Refusal, match="导入数据"):
        import_file(write(tmp_path / "a.csv", rows()), actor=officer, on=ON)


@pytest.mark.parametrize("stage", ["progress", "say"])
def test_killed_in_the_middle_leaves_nothing(committed, tmp_path, stage):
    from django.db import connection

    path = write(tmp_path / "a.csv", rows())
    reads, writes = os.pipe()
    child = multiprocessing.get_context("fork").Process(target=_import_and_wait, args=(path, stage, writes))
    connection.close()
    child.start()
    assert os.read(reads, 6) == b"staged"
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    for _ in range(100):
        if people() == 0 and not _still_open():
            break
        time.sleep(0.05)
    assert people() == 0
    assert load(path).persons == 4


def _import_and_wait(path: Path, stage: str, writes: int) -> None:
    """Import until rows are staged (`progress`) or are being published (`say`), then wait to be killed."""

    def stop(_what: object, _of: object) -> None:
        os.write(writes, b"staged")
        time.sleep(60)

    load(path, **{stage: stop})


def _still_open() -> bool:
    from minzheng.registry.bulk import owner_connection

    with owner_connection() as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where usename = 'minzheng_owner' and state = 'idle in transaction'"
        ).fetchone()
    return row is not None and row[0] > 0


def test_every_reason_says_why_and_what_to_do():
    for code, (reason, todo) in REASONS.items():
        assert reason, code
        assert todo.endswith("。"), code
