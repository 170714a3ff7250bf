"""The closed sets the registry's columns are coded in. Numbers are stored and never change; labels are shown.

Names agree with the choices of `rulebook.vocabulary` where there is one.
"""

from __future__ import annotations

from django.db.models import IntegerChoices


class Sex(IntegerChoices):
    MALE = 1, "男"
    FEMALE = 2, "女"


class Registration(IntegerChoices):
    URBAN = 1, "城镇"
    RURAL = 2, "农村"


class Relation(IntegerChoices):
    HEAD = 1, "户主"
    SPOUSE = 2, "配偶"
    CHILD = 3, "子女"
    CHILD_IN_LAW = 4, "子女配偶"
    GRANDCHILD = 5, "孙子女"
    PARENT = 6, "父母"
    PARENT_IN_LAW = 7, "配偶父母"
    GRANDPARENT = 8, "祖父母"
    SIBLING = 9, "兄弟姐妹"
    OTHER = 10, "其他亲属"


class Kin(IntegerChoices):
    """What the relative is to the person. A couple is one row, the smaller id first."""

    FATHER = 1, "父亲"
    MOTHER = 2, "母亲"
    SPOUSE = 3, "配偶"
    SIBLING = 4, "兄弟姐妹"
    GRANDPARENT = 5, "祖父母"


class Income(IntegerChoices):
    """Fen per month each."""

    WAGES = 1, "工资性收入"
    BUSINESS_INCOME = 2, "经营净收入"
    PROPERTY_INCOME = 3, "财产净收入"
    EMPLOYEE_PENSION = 4, "职工养老金、离退休金"
    BASE_PENSION = 5, "城乡居民基础养老金（中央确定部分）"
    LOCAL_PENSION = 6, "城乡居民养老金地方增加部分和个人账户养老金"
    TRANSFERS_RECEIVED = 7, "其他转移性收入"
    SUPPORT_RECEIVED = 8, "实际取得的赡养抚养扶养费"
    SUPPORT_PAID = 9, "支付的赡养抚养扶养费、税费和社会保险费"
    EXEMPT_TRANSFERS = 10, "不计入收入的优待抚恤金、奖学金等"


class Asset(IntegerChoices):
    FINANCIAL = 1, "金融资产"
    HOME = 2, "住房"
    ORDINARY_VEHICLE = 3, "普通机动车辆"
    SPECIAL_VEHICLE = 4, "残疾人代步车或者低值生产用车"
    BUSINESS = 5, "市场主体"
    SHAREHOLDING = 6, "企业股份"
    DISPOSED = 7, "转移财产"


class Status(IntegerChoices):
    """Spells of a person that carry nothing but their dates. 7 is of sources that do not tell 18 and 19 apart."""

    CARE_NEED = 1, "需要长期照护"
    TOTALLY_DEPENDENT = 2, "经认定完全不能自理"
    SERIOUS_DISEASE = 3, "患当地认定的重特大疾病"
    CERTIFIED_ILL = 4, "经诊断患病暂不能劳动"
    CONSCRIPT = 5, "现役义务兵"
    RELIGIOUS = 6, "脱离家庭在宗教场所居住"
    NO_OR_LIMITED_CIVIL_CAPACITY = 7, "无民事行为能力或者限制民事行为能力（来源未区分）"
    PREGNANT_OR_NURSING = 8, "孕期或者哺乳期"
    CARES_FOR_DEPENDENT = 9, "照料完全不能自理者或者3周岁以下幼儿"
    RETIRED_CADRE = 10, "离休人员"
    INJURY_CARE_ALLOWANCE = 11, "领取工伤生活护理费"
    INSTITUTION = 12, "机构集中养育"
    ADOPTED = 13, "已被收养"
    ORPHAN_RECOGNISED = 14, "被认定为孤儿"
    FATHER_AWAY = 15, "父亲外出务工"
    MOTHER_AWAY = 16, "母亲外出务工"
    PARENT_HOME_UNABLE = 17, "在家一方父母无监护能力"
    NO_CIVIL_CAPACITY = 18, "无民事行为能力"
    LIMITED_CIVIL_CAPACITY = 19, "限制民事行为能力"


class Labour(IntegerChoices):
    ABLE = 1, "有劳动能力"
    PARTLY = 2, "部分丧失劳动能力"
    NONE = 3, "无劳动能力"


class Stage(IntegerChoices):
    KINDERGARTEN = 1, "幼儿园"
    COMPULSORY = 2, "义务教育"
    SENIOR_HIGH = 3, "普通高中"
    VOCATIONAL = 4, "中等职业学校"
    COLLEGE = 5, "大专"
    UNDERGRADUATE = 6, "本科"
    MASTER = 7, "硕士研究生"
    DOCTOR = 8, "博士研究生"


class Restriction(IntegerChoices):
    PRISON = 1, "服刑"
    DETOX = 2, "强制隔离戒毒"
    OTHER = 3, "其他限制人身自由"
    DECLARED_MISSING = 4, "宣告失踪"


class Parent(IntegerChoices):
    FATHER = 1, "父亲"
    MOTHER = 2, "母亲"


class ParentState(IntegerChoices):
    CARING = 1, "正常履行抚养义务"
    DEAD = 2, "死亡"
    DECLARED_DEAD = 3, "宣告死亡"
    DECLARED_MISSING = 4, "宣告失踪"
    NOT_FOUND = 5, "查找不到"
    SEVERE_DISABILITY = 6, "重残"
    SERIOUS_ILLNESS = 7, "重病"
    PRISON = 8, "服刑在押"
    DETOX = 9, "强制隔离戒毒"
    OTHER_RESTRICTION = 10, "被执行其他限制人身自由的措施"
    NO_CONTACT = 11, "失联"
    GUARDIANSHIP_REVOKED = 12, "被撤销监护资格"
    DEPORTED = 13, "被遣送（驱逐）出境"


class Expenditure(IntegerChoices):
    """1 to 3 are bills, dated by the day of payment; 4 is fen per month."""

    MEDICAL_OWN_PAID = 1, "个人自付医疗费用"
    EDUCATION = 2, "教育支出"
    REHABILITATION = 3, "残疾康复支出"
    RIGID = 4, "残疾或者重病增加的月刚性支出"


class Cause(IntegerChoices):
    FIRE = 1, "火灾"
    TRAFFIC = 2, "交通事故"
    ILLNESS = 3, "突发重大疾病"
    OTHER = 4, "其他特殊困难"
    EXPENDITURE = 5, "教育医疗等支出"


class Finding(IntegerChoices):
    """What an officer found, dated."""

    HOME = 1, "住房情况符合规定"
    VEHICLE = 2, "机动车辆符合规定"
    BUSINESS = 3, "市场主体登记符合规定"
    DISPOSAL = 4, "财产转移不影响认定"
    HARDSHIP = 5, "基本生活暂时出现严重困难"
    INCOME_ROSE_BY_JOB = 6, "收入增加的原因是就业"


class Choice(IntegerChoices):
    CHILD_PROGRAMME = 1, "孤儿、事实无人抚养儿童保障与特困供养的选择"


class ChildProgramme(IntegerChoices):
    """Values of the choice CHILD_PROGRAMME."""

    CHILD_PROGRAMME = 1, "选择儿童基本生活保障"
    TEKUN = 2, "选择特困人员救助供养"


class Programme(IntegerChoices):
    """What is being received or recognised."""

    DIBAO = 1, "最低生活保障"
    SINGLE = 2, "单人户低保"
    TEKUN = 3, "特困人员救助供养"
    EDGE = 4, "最低生活保障边缘家庭"
    RIGID = 5, "刚性支出困难家庭"
    RELIEF = 6, "临时救助"
    PHASE_OUT = 7, "低保渐退"
    LIVING_SUBSIDY = 8, "困难残疾人生活补贴"
    CARE_SUBSIDY = 9, "重度残疾人护理补贴"
    OLD_AGE = 10, "高龄补贴"
    ORPHAN = 11, "孤儿基本生活保障"
    UNATTENDED = 12, "事实无人抚养儿童基本生活补贴"
    STUDY_AID = 13, "孤儿助学"
    LEFT_BEHIND = 14, "农村留守儿童"
    CADRE_LIVING = 15, "离休人员生活补贴"
    CADRE_CARE = 16, "离休人员护理费"
    ELDER_CARE = 17, "养老护理补贴"
    CENTENARIAN = 18, "百岁老人补贴"


class Event(IntegerChoices):
    BIRTH = 1, "出生"
    DEATH = 2, "死亡"
    MARRIAGE = 3, "结婚"
    DIVORCE = 4, "离婚"
    MOVE = 5, "迁移"
    IMPRISONED = 6, "收监"
    RELEASED = 7, "释放"
    LEFT_SCHOOL = 8, "离校"
    NEW_JOB = 9, "就业"
    LOST_JOB = 10, "失业"
    CERTIFICATE = 11, "残疾证变动"
    NEW_ASSET = 12, "新增财产"


class Suppression(IntegerChoices):
    """Why no lead is opened for somebody for a time."""

    DECLINED = 1, "本人谢绝"
    DO_NOT_CONTACT = 2, "请勿联系"
    UNREACHABLE = 3, "无法联系"


class Coverage(IntegerChoices):
    """Kinds of fact a source may vouch for completely, so that no row means none."""

    DEATH = 1, "死亡"
    KINSHIP = 2, "婚姻与亲属"
    ENROLMENT = 3, "在读"
    RESTRICTION = 4, "人身自由受限"
    SERVICE = 5, "服役与宗教教职"
    CERTIFICATE = 6, "残疾证"
    CARE = 7, "照护需求"
    ILLNESS = 8, "疾病"
    EMPLOYMENT = 9, "就业"
    WAGES = 10, "工资"
    BUSINESS_INCOME = 11, "经营收入"
    PROPERTY_INCOME = 12, "财产收入"
    PENSION = 13, "养老金"
    TRANSFERS = 14, "其他转移性收入"
    SUPPORT = 15, "赡养抚养扶养费"
    FINANCIAL_ASSETS = 16, "金融资产"
    REAL_ESTATE = 17, "不动产"
    VEHICLES = 18, "车辆"
    MARKET_ENTITIES = 19, "市场主体"
    DISPOSAL = 20, "财产转移"
    EXPENDITURE = 21, "支出"
    RELIEF = 22, "急难事件"
    PARENT_STATE = 23, "父母状况"
    CHILD_CARE = 24, "儿童安置与留守"
    ALLOWANCES = 25, "其他法定津贴"
    RECEIPT = 26, "已享受待遇"
    WORK_OFFERS = 27, "介绍工作记录"
    CAPACITY = 28, "行为能力与照料"
    COOPERATION = 29, "配合调查"
    RELOCATION = 30, "易地搬迁"


class Source(IntegerChoices):
    """Who said so."""

    POLICE_HUKOU = 1, "公安户籍"
    CIVIL_AFFAIRS = 2, "民政业务系统"
    DISABLED_FEDERATION = 3, "残联"
    SOCIAL_INSURANCE = 4, "社会保险"
    TAX = 5, "税务"
    MEDICAL_INSURANCE = 6, "医疗保障"
    HEALTH = 7, "卫生健康"
    EDUCATION = 8, "教育"
    JUSTICE = 9, "司法行政"
    REAL_ESTATE = 10, "不动产登记"
    TRAFFIC_POLICE = 11, "公安交管"
    MARKET = 12, "市场监管"
    FINANCE = 13, "金融机构"
    FUNERAL = 14, "殡葬"
    MARRIAGE = 15, "婚姻登记"
    VILLAGE = 16, "村（社区）报告"
    APPLICANT = 17, "申请人申报"
    VISIT = 18, "入户调查"
    FILE = 19, "批量导入"
    VETERANS = 20, "退役军人事务"
    AGRICULTURE = 21, "农业农村"
    EMPLOYMENT = 22, "就业服务"
    HOUSING_FUND = 23, "住房公积金"
    COURT = 24, "人民法院"
    PLATFORM = 25, "本平台办理"
