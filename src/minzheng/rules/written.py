"""A rulebook's text as plain values, and the rulebook they stand for: what was in force can be run by a program that
ships another text by now.

Facts and parameters are named and belong to whoever reads the text back; what their declarations say of a value (type,
bounds) is written with it. Sentences and citations come along, source code does not. No pickle: names and numbers only.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from minzheng.rules.book import Rulebook, describe_rule
from minzheng.rules.language import expr as nodes
from minzheng.rules.language.declare import (
    Citation,
    Gather,
    Instrument,
    Parameter,
    Program,
    Provision,
    Version,
)
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import Column, Expr, Rule, Setting
from minzheng.rules.language.kinds import Choice, Household, Kind, Person
from minzheng.rules.language.words import month_first, month_last, on_day
from minzheng.rules.parameters import ParameterSet

FORMAT = 1
Plain = dict[str, Any]

_TWO: dict[str, type[nodes.Binary]] = {
    one.__name__: one
    for one in (
        nodes.And, nodes.Or, nodes.Add, nodes.Sub, nodes.Mul, nodes.Least, nodes.Greatest, nodes.Quotient,
        nodes.MonthsBetween, nodes.DaysBetween, nodes.AddMonths, nodes.AddDays,
    )
}  # fmt: skip
_ONE: dict[str, type[nodes.Unary]] = {one.__name__: one for one in (nodes.Not, nodes.Judged)}
_THREE = {one.__name__: one for one in (nodes.Where, nodes.Round, nodes.Age, nodes.Discretion)}
_MOMENTS = {moment.name: moment for moment in (on_day, month_first, month_last)}


# -- writing -----------------------------------------------------------------------------------------------------------


def written(book: Rulebook) -> Plain:
    """Rules, and how the facts and parameters they read are declared. `texts`: what each rule computes, by name."""
    return {
        "format": FORMAT,
        "columns": {name: _declared(column) for name, column in sorted(book.columns.items())},
        "settings": {key: _declared(setting) for key, setting in sorted(book.settings.items())},
        "provisions": {one.name: _provision(one) for one in book.provisions},
        "programs": [_program(one) for one in book.programs],
        "extra": [one.name for one in book.extra],
        "gathered": {
            fact.column: [fact.gathered.over, fact.gathered.how, fact.gathered.value.name]
            for fact in book.gathered
            if fact.gathered is not None
        },
        "texts": texts_of(book),
    }


def texts_of(book: Rulebook) -> dict[str, str]:
    """The canonical text of every rule, by name: equal texts mean the same computation."""
    return {rule.name: describe_rule(rule).strip() for rule in book.rules}


def _declared(leaf: Column | Setting) -> Plain:
    found: Plain = {
        "kind": _kind(leaf.kind),
        "bounds": None if leaf.bounds is None else [_exact(end) for end in leaf.bounds],
        "often_unknown": leaf.often_unknown,
    }
    if isinstance(leaf, Setting):
        return found | {"choices": list(leaf.choices)}
    return found | {"review_when_missing": leaf.review_when_missing}


def _kind(kind: Kind) -> list[Any]:
    members = None if kind.domain is None else [member.name for member in kind.domain]
    return [kind.name, kind.unit, None if kind.domain is None else kind.domain.__name__, members]


def _exact(value: int | Fraction) -> int | str:
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else str(exact)


def _day(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _citation(cited: Citation) -> list[Any]:
    also = [[_instrument(one), article] for one, article in cited.also]
    return [_instrument(cited.instrument), cited.article, list(cited.clauses), also]


def _instrument(one: Instrument) -> list[Any]:
    return [one.number, one.name, _day(one.in_force), _day(one.until), one.jurisdiction, one.mark, one.url]


def _provision(one: Provision) -> Plain:
    return {
        "label": one.label,
        "of": one.of.name,
        "kind": _kind(one.kind),
        "versions": [_version(version) for version in one.versions],
    }


def _version(one: Version) -> Plain:
    assert one.expr is not None, "a rulebook has traced its rules"
    return {
        "citation": _citation(one.citation),
        "jurisdiction": one.jurisdiction,
        "since": _day(one.since),
        "until": _day(one.until),
        "sentence": one.sentence,
        "textual_gap": one.textual_gap,
        "nodes": _Writer().written(one.expr),
    }


def _program(one: Program) -> Plain:
    return {
        "name": one.name,
        "label": one.label,
        "of": one.of.name,
        "requires": [condition.name for condition in one.requires],
        "amount": None if one.amount is None else one.amount.name,
        "rank": one.rank,
        "receives": None if one.receives is None else one.receives.column,
        "cadence": one.cadence,
        "citation": _citation(one.citation),
        "since": _day(one.since),
        "until": _day(one.until),
        "elections": [fact.column for fact in one.elections],
        "note": one.note,
    }


class _Writer:
    """One expression as a list of nodes, each after those it stands on; what is shared is written once."""

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self._at: dict[int, int] = {}

    def written(self, root: Expr) -> list[list[Any]]:
        self.at(root)
        return self.nodes

    def at(self, node: Expr) -> int:
        found = self._at.get(id(node))
        if found is None:
            plain = self._plain(node)
            found = self._at[id(node)] = len(self.nodes)
            self.nodes.append(plain)
        return found

    def _plain(self, node: Expr) -> list[Any]:
        name = type(node).__name__
        if isinstance(node, Column):
            return ["Column", node.column]
        if isinstance(node, Setting):
            return ["Setting", node.key]
        if isinstance(node, Rule | nodes.Moment):
            return ["Rule" if isinstance(node, Rule) else "Moment", node.name]
        if name in _TWO or name in _ONE or name in _THREE:
            return [name, *(self.at(operand) for operand in node.operands())]
        return [name, *self._own(node)]

    def _own(self, node: Expr) -> list[Any]:
        if isinstance(node, nodes.Literal):
            return [_exact(node.value), _kind(node.kind)]
        if isinstance(node, nodes.Constant):
            return [node.status]
        if isinstance(node, nodes.ChoiceLiteral):
            return [type(node.member).__name__, node.member.name]
        if isinstance(node, nodes.Compare):
            return [node.word, self.at(node.a), self.at(node.b)]
        if isinstance(node, nodes.Is):
            return [self.at(node.a), [member.name for member in node.members]]
        if isinstance(node, nodes.Share):
            return [self.at(node.a), self.at(node.b), list(node.divisors), node.beyond_is_review]
        if isinstance(node, nodes.Aggregate):
            parts = (node.inner, node.start)
            return [node.how, self.at(node.counts), *(None if one is None else self.at(one) for one in parts)]
        if isinstance(node, nodes.Exceptions):
            meaning = [self.at(operand) for operand in node.operands()]
            cases = [[self.at(condition), self.at(value)] for condition, value in node.cases]
            return [*meaning, self.at(node.base), cases]
        raise RuleError(f"{type(node).__name__} cannot be written down")


# -- reading back ------------------------------------------------------------------------------------------------------


def read_back(
    plain: Mapping[str, Any],
    *,
    columns: Mapping[str, Column],
    parameters: ParameterSet,
    domains: Iterable[type[Choice]] = (),
    counties: tuple[str, ...],
) -> Rulebook:
    """The rulebook a text stands for, over the facts and values there are now. Raises RuleError where they lack something.

    A fact or parameter that is declared otherwise by now is taken as it was declared then. domains: choices that no
    fact and no parameter has.
    """
    if plain["format"] != FORMAT:
        raise RuleError(f"a rulebook written in format {plain['format']} is not read")
    book = _Reader(plain, columns, parameters, domains).book(counties)
    for name, text in plain.get("texts", {}).items():
        if name in book and describe_rule(book[name]).strip() != text:
            raise RuleError(f"{name} does not read back as it was written")
    return book


class _Reader:
    def __init__(
        self,
        plain: Mapping[str, Any],
        columns: Mapping[str, Column],
        parameters: ParameterSet,
        domains: Iterable[type[Choice]],
    ) -> None:
        self.plain, self.parameters, self.declared = plain, parameters, columns
        found = [leaf.kind.domain for leaf in (*columns.values(), *parameters.declared.values())]
        known = (*found, *domains, nodes.Rounding, nodes.AgeRule)
        self.domains = {one.__name__: one for one in known if one is not None}
        self.columns = {name: self._leaf(name, columns, said) for name, said in plain["columns"].items()}
        self.settings = {
            key: self._leaf(key, parameters.declared, said) for key, said in plain["settings"].items()
        }
        for name in plain["gathered"]:
            self.columns[name] = copy.copy(self.columns[name])
        self.provisions: dict[str, Provision] = {}
        self.programs: dict[str, Program] = {}
        self._reading: list[str] = []
        self._said = {said["name"]: said for said in plain["programs"]}

    def book(self, counties: tuple[str, ...]) -> Rulebook:
        programs = [self.program(name) for name in self._said]
        extra = [self.provision(name) for name in self.plain["extra"]]
        for name, (over, how, value) in self.plain["gathered"].items():
            fact: Any = self.columns[name]
            fact.gathered = Gather(over, how, self.provision(value))
        return Rulebook(programs=programs, provisions=extra, parameters=self.parameters, counties=counties)

    # -- leaves --------------------------------------------------------------------------------------------------------
    def _leaf(self, name: str, known: Mapping[str, Any], said: Mapping[str, Any]) -> Any:
        leaf = known.get(name)
        if leaf is None:
            raise RuleError(f"{name} is not declared any more")
        if _kind(leaf.kind)[:1] != said["kind"][:1] or _kind(leaf.kind)[2:] != said["kind"][2:]:
            raise RuleError(f"{name} is of another type now")
        if _declared(leaf) == said:
            return leaf
        result = copy.copy(leaf)
        result.kind = Kind(said["kind"][0], said["kind"][1], leaf.kind.domain)
        result.often_unknown = said["often_unknown"]
        result.bounds = self._bounds(leaf, said["bounds"])
        if isinstance(leaf, Parameter):
            result.choices = tuple(said["choices"])
        else:
            result.review_when_missing = said["review_when_missing"]
        return result

    @staticmethod
    def _bounds(leaf: Any, said: list[Any] | None) -> Any:
        if said is None:
            return None
        to: Callable[[Any], Any] = Fraction if isinstance(leaf, Parameter) else int
        return to(said[0]), to(said[1])

    def _domain(self, name: str) -> type[Choice]:
        if name not in self.domains:
            raise RuleError(f"the choice {name} is not declared any more")
        return self.domains[name]

    def _kind(self, said: list[Any]) -> Kind:
        return Kind(said[0], said[1], None if said[2] is None else self._domain(said[2]))

    # -- rules ---------------------------------------------------------------------------------------------------------
    def rule(self, name: str) -> Rule:
        return self.program(name) if name in self._said else self.provision(name)

    def provision(self, name: str) -> Provision:
        if name in self.provisions:
            return self.provisions[name]
        said = self.plain["provisions"].get(name)
        if said is None:
            raise RuleError(f"the text has no provision {name}")
        with_name = (*self._reading, name)
        if name in self._reading:
            raise RuleError(f"cycle: {' → '.join(with_name)}")
        self._reading.append(name)
        versions = [self._version(one, f"{name}#{at}") for at, one in enumerate(said["versions"])]
        self._reading.pop()
        found = Provision(name, said["label"], _entity(said["of"]), versions[0])
        found.versions = versions
        found.kind = self._kind(said["kind"])
        self.provisions[name] = found
        return found

    def _version(self, said: Mapping[str, Any], at: str) -> Version:
        expr = self._expr(said["nodes"])
        return Version(
            lambda: expr, _read_citation(said["citation"]), said["jurisdiction"], _read_day(said["since"]),
            _read_day(said["until"]), said["sentence"], said["textual_gap"], at, expr,
        )  # fmt: skip

    def program(self, name: str) -> Program:
        if name not in self.programs:
            said = self._said[name]
            amount = said["amount"]
            self.programs[name] = Program(
                name, said["label"], _entity(said["of"]),
                tuple(self.provision(one) for one in said["requires"]),
                None if amount is None else self.provision(amount),
                said["rank"], self._fact(said["receives"]), said["cadence"], _read_citation(said["citation"]),
                _read_day(said["since"]), _read_day(said["until"]),
                tuple(self._fact(one) for one in said["elections"]), said["note"],
            )  # fmt: skip
        return self.programs[name]

    def _fact(self, name: str | None) -> Any:
        """A fact a programme names; no rule need read it."""
        if name is None:
            return None
        found = self.columns.get(name, self.declared.get(name))
        if found is None:
            raise RuleError(f"{name} is not declared any more")
        return found

    # -- expressions ---------------------------------------------------------------------------------------------------
    def _expr(self, plain: Iterable[list[Any]]) -> Expr:
        made: list[Expr] = []
        for name, *parts in plain:
            made.append(self._node(name, parts, made))
        return made[-1]

    def _node(self, name: str, parts: list[Any], made: list[Expr]) -> Expr:
        if name in ("Column", "Setting", "Rule", "Moment"):
            return self._named(name, parts[0])
        if name in _TWO:
            return _TWO[name](made[parts[0]], made[parts[1]])
        if name in _ONE:
            return _ONE[name](made[parts[0]])
        if name in _THREE:
            return _THREE[name](*(made[part] for part in parts))
        return self._own(name, parts, made)

    def _named(self, name: str, key: str) -> Expr:
        if name == "Rule":
            return self.rule(key)
        tables: dict[str, Mapping[str, Expr]] = {
            "Column": self.columns, "Setting": self.settings, "Moment": _MOMENTS,
        }  # fmt: skip
        found = tables[name].get(key)
        if found is None:
            raise RuleError(f"the text reads {key}, which it does not declare")
        return found

    def _own(self, name: str, parts: list[Any], made: list[Expr]) -> Expr:
        if name == "Literal":
            exact = Fraction(parts[0])
            return nodes.Literal(int(exact) if exact.denominator == 1 else exact, self._kind(parts[1]))
        if name == "Constant":
            return nodes.Constant(parts[0])
        if name == "ChoiceLiteral":
            return nodes.ChoiceLiteral(self._domain(parts[0])[parts[1]])
        if name == "Compare":
            return nodes.Compare(parts[0], made[parts[1]], made[parts[2]])
        if name == "Is":
            of = made[parts[0]]
            assert of.kind.domain is not None
            return nodes.Is(of, tuple(of.kind.domain[one] for one in parts[1]))
        if name == "Share":
            return nodes.Share(made[parts[0]], made[parts[1]], tuple(parts[2]), beyond_is_review=parts[3])
        if name == "Aggregate":
            counts, inner, start = (None if part is None else made[part] for part in parts[1:])
            assert counts is not None
            return nodes.Aggregate(parts[0], counts, inner, start)
        if name == "Exceptions":
            meaning = nodes.Where(*(made[part] for part in parts[:3]))
            cases = tuple((made[condition], made[value]) for condition, value in parts[4])
            return nodes.Exceptions(meaning, made[parts[3]], cases)
        raise RuleError(f"{name} is not a word of the language any more")


def _entity(name: str) -> Any:
    return {one.name: one for one in (Household, Person)}[name]


def _read_day(text: str | None) -> datetime.date | None:
    return None if text is None else datetime.date.fromisoformat(text)


def _read_citation(said: list[Any]) -> Citation:
    also = tuple((_read_instrument(one), article) for one, article in said[3])
    return Citation(_read_instrument(said[0]), said[1], tuple(said[2]), also)


def _read_instrument(said: list[Any]) -> Instrument:
    return Instrument(said[0], said[1], _read_day(said[2]), _read_day(said[3]), said[4], said[5], said[6])


__all__ = ["FORMAT", "read_back", "texts_of", "written"]
