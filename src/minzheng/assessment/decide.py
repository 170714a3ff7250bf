"""One household decided: facts as of a day and as known at a moment, completed with what kin elsewhere owe.

The same two stages as for a city (`city`): what obligors owe is computed in their own households first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from minzheng.base.queries import business_date, published_by
from minzheng.base.types import Actor, Permission
from minzheng.registry.facts import Around, facts_around
from minzheng.registry.queries import household_of
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.explain.determine import Determination, determine
from minzheng.rules.explain.evaluate import Evaluation
from minzheng.rules.facts import Source, UnitFacts
from minzheng.rules.language.declare import Fact
from minzheng.rules.stages import gathered_value, stage_rules
from minzheng.values.month import Month

SUPPORTED = "supported_people"


def rulebook() -> Rulebook:
    """The rulebook in force: that of the files with what two people brought into force beside them.

    Asks the database each time (one row by its key), so that no process goes on with an edition that is past.
    """
    from minzheng.assessment.enacting.law import book_in_force

    return book_in_force()


def decide(
    actor: Actor,
    household: int,
    *,
    on: date | None = None,
    known_at: datetime | None = None,
    book: Rulebook | None = None,
    steps: bool = True,
) -> Determination:
    """Every programme for a household in the actor's region, with its explanation.

    on: the day of law (the business date). known_at: only what was recorded and published by then. Never what was
    published after the business date (`published_by`).
    """
    return decide_many(actor, [household], on=on, known_at=known_at, book=book, steps=steps)[0]


def decide_by_public_id(actor: Actor, public_id: Any, **when: Any) -> Determination:
    """The same, for a page or a command that knows the public id."""
    actor.require(Permission.DECIDE)
    view = household_of(actor, public_id, on=when.get("on") or business_date())
    return decide(actor, view.id, **when)


def decide_many(
    actor: Actor,
    households: Sequence[int],
    *,
    on: date | None = None,
    known_at: datetime | None = None,
    book: Rulebook | None = None,
    steps: bool = True,
) -> list[Determination]:
    """Several households at once, in the order asked; their facts are read together."""
    book = book or rulebook()
    on = on or business_date()
    around = facts_around(actor, households, month=Month.of(on), on=on, known_at=known_at)
    gathering = _Gathering(book, around, on, published_by(on, known_at))
    return [
        determine(book, gathering.facts(at), gathering.situation(at), steps=steps)
        for at in range(around.asked)
    ]


class _Gathering:
    """Stage 1 and the edges for a few households."""

    def __init__(self, book: Rulebook, around: Around, on: date, published: date) -> None:
        from minzheng.rulebook.obligors import EDGES

        self.book, self.around, self.on, self.published = book, around, on, published
        self.kinds = EDGES
        self.values: dict[tuple[int, int, str], Any] = {}
        self.evaluations: dict[int, Evaluation] = {}
        self._count_supported()

    def situation(self, unit: int) -> Situation:
        return Situation.at(self.around.counties[unit], self.on, known_at=self.published)

    def _count_supported(self) -> None:
        """How many different people elsewhere each member is answerable for."""
        column = self.book.columns.get(SUPPORTED)
        if column is None:
            return
        supporters = self.kinds["supporters"]
        people: dict[tuple[int, int], set[int]] = {}
        for unit, who, kind, other in self.around.supporting:
            if kind.name in supporters:
                people.setdefault((unit, who), set()).add(other)
        assert column.bounds is not None
        for unit, facts in enumerate(self.around.units):
            for who, person in enumerate(facts.people):
                count = len(people.get((unit, who), ()))
                if count <= column.bounds[1]:
                    person[SUPPORTED] = count
                facts.sources[SUPPORTED, who] = Source(name="由已登记的亲属情况得出")

    def facts(self, unit: int) -> UnitFacts:
        """The unit's facts with the gathered ones."""
        facts = self.around.units[unit]
        for fact in self.book.gathered:
            assert fact.gathered is not None
            for who, person in enumerate(facts.people):
                others = self._others(unit, who, self.kinds[fact.gathered.over])
                person[fact.column] = gathered_value(fact, [self._stage_one(fact, other) for other in others])
                facts.sources[fact.column, who] = _gathered_source(len(others))
        return facts

    def _others(self, unit: int, who: int, kinds: frozenset[str]) -> list[tuple[int, int] | None]:
        return [
            None if e.other_unit is None or e.other is None else (e.other_unit, e.other)
            for e in self.around.edges
            if (e.unit, e.who) == (unit, who) and e.kind.name in kinds
        ]

    def _stage_one(self, fact: Fact, other: tuple[int, int] | None) -> Any:
        if other is None:
            return None
        assert fact.gathered is not None
        unit, who = other
        evaluation = self.evaluations.get(unit)
        if evaluation is None:
            evaluation = self.evaluations[unit] = Evaluation(
                self.book, self._own_facts(unit), self.situation(unit)
            )
        return evaluation.rule(self.book[fact.gathered.value.name], who)

    def _own_facts(self, unit: int) -> UnitFacts:
        """In the first stage nobody owes anybody yet: gathered facts are nothing."""
        facts = self.around.units[unit]
        nothing = {fact.column: 0 for fact in self.book.gathered}
        people = [{**person, **nothing} for person in facts.people]
        return UnitFacts(dict(facts.unit), people, facts.unit_id, facts.people_ids, facts.names)


def _gathered_source(others: int) -> Source:
    if not others:
        return Source(name="由已登记的亲属情况得出", note="户外没有在世的法定义务人")
    return Source(name="按义务人家庭的登记情况核算", note=f"涉及户外亲属 {others} 人")


__all__ = ["decide", "decide_by_public_id", "decide_many", "rulebook", "stage_rules"]
