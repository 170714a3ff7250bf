"""Return files as ISO 20022 pain.002.001.12 (customer payment status report).

Our profile asks for more than the schema: how many payments and which sum for each status, and for each payment its
amount, so that a cut or edited report is noticed as in the CSV family.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NoReturn
from uuid import UUID
from xml.parsers import expat

from minzheng.payments.bank.records import broken
from minzheng.payments.bank.schema import check_against_schema
from minzheng.payments.bank.types import Outcome, Reason, ReturnFile, ReturnLine

MESSAGE = "pain.002.001.12"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{MESSAGE}"
#: Booked for good, or refused. A state in between is no answer and may not stand in a return file.
_OUTCOMES = {"ACSC": Outcome.PAID, "ACCC": Outcome.PAID, "RJCT": Outcome.FAILED}
_REASONS = {reason.iso: reason for reason in Reason}
_PAYMENT = re.compile(r"[0-9a-f]{32}")


def read_pain002(content: bytes) -> ReturnFile:
    """A whole, valid status report whose sums by status fit its payments."""
    check_against_schema(content, MESSAGE, "回盘文件")
    report = _Report()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = report.start
    parser.EndElementHandler = report.end
    parser.CharacterDataHandler = report.characters
    report.parser = parser
    parser.Parse(content, True)
    lines = tuple(report.lines)
    report.check_sums()
    return ReturnFile(
        batch=report.one("OrgnlGrpInfAndSts/OrgnlMsgId"),
        number=report.one("GrpHdr/MsgId"),
        count=len(lines),
        fen=sum(line.fen for line in lines),
        lines=lines,
    )


class _Report:
    """Reads the report element by element, keeping one payment at a time."""

    def __init__(self) -> None:
        self.parser: expat.XMLParserType
        self.lines: list[ReturnLine] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._head: dict[str, list[str]] = defaultdict(list)
        self._payment: dict[str, str] = {}
        self._line = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self._path.append(tag)
        self._text.clear()
        if tag == "TxInfAndSts":
            self._payment, self._line = {}, self.parser.CurrentLineNumber
        if attributes.get("Ccy", "CNY") != "CNY":
            raise broken(f"第 {self.parser.CurrentLineNumber} 行“{tag}”的币种不是 CNY。", field=tag)

    def characters(self, text: str) -> None:
        self._text.append(text)

    def end(self, _name: str) -> None:
        path = self._path[2:]
        tag = self._path.pop()
        if tag == "TxInfAndSts":
            self.lines.append(self._finished())
        elif "TxInfAndSts" in path:
            self._payment["/".join(path[path.index("TxInfAndSts") + 1 :])] = "".join(self._text)
        else:
            self._head["/".join(path)].append("".join(self._text))
        self._text.clear()

    def one(self, path: str) -> str:
        """The only value at a place of the head."""
        found = self._head.get(path, [])
        if len(found) != 1:
            raise broken(f"“{path}”应有且只有一个。", field=path)
        return found[0]

    def check_sums(self) -> None:
        """The counts and sums by status that the bank declares are those of the payments."""
        place = "OrgnlGrpInfAndSts/NbOfTxsPerSts"
        columns = [
            self._head.get(f"{place}/{name}", []) for name in ("DtldSts", "DtldNbOfTxs", "DtldCtrlSum")
        ]
        if not columns[0] or len({len(column) for column in columns}) != 1:
            raise broken("缺少按状态汇总的笔数与金额，无法判断文件是否完整。", field="NbOfTxsPerSts")
        said: dict[Outcome, tuple[int, int]] = {}
        for status, count, total in zip(*columns, strict=True):
            outcome = _OUTCOMES.get(status)
            if outcome is None:
                raise broken(f"状态 {status} 不是最终结果。", field="DtldSts")
            before = said.get(outcome, (0, 0))
            said[outcome] = (before[0] + int(count), before[1] + self._fen(total, "DtldCtrlSum"))
        for outcome in set(_OUTCOMES.values()):
            of_it = [line.fen for line in self.lines if line.outcome is outcome]
            if said.get(outcome, (0, 0)) != (len(of_it), sum(of_it)):
                raise broken(
                    f"按状态汇总与明细不符：明细中{'成功' if outcome is Outcome.PAID else '失败'}"
                    f" {len(of_it)} 笔、{sum(of_it)} 分。文件不完整或被改动。",
                    field="NbOfTxsPerSts",
                )

    def _finished(self) -> ReturnLine:
        outcome = _OUTCOMES.get(self._needed("TxSts"))
        if outcome is None:
            self._refuse("TxSts", "不是最终结果")
        payment = self._needed("OrgnlEndToEndId")
        if not _PAYMENT.fullmatch(payment):
            self._refuse("OrgnlEndToEndId", "不是付款编号")
        fen = self._fen(self._needed("OrgnlTxRef/Amt/InstdAmt"), "InstdAmt")
        if fen <= 0:
            self._refuse("InstdAmt", "须大于 0")
        return ReturnLine(
            payment_id=UUID(payment),
            outcome=outcome,
            code=self._reason() if outcome is Outcome.FAILED else "",
            text=self._payment.get("StsRsnInf/AddtlInf", ""),
            fen=fen,
            booked_on=self._booked() if outcome is Outcome.PAID else None,
            reference=self._payment.get("AcctSvcrRef", ""),
            line=self._line,
        )

    def _reason(self) -> Reason:
        reason = _REASONS.get(self._needed("StsRsnInf/Rsn/Cd"))
        return reason or self._refuse("StsRsnInf/Rsn/Cd", "不在约定的代码表中")

    def _booked(self) -> date:
        text = self._needed("OrgnlTxRef/IntrBkSttlmDt")
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self._refuse("OrgnlTxRef/IntrBkSttlmDt", "不是日期")

    def _needed(self, name: str) -> str:
        return self._payment.get(name) or self._refuse(name, "缺失")

    def _refuse(self, name: str, why: str) -> NoReturn:
        raise broken(f"第 {self._line} 行起的付款“{name}”{why}。", field=name)

    def _fen(self, text: str, name: str) -> int:
        fen = Decimal(text) * 100
        if fen != fen.to_integral_value():
            raise broken(f"“{name}”精确到分以下。", field=name)
        return int(fen)
