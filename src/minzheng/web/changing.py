"""Changes of a family as forms say them: what was typed, whom and where it names, and the registry's verb it comes to."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from minzheng.base.queries import business_date
from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry import queries as registry
from minzheng.registry.divisions import shipped_divisions
from minzheng.registry.naming import division_path
from minzheng.registry.queries import HouseholdView, Member
from minzheng.registry.ties import Joining
from minzheng.values.errors import Refusal
from minzheng.web import places

MOST = 20
_EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True)
class Choice:
    """Something to choose among what a typed text may mean."""

    value: str
    label: str


@dataclass
class Picked:
    """A typed text and what it may mean: chosen at once when there is one meaning, else by a second look."""

    text: str
    value: str = ""
    choices: list[Choice] = field(default_factory=list)

    @property
    def chosen(self) -> str:
        return next((one.label for one in self.choices if one.value == self.value), "")


@functools.cache
def villages() -> tuple[Choice, ...]:
    """Every village and community of today in the city, with its way down from the county."""
    return tuple(
        Choice(str(row.code), division_path(row.code))
        for row in shipped_divisions()
        if row.level == 12 and not row.pseudo and row.valid_to is None and places.in_city(str(row.code))
    )


class Typed:
    """A form as posted: every reading names its field when it cannot be read."""

    def __init__(self, actor: Actor, typed: Mapping[str, str]) -> None:
        self.actor, self.typed = actor, typed
        self.picked: dict[str, Picked] = {}
        #: The family the form is about and its people: they are no answer to who else.
        self.own_household = 0
        self.own_people: frozenset[str] = frozenset()

    def text(self, name: str, *, most: int = 200) -> str:
        return self.typed.get(name, "").strip()[:most]

    def needed(self, name: str, otherwise: str, *, most: int = 200) -> str:
        text = self.text(name, most=most)
        if not text:
            raise Refusal(f"change.no_{name}", otherwise, field=name)
        return text

    def reason(self) -> str:
        return self.needed("reason", "请填写事由和依据的材料。", most=500)

    def day(self, name: str = "on") -> date:
        try:
            found = date.fromisoformat(self.text(name))
        except ValueError:
            found = None
        if found is None or found < _EARLIEST:
            raise Refusal("change.no_day", "请填写日期，写作 2023-12-01。", field=name)
        return found

    def yes(self, name: str) -> bool | None:
        return {"yes": True, "no": False}.get(self.text(name))

    def event(self, allowed: Iterable[codes.Event]) -> codes.Event:
        for one in allowed:
            if self.text("event") == str(int(one)):
                return one
        raise Refusal("change.no_event", "请选择变动的原因。", field="event")

    def relation(self, name: str) -> codes.Relation:
        found = self.relation_or_none(name)
        if found is None:
            raise Refusal("change.no_relation", "请选择与户主的关系。", field=name)
        return found

    def relation_or_none(self, name: str) -> codes.Relation | None:
        return next((one for one in codes.Relation if self.text(name) == str(int(one))), None)

    # -- what a text means -----------------------------------------------------------------------------------
    def village(self, name: str) -> int:
        """A village of the city by its code or a part of its name."""
        return int(self._pick(name, _villages_named, "村（社区）"))

    def own_village(self, name: str) -> int:
        """A village in charge."""
        return int(self._pick(name, self._own_villages_named, "村（社区）"))

    def _own_villages_named(self, text: str) -> tuple[list[Choice], bool]:
        return _named(text, [one for one in villages() if self.actor.covers(one.value)])

    def household(self, name: str) -> HouseholdView:
        found = self._pick(name, self._households_named, "家庭")
        return registry.household_of(self.actor, uuid.UUID(found), on=self._today)

    def person(self, name: str) -> registry.PersonLine:
        found = self._pick(name, self._people_named, "人员")
        person = registry.person_of(self.actor, uuid.UUID(found))
        return registry.person_lines(self.actor, [person.pk])[person.pk]

    @functools.cached_property
    def _today(self) -> date:
        return business_date()

    def _pick(self, name: str, find: Callable[[str], tuple[list[Choice], bool]], what: str) -> str:
        text = self.text(name, most=60)
        picked = self.picked[name] = Picked(text)
        if not text:
            raise Refusal("change.nothing_typed", f"请填写{what}。", field=name)
        picked.choices, more = find(text)
        values = {one.value for one in picked.choices}
        chosen = self.text(f"{name}-choice")
        if chosen in values:
            picked.value = chosen
        elif len(values) == 1 and not more:
            picked.value = next(iter(values))
        if picked.value:
            return picked.value
        if not values:
            raise Refusal("change.not_found", f"没有找到该{what}，或不在可选的范围内。", field=name)
        known = f"找到 {len(values)} 项以上，请写得更完整" if more else f"找到 {len(values)} 项，请选定一项"
        raise Refusal("change.several", f"{known}（{what}）。", field=name)

    def _households_named(self, text: str) -> tuple[list[Choice], bool]:
        lines, more = registry.search(self.actor, text, on=self._today, size=MOST)
        return [
            Choice(str(one.public_id), f"{one.head} 户，{one.place}，{one.people} 人")
            for one in lines
            if one.id != self.own_household
        ], more

    def _people_named(self, text: str) -> tuple[list[Choice], bool]:
        lines, more = registry.people_found(self.actor, text, most=MOST)
        return [
            Choice(str(one.public_id), f"{one.name}，{one.sex}，{one.birth_date:%Y-%m-%d} 出生，{one.number}")
            for one in lines
            if one.died_on is None and str(one.public_id) not in self.own_people
        ], more


class Given(Typed):
    """The form of a change of one family."""

    def __init__(self, actor: Actor, view: HouseholdView, typed: Mapping[str, str]) -> None:
        super().__init__(actor, typed)
        self.view = view
        self.members = {str(m.person.public_id): m for m in view.members if m.person is not None}
        self.own_household, self.own_people = view.id, frozenset(self.at_home())

    def member(self, name: str) -> Member:
        found = self.members.get(self.text(name))
        if found is None:
            raise Refusal("change.no_member", "请选择本户人员。", field=name)
        return found

    def optional_member(self, name: str) -> Member | None:
        return self.member(name) if self.text(name) else None

    # -- the table of members -------------------------------------------------------------------------------
    def at_home(self) -> dict[str, Member]:
        return {key: member for key, member in self.members.items() if member.home}

    def joinings(self, chosen: Iterable[str]) -> dict[int, Joining]:
        """Of these members the relation where they go, and whether they live there."""
        return {
            self.members[key].person_id: Joining(self.relation(f"relation-{key}"), self.yes(f"here-{key}"))
            for key in chosen
        }

    def relations(self, chosen: Iterable[str]) -> dict[int, codes.Relation]:
        """Of these members the relation to the head where one is chosen; an empty line changes nothing."""
        told = {self.members[key].person_id: self.relation_or_none(f"relation-{key}") for key in chosen}
        return {person: one for person, one in told.items() if one is not None}


def _villages_named(text: str) -> tuple[list[Choice], bool]:
    return _named(text, villages())


def _named(text: str, among: Iterable[Choice]) -> tuple[list[Choice], bool]:
    """By the whole code or name, else by a part of the name."""
    wanted, among = "".join(text.split()), list(among)
    exact = [one for one in among if wanted in (one.value, one.label)]
    found = exact or [one for one in among if wanted in one.label]
    return found[:MOST], len(found) > MOST
