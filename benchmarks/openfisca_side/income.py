"""Income and property of people and households."""

import numpy as np
from openfisca_core.periods import MONTH
from openfisca_core.variables import Variable

from benchmarks.openfisca_side.choices import Labour
from benchmarks.openfisca_side.inputs import Household, Person
from benchmarks.openfisca_side.people import is_one_of


def average(person, name, period, parameters):
    return person(f"{name}__total", period) / parameters(period).income_window


class gross_wages(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "月工资性收入"

    def formula(person, period, parameters):
        usual = average(person, "wages", period, parameters)
        return np.where(person("new_job", period), person("wages__month", period), usual)


class job_cost(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "就业成本扣减"

    def formula(person, period, parameters):
        p = parameters(period)
        return np.minimum(person("gross_wages", period) * p.jobcost_rate, p.dibao_std_urban * p.jobcost_cap)


class net_wages(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "工资性净收入"

    def formula(person, period):
        return person("gross_wages", period) - person("job_cost", period)


class net_business(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "经营净收入"

    def formula(person, period, parameters):
        return np.maximum(average(person, "business_income", period, parameters), 0)


class net_property(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "财产净收入"

    def formula(person, period, parameters):
        return average(person, "property_income", period, parameters)


class counted_base_pension(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "计入收入的基础养老金"

    def formula(person, period, parameters):
        counted = parameters(period).income_base_pension_exempt == 0
        return average(person, "base_pension", period, parameters) * counted


class other_pension(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "基础养老金以外的养老金"

    def formula(person, period, parameters):
        return average(person, "employee_pension", period, parameters) + average(
            person, "local_pension", period, parameters
        )


class support_is_paid(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "已取得赡养费"

    def formula(person, period):
        return person("support_received__total", period) > 0


class support_counted(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "计入收入的赡养抚养扶养费"

    def formula(person, period, parameters):
        received = average(person, "support_received", period, parameters)
        return np.where(person("support_is_paid", period), received, person("support_due", period))


class other_transfers(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "养老金以外的转移净收入"

    def formula(person, period, parameters):
        return (
            average(person, "transfers_received", period, parameters)
            + person("support_counted", period)
            - average(person, "support_paid", period, parameters)
        )


class net_transfers(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "转移净收入"

    def formula(person, period):
        total = (
            person("counted_base_pension", period)
            + person("other_pension", period)
            + person("other_transfers", period)
        )
        return np.maximum(total, 0)


class idle_without_reason(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "有劳动能力而无正当理由未就业"

    def formula(person, period, parameters):
        p = parameters(period)
        age = person("years_of_age", period)
        return (
            is_one_of(person("labour", period), Labour.able, Labour.partly)
            & np.logical_not(person("working", period))
            & (age >= p.income_imputed_age_from)
            & (age < p.income_imputed_age_to)
            & np.logical_not(person("full_time_student", period))
            & np.logical_not(person("cares_for_dependent", period))
            & np.logical_not(person("pregnant_or_nursing", period))
            & np.logical_not(person("certified_ill", period))
        )


class imputed_income(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "推定收入"

    def formula(person, period, parameters):
        p = parameters(period)
        able = is_one_of(person("labour", period), Labour.able)
        share = np.where(able, p.income_imputed_coef_able, p.income_imputed_coef_partly)
        return person("idle_without_reason", period) * p.income_imputed_wage * share


class countable_income(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "个人月收入"

    def formula(person, period):
        return (
            person("net_wages", period)
            + person("net_business", period)
            + person("net_property", period)
            + person("net_transfers", period)
            + person("imputed_income", period)
        )


class tekun_income(Variable):
    value_type = float
    entity = Person
    definition_period = MONTH
    label = "特困认定的个人月收入"

    def formula(person, period):
        transfers = person("other_pension", period) + person("other_transfers", period)
        return (
            person("net_wages", period)
            + person("net_business", period)
            + person("net_property", period)
            + np.maximum(transfers, 0)
            + person("imputed_income", period)
        )


class household_assets(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "家庭金融资产"

    def formula(household, period):
        assets = household.members("financial_assets", period)
        return household.sum(assets * household.members("counts_as_member", period))


class standard_of_all(Variable):
    value_type = float
    entity = Household
    definition_period = MONTH
    label = "人均一个月低保标准的合计"

    def formula(household, period):
        return household("household_standard", period) * household("member_count", period)


class assets_within_dibao(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "金融资产在低保限额以内"

    def formula(household, period, parameters):
        limit = household("standard_of_all", period) * parameters(period).prop_fin_cap_dibao
        return household("household_assets", period) <= limit


class assets_within_edge(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "金融资产在低保边缘限额以内"

    def formula(household, period, parameters):
        limit = household("standard_of_all", period) * parameters(period).prop_fin_cap_edge
        return household("household_assets", period) <= limit


class own_assets_within_dibao(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "本人金融资产在低保限额以内"

    def formula(person, period, parameters):
        limit = person.household("household_standard", period) * parameters(period).prop_fin_cap_dibao
        return person("financial_assets", period) <= limit


class own_assets_within_edge(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "本人金融资产在低收入限额以内"

    def formula(person, period, parameters):
        limit = person.household("household_standard", period) * parameters(period).prop_fin_cap_edge
        return person("financial_assets", period) <= limit


class own_assets_within_tekun(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "本人金融资产在特困限额以内"

    def formula(person, period, parameters):
        limit = person.household("household_standard", period) * parameters(period).tk_fin_cap
        return person("financial_assets", period) <= limit


class own_belongings_within(Variable):
    value_type = bool
    entity = Person
    definition_period = MONTH
    label = "本人车辆和市场主体符合规定"

    def formula(person, period):
        firm = person("business_registered", period) | person("shareholding", period)
        vehicles = np.logical_not(person("ordinary_vehicle", period)) | person.household(
            "vehicle_finding", period
        )
        return vehicles & (np.logical_not(firm) | person.household("business_finding", period))


class homes_within(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "住房符合规定"

    def formula(household, period, parameters):
        few = household("homes_owned", period) <= parameters(period).prop_homes_exempt
        return few | household("home_finding", period)


class vehicles_within(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "机动车辆符合规定"

    def formula(household, period):
        owned = household.members("ordinary_vehicle", period) & household.members("counts_as_member", period)
        return np.logical_not(household.any(owned)) | household("vehicle_finding", period)


class business_within(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "市场主体登记符合规定"

    def formula(household, period):
        firm = household.members("business_registered", period) | household.members("shareholding", period)
        owned = firm & household.members("counts_as_member", period)
        return np.logical_not(household.any(owned)) | household("business_finding", period)


class no_disposal(Variable):
    value_type = bool
    entity = Household
    definition_period = MONTH
    label = "没有为取得资格转移财产"

    def formula(household, period):
        return np.logical_not(household("assets_disposed", period)) | household("disposal_finding", period)
