"""Every fact the law may ask for: name, Chinese label, holder, type, bounds, what absence means.

A fact that no source recorded is unknown. `absent=` is the value it takes where a source covers the person
and holds no row (no income row inside the coverage of the income sources is an income of 0).
`missing=REVIEW` marks findings that only an officer can make. Nothing here computes.
"""

from minzheng.rules import (
    Bool,
    Choice,
    Count,
    Date,
    Household,
    Money,
    OneOf,
    Person,
    fact,
    finding,
    series,
    yuan,
)


class Registration(Choice):
    """户籍登记地类型"""

    URBAN = "城镇"
    RURAL = "农村"


class Relation(Choice):
    """与户主关系"""

    HEAD = "户主"
    SPOUSE = "配偶"
    CHILD = "子女"
    CHILD_IN_LAW = "子女配偶"
    GRANDCHILD = "孙子女"
    PARENT = "父母"
    PARENT_IN_LAW = "配偶父母"
    GRANDPARENT = "祖父母"
    SIBLING = "兄弟姐妹"
    OTHER = "其他亲属"


class Sex(Choice):
    """性别"""

    MALE = "男"
    FEMALE = "女"


class Schooling(Choice):
    """在读学段"""

    NONE = "不在读"
    KINDERGARTEN = "幼儿园"
    COMPULSORY = "义务教育"
    SENIOR_HIGH = "普通高中"
    VOCATIONAL = "中等职业学校"
    COLLEGE = "大专"
    UNDERGRADUATE = "本科"
    MASTER = "硕士研究生"
    DOCTOR = "博士研究生"


class Restriction(Choice):
    """人身自由受限情况"""

    NONE = "无"
    PRISON = "服刑"
    DETOX = "强制隔离戒毒"
    OTHER = "其他限制人身自由"
    DECLARED_MISSING = "宣告失踪"


class Labour(Choice):
    """劳动能力"""

    ABLE = "有劳动能力"
    PARTLY = "部分丧失劳动能力"
    NONE = "无劳动能力"
    NOT_ASSESSED = "未评估"


class ParentState(Choice):
    """父母一方的状况"""

    CARING = "正常履行抚养义务"
    DEAD = "死亡"
    DECLARED_DEAD = "宣告死亡"
    DECLARED_MISSING = "宣告失踪"
    NOT_FOUND = "查找不到"
    SEVERE_DISABILITY = "重残"
    SERIOUS_ILLNESS = "重病"
    PRISON = "服刑在押"
    DETOX = "强制隔离戒毒"
    OTHER_RESTRICTION = "被执行其他限制人身自由的措施"
    NO_CONTACT = "失联"
    GUARDIANSHIP_REVOKED = "被撤销监护资格"
    DEPORTED = "被遣送（驱逐）出境"


class Placement(Choice):
    """安置方式"""

    FAMILY = "散居"
    INSTITUTION = "机构集中养育"


class ChildChoice(Choice):
    """孤儿、事实无人抚养儿童保障与特困供养的选择"""

    CHILD_PROGRAMME = "选择儿童基本生活保障"
    TEKUN = "选择特困人员救助供养"


class Emergency(Choice):
    """急难情形"""

    NONE = "无"
    FIRE = "火灾"
    TRAFFIC = "交通事故"
    ILLNESS = "突发重大疾病"
    OTHER = "其他特殊困难"


class StudyRecord(Choice):
    """18周岁后的连续就读情况"""

    NONE = "未就读"
    CONTINUOUS = "连续就读"
    INTERRUPTED = "中断后就读"


# -- the household ---------------------------------------------------------------------------------------
registration = fact("registration", "户籍登记地类型", Household, OneOf(Registration))
hukou_here = fact("hukou_here", "户籍在本县（市、区）", Household, Bool)
contracted_land = fact("contracted_land", "拥有承包土地或者参加农村集体经济收益分配", Household, Bool)
relocated_to_town = fact("relocated_to_town", "易地扶贫搬迁至城镇", Household, Bool, absent=False)
homes_owned = fact("homes_owned", "拥有住房套数", Household, Count("套"), bounds=(0, 50), absent=0)
assets_disposed = fact("assets_disposed", "申请前12个月内转移财产", Household, Bool, absent=False)
cooperates = fact("cooperates", "配合家庭经济状况调查", Household, Bool, absent=True)

home_finding = finding("home_finding", "住房情况经调查符合规定", Household)
vehicle_finding = finding("vehicle_finding", "机动车辆经调查符合规定", Household)
business_finding = finding("business_finding", "市场主体登记经调查符合规定", Household)
disposal_finding = finding("disposal_finding", "财产转移经调查不影响认定", Household)

# expenditure of the 12 months before the application
medical_own_paid = fact(
    "medical_own_paid", "12个月内个人自付医疗费用", Household, Money, bounds=(0, yuan(5_000_000)), absent=0
)
education_paid = fact(
    "education_paid", "12个月内按公办标准的教育支出", Household, Money, bounds=(0, yuan(1_000_000)), absent=0
)
rehabilitation_paid = fact(
    "rehabilitation_paid", "12个月内扣除补贴后的残疾康复支出", Household, Money,
    bounds=(0, yuan(1_000_000)), absent=0,
)  # fmt: skip
rigid_monthly = fact(
    "rigid_monthly", "残疾或者重病增加的月刚性支出", Household, Money, bounds=(0, yuan(200_000)), absent=0
)

# emergencies and expenditure difficulty reported by or for the household
emergency = fact("emergency", "遭遇的急难情形", Household, OneOf(Emergency), absent=Emergency.NONE)
emergency_people = fact("emergency_people", "急难救助人数", Household, Count("人"), bounds=(0, 60), absent=0)
relief_grade = fact(
    "relief_grade", "临时救助核定月数", Household, Count("月"), bounds=(0, 12), often_unknown=True
)
expenditure_hardship = fact(
    "expenditure_hardship", "因教育医疗等支出超出承受能力", Household, Bool, absent=False
)
relief_same_cause = fact(
    "relief_same_cause", "12个月内已因同一事由获得临时救助", Household, Bool, absent=False
)
hardship_finding = finding("hardship_finding", "基本生活暂时出现严重困难经核实", Household)

# what the household was receiving before this month, and its way out of dibao through work
dibao_before = fact("dibao_before", "上月享受最低生活保障", Household, Bool, absent=False)
dibao_amount_before = fact(
    "dibao_amount_before",
    "上月最低生活保障金（渐退期内为转入渐退前一月的数额）",
    Household,
    Money,
    bounds=(0, yuan(200_000)),
    absent=0,
)
phase_out_before = fact("phase_out_before", "上月处于低保渐退期", Household, Bool, absent=False)
income_rose_by_job = fact("income_rose_by_job", "收入增加的原因是就业", Household, Bool, absent=False)
phase_out_used = fact(
    "phase_out_used", "本次就业已渐退月数", Household, Count("月"), bounds=(0, 60), absent=0
)

# -- who a person is -------------------------------------------------------------------------------------
relation = fact("relation", "与户主关系", Person, OneOf(Relation))
sex = fact("sex", "性别", Person, OneOf(Sex))
born = fact("born", "出生日期", Person, Date)
died = fact("died", "已死亡", Person, Bool, absent=False)
lives_here = fact("lives_here", "长期共同居住", Person, Bool)
lives_here_since = fact("lives_here_since", "共同居住开始日期", Person, Date, often_unknown=True)
person_hukou_here = fact("person_hukou_here", "本人户籍在本县（市、区）", Person, Bool)
rural_hukou = fact("rural_hukou", "农村户籍", Person, Bool)
schooling = fact("schooling", "在读学段", Person, OneOf(Schooling), absent=Schooling.NONE)
full_time_student = fact("full_time_student", "全日制在读", Person, Bool, absent=False)
independent = fact("independent", "成年后能够独立生活", Person, Bool)
married = fact("married", "已婚", Person, Bool, absent=False)
restriction = fact("restriction", "人身自由受限情况", Person, OneOf(Restriction), absent=Restriction.NONE)
conscript = fact("conscript", "现役义务兵", Person, Bool, absent=False)
religious_years = fact(
    "religious_years", "脱离家庭在宗教场所居住连续年数", Person, Count("年"), bounds=(0, 100), absent=0
)

# -- health and disability -------------------------------------------------------------------------------
visual_level = fact("visual_level", "视力残疾等级", Person, Count("级"), bounds=(0, 4), absent=0)
hearing_level = fact("hearing_level", "听力残疾等级", Person, Count("级"), bounds=(0, 4), absent=0)
speech_level = fact("speech_level", "言语残疾等级", Person, Count("级"), bounds=(0, 4), absent=0)
limb_level = fact("limb_level", "肢体残疾等级", Person, Count("级"), bounds=(0, 4), absent=0)
intellectual_level = fact("intellectual_level", "智力残疾等级", Person, Count("级"), bounds=(0, 4), absent=0)
mental_level = fact("mental_level", "精神残疾等级", Person, Count("级"), bounds=(0, 4), absent=0)
disability_level = fact("disability_level", "残疾证等级", Person, Count("级"), bounds=(0, 4), absent=0)
certificate_valid = fact("certificate_valid", "残疾证有效", Person, Bool, absent=False)
care_months = fact(
    "care_months", "已需要长期照护的月数", Person, Count("月"), bounds=(0, 1200), often_unknown=True, absent=0
)
totally_dependent = fact("totally_dependent", "经认定完全不能自理", Person, Bool, absent=False)
selfcare_fails = fact(
    "selfcare_fails",
    "自理能力六项指标中不能独立完成的项数",
    Person,
    Count("项"),
    bounds=(0, 6),
    often_unknown=True,
)
serious_disease = fact("serious_disease", "患当地认定的重特大疾病", Person, Bool, absent=False)
certified_ill = fact("certified_ill", "经诊断患病暂不能劳动", Person, Bool, absent=False)

# -- work and income -------------------------------------------------------------------------------------
working = fact("working", "在业", Person, Bool, absent=False)
new_job = fact("new_job", "收入核算期内新就业（工资按当月计算）", Person, Bool, absent=False)
labour = fact("labour", "劳动能力", Person, OneOf(Labour))
cares_for_dependent = fact(
    "cares_for_dependent", "照料完全不能自理者或者3周岁以下幼儿", Person, Bool, absent=False
)
pregnant_or_nursing = fact("pregnant_or_nursing", "孕期或者哺乳期", Person, Bool, absent=False)
work_refusals = fact(
    "work_refusals", "连续拒绝介绍的合适工作次数", Person, Count("次"), bounds=(0, 100), absent=0
)

INCOME = (0, yuan(1_000_000))
wages = series("wages", "工资性收入", Person, Money, bounds=INCOME, absent=0)
business_income = series(
    "business_income", "经营净收入", Person, Money, bounds=(-yuan(1_000_000), yuan(1_000_000)), absent=0
)
property_income = series("property_income", "财产净收入", Person, Money, bounds=INCOME, absent=0)
employee_pension = series("employee_pension", "职工养老金、离退休金", Person, Money, bounds=INCOME, absent=0)
base_pension = series(
    "base_pension", "城乡居民基础养老金（中央确定部分）", Person, Money, bounds=INCOME, absent=0
)
local_pension = series(
    "local_pension", "城乡居民养老金地方增加部分和个人账户养老金", Person, Money, bounds=INCOME, absent=0
)
transfers_received = series("transfers_received", "其他转移性收入", Person, Money, bounds=INCOME, absent=0)
support_received = series(
    "support_received", "依协议或者裁判实际取得的赡养抚养扶养费", Person, Money, bounds=INCOME, absent=0
)
support_paid = series(
    "support_paid", "支付的赡养抚养扶养费、税费和社会保险费", Person, Money, bounds=INCOME, absent=0
)
exempt_transfers = series(
    "exempt_transfers", "优待抚恤金、奖学金、见义勇为奖励等不计入收入", Person, Money, bounds=INCOME, absent=0
)

financial_assets = fact("financial_assets", "金融资产", Person, Money, bounds=(0, yuan(10_000_000)), absent=0)
ordinary_vehicle = fact("ordinary_vehicle", "拥有普通机动车辆", Person, Bool, absent=False)
special_vehicle = fact("special_vehicle", "拥有残疾人代步车或者低值生产用车", Person, Bool, absent=False)
business_registered = fact("business_registered", "登记有市场主体", Person, Bool, absent=False)
shareholding = fact("shareholding", "持有企业股份", Person, Bool, absent=False)

# -- children --------------------------------------------------------------------------------------------
father_state = fact("father_state", "父亲状况", Person, OneOf(ParentState))
mother_state = fact("mother_state", "母亲状况", Person, OneOf(ParentState))
father_level = fact(
    "father_level", "父亲残疾等级", Person, Count("级"), bounds=(0, 4), often_unknown=True, absent=0
)
mother_level = fact(
    "mother_level", "母亲残疾等级", Person, Count("级"), bounds=(0, 4), often_unknown=True, absent=0
)
father_mind_level = fact(
    "father_mind_level", "父亲智力或者精神残疾等级", Person, Count("级"), bounds=(0, 4), often_unknown=True,
    absent=0,
)  # fmt: skip
mother_mind_level = fact(
    "mother_mind_level", "母亲智力或者精神残疾等级", Person, Count("级"), bounds=(0, 4), often_unknown=True,
    absent=0,
)  # fmt: skip
father_term = fact(
    "father_term", "父亲服刑、戒毒或者限制自由期限（月）", Person, Count("月"), bounds=(0, 1200), absent=0
)
mother_term = fact(
    "mother_term", "母亲服刑、戒毒或者限制自由期限（月）", Person, Count("月"), bounds=(0, 1200), absent=0
)
father_absent_months = fact(
    "father_absent_months", "父亲失联且未履行抚养义务的月数", Person, Count("月"), bounds=(0, 1200), absent=0
)
mother_absent_months = fact(
    "mother_absent_months", "母亲失联且未履行抚养义务的月数", Person, Count("月"), bounds=(0, 1200), absent=0
)
father_report_months = fact(
    "father_report_months",
    "公安机关登记父亲查找请求后未找到的月数（不满一月按一月计）",
    Person,
    Count("月"),
    bounds=(0, 1200),
    absent=0,
)
mother_report_months = fact(
    "mother_report_months",
    "公安机关登记母亲查找请求后未找到的月数（不满一月按一月计）",
    Person,
    Count("月"),
    bounds=(0, 1200),
    absent=0,
)
placement = fact("placement", "安置方式", Person, OneOf(Placement), absent=Placement.FAMILY)
child_choice = fact(
    "child_choice", "监护人的选择", Person, OneOf(ChildChoice), often_unknown=True, election=True
)
child_choice_recorded = fact("child_choice_recorded", "监护人的选择已经登记", Person, Bool, absent=False)
"""Whether there is a record of it, so that it is never unknown: nobody's support ends for want of one (TK-4)."""
orphan_recognised = fact("orphan_recognised", "18周岁前被认定为孤儿", Person, Bool, absent=False)
adopted = fact("adopted", "已被收养", Person, Bool, absent=False)
study_record = fact(
    "study_record", "18周岁后的连续就读情况", Person, OneOf(StudyRecord), absent=StudyRecord.NONE
)
father_away = fact("father_away", "父亲外出务工", Person, Bool, absent=False)
mother_away = fact("mother_away", "母亲外出务工", Person, Bool, absent=False)
parent_home_unable = fact("parent_home_unable", "在家一方父母无监护能力", Person, Bool, absent=False)
parents_away_days = fact(
    "parents_away_days", "父母外出持续天数", Person, Count("天"), bounds=(0, 7000), absent=0
)

# -- other statutory treatment, and what was being received the month before ------------------------------
injury_care_allowance = fact("injury_care_allowance", "领取工伤生活护理费", Person, Bool, absent=False)
retired_cadre = fact("retired_cadre", "离休人员", Person, Bool, absent=False)
cadre_living = fact("cadre_living", "离休人员生活补贴", Person, Money, bounds=(0, yuan(100_000)), absent=0)
cadre_care = fact("cadre_care", "离休人员护理费", Person, Money, bounds=(0, yuan(100_000)), absent=0)
elder_care_allowance = fact(
    "elder_care_allowance", "养老护理补贴", Person, Money, bounds=(0, yuan(100_000)), absent=0
)

single_before = fact("single_before", "上月享受单人户低保", Person, Bool, absent=False)
tekun_before = fact("tekun_before", "上月享受特困供养", Person, Bool, absent=False)
living_subsidy_before = fact(
    "living_subsidy_before", "上月享受困难残疾人生活补贴", Person, Bool, absent=False
)
care_subsidy_before = fact("care_subsidy_before", "上月享受重度残疾人护理补贴", Person, Bool, absent=False)
old_age_before = fact("old_age_before", "上月享受高龄补贴", Person, Bool, absent=False)
orphan_before = fact("orphan_before", "上月享受孤儿基本生活保障", Person, Bool, absent=False)
unattended_before = fact("unattended_before", "上月享受事实无人抚养儿童保障", Person, Bool, absent=False)
study_aid_before = fact("study_aid_before", "本学年享受孤儿助学", Person, Bool, absent=False)
edge_before = fact("edge_before", "已认定为最低生活保障边缘家庭", Household, Bool, absent=False)
rigid_before = fact("rigid_before", "已认定为刚性支出困难家庭", Household, Bool, absent=False)
left_behind_before = fact("left_behind_before", "已认定为农村留守儿童", Person, Bool, absent=False)

# -- obligors who live elsewhere (written by the first stage; see minzheng.rules gathered facts) ----------
obligors = fact("obligors", "法定赡养抚养扶养义务人人数", Person, Count("人"), bounds=(0, 60), absent=0)
obligors_incapable = fact(
    "obligors_incapable", "其中无履行义务能力的人数", Person, Count("人"), bounds=(0, 60), absent=0
)
support_due = fact(
    "support_due", "非共同生活义务人应付的赡养抚养扶养费", Person, Money,
    bounds=(0, yuan(1_000_000)), absent=0,
)  # fmt: skip
support_due_waivable = fact(
    "support_due_waivable", "其中由兄弟姐妹或者60周岁以上义务人负担的部分", Person, Money,
    bounds=(0, yuan(1_000_000)), absent=0,
)  # fmt: skip
supported_people = fact(
    "supported_people", "本人赡养抚养扶养的非共同生活人数", Person, Count("人"), bounds=(0, 60), absent=0
)
no_civil_capacity = fact("no_civil_capacity", "无民事行为能力", Person, Bool, absent=False)
