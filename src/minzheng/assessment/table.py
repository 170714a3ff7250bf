"""Findings as one ranked table, in words: what is written to a file, copied into the database, and measured."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from minzheng.assessment.findings import NONE, Found
from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.assessment.ranking import attention_of, base_score
from minzheng.assessment.types import Kind
from minzheng.registry.snapshot import Loaded
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.status import Status

Array = npt.NDArray[Any]
WORDS = {
    Kind.ENTITLED: "entitled",
    Kind.CLARIFY: "open",
    Kind.ENDED: "ended",
    Kind.AMOUNT: "amount",
    Kind.UNSETTLED: "open",
}
"""The kind of a finding as files say it."""


def ranked(found: Found, book: Rulebook, loaded: Loaded, columns: Columns) -> pa.Table:
    """One row a finding, the most urgent first; equal ones by household, person and programme.

    kind is a word of `WORDS`, kind_code a `Kind`; amounts are fen a month, null where there is none; asks are
    {fact, person_id}. Sentences carry no name and no number of a person.
    """
    attention = attention_of(found, loaded, columns)
    score = base_score(found, attention)
    household = loaded.unit_id[found.unit]
    person = (
        np.where(found.tie >= 0, loaded.person_id[np.maximum(found.tie, 0)], 0) if len(found) else found.tie
    )
    order = np.lexsort([found.programme, person, household, -score])
    texts = _Texts(found, book)
    asks = [found.asks.get(int(at), []) for at in order]
    amounts = {name: getattr(found, name)[order] for name in ("fen", "received")}
    programmes = np.array([p.name for p in book.programs], dtype=object)
    codes = np.array([int(RECEIVED_AS[p.name]) for p in book.programs], np.int8)
    kinds = np.array([WORDS.get(Kind(k), "") if k else "" for k in range(6)], dtype=object)
    return pa.table(
        {
            "rank": np.arange(1, len(order) + 1),
            "programme": pa.array(programmes[found.programme[order]], pa.string()),
            "programme_code": codes[found.programme[order]],
            "household_id": household[order],
            "person_id": pa.array(person[order], mask=found.tie[order] < 0),
            "division": loaded.township[found.unit[order]],
            "village": loaded.village[found.unit[order]],
            "kind": pa.array(kinds[found.kind[order]], pa.string()),
            "kind_code": found.kind[order],
            "outcome": found.outcome[order],
            "fen": pa.array(amounts["fen"], mask=amounts["fen"] == NONE),
            "received_fen": pa.array(amounts["received"], mask=amounts["received"] == NONE),
            "gap_fen": found.gap[order],
            "deciding": pa.array(texts.deciding(order), pa.string()),
            "clauses": pa.array(texts.clauses(order), pa.list_(pa.string())),
            "questions": np.array([len(a) for a in asks], np.int16),
            "asks": pa.array([_ask_rows(a, loaded) for a in asks], _ASKS),
            "attention": attention[order],
            "score": score[order],
            "sentence": pa.array(texts.sentences(order), pa.string()),
        }
    )


_ASKS = pa.list_(pa.struct([("fact", pa.string()), ("person_id", pa.int64())]))


def _ask_rows(asks: list[tuple[str, int | None]], loaded: Loaded) -> list[dict[str, Any]]:
    return [
        {"fact": name, "person_id": None if row is None else int(loaded.person_id[row])} for name, row in asks
    ]


class _Texts:
    """Sentences and clauses; those of one programme, kind and deciding provision are made once."""

    def __init__(self, found: Found, book: Rulebook) -> None:
        self.found, self.book = found, book

    def _rule(self, at: int) -> Program | Provision:
        program = self.book.programs[int(self.found.programme[at])]
        which = int(self.found.deciding[at])
        return program.requires[which] if which >= 0 else program

    def deciding(self, order: Array) -> list[str]:
        return [self._rule(at).name if self.found.deciding[at] >= 0 else "" for at in order.tolist()]

    def clauses(self, order: Array) -> list[tuple[str, ...]]:
        return [self._rule(at).citation.clauses for at in order.tolist()]

    def sentences(self, order: Array) -> list[str]:
        found = self.found
        rows = zip(
            order.tolist(), found.kind[order].tolist(), found.outcome[order].tolist(), found.programme[order].tolist(),
            found.deciding[order].tolist(), found.fen[order].tolist(), found.received[order].tolist(), strict=True,
        )  # fmt: skip
        return [self._sentence(*row) for row in rows]

    def _sentence(
        self, at: int, kind: int, outcome: int, programme: int, deciding: int, fen: int, received: int
    ) -> str:
        head = self._head(kind, outcome, programme, deciding)
        if kind == Kind.ENTITLED:
            return head + self._amount(programme, fen)
        if kind == Kind.AMOUNT:
            return (
                head
                + f"应为每月 {yuan(fen)} 元，在发 {yuan(received)} 元，相差 {yuan(abs(fen - received))} 元。"
            )
        if kind == Kind.ENDED:
            return head + (f"在发每月 {yuan(received)} 元。" if received > 0 else "")
        asks = list(dict.fromkeys(self._ask(name) for name, _who in found_asks(self.found, at)))
        also = "、".join(self.book.programs[one].label for one in self.found.also.get(at, []))
        tail = f"须查清：{'、'.join(asks)}。" if asks else "须由经办人员核定。"
        return head + tail + (f"同时关系到{also}。" if also else "")

    @functools.cache  # noqa: B019 - lives as long as one table is made
    def _head(self, kind: int, outcome: int, programme: int, deciding: int) -> str:
        program = self.book.programs[programme]
        rule = program.requires[deciding] if deciding >= 0 else program
        if kind == Kind.ENTITLED:
            return f"符合{program.label}的全部 {len(program.requires)} 项条件，未查到享受记录。"
        if kind == Kind.ENDED:
            return f"在享{program.label}，但“{rule.label}”一项不符合（{rule.citation}）。"
        if kind == Kind.AMOUNT:
            return f"在享{program.label}，金额不符。"
        held = "在享" if kind == Kind.UNSETTLED else "可能符合"
        return f"{held}{program.label}，“{rule.label}”一项{Status(outcome).label}。"

    def _amount(self, programme: int, fen: int) -> str:
        program = self.book.programs[programme]
        if program.amount is None:
            return "属身份认定，不发放现金。"
        if fen == NONE:
            return "数额须核定。"
        period = {"monthly": "每月", "yearly": "每学年", "once": "一次性救助"}[program.cadence]
        return f"应享{period} {yuan(fen)} 元。"

    @functools.cache  # noqa: B019
    def _ask(self, name: str) -> str:
        if name in self.book.columns:
            return self.book.columns[name].label
        return self.book.settings[name].label if name in self.book.settings else self.book[name].label


def found_asks(found: Found, at: int) -> list[tuple[str, int | None]]:
    return found.asks.get(at, [])


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals and thousands."""
    return f"{fen // 100:,}.{fen % 100:02d}"
