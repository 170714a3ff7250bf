"""The policy engine: a language for provisions, and engines that decide, explain and sweep.

Usable alone; knows nothing of the platform, of Changzhi or of databases. Start at docs/engine.md. The words of the
language are imported at once, the engines when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from .book import Rulebook, Situation
    from .columns import Columns
    from .explain.determine import Determination, Outcome, determine, election_options
    from .explain.sentences import Line, needs_words
    from .explain.sentences import explain as explanation
    from .facts import FactError, Source, UnitFacts, unit_facts
    from .kernel.incremental import Reform
    from .kernel.results import Amounts, Choices, Results
    from .kernel.run import Kernel, compile_book
    from .parameters import ParameterSet
    from .parameters import load as load_parameters
    from .stages import Edges, gather, stage_rules

LATER = {
    "book": ("Rulebook", "Situation"),
    "columns": ("Columns",),
    "explain.determine": ("Determination", "Outcome", "determine", "election_options"),
    "explain.sentences": ("Line", "needs_words"),
    "facts": ("FactError", "Source", "UnitFacts", "unit_facts"),
    "kernel.incremental": ("Reform",),
    "kernel.results": ("Amounts", "Choices", "Results"),
    "kernel.run": ("Kernel", "compile_book"),
    "parameters": ("ParameterSet",),
    "stages": ("Edges", "gather", "stage_rules"),
}
RENAMED = {"explanation": ("explain.sentences", "explain"), "load_parameters": ("parameters", "load")}
_home = {name: (module, name) for module, names in LATER.items() for name in names} | RENAMED


def __getattr__(name: str) -> Any:
    if name not in _home:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, own = _home[name]
    found = getattr(import_module(f"{__name__}.{module}"), own)
    globals()[name] = found
    return found


__all__ = [
    "AgeRule", "Amounts", "Bool", "Choice", "Choices", "Citation", "Columns", "Count", "Date", "Determination",
    "Edges", "Expr", "Fact", "FactError", "Household", "Instrument", "Kernel", "Kind", "Line", "Money",
    "NotADecision", "OneOf", "Options", "Outcome", "Parameter", "ParameterSet", "Person", "Program", "Provision",
    "Ratio", "Reform", "Results", "Rounding", "RuleError", "Rulebook", "Series", "Situation", "Source", "Span",
    "Status", "UnitFacts", "age", "always", "bounded", "compile_book", "conflict", "days_between", "determine",
    "discretion", "election_options", "exceptions", "explanation", "fact", "finding", "gather", "instrument",
    "load_parameters", "maximum", "minimum", "month_first", "month_last", "months_between", "needs_words", "never",
    "on_day", "parameter", "people", "program", "provision", "series", "stage_rules", "unit_facts", "where", "yuan",
]  # fmt: skip
