"""Property of a household and of a person who applies alone: S57 article 14, S83 part one.

Nothing here refuses by status: what needs a look is a review until an officer's finding exists.
"""

from minzheng.rulebook.declared import (
    business_treatment,
    fin_cap_dibao,
    fin_cap_edge,
    fin_cap_rigid,
    fin_cap_tekun,
    homes_exempt,
    house_treatment,
    vehicle_treatment,
)
from minzheng.rulebook.instruments import ASSISTANCE, BACKSTOP, DIBAO, RIGID, TEKUN
from minzheng.rulebook.modes import Treatment
from minzheng.rulebook.vocabulary import (
    assets_disposed,
    business_finding,
    business_registered,
    disposal_finding,
    financial_assets,
    home_finding,
    homes_owned,
    ordinary_vehicle,
    shareholding,
    vehicle_finding,
)
from minzheng.rules import Expr, Household, Person, people, provision

from .household import counts_as_member, household_standard, member_count

owners = people(counts_as_member)


@provision(DIBAO, 14, of=Household, label="家庭金融资产", clause="PR-1")
def household_assets() -> Expr:
    """共同生活的家庭成员的存款、证券、基金、商业保险和互联网金融资产之和。"""
    return owners.sum(financial_assets)


@provision(DIBAO, 14, of=Household, label="人均一个月低保标准的合计", clause="PR-4")
def standard_of_all() -> Expr:
    """月低保标准乘以共同生活的家庭成员人数。"""
    return household_standard * member_count


@provision(
    ASSISTANCE, 9, of=Household, label="金融资产在低保限额以内", clause=("DB-2", "PR-1", "PR-2", "PR-4")
)
def assets_within_dibao() -> Expr:
    """人均金融资产不超过规定月数的低保标准。"""
    return household_assets.at_most(standard_of_all * fin_cap_dibao)


@provision(DIBAO, 8, of=Household, label="金融资产在低保边缘限额以内", clause=("BY-3", "PR-2", "PR-4"))
def assets_within_edge() -> Expr:
    """人均金融资产不超过低保边缘家庭的限额。"""
    return household_assets.at_most(standard_of_all * fin_cap_edge)


@provision(
    RIGID, 4, of=Household, label="金融资产在刚性支出困难家庭限额以内", clause=("GX-3", "PR-2", "PR-4")
)
def assets_within_rigid() -> Expr:
    """人均金融资产不超过刚性支出困难家庭的限额。"""
    return household_assets.at_most(standard_of_all * fin_cap_rigid)


@provision(
    DIBAO,
    14,
    of=Household,
    label="住房符合规定",
    also=((BACKSTOP, "一（二）"),),
    clause=("PR-1", "PR-3", "PR-4", "DB-2", "BY-3", "GX-3"),
)
def homes_within() -> Expr:
    """住房不超过不计入财产的套数；超出的按市场价值和实际用途调查核实。"""
    return homes_owned.at_most(homes_exempt) | house_treatment.is_(Treatment.EXEMPT) | home_finding


@provision(
    DIBAO,
    14,
    of=Household,
    label="机动车辆符合规定",
    also=((BACKSTOP, "一（二）"),),
    clause=("PR-1", "PR-3", "PR-4", "DB-2", "BY-3", "GX-3"),
)
def vehicles_within() -> Expr:
    """没有普通机动车辆；有的按实际价值和用途调查核实，残疾人代步车和低值生产用车不影响认定。"""
    return ~owners.any(ordinary_vehicle) | vehicle_treatment.is_(Treatment.EXEMPT) | vehicle_finding


@provision(
    DIBAO,
    14,
    of=Household,
    label="市场主体登记符合规定",
    also=((BACKSTOP, "一（二）"),),
    clause=("PR-1", "PR-3", "PR-4", "DB-2", "BY-3", "GX-3"),
)
def business_within() -> Expr:
    """没有登记市场主体或者持有股份；有的按实际营业额和生活状况调查核实，不因登记直接否定。"""
    return (
        ~owners.any(business_registered | shareholding)
        | business_treatment.is_(Treatment.EXEMPT)
        | business_finding
    )


@provision(
    DIBAO, 14, of=Household, label="没有为取得资格转移财产", also=((BACKSTOP, "一（二）"),), clause="PR-5"
)
def no_disposal() -> Expr:
    """申请前十二个月内没有转移财产；有的调查核实后认定。"""
    return ~assets_disposed | disposal_finding


@provision(DIBAO, 14, of=Person, label="本人金融资产在低保限额以内", clause=("SP-A1", "PR-4"))
def own_assets_within_dibao() -> Expr:
    """单独申请的，本人金融资产不超过规定月数的低保标准。"""
    return financial_assets.at_most(household_standard * fin_cap_dibao)


@provision(TEKUN, 7, of=Person, label="本人金融资产在特困限额以内", clause=("TK-2", "PR-2"))
def own_assets_within_tekun() -> Expr:
    """本人金融资产不超过特困人员的财产限额。"""
    return financial_assets.at_most(household_standard * fin_cap_tekun)


@provision(TEKUN, 8, of=Person, label="本人金融资产在低收入限额以内", clause="TK-3")
def own_assets_within_edge() -> Expr:
    """本人金融资产不超过低收入（低保边缘）家庭的限额。"""
    return financial_assets.at_most(household_standard * fin_cap_edge)


@provision(
    DIBAO,
    14,
    of=Person,
    label="本人车辆和市场主体登记符合规定",
    also=((BACKSTOP, "一（二）"),),
    clause=("PR-3", "PR-4", "SP-A1", "TK-2"),
)
def own_belongings_within() -> Expr:
    """本人没有普通机动车辆、市场主体登记和股份；有的调查核实后认定。"""
    car = ~ordinary_vehicle | vehicle_treatment.is_(Treatment.EXEMPT) | vehicle_finding
    firm = ~(business_registered | shareholding) | business_treatment.is_(Treatment.EXEMPT) | business_finding
    return car & firm
