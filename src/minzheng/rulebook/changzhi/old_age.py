"""The city's old-age allowance of dibao households, the people of a hundred, and the choice beside the living subsidy."""

from minzheng.rulebook.declared import (
    age_reached_on,
    centenarian_amount,
    centenarian_scheme,
    dl_amount,
    oa_amount,
    oa_from,
    oa_stacking,
    oa_start,
    oa_to,
)
from minzheng.rulebook.instruments import CITY_OLD_AGE, ELDERS, SUBSIDIES
from minzheng.rulebook.modes import OldAgeStacking, OldAgeStart
from minzheng.rulebook.national.household import is_alive, registered_here
from minzheng.rulebook.national.subsidies import (
    covered_by_dibao,
    living_conditions,
    living_kept,
    outside_tekun,
)
from minzheng.rulebook.vocabulary import born, old_age_before
from minzheng.rules import Expr, Person, age, month_first, month_last, program, provision, where

TWO_READINGS = "高龄补贴与困难残疾人生活补贴能否同时享受有两种做法，按参数处理；金额相等时保留生活补贴。"


@provision(
    CITY_OLD_AGE, "年龄", of=Person, label="年龄在80至99周岁", clause=("OA-2", "OA-4", "OA-5"),
    textual_gap="起止月没有取得，按参数处理。",
)  # fmt: skip
def old_age_range() -> Expr:
    """按起止月规则，发放月内符合年满八十周岁、未满一百周岁。"""
    first, last = age(born, month_first, age_reached_on), age(born, month_last, age_reached_on)
    before = age(born, month_first.plus_days(-1), age_reached_on)
    any_day = last.at_least(oa_from) & first.at_most(oa_to)
    first_day = first.at_least(oa_from) & first.at_most(oa_to)
    next_month = before.at_least(oa_from) & before.at_most(oa_to)
    return where(
        oa_start.is_(OldAgeStart.ANY_DAY),
        any_day,
        where(oa_start.is_(OldAgeStart.FIRST_DAY), first_day, next_month),
    )


@provision(CITY_OLD_AGE, "对象", of=Person, label="符合高龄补贴条件", clause=("OA-1", "OA-2", "OA-6"))
def old_age_conditions() -> Expr:
    """低保对象，年龄在规定范围内；特困人员不在低保家庭之列。"""
    return is_alive & old_age_range & outside_tekun & covered_by_dibao


@provision(
    SUBSIDIES, "二（三）", of=Person, label="高龄补贴不因生活补贴择高而放弃", clause=("OA-7", "ST-15"),
    jurisdiction="140400", textual_gap=TWO_READINGS,
)  # fmt: skip
def old_age_kept() -> Expr:
    """可以同时享受；择高的，仅在高龄补贴高于生活补贴时享受。"""
    return oa_stacking.is_(OldAgeStacking.STACK) | ~living_conditions | oa_amount.over(dl_amount)


@provision(
    SUBSIDIES, "二（三）", of=Person, label="生活补贴不因高龄补贴择高而放弃", clause=("OA-7", "ST-15"),
    overrides=living_kept, jurisdiction="140400", textual_gap=TWO_READINGS,
)  # fmt: skip
def living_kept_beside_old_age() -> Expr:
    """可以同时享受；择高的，仅在生活补贴不低于高龄补贴时享受。"""
    return oa_stacking.is_(OldAgeStacking.STACK) | ~old_age_conditions | dl_amount.at_least(oa_amount)


@provision(CITY_OLD_AGE, "标准", of=Person, label="高龄补贴金额", clause=("OA-2", "OA-3"))
def old_age_amount() -> Expr:
    """按市定标准按月发放。"""
    return oa_amount * 1


old_age = program(
    "old_age",
    label="低保家庭高龄补贴",
    of=Person,
    requires=(is_alive, old_age_range, outside_tekun, covered_by_dibao, old_age_kept),
    amount=old_age_amount,
    rank=72,
    cites=CITY_OLD_AGE,
    article="对象",
    clause=("OA-1", "OA-2"),
    receives=old_age_before,
)


# -- people of a hundred ---------------------------------------------------------------------------------
@provision(ELDERS, 33, of=Person, label="年满一百周岁", clause="OA-5")
def is_centenarian() -> Expr:
    """发放月首日年龄超过高龄补贴的截止年龄。"""
    return age(born, month_first, age_reached_on).over(oa_to)


@provision(
    ELDERS, 33, of=Person, label="百岁老人补助已有规定", clause="OA-5",
    textual_gap="百岁老人补助的范围和标准没有取得，不得用其他数值代替。",
)  # fmt: skip
def centenarian_rule() -> Expr:
    """当地对百岁老人补助作出规定。"""
    return centenarian_scheme & is_alive


@provision(ELDERS, 33, of=Person, label="百岁老人补助金额", clause="OA-5")
def centenarian_payable() -> Expr:
    """按当地标准按月发放。"""
    return centenarian_amount * 1


centenarian = program(
    "centenarian",
    label="百岁老人补助",
    of=Person,
    requires=(is_centenarian, is_alive, registered_here, centenarian_rule),
    amount=centenarian_payable,
    rank=73,
    cites=ELDERS,
    article=33,
    clause="OA-5",
)
