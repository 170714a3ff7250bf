"""Letters that belong to no case: a change of what a family receives, told once, with its clause, figures and remedy.

The layer above knows what changed; how a letter reads, is numbered, printed and delivered is the same as in a case.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction

from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases import letters
from minzheng.cases.letters import Content
from minzheng.cases.models import LetterRow
from minzheng.cases.reasons import reasons_of
from minzheng.cases.types import LetterKind
from minzheng.cases.where import in_scope, village_of
from minzheng.registry.queries import household_lines, person_lines
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.explain.sentences import Narrator
from minzheng.values.errors import Refusal

WAYS = ("直接送达", "留置送达", "邮寄送达", "电子送达", "转交送达")


@dataclass(frozen=True)
class Told:
    """What a letter tells: its title and first sentences, the law's answer where there is one, clauses of its own."""

    title: str
    opening: tuple[str, ...]
    closing: tuple[str, ...] = ()
    outcome: tuple[Determination, Outcome] | None = None
    clauses: tuple[str, ...] = ()
    clause_ids: tuple[str, ...] = ()


@transaction.atomic
def tell(
    *, actor: Actor, household: int, person: int | None, about: uuid.UUID, told: Told, on: date
) -> LetterRow:
    """Write to a family (or to the one it is about) what changed; the same thing again gives the letter there is."""
    actor.require(Permission.RECEIVE_CASES)
    known = LetterRow.objects.filter(about=about).first()
    if known is not None:
        return known
    division = village_of(actor, household, on)
    row = LetterRow(
        number=letters.CODE,
        household_id=household,
        about=about,
        division=division,
        version=0,
        kind=LetterKind.CHANGE,
        content={
            name: letters.plain(value)
            for name, value in vars(_content(actor, household, person, division, told, on)).items()
        },
        received_on=on,
    )
    letters.kept(row)
    record(actor, "write_letter", "cases.letter", row.public_id, division=division)
    return row


def _content(
    actor: Actor, household: int, person: int | None, division: str, told: Told, on: date
) -> Content:
    found = Content(
        title=told.title,
        organ=letters.county_organ(division),
        to=_addressee(actor, household, person, on),
        paragraphs=(*told.opening, *told.closing),
        on=on.isoformat(),
        clauses=told.clauses,
        clause_ids=told.clause_ids,
        remedy=letters.remedy(division, on),
        contact=letters.contact(division),
    )
    if told.outcome is None:
        return found
    determination, outcome = told.outcome
    why = reasons_of(Narrator(determination).outcome(outcome))
    law = letters.law([one.condition for one in why], determination, outcome)
    law["clause_ids"] = tuple(dict.fromkeys((*told.clause_ids, *law["clause_ids"])))
    paragraphs = (*told.opening, *letters.numbered(why), *told.closing)
    short = letters.short(
        replace(found, paragraphs=paragraphs, **law), [line for one in why for line in one.lines]
    )
    return replace(short, clauses=(*told.clauses, *short.clauses))


def _addressee(actor: Actor, household: int, person: int | None, on: date) -> str:
    """Who it is about; of a household's its head. A grown-up of the household reads a child's letter with it."""
    if person is not None and (line := person_lines(actor, [person]).get(person)) is not None:
        return line.name
    homes = household_lines(actor, [household], on=on)
    return (homes[0].head if homes else "") or "家庭"


@transaction.atomic
def deliver(*, actor: Actor, letter: uuid.UUID, how: str, delivered_on: date, on: date) -> LetterRow:
    """The letter reached the family: on which day, in which way. Time against it runs from then; twice is once."""
    actor.require(Permission.RECEIVE_CASES)
    rows = LetterRow.objects.select_for_update().filter(in_scope(actor), case=None, public_id=letter)
    row = rows.first()
    if row is None:
        raise Refusal("letter.not_found", "没有找到该文书，或不在您的管辖区域内。")
    if row.delivered_on is not None:
        return row
    if how not in WAYS:
        raise Refusal("letter.how", "请选择送达方式。", field="how")
    if not row.received_on <= delivered_on <= on:
        raise Refusal("letter.day", "送达日期应当在出具之后、今日以前。", field="delivered_on")
    row.delivered_on, row.delivered_by = delivered_on, how
    row.save(update_fields=["delivered_on", "delivered_by"])
    record(actor, "deliver_letter", "cases.letter", row.public_id, division=row.division)
    return row


# -- reading ---------------------------------------------------------------------------------------------
def letters_about(actor: Actor, subjects: Sequence[uuid.UUID]) -> dict[uuid.UUID, LetterRow]:
    """The letters that tell of these, by what they tell of."""
    rows = LetterRow.objects.filter(in_scope(actor), case=None, about__in=list(subjects))
    return {one.about: one for one in rows if one.about is not None}


def letters_of_household(actor: Actor, household: int) -> list[LetterRow]:
    """What a family was told beside its cases, the latest first."""
    rows = LetterRow.objects.filter(in_scope(actor), case=None, household_id=household)
    return list(rows.order_by("-received_on", "-pk"))
