"""The closed sets of the inputs. Their order is the order of the codes in the snapshot's columns."""

from openfisca_core.indexed_enums import Enum


class Registration(Enum):
    urban = "城镇"
    rural = "农村"


class Relation(Enum):
    head = "户主"
    spouse = "配偶"
    child = "子女"
    child_in_law = "子女配偶"
    grandchild = "孙子女"
    parent = "父母"
    parent_in_law = "配偶父母"
    grandparent = "祖父母"
    sibling = "兄弟姐妹"
    other = "其他亲属"


class Schooling(Enum):
    none = "不在读"
    kindergarten = "幼儿园"
    compulsory = "义务教育"
    senior_high = "普通高中"
    vocational = "中等职业学校"
    college = "大专"
    undergraduate = "本科"
    master = "硕士研究生"
    doctor = "博士研究生"


class Restriction(Enum):
    none = "无"
    prison = "服刑"
    detox = "强制隔离戒毒"
    other = "其他限制人身自由"
    declared_missing = "宣告失踪"


class Labour(Enum):
    able = "有劳动能力"
    partly = "部分丧失劳动能力"
    none = "无劳动能力"
    not_assessed = "未评估"


class ParentState(Enum):
    caring = "正常履行抚养义务"
    dead = "死亡"
    declared_dead = "宣告死亡"
    declared_missing = "宣告失踪"
    not_found = "查找不到"
    severe_disability = "重残"
    serious_illness = "重病"
    prison = "服刑在押"
    detox = "强制隔离戒毒"
    other_restriction = "被执行其他限制人身自由的措施"
    no_contact = "失联"
    guardianship_revoked = "被撤销监护资格"
    deported = "被遣送（驱逐）出境"


class ChildChoice(Enum):
    child_programme = "选择儿童基本生活保障"
    tekun = "选择特困人员救助供养"
