"""What is still to be asked about a lead, in words, and who can supply it."""

from __future__ import annotations

from minzheng.assessment.models import Lead
from minzheng.assessment.types import Supplier
from minzheng.base.types import Actor
from minzheng.registry import queries as registry
from minzheng.rulebook import load
from minzheng.rules.language.declare import Fact

VILLAGE = frozenset(
    {"lives_here", "lives_here_since", "contracted_land", "cooperates", "father_away", "mother_away",
     "parents_away_days", "parent_home_unable", "cares_for_dependent", "father_absent_months", "mother_absent_months",
     "father_state", "mother_state", "emergency_people"}
)  # fmt: skip
PERSON = frozenset({"child_choice", "support_received", "support_paid", "independent", "pregnant_or_nursing"})
OFFICER = frozenset(
    {"labour", "selfcare_fails", "relief_grade", "care_months", "totally_dependent", "income_rose_by_job"}
)


def supplier_of(name: str) -> Supplier:
    """Who can supply a fact; a parameter is the authority's to state."""
    book = load()
    if name in book.settings:
        return Supplier.AUTHORITY
    column = book.columns.get(name)
    if name in OFFICER or (column is not None and column.review_when_missing):
        return Supplier.OFFICER
    base = name.split(".")[0].removesuffix("_total").removesuffix("_month")
    if name in PERSON or base in PERSON or (isinstance(column, Fact) and column.election):
        return Supplier.PERSON
    return Supplier.VILLAGE if name in VILLAGE else Supplier.AGENCY


def ask_label(name: str) -> str:
    """What is asked, as the rulebook calls it."""
    book = load()
    if name in book.columns:
        return book.columns[name].label
    if name in book.settings:
        return book.settings[name].label
    return book[name].label if name in book else name


def ask_words(lead: Lead) -> list[str]:
    """The labels alone, for lists and files."""
    return list(dict.fromkeys(ask_label(name) for name, _person in lead.asks))


def ask_lines(actor: Actor, lead: Lead) -> list[tuple[str, str, str, Supplier]]:
    """(fact, label, person's name or 家庭, supplier) of everything to be asked."""
    people = registry.person_lines(actor, [person for _name, person in lead.asks if person is not None])
    lines = []
    for name, person in lead.asks:
        line = people.get(person) if person is not None else None
        who = "家庭" if person is None else (line.name if line else "其他地区登记的成员")
        lines.append((name, ask_label(name), who, supplier_of(name)))
    return lines
