"""What a change does to every programme, as a page shows it: before and after side by side, changed lines first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from minzheng.assessment.foreseeing import Foreseen
from minzheng.assessment.programmes import RECEIVED_AS, programme_label
from minzheng.awards.following import Followed
from minzheng.awards.queries import due_of
from minzheng.awards.types import Fate
from minzheng.base.types import Actor, Permission
from minzheng.registry import queries as registry
from minzheng.rules.explain.determine import Determination
from minzheng.values.month import Month
from minzheng.web import explained
from minzheng.web.explained import Shown


@dataclass(frozen=True)
class Line:
    """One programme for one holder, before and after; None where there is no such holder."""

    label: str
    who: str
    before: Shown | None
    after: Shown | None

    @property
    def changed(self) -> bool:
        return _told(self.before) != _told(self.after)

    @property
    def rank(self) -> tuple[int, int]:
        return next(one.rank for one in (self.after, self.before) if one is not None)

    @property
    def worth_telling(self) -> bool:
        """A programme that did not fit and does not fit is no news, also when its holder came or went."""
        return any(one is not None and one.status != "no" for one in (self.before, self.after))


def _told(one: Shown | None) -> tuple[str, str]:
    """Nobody to hold it and not fitting come to the same: nothing is due."""
    return ("no", "") if one is None else (one.status, one.amount)


@dataclass(frozen=True)
class Receiving:
    """What is received now and what becomes of it. Without `award` only the registry says so, and it is looked at."""

    label: str
    who: str
    fen: int | None
    told: str
    award: uuid.UUID | None = None


@dataclass
class Effects:
    """Everything the page says of a change before it is saved."""

    changed: list[Line] = field(default_factory=list)
    same: list[Line] = field(default_factory=list)
    receiving: list[Receiving] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    example: bool = False


def effects(
    actor: Actor,
    foreseen: Sequence[Foreseen],
    fates: Sequence[Followed],
    names: dict[int, str],
    on: date,
    *,
    taken_later: bool,
) -> Effects:
    """Lines of households by household, those of people by person: a person who changes households is one line.

    fates: what becomes of the awards. taken_later: the other side has to take the person first.
    """
    before, after = (
        _keyed((one.household, one.before) for one in foreseen),
        _keyed((one.household, one.after) for one in foreseen),
    )
    lines = [
        line
        for key in dict.fromkeys([*before, *after])
        if (line := _line(before.get(key), after.get(key), key, names)).worth_telling
    ]
    lines.sort(key=lambda line: line.rank)
    return Effects(
        changed=[line for line in lines if line.changed],
        same=[line for line in lines if not line.changed],
        receiving=_receiving(actor, foreseen, fates, names, on, taken_later),
        ends=[
            names[one.household]
            for one in foreseen
            if one.before and not one.after and one.household in names
        ],
        example=any(one.example for line in lines for one in (line.before, line.after) if one),
    )


_Key = tuple[str, str, int]


def _keyed(found: Iterable[tuple[int, Determination | None]]) -> dict[_Key, Shown]:
    """Outcomes by programme and holder: ("household" | "person", id)."""
    keyed: dict[_Key, Shown] = {}
    for household, determination in found:
        if determination is None:
            continue
        for one in explained.outcomes(determination):
            who = one.outcome.who
            holder = (
                ("household", household) if who is None else ("person", determination.facts.people_ids[who])
            )
            keyed[(one.outcome.program.name, *holder)] = one
    return keyed


def _line(before: Shown | None, after: Shown | None, key: _Key, names: dict[int, str]) -> Line:
    one = after or before
    assert one is not None
    _, kind, holder = key
    who = one.who if kind == "person" else names.get(holder, "新立的户")
    return Line(one.label, who, before, after)


def _receiving(
    actor: Actor,
    foreseen: Sequence[Foreseen],
    fates: Sequence[Followed],
    names: dict[int, str],
    on: date,
    taken_later: bool,
) -> list[Receiving]:
    if not actor.may(Permission.SEE_HOUSEHOLDS):
        return []
    rows = registry.receipts_in(actor, Month.of(on), households=[one.household for one in foreseen])
    stands = {
        (one.award.household_id, one.award.person_id, RECEIVED_AS[one.award.programme]) for one in fates
    }
    bare = [row for row in rows if (row.household_id, row.person_id, row.programme) not in stands]
    who = {one.award.person_id for one in fates} | {row.person_id for row in bare}
    people = registry.person_lines(actor, [one for one in who if one])

    def holder(household: int, person: int | None) -> str:
        return people[person].name if person in people else names.get(household, "全家")

    shown = actor.may(Permission.SEE_CASES)
    return [
        Receiving(
            programme_label(one.award.programme),
            holder(one.award.household_id, one.award.person_id),
            due_of(one.award, Month.of(on)) or None,
            told(one, names, taken_later=taken_later),
            one.award.public_id if shown else None,
        )
        for one in fates
    ] + [
        Receiving(
            row.programme.label, holder(row.household_id, row.person_id), row.fen, "登记为在享，转入复核"
        )
        for row in bare
    ]


def told(one: Followed, names: dict[int, str], *, taken_later: bool) -> str:
    """What becomes of an award in words an officer may repeat to the family."""
    if one.fate is Fate.ENDS:
        return f"死亡，自 {one.month} 起停发"
    if one.fate is Fate.CARRIED:
        return f"自 {one.month} 起随人转入{names.get(one.household or 0, '新立的户')}，数额不变"
    if one.fate is Fate.STAYS:
        return "照发，数额不变"
    if taken_later and one.award.person_id is not None:
        return "对方接收时随人转入；那里条件、数额不同的，转入复核，决定以前照发"
    return "转入复核，由审核确认机关决定，决定以前照发"
