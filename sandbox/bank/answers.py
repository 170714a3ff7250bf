"""The bank's own files: acknowledgement, return (CSV or pain.002) and statement, and what faults do to them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from uuid import UUID, uuid5
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import hashes

from sandbox.bank.book import Answered, Taken

REASONS = {
    "E01": ("AC01", "账号不存在"),
    "E02": ("AC04", "账户已销户"),
    "E03": ("AC06", "账户已冻结或止付"),
    "E04": ("BE01", "户名与账号不符"),
    "E07": ("AM05", "重复的付款"),
    "E08": ("AM04", "付款账户余额不足"),
    "E99": ("NARR", "其他原因"),
}


def place(path: Path, content: bytes, *, control: bool = True, false_digest: bool = False) -> None:
    """The file under its name, then its control file; both appear whole."""
    _appear(path, content)
    if control:
        digest = hashlib.sha256(content + (b"!" if false_digest else b"")).hexdigest()
        _appear(path.with_name(f"{path.name}.ok"), f"{len(content)} {digest}\n".encode())


def acknowledgement(
    batch: str, file: str, sha256: str, refused: str, why: str, count: int, fen: int, at: str
) -> bytes:
    verdict = "REJECTED" if refused else "ACCEPTED"
    return f"A,1,{batch},{file},{sha256},{verdict},{refused},{why},{count},{fen},{at}\r\n".encode()


def return_file(batch: Taken, number: str, answers: list[Answered], fault: str, at: str) -> bytes:
    """The return in the family of the batch it answers."""
    answers = _falsified(answers, fault)
    content = (
        _pain002(batch, number, answers, fault, at)
        if batch.encoding == "XML" and not answers[0].back
        else _csv_return(batch, number, answers, fault, at)
    )
    if fault == "truncated":
        return content[: len(content) * 2 // 3]
    return content


def statement(
    number: str, payer: str, day: str, opening: int, entries: list[tuple[int, str, int]], encoding: str
) -> bytes:
    balance, lines = opening, []
    for seq, (entry, payment, fen) in enumerate(entries, start=1):
        balance += fen
        lines.append(f"D,{seq},{day},{fen},{balance},{payment},YH{entry:012d},代发")
    head = f"H,1,MZDZ,{number},{payer},{day},{day},CNY,{opening},{balance},{len(lines)},{encoding},民政代发"
    return _whole(head, lines, sum(fen for _, _, fen in entries), encoding, "")


def _falsified(answers: list[Answered], fault: str) -> list[Answered]:
    first = answers[0]
    if fault == "duplicate-line":
        return [*answers, first]
    if fault == "unknown-payment":
        return [*answers, Answered(str(uuid5(UUID(first.payment), "never sent")), 100, "")]
    if fault == "wrong-amount":
        return [Answered(first.payment, first.fen + 1, first.code), *answers[1:]]
    return answers


def _csv_return(batch: Taken, number: str, answers: list[Answered], fault: str, at: str) -> bytes:
    paid = [one.fen for one in answers if not one.code]
    failed = [one.fen for one in answers if one.code and not one.back]
    back = [one.fen for one in answers if one.back]
    head = (
        f"H,1,MZHP,{number},{batch.number},{batch.file},{at},CNY,{len(answers)},"
        f"{len(paid)},{sum(paid)},{len(failed)},{sum(failed)},{len(back)},{sum(back)},{_encoding(batch)},民政代发"
    )
    lines = [_csv_line(batch, seq, one) for seq, one in enumerate(answers, start=1)]
    return _whole(head, lines, sum(one.fen for one in answers), _encoding(batch), fault)


def _csv_line(batch: Taken, seq: int, one: Answered) -> str:
    reason = REASONS[one.code][1] if one.code else ""
    day = "" if one.code and not one.back else batch.pay_on
    result = "R" if one.back else "F" if one.code else "S"
    return f"D,{seq},{one.payment},{one.fen},{result},{one.code},{reason},{day},{_reference(one)}"


def _encoding(batch: Taken) -> str:
    return "UTF-8" if batch.encoding == "XML" else batch.encoding


def _whole(head: str, lines: list[str], total: int, encoding: str, fault: str) -> bytes:
    codec = {"UTF-8": "GB18030", "GB18030": "UTF-8"}[encoding] if fault == "wrong-encoding" else encoding
    body = "".join(f"{line}\r\n" for line in lines).encode(codec)
    digest = hashes.Hash(hashes.SM3())
    digest.update(body)
    if fault == "wrong-trailer":
        digest = hashes.Hash(hashes.SM3())
    tail = f"T,{len(lines)},{total},{digest.finalize().hex()}\r\n"
    return f"{head}\r\n".encode(codec) + body + tail.encode(codec)


def _reference(one: Answered) -> str:
    return hashlib.sha256(one.payment.encode()).hexdigest()[:16].upper()


def _pain002(batch: Taken, number: str, answers: list[Answered], fault: str, at: str) -> bytes:
    by_status: dict[str, list[int]] = {}
    for one in answers:
        by_status.setdefault("RJCT" if one.code else "ACSC", []).append(one.fen)
    extra = 1 if fault == "wrong-trailer" else 0
    sums = "".join(
        f"<NbOfTxsPerSts><DtldNbOfTxs>{len(amounts) + extra}</DtldNbOfTxs><DtldSts>{status}</DtldSts>"
        f"<DtldCtrlSum>{_yuan(sum(amounts))}</DtldCtrlSum></NbOfTxsPerSts>"
        for status, amounts in by_status.items()
    )
    moment = f"{at[:4]}-{at[4:6]}-{at[6:8]}T{at[8:10]}:{at[10:12]}:{at[12:14]}{at[14:17]}:{at[17:]}"
    payments = "\n".join(_transaction(batch, one) for one in answers)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.12"><CstmrPmtStsRpt>\n'
        f"<GrpHdr><MsgId>{number}</MsgId><CreDtTm>{moment}</CreDtTm></GrpHdr>\n"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{batch.number}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"<OrgnlNbOfTxs>{batch.count}</OrgnlNbOfTxs><OrgnlCtrlSum>{_yuan(batch.fen)}</OrgnlCtrlSum>{sums}</OrgnlGrpInfAndSts>\n"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch.number}</OrgnlPmtInfId>\n{payments}\n</OrgnlPmtInfAndSts>\n"
        "</CstmrPmtStsRpt></Document>\n"
    )
    return text.encode("utf-16" if fault == "wrong-encoding" else "utf-8")


def _transaction(batch: Taken, one: Answered) -> str:
    payment = UUID(one.payment).hex
    iso, words = REASONS.get(one.code, ("", ""))
    reason = (
        f"<StsRsnInf><Rsn><Cd>{iso}</Cd></Rsn><AddtlInf>{escape(words)}</AddtlInf></StsRsnInf>"
        if one.code
        else ""
    )
    day = f"{batch.pay_on[:4]}-{batch.pay_on[4:6]}-{batch.pay_on[6:]}"
    settled = "" if one.code else f"<IntrBkSttlmDt>{day}</IntrBkSttlmDt>"
    amount = f'<Amt><InstdAmt Ccy="CNY">{_yuan(one.fen)}</InstdAmt></Amt>'
    # The schema's order: the amount, then the day of settlement.
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{payment}</OrgnlEndToEndId><TxSts>{'RJCT' if one.code else 'ACSC'}</TxSts>"
        f"{reason}<AcctSvcrRef>{_reference(one)}</AcctSvcrRef><OrgnlTxRef>{amount}{settled}</OrgnlTxRef></TxInfAndSts>"
    )


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _appear(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.part")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
