"""What obligors in other households owe: the provisions of stage 1, and which kin edges feed which fact."""

from minzheng.rules import Expr, Household, Person, Rounding, maximum, people, provision, where
from minzheng.rules.language.expr import ChoiceLiteral

from .declared import support_line, support_rate, waive_age
from .instruments import DIBAO, TEKUN
from .national.household import (
    counts_as_member,
    household_standard,
    is_adult,
    is_alive,
    member_count,
    years_of_age,
)
from .national.income import countable_income
from .national.tekun import unable_to_support
from .vocabulary import obligors, obligors_incapable, support_due, support_due_waivable, supported_people

NEAREST = ChoiceLiteral(Rounding.HALF_UP)
family = people(counts_as_member)


@provision(TEKUN, 8, of=Person, label="在世的义务人", clause="TK-3")
def is_obligor() -> Expr:
    """在世的成年法定义务人。"""
    return is_alive & is_adult


@provision(TEKUN, 8, of=Person, label="无履行义务能力的义务人", clause="TK-3")
def is_unable_obligor() -> Expr:
    """在世的成年法定义务人，属于无履行义务能力的情形。"""
    return is_alive & is_adult & unable_to_support


@provision(DIBAO, 13, of=Household, label="义务人家庭月收入", clause="IN-9")
def obligor_family_income() -> Expr:
    """义务人家庭共同生活成员的月收入之和。"""
    return family.sum(countable_income)


@provision(
    DIBAO, 13, of=Household, label="义务人家庭超出给付能力线的收入", clause="IN-9",
    textual_gap="赡养费的核算办法没有取得，按示例公式：人均收入超过低保标准1.5倍的部分乘以人数。",
)  # fmt: skip
def obligor_surplus() -> Expr:
    """家庭月收入超过低保标准规定倍数与人口之积的部分，核算到分。"""
    line = household_standard * support_line * member_count
    return maximum(obligor_family_income - line, 0).rounded(1, NEAREST)


@provision(DIBAO, 13, of=Household, label="家庭供养的非共同生活人数", clause="IN-9")
def family_supports() -> Expr:
    """家庭成员在户外赡养、抚养、扶养的人数之和。"""
    return family.sum(supported_people)


@provision(DIBAO, 13, of=Person, label="对每名被供养人应付的赡养费", clause="IN-9")
def support_payable() -> Expr:
    """超出部分乘以规定比例，除以家庭供养的人数，核算到分。"""
    share = (obligor_surplus * support_rate).shared_among(family_supports).rounded(1, NEAREST)
    return where(is_alive & is_adult, share, share * 0)


@provision(DIBAO, 13, of=Person, label="老年义务人应付的赡养费", clause="SP-6")
def support_payable_if_old() -> Expr:
    """义务人年满六十周岁的，其应付部分可以豁免。"""
    return where(years_of_age.at_least(waive_age), support_payable, support_payable * 0)


obligors.gathered_from(over="obligors", how="count", value=is_obligor)
obligors_incapable.gathered_from(over="obligors", how="count", value=is_unable_obligor)
support_due.gathered_from(over="supporters", how="sum", value=support_payable)
support_due_waivable.gathered_from(over="supporters", how="sum", value=support_payable_if_old)

EDGES: dict[str, frozenset[str]] = {
    "obligors": frozenset({"SPOUSE", "PARENT", "CHILD", "GRANDPARENT"}),
    "supporters": frozenset({"CHILD"}),
}
"""Which kinds of kin in other households an edge set holds: what the other is to the person (Obligor of the
registry). Somebody who is no adult counts for nothing in the provisions themselves."""
