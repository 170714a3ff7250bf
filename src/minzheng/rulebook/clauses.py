"""Every clause of the catalogue with its document and article, and what became of it: its disposition.

`catalogue.csv` lists what must be answered for; `dispositions.yaml` answers. Whether the answers hold is judged by
`check.clauses`, so that a gap is a line of a report and not a rulebook that does not load.
"""

from __future__ import annotations

import csv
import enum
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from minzheng.rules.parameters import read_numbered

FOLDER = Path(__file__).parent
GROUPS = {
    "TX": "用语、日期和数字", "HH": "共同生活的家庭成员", "IN": "收入", "PR": "财产", "CK": "家庭经济状况核对", "TM": "程序和时限",
    "PB": "评议和公示", "DY": "动态管理", "SA": "法律责任", "AP": "救济和举报", "FT": "容错免责", "GV": "审批和监督",
    "DB": "最低生活保障", "SP": "单人户低保", "TK": "特困人员救助供养", "BY": "低保边缘家庭", "GX": "刚性支出困难家庭",
    "LS": "临时救助", "JT": "低保渐退", "JC": "就业成本扣减", "DL": "困难残疾人生活补贴", "DC": "重度残疾人护理补贴",
    "OA": "高龄补贴", "OR": "孤儿基本生活保障", "SW": "事实无人抚养儿童", "ZX": "孤儿助学", "LB": "农村留守儿童", "ST": "待遇之间的关系",
}  # fmt: skip
"""The prefixes of clause ids in the order of the catalogue."""


class Disposition(enum.StrEnum):
    """What a clause is for this program."""

    COMPUTES = "computes"
    DEFINES = "defines"
    DELEGATES = "delegates"
    PROCEDURE = "procedure"
    DISCRETION = "discretion"
    OUT_OF_SCOPE = "out of scope"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Disposition.COMPUTES: "由规则计算",
    Disposition.DEFINES: "界定用语",
    Disposition.DELEGATES: "授权地方定数",
    Disposition.PROCEDURE: "办理程序",
    Disposition.DISCRETION: "裁量",
    Disposition.OUT_OF_SCOPE: "不在本平台范围",
}


@dataclass(frozen=True)
class Clause:
    """A clause of the catalogue: its id, the number of its document, its article."""

    id: str
    document: str
    article: str
    at: str

    @property
    def group(self) -> str:
        return self.id.split("-")[0]

    @property
    def article_words(self) -> str:
        return f"第{self.article}条" if re.fullmatch(r"[0-9—、]+", self.article) else self.article


@dataclass(frozen=True)
class Disposed:
    """One answer: the kind, and what it names. `review` is why more than 5 % of a sweep ends in review there."""

    id: str
    subject: str
    kind: str
    parameters: tuple[str, ...]
    step: str
    by: str
    why: str
    note: str
    review: str
    at: str

    @property
    def label(self) -> str:
        return LABELS[Disposition(self.kind)] if self.kind in set(Disposition) else self.kind


FIELDS = {"id", "subject", "disposition", "parameters", "step", "by", "why", "note", "review"}


def read_catalogue(path: Path) -> list[Clause]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        Clause(row["id"], row["document"], row["article"], f"{path.name}:{number}")
        for number, row in enumerate(rows, 2)
    ]


def read_dispositions(path: Path) -> list[Disposed]:
    """All answers of a file, in its order; fields that are missing are empty, unknown ones are kept as a kind."""
    return [_disposed(raw, f"{path.name}:{line}") for line, raw in read_numbered(path)]


def _disposed(raw: dict[str, Any], at: str) -> Disposed:
    strange = sorted(set(raw) - FIELDS)
    return Disposed(
        id=str(raw.get("id", "")),
        subject=str(raw.get("subject", "")),
        kind=f"（不认识的字段 {'、'.join(strange)}）" if strange else str(raw.get("disposition", "")),
        parameters=tuple(str(key) for key in raw.get("parameters", ())),
        step=str(raw.get("step", "")),
        by=str(raw.get("by", "")),
        why=str(raw.get("why", "")),
        note=str(raw.get("note", "")),
        review=str(raw.get("review", "")),
        at=at,
    )


@cache
def catalogue() -> tuple[Clause, ...]:
    return tuple(read_catalogue(FOLDER / "catalogue.csv"))


@cache
def dispositions() -> dict[str, Disposed]:
    """The answers by clause id. Of two answers for one clause the check tells; the later one is here."""
    return {one.id: one for one in all_dispositions()}


@cache
def all_dispositions() -> tuple[Disposed, ...]:
    return tuple(read_dispositions(FOLDER / "dispositions.yaml"))
