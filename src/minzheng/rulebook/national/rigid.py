"""Households in difficulty through rigid spending (刚性支出困难家庭), in force from 2025-01-01."""

from minzheng.rulebook.declared import disposable_rural, disposable_urban, gx_living, gx_ratio
from minzheng.rulebook.instruments import RIGID
from minzheng.rulebook.vocabulary import education_paid, medical_own_paid, rehabilitation_paid, rigid_before
from minzheng.rules import Expr, Household, program, provision, where

from .dibao import dibao, gross_household_income, income_per_head, someone_left, standard_total
from .edge import edge
from .household import filed_here, urban_standard_applies
from .phase_out import phase_out
from .property import assets_within_rigid, business_within, homes_within, no_disposal, vehicles_within


@provision(RIGID, 4, of=Household, label="不属于低保、特困和低保边缘", clause=("GX-1", "ST-2"))
def no_other_status() -> Expr:
    """不符合低保、渐退和低保边缘家庭的条件。"""
    return ~dibao & ~phase_out & ~edge


@provision(RIGID, 4, of=Household, label="上年度居民人均可支配收入", clause="GX-2")
def disposable_income() -> Expr:
    """按家庭适用的城乡标准选取上年度当地居民人均可支配收入。"""
    return where(urban_standard_applies, disposable_urban, disposable_rural)


@provision(RIGID, 4, of=Household, label="人均收入低于居民人均可支配收入", clause=("GX-2", "TX-1"))
def income_below_disposable() -> Expr:
    """家庭年人均收入低于上年度当地居民人均可支配收入。"""
    return (income_per_head * 12).below(disposable_income)


@provision(RIGID, 5, of=Household, label="十二个月刚性支出", clause="GX-4")
def rigid_spending() -> Expr:
    """基本生活、个人自付医疗、按公办标准的教育和扣除补贴后的康复支出之和。"""
    return standard_total * gx_living + medical_own_paid + education_paid + rehabilitation_paid


@provision(RIGID, 4, of=Household, label="刚性支出超过家庭收入的规定比例", clause=("GX-4", "TX-1"))
def spending_over_ratio() -> Expr:
    """申请前十二个月刚性支出占家庭总收入（不作刚性支出扣减）的比例超过当地规定。"""
    return rigid_spending.over(gross_household_income * 12 * gx_ratio)


rigid = program(
    "rigid",
    label="刚性支出困难家庭",
    of=Household,
    requires=(
        no_other_status,
        someone_left,
        filed_here,
        income_below_disposable,
        assets_within_rigid,
        homes_within,
        vehicles_within,
        business_within,
        no_disposal,
        spending_over_ratio,
    ),
    amount=None,
    rank=50,
    cites=RIGID,
    article=4,
    clause=("GX-1", "GX-2", "GX-3", "GX-4"),
    receives=rigid_before,
    cadence="status",
    since="2025-01-01",
)
