"""One person of a household taken into dibao alone (单人保): S57 article 8, S83 part one (1) and (4)."""

from minzheng.rulebook.declared import round_mode, round_to, single_religious, waive_support
from minzheng.rulebook.instruments import BACKSTOP, DIBAO
from minzheng.rulebook.vocabulary import (
    religious_years,
    serious_disease,
    single_before,
    support_due_waivable,
    working,
)
from minzheng.rules import Expr, Person, maximum, minimum, never, program, provision, where

from .dibao import dibao, dibao_member
from .disability_levels import severely_disabled, third_level_mind
from .edge import at_the_edge
from .household import household_standard, is_adult, is_alive, is_excluded, registered_here
from .income import countable_income, support_counted
from .phase_out import phase_out
from .property import own_assets_within_dibao, own_belongings_within
from .tekun import tekun


@provision(DIBAO, 8, of=Person, label="未随家庭享受低保", clause=("HH-6", "SP-A1", "ST-3"))
def not_covered_with_family() -> Expr:
    """家庭符合低保条件或者在渐退期的，全家纳入，不得只纳入个别成员；特困人员不重复享受。"""
    return ~((dibao | phase_out) & dibao_member) & ~tekun


@provision(DIBAO, 8, of=Person, label="低保边缘家庭中的重残或者三级智力精神残疾人", clause="SP-1")
def disabled_in_edge_family() -> Expr:
    """低保边缘家庭成员，持一级、二级残疾证或者三级智力、三级精神残疾证。"""
    return dibao_member & (severely_disabled | third_level_mind) & at_the_edge


@provision(DIBAO, 8, of=Person, label="低保边缘家庭中的重病患者", clause="SP-2")
def ill_in_edge_family() -> Expr:
    """低保边缘家庭成员，患当地认定的重特大疾病。"""
    return dibao_member & serious_disease & at_the_edge


@provision(DIBAO, 8, of=Person, label="脱离家庭的宗教教职人员", clause="SP-3")
def religious_apart_long() -> Expr:
    """脱离家庭、在宗教场所居住达到规定年数的生活困难的宗教教职人员。"""
    return religious_years.at_least(single_religious)


@provision(DIBAO, 8, of=Person, label="成年无业重度残疾人", clause="SP-5", until="2022-10-20")
def adult_disabled_idle() -> Expr:
    """民发〔2022〕83号印发以前，没有不以低保边缘家庭为条件的单独申请。"""
    return never


@provision(
    BACKSTOP, "一（一）", of=Person, label="成年无业重度残疾人", clause="SP-5", overrides=adult_disabled_idle,
    since="2022-10-20",
)  # fmt: skip
def adult_disabled_idle_alone() -> Expr:
    """成年、未就业、重度残疾的，可以单独申请，不要求家庭为低保边缘家庭。"""
    return is_adult & ~working & severely_disabled


@provision(DIBAO, 8, of=Person, label="可以单独申请的人员", clause=("SP-1", "SP-2", "SP-3", "SP-5"))
def may_apply_alone() -> Expr:
    """低保边缘家庭中的重残、重病人员，宗教教职人员，成年无业重度残疾人之一。"""
    return disabled_in_edge_family | ill_in_edge_family | religious_apart_long | adult_disabled_idle


@provision(DIBAO, 8, of=Person, label="豁免的供养费", also=((BACKSTOP, "一（一）"),), clause="SP-6")
def support_waived() -> Expr:
    """成年无业重度残疾人由兄弟姐妹或者六十周岁以上老年人供养的，计入的供养费中由其负担的部分可以不计。"""
    theirs = minimum(support_due_waivable, support_counted)
    return where(adult_disabled_idle & waive_support, theirs, theirs * 0)


@provision(DIBAO, 8, of=Person, label="单独核算的个人月收入", clause=("SP-A1", "SP-6"))
def own_income() -> Expr:
    """个人月收入减去可以豁免的供养费，不低于零。"""
    return maximum(countable_income - support_waived, 0)


@provision(DIBAO, 8, of=Person, label="个人收入低于低保标准", clause=("SP-A1", "TX-1"))
def own_income_below() -> Expr:
    """单独核算的个人月收入低于低保标准。"""
    return own_income.below(household_standard)


@provision(DIBAO, 8, of=Person, label="在世且未在服刑等情形", clause="HH-2")
def available() -> Expr:
    """在世；服刑、强制隔离戒毒、宣告失踪的不得申请，宗教教职人员除外。"""
    return is_alive & (~is_excluded | religious_apart_long)


@provision(DIBAO, 8, of=Person, label="单人户低保金", clause="SP-A1")
def single_amount() -> Expr:
    """低保标准减去单独核算的个人月收入。"""
    return household_standard - own_income


@provision(DIBAO, 8, of=Person, label="单人户低保金月发放额", clause=("SP-A1", "TX-6"))
def single_payment() -> Expr:
    """单人户低保金按低保金的方式取整。"""
    return single_amount.rounded(round_to, round_mode)


single = program(
    "single",
    label="单人户低保",
    of=Person,
    requires=(
        available,
        registered_here,
        not_covered_with_family,
        may_apply_alone,
        own_income_below,
        own_assets_within_dibao,
        own_belongings_within,
    ),
    amount=single_amount,
    rank=30,
    cites=DIBAO,
    article=8,
    clause=("SP-1", "SP-2", "SP-3", "SP-5", "SP-A1"),
    receives=single_before,
)
