"""Shanxi: how the orphans' living fee grows with consumption, and whether it goes on at school after eighteen."""

from minzheng.rulebook.declared import (
    consumption_prior,
    orphan_continues,
    orphan_rate_institution,
    orphan_rate_scattered,
    orphan_round_to,
)
from minzheng.rulebook.instruments import ORPHANS, SHANXI_ORPHANS
from minzheng.rulebook.national.child_states import is_minor, orphan_age
from minzheng.rulebook.vocabulary import Schooling, full_time_student, orphan_before, schooling
from minzheng.rules import Expr, Person, Rounding, provision
from minzheng.rules.language.expr import ChoiceLiteral

NEAREST = ChoiceLiteral(Rounding.HALF_UP)


@provision(SHANXI_ORPHANS, "标准", of=Person, label="按增长机制测算的散居标准", clause="OR-2")
def scattered_by_formula() -> Expr:
    """上年度居民人均消费支出的八成除以十二，取至规定单位。"""
    return (consumption_prior * orphan_rate_scattered / 12).rounded(orphan_round_to, NEAREST)


@provision(SHANXI_ORPHANS, "标准", of=Person, label="按增长机制测算的集中养育标准", clause="OR-2")
def institution_by_formula() -> Expr:
    """上年度居民人均消费支出的一点二倍除以十二，取至规定单位。"""
    return (consumption_prior * orphan_rate_institution / 12).rounded(orphan_round_to, NEAREST)


@provision(
    ORPHANS, "二", of=Person, label="在孤儿保障年龄内", clause="OR-3", overrides=orphan_age,
    jurisdiction="140000",
    textual_gap="年满十八周岁仍在校就读的，全国文件只规定了教育保障，基本生活费是否延续没有取得，按参数处理。",
)  # fmt: skip
def orphan_age_in_shanxi() -> Expr:
    """未满十八周岁；参数允许延续的，已享受并在校就读的可以延续。"""
    at_school = full_time_student & ~schooling.is_(Schooling.NONE, Schooling.MASTER, Schooling.DOCTOR)
    return is_minor | (orphan_continues & orphan_before & at_school)
