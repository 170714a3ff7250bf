"""Minimum living guarantee: S649 articles 9, 12, 45; S57 articles 4, 13, 23, 34."""

from minzheng.rulebook.declared import (
    amount_mode,
    elderly_age,
    min_pay,
    refusal_cut,
    refusal_limit,
    rigid_deduct,
    round_basis,
    round_mode,
    round_to,
    standard_mode,
    uplift_elderly,
    uplift_ill,
    uplift_minor,
    uplift_severe,
)
from minzheng.rulebook.instruments import ASSISTANCE, DIBAO, TEKUN_STATE
from minzheng.rulebook.modes import AmountMode, RoundingBasis, StandardMode
from minzheng.rulebook.vocabulary import (
    cooperates,
    dibao_before,
    rigid_monthly,
    serious_disease,
    tekun_before,
    work_refusals,
)
from minzheng.rules import Expr, Household, Person, conflict, maximum, people, program, provision, where

from .disability_levels import severely_disabled
from .household import (
    counts_as_member,
    filed_here,
    household_standard,
    is_adult,
    person_standard,
    split_by_hukou,
    years_of_age,
)
from .income import countable_income
from .property import assets_within_dibao, business_within, homes_within, no_disposal, vehicles_within
from .tekun import tekun


@provision(TEKUN_STATE, "二", of=Person, label="计入低保家庭的成员", clause=("DB-5", "ST-1", "HH-7"))
def dibao_member() -> Expr:
    """共同生活的家庭成员，且不属于特困供养对象。"""
    return counts_as_member & ~(tekun | tekun_before)


together = people(dibao_member)


@provision(DIBAO, 7, of=Household, label="低保家庭人口", clause=("HH-1", "DB-5"))
def dibao_size() -> Expr:
    """计入低保家庭的成员人数。"""
    return together.count


@provision(TEKUN_STATE, "二", of=Household, label="有未享受特困供养的成员", clause=("DB-5", "ST-1"))
def someone_left() -> Expr:
    """家庭中至少有一名成员不属于特困供养对象。"""
    return dibao_size.at_least(1)


@provision(DIBAO, 13, of=Household, label="家庭月收入", clause=("IN-1", "IN-5", "LS-6"))
def gross_household_income() -> Expr:
    """计入的成员月收入之和。"""
    return together.sum(countable_income)


@provision(DIBAO, 13, of=Household, label="残疾、重病刚性支出扣减", clause="IN-7")
def rigid_deduction() -> Expr:
    """按规定可以扣减残疾、重病增加的刚性支出的，从家庭收入中扣减。"""
    return where(rigid_deduct, rigid_monthly, rigid_monthly * 0)


@provision(DIBAO, 13, of=Household, label="核定的家庭月收入", clause=("IN-7", "IN-10", "IN-11"))
def household_income() -> Expr:
    """家庭月收入减去允许扣减的刚性支出，不低于零。"""
    return maximum(gross_household_income - rigid_deduction, 0)


@provision(DIBAO, 13, of=Household, label="家庭月人均收入", clause=("IN-10", "DB-1"))
def income_per_head() -> Expr:
    """核定的家庭月收入除以家庭人口。"""
    return household_income.per(dibao_size)


@provision(DIBAO, 4, of=Household, label="全家月低保标准合计", clause=("HH-8", "DB-A1"))
def standard_total() -> Expr:
    """全户一个标准时为标准乘以人口；按成员计算时为各成员标准之和。"""
    return where(
        standard_mode.is_(StandardMode.HOUSEHOLD_SINGLE),
        household_standard * dibao_size,
        together.sum(person_standard),
    )


@provision(DIBAO, 4, of=Household, label="月低保标准", clause=("HH-8", "TX-5"))
def standard() -> Expr:
    """全家标准合计除以人口。"""
    return where(
        standard_mode.is_(StandardMode.HOUSEHOLD_SINGLE),
        household_standard,
        standard_total.per(dibao_size),
    )


@provision(ASSISTANCE, 9, of=Household, label="人均收入低于低保标准", clause=("DB-1", "TX-1", "IN-10"))
def income_below_standard() -> Expr:
    """家庭月人均收入低于当地低保标准，等于标准的不符合。"""
    return income_per_head.below(standard)


@provision(DIBAO, 4, of=Household, label="不须分户申请", clause="HH-8")
def one_application() -> Expr:
    """城乡混合户采用分户方式的，须由经办人员分别核定。"""
    return ~together.any(split_by_hukou)


@provision(
    DIBAO, 29, of=Household, label="配合调查核对", clause=("DB-4", "DY-7"),
    textual_gap="无正当理由不配合的“可以”终止程序，由经办机关决定。",
)  # fmt: skip
def cooperation() -> Expr:
    """配合家庭经济状况调查；不配合的由经办机关决定是否终止。"""
    return cooperates | (~cooperates).must_be_judged()


# -- amount ----------------------------------------------------------------------------------------------
@provision(ASSISTANCE, 45, of=Household, label="因拒绝工作扣减的份额数", clause="DY-8")
def shares_withheld() -> Expr:
    """连续拒绝介绍的合适工作达到次数上限的成员，按规定比例扣减其本人份额。"""
    return together.counting(work_refusals.at_least(refusal_limit)).count * refusal_cut


@provision(ASSISTANCE, 12, of=Person, label="增发比例", clause="DB-A2")
def uplift_rate() -> Expr:
    """老年人、未成年人、重度残疾人和重病患者按规定比例增发，兼具的就高。"""
    return maximum(
        where(years_of_age.at_least(elderly_age), uplift_elderly, uplift_elderly * 0),
        where(is_adult, uplift_minor * 0, uplift_minor),
        where(severely_disabled, uplift_severe, uplift_severe * 0),
        where(serious_disease, uplift_ill, uplift_ill * 0),
    )


@provision(ASSISTANCE, 12, of=Person, label="增发金额", clause="DB-A2")
def uplift() -> Expr:
    """本人适用的低保标准乘以增发比例。"""
    return person_standard * uplift_rate


@provision(ASSISTANCE, 12, of=Household, label="标准与收入的差额", clause=("DB-A1", "DY-3", "TX-7"))
def shortfall() -> Expr:
    """全家标准合计减去核定的家庭月收入。"""
    return standard_total - household_income


@provision(DIBAO, 34, of=Household, label="扣减后的差额", clause="DY-8")
def shortfall_after_refusals() -> Expr:
    """扣除拒绝工作的成员本人份额（标准减人均收入）后的差额。"""
    return shortfall - shortfall.per(dibao_size) * shares_withheld


@provision(DIBAO, 34, of=Household, label="计发的差额", clause=("DB-A1", "DY-8"))
def shortfall_payable() -> Expr:
    """没有拒绝工作的成员时为全部差额，有的为扣减后的差额。"""
    return where(shares_withheld.over(0), shortfall_after_refusals, shortfall)


@provision(DIBAO, 23, of=Household, label="低保金", clause=("DB-A1", "DB-A2"))
def dibao_amount() -> Expr:
    """补差方式下为扣减后的差额加增发金额；分档方式的档次须由经办机关核定。"""
    by_difference = shortfall_payable + together.sum(uplift)
    banded = where(conflict, by_difference * 0, standard_total)
    return where(amount_mode.is_(AmountMode.DIFFERENCE), by_difference, banded)


@provision(
    DIBAO, 23, of=Household, label="低保金月发放额", clause=("TX-6", "DB-A4"),
    textual_gap="取整办法和最低发放额没有取得，按参数处理；发放额为零的仍保留低保资格。",
)  # fmt: skip
def dibao_payment() -> Expr:
    """低保金按规定方式取整，不低于最低发放额。"""
    by_person = dibao_amount.per(dibao_size).rounded(round_to, round_mode) * dibao_size
    whole = where(
        round_basis.is_(RoundingBasis.HOUSEHOLD), dibao_amount.rounded(round_to, round_mode), by_person
    )
    return maximum(whole, min_pay)


dibao = program(
    "dibao",
    label="最低生活保障",
    of=Household,
    requires=(
        someone_left,
        filed_here,
        income_below_standard,
        assets_within_dibao,
        homes_within,
        vehicles_within,
        business_within,
        no_disposal,
        one_application,
        cooperation,
    ),
    amount=dibao_amount,
    rank=20,
    cites=ASSISTANCE,
    article=9,
    clause=("DB-1", "DB-2"),
    receives=dibao_before,
)
