"""What the law says follows from money wrongly received: the rulebook's provisions over the facts of one recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from minzheng.assessment.decide import rulebook
from minzheng.assessment.payment import half_up
from minzheng.rules.book import Situation
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.facts import UnitFacts, encode
from minzheng.rules.status import YES, Span
from minzheng.values.errors import Refusal


@dataclass(frozen=True)
class Sanction:
    """Refund ordered and the range a fine may lie in, in fen. `lawful`: whether the fine asked about lies in it."""

    refund: int
    fine_low: int
    fine_high: int
    lawful: bool


def sanction(*, county: str, on: date, wrongly_received: int, concealed: bool, fine: int = 0) -> Sanction:
    """S649 article 68 by the rulebook in force on a day."""
    book = rulebook()
    given = {"wrongly_received": wrongly_received, "concealed": concealed, "fine_set": fine}
    facts = UnitFacts(
        {name: encode(book.columns[name], value) for name, value in given.items()}, [{}], 0, [0], [""]
    )
    evaluation = Evaluation(book, facts, Situation.at(county, on))

    def fen(provision: str) -> int:
        value = evaluation.rule(book[provision], None)
        if isinstance(value, Span):
            raise Refusal(
                "recovery.unknown_parameter", "罚款幅度的参数在该日期没有取得，不能计算。",
                next_step="请先由政策研究人员补录参数。",
            )  # fmt: skip
        return half_up(Fraction(value))

    return Sanction(
        refund=fen("fraud_refund"),
        fine_low=fen("fine_at_least"),
        fine_high=fen("fine_at_most"),
        lawful=evaluation.rule(book["fine_lawful"], None) == YES,
    )
