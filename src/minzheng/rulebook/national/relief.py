"""Temporary relief (临时救助): S649 articles 47, 48; S23; S18. One event, one payment."""

from minzheng.rulebook.case_facts import lost_job, months_without_income, unemployment_insured
from minzheng.rulebook.declared import (
    dibao_std_urban,
    ls_children_uplift,
    ls_grade_least,
    ls_grade_most,
    ls_no_income,
    ls_township_cap,
    ls_unit,
)
from minzheng.rulebook.instruments import ASSISTANCE, BACKSTOP, REFORM, RELIEF
from minzheng.rulebook.vocabulary import (
    Emergency,
    emergency,
    emergency_people,
    expenditure_hardship,
    hardship_finding,
    relief_grade,
    relief_same_cause,
)
from minzheng.rules import Expr, Household, Person, discretion, never, people, program, provision, where

from .dibao import dibao, dibao_member, income_per_head
from .household import counts_as_member, is_adult, member_count
from .property import assets_within_edge, business_within, homes_within, vehicles_within
from .tekun import disposable_month


@provision(RELIEF, "二（一）", of=Household, label="遭遇急难", clause=("LS-1", "LS-3"))
def struck_by_emergency() -> Expr:
    """因火灾、交通事故、突发重大疾病或者其他特殊困难，不以户籍和居住地为条件。"""
    return ~emergency.is_(Emergency.NONE)


@provision(RELIEF, "二（一）", of=Household, label="基本生活暂时出现严重困难", clause="LS-1")
def in_serious_difficulty() -> Expr:
    """基本生活暂时出现严重困难、需要立即救助，由经办人员核实。"""
    return hardship_finding


@provision(RELIEF, "二（四）", of=Household, label="未因同一事由重复救助", clause=("LS-7", "ST-17"))
def new_cause() -> Expr:
    """规定期间内没有因同一事由获得过临时救助。"""
    return ~relief_same_cause


@provision(ASSISTANCE, 47, of=Household, label="教育医疗等支出超出承受能力", clause="LS-2")
def spending_beyond_means() -> Expr:
    """因教育、医疗等生活必需支出突然增加，超出家庭承受能力。"""
    return expenditure_hardship


@provision(
    RELIEF, "二（一）", of=Household, label="人均收入低于当地居民人均可支配收入", clause=("LS-2", "TX-1")
)
def income_below_local() -> Expr:
    """家庭月人均收入低于上年度当地居民人均可支配收入的月数额。"""
    return income_per_head.below(disposable_month)


@provision(RELIEF, "二（三）", of=Household, label="每人每月临时救助标准", clause="LS-6")
def relief_unit() -> Expr:
    """与城市低保标准挂钩，有未成年子女的家庭可以适当提高。"""
    children = people(counts_as_member & ~is_adult).count.at_least(1)
    base = dibao_std_urban * ls_unit
    return where(children, base + base * ls_children_uplift, base)


@provision(RELIEF, "二（三）", of=Household, label="核定的救助月数", clause=("LS-6", "LS-7"))
def relief_months() -> Expr:
    """由经办机关按困难类型和程度在规定范围内核定；一事一议的除外。"""
    return discretion(relief_grade, ls_grade_least, ls_grade_most)


@provision(RELIEF, "二（三）", of=Household, label="核定月数在规定范围内", clause="LS-6")
def months_in_range() -> Expr:
    """核定的月数超出规定范围的，须一事一议。"""
    inside = relief_grade.at_least(ls_grade_least) & relief_grade.at_most(ls_grade_most)
    return (relief_months * 0).equals(0) & (inside | (~inside).must_be_judged())


@provision(RELIEF, "二（三）", of=Household, label="急难型临时救助金", clause="LS-6")
def relief_emergency_amount() -> Expr:
    """每人每月标准乘以救助人数和核定月数。"""
    return relief_unit * emergency_people * relief_months


@provision(RELIEF, "二（三）", of=Household, label="支出型临时救助金", clause="LS-6")
def relief_expenditure_amount() -> Expr:
    """每人每月标准乘以家庭人口和核定月数。"""
    return relief_unit * member_count * relief_months


@provision(ASSISTANCE, 48, of=Household, label="急难型可由乡镇（街道）审批", clause="LS-4")
def township_may_approve_emergency() -> Expr:
    """救助金额不超过委托额度的，由乡镇人民政府（街道办事处）审批。"""
    return relief_emergency_amount.at_most(ls_township_cap)


@provision(ASSISTANCE, 48, of=Household, label="支出型可由乡镇（街道）审批", clause="LS-4")
def township_may_approve_expenditure() -> Expr:
    """救助金额不超过委托额度的，由乡镇人民政府（街道办事处）审批。"""
    return relief_expenditure_amount.at_most(ls_township_cap)


@provision(
    RELIEF,
    "二（一）",
    of=Person,
    label="未参保失业人员可给予一次性临时救助",
    clause="LS-5",
    until="2022-10-20",
)
def uninsured_unemployed() -> Expr:
    """民发〔2022〕83号印发以前没有这项规定。"""
    return never


@provision(
    BACKSTOP, "二（一）", of=Person, label="未参保失业人员可给予一次性临时救助", clause="LS-5",
    overrides=uninsured_unemployed, since="2022-10-20",
    textual_gap="该项措施针对特定时期，是否继续执行由民政部门决定。",
)  # fmt: skip
def uninsured_unemployed_2022() -> Expr:
    """失业、连续三个月无收入来源、未享受失业保险待遇且不在低保范围的，可以给予一次性临时救助。"""
    return (
        lost_job
        & months_without_income.at_least(ls_no_income)
        & ~unemployment_insured
        & ~(dibao & dibao_member)
    ).must_be_judged()


relief_emergency = program(
    "relief_emergency",
    label="急难型临时救助",
    of=Household,
    requires=(struck_by_emergency, new_cause, in_serious_difficulty),
    amount=relief_emergency_amount,
    rank=60,
    cites=REFORM,
    article="（14）",
    clause=("LS-1", "LS-3"),
    cadence="once",
)

relief_expenditure = program(
    "relief_expenditure",
    label="支出型临时救助",
    of=Household,
    requires=(
        spending_beyond_means,
        new_cause,
        income_below_local,
        assets_within_edge,
        homes_within,
        vehicles_within,
        business_within,
    ),
    amount=relief_expenditure_amount,
    rank=61,
    cites=ASSISTANCE,
    article=47,
    clause="LS-2",
    cadence="once",
)
