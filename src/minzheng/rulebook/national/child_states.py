"""Orphans and children nobody in fact raises: what the state of each parent means (S54, S62, S125)."""

from minzheng.rulebook.declared import sw_absence, sw_custody, sw_police
from minzheng.rulebook.instruments import ORPHANS, UNATTENDED, UNATTENDED_MORE
from minzheng.rulebook.vocabulary import (
    ParentState,
    adopted,
    father_absent_months,
    father_level,
    father_mind_level,
    father_report_months,
    father_state,
    father_term,
    mother_absent_months,
    mother_level,
    mother_mind_level,
    mother_report_months,
    mother_state,
    mother_term,
)
from minzheng.rules import Expr, Fact, Person, provision

from .disability_levels import graded
from .household import GONE, is_adult

LOST = (*GONE, ParentState.DECLARED_MISSING)
DECEASED = (ParentState.DEAD, ParentState.DECLARED_DEAD, ParentState.DECLARED_MISSING)
CONFINED = (ParentState.PRISON, ParentState.DETOX, ParentState.OTHER_RESTRICTION)


def unable(state: Fact, level: Fact, mind: Fact, term: Fact, absent: Fact, reported: Fact) -> Expr:
    """The states of a parent that count, with the thresholds each of them has."""
    return (
        (state.is_(ParentState.SEVERE_DISABILITY) & (graded(level, 1, 2) | graded(mind, 1, 4)))
        | state.is_(ParentState.SERIOUS_ILLNESS)
        | (state.is_(*CONFINED) & term.at_least(sw_custody))
        | (state.is_(ParentState.NO_CONTACT) & absent.at_least(sw_absence) & reported.over(sw_police))
        | state.is_(ParentState.GUARDIANSHIP_REVOKED, ParentState.DEPORTED)
    )


@provision(UNATTENDED, "一", of=Person, label="父亲属于不能履行抚养义务的情形", clause=("SW-2", "SW-3"))
def father_unable() -> Expr:
    """父亲重残、重病、服刑戒毒等六个月以上、失联六个月以上且公安登记后超过六个月仍未找到，或者被撤销监护资格、被遣送出境。"""
    return unable(
        father_state, father_level, father_mind_level, father_term, father_absent_months, father_report_months
    )


@provision(UNATTENDED_MORE, "二", of=Person, label="母亲属于不能履行抚养义务的情形", clause=("SW-2", "SW-3"))
def mother_unable() -> Expr:
    """母亲重残、重病、服刑戒毒等六个月以上、失联六个月以上且公安登记后超过六个月仍未找到，或者被撤销监护资格、被遣送出境。"""
    return unable(
        mother_state, mother_level, mother_mind_level, mother_term, mother_absent_months, mother_report_months
    )


@provision(
    ORPHANS, "一", of=Person, label="失去父母或者查找不到生父母", clause="OR-1",
    textual_gap="父母一方或者双方被宣告失踪、无其他情形的，文件没有明确，须由民政部门核定。",
)  # fmt: skip
def parents_lost() -> Expr:
    """父母均已死亡（含宣告死亡）或者查找不到；含宣告失踪的须核定。"""
    settled = father_state.is_(*GONE) & mother_state.is_(*GONE)
    return settled | (father_state.is_(*LOST) & mother_state.is_(*LOST)).must_be_judged()


@provision(ORPHANS, "一", of=Person, label="未满十八周岁", clause=("OR-1", "OR-3", "SW-1"))
def is_minor() -> Expr:
    """未满十八周岁；满十八周岁的次月起终止。"""
    return ~is_adult


@provision(ORPHANS, "一", of=Person, label="在孤儿保障年龄内", clause="OR-3")
def orphan_age() -> Expr:
    """未满十八周岁。"""
    return is_minor


@provision(ORPHANS, "一", of=Person, label="孤儿", clause="OR-1")
def is_orphan() -> Expr:
    """在孤儿保障年龄内，失去父母或者查找不到生父母，且未被收养。"""
    return orphan_age & parents_lost & ~adopted


@provision(
    UNATTENDED, "一", of=Person, label="父母均不能履行抚养义务", clause="SW-2",
    textual_gap="一方查找不到、另一方属于所列情形的，文件没有明确，须由民政部门核定。",
)  # fmt: skip
def parents_unable() -> Expr:
    """父母双方均属于所列情形，或者一方死亡、失踪而另一方属于所列情形。"""
    father_gone, mother_gone = father_state.is_(*DECEASED), mother_state.is_(*DECEASED)
    father_not_found, mother_not_found = (
        father_state.is_(ParentState.NOT_FOUND),
        mother_state.is_(ParentState.NOT_FOUND),
    )
    return (
        (father_unable & mother_unable)
        | (father_gone & mother_unable)
        | (father_unable & mother_gone)
        | ((father_not_found & mother_unable) | (father_unable & mother_not_found)).must_be_judged()
    )


@provision(UNATTENDED, "一", of=Person, label="事实无人抚养儿童", clause=("SW-1", "SW-2", "SW-4"))
def is_unattended() -> Expr:
    """未满十八周岁，父母均不能履行抚养义务，且不属于孤儿、未被收养。"""
    return is_minor & parents_unable & ~parents_lost & ~adopted
