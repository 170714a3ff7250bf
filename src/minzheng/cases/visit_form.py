"""What investigators are asked at a home: the circumstances in words, and the facts the law still needs of this case.

A fact is asked where it is an officer's or a village's to find out; what an agency holds is not asked at the door.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from minzheng.assessment.decide import decide
from minzheng.assessment.types import Supplier
from minzheng.assessment.words import supplier_of
from minzheng.base.types import Actor
from minzheng.cases.deciding import position_of
from minzheng.cases.models import Case
from minzheng.rules.explain.determine import Determination
from minzheng.rules.language.expr import Column
from minzheng.values.errors import Refusal

AT_THE_DOOR = (Supplier.OFFICER, Supplier.VILLAGE, Supplier.PERSON)
IN_WORDS = (
    ("home", "住房情况"),
    ("means", "收入来源和生活支出"),
    ("labour", "劳动能力和就业"),
    ("people", "共同生活的家庭成员"),
    ("life", "实际生活状况"),
)
FACT = "fact"
_YES_NO = (("yes", "是"), ("no", "否"))


@dataclass(frozen=True)
class VisitField:
    """One thing asked. `column` and `person` say which fact of the law it is; empty for what is told in words."""

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    column: str = ""
    person: int | None = None

    def read(self, text: str) -> Any:
        """What was filled in, as it is kept: a text, a name of a choice, yes or no, a whole number."""
        if self.choices:
            if text not in dict(self.choices):
                raise self._wrong("请从给出的选项中选择")
            return text
        if self.kind == "number":
            if not (text.isascii() and text.isdecimal() and len(text) <= 9):
                raise self._wrong("应为不小于零的整数")
            return int(text)
        return text[:1000]

    def _wrong(self, how: str) -> Refusal:
        return Refusal("visit.field", f"“{self.label}”{how}。", field=f"f_{self.name}")


def visit_fields(actor: Actor, row: Case) -> list[VisitField]:
    """Everything asked at this case's home, the law's open facts first."""
    words = [VisitField(name, label, "text") for name, label in IN_WORDS]
    return [*(_facts(actor, row) if row.household_id is not None else ()), *words]


def _facts(actor: Actor, row: Case) -> Iterator[VisitField]:
    assert row.household_id is not None
    determination = decide(actor, row.household_id, steps=False)
    outcome = determination.of(row.programme, position_of(determination, row.person_id))
    for name, who in outcome.needs:
        column = determination.book.columns.get(name)
        if column is not None and supplier_of(column.column) in AT_THE_DOOR:
            yield _field(determination, column, who)


def _field(determination: Determination, column: Column, who: int | None) -> VisitField:
    person = None if who is None else int(determination.facts.people_ids[who])
    whose = "" if who is None else f"{determination.facts.name(who)}："
    kind = column.kind
    choices: tuple[tuple[str, str], ...] = ()
    if kind.name == "bool":
        choices = _YES_NO
    elif kind.domain is not None:
        choices = tuple((member.name, member.label) for member in kind.domain)
    return VisitField(
        name=":".join([FACT, column.column, *([] if person is None else [str(person)])]),
        label=f"{whose}{column.label}",
        kind="choice" if choices else "date" if kind.name == "date" else "number",
        choices=choices,
        unit=kind.unit,
        column=column.column,
        person=person,
    )
