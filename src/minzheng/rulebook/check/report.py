"""A finding, and the report of all of them with the shares and counts that are printed beside them."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2]


class Kind(enum.StrEnum):
    """What a finding is about. The value is for machines, `label` for people."""

    LOAD = "load"
    CLAUSE = "clause"
    PROVISION_GAP = "provision-gap"
    PROVISION_OVERLAP = "provision-overlap"
    PARAMETER_GAP = "parameter-gap"
    PARAMETER_OVERLAP = "parameter-overlap"
    SOURCE = "source"
    BOUND = "bound"
    BAND = "band"
    NEVER = "never-true"
    DEAD = "dead"
    BASIS = "basis"
    REVIEW_RATE = "review-rate"
    CLIFF = "cliff"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Kind.LOAD: "不能载入",
    Kind.CLAUSE: "条款处置",
    Kind.PROVISION_GAP: "规则日期缺口",
    Kind.PROVISION_OVERLAP: "规则日期重叠",
    Kind.PARAMETER_GAP: "参数日期缺口",
    Kind.PARAMETER_OVERLAP: "参数日期重叠",
    Kind.SOURCE: "参数来源",
    Kind.BOUND: "突破上位规定",
    Kind.BAND: "档次衔接",
    Kind.NEVER: "永不成立",
    Kind.DEAD: "无人使用",
    Kind.BASIS: "依据的施行日",
    Kind.REVIEW_RATE: "人工核定比例",
    Kind.CLIFF: "待遇断崖",
}


@dataclass(frozen=True)
class Finding:
    """One thing found: what it concerns (clause id, provision name or parameter key), where, and a Chinese sentence."""

    kind: Kind
    subject: str
    place: str
    message: str
    defect: bool = True

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "subject": self.subject,
            "place": self.place,
            "message": self.message,
            "defect": self.defect,
        }


@dataclass(frozen=True)
class Report:
    """Everything a check says."""

    findings: tuple[Finding, ...]
    shares: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    rates: tuple[Mapping[str, Any], ...] = ()

    @property
    def defects(self) -> list[Finding]:
        return [one for one in self.findings if one.defect]

    @property
    def notes(self) -> list[Finding]:
        return [one for one in self.findings if not one.defect]

    def by_kind(self) -> Counter[Kind]:
        return Counter(one.kind for one in self.defects)

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": not self.defects,
            "dispositions": dict(self.shares),
            "counts": dict(self.counts),
            "review_rates": [dict(rate) for rate in self.rates],
            "findings": [one.as_json() for one in self.findings],
        }


def place(declared_at: str) -> str:
    """A place of the code as a reader finds it: inside the package the path from there, elsewhere as it is."""
    path, _, line = declared_at.rpartition(":")
    try:
        return f"{Path(path).relative_to(PACKAGE)}:{line}"
    except ValueError:
        return declared_at


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Defects first, each kind together, in the order they were found."""
    kinds = list(Kind)
    return tuple(sorted(findings, key=lambda one: (not one.defect, kinds.index(one.kind))))
