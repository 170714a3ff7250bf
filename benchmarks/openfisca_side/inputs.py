"""Entities and input variables: what the snapshot holds."""

import datetime

from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from benchmarks.openfisca_side.choices import (
    ChildChoice,
    Labour,
    ParentState,
    Registration,
    Relation,
    Restriction,
    Schooling,
)

Person = build_entity(key="person", plural="people", label="个人", is_person=True)
Household = build_entity(
    key="household",
    plural="households",
    label="家庭",
    roles=[{"key": "member", "plural": "members", "label": "成员"}],
)

FLAGS_OF_HOUSEHOLD = (
    "hukou_here", "contracted_land", "relocated_to_town", "assets_disposed", "cooperates", "home_finding",
    "vehicle_finding", "business_finding", "disposal_finding", "dibao_before", "phase_out_before", "income_rose_by_job",
)  # fmt: skip
FLAGS_OF_PERSON = (
    "died", "lives_here", "person_hukou_here", "rural_hukou", "full_time_student", "independent", "conscript",
    "certificate_valid", "serious_disease", "certified_ill", "working", "new_job", "cares_for_dependent",
    "pregnant_or_nursing", "ordinary_vehicle", "business_registered", "shareholding", "adopted", "single_before",
    "tekun_before", "orphan_before", "unattended_before", "no_civil_capacity",
)  # fmt: skip
NUMBERS_OF_HOUSEHOLD = ("homes_owned", "phase_out_used")
NUMBERS_OF_PERSON = (
    "religious_years", "visual_level", "hearing_level", "speech_level", "limb_level", "intellectual_level",
    "mental_level", "disability_level", "selfcare_fails", "work_refusals", "father_level", "mother_level",
    "father_mind_level", "mother_mind_level", "father_term", "mother_term", "father_absent_months",
    "mother_absent_months", "father_report_months", "mother_report_months", "obligors", "obligors_incapable",
)  # fmt: skip
MONEY_OF_HOUSEHOLD = ("rigid_monthly",)
MONEY_OF_PERSON = (
    "wages__total", "wages__month", "business_income__total", "property_income__total", "employee_pension__total",
    "base_pension__total", "local_pension__total", "transfers_received__total", "support_received__total",
    "support_paid__total", "support_due", "support_due_waivable", "financial_assets",
)  # fmt: skip
DATES_OF_PERSON = ("born", "lives_here_since")
CHOICES_OF_HOUSEHOLD = {"registration": (Registration, Registration.urban)}
CHOICES_OF_PERSON = {
    "relation": (Relation, Relation.other),
    "schooling": (Schooling, Schooling.none),
    "restriction": (Restriction, Restriction.none),
    "labour": (Labour, Labour.none),
    "father_state": (ParentState, ParentState.caring),
    "mother_state": (ParentState, ParentState.caring),
    "child_choice": (ChildChoice, ChildChoice.tekun),
}


def _variable(name: str, entity, value_type: type, **more) -> type[Variable]:
    body = {
        "value_type": value_type, "entity": entity, "definition_period": DateUnit.MONTH, "label": name, **more,
    }  # fmt: skip
    return type(name, (Variable,), body)


def input_variables() -> list[type[Variable]]:
    """One variable for every column the formulas read; money in yuan."""
    kinds = (
        (Household, bool, FLAGS_OF_HOUSEHOLD),
        (Person, bool, FLAGS_OF_PERSON),
        (Household, int, NUMBERS_OF_HOUSEHOLD),
        (Person, int, NUMBERS_OF_PERSON),
        (Household, float, MONEY_OF_HOUSEHOLD),
        (Person, float, MONEY_OF_PERSON),
        (Person, datetime.date, DATES_OF_PERSON),
    )
    plain = [_variable(name, entity, kind) for entity, kind, names in kinds for name in names]
    chosen = [
        _variable(name, entity, Enum, possible_values=values, default_value=default)
        for entity, choices in ((Household, CHOICES_OF_HOUSEHOLD), (Person, CHOICES_OF_PERSON))
        for name, (values, default) in choices.items()
    ]
    return [*plain, *chosen]
