"""Return and statement files: whole or refused with line and field, then compared with what was sent."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes

from minzheng.payments.bank.files import write_batch
from minzheng.payments.bank.returns import compare, never_paid, read_return, read_statement
from minzheng.payments.bank.types import Fault, Format, Outcome, Reading, Reason, Verdict
from minzheng.values.errors import Refusal
from sandbox.bank import answers as bank_writes
from sandbox.bank.book import Answered, Taken
from tests.apps.payments.bank.conftest import batch, payment, sent

NUMBER = "DB-140402-202611-1"
AT = "20261210183000+0800"
DAY = date(2026, 12, 10)


def taken(encoding: str = "GB18030", count: int = 5) -> Taken:
    of = batch(count=count)
    name = f"MZ-{NUMBER}.{'xml' if encoding == 'XML' else 'csv'}"
    return Taken(NUMBER, name, "0" * 64, of.payer.account, "20261210", encoding, of.count, of.fen, "", "")


def returned(
    encoding: str = "GB18030", fault: str = "", codes: dict[int, str] | None = None, count: int = 5
) -> bytes:
    """The return that the stand-in writes; `codes`: number of the payment → reason of failure."""
    given = [
        Answered(str(payment(number, NUMBER)), 60000 + number, (codes or {}).get(number, ""))
        for number in range(1, count + 1)
    ]
    return bank_writes.return_file(taken(encoding, count), f"{NUMBER}-1", given, fault, AT)


def reading(content: bytes, known: dict[UUID, Outcome] | None = None) -> Reading:
    return compare(read_return(content), NUMBER, sent(batch()), known)


ENCODINGS = ["GB18030", "UTF-8", "XML"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_return_where_all_is_paid(encoding: str) -> None:
    read = reading(returned(encoding))
    assert read.verdict is Verdict.ALL_PAID
    assert (read.file.batch, read.file.number) == (NUMBER, f"{NUMBER}-1")
    assert (read.file.count, read.file.fen) == (5, batch().fen)
    assert {line.payment_id: line.fen for line in read.bookable} == sent(batch())
    assert all(line.booked_on == DAY and line.code == "" and line.reference for line in read.bookable)
    read.require_clean()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("code", ["E01", "E02", "E03", "E04", "E07", "E99"])
def test_a_failed_payment_keeps_the_banks_reason(encoding: str, code: str) -> None:
    read = reading(returned(encoding, codes={2: code}))
    assert read.verdict is Verdict.SOME_FAILED
    (failed,) = [line for line in read.bookable if line.outcome is Outcome.FAILED]
    assert (failed.payment_id, failed.code, failed.booked_on) == (payment(2, NUMBER), code, None)
    assert failed.text == Reason(code).label


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("name", "fault", "bookable"),
    [
        ("duplicate-line", Fault.DUPLICATE_LINE, 4),
        ("unknown-payment", Fault.UNKNOWN_PAYMENT, 5),
        ("wrong-amount", Fault.AMOUNT_DIFFERS, 4),
    ],
)
def test_lines_that_cannot_be_booked_are_named_and_the_others_kept(
    encoding: str, name: str, fault: Fault, bookable: int
) -> None:
    read = reading(returned(encoding, name))
    assert read.verdict is Verdict.FAULTY
    assert {one.fault for one in read.faults} == {fault}
    assert len(read.bookable) == bookable
    assert all(f"第 {one.line} 行“{one.field}”" in one.message for one in read.faults)
    with pytest.raises(Refusal) as refused:
        read.require_clean()
    assert f"第 {read.faults[0].line} 行" in refused.value.message
    assert refused.value.field == read.faults[0].field


def test_of_a_payment_that_stands_twice_no_line_is_booked() -> None:
    read = reading(returned(fault="duplicate-line"))
    assert [fault.line for fault in read.faults] == [2, 7]
    assert payment(1, NUMBER) not in {line.payment_id for line in read.bookable}
    assert payment(1, NUMBER) in read.unanswered


def test_an_outcome_that_contradicts_the_recorded_one_is_a_fault_and_a_repeated_one_is_not() -> None:
    content = returned(codes={2: "E02"})
    known = {payment(1, NUMBER): Outcome.PAID, payment(2, NUMBER): Outcome.PAID}
    read = reading(content, known)
    assert [(fault.payment_id, fault.fault) for fault in read.faults] == [
        (payment(2, NUMBER), Fault.CONTRADICTS)
    ]
    assert payment(1, NUMBER) in {line.payment_id for line in read.bookable}


def test_money_that_comes_back_completes_what_was_paid_in_either_order() -> None:
    text = returned(count=1).decode("gb18030").replace(",S,,,", ",R,E02,账户已销户,", 1)
    back = resealed(text.replace("1,1,60001,0,0,0,0,", "1,0,0,0,0,1,60001,", 1))
    (line,) = read_return(back).lines
    assert (line.outcome, line.code, line.booked_on) == (Outcome.RETURNED, "E02", DAY)
    paid = reading(back, {payment(1, NUMBER): Outcome.PAID})
    assert paid.faults == ()
    assert reading(returned(), {payment(1, NUMBER): Outcome.RETURNED}).faults == ()
    failed = reading(back, {payment(1, NUMBER): Outcome.FAILED})
    assert [fault.fault for fault in failed.faults] == [Fault.CONTRADICTS]


def test_payments_without_an_answer_are_listed() -> None:
    read = reading(returned(count=3))
    assert read.verdict is Verdict.INCOMPLETE
    assert set(read.unanswered) == {payment(4, NUMBER), payment(5, NUMBER)}
    rest = reading(returned(count=3), {payment(4, NUMBER): Outcome.PAID, payment(5, NUMBER): Outcome.FAILED})
    assert rest.verdict is Verdict.SOME_FAILED


def test_a_return_of_another_batch_is_refused() -> None:
    with pytest.raises(Refusal, match="属于批次"):
        compare(read_return(returned()), "DB-140402-202611-2", sent(batch()))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_piece_of_a_return_reads_as_whole(encoding: str) -> None:
    content = returned(encoding, codes={2: "E02"})
    # The last line end of an XML file is not part of the document.
    for length in range(0, len(content) - (1 if encoding == "XML" else 0), 7 if encoding == "XML" else 1):
        with pytest.raises(Refusal) as refused:
            read_return(content[:length])
        assert refused.value.code == "bank.broken_file"


@pytest.mark.parametrize("encoding", ["GB18030", "UTF-8"])
def test_no_changed_byte_of_a_csv_return_goes_unnoticed(encoding: str) -> None:
    content = returned(encoding, codes={2: "E02"})
    draw = random.Random(20261124)
    whole = read_return(content)
    for place in range(content.index(b"\n") + 1, len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << draw.randrange(8)
        with pytest.raises(Refusal):
            read_return(bytes(changed))
    assert read_return(content) == whole


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("fault", ["truncated", "wrong-trailer", "wrong-encoding"])
def test_a_broken_return_is_refused_with_its_field(encoding: str, fault: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_return(returned(encoding, fault, {2: "E02"}))
    assert refused.value.code == "bank.broken_file"
    assert refused.value.field
    assert "行" in refused.value.message or "汇总" in refused.value.message
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("before", "after", "line", "field"),
    [
        (",S,", ",X,", 2, "结果"),
        (",S,,,20261210", ",S,E01,,20261210", 2, "原因码"),
        ("F,E02", "F,", 3, "原因码"),
        ("F,E02", "F,E42", 3, "原因码"),
        (",S,,,20261210,", ",S,,,,", 2, "入账日期"),
        (",S,,,20261210,", ",S,,,20261310,", 2, "入账日期"),
        (",S,,,20261210,", ",S,,,２0261210,", 2, "入账日期"),
        (",60001,", ",60001.0,", 2, "金额"),
        (",60001,", ",６0001,", 2, "金额"),
        (",60001,", ",-60001,", 2, "金额"),
        (",60001,", ",0,", 2, "金额"),
        ("D,2,", "D,3,", 3, "序号"),
        ("D,2,", "D,2,2,", 3, "行"),
        ("D,2,", "X,2,", 3, "类型"),
        ("D,2,", 'D,"2,', 3, "行"),
        ("MZHP", "MZDF", 1, "文件类型"),
        ("H,1,", "H,2,", 1, "版本"),
        ("CNY", "USD", 1, "币种"),
        (AT, "2026-12-10", 1, "制作时间"),
        ("CNY,5,4,", "CNY,6,4,", 1, "笔数"),
        ("CNY,5,4,", "CNY,5,5,", 1, "成功笔数"),
        (",60002,0,0,GB18030", ",60003,0,0,GB18030", 1, "失败金额"),
        (",60002,0,0,GB18030", ",60002,1,0,GB18030", 1, "退汇笔数"),
        ("T,5,", "T,6,", 7, "笔数"),
        ("T,5,300015", "T,5,300016", 7, "合计"),
        ("民政代发", "民政待发", 1, "编码"),
    ],
)
def test_each_cell_out_of_form_is_named(before: str, after: str, line: int, field: str) -> None:
    text = returned(codes={2: "E02"}).decode("gb18030")
    assert before in text
    with pytest.raises(Refusal) as refused:
        read_return(resealed(text.replace(before, after, 1), keep_total=before.startswith("T,")))
    assert f"第 {line} 行" in refused.value.message
    assert refused.value.field == field


def test_a_payment_number_out_of_form_is_named_and_not_repeated() -> None:
    text = returned().decode("gb18030")
    number = str(payment(2, NUMBER))
    for wrong in (number.upper(), number.replace("-", ""), number[:-1], "140499198001020017"):
        with pytest.raises(Refusal) as refused:
            read_return(resealed(text.replace(number, wrong, 1)))
        assert refused.value.field == "付款编号"
        assert "第 3 行" in refused.value.message
        assert wrong not in str(refused.value)


def resealed(text: str, *, keep_total: bool = False) -> bytes:
    """The text with a fitting total (of whole amounts) and digest: what else is wrong must be found by itself."""
    content = text.encode("gb18030")
    begin, end = content.index(b"\r\n") + 2, content.rindex(b"\r\nT,") + 2
    digest = hashes.Hash(hashes.SM3())
    digest.update(content[begin:end])
    _, count, total, _ = content[end:].split(b",")
    amounts = [line.split(b",")[3] for line in content[begin:end].splitlines()]
    if not keep_total and all(amount.lstrip(b"-").isdigit() for amount in amounts):
        total = str(sum(map(int, amounts))).encode()
    return content[:end] + b",".join([b"T", count, total, digest.finalize().hex().encode() + b"\r\n"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\xef\xbb\xbfH,1,MZHP",
        b"\xff\xfeH\x00",
        b"H,1,MZHP\r\n",
        b"<",
        b"<a/>",
        b"PK\x03\x04",
        b"\x00" * 1000,
        "H,1,MZHP,R,B,F,20261210183000+0800,CNY,0,0,0,0,0,UTF-8,民政代发\r\n".encode(),
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
    ids=range(12),
)
def test_what_is_no_return_at_all_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_return(content)
    assert refused.value.code == "bank.broken_file"


def test_a_declaration_in_front_of_a_valid_report_is_refused() -> None:
    content = returned("XML").replace(b"<Document", b'<!DOCTYPE Document [<!ENTITY x "y">]>\n<Document', 1)
    with pytest.raises(Refusal, match="文档类型声明"):
        read_return(content)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("<TxSts>ACSC", "<TxSts>PDNG", "TxSts"),
        ("<DtldSts>ACSC", "<DtldSts>PDNG", "DtldSts"),
        ("<Cd>AC04</Cd>", "<Cd>ZZ99</Cd>", "StsRsnInf/Rsn/Cd"),
        ("<IntrBkSttlmDt>2026-12-10</IntrBkSttlmDt>", "", "OrgnlTxRef/IntrBkSttlmDt"),
        ('Ccy="CNY">600.01', 'Ccy="USD">600.01', "InstdAmt"),
        ("600.01<", "600.011<", "InstdAmt"),
        ("600.01<", "0<", "InstdAmt"),
        ("<OrgnlEndToEndId>", "<OrgnlEndToEndId>x", "OrgnlEndToEndId"),
        ("<DtldNbOfTxs>4", "<DtldNbOfTxs>3", "NbOfTxsPerSts"),
    ],
)
def test_a_report_that_is_valid_and_still_out_of_our_profile_is_refused(
    before: str, after: str, field: str
) -> None:
    text = returned("XML", codes={2: "E02"}).decode()
    assert before in text
    with pytest.raises(Refusal) as refused:
        read_return(text.replace(before, after, 1).encode())
    assert refused.value.field == field


def test_a_statement_runs_through_and_shows_what_was_never_paid() -> None:
    claimed = read_return(returned()).lines
    entries = [(n, str(line.payment_id), -line.fen) for n, line in enumerate(claimed[1:], start=1)]
    content = bank_writes.statement("S1", "0505012345678901", "20261210", 1_000_000, entries, "UTF-8")
    statement = read_statement(content)
    assert (statement.opening_fen, statement.closing_fen) == (
        1_000_000,
        1_000_000 - sum(line.fen for line in claimed[1:]),
    )
    assert list(never_paid(claimed, statement)) == [claimed[0]]
    earlier = replace(statement, since=date(2026, 12, 1), until=date(2026, 12, 9), lines=())
    assert list(never_paid(claimed, earlier)) == [], "days the statement does not cover prove nothing"


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (",1000000,", ",1000001,", "余额"),
        ("-60001,939999", "-60001,939998", "余额"),
        ("20261210,20261210", "20261232,20261210", "起始日"),
        ("939999,1,", "939999,2,", "笔数"),
    ],
)
def test_a_statement_whose_balances_do_not_run_through_is_refused(
    before: str, after: str, field: str
) -> None:
    entries = [(1, str(payment(1, NUMBER)), -60001)]
    text = bank_writes.statement("S1", "0505012345678901", "20261210", 1_000_000, entries, "GB18030").decode(
        "gb18030"
    )
    assert before in text
    with pytest.raises(Refusal) as refused:
        read_statement(resealed(text.replace(before, after, 1)))
    assert refused.value.field == field


def test_a_hundred_thousand_answers_are_read_within_seconds(tmp_path: Path) -> None:
    of = batch(count=100_000)
    began = time.perf_counter()
    write_batch(of, Format.CSV_GB18030, tmp_path)
    wrote = time.perf_counter() - began
    content = returned(count=100_000, codes=dict.fromkeys(range(3, 100_000, 50), "E02"))
    began = time.perf_counter()
    read = compare(read_return(content), NUMBER, sent(of))
    took = time.perf_counter() - began
    assert read.verdict is Verdict.SOME_FAILED
    assert len(read.bookable) == 100_000
    assert wrote < 15, wrote
    assert took < 15, took
