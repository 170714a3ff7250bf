"""The two disability subsidies, and how they stand to other statutory treatment (S52)."""

from minzheng.rulebook.declared import (
    dc_amount,
    dc_mind,
    dc_months,
    dl_amount,
    dl_cadre,
    dl_edge,
    sw_mode,
)
from minzheng.rulebook.instruments import SUBSIDIES
from minzheng.rulebook.modes import CadreLiving, TopUp
from minzheng.rulebook.vocabulary import (
    Restriction,
    cadre_care,
    cadre_living,
    care_months,
    care_subsidy_before,
    elder_care_allowance,
    injury_care_allowance,
    living_subsidy_before,
    restriction,
    retired_cadre,
    tekun_before,
)
from minzheng.rules import Expr, Person, always, program, provision

from .child_states import is_orphan, is_unattended
from .dibao import dibao, dibao_member
from .disability_levels import disabled, severely_disabled, third_level_mind
from .edge import edge
from .household import counts_as_member, is_alive, registered_here
from .phase_out import phase_out
from .single import single
from .tekun import tekun


@provision(SUBSIDIES, "二（一）", of=Person, label="属于低保对象", clause=("DL-2", "OA-1", "JT-8", "ST-18"))
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


@provision(
    SUBSIDIES, "二（三）", of=Person, label="不因离休待遇放弃生活补贴", clause="ST-14",
    textual_gap="离休人员能否领取生活补贴有两种做法：生活类待遇择高一项，或者一律不享受；按参数处理。",
)  # fmt: skip
def living_beats_cadre() -> Expr:
    """没有离休人员生活类待遇，或者该待遇低于生活补贴；规定离休人员不享受的，不得为离休人员。"""
    higher = cadre_living.at_most(0) | cadre_living.below(dl_amount)
    return higher & (dl_cadre.is_(CadreLiving.CHOOSE_HIGHER) | ~retired_cadre)


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


@provision(SUBSIDIES, "二（三）", of=Person, label="生活补贴不因其他津贴择高而放弃", clause=("OA-7", "ST-15"))
def living_kept() -> Expr:
    """当地没有生活类老年津贴的，无须择高。"""
    return always


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


@provision(SUBSIDIES, "二（三）", of=Person, label="护理类待遇低于护理补贴", clause=("ST-14", "ST-16"))
def care_beats_others() -> Expr:
    """同时符合离休护理费、养老护理补贴的，择高享受一项；没有这些待遇的不作比较。"""
    cadre = cadre_care.at_most(0) | cadre_care.below(dc_amount)
    elder = elder_care_allowance.at_most(0) | elder_care_allowance.below(dc_amount)
    return cadre & elder


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
