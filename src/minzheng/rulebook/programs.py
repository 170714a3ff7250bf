"""The programmes in the order they are tried, and what each pays."""

from minzheng.rules import Program, Provision

from . import obligors
from .changzhi import old_age
from .national import children, dibao, household, income, relief, sanctions, subsidies, tekun
from .national import edge as edge_rules
from .national import phase_out as phase_out_rules
from .national import rigid as rigid_rules
from .national import single as single_rules
from .shanxi import household as shanxi_household
from .shanxi import orphans as shanxi_orphans

PROGRAMS: tuple[Program, ...] = (
    tekun.tekun,
    dibao.dibao,
    phase_out_rules.phase_out,
    single_rules.single,
    edge_rules.edge,
    rigid_rules.rigid,
    relief.relief_emergency,
    relief.relief_expenditure,
    subsidies.living_subsidy,
    subsidies.care_subsidy,
    old_age.old_age,
    old_age.centenarian,
    children.orphan,
    children.unattended,
    children.study_aid,
    children.left_behind,
)

TO_THE_YUAN: dict[str, Provision] = {"dibao": dibao.dibao_payment, "single": single_rules.single_payment}
"""Programmes whose monthly payment is rounded by their own provision; all others pay to the fen, half up."""

EXTRA: tuple[Provision, ...] = (
    dibao.dibao_payment,
    single_rules.single_payment,
    income.income_left_out,
    household.person_standard,
    relief.months_in_range,
    relief.township_may_approve_emergency,
    relief.township_may_approve_expenditure,
    relief.uninsured_unemployed,
    shanxi_orphans.scattered_by_formula,
    shanxi_orphans.institution_by_formula,
    children.carer_fit,
    children.contact_kept,
    children.must_be_reported,
    sanctions.fine,
    sanctions.fine_lawful,
    sanctions.reprimand,
    sanctions.overpayment_candidate,
    obligors.support_payable,
)
"""Provisions no programme asks for; pages, cases and worked cases do."""

TEXTS_OF_PROVINCE_AND_CITY = (shanxi_household, shanxi_orphans, old_age)
"""Modules whose provisions replace a wider layer's by name; importing them is what puts them in force."""
