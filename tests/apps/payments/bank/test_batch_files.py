"""Batch files: field by field what docs/bank.md says, adding up, streaming, and nothing unfit ever written."""

from __future__ import annotations

import csv
import hashlib
import io
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
import xmlschema
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from minzheng.payments.bank.fields import as_text, from_text
from minzheng.payments.bank.files import require_unchanged, write_batch
from minzheng.payments.bank.types import Batch, Format, WrittenFile
from minzheng.values.errors import Refusal
from sandbox.bank.reader import NotTaken, read_batch
from tests.apps.payments.bank.conftest import batch, instructions

FORMATS = list(Format)


def written(folder: Path, form: Format, **changes: object) -> tuple[WrittenFile, bytes]:
    file = write_batch(replace(batch(), **changes), form, folder)
    return file, file.path.read_bytes()


@pytest.mark.parametrize("form", FORMATS)
def test_the_bank_reads_every_payment_as_it_was_meant(tmp_path: Path, form: Format) -> None:
    file, content = written(tmp_path, form)
    sheet = read_batch(content)  # the stand-in's own reader
    assert (sheet.number, sheet.payer, sheet.pay_on) == ("DB-140402-202611-1", "0505012345678901", "20261210")
    assert [(one.payment, one.name, one.account, one.fen) for one in sheet.orders] == [
        (str(one.payment_id), one.name, one.account, one.fen) for one in batch().instructions
    ]
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("form", "encoding"), [(Format.CSV_GB18030, "gb18030"), (Format.CSV_UTF8, "utf-8")], ids=str
)
def test_header_lines_and_trailer_are_those_of_the_page(tmp_path: Path, form: Format, encoding: str) -> None:
    _, content = written(tmp_path, form)
    rows = list(csv.reader(io.StringIO(content.decode(encoding), newline="")))
    total = sum(range(60001, 60006))
    assert rows[0] == [
        *["H", "1", "MZDF", "DB-140402-202611-1", "0505012345678901", "102164000012", "长治市潞州区民政局"],
        *["20261210", "20261205093000+0800", "CNY", "5", str(total), encoding.upper(), "民政代发"],
    ]
    first = next(instructions(1, "DB-140402-202611-1"))
    assert rows[1] == [
        *["D", "1", str(first.payment_id), "受助人1", "6217000000000000001", "102164000012", "60001"],
        "2026年11月城市低保金",
    ]
    lines = content.split(b"\r\n", 1)[1].rsplit(b"\r\nT,", 1)[0] + b"\r\n"
    digest = hashes.Hash(hashes.SM3())
    digest.update(lines)
    assert rows[-1] == ["T", "5", str(total), digest.finalize().hex()]
    assert content.endswith(b"\r\n")


def test_pain001_is_valid_by_its_schema_and_adds_up(tmp_path: Path) -> None:
    file, _ = written(tmp_path, Format.PAIN001)
    schema = Path("src/minzheng/payments/bank/schemas/pain.001.001.09.xsd")
    root = Path(__file__).resolve().parents[4]
    document = xmlschema.XMLSchema(str(root / schema)).to_dict(str(file.path))["CstmrCdtTrfInitn"]
    assert document["GrpHdr"]["NbOfTxs"] == "5"
    assert int(document["GrpHdr"]["CtrlSum"] * 100) == sum(range(60001, 60006))
    assert len(document["PmtInf"][0]["CdtTrfTxInf"]) == 5


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "name",
    [
        "𬭚𫍽",
        "㛃·买买提",
        "=HYPERLINK(A1)",
        "＝1＋1",
        "-甲",
        "@甲",
        "'甲",
        "''",
        '王"某,某',
        "<甲>&",
        "Ａ",
        "𠮷野家",
    ],
)
def test_rare_characters_and_formulas_arrive_as_they_are(tmp_path: Path, form: Format, name: str) -> None:
    one = replace(next(instructions(1)), name=name, purpose="+补发")
    _, content = written(tmp_path, form, count=1, fen=one.fen, instructions=[one])
    assert [order.name for order in read_batch(content).orders] == [name]
    if form is not Format.PAIN001:
        encoding = "gb18030" if form is Format.CSV_GB18030 else "utf-8"
        cells = next(csv.reader(io.StringIO(content.decode(encoding).split("\r\n")[1])))
        assert not any(cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for cell in cells)


@given(st.text(min_size=1, max_size=20))
def test_the_mark_of_text_is_taken_away_exactly(text: str) -> None:
    assert from_text(as_text(text)) == text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " 甲"}, "name"),
        ({"name": "甲\r\nT,1"}, "name"),
        ({"name": "甲\x00"}, "name"),
        ({"name": "甲\ud800"}, "name"),
        ({"name": "\ue000"}, "name"),
        ({"name": "甲" * 71}, "name"),
        ({"account": "6217-00000"}, "account"),
        ({"account": "６２１７００００００"}, "account"),
        ({"account": "1234567"}, "account"),
        ({"bank_code": "1021640000"}, "bank_code"),
        ({"fen": 0}, "fen"),
        ({"fen": -1}, "fen"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "甲\n"}, "purpose"),
    ],
    ids=str,
)
@pytest.mark.parametrize("form", FORMATS)
def test_an_unfit_payment_is_refused_by_number_and_field_without_its_content(
    tmp_path: Path, form: Format, changes: dict[str, object], field: str
) -> None:
    made = list(instructions(3))
    made[1] = replace(made[1], **changes)
    with pytest.raises(Refusal) as refused:
        written(tmp_path, form, count=3, fen=sum(one.fen for one in made), instructions=made)
    assert refused.value.field == field
    assert "第 2 笔" in refused.value.message
    assert made[1].name.strip()[:3] not in str(refused.value) or not made[1].name.strip()
    assert made[0].account not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("character", ["\u9fb4", "\u9fbb", "\ufe10", "\ufe19"])
def test_a_character_with_two_codes_goes_by_another_format_only(tmp_path: Path, character: str) -> None:
    one = replace(next(instructions(1)), name=f"甲{character}")
    changes = {"count": 1, "fen": one.fen, "instructions": [one]}
    with pytest.raises(Refusal, match="2022"):
        written(tmp_path, Format.CSV_GB18030, **changes)
    _, content = written(tmp_path, Format.CSV_UTF8, **changes)
    assert read_batch(content).orders[0].name == one.name


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("change", [{"count": 4}, {"count": 6}, {"fen": 1}])
def test_a_batch_that_does_not_add_up_leaves_no_file(
    tmp_path: Path, form: Format, change: dict[str, int]
) -> None:
    with pytest.raises(Refusal) as refused:
        written(tmp_path, form, **change)
    assert refused.value.code == "bank.batch_differs"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", ["", "db-1", "A B", "A/../B", "A" * 31, "-A", "批次"])
def test_a_batch_number_is_a_safe_file_name(tmp_path: Path, number: str) -> None:
    with pytest.raises(Refusal, match="批次号"):
        written(tmp_path, Format.CSV_UTF8, number=number)


@pytest.mark.parametrize("form", FORMATS)
def test_writing_again_gives_the_same_bytes(tmp_path: Path, form: Format) -> None:
    first, content = written(tmp_path, form)
    again, same = written(tmp_path, form)
    assert (first.sha256, content) == (again.sha256, same)
    assert first.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_changed_after_writing_is_not_sent(tmp_path: Path, form: Format) -> None:
    file, content = written(tmp_path, form)
    require_unchanged(file)
    for place in (10, len(content) // 2, len(content) - 3):
        file.path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(Refusal, match="不一致"):
            require_unchanged(file)
    file.path.unlink()
    with pytest.raises(Refusal, match="不一致"):
        require_unchanged(file)


def test_an_invalid_iso_file_is_not_sent_even_when_its_digest_is_known(tmp_path: Path) -> None:
    file, content = written(tmp_path, Format.PAIN001)
    file.path.write_bytes(content.replace(b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>XXX</PmtMtd>"))
    told = replace(file, sha256=hashlib.sha256(file.path.read_bytes()).hexdigest())
    with pytest.raises(Refusal, match=r"不符合 pain\.001\.001\.09"):
        require_unchanged(told)


@pytest.mark.parametrize("form", FORMATS)
def test_the_bank_takes_no_piece_of_a_file(tmp_path: Path, form: Format) -> None:
    _, content = written(tmp_path, form)
    for cut in [*range(2, 80), *range(80, len(content) - 2, 97)]:
        with pytest.raises(NotTaken):
            read_batch(content[:-cut])


@pytest.mark.parametrize("form", FORMATS)
def test_memory_does_not_grow_with_the_batch(tmp_path: Path, form: Format) -> None:
    def peak(count: int) -> int:
        total = sum(60000 + number for number in range(1, count + 1))
        streamed = replace(batch(), count=count, fen=total, instructions=instructions(count))
        tracemalloc.start()
        try:
            write_batch(streamed, form, tmp_path)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(20000) < peak(4000) + 200_000


def test_names_and_accounts_do_not_show_in_a_repr() -> None:
    one: Batch = batch()
    shown = repr(one) + repr(next(iter(one.instructions)))
    assert "受助人" not in shown
    assert "6217" not in shown
    assert "0505012345678901" not in shown
