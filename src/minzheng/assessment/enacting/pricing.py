"""Whom a proposal affects: the reform desk's city under the value that is proposed, every holder that changes kept.

The digest stands for the proposal, for what it was priced on, and for every row; the database computes it again.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from minzheng.assessment.canonical import canonical
from minzheng.assessment.enacting.law import (
    base_values,
    edition_rows,
    edition_text,
    editions_in_force,
    enacted_rows,
    over_base,
    row_of,
    text_from,
    text_in_force,
)
from minzheng.assessment.enacting.models import Enactment, Impact, Proposal
from minzheng.assessment.enacting.types import Kind
from minzheng.assessment.enacting.values import signed_rows
from minzheng.assessment.reforms.upcoming import written
from minzheng.rulebook.texts import of_files, reread
from minzheng.rules.book import Rulebook
from minzheng.rules.joined import as_of, changed_rules
from minzheng.rules.language.declare import layer
from minzheng.rules.parameters import ParameterSet, Row
from minzheng.rules.written import Plain
from minzheng.values.errors import Defect

FORMAT = "minzheng-enacting-1"
DECIDED = ("yes", "no")
UNIT, RECORD = "\x1f", "\x1e"
ALWAYS = date(1900, 1, 1)


@dataclass(frozen=True)
class Affected:
    """One holder of a programme that changes, as the list keeps it. No amount: it is not settled."""

    programme: str
    household: int
    person: int | None
    division: str
    outcome_before: str
    outcome_after: str
    fen_before: int | None
    fen_after: int | None

    @property
    def order(self) -> tuple[bytes, int, int]:
        return self.programme.encode(), self.household, self.person or 0

    @property
    def line(self) -> str:
        fen = (-1 if one is None else one for one in (self.fen_before, self.fen_after))
        parts = (
            self.programme, self.household, self.person or 0, self.division, self.outcome_before,
            self.outcome_after, *fen,
        )  # fmt: skip
        return UNIT.join(str(part) for part in parts)


def affected_of(rows: Iterable[dict[str, Any]]) -> list[Affected]:
    """The desk's rows in the order of the list."""
    found = [
        Affected(
            row["programme"], row["household_id"], row["person_id"], _division(row),
            row["outcome_before"], row["outcome_after"], _fen(row, "before"), _fen(row, "after"),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.order)


def _fen(row: dict[str, Any], side: str) -> int | None:
    """Of whom it is not decided whether they are entitled it is not settled what they are paid."""
    fen: int | None = row[f"fen_{side}"]
    return fen if row[f"outcome_{side}"] in DECIDED else None


def _division(row: dict[str, Any]) -> str:
    """The village; the township where the village is not known."""
    village = str(row["village"])
    return village if len(village) == 12 else str(row["township"])


def digest_of(proposal: Proposal, impact: Impact, rows: Sequence[Affected]) -> str:
    """As `assessment_impact_digest` of the database."""
    head = (
        FORMAT, proposal.id, proposal.kind, proposal.key, proposal.place, proposal.value, proposal.since,
        proposal.withdraws_id or "", proposal.document, proposal.link, str(proposal.example).lower(),
        impact.snapshot, impact.month, impact.on, impact.rulebook, impact.after, impact.rows, impact.summary,
    )  # fmt: skip
    text = UNIT.join(str(part) for part in head) + RECORD + RECORD.join(row.line for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


# -- the reform that a proposal is -----------------------------------------------------------------------------------

Values = dict[str, list[dict[str, Any]]]


def values_before(proposal: Proposal, book: Rulebook, on: date) -> Values:
    """What was signed already to begin after the snapshot's day and until the proposal's month: it holds on both sides."""
    found: Values = {}
    for row in book.enacted:
        if on < row.since <= proposal.since and (row.until is None or proposal.since < row.until):
            parameter = book.parameters.declared[row.key]
            plain = _plain(written(parameter, row.value), row.place.ljust(6, "0"), row.since)
            found.setdefault(row.key, []).append(plain)
    return found


def values_after(proposal: Proposal, book: Rulebook, on: date) -> Values:
    """The same with the proposal. book: the rulebook in force."""
    if proposal.kind == Kind.VALUE:
        found = values_before(proposal, book, on)
        mine = [_plain(_typed(proposal.value), proposal.place, proposal.since)]
    else:
        found = values_before(proposal, book_after(proposal, book), on)
        mine = _without(proposal, book)
    found[proposal.key] = [*found.get(proposal.key, []), *mine]
    return found


def _plain(value: str | bool, place: str, since: date) -> dict[str, Any]:
    return {"value": value, "place": place, "from": since.isoformat()}


def _typed(value: str) -> str | bool:
    return {"true": True, "false": False}.get(value, value)


def _without(proposal: Proposal, book: Rulebook) -> list[dict[str, Any]]:
    """For each county the value that would hold from the month on if the enacted row ended with it."""
    later = book_after(proposal, book)
    parameter = book.parameters.declared[proposal.key]
    found = []
    for county in book.counties:
        if county.startswith(layer(proposal.place)):
            row = later.parameters.resolve(parameter, county, proposal.since).row
            value = written(parameter, None if row is None else row.value)
            found.append(_plain(value, county, proposal.since))
    return found


def between(before: Iterable[Affected], after: Iterable[Affected]) -> list[Affected]:
    """From what two reforms change of one city, what differs between the two."""
    first, second = ({one.order: one for one in side} for side in (before, after))
    found = []
    for key in first.keys() | second.keys():
        a, b = first.get(key), second.get(key)
        one = b or a
        assert one is not None
        was = (a.outcome_after, a.fen_after) if a is not None else (one.outcome_before, one.fen_before)
        now = (b.outcome_after, b.fen_after) if b is not None else (one.outcome_before, one.fen_before)
        if was != now:
            found.append(
                replace(one, outcome_before=was[0], fen_before=was[1], outcome_after=now[0], fen_after=now[1])
            )
    return sorted(found, key=lambda one: one.order)


def book_after(proposal: Proposal, book: Rulebook) -> Rulebook:
    """The rulebook as it would be with the proposal in force, signed today as the last."""
    rows = enacted_rows()
    order = max((row.order for row in rows), default=0) + 1
    if proposal.kind == Kind.VALUE:
        return over_base((*rows, row_of(proposal, proposal.since, order)))
    ended = proposal.withdraws
    if ended is None or not hasattr(ended, "enactment"):
        raise Defect("撤回的提案没有指明已生效的数值。", code="enacting.nothing_to_take_back")
    return over_base(tuple(_ended(row, ended.enactment.pk, proposal) for row in rows))


def _ended(row: Row, number: int, proposal: Proposal) -> Row:
    if row.order != number:
        return row
    return Row(**{**vars(row), "until": max(proposal.since, row.since)})


# -- another edition of the rulebook ---------------------------------------------------------------------------------


def text_after(proposal: Proposal) -> Plain:
    """The text that would be in force with a proposal of one, or with one taken back. Raises `Refusal` where it cannot."""
    if proposal.kind == Kind.TEXT:
        return text_from(text_in_force(), edition_text(proposal.value), proposal.since)
    return text_in_force(without=_taken_back(proposal), since=proposal.since)


def rows_after(proposal: Proposal) -> tuple[Row, ...]:
    """The rows that would be in force beside the installation's own, signed as the last."""
    rows = enacted_rows()
    if proposal.kind == Kind.TEXT:
        editions, order = editions_in_force(), max((row.order for row in rows), default=0) + 1
        fresh = editions.fresh(edition_rows(proposal.value))
        return (*rows, *signed_rows(fresh, proposal.since, proposal.since, order))
    number = _taken_back(proposal).pk
    ended = (_ended(row, number, proposal) for row in rows)
    return tuple(row for row in ended if row.until is None or row.since < row.until)


def _taken_back(proposal: Proposal) -> Enactment:
    ended = proposal.withdraws
    if ended is None or not hasattr(ended, "enactment"):
        raise Defect("撤回的提案没有指明已生效的文本。", code="enacting.nothing_to_take_back")
    enactment: Enactment = ended.enactment
    return enactment


def text_beside(proposal: uuid.UUID, side: str, on: date) -> Rulebook:
    """One side of a proposal on a day, not before its month: the changed rules and parameters are on every day what they
    are on that one, all others are what they are. side: "before" it, "after" it, or for worked "cases", which have days of
    their own: after it, each changed parameter as on the first day that the edition says something of it.
    """
    row = Proposal.objects.get(pk=proposal)
    moves = _Moves(row)
    day = max(on, row.since)
    which = 0 if side == "before" else 1
    days = dict.fromkeys(moves.keys, day)
    if side == "cases":
        days = {key: moves.first_day(key, day) for key in moves.keys}
        day = max((day, *moves.texts_begin))
    book = reread(as_of(moves.texts[which], moves.names, day))
    values = base_values().and_rows(moves.rows[which])
    return book.with_parameters(_values_as_of(values, days, book.counties))


def days_of(proposal: Proposal, on: date) -> list[date]:
    """The days on which a proposal of an edition is priced: the first one, and each on which something in it begins later."""
    moves, first = _Moves(proposal), max(on, proposal.since)
    later = moves.texts_begin | {row.since for row in moves.moved}
    return [first, *sorted(day for day in later if day > first)]


class _Moves:
    """What a proposal of an edition, or of taking one back, changes: texts and rows in force before and after it."""

    def __init__(self, proposal: Proposal) -> None:
        self.texts = (text_in_force(), text_after(proposal))
        self.names = changed_rules(*self.texts)
        self.rows = (enacted_rows(), rows_after(proposal))
        self.moved = set(self.rows[0]) ^ set(self.rows[1])
        self.keys = sorted({row.key for row in self.moved})
        self.texts_begin = {day for name in self.names for day in self._begin(name)}

    def _begin(self, name: str) -> set[date]:
        """Days on which a text of a rule begins on one side only."""
        before, after = (_days(text, name) for text in self.texts)
        return before ^ after

    def first_day(self, key: str, day: date) -> date:
        """The day, or the first one after it on which a changed row of the parameter begins where none holds on it."""
        rows = [row for row in self.moved if row.key == key and (row.until is None or day < row.until)]
        return max(day, min((row.since for row in rows), default=day))


def _days(text: Plain, name: str) -> set[date]:
    versions = text["provisions"].get(name, {}).get("versions") or [
        one for one in text["programs"] if one["name"] == name
    ]
    return {date.fromisoformat(one["since"]) for one in versions if one["since"] is not None}


def _values_as_of(values: ParameterSet, days: Mapping[str, date], counties: Sequence[str]) -> ParameterSet:
    """The set in which some parameters have, on every day, what they have on one."""
    kept = [row for key, held in values.rows.items() if key not in days for row in held]
    for key, day in days.items():
        for county in counties:
            row = values.resolve(values.declared[key], county, day).row
            if row is not None:
                kept.append(replace(row, place=county, since=ALWAYS, until=None, known_from=ALWAYS, order=0))
    return ParameterSet(values.declared.values(), kept)


# -- counts and money ------------------------------------------------------------------------------------------------


def summary_of(rows: Sequence[Affected], book: Rulebook) -> str:
    """Canonical JSON: in all, by county, by programme."""
    cadence = {one["name"]: one["cadence"] for one in of_files()["programs"]}
    cadence |= {program.name: program.cadence for program in book.programs}
    found: dict[str, Any] = {"all": _Count(), "counties": {}, "programmes": {}}
    for row in rows:
        for count in (
            found["all"],
            found["counties"].setdefault(row.division[:6], _Count()),
            found["programmes"].setdefault(row.programme, _Count()),
        ):
            count.add(row, monthly=cadence[row.programme] == "monthly")
    return canonical(
        {
            "all": found["all"].plain(),
            "counties": {code: one.plain() for code, one in found["counties"].items()},
            "programmes": {name: one.plain() for name, one in found["programmes"].items()},
        }
    )


class _Count:
    """Holders that change; what they are paid a month now and then, where both are settled."""

    def __init__(self) -> None:
        self.holders = self.came_in = self.left = self.more = self.less = self.open = 0
        self.households: set[int] = set()
        self.fen = {True: [0, 0], False: [0, 0]}

    def add(self, row: Affected, *, monthly: bool) -> None:
        self.holders += 1
        self.households.add(row.household)
        if row.fen_before is None or row.fen_after is None:
            self.open += 1
        elif row.outcome_before != row.outcome_after:
            self.came_in += row.outcome_after == "yes"
            self.left += row.outcome_after == "no"
        else:
            self.more += row.fen_after > row.fen_before
            self.less += row.fen_after < row.fen_before
        sums = self.fen[monthly]
        sums[0] += row.fen_before or 0
        sums[1] += row.fen_after or 0

    def plain(self) -> dict[str, Any]:
        return {
            "holders": self.holders, "households": len(self.households), "came_in": self.came_in,
            "left": self.left, "more": self.more, "less": self.less, "open": self.open,
            "month_fen": self.fen[True], "other_fen": self.fen[False],
        }  # fmt: skip
