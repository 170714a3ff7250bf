"""Phase-out of a dibao household whose income rose through work: S57 article 33, S83 part one."""

from minzheng.rulebook.declared import jt_basis, jt_ceiling, jt_equal, jt_months, jt_rates
from minzheng.rulebook.instruments import BACKSTOP, DIBAO
from minzheng.rulebook.modes import EqualAfterWork
from minzheng.rulebook.vocabulary import (
    dibao_amount_before,
    dibao_before,
    income_rose_by_job,
    phase_out_before,
    phase_out_used,
)
from minzheng.rules import Expr, Household, bounded, program, provision, where

from .dibao import dibao, income_per_head, someone_left, standard
from .property import assets_within_dibao


@provision(DIBAO, 33, of=Household, label="此前享受低保", clause="JT-1")
def was_in_dibao() -> Expr:
    """上月享受低保或者处于渐退期。"""
    return dibao_before | phase_out_before


@provision(DIBAO, 33, of=Household, label="收入增加的原因是就业", clause=("JT-2", "JT-6"))
def rose_by_work() -> Expr:
    """家庭人均收入超过标准的原因是成员就业，继承、赔偿等其他原因不在其内。"""
    return income_rose_by_job


@provision(
    DIBAO, 33, of=Household, label="就业后人均收入超过标准", clause=("JT-3", "JT-5"),
    textual_gap="收入恰好等于标准既不“低于”也不“超过”，文件没有规定，按参数处理。",
)  # fmt: skip
def over_after_work() -> Expr:
    """就业后家庭人均收入超过低保标准；恰好等于标准的按参数处理。"""
    return income_per_head.over(standard) | (
        income_per_head.equals(standard) & jt_equal.is_(EqualAfterWork.PHASE_OUT)
    )


@provision(DIBAO, 33, of=Household, label="渐退期", also=((BACKSTOP, "一（三）"),), clause="JT-4")
def phase_out_length() -> Expr:
    """渐退期按当地规定，没有依据的不得超过全国上限。"""
    return bounded(jt_months, at_most=jt_ceiling, unless=jt_basis)


@provision(
    DIBAO, 33, of=Household, label="渐退期未满", also=((BACKSTOP, "一（三）"),), clause=("JT-4", "JT-7")
)
def phase_out_open() -> Expr:
    """本次就业已渐退的月数不足渐退期。"""
    return phase_out_used.below(phase_out_length)


@provision(DIBAO, 33, of=Household, label="不再符合低保条件", clause=("JT-3", "JT-7"))
def left_dibao() -> Expr:
    """已不符合低保条件；渐退期内失业的重新按低保核算。"""
    return ~dibao


@provision(DIBAO, 33, of=Household, label="渐退期月发放额", also=((BACKSTOP, "一（三）"),), clause="JT-4")
def phase_out_amount() -> Expr:
    """转入渐退前的低保金乘以该月的发放比例。"""
    amount = dibao_amount_before * jt_rates[-1]
    for month in range(len(jt_rates) - 2, -1, -1):
        amount = where(phase_out_used.equals(month), dibao_amount_before * jt_rates[month], amount)
    return amount


phase_out = program(
    "phase_out",
    label="低保渐退",
    of=Household,
    requires=(was_in_dibao, left_dibao, someone_left, rose_by_work, over_after_work, assets_within_dibao, phase_out_open),
    amount=phase_out_amount,
    rank=25,
    cites=DIBAO,
    article=33,
    clause=("JT-1", "JT-2", "JT-3", "JT-4"),
    receives=phase_out_before,
)  # fmt: skip
