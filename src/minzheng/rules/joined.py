"""Two texts of a rulebook as one: what holds until a month, and what holds from it on.

Works on texts as `written` gives them. A rule that computes the same in both is one rule; of another one every version
is cut at the month. A programme has one list of conditions: a condition that only one side asks for is asked until or from
the month.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from minzheng.rules.language.errors import RuleError
from minzheng.rules.status import YES
from minzheng.rules.written import Plain

BEGINNING = datetime.date(1900, 1, 1)


def changed_rules(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of the rules that compute something else, or that only one of two texts has; programmes last."""
    a, b = old["texts"], new["texts"]
    names = [name for name in a.keys() | b.keys() if a.get(name) != b.get(name)]
    programs = {one["name"] for one in (*old["programs"], *new["programs"])}
    return sorted(names, key=lambda name: (name in programs, name))


def joined(old: Mapping[str, Any], new: Mapping[str, Any], since: datetime.date) -> Plain:
    """The text that is `old` before a day and `new` from it on. Raises RuleError where a programme cannot be both.

    It has no `texts`: they follow from it when it is read.
    """
    join = _Join(old, new, since)
    return {
        "format": new["format"],
        "columns": _declarations(old["columns"], new["columns"]),
        "settings": _declarations(old["settings"], new["settings"]),
        "provisions": join.provisions,
        "programs": join.programs(),
        "extra": list(dict.fromkeys([*new["extra"], *old["extra"]])),
        "gathered": {**old["gathered"], **new["gathered"]},
    }


def as_of(text: Mapping[str, Any], names: list[str], day: datetime.date) -> Plain:
    """The text in which some rules are, on every day, what they are on one: what will hold, asked before it does."""
    wanted = set(names)
    provisions = {
        name: said | {"versions": [_always(one, day) for one in said["versions"]]} if name in wanted else said
        for name, said in text["provisions"].items()
    }
    programs = [_always(said, day) if said["name"] in wanted else said for said in text["programs"]]
    found = {**text, "provisions": provisions, "programs": programs}
    found.pop("texts", None)
    return found


def _always(said: Plain, day: datetime.date) -> Plain:
    """From ever on and for good where it holds on the day; else never."""
    if _holds(said, day):
        return said | {"since": None, "until": None}
    never = BEGINNING.isoformat()
    return said | {"since": never, "until": never}


def _holds(said: Mapping[str, Any], day: datetime.date) -> bool:
    text = day.isoformat()
    return (said["since"] is None or said["since"] <= text) and (
        said["until"] is None or text < said["until"]
    )


def _declarations(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Of something declared otherwise by now both sides read the newer declaration: a fact is recorded once."""
    return {**old, **new}


class _Join:
    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any], since: datetime.date) -> None:
        self.old, self.new, self.day = old, new, since.isoformat()
        self.provisions: dict[str, Any] = {
            name: self._provision(name) for name in dict.fromkeys([*old["provisions"], *new["provisions"]])
        }

    # -- provisions ----------------------------------------------------------------------------------------------------
    def _provision(self, name: str) -> Plain:
        a, b = (side["provisions"].get(name) for side in (self.old, self.new))
        if a is None or b is None:
            found: Plain = b or a
            return found
        if self.old["texts"][name] == self.new["texts"][name]:
            return dict(b)
        if a["of"] != b["of"] or a["kind"][0] != b["kind"][0] or a["kind"][2] != b["kind"][2]:
            raise RuleError(f"{name} is of another entity or type")
        return {**b, "versions": [*self._until(a["versions"]), *self._from(b["versions"])]}

    def _until(self, versions: list[Plain]) -> list[Plain]:
        return list(self._kept(one | {"until": _earlier(one["until"], self.day)} for one in versions))

    def _from(self, versions: list[Plain]) -> list[Plain]:
        return list(self._kept(one | {"since": _later(one["since"], self.day)} for one in versions))

    @staticmethod
    def _kept(versions: Iterator[Plain]) -> Iterator[Plain]:
        return (one for one in versions if one["since"] is None or one["since"] < (one["until"] or "9999"))

    # -- programmes ----------------------------------------------------------------------------------------------------
    def programs(self) -> list[Plain]:
        old = {one["name"]: one for one in self.old["programs"]}
        new = {one["name"]: one for one in self.new["programs"]}
        found = [self._program(one, old.get(name)) for name, one in new.items()]
        ended = (
            one | {"until": _earlier(one["until"], self.day)} for name, one in old.items() if name not in new
        )
        return sorted([*found, *ended], key=lambda one: one["rank"])

    def _program(self, new: Plain, old: Plain | None) -> Plain:
        if old is None:
            return new | {"since": _later(new["since"], self.day)}
        if self.old["texts"][new["name"]] == self.new["texts"][new["name"]]:
            return new
        if (old["of"], old["cadence"]) != (new["of"], new["cadence"]):
            raise RuleError(f"{new['name']} is of another entity or paid at another pace")
        since, until = self._dates(old, new)
        requires = list(self._conditions(old["requires"], new["requires"]))
        amount = self._amount(old["amount"], new["amount"])
        return new | {"requires": requires, "amount": amount, "since": since, "until": until}

    def _dates(self, old: Plain, new: Plain) -> tuple[str | None, str | None]:
        """One stretch of time from the two; a programme that stops and begins again would be two."""
        before = list(self._until([old]))
        after = list(self._from([new]))
        if not before or not after:
            only = (before or after or [new])[0]
            return only["since"], only["until"]
        if before[0]["until"] != after[0]["since"]:
            raise RuleError(f"{new['name']} would be interrupted")
        return before[0]["since"], after[0]["until"]

    def _conditions(self, old: list[str], new: list[str]) -> Iterator[str]:
        for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what == "equal":
                yield from old[a:b]
                continue
            yield from (self._dated(name, "until") for name in old[a:b])
            yield from (self._dated(name, "from") for name in new[c:d])

    def _dated(self, name: str, side: str) -> str:
        """A condition that is asked on one side of the day only, and is no hindrance on the other."""
        asked = [["Rule", name]]
        free = [["Constant", YES]]
        return self._made(name, side, *((asked, free) if side == "until" else (free, asked)))

    def _amount(self, old: str | None, new: str | None) -> str | None:
        if old == new:
            return new
        if old is None or new is None:
            raise RuleError("a programme pays on one side only")
        a, b = (self.provisions[name]["kind"] for name in (old, new))
        if a[0] != b[0]:
            raise RuleError(f"{old} and {new} are of another type")
        return self._made(new, "amount", [["Rule", old]], [["Rule", new]])

    def _made(self, name: str, side: str, before: list[Any], after: list[Any]) -> str:
        of = self.provisions[name]
        made = f"{name}__{side}_{self.day.replace('-', '_')}"
        first = of["versions"][0] | {"jurisdiction": ""}
        versions = [
            first | {"since": None, "until": self.day, "nodes": before},
            first | {"since": self.day, "until": None, "nodes": after},
        ]
        self.provisions[made] = of | {"versions": versions}
        return made


def _earlier(day: str | None, limit: str) -> str:
    return limit if day is None else min(day, limit)


def _later(day: str | None, limit: str) -> str:
    return limit if day is None else max(day, limit)


__all__ = ["as_of", "changed_rules", "joined"]
