"""特困, 低保 with its phase-out, single-person dibao and 低保边缘, with their amounts."""

import numpy as np
from openfisca_core.periods import MONTH
from openfisca_core.variables import Variable

from benchmarks.openfisca_side.choices import ChildChoice, Labour, ParentState, Restriction, Schooling
from benchmarks.openfisca_side.inputs import Household, Person
from benchmarks.openfisca_side.people import graded, is_one_of


# -- children: who may choose another programme instead of 特困 ------------------------------------------------
class parents_lost(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "失去父母或者查找不到生父母"

    def formula(person, period):
        gone = (ParentState.dead, ParentState.declared_dead, ParentState.not_found)
        father = is_one_of(person("father_state", period), *gone)
        return father & is_one_of(person("mother_state", period), *gone)


class is_orphan(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "孤儿"

    def formula(person, period):
        young = np.logical_not(person("is_adult", period))
        return young & person("parents_lost", period) & np.logical_not(person("adopted", period))


def parent_unable(person, parent, period, parameters):
    p = parameters(period)
    state = person(f"{parent}_state", period)
    level = person(f"{parent}_level", period)
    mind = person(f"{parent}_mind_level", period)
    disabled = is_one_of(state, ParentState.severe_disability) & (graded(level, 1, 2) | graded(mind, 1, 4))
    confined = is_one_of(state, ParentState.prison, ParentState.detox, ParentState.other_restriction) & (
        person(f"{parent}_term", period) >= p.sw_custody
    )
    lost = (
        is_one_of(state, ParentState.no_contact)
        & (person(f"{parent}_absent_months", period) >= p.sw_absence)
        & (person(f"{parent}_report_months", period) > p.sw_police_unfound)
    )
    other = is_one_of(
        state, ParentState.serious_illness, ParentState.guardianship_revoked, ParentState.deported
    )
    return disabled | confined | lost | other


class father_unable(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "父亲不能履行抚养责任"

    def formula(person, period, parameters):
        return parent_unable(person, "father", period, parameters)


class mother_unable(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "母亲不能履行抚养责任"

    def formula(person, period, parameters):
        return parent_unable(person, "mother", period, parameters)


class parents_unable(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "父母均不能履行抚养责任"

    def formula(person, period):
        dead = (ParentState.dead, ParentState.declared_dead, ParentState.declared_missing)
        father, mother = person("father_unable", period), person("mother_unable", period)
        return (
            (father & mother)
            | (is_one_of(person("father_state", period), *dead) & mother)
            | (father & is_one_of(person("mother_state", period), *dead))
        )


class is_unattended(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "事实无人抚养儿童"

    def formula(person, period):
        return (
            np.logical_not(person("is_adult", period))
            & person("parents_unable", period)
            & np.logical_not(person("parents_lost", period))
            & np.logical_not(person("adopted", period))
        )


class chooses_child_programme(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "选择儿童基本生活保障"

    def formula(person, period):
        receiving = person("orphan_before", period) | person("unattended_before", period)
        elects = is_one_of(person("child_choice", period), ChildChoice.child_programme)
        chosen = receiving | (np.logical_not(person("tekun_before", period)) & elects)
        return (person("is_orphan", period) | person("is_unattended", period)) & chosen


# -- 特困 --------------------------------------------------------------------------------------------------------
class minor_continues(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "未成年人供养延续"

    def formula(person, period, parameters):
        p = parameters(period)
        age = person("years_of_age", period)
        at_school = is_one_of(
            person("schooling", period), Schooling.compulsory, Schooling.senior_high, Schooling.vocational
        )
        going_on = person("tekun_before", period) & ((age < p.tk_age_minor_cont) | at_school)
        entering = (age >= p.tk_age_minor) & (age < p.tk_age_minor_cont)
        unfit = person("full_time_student", period) | is_one_of(person("labour", period), Labour.none)
        return going_on | (entering & unfit)


class without_labour(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "无劳动能力"

    def formula(person, period, parameters):
        p = parameters(period)
        age = person("years_of_age", period)
        return (
            (age >= p.tk_age_elderly)
            | (age < p.tk_age_minor)
            | person("disability_ends_labour", period)
            | person("minor_continues", period)
        )


class not_ended(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "不在应当终止供养的情形"

    def formula(person, period):
        ended = is_one_of(person("restriction", period), Restriction.declared_missing, Restriction.prison)
        return person("is_alive", period) & np.logical_not(ended)


class tekun_income_below(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "收入低于低保标准"

    def formula(person, period):
        return person("tekun_income", period) < person.household("household_standard", period)


class tekun_property(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "财产符合特困规定"

    def formula(person, period):
        return person("own_assets_within_tekun", period) & person("own_belongings_within", period)


class tekun(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "特困人员救助供养"

    def formula(person, period):
        return (
            person("not_ended", period)
            & person("registered_here", period)
            & person("without_labour", period)
            & person("tekun_income_below", period)
            & person("tekun_property", period)
            & person("without_support", period)
            & np.logical_not(person("chooses_child_programme", period))
        )


class tekun_basic(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "特困基本生活标准"

    def formula(person, period, parameters):
        return person.household("household_standard", period) * parameters(period).tk_basic_multiple


class tekun_care(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "特困照料护理标准"

    def formula(person, period, parameters):
        p = parameters(period)
        fails = person("selfcare_fails", period)
        return np.select(
            [fails >= p.tk_selfcare_total, fails >= p.tk_selfcare_partial],
            [p.tk_care_tier2, p.tk_care_tier1],
            default=p.tk_care_tier0,
        )


class tekun_amount(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "特困供养金"

    def formula(person, period):
        amount = person("tekun_basic", period) + person("tekun_care", period)
        return person("tekun", period) * amount


# -- 低保 --------------------------------------------------------------------------------------------------------
class dibao_member(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "计入低保的成员"

    def formula(person, period):
        in_tekun = person("tekun", period) | person("tekun_before", period)
        return person("counts_as_member", period) & np.logical_not(in_tekun)


class dibao_size(Variable):
    value_type = int
    entity = Household
    definition_period = MONTH
    label = "低保人口"

    def formula(household, period):
        return household.sum(household.members("dibao_member", period))


class household_income(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "家庭月收入"

    def formula(household, period):
        income = household.members("countable_income", period)
        return household.sum(income * household.members("dibao_member", period))


class income_per_head(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "家庭月人均收入"

    def formula(household, period):
        size = household("dibao_size", period)
        return np.divide(
            household("household_income", period), size, out=np.zeros(len(size), np.float32), where=size > 0
        )


class income_below_standard(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "人均收入低于低保标准"

    def formula(household, period):
        return household("income_per_head", period) < household("household_standard", period)


class qualifies_but_for_income(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "收入以外的共同条件"

    def formula(household, period):
        return (
            (household("dibao_size", period) >= 1)
            & household("hukou_here", period)
            & household("homes_within", period)
            & household("vehicles_within", period)
            & household("business_within", period)
            & household("no_disposal", period)
            & household("cooperates", period)
        )


class dibao(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "最低生活保障"

    def formula(household, period):
        return (
            household("qualifies_but_for_income", period)
            & household("income_below_standard", period)
            & household("assets_within_dibao", period)
        )


class shortfall(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "补差额"

    def formula(household, period):
        total = household("household_standard", period) * household("dibao_size", period)
        return total - household("household_income", period)


class shares_withheld(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "拒绝工作扣减的份数"

    def formula(household, period, parameters):
        p = parameters(period)
        refused = household.members("work_refusals", period) >= p.refuse_work_limit
        return household.sum(refused & household.members("dibao_member", period)) * p.refuse_work_cut


class uplift(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "增发金额"

    def formula(person, period, parameters):
        p = parameters(period)
        shares = (
            (person("years_of_age", period) >= p.dibao_uplift_elderly_age) * p.dibao_uplift_elderly,
            np.logical_not(person("is_adult", period)) * p.dibao_uplift_minor,
            person("severely_disabled", period) * p.dibao_uplift_severe,
            person("serious_disease", period) * p.dibao_uplift_ill,
        )
        return person.household("household_standard", period) * np.maximum.reduce(shares)


class dibao_amount(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "低保金"

    def formula(household, period):
        size = np.maximum(household("dibao_size", period), 1)
        short = household("shortfall", period)
        kept = short - short / size * household("shares_withheld", period)
        more = household.sum(household.members("uplift", period) * household.members("dibao_member", period))
        return household("dibao", period) * (kept + more)


# -- phase-out, single person, 边缘 ------------------------------------------------------------------------------
class phase_out(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "低保渐退"

    def formula(household, period, parameters):
        p = parameters(period)
        before = household("dibao_before", period) | household("phase_out_before", period)
        return (
            before
            & np.logical_not(household("dibao", period))
            & (household("dibao_size", period) >= 1)
            & household("income_rose_by_job", period)
            & (household("income_per_head", period) >= household("household_standard", period))
            & household("assets_within_dibao", period)
            & (household("phase_out_used", period) < p.jt_months)
        )


class edge(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "低保边缘家庭"

    def formula(household, period, parameters):
        line = household("household_standard", period) * parameters(period).edge_multiple
        return (
            np.logical_not(household("dibao", period))
            & np.logical_not(household("phase_out", period))
            & household("qualifies_but_for_income", period)
            & (household("income_per_head", period) < line)
            & household("assets_within_edge", period)
        )


class may_apply_alone(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "可以单独申请的人员"

    def formula(person, period, parameters):
        p = parameters(period)
        severe = person("severely_disabled", period)
        in_edge = person("dibao_member", period) & person.household("edge", period)
        idle = person("is_adult", period) & np.logical_not(person("working", period)) & severe
        return (
            (in_edge & (severe | person("third_level_mind", period)))
            | (in_edge & person("serious_disease", period))
            | (person("religious_years", period) >= p.sp_religious_years)
            | idle
        )


class own_income(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "单独核算的个人月收入"

    def formula(person, period, parameters):
        idle = (
            person("is_adult", period)
            & np.logical_not(person("working", period))
            & person("severely_disabled", period)
        )
        open_claim = idle & np.logical_not(person("support_is_paid", period))
        waived = (
            person("support_due_waivable", period) * open_claim * (parameters(period).sp_waive_support > 0)
        )
        return np.maximum(person("countable_income", period) - waived, 0)


class not_covered_with_family(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "未随家庭享受低保"

    def formula(person, period):
        covered = person.household("dibao", period) | person.household("phase_out", period)
        with_family = covered & person("dibao_member", period)
        return np.logical_not(with_family) & np.logical_not(person("tekun", period))


class available(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "在世且未在服刑等情形"

    def formula(person, period, parameters):
        religious = person("religious_years", period) >= parameters(period).sp_religious_years
        return person("is_alive", period) & (np.logical_not(person("is_excluded", period)) | religious)


class single(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "单人户低保"

    def formula(person, period):
        return (
            person("available", period)
            & person("registered_here", period)
            & person("not_covered_with_family", period)
            & person("may_apply_alone", period)
            & (person("own_income", period) < person.household("household_standard", period))
            & person("own_assets_within_dibao", period)
            & person("own_belongings_within", period)
        )


class single_amount(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "单人户低保金"

    def formula(person, period):
        amount = person.household("household_standard", period) - person("own_income", period)
        return person("single", period) * amount
