"""Income of a person and a household: S57 article 13, with the deductions an authority may allow."""

from minzheng.rulebook.declared import (
    base_pension_exempt,
    dibao_std_urban,
    imputed_able,
    imputed_partly,
    imputed_wage,
    income_window,
    jobcost_cap,
    jobcost_rate,
    loss_floor,
    working_age_from,
    working_age_to,
)
from minzheng.rulebook.instruments import BACKSTOP, DIBAO
from minzheng.rulebook.vocabulary import (
    Labour,
    base_pension,
    business_income,
    cares_for_dependent,
    certified_ill,
    employee_pension,
    exempt_transfers,
    full_time_student,
    labour,
    local_pension,
    new_job,
    pregnant_or_nursing,
    property_income,
    support_due,
    support_paid,
    support_received,
    transfers_received,
    wages,
    working,
)
from minzheng.rules import Expr, Person, maximum, minimum, provision, where

from .household import years_of_age


@provision(
    DIBAO, 13, of=Person, label="月工资性收入", clause=("IN-1", "IN-2"),
    textual_gap="核算期内新就业的按当月工资计算，避免用十二个月平均数低估。",
)  # fmt: skip
def gross_wages() -> Expr:
    """核算期内月平均工资；核算期内新就业的按当月工资。"""
    return where(new_job, wages.this_month, wages.average(over=income_window))


@provision(
    DIBAO, 13, of=Person, label="就业成本扣减", clause=("JC-1", "JC-2", "JC-3", "BY-5", "IN-7"),
    textual_gap="上限按月适用；工资按核算期平均的，是逐月封顶还是按月平均工资封顶没有取得当地规定，暂按月平均工资。",
)  # fmt: skip
def job_cost() -> Expr:
    """按实际月平均工资的规定比例扣减必要的就业成本，不超过规定上限；推定收入不扣减。"""
    return minimum(gross_wages * jobcost_rate, dibao_std_urban * jobcost_cap)


@provision(DIBAO, 13, of=Person, label="工资性净收入", clause=("IN-2", "JC-1", "IN-11"))
def net_wages() -> Expr:
    """工资性收入减去必要的就业成本，扣减不使收入为负。"""
    return maximum(gross_wages - job_cost, 0)


@provision(DIBAO, 13, of=Person, label="经营净收入", clause=("IN-3", "IN-11"))
def net_business() -> Expr:
    """经营收入扣除成本、折旧和生产税后的净额，为负时按规定计零。"""
    average = business_income.average(over=income_window)
    return where(loss_floor, maximum(average, 0), average)


@provision(DIBAO, 13, of=Person, label="财产净收入", clause="IN-4")
def net_property() -> Expr:
    """利息、红利、租金、土地流转和集体分红等净收入。"""
    return property_income.average(over=income_window)


@provision(DIBAO, 13, of=Person, label="计入收入的基础养老金", clause=("IN-6", "IN-6a"))
def counted_base_pension() -> Expr:
    """“十四五”期间中央确定的城乡居民基础养老金不计入，其后以新规定为准。"""
    average = base_pension.average(over=income_window)
    return where(base_pension_exempt, average * 0, average)


@provision(DIBAO, 13, of=Person, label="基础养老金以外的养老金", clause=("IN-5", "IN-6a"))
def other_pension() -> Expr:
    """职工养老金、离退休金，以及居民养老金的地方增加部分和个人账户部分。"""
    return employee_pension.average(over=income_window) + local_pension.average(over=income_window)


@provision(DIBAO, 13, of=Person, label="有协议、裁判或者实际给付的供养费", clause="IN-9")
def support_is_paid() -> Expr:
    """核算期内依协议、裁判取得或者实际取得赡养抚养扶养费。"""
    return support_received.total.over(0)


@provision(
    DIBAO, 13, of=Person, label="计入的赡养抚养扶养费", clause=("IN-5", "IN-9"),
    textual_gap="赡养费的核算办法没有取得：有协议、裁判或者实际给付的按其计算，没有的按示例公式。",
)  # fmt: skip
def support_counted() -> Expr:
    """有协议、裁判或者实际给付的，按其计算；没有的，按义务人家庭收入核算。"""
    return where(support_is_paid, support_received.average(over=income_window), support_due)


@provision(DIBAO, 13, of=Person, label="养老金以外的转移净收入", clause=("IN-5", "IN-9"))
def other_transfers() -> Expr:
    """计入的赡养抚养扶养费和其他转移性收入，减去本人支付的税费、社会保险费和赡养抚养扶养费。"""
    return (
        transfers_received.average(over=income_window)
        + support_counted
        - support_paid.average(over=income_window)
    )


@provision(DIBAO, 13, of=Person, label="转移净收入", clause=("IN-5", "IN-11"))
def net_transfers() -> Expr:
    """养老金与其他转移性收入的净额，为负时按规定计零。"""
    total = counted_base_pension + other_pension + other_transfers
    return where(loss_floor, maximum(total, 0), total)


@provision(
    DIBAO, 13, of=Person, label="不计入的收入", clause=("IN-6", "IN-6b", "IN-6c", "IN-6d", "LS-6", "DC-4")
)
def income_left_out() -> Expr:
    """优待抚恤金、奖励扶助、奖学金、见义勇为奖励等不计入；政府救助金、残疾人两项补贴、儿童生活费和高龄补贴也不计入。"""
    return exempt_transfers.average(over=income_window)


@provision(
    DIBAO, 13, of=Person, label="有劳动能力而无正当理由未就业", also=((BACKSTOP, "一（一）"),), clause="IN-8"
)
def idle_without_reason() -> Expr:
    """处于劳动年龄、经评估有劳动能力、未就业，且不在校、不照料失能者或幼儿、不在孕期哺乳期、未经诊断患病。"""
    return (
        labour.is_(Labour.ABLE, Labour.PARTLY)
        & ~working
        & years_of_age.at_least(working_age_from)
        & years_of_age.below(working_age_to)
        & ~full_time_student
        & ~cares_for_dependent
        & ~pregnant_or_nursing
        & ~certified_ill
    )


@provision(DIBAO, 13, of=Person, label="推定收入", also=((BACKSTOP, "一（一）"),), clause=("IN-8", "JC-3"))
def imputed_income() -> Expr:
    """有劳动能力而无正当理由未就业的，按最低工资和劳动力系数推定收入。"""
    # the ability of children, pupils and the old is never assessed and does not matter: both conditions are then no
    able = idle_without_reason & labour.is_(Labour.ABLE)
    partly = idle_without_reason & labour.is_(Labour.PARTLY)
    full, part = imputed_wage * imputed_able, imputed_wage * imputed_partly
    return where(able, full, where(partly, part, full * 0))


@provision(DIBAO, 13, of=Person, label="个人月收入", clause=("IN-1", "IN-2", "IN-3", "IN-4", "IN-5"))
def countable_income() -> Expr:
    """工资性净收入、经营净收入、财产净收入、转移净收入和推定收入之和。"""
    return net_wages + net_business + net_property + net_transfers + imputed_income
