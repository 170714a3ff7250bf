"""A rulebook: programs and everything they depend on, in an order that engines can run, checked."""

from __future__ import annotations

import datetime
import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .language.declare import Citation, Fact, Parameter, Program, Provision, SeriesPart
from .language.errors import RuleError
from .language.expr import (
    Aggregate,
    ChoiceLiteral,
    Column,
    Compare,
    Constant,
    Expr,
    Is,
    Literal,
    Moment,
    Rule,
    Setting,
    Share,
)
from .parameters import ParameterSet, Row
from .scales import static_scale


@dataclass(frozen=True)
class Situation:
    """When and where a determination is made.

    on: the day of law; provisions and parameters of that day apply. month: first day of the benefit month.
    known_at: only what was published by then (None: everything known today).
    """

    county: str
    on: datetime.date
    month: datetime.date
    known_at: datetime.date | None = None

    @staticmethod
    def at(
        county: str,
        on: datetime.date,
        month: datetime.date | None = None,
        known_at: datetime.date | None = None,
    ) -> Situation:
        return Situation(county, on, (month or on).replace(day=1), known_at)

    @property
    def month_last(self) -> datetime.date:
        following = (self.month + datetime.timedelta(days=32)).replace(day=1)
        return following - datetime.timedelta(days=1)


class Rulebook:
    """All provisions and parameters of a jurisdiction.

    rules: every provision and program, each after what it reads. Raises RuleError when they do not hold
    together (a cycle, an edge against the cascade, two versions in force at once). stages=False: facts that an
    earlier stage makes are plain columns here, and what makes them is no part of the book.
    """

    def __init__(
        self,
        *,
        programs: Iterable[Program],
        parameters: ParameterSet,
        counties: Sequence[str],
        provisions: Iterable[Provision] = (),
        stages: bool = True,
    ) -> None:
        self.programs: tuple[Program, ...] = tuple(sorted(programs, key=lambda p: p.rank))
        self.parameters = parameters
        self.counties = tuple(counties)
        self.extra = tuple(provisions)
        self.enacted: tuple[Row, ...] = ()
        """Rows that came into force beside those of the files; they are part of the parameters and of the hash."""
        self.rules: list[Provision | Program] = []
        self.columns: dict[str, Column] = {}
        self.settings: dict[str, Parameter] = {}
        self._collect(stages)
        self._by_name = self._index()
        self._check_cascade()
        self._check_versions()

    # -- reading --------------------------------------------------------------------------------------------
    def __getitem__(self, name: str) -> Provision | Program:
        try:
            return self._by_name[name]
        except KeyError:
            raise RuleError(f"no provision or program named {name}") from None

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def program(self, name: str) -> Program:
        found = self[name]
        if not isinstance(found, Program):
            raise RuleError(f"{name} is a provision, not a program")
        return found

    @property
    def provisions(self) -> list[Provision]:
        return [r for r in self.rules if isinstance(r, Provision)]

    @property
    def facts(self) -> dict[str, Column]:
        return self.columns

    @property
    def gathered(self) -> list[Fact]:
        """Facts that an earlier stage makes from other people's households."""
        return [c for c in self.columns.values() if isinstance(c, Fact) and c.gathered is not None]

    def with_parameters(self, parameters: ParameterSet) -> Rulebook:
        """The same provisions with other parameter values; shares the traced graph."""
        other = object.__new__(Rulebook)
        other.__dict__.update(self.__dict__)
        other.parameters = parameters
        return other

    def with_enacted(self, rows: Sequence[Row]) -> Rulebook:
        """The book with rows that were brought into force outside its files. Raises RuleError for an unknown key."""
        strange = [row.key for row in rows if row.key not in self.parameters.declared]
        if strange:
            raise RuleError(f"no parameter named {strange[0]}")
        other = self.with_parameters(self.parameters.and_rows(rows))
        other.enacted = (*self.enacted, *rows)
        return other

    def dependents(self, name: str) -> list[Provision | Program]:
        """Rules that read this rule, fact or parameter directly."""
        return [r for r in self.rules if any(leaf_name(n) == name for n in reads(r))]

    # -- building -------------------------------------------------------------------------------------------
    def _collect(self, stages: bool) -> None:
        done: dict[int, bool] = {}

        def visit(rule: Rule, path: tuple[Rule, ...]) -> None:
            state = done.get(id(rule))
            if state:
                return
            if state is False:
                names = " → ".join(r.name for r in (*path[[r is rule for r in path].index(True) :], rule))
                raise RuleError(f"cycle: {names}; one of them must read a recorded fact")
            done[id(rule)] = False
            for leaf in outcome_reads(rule):
                if isinstance(leaf, Rule):
                    visit(leaf, (*path, rule))
                else:
                    self._leaf(leaf)
            done[id(rule)] = True
            assert isinstance(rule, Provision | Program)
            self.rules.append(rule)

        for program in self.programs:
            visit(program, ())
        for program in self.programs:
            if program.amount is not None:
                visit(program.amount, ())
        for provision in self.extra:
            visit(provision, ())
        for fact in list(self.gathered) if stages else ():
            assert fact.gathered is not None
            visit(fact.gathered.value, ())
            if fact.gathered.how == "sum":
                fact.scale = static_scale(fact.gathered.value)

    def _leaf(self, leaf: Expr) -> None:
        if isinstance(leaf, Column):
            known = self.columns.setdefault(leaf.column, leaf)
            if known is not leaf:
                raise RuleError(f"two facts are named {leaf.column}: {place(known)}, {place(leaf)}")
        elif isinstance(leaf, Parameter):
            known_setting = self.settings.setdefault(leaf.key, leaf)
            if known_setting is not leaf:
                raise RuleError(
                    f"two parameters have the key {leaf.key}: {place(known_setting)}, {place(leaf)}"
                )
            if leaf.key not in self.parameters.declared:
                raise RuleError(
                    f"parameter {leaf.key} is read but not part of the parameter set ({place(leaf)})"
                )

    def _index(self) -> dict[str, Provision | Program]:
        found: dict[str, Provision | Program] = {}
        for rule in self.rules:
            if rule.name in found:
                raise RuleError(
                    f"two rules are named {rule.name}: {found[rule.name].declared_at}, {rule.declared_at}"
                )
            found[rule.name] = rule
        return found

    def _check_cascade(self) -> None:
        """A program reads only programs tried before it (the cascade)."""
        for program in self.programs:
            for rule in self.needs(program):
                if isinstance(rule, Program) and rule is not program and rule.rank >= program.rank:
                    raise RuleError(
                        f"program {program.name} (rank {program.rank}) reads {rule.name} (rank {rule.rank}), "
                        f"which is tried after it; read its recorded status instead ({program.declared_at})"
                    )

    def _check_versions(self) -> None:
        for provision in self.provisions:
            if len(provision.versions) == 1:
                continue
            edges = {datetime.date(2000, 1, 1)}
            for v in provision.versions:
                edges |= {d for d in (v.since, v.until) if d is not None}
            for county in self.counties:
                for on in edges:
                    provision.version_for(county, on)

    def needs(self, rule: Rule) -> list[Rule]:
        """Every rule the outcome of `rule` reads, directly or not, itself included."""
        found: dict[int, Rule] = {}
        stack: list[Rule] = [rule]
        while stack:
            one = stack.pop()
            if id(one) not in found:
                found[id(one)] = one
                stack.extend(n for n in outcome_reads(one) if isinstance(n, Rule))
        return list(found.values())

    @property
    def hash(self) -> str:
        """Identifies the provisions and what was enacted beside the files (not the files' values): 16 hex digits."""
        digest = self._rules_hashed.copy()
        for row in self.enacted:
            digest.update(describe_row(row).encode())
        return digest.hexdigest()[:16]

    @functools.cached_property
    def _rules_hashed(self) -> hashlib._Hash:
        """The rules do not change once the graph is traced; every decision that is kept asks for the hash."""
        digest = hashlib.sha256()
        for rule in self.rules:
            digest.update(describe_rule(rule).encode())
        return digest


def place(declared: Expr) -> str:
    """File and line of a declaration."""
    return str(getattr(declared, "declared_at", "?"))


def outcome_reads(rule: Rule) -> list[Expr]:
    """Leaves the outcome of a rule is computed from, in a fixed order."""
    if isinstance(rule, Program):
        return list(rule.requires)
    assert isinstance(rule, Provision)
    rule.trace()
    seen: dict[int, Expr] = {}
    for version in rule.versions:
        assert version.expr is not None
        for leaf in leaves(version.expr):
            seen.setdefault(id(leaf), leaf)
    return list(seen.values())


def reads(rule: Rule) -> list[Expr]:
    """`outcome_reads` and, for a program, its amount."""
    more: list[Expr] = [rule.amount] if isinstance(rule, Program) and rule.amount is not None else []
    return [*outcome_reads(rule), *more]


def leaves(expr: Expr) -> list[Expr]:
    """The leaves of one expression from left to right, each once."""
    found: dict[int, Expr] = {}

    def visit(node: Expr) -> None:
        below = node.operands()
        if not below:
            found.setdefault(id(node), node)
        for operand in below:
            visit(operand)

    visit(expr)
    return list(found.values())


def leaf_name(leaf: Expr) -> str:
    if isinstance(leaf, SeriesPart):
        return leaf.series.name
    if isinstance(leaf, Column):
        return leaf.column
    if isinstance(leaf, Setting):
        return leaf.key
    return leaf.name if isinstance(leaf, Rule | Moment) else ""


def describe_row(row: Row) -> str:
    """A canonical text of a value in force."""
    return (
        f"row {row.key}/{row.place}/{row.since}/{row.until}/{row.known_from}/{row.order}/{row.example}: "
        f"{row.value} {row.document}\n"
    )


def describe_rule(rule: Rule) -> str:
    """A canonical text of a rule: equal texts mean the same computation."""
    if isinstance(rule, Program):
        names = ",".join(p.name for p in rule.requires)
        amount = rule.amount.name if rule.amount is not None else ""
        return f"program {rule.name}/{rule.of}/{rule.rank}/{rule.since}/{rule.until}: {names} -> {amount}\n"
    assert isinstance(rule, Provision)
    texts = [
        f"{v.jurisdiction}/{v.since}/{v.until}: {describe(v.expr) if v.expr is not None else ''}"
        for v in rule.versions
    ]
    return f"provision {rule.name}/{rule.of}: {' || '.join(texts)}\n"


def describe(node: Expr) -> str:
    """A canonical text of an expression."""
    if isinstance(node, Literal):
        return f"{node.value}:{node.kind}"
    if isinstance(node, Constant):
        return f"constant {node.status}"
    if isinstance(node, ChoiceLiteral):
        return f"{type(node.member).__name__}.{node.member.name}"
    if isinstance(node, Column):
        return f"{node.column}:{node.kind}:{node.bounds}:{node.often_unknown}"
    if isinstance(node, Setting):
        return f"{node.key}:{node.kind}:{node.bounds}:{node.choices}"
    if isinstance(node, Rule | Moment):
        return node.name
    detail = ""
    if isinstance(node, Compare):
        detail = node.word
    elif isinstance(node, Is):
        detail = "|".join(sorted(m.name for m in node.members))
    elif isinstance(node, Aggregate):
        detail = node.how
    elif isinstance(node, Share):
        detail = f"{node.divisors}{node.beyond_is_review}"
    return f"{type(node).__name__} {detail}({', '.join(describe(o) for o in node.operands())})"


def citation_of(rule: Rule) -> Citation:
    assert isinstance(rule, Provision | Program)
    return rule.citation
