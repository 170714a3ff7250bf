"""The bank's acknowledgement of a batch file: one record, read strictly."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from minzheng.payments.bank.fields import from_text
from minzheng.payments.bank.records import broken
from minzheng.payments.bank.types import Delivery

_NAMES = ("类型", "版本", "批次号", "文件名", "SHA-256", "结论", "原因码", "原因", "笔数", "金额", "时间")
_STATES = {"ACCEPTED": Delivery.ACKNOWLEDGED, "REJECTED": Delivery.REJECTED}


@dataclass(frozen=True)
class Acknowledgement:
    """What the bank made of the file with this digest."""

    batch: str
    sha256: str
    state: Delivery
    code: str
    text: str
    count: int
    fen: int


def read_acknowledgement(content: bytes) -> Acknowledgement:
    """One line of UTF-8: `A,1,batch,file,sha256,ACCEPTED|REJECTED,code,text,count,fen,instant`."""
    try:
        text = content.decode("utf-8")
        (cells,) = csv.reader(text.splitlines(), strict=True)
        cell = dict(zip(_NAMES, cells, strict=True))
    except (UnicodeDecodeError, csv.Error, ValueError):
        raise broken("第 1 行不是完整的受理回执。", field="行") from None
    if not text.endswith("\r\n") or cell["类型"] != "A" or cell["版本"] != "1":
        raise broken("第 1 行不是完整的受理回执。", field="类型")
    if cell["结论"] not in _STATES:
        raise broken("第 1 行“结论”应为 ACCEPTED 或 REJECTED。", field="结论")
    for name in ("笔数", "金额"):
        if not (cell[name].isascii() and cell[name].isdigit()):
            raise broken(f"第 1 行“{name}”不是整数。", field=name)
    return Acknowledgement(
        batch=cell["批次号"],
        sha256=cell["SHA-256"],
        state=_STATES[cell["结论"]],
        code=cell["原因码"],
        text=from_text(cell["原因"]),
        count=int(cell["笔数"]),
        fen=int(cell["金额"]),
    )
