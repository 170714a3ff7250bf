"""The policy engine: a language for provisions, and engines that decide, explain and sweep.

Usable alone; knows nothing of the platform, of Changzhi or of databases. Start at docs/engine.md.
"""

from .language.declare import (
    Citation,
    Fact,
    Instrument,
    Parameter,
    Program,
    Provision,
    Series,
    fact,
    finding,
    instrument,
    parameter,
    program,
    provision,
    series,
)
from .language.errors import NotADecision, RuleError
from .language.expr import AgeRule, Expr, Rounding
from .language.kinds import Bool, Choice, Count, Date, Household, Kind, Money, OneOf, Person, Ratio, yuan
from .language.words import (
    age,
    always,
    bounded,
    conflict,
    days_between,
    discretion,
    exceptions,
    maximum,
    minimum,
    month_first,
    month_last,
    months_between,
    never,
    on_day,
    people,
    where,
)
from .status import Options, Span, Status

__all__ = [
    "AgeRule", "Bool", "Choice", "Citation", "Count", "Date", "Expr", "Fact", "Household", "Instrument", "Kind",
    "Money", "NotADecision", "OneOf", "Options", "Parameter", "Person", "Program", "Provision", "Ratio",
    "Rounding", "RuleError", "Series", "Span", "Status", "age", "always", "bounded", "conflict", "days_between",
    "discretion", "exceptions", "fact", "finding", "instrument", "maximum", "minimum", "month_first",
    "month_last", "months_between", "never", "on_day", "parameter", "people", "program", "provision", "series", "where",
    "yuan",
]  # fmt: skip
