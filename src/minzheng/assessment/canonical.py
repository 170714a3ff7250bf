"""A determination as canonical JSON: sorted keys, integers and exact quotients, NFC text, no float. Equal bytes, equal decision.

The document holds everything a decision saw, so that `replay` reads nothing else: facts with their sources, the
parameters with their dates, the situation, and what came out clause by clause. No name, no number of a person.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from minzheng.assessment.payment import payable_of
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.calendar import from_day_number
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.facts import Source, UnitFacts, encode
from minzheng.rules.language.expr import Column
from minzheng.rules.language.kinds import Household, Kind
from minzheng.rules.parameters import Resolved
from minzheng.rules.status import NO, YES, Options, Span, Status

FORMAT = 1
ENGINE = "explain-1"
"""Raised when the reference engine's meaning changes without a provision changing."""


def canonical(document: Any) -> str:
    """The one text of a document. Refuses floats."""
    return json.dumps(_plain(document), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", str(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, float):
        raise TypeError("a float in a decision")
    return value


# -- writing -------------------------------------------------------------------------------------------------------


def document_of(determination: Determination, known_at: datetime) -> dict[str, Any]:
    """Everything the determination saw and found. `known_at`: what the registry knew by then is what it saw."""
    book, facts, situation = determination.book, determination.facts, determination.situation
    return {
        "format": FORMAT,
        "engine": ENGINE,
        "rulebook": book.hash,
        "known_at": known_at.isoformat(),
        "situation": {
            "county": situation.county,
            "on": situation.on.isoformat(),
            "month": situation.month.isoformat(),
            "published_by": situation.known_at.isoformat() if situation.known_at else None,
        },
        "household": {"id": facts.unit_id, "people": list(facts.people_ids)},
        "facts": {
            "household": _facts(book, facts, None),
            "people": [_facts(book, facts, who) for who in range(len(facts.people))],
        },
        "parameters": {key: _parameter(found) for key, found in parameters_of(book, situation).items()},
        "values": {} if determination.oversize else _values(determination),
        "outcomes": [_outcome(determination, outcome) for outcome in determination.outcomes],
    }


def parameters_of(book: Rulebook, situation: Situation) -> dict[str, Resolved]:
    """The value of every parameter the book reads, for the place and day."""
    return {
        key: book.parameters.resolve(setting, situation.county, situation.on, situation.known_at)
        for key, setting in sorted(book.settings.items())
    }


def _facts(book: Rulebook, facts: UnitFacts, who: int | None) -> dict[str, Any]:
    row = facts.unit if who is None else facts.people[who]
    found = {}
    for name, column in book.columns.items():
        if (column.entity is Household) != (who is None):
            continue
        source = facts.source(name, who)
        found[name] = {
            "value": _value(column, row.get(name)),
            "source": source.name,
            "since": source.since.isoformat() if source.since else None,
            "recorded": source.recorded.isoformat() if source.recorded else None,
            "note": source.note,
        }
    return found


def _value(column: Column, value: Any) -> Any:
    """Null for what is not known; choices by name, dates in ISO form, quotients as a text."""
    if value is None or isinstance(value, Span | Options):
        return None
    return _shown(column.kind, value)


def _shown(kind: Kind, value: Any) -> Any:
    if kind.name == "bool":
        return {YES: True, NO: False}.get(value)
    if kind.domain is not None:
        return next(member.name for member in kind.domain if member.bit == value)
    if kind.name == "date":
        return from_day_number(int(value)).isoformat()
    return exact(value)


def exact(value: int | Fraction) -> int | str:
    """An integer, or a quotient in lowest terms."""
    fraction = Fraction(value)
    return fraction.numerator if fraction.denominator == 1 else f"{fraction.numerator}/{fraction.denominator}"


def _number(value: Any) -> Any:
    if isinstance(value, Span):
        return {"from": exact(value.lo), "to": exact(value.hi)}
    return None if value is None else exact(value)


def _parameter(found: Resolved) -> dict[str, Any]:
    row = found.row
    value = _shown(found.parameter.kind, found.value) if found.known else None
    if row is None:
        return {"value": value}
    return {
        "value": value,
        "place": row.place,
        "since": row.since.isoformat(),
        "until": row.until.isoformat() if row.until else None,
        "known_from": row.known_from.isoformat(),
        "document": row.document,
        "example": row.example,
    }


def _values(determination: Determination) -> dict[str, Any]:
    """What every provision came to: for the household, or in the order of its people."""
    evaluation = determination.evaluation
    people = range(len(determination.facts.people))
    return {
        rule.name: _came_to(rule.kind, evaluation.rule(rule, None))
        if rule.of is Household
        else [_came_to(rule.kind, evaluation.rule(rule, who)) for who in people]
        for rule in determination.book.provisions
    }


def _came_to(kind: Kind, value: Any) -> Any:
    """An outcome by its key, a choice by name (or the names it can be), a day, a number or its range."""
    if kind.name == "bool":
        return Status(value).key
    if kind.domain is not None:
        mask = value.mask if isinstance(value, Options) else value
        names = [member.name for member in kind.domain if member.bit & mask]
        return names if isinstance(value, Options) else names[0]
    if kind.name == "date" and not isinstance(value, Span):
        return from_day_number(int(value)).isoformat()
    return _number(value)


def _outcome(determination: Determination, one: Outcome) -> dict[str, Any]:
    deciding = one.deciding
    return {
        "programme": one.program.name,
        "person": one.who,
        "status": one.status.key,
        "in_force": one.in_force,
        "amount": _number(one.amount),
        "payable": payable_of(determination, one),
        "deciding": deciding.name if deciding is not None else None,
        "clauses": list(deciding.citation.clauses if deciding is not None else one.program.citation.clauses),
        "citation": str(deciding.citation if deciding is not None else one.program.citation),
        "conditions": [[provision.name, status.key] for provision, status in one.conditions],
        "failing": [provision.name for provision in one.failing],
        "ask_first": [list(need) for need in one.ask_first],
        "needs": [list(need) for need in one.needs],
    }


# -- reading back --------------------------------------------------------------------------------------------------


def situation_in(document: dict[str, Any]) -> Situation:
    """The situation a document was decided in."""
    said = document["situation"]
    published = said["published_by"]
    return Situation(
        said["county"],
        date.fromisoformat(said["on"]),
        date.fromisoformat(said["month"]),
        date.fromisoformat(published) if published else None,
    )


def facts_in(document: dict[str, Any], book: Rulebook) -> UnitFacts:
    """The facts a document saw, as the engine reads them; facts the book no longer knows are left out."""
    household = document["household"]
    said = document["facts"]
    facts = UnitFacts({}, [{} for _ in said["people"]], household["id"], household["people"])
    _read(said["household"], book, facts, facts.unit, None)
    for who, row in enumerate(said["people"]):
        _read(row, book, facts, facts.people[who], who)
    return facts


def _read(
    said: dict[str, Any], book: Rulebook, facts: UnitFacts, into: dict[str, Any], who: int | None
) -> None:
    for name, fact in said.items():
        column = book.columns.get(name)
        if column is None:
            continue
        facts.sources[name, who] = Source(
            fact["source"],
            date.fromisoformat(fact["since"]) if fact["since"] else None,
            datetime.fromisoformat(fact["recorded"]) if fact["recorded"] else None,
            fact["note"],
        )
        if fact["value"] is not None:
            into[name] = encode(column, _typed(column, fact["value"]))


def _typed(column: Column, value: Any) -> Any:
    kind = column.kind
    if kind.domain is not None:
        return kind.domain[value]
    if kind.name == "date":
        return date.fromisoformat(value)
    return Fraction(value) if isinstance(value, str) else value
