"""Draws rulebooks, parameters and households from a random source, over every word of the language.

The source is a `random.Random`: Hypothesis gives one whose choices it controls and shrinks, a seed gives a fixed one.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from minzheng.rules import (
    AgeRule,
    Bool,
    Choice,
    Count,
    Date,
    Expr,
    Household,
    Money,
    OneOf,
    Person,
    Program,
    Provision,
    Ratio,
    Rounding,
    age,
    bounded,
    conflict,
    days_between,
    discretion,
    exceptions,
    fact,
    finding,
    instrument,
    maximum,
    minimum,
    month_first,
    month_last,
    months_between,
    on_day,
    parameter,
    people,
    program,
    provision,
    series,
    where,
)
from minzheng.rules.book import Rulebook, Situation
from minzheng.rules.calendar import day_number
from minzheng.rules.columns import Columns
from minzheng.rules.facts import UnitFacts
from minzheng.rules.language.declare import DATE_BOUNDS, Parameter
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import Column
from minzheng.rules.parameters import ParameterSet, read_row
from minzheng.rules.scales import static_scale

LAW = instrument("测发〔2020〕1号", name="测试办法", in_force="2020-01-01")
COUNTIES = ("140403", "140423")
PLACES = ("", "14", "1404", "140403")


class Grade(Choice):
    """Three levels."""

    FIRST = "一级"
    SECOND = "二级"
    THIRD = "三级"


# -- the vocabulary -----------------------------------------------------------------------------------------------
def _facts(entity: Any, prefix: str) -> dict[str, Column]:
    made: list[Column] = [
        fact(f"{prefix}_income", "收入", entity, Money, bounds=(0, 500_000)),
        fact(f"{prefix}_balance", "结余", entity, Money, bounds=(-200_000, 200_000)),
        fact(f"{prefix}_wealth", "财产", entity, Money, bounds=(0, 10**13)),
        fact(f"{prefix}_gift", "赠与", entity, Money, bounds=(0, 60_000), often_unknown=True),
        fact(f"{prefix}_granted", "核定额", entity, Money, bounds=(0, 300_000), often_unknown=True),
        fact(f"{prefix}_heads", "人数", entity, Count("人"), bounds=(0, 15)),
        fact(f"{prefix}_rooms", "间数", entity, Count("人"), bounds=(0, 3), often_unknown=True),
        fact(f"{prefix}_resident", "居住", entity, Bool),
        fact(f"{prefix}_willing", "自愿", entity, Bool, often_unknown=True),
        finding(f"{prefix}_finding", "核查结论", entity),
        fact(f"{prefix}_grade", "等级", entity, OneOf(Grade)),
        fact(f"{prefix}_kind", "类别", entity, OneOf(Grade), often_unknown=True),
        fact(f"{prefix}_born", "出生日期", entity, Date),
        fact(f"{prefix}_moved", "迁入日期", entity, Date, often_unknown=True),
    ]
    wages = series(f"{prefix}_wages", "工资", entity, Money, bounds=(0, 300_000))
    made += [wages.total, wages.this_month]  # type: ignore[list-item]
    return {c.column: c for c in made}


FACTS = {Household: _facts(Household, "h"), Person: _facts(Person, "p")}
EVERY_FACT = {**FACTS[Household], **FACTS[Person]}
standard = parameter("standard", "标准", Money, bounds=(100, 200_000), scale=12)
line = parameter("line", "上限", Money, bounds=(0, 500_000), often_unknown=True)
multiple = parameter("multiple", "倍数", Ratio(), bounds=(0, 3), scale=1000)
window = parameter("window", "核算月数", Count(), choices=(6, 12))
step = parameter("step", "取整单位", Money, bounds=(1, 1000))
rounding = parameter("rounding", "取整方式", OneOf(Rounding))
birthday = parameter("birthday", "周岁规则", OneOf(AgeRule))
reading = parameter("reading", "读法", OneOf(Grade))
strict = parameter("strict", "从严", Bool)
PARAMETERS = {p.key: p for p in (standard, line, multiple, window, step, rounding, birthday, reading, strict)}
AMOUNTS = (0, 1, 99, 100, 101, 5_000, 10_000, 10_001, 60_000)
DAYS = ("2004-02-29", "2005-12-31", "2016-01-01", "2023-11-30", "2023-12-31", "2024-01-01", "2024-02-29")
WORDS = ("below", "at_most", "over", "at_least", "equals")


@dataclass
class Case:
    """A rulebook with a situation and households of two counties."""

    book: Rulebook
    on: datetime.date
    month: datetime.date
    known_at: datetime.date | None
    counties: list[tuple[str, list[UnitFacts]]]
    traits: set[str] = field(default_factory=set)

    def situation(self, county: str) -> Situation:
        return Situation.at(county, self.on, self.month, self.known_at)

    @property
    def units(self) -> list[tuple[str, UnitFacts]]:
        return [(county, unit) for county, units in self.counties for unit in units]

    def columns(self) -> Columns:
        made = Columns.from_units(self.book, [u for _, u in self.units], COUNTIES[0])
        first, bounds = 0, []
        for county, units in self.counties:
            bounds.append((county, first, first + len(units)))
            first += len(units)
        return Columns(made.offsets, bounds, made.unit, made.people)


def named(name: str, expr: Expr, of: Any, **options: Any) -> Provision:
    """A provision whose text is this expression."""

    def text() -> Expr:
        """随机条文。"""
        return expr

    text.__name__ = name
    made: Provision = provision(LAW, 1, of=of, label=name, **options)(text)
    return made


def whole(expr: Expr) -> bool:
    """Whether an expression is a whole number without a run-time divisor."""
    return plain(expr) and static_scale(expr) == 1


def plain(expr: Expr) -> bool:
    try:
        static_scale(expr)
    except RuleError:
        return False
    return True


class Drawer:
    """Draws expressions, provisions and programs; everything drawn may be read by what is drawn later."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.rules: list[Provision | Program] = []
        self.programs: list[Program] = []

    # -- choosing -------------------------------------------------------------------------------------------------
    def pick(self, options: Any) -> Any:
        options = list(options)
        return options[self.rng.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def known(self, kind: str, of: Any) -> list[Any]:
        """Rules drawn so far of a kind that may be read from this level."""
        return [r for r in self.rules if r.kind.name == kind and (r.entity is Household or of is Person)]

    def leaf_fact(self, of: Any, names: str) -> Column:
        level = Household if of is Household or self.chance(25) else Person
        prefix = "h" if level is Household else "p"
        return FACTS[level][f"{prefix}_{self.pick(names.split())}"]

    def one_of(self, depth: int, leaves: list[Callable[[], Expr]], nodes: list[Callable[[], Expr]]) -> Expr:
        made: Expr = self.pick(leaves if depth <= 0 or self.chance(15) else nodes)()
        return made

    def read(self, kind: str, of: Any, otherwise: Callable[[], Expr], *, no_pair: bool = False) -> Expr:
        found = [r for r in self.known(kind, of) if not no_pair or plain(r)]
        return self.pick(found) if found and self.chance(60) else otherwise()

    # -- yes and no -----------------------------------------------------------------------------------------------
    def bool(self, of: Any, depth: int) -> Expr:
        d = depth - 1
        return self.one_of(
            depth,
            [
                lambda: self.leaf_fact(of, "resident willing finding"),
                lambda: self.read("bool", of, lambda: self.leaf_fact(of, "resident finding")),
                lambda: strict,
            ],
            [
                lambda: self.bool(of, d) & self.bool(of, d),
                lambda: self.bool(of, d) | self.bool(of, d),
                lambda: ~self.bool(of, d),
                lambda: self.bool(of, d).must_be_judged(),
                lambda: self.comparison(of, d),
                lambda: self.comparison(of, d),
                lambda: self.choice(of, d).is_(*self.rng.sample(list(Grade), 1 + self.rng.randrange(2))),
                lambda: where(self.bool(of, d), self.bool(of, d), self.bool(of, d)),
                lambda: where(self.bool(of, d), conflict, self.bool(of, d)),
                lambda: self.members(d).any(self.bool(Person, d)),
                lambda: self.members(d).all(self.bool(Person, d)),
                lambda: self.read("bool", of, lambda: self.bool(of, d)),
            ],
        )

    def comparison(self, of: Any, depth: int) -> Expr:
        a, b = self.pick((self.money_pair, self.number_pair, self.date_pair))(of, depth)
        made: Expr = getattr(a, self.pick(WORDS))(b)
        return made

    def money_pair(self, of: Any, depth: int) -> tuple[Expr, Any]:
        return self.money(of, depth), self.pick((self.pick(AMOUNTS), self.money(of, depth), standard))

    def number_pair(self, of: Any, depth: int) -> tuple[Expr, Any]:
        unit = self.pick(("人", "", "月", "天", "周岁"))
        return self.number(of, depth, unit), self.pick((self.rng.randrange(14), self.number(of, depth, unit)))

    def date_pair(self, of: Any, depth: int) -> tuple[Expr, Any]:
        day = datetime.date.fromisoformat(self.pick(DAYS))
        return self.date(of, depth), self.pick((day, self.date(of, depth)))

    def members(self, depth: int) -> Any:
        who = people(self.bool(Person, min(depth, 1)))
        return who.counting(self.bool(Person, 0)) if self.chance(20) else who

    # -- money ----------------------------------------------------------------------------------------------------
    def money(self, of: Any, depth: int, *, no_pair: bool = False) -> Expr:
        d = depth - 1

        def again() -> Expr:
            return self.money(of, d, no_pair=no_pair)

        nodes: list[Callable[[], Expr]] = [
            lambda: again() + again(),
            lambda: again() - again(),
            lambda: again() + self.pick(AMOUNTS),
            lambda: again() * self.factor(of),
            lambda: again() / self.pick((2, 3, 12)),
            lambda: minimum(again(), self.pick((again(), self.pick(AMOUNTS)))),
            lambda: maximum(again(), self.pick((again(), self.pick(AMOUNTS)))),
            lambda: again().shared_among(self.heads(of), self.pick((2, 5, 12))),
            lambda: again().per_choice(window),
            lambda: again().rounded(self.pick((1, 100, step)), self.pick((*Rounding, rounding))),
            lambda: where(self.bool(of, d), again(), self.pick((again(), self.pick(AMOUNTS)))),
            lambda: self.choice(of, d).lookup(
                dict(zip(Grade, (again(), 700, self.pick((again(), 900))), strict=True))
            ),
            lambda: discretion(self.leaf_fact(of, "granted gift"), again(), again()),
            lambda: exceptions(again(), *((self.bool(of, 0), again()) for _ in range(self.pick((2, 3))))),
            lambda: bounded(again(), at_most=again(), unless=self.bool(of, 0)),
            lambda: self.aggregate(lambda: self.money(Person, d, no_pair=True), d),
            lambda: self.read("money", of, again, no_pair=no_pair),
        ]
        if not no_pair:
            nodes += [lambda: again().per(self.heads(of)), lambda: again().per(self.heads(of))]
        return self.one_of(
            depth,
            [
                lambda: self.leaf_fact(of, "income balance gift wages__total wages__month"),
                lambda: self.leaf_fact(of, "income wealth balance"),
                lambda: self.pick((standard, line)),
                lambda: self.read("money", of, lambda: self.leaf_fact(of, "income"), no_pair=no_pair),
            ],
            nodes,
        )

    def aggregate(self, inner: Callable[[], Expr], depth: int) -> Expr:
        who = self.members(depth)
        made: Expr = self.pick(
            (
                lambda: who.sum(inner()),
                lambda: who.sum(inner()),
                lambda: who.most(inner(), self.pick((0, self.money(Household, 0, no_pair=True)))),
                lambda: who.least(inner(), self.pick((60_000, self.money(Household, 0, no_pair=True)))),
            )
        )()
        return made

    # -- numbers --------------------------------------------------------------------------------------------------
    def factor(self, of: Any) -> Any:
        return self.pick((Fraction(1, 2), 3, -2, Fraction(7, 6), multiple, self.leaf_fact(of, "heads rooms")))

    def heads(self, of: Any) -> Expr:
        """A number of people, whole."""
        made: Expr = self.pick(
            (
                lambda: self.leaf_fact(of, "heads rooms"),
                lambda: self.members(0).count,
                lambda: self.members(0).count + self.leaf_fact(of, "rooms"),
            )
        )()
        return made

    def number(self, of: Any, depth: int, unit: str) -> Expr:
        d = depth - 1

        def again() -> Expr:
            return self.number(of, d, unit)

        return self.one_of(
            depth,
            [lambda: self.number_leaf(of, unit)],
            [
                lambda: self.number_leaf(of, unit),
                lambda: again() + again(),
                lambda: again() - again(),
                lambda: again() * self.pick((2, Fraction(1, 2), multiple)),
                lambda: minimum(again(), again()),
                lambda: maximum(again(), self.rng.randrange(5)),
                lambda: where(self.bool(of, d), again(), again()),
                lambda: again().per(self.heads(of)),
                lambda: again().rounded(1, self.pick((*Rounding, rounding))),
            ],
        )

    def number_leaf(self, of: Any, unit: str) -> Expr:
        start, end = self.date(of, 0), self.date(of, 0)
        made: Expr = {
            "人": lambda: self.heads(of),
            "": lambda: self.pick((multiple, window)),
            "月": lambda: months_between(start, end),
            "天": lambda: days_between(start, end),
            "周岁": lambda: age(start, end, self.pick((*AgeRule, birthday))),
        }[unit]()
        return made

    # -- dates and choices ----------------------------------------------------------------------------------------
    def date(self, of: Any, depth: int) -> Expr:
        d = depth - 1

        def again() -> Expr:
            return self.date(of, d)

        return self.one_of(
            depth,
            [
                lambda: self.leaf_fact(of, "born moved"),
                lambda: self.pick((on_day, month_first, month_last)),
                lambda: self.read("date", of, lambda: self.leaf_fact(of, "born")),
            ],
            [
                lambda: again().plus_months(self.pick((1, 12, -1, self.heads(of)))),
                lambda: again().plus_days(self.pick((1, 30, -1, self.heads(of)))),
                lambda: minimum(again(), again()),
                lambda: maximum(again(), again()),
                lambda: where(self.bool(of, d), again(), again()),
            ],
        )

    def choice(self, of: Any, depth: int) -> Expr:
        d = depth - 1
        return self.one_of(
            depth,
            [
                lambda: self.leaf_fact(of, "grade kind"),
                lambda: self.read("choice", of, lambda: reading),
            ],
            [
                lambda: where(self.bool(of, d), self.choice(of, d), self.pick((*Grade, self.choice(of, d)))),
                lambda: self.read("choice", of, lambda: self.choice(of, d)),
            ],
        )

    # -- rules ----------------------------------------------------------------------------------------------------
    def draw_provision(self) -> None:
        of = self.pick((Household, Person))
        kind = self.pick(("bool", "bool", "bool", "money", "money", "number", "date", "choice"))
        unit = self.pick(("人", "", "月", "天", "周岁"))

        def text() -> Expr:
            depth = self.pick((1, 2, 3))
            return self.number(of, depth, unit) if kind == "number" else getattr(self, kind)(of, depth)

        made = named(f"rule{len(self.rules)}", text(), of, **self.pick(({}, {}, {}, *VALIDITY)))
        if self.chance(30):
            more = self.pick(({"jurisdiction": "140423"}, {"jurisdiction": "1404", "since": "2023-07-01"}))
            named(f"rule{len(self.rules)}b", text(), of, overrides=made, **more)
        self.rules.append(made)

    def draw_program(self) -> None:
        of = self.pick((Household, Person))
        conditions = [r for r in self.known("bool", of) if isinstance(r, Provision)]
        for _ in range(0 if len(conditions) > 2 else 2):
            extra = named(f"rule{len(self.rules)}", self.bool(of, 2), of)
            self.rules.append(extra)
            conditions.append(extra)
        amounts = [r for r in self.known("money", of) if isinstance(r, Provision)]
        number = len(self.programs)
        made = program(
            f"program{number}",
            label=f"项目{number}",
            of=of,
            requires=tuple(self.rng.sample(conditions, min(len(conditions), 1 + self.rng.randrange(4)))),
            amount=self.pick(amounts) if amounts and self.chance(80) else None,
            rank=number,
            cites=LAW,
            article=2,
            since=self.pick((None, None, None, "2023-07-01")),
            until=self.pick((None, None, None, "2024-07-01")),
        )
        self.programs.append(made)
        self.rules.append(made)

    # -- parameters -----------------------------------------------------------------------------------------------
    def draw_rows(self) -> ParameterSet:
        rows = []
        for each in PARAMETERS.values():
            if self.chance(7):
                continue  # no value anywhere: unknown
            rows.append(self.row(each, "", "2000-01-01"))
            if self.chance(40):
                rows.append(self.row(each, "140403", "2023-07-01"))
        return ParameterSet(PARAMETERS.values(), rows)

    def row(self, each: Parameter, place: str, since: str) -> Any:
        raw: dict[str, Any] = {
            "place": place, "from": datetime.date.fromisoformat(since), "document": "测试", "mark": "found",
            "value": self.parameter_value(each),
        }  # fmt: skip
        if self.chance(8):
            raw |= {"value": "unknown", "reason": "未公布"}
        if self.chance(20):
            raw["known_from"] = datetime.date(2024, 3, 1)
        return read_row(each, raw, f"{each.key} row")

    def parameter_value(self, each: Parameter) -> Any:
        if each.kind.name == "bool":
            return self.chance(50)
        if each.kind.domain is not None:
            return self.pick(each.kind.domain).name
        if each.choices:
            return self.pick(each.choices)
        assert each.bounds is not None
        low, high = each.bounds
        raw = self.pick((low, high, low + (high - low) * Fraction(self.rng.randrange(101), 100)))
        exact = Fraction(int(raw * each.scale), each.scale)
        return exact / 100 if each.kind == Money else exact

    # -- households -----------------------------------------------------------------------------------------------
    def draw_unit(self, book: Rulebook, unknown: int) -> UnitFacts:
        """A household of 0 to 5 people; `unknown` percent of its facts are."""

        def row(entity: Any) -> dict[str, Any]:
            wanted = [c for c in book.columns.values() if c.entity is entity]
            values = {c.column: self.fact_value(c, unknown) for c in wanted}
            return {name: value for name, value in values.items() if value is not None}

        return UnitFacts(row(Household), [row(Person) for _ in range(self.rng.randrange(6))])

    def fact_value(self, column: Column, unknown: int) -> int | None:
        if self.chance(unknown + (20 if column.often_unknown else 0)):
            return None
        return self.known_value(column)

    def known_value(self, column: Column) -> int:
        if column.kind.name == "bool":
            return 3 if self.chance(60) else 0
        if column.kind.domain is not None:
            return 1 << self.rng.randrange(len(column.kind.domain))
        low, high = column.bounds or DATE_BOUNDS
        if column.kind.name == "date":
            return day_number(datetime.date.fromisoformat(self.pick(DAYS))) + self.pick((0, 0, 0, -1, 1))
        pool = [low, high, self.rng.randrange(low, high + 1), *(a for a in AMOUNTS if low <= a <= high)]
        return int(self.pick(pool))

    # -- all together ---------------------------------------------------------------------------------------------
    def draw_case(self, *, rules: int, programs: int, units: int) -> Case:
        for _ in range(rules):
            self.draw_provision()
        for _ in range(programs):
            self.draw_program()
            self.draw_provision()
        drawn = [r for r in self.rules if isinstance(r, Provision)]
        book = Rulebook(
            programs=self.programs, parameters=self.draw_rows(), counties=COUNTIES, provisions=drawn
        )
        on = datetime.date.fromisoformat(self.pick(("2023-06-30", "2023-12-31", "2024-02-29")))
        share = self.pick((0, 0, 10, 40))
        counties = [
            (county, [self.draw_unit(book, share) for _ in range(n)])
            for county, n in zip(COUNTIES, (units - units // 2, units // 2), strict=True)
        ]
        known_at = self.pick((None, None, datetime.date(2023, 12, 31)))
        month = self.pick((on, on.replace(day=1) - datetime.timedelta(days=1)))
        return Case(book, on, month.replace(day=1), known_at, counties)


VALIDITY: tuple[dict[str, Any], ...] = (
    {"jurisdiction": "14"},
    {"jurisdiction": "140403"},
    {"since": "2023-07-01"},
    {"until": "2024-01-01"},
)
