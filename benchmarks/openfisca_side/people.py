"""Who lives together and counts, disability, obligors within the household."""

import numpy as np
from openfisca_core.periods import MONTH
from openfisca_core.variables import Variable

from benchmarks.openfisca_side.choices import ParentState, Registration, Relation, Restriction, Schooling
from benchmarks.openfisca_side.inputs import Household, Person


def is_one_of(values, *members):
    return np.isin(values, [member.index for member in members])


def graded(level, worst, mildest):
    return (level >= worst) & (level <= mildest)


class years_of_age(Variable):
    value_type = int
    entity = Person
    definition_period = MONTH
    label = "周岁"

    def formula(person, period):
        on = np.datetime64(period.stop, "D")
        born = person("born", period).astype("datetime64[D]")
        months = (on.astype("datetime64[M]") - born.astype("datetime64[M]")).astype(int)
        day_of_month = (born - born.astype("datetime64[M]")).astype(int)
        today = (on - on.astype("datetime64[M]")).astype(int)
        return (months - (day_of_month > today)) // 12


class is_adult(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "成年"

    def formula(person, period, parameters):
        return person("years_of_age", period) >= parameters(period).age_adult


class is_alive(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "在世"

    def formula(person, period):
        return np.logical_not(person("died", period))


class studies_to_undergraduate(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "全日制本科及以下在读"

    def formula(person, period):
        school = person("schooling", period)
        return person("full_time_student", period) & is_one_of(
            school,
            Schooling.compulsory,
            Schooling.senior_high,
            Schooling.vocational,
            Schooling.college,
            Schooling.undergraduate,
        )


class lives_together(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "长期共同居住"

    def formula(person, period, parameters):
        on = np.datetime64(period.stop, "D")
        since = person("lives_here_since", period).astype("datetime64[D]")
        months = (on.astype("datetime64[M]") - since.astype("datetime64[M]")).astype(int)
        day_of_month = (since - since.astype("datetime64[M]")).astype(int)
        today = (on - on.astype("datetime64[M]")).astype(int)
        full_months = months - (day_of_month > today)
        return person("lives_here", period) & (full_months >= parameters(period).income_cohabit_min)


class is_family(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "属于共同生活的家庭成员范围"

    def formula(person, period):
        relation = person("relation", period)
        core = is_one_of(relation, Relation.head, Relation.spouse)
        dependent = (
            np.logical_not(person("is_adult", period))
            | person("studies_to_undergraduate", period)
            | np.logical_not(person("independent", period))
        )
        child = is_one_of(relation, Relation.child) & dependent
        kin = np.logical_not(is_one_of(relation, Relation.head, Relation.spouse, Relation.other))
        return core | child | (kin & person("lives_together", period))


class is_excluded(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "属于不计入的人员"

    def formula(person, period, parameters):
        p = parameters(period)
        restricted = is_one_of(
            person("restriction", period), Restriction.prison, Restriction.detox, Restriction.declared_missing
        )
        return (
            (person("religious_years", period) >= p.hh_religious_years)
            | restricted
            | (person("conscript", period) * (p.hh_conscript_excluded > 0))
        )


class orphan_apart(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "由亲属抚养的孤儿单独保障"

    def formula(person, period, parameters):
        gone = (ParentState.dead, ParentState.declared_dead, ParentState.not_found)
        near = is_one_of(
            person("relation", period), Relation.head, Relation.grandchild, Relation.sibling, Relation.other
        )
        return (
            (parameters(period).hh_orphan_in_unit == 0)
            * near
            * np.logical_not(person("is_adult", period))
            * is_one_of(person("father_state", period), *gone)
            * is_one_of(person("mother_state", period), *gone)
            * np.logical_not(person("adopted", period))
        )


class counts_as_member(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "共同生活的家庭成员"

    def formula(person, period):
        return (
            person("is_alive", period)
            & person("is_family", period)
            & np.logical_not(person("is_excluded", period))
            & np.logical_not(person("orphan_apart", period))
        )


class member_count(Variable):
    value_type = int
    entity = Household
    definition_period = MONTH
    label = "共同生活的家庭成员人数"

    def formula(household, period):
        return household.sum(household.members("counts_as_member", period))


class urban_standard_applies(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "适用城市标准"

    def formula(household, period):
        urban = is_one_of(household("registration", period), Registration.urban)
        return household("relocated_to_town", period) | (
            urban & np.logical_not(household("contracted_land", period))
        )


class household_standard(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "全户适用的月低保标准"

    def formula(household, period, parameters):
        p = parameters(period)
        return np.where(
            household("urban_standard_applies", period), p.dibao_std_urban, p.dibao_std_rural / 12
        )


class severely_disabled(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "重度残疾"

    def formula(person, period):
        kinds = ("disability", "visual", "hearing", "speech", "limb", "intellectual", "mental")
        severe = sum(graded(person(f"{kind}_level", period), 1, 2) for kind in kinds) > 0
        return person("certificate_valid", period) & severe


class third_level_mind(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "三级智力、精神残疾"

    def formula(person, period):
        third = (person("intellectual_level", period) == 3) | (person("mental_level", period) == 3)
        return person("certificate_valid", period) & third


class disability_ends_labour(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "残疾类别和等级视为无劳动能力"

    def formula(person, period):
        return person("certificate_valid", period) & (
            graded(person("intellectual_level", period), 1, 3)
            | graded(person("mental_level", period), 1, 3)
            | graded(person("limb_level", period), 1, 2)
            | graded(person("visual_level", period), 1, 1)
        )


class registered_here(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "户籍在本县（市、区）"

    def formula(person, period):
        return person("person_hukou_here", period)


class disposable_month(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "上年度当地居民人均可支配收入（月）"

    def formula(household, period, parameters):
        p = parameters(period)
        urban = household("urban_standard_applies", period)
        return np.where(urban, p.disposable_urban / 12, p.disposable_rural / 12)


class little_of_own(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "收入和财产在低收入范围内"

    def formula(person, period):
        return (
            (person("tekun_income", period) < person.household("disposable_month", period))
            & person("own_assets_within_edge", period)
            & person("own_belongings_within", period)
        )


class unable_to_support(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "义务人无履行义务能力"

    def formula(person, period, parameters):
        p = parameters(period)
        age = person("years_of_age", period)
        on_dibao = person.household("dibao_before", period) | person("single_before", period)
        weak = (
            (age >= p.tk_obligor_age_low_income)
            | person("severely_disabled", period)
            | person("third_level_mind", period)
        )
        confined = person("no_civil_capacity", period) | is_one_of(
            person("restriction", period), Restriction.declared_missing, Restriction.prison
        )
        modest = person("own_assets_within_edge", period) & person("own_belongings_within", period)
        return (
            person("tekun_before", period)
            | (on_dibao & (age >= p.tk_obligor_age_dibao))
            | (weak & person("little_of_own", period))
            | (confined & modest)
        )


class able_to_support(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "有能力履行义务的成年人"

    def formula(person, period):
        return (
            person("is_alive", period)
            & person("is_adult", period)
            & np.logical_not(person("unable_to_support", period))
        )


def able_among(household, period, *relations):
    able = household.members("able_to_support", period)
    return household.sum(able & is_one_of(household.members("relation", period), *relations))


class head_able(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "户主有履行义务能力"

    def formula(household, period):
        return able_among(household, period, Relation.head) >= 1


class spouse_able(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "户主配偶有履行义务能力"

    def formula(household, period):
        return able_among(household, period, Relation.spouse) >= 1


class descendants_able(Variable):
    value_type = int
    entity = Household
    definition_period = MONTH
    label = "有履行义务能力的晚辈人数"

    def formula(household, period):
        return able_among(household, period, Relation.child, Relation.child_in_law, Relation.grandchild)


class elders_able(Variable):
    value_type = int
    entity = Household
    definition_period = MONTH
    label = "有履行义务能力的长辈和兄弟姐妹人数"

    def formula(household, period):
        return able_among(household, period, Relation.parent, Relation.grandparent, Relation.sibling)


class in_laws_able(Variable):
    value_type = int
    entity = Household
    definition_period = MONTH
    label = "有履行义务能力的配偶父母人数"

    def formula(household, period):
        return able_among(household, period, Relation.parent_in_law)


class supporter_at_home(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "同户有能力履行义务的人"

    def formula(person, period):
        relation = person("relation", period)
        oneself = person("able_to_support", period)
        head = person.household("head_able", period)
        spouse = person.household("spouse_able", period)
        below = person.household("descendants_able", period)
        above = person.household("elders_able", period)
        beside = person.household("in_laws_able", period)
        return np.select(
            [
                is_one_of(relation, Relation.head),
                is_one_of(relation, Relation.spouse),
                is_one_of(relation, Relation.child),
                is_one_of(relation, Relation.grandchild),
                is_one_of(relation, Relation.child_in_law),
                is_one_of(relation, Relation.parent, Relation.grandparent, Relation.sibling),
                is_one_of(relation, Relation.parent_in_law),
            ],
            [
                spouse | (below >= 1) | (above >= 1),
                head | (below >= 1) | (beside >= 1),
                head | spouse | (above >= 1) | (beside >= 1),
                head | spouse | (below - oneself >= 1),
                below - oneself >= 1,
                head | (above - oneself >= 1) | (below >= 1),
                spouse | (beside - oneself >= 1) | (below >= 1),
            ],
            default=False,
        )


class without_support(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "无法定义务人或者义务人均无能力"

    def formula(person, period):
        none_able = person("obligors_incapable", period) >= person("obligors", period)
        return np.logical_not(person("supporter_at_home", period)) & none_able
