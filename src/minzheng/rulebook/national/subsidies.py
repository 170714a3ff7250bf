"""The two disability subsidies and the old-age allowance of dibao households, and how they exclude each other."""

from minzheng.rulebook.declared import (
    age_reached_on,
    centenarian_amount,
    centenarian_scheme,
    dc_amount,
    dc_mind,
    dc_months,
    dl_amount,
    dl_edge,
    oa_amount,
    oa_from,
    oa_stacking,
    oa_start,
    oa_to,
    sw_mode,
)
from minzheng.rulebook.instruments import CITY_OLD_AGE, ELDERS, SUBSIDIES
from minzheng.rulebook.modes import OldAgeStacking, OldAgeStart, TopUp
from minzheng.rulebook.vocabulary import (
    Restriction,
    born,
    cadre_care,
    cadre_living,
    care_months,
    care_subsidy_before,
    elder_care_allowance,
    injury_care_allowance,
    living_subsidy_before,
    old_age_before,
    restriction,
    tekun_before,
)
from minzheng.rules import Expr, Person, age, month_first, month_last, program, provision, where

from .child_states import is_orphan, is_unattended
from .dibao import dibao, dibao_member
from .disability_levels import disabled, severely_disabled, third_level_mind
from .edge import edge
from .household import counts_as_member, is_alive, registered_here
from .phase_out import phase_out
from .single import single
from .tekun import tekun


@provision(SUBSIDIES, "二（一）", of=Person, label="属于低保对象", clause=("DL-2", "OA-1", "JT-8", "ST-17"))
def covered_by_dibao() -> Expr:
    """低保家庭或者渐退期家庭的成员，以及单独纳入低保的人员。"""
    return ((dibao | phase_out) & dibao_member) | single


@provision(SUBSIDIES, "二（一）", of=Person, label="属于生活补贴对象范围", clause="DL-2")
def living_scope() -> Expr:
    """低保对象；扩大范围的包括低保边缘家庭成员。"""
    return covered_by_dibao | (dl_edge & edge & counts_as_member)


@provision(SUBSIDIES, "三", of=Person, label="未在停发情形", clause=("DL-4", "DC-4"))
def not_suspended() -> Expr:
    """在世，且未在监狱服刑、未被宣告失踪。"""
    return is_alive & ~restriction.is_(Restriction.PRISON, Restriction.DECLARED_MISSING)


@provision(SUBSIDIES, "二（三）", of=Person, label="未享受特困供养", clause=("ST-5", "OA-6", "ST-6"))
def outside_tekun() -> Expr:
    """享受特困人员救助供养的不重复享受。"""
    return ~(tekun | tekun_before)


@provision(SUBSIDIES, "二（三）", of=Person, label="未领取工伤生活护理费", clause="ST-13")
def no_injury_allowance() -> Expr:
    """领取工伤保险生活护理费的不享受两项补贴。"""
    return ~injury_care_allowance


@provision(
    SUBSIDIES, "二（三）", of=Person, label="未享受儿童基本生活保障全额待遇", clause=("SW-A4", "ST-8", "ST-9")
)
def no_full_child_benefit() -> Expr:
    """孤儿和全额领取补贴的事实无人抚养儿童不享受生活补贴。"""
    return ~is_orphan & ~(is_unattended & sw_mode.is_(TopUp.FULL))


@provision(SUBSIDIES, "二（三）", of=Person, label="生活类离休待遇低于生活补贴", clause="ST-14")
def living_beats_cadre() -> Expr:
    """同时符合离休人员生活补贴的，择高享受一项。"""
    return cadre_living.below(dl_amount)


@provision(SUBSIDIES, "二（一）", of=Person, label="符合生活补贴条件", clause=("DL-1", "DL-2"))
def living_conditions() -> Expr:
    """持有效残疾证、户籍在本地、属于对象范围，且没有不得重复享受的待遇。"""
    return (
        not_suspended
        & disabled
        & registered_here
        & outside_tekun
        & no_injury_allowance
        & no_full_child_benefit
        & living_beats_cadre
        & living_scope
    )


# -- old age ---------------------------------------------------------------------------------------------
@provision(CITY_OLD_AGE, "年龄", of=Person, label="年龄在80至99周岁", clause=("OA-2", "OA-4", "OA-5"))
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


@provision(CITY_OLD_AGE, "对象", of=Person, label="符合高龄补贴条件", clause=("OA-1", "OA-2"))
def old_age_conditions() -> Expr:
    """低保对象，年龄在规定范围内。"""
    return is_alive & old_age_range & outside_tekun & covered_by_dibao


@provision(
    SUBSIDIES, "二（三）", of=Person, label="高龄补贴不因生活补贴择高而放弃", clause=("OA-7", "ST-15"),
    textual_gap="高龄补贴与困难残疾人生活补贴能否同时享受有两种做法，按参数处理；金额相等时保留生活补贴。",
)  # fmt: skip
def old_age_kept() -> Expr:
    """可以同时享受；择高的，仅在高龄补贴高于生活补贴时享受。"""
    return oa_stacking.is_(OldAgeStacking.STACK) | ~living_conditions | oa_amount.over(dl_amount)


@provision(
    SUBSIDIES, "二（三）", of=Person, label="生活补贴不因高龄补贴择高而放弃", clause=("OA-7", "ST-15"),
    textual_gap="高龄补贴与困难残疾人生活补贴能否同时享受有两种做法，按参数处理；金额相等时保留生活补贴。",
)  # fmt: skip
def living_kept() -> Expr:
    """可以同时享受；择高的，仅在生活补贴不低于高龄补贴时享受。"""
    return oa_stacking.is_(OldAgeStacking.STACK) | ~old_age_conditions | dl_amount.at_least(oa_amount)


@provision(SUBSIDIES, "二（二）", of=Person, label="困难残疾人生活补贴金额", clause="DL-3")
def living_subsidy_amount() -> Expr:
    """按省定标准按月发放。"""
    return dl_amount * 1


living_subsidy = program(
    "living_subsidy",
    label="困难残疾人生活补贴",
    of=Person,
    requires=(
        not_suspended,
        disabled,
        registered_here,
        outside_tekun,
        no_injury_allowance,
        no_full_child_benefit,
        living_scope,
        living_beats_cadre,
        living_kept,
    ),
    amount=living_subsidy_amount,
    rank=70,
    cites=SUBSIDIES,
    article="二（一）",
    clause=("DL-1", "DL-2"),
    receives=living_subsidy_before,
)


# -- care ------------------------------------------------------------------------------------------------
@provision(SUBSIDIES, "二（一）", of=Person, label="护理补贴的残疾等级", clause="DC-1")
def care_level() -> Expr:
    """残疾等级为一级、二级；扩大范围的包括三级智力、精神残疾。"""
    return severely_disabled | (dc_mind & third_level_mind)


@provision(SUBSIDIES, "二（一）", of=Person, label="需要长期照护", clause="DC-1")
def needs_long_care() -> Expr:
    """需要特殊护理用品和照护服务达到规定月数。"""
    return care_months.at_least(dc_months)


@provision(SUBSIDIES, "二（三）", of=Person, label="护理类待遇低于护理补贴", clause=("ST-14", "ST-18"))
def care_beats_others() -> Expr:
    """同时符合离休护理费、养老护理补贴的，择高享受一项。"""
    return cadre_care.below(dc_amount) & elder_care_allowance.below(dc_amount)


@provision(SUBSIDIES, "二（二）", of=Person, label="重度残疾人护理补贴金额", clause="DC-3")
def care_subsidy_amount() -> Expr:
    """按省定标准按月发放，不与收入挂钩。"""
    return dc_amount * 1


care_subsidy = program(
    "care_subsidy",
    label="重度残疾人护理补贴",
    of=Person,
    requires=(
        not_suspended,
        disabled,
        registered_here,
        care_level,
        needs_long_care,
        outside_tekun,
        no_injury_allowance,
        care_beats_others,
    ),
    amount=care_subsidy_amount,
    rank=71,
    cites=SUBSIDIES,
    article="二（一）",
    clause=("DC-1", "DC-2", "ST-12"),
    receives=care_subsidy_before,
)


# -- old-age allowance, and people of a hundred ------------------------------------------------------------
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
