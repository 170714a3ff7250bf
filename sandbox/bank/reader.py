"""Reads batch files as docs/bank.md describes them: CSV in two encodings, and pain.001."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID
from xml.etree import ElementTree

from cryptography.hazmat.primitives import hashes


class NotTaken(Exception):
    """The file is not whole or not in form."""


@dataclass(frozen=True)
class Order:
    payment: str
    name: str
    account: str
    fen: int


@dataclass(frozen=True)
class Sheet:
    """A batch as the bank read it."""

    number: str
    payer: str
    pay_on: str
    count: int
    fen: int
    encoding: str
    orders: list[Order]


def read_batch(content: bytes) -> Sheet:
    try:
        sheet = _xml(content) if content[:1] == b"<" else _csv(content)
    except (ValueError, KeyError, IndexError, ArithmeticError, ElementTree.ParseError, csv.Error) as trouble:
        raise NotTaken("批次文件不完整或格式不符") from trouble
    if (len(sheet.orders), sum(order.fen for order in sheet.orders)) != (sheet.count, sheet.fen):
        raise NotTaken("笔数或合计与明细不符")
    return sheet


def _csv(content: bytes) -> Sheet:
    if not content.endswith(b"\r\n"):
        raise NotTaken("没有传完")
    encoding = content.split(b"\r\n", 1)[0].split(b",")[-2].decode("ascii")
    if encoding not in {"GB18030", "UTF-8"}:
        raise NotTaken("没有注明编码")
    rows = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), strict=True))
    head, lines, tail = rows[0], rows[1:-1], rows[-1]
    if head[:3] != ["H", "1", "MZDF"] or head[13] != "民政代发" or head[9] != "CNY" or tail[0] != "T":
        raise NotTaken("头行或尾行不符")
    body = content[content.index(b"\r\n") + 2 : content.rindex(b"\r\nT,") + 2]
    digest = hashes.Hash(hashes.SM3())
    digest.update(body)
    if tail[1:] != [head[10], head[11], digest.finalize().hex()]:
        raise NotTaken("尾行的笔数、合计或摘要不符")
    if [line[:2] for line in lines] != [["D", str(number)] for number in range(1, len(lines) + 1)]:
        raise NotTaken("序号不连续")
    return Sheet(
        number=head[3],
        payer=head[4],
        pay_on=head[7],
        count=int(head[10]),
        fen=int(head[11]),
        encoding=encoding,
        orders=[Order(str(UUID(line[2])), _plain(line[3]), line[4], int(line[6])) for line in lines],
    )


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" else cell


_NS = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


def _xml(content: bytes) -> Sheet:
    if b"<!DOCTYPE" in content[:4096]:
        raise NotTaken("不接受文档类型声明")
    root = ElementTree.fromstring(content)  # noqa: S314 - a stand-in on 127.0.0.1; declarations are refused above
    message = root.find(f"{_NS}CstmrCdtTrfInitn")
    if message is None:
        raise NotTaken("不是 pain.001.001.09")
    head = message.find(f"{_NS}GrpHdr")
    group = message.find(f"{_NS}PmtInf")
    if head is None or group is None:
        raise NotTaken("缺少 GrpHdr 或 PmtInf")
    return Sheet(
        number=_at(head, "MsgId"),
        payer=_at(group, "DbtrAcct/Id/Othr/Id"),
        pay_on=_at(group, "ReqdExctnDt/Dt").replace("-", ""),
        count=int(_at(head, "NbOfTxs")),
        fen=_fen(_at(head, "CtrlSum")),
        encoding="XML",
        orders=[
            Order(
                str(UUID(_at(one, "PmtId/EndToEndId"))),
                _at(one, "Cdtr/Nm"),
                _at(one, "CdtrAcct/Id/Othr/Id"),
                _fen(_at(one, "Amt/InstdAmt")),
            )
            for one in group.findall(f"{_NS}CdtTrfTxInf")
        ],
    )


def _at(element: ElementTree.Element, path: str) -> str:
    found = element.findtext("/".join(_NS + step for step in path.split("/")))
    if found is None:
        raise NotTaken(f"缺少 {path}")
    return found


def _fen(text: str) -> int:
    return int(Decimal(text) * 100)
