"""Every parameter of the rulebook: key, Chinese label, kind, unit, bounds. Values stand in parameters/*.yaml."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from minzheng.rules import AgeRule, Bool, Count, Money, OneOf, Parameter, Ratio, Rounding, parameter, yuan
from minzheng.rules.language.kinds import Kind

from .modes import (
    AmountMode,
    Approval,
    CadreLiving,
    EdgeDefinition,
    EqualAfterWork,
    LateEntry,
    OldAgeStacking,
    OldAgeStart,
    RoundingBasis,
    StandardMode,
    TopUp,
    Treatment,
)

YEARS, MONTHS, DAYS, WORKDAYS, TIMES = Count("周岁"), Count("月"), Count("天"), Count("工作日"), Count("次")
A_MONTH, A_YEAR = "每人每月", "每人每年"


def _share(key: str, label: str, most: int | Fraction = 1, *, scale: int = 100, per: str = "") -> Parameter:
    return parameter(key, label, Ratio(), bounds=(0, most), scale=scale, per=per)


def _amount(key: str, label: str, most: int, per: str = A_MONTH) -> Parameter:
    return parameter(key, label, Money, bounds=(0, yuan(most)), per=per)


def _number(key: str, label: str, kind: Kind, most: int, per: str = "") -> Parameter:
    return parameter(key, label, kind, bounds=(0, most), per=per)


# -- how things are counted ------------------------------------------------------------------------------
age_reached_on = parameter("age.reached_on", "周岁届满日", OneOf(AgeRule))
adult_age = _number("age.adult", "成年年龄", YEARS, 30)

# -- minimum living guarantee ----------------------------------------------------------------------------
dibao_std_urban = _amount("dibao.std.urban", "城市低保标准", 10_000)
dibao_std_rural = _amount("dibao.std.rural", "农村低保标准", 120_000, A_YEAR)
standard_mode = parameter("dibao.std.mode", "城乡标准选择方式", OneOf(StandardMode))
amount_mode = parameter("dibao.amount_mode", "低保金核定方式", OneOf(AmountMode))
round_mode = parameter("dibao.round", "低保金取整方式", OneOf(Rounding))
round_to = parameter("dibao.round_to", "低保金取整单位", Money, bounds=(1, yuan(10)))
round_basis = parameter("dibao.round_basis", "低保金取整对象", OneOf(RoundingBasis))
min_pay = _amount("dibao.min_pay", "低保金最低发放额", 1000, "每户每月")
uplift_elderly = _share("dibao.uplift.elderly", "老年人增发比例")
uplift_minor = _share("dibao.uplift.minor", "未成年人增发比例")
uplift_severe = _share("dibao.uplift.severe", "重度残疾人增发比例")
uplift_ill = _share("dibao.uplift.ill", "重病患者增发比例")
elderly_age = _number("dibao.uplift.elderly_age", "增发对象中老年人的年龄", YEARS, 120)
orphan_in_unit = parameter("hh.orphan_in_unit", "孤儿计入亲属家庭人口", Bool)
conscript_excluded = parameter("hh.conscript_excluded", "义务兵不计入家庭人口", Bool)
religious_apart = _number("hh.religious_years", "宗教教职人员脱离家庭不计入的年数", Count("年"), 20)
refusal_limit = _number("refuse_work.limit", "连续拒绝介绍工作的次数上限", TIMES, 20)
refusal_cut = _share("refuse_work.cut", "拒绝工作者本人份额的扣减比例")

# -- income ----------------------------------------------------------------------------------------------
income_window = parameter("income.window", "收入核算期", MONTHS, choices=(1, 3, 6, 12))
base_pension_exempt = parameter("income.base_pension_exempt", "基础养老金中央确定部分不计入收入", Bool)
base_pension_central = _amount("base_pension.central", "基础养老金中央确定标准", 1000)
cohabit_months = _number("income.cohabit_min", "长期共同居住的最短时间", MONTHS, 60)
imputed_wage = _amount("income.imputed_wage", "推定收入基数（最低工资）", 20_000)
imputed_able = _share("income.imputed_coef.able", "有劳动能力者劳动力系数", 2, scale=10)
imputed_partly = _share("income.imputed_coef.partly", "部分丧失劳动能力者劳动力系数", 2, scale=10)
working_age_from = _number("income.imputed_age.from", "推定收入年龄下限", YEARS, 30)
working_age_to = _number("income.imputed_age.to", "推定收入年龄上限", YEARS, 80)
support_line = _share(
    "income.support_line", "义务人家庭无赡养费给付能力的人均收入线", 5, scale=10, per="倍低保标准"
)
support_rate = _share("income.support_rate", "义务人家庭超出部分计入赡养费的比例")
rigid_deduct = parameter("income.rigid_deduct", "残疾、重病刚性支出从收入中扣减", Bool)
loss_floor = parameter("income.loss_floor", "单项收入为负时按零计算", Bool)
jobcost_rate = _share("jobcost.rate", "就业成本扣减比例", scale=100)
jobcost_cap = _share("jobcost.cap", "就业成本扣减上限", 5, scale=10, per="倍城市低保标准")

# -- property --------------------------------------------------------------------------------------------
fin_cap_dibao = _number("prop.fin_cap.dibao", "低保家庭人均金融资产上限", MONTHS, 120, "低保标准")
fin_cap_edge = _number("prop.fin_cap.edge", "低保边缘家庭人均金融资产上限", MONTHS, 120, "低保标准")
fin_cap_rigid = _number("prop.fin_cap.rigid", "刚性支出困难家庭人均金融资产上限", MONTHS, 120, "低保标准")
fin_cap_tekun = _number("tk.fin_cap", "特困人员金融资产上限", MONTHS, 120, "低保标准")
homes_exempt = _number("prop.homes_exempt", "不计入财产的住房套数", Count("套"), 10)
house_treatment = parameter("prop.house", "超出套数住房的处理", OneOf(Treatment))
vehicle_treatment = parameter("prop.vehicle", "机动车辆的处理", OneOf(Treatment))
business_treatment = parameter("prop.business", "市场主体和股权的处理", OneOf(Treatment))

# -- edge, single-person, rigid spending -----------------------------------------------------------------
edge_multiple = _share("edge.multiple", "低保边缘家庭收入线", 3, scale=10, per="倍低保标准")
edge_ceiling = _share("edge.multiple.ceiling", "低保边缘家庭收入线全国上限", 3, scale=10, per="倍低保标准")
edge_basis = parameter("edge.override_basis", "低保边缘收入线超过全国上限另有依据", Bool)
edge_definition = parameter("edge.definition", "低保边缘家庭口径", OneOf(EdgeDefinition))
edge_validity = _number("edge.validity", "低保边缘家庭认定有效期", MONTHS, 36)
waive_support = parameter("sp.waive_support", "豁免兄弟姐妹和老年义务人的供养", Bool)
waive_age = _number("sp.waive_age", "供养可以豁免的义务人年龄", YEARS, 120)
single_religious = _number("sp.religious_years", "宗教教职人员单独申请的年数", Count("年"), 20)
gx_ratio = parameter(
    "gx.ratio", "刚性支出占家庭收入的比例", Ratio(), bounds=(0, 5), scale=100, often_unknown=True
)
gx_living = _number("gx.living_cost", "基本生活支出", MONTHS, 24, "低保标准")
gx_validity = _number("gx.validity", "刚性支出困难家庭认定有效期", MONTHS, 36)
disposable_urban = _amount("disposable.urban", "上年度城镇居民人均可支配收入", 200_000, A_YEAR)
disposable_rural = _amount("disposable.rural", "上年度农村居民人均可支配收入", 200_000, A_YEAR)

# -- destitute -------------------------------------------------------------------------------------------
tk_elderly = _number("tk.age.elderly", "特困老年人年龄", YEARS, 120)
tk_minor = _number("tk.age.minor", "特困未成年人初次认定年龄", YEARS, 30)
tk_minor_cont = _number("tk.age.minor_cont", "特困未成年人继续供养年龄", YEARS, 30)
tk_late_entry = parameter("tk.entry_16_17", "16、17周岁初次申请特困的处理", OneOf(LateEntry))
tk_obligor_dibao = _number("tk.obligor.age.dibao", "低保对象视为无履行义务能力的年龄", YEARS, 120)
tk_obligor_age = _number("tk.obligor.age.low_income", "老年人视为无履行义务能力的年龄", YEARS, 120)
tk_multiple = _share("tk.basic.multiple", "特困基本生活标准", 5, scale=100, per="倍低保标准")
tk_partial = _number("tk.selfcare.partial", "部分丧失生活自理能力的最少项数", Count("项"), 6)
tk_total = _number("tk.selfcare.total", "完全丧失生活自理能力的最少项数", Count("项"), 6)
tk_tier0 = _amount("tk.care.tier0", "特困照料护理标准（具备自理能力）", 10_000)
tk_tier1 = _amount("tk.care.tier1", "特困照料护理标准（部分丧失自理能力）", 10_000)
tk_tier2 = _amount("tk.care.tier2", "特困照料护理标准（完全丧失自理能力）", 10_000)

# -- phase-out -------------------------------------------------------------------------------------------
jt_months = _number("jt.months", "渐退期", MONTHS, 24)
jt_ceiling = _number("jt.months.ceiling", "渐退期全国上限", MONTHS, 24)
jt_basis = parameter("jt.override_basis", "渐退期超过全国上限另有依据", Bool)
jt_equal = parameter("jt.equal", "就业后收入等于标准的处理", OneOf(EqualAfterWork))
jt_rates = tuple(
    _share(f"jt.rate.{month}", f"渐退第{number}个月发放比例", scale=100)
    for month, number in zip(range(1, 7), "一二三四五六", strict=True)
)

# -- relief ----------------------------------------------------------------------------------------------
ls_unit = _share("ls.unit", "临时救助标准", 12, scale=10, per="倍城市低保标准")
ls_grade_least = _number("ls.grade.least", "临时救助最少月数", MONTHS, 12)
ls_grade_most = _number("ls.grade.most", "临时救助最多月数", MONTHS, 12)
ls_township_cap = _amount("ls.township_cap", "乡镇（街道）审批的临时救助上限", 100_000, "每件")
ls_children_uplift = _share("ls.uplift.children", "有未成年子女家庭临时救助提高比例")
ls_repeat = _number("ls.repeat_months", "同一事由不重复救助的期间", MONTHS, 36)

# -- disability, old age ---------------------------------------------------------------------------------
dl_amount = _amount("dl.amount", "困难残疾人生活补贴标准", 2000)
dl_edge = parameter("dl.extend_edge", "困难残疾人生活补贴扩大到低保边缘家庭", Bool)
dl_cadre = parameter("dl.cadre_mode", "离休人员与困难残疾人生活补贴的关系", OneOf(CadreLiving))
dc_amount = _amount("dc.amount", "重度残疾人护理补贴标准", 2000)
dc_months = _number("dc.care_months", "长期照护的最短时间", MONTHS, 60)
dc_mind = parameter("dc.extend_mind", "护理补贴扩大到三级智力、精神残疾人", Bool)
oa_amount = _amount("oa.amount", "高龄补贴标准", 5000)
oa_from = _number("oa.age.from", "高龄补贴起始年龄", YEARS, 130)
oa_to = _number("oa.age.to", "高龄补贴截止年龄", YEARS, 130)
oa_start = parameter("oa.start_rule", "高龄补贴起止月规则", OneOf(OldAgeStart))
oa_stacking = parameter("oa.disability_mode", "高龄补贴与残疾人生活补贴的关系", OneOf(OldAgeStacking))
centenarian_scheme = parameter("centenarian.scheme", "百岁老人补助已有规定", Bool, often_unknown=True)
centenarian_amount = parameter(
    "centenarian.amount", "百岁老人补助标准", Money, bounds=(0, yuan(10_000)), per=A_MONTH, often_unknown=True
)

# -- children --------------------------------------------------------------------------------------------
orphan_scattered = _amount("orphan.scattered", "散居孤儿基本生活费标准", 10_000)
orphan_institution = _amount("orphan.institution", "集中养育孤儿基本生活费标准", 10_000)
orphan_rate_scattered = _share("orphan.rate.scattered", "散居孤儿标准占居民消费支出的比例", 3, scale=10)
orphan_rate_institution = _share(
    "orphan.rate.institution", "集中养育孤儿标准占居民消费支出的比例", 3, scale=10
)
orphan_continues = parameter("orphan.continue_at_school", "孤儿年满18周岁在校就读延续基本生活费", Bool)
orphan_round_to = parameter("orphan.round_to", "孤儿标准取整单位", Money, bounds=(1, yuan(100)))
consumption_prior = _amount("consumption.prior", "上年度全省居民人均消费支出", 200_000, A_YEAR)
sw_mode = parameter("sw.mode", "事实无人抚养儿童补贴方式", OneOf(TopUp))
sw_absence = _number("sw.absence", "失联认定的最短时间", MONTHS, 60)
sw_custody = _number("sw.custody", "服刑、戒毒、限制自由的最短期限", MONTHS, 60)
sw_police = _number("sw.police_unfound", "公安登记后仍未找到须超过的时间", MONTHS, 60)
zx_amount = _amount("zx.amount", "孤儿助学标准", 100_000, "每学年")
lb_age = _number("lb.age", "留守儿童年龄上限", YEARS, 30)
lb_unattended_age = _number("lb.unattended_age", "不得无人看护的儿童年龄上限", YEARS, 30)
lb_absence = _number("lb.min_absence", "父母外出的最短时间", DAYS, 1000)
lb_contact = _number("lb.contact", "外出父母每周联系的最少次数", TIMES, 20)

# -- unemployed without insurance (LS-5) -----------------------------------------------------------------
ls_no_income = _number("ls.no_income_months", "未参保失业人员连续无收入的月数", MONTHS, 36)

# -- clocks, reviews, governance: read by the workflow, not by provisions --------------------------------
review_a = _number("review.A", "A类复核周期", MONTHS, 60)
review_b = _number("review.B", "B类复核周期", MONTHS, 60)
review_c = _number("review.C", "C类复核周期", MONTHS, 60)
review_yearly = _number("review.national.stable", "收入稳定家庭复核周期", MONTHS, 60)
review_half = _number("review.national.unstable", "收入不稳定且有劳动能力家庭复核周期", MONTHS, 60)
review_tekun = _number("review.tekun", "特困人员复核周期", MONTHS, 60)
benefit_duration = parameter(
    "benefit_duration", "救助对象享受待遇时间", MONTHS, bounds=(0, 120), often_unknown=True
)
death_update = _number("death.update", "成员死亡后更新家庭信息的时限", MONTHS, 24)
change_report = _number("change.report", "家庭重大变化报告时限", MONTHS, 24)
fine_least = _number("fine.fraud.least", "骗取救助罚款下限", Count("倍"), 10, "骗取金额")
fine_most = _number("fine.fraud.most", "骗取救助罚款上限", Count("倍"), 10, "骗取金额")
sample_share = _share("supervision.sample", "委托审批抽查比例")
tk_sample = _share("tk.sample_rate", "特困审核抽查比例")
approval_mode = parameter("approval.mode", "审核确认方式", OneOf(Approval))
holidays = parameter("holiday.calendar", "法定节假日和调休安排已载入", Bool)
sla_workdays: tuple[Parameter, ...] = tuple(
    _number(key, label, WORKDAYS, 120)
    for key, label in (
        ("sla.dibao.county", "低保审核确认时限（县级审批）"),
        ("sla.dibao.delegated", "低保审核确认时限（委托乡镇）"),
        ("sla.dibao.max", "低保审核确认最长时限"),
        ("sla.start_invest", "启动家庭经济状况调查时限"),
        ("sla.start_check", "启动信息核对时限"),
        ("sla.check_report", "核对报告时限"),
        ("sla.county_opinion", "县级审核意见时限"),
        ("sla.refusal_notice", "不予确认告知时限"),
        ("sla.tk.township", "特困乡镇调查审核时限"),
        ("sla.tk.county", "特困县级确认时限"),
        ("sla.tk.reassess", "特困自理能力重新评估时限"),
        ("sla.tk.objection", "特困公示异议重新调查时限"),
        ("sla.gx", "刚性支出困难家庭认定时限"),
        ("sla.gx.max", "刚性支出困难家庭认定最长时限"),
        ("sla.sw.township", "事实无人抚养儿童乡镇查验时限"),
        ("sla.sw.county", "事实无人抚养儿童县级确认时限"),
        ("sla.correction", "更正登记信息答复时限"),
    )
)
sla_publicity = _number("sla.publicity", "公示期", DAYS, 60)
appeal_review = _number("appeal.reconsideration", "申请行政复议期限", DAYS, 365)
appeal_suit = _number("appeal.litigation", "提起行政诉讼期限", MONTHS, 24)

PARAMETERS: tuple[Parameter, ...] = tuple(
    dict.fromkeys(
        p
        for value in list(vars().values())
        for p in (value if isinstance(value, tuple) else (value,))
        if isinstance(p, Parameter)
    )
)

WORKFLOW_ONLY = frozenset(
    {p.key for p in sla_workdays}
    | {
        "sla.publicity", "appeal.reconsideration", "appeal.litigation", "review.A", "review.B", "review.C",
        "review.national.stable", "review.national.unstable", "review.tekun", "benefit_duration", "death.update",
        "supervision.sample", "tk.sample_rate", "approval.mode", "holiday.calendar",
        "edge.validity", "gx.validity", "base_pension.central", "ls.repeat_months",
    }
)  # fmt: skip
"""Parameters that workflow tables, indicators or the registry's importers read; no provision does."""

ONLY_RECORDED = {
    "sex": "登记和统计使用",
    "married": "核对成员关系使用，成员范围按与户主的关系判断",
    "totally_dependent": "由“照料完全不能自理者”一项间接使用",
    "special_vehicle": "残疾人代步车和低值生产用车不影响认定，只作登记",
}
"""Facts of the vocabulary that no provision reads, each with the reason it is kept all the same."""


@dataclass(frozen=True)
class Bound:
    """A national bound: the largest value of a parameter since a day, and where it stands."""

    most: Fraction
    since: date
    basis: str


BOUNDS: dict[str, Bound] = {
    "jt.months": Bound(Fraction(6), date(2022, 10, 20), "民发〔2022〕83号一（三）：渐退期原则上不超过6个月"),
    "edge.multiple": Bound(Fraction(3, 2), date(2021, 7, 1), "民发〔2021〕57号第八条：低于低保标准1.5倍"),
    "sla.dibao.max": Bound(Fraction(45), date(2021, 7, 1), "民发〔2021〕57号第二十二条：不超过45个工作日"),
    "sla.gx.max": Bound(Fraction(45), date(2025, 1, 1), "《刚性支出困难家庭认定办法》第八条"),
    "gx.validity": Bound(
        Fraction(12), date(2025, 1, 1), "《刚性支出困难家庭认定办法》第十条：一般不超过12个月"
    ),
}
"""National bounds a nearer layer may break only with a stated basis (`reason:` of the row)."""

IN_ORDER: tuple[tuple[str, str], ...] = (
    ("tk.selfcare.partial", "tk.selfcare.total"),
    ("tk.care.tier0", "tk.care.tier1"),
    ("tk.care.tier1", "tk.care.tier2"),
    ("oa.age.from", "oa.age.to"),
    ("income.imputed_age.from", "income.imputed_age.to"),
    ("income.imputed_coef.partly", "income.imputed_coef.able"),
    ("ls.grade.least", "ls.grade.most"),
    ("fine.fraud.least", "fine.fraud.most"),
    ("prop.fin_cap.dibao", "prop.fin_cap.edge"),
    ("prop.fin_cap.edge", "prop.fin_cap.rigid"),
    ("tk.age.minor", "tk.age.minor_cont"),
    ("sla.gx", "sla.gx.max"),
    ("sla.dibao.county", "sla.dibao.max"),
)
"""Ends of bands: where both are known, the first is not above the second, or people between them belong nowhere."""
