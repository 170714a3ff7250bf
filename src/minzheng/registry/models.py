"""Django's view of the registry's tables. They are made by the migration's SQL, which holds all guarantees.

A fact row is found by its holder and its id; nothing here is saved or deleted, `actions` write.
"""

from __future__ import annotations

from django.db import models

from minzheng.base.sealed import Sealed
from minzheng.registry import codes
from minzheng.values.identity import mask_number

NUMBER_TABLE = "registry_person"
NUMBER_COLUMN = "number"


class Division(models.Model):
    """A division of the country, current or retired; the code is the significant digits as a number."""

    code = models.BigIntegerField("代码", primary_key=True)
    name = models.TextField("名称")
    level = models.SmallIntegerField("层级")
    parent = models.ForeignKey(
        "self", models.DO_NOTHING, db_column="parent", null=True, related_name="children"
    )
    pseudo = models.BooleanField("统计用虚拟单位", default=False)
    valid_from = models.DateField("启用", null=True)
    valid_to = models.DateField("停用（不含）", null=True)
    successor = models.ForeignKey(
        "self", models.DO_NOTHING, db_column="successor", null=True, related_name="predecessors"
    )

    class Meta:
        managed = False
        db_table = "registry_division"
        verbose_name = verbose_name_plural = "行政区划"

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Who says so: an agency, a village, an applicant, an officer's visit, a file."""

    id = models.SmallIntegerField(primary_key=True)
    code = models.TextField(unique=True)
    label = models.TextField("名称", unique=True)

    class Meta:
        managed = False
        db_table = "registry_source"
        verbose_name = verbose_name_plural = "数据来源"

    def __str__(self) -> str:
        return self.label


class Person(models.Model):
    """A resident. The identity number is sealed; `number` prints its mask."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True)
    township = models.IntegerField("乡镇")
    sealed_number = models.BinaryField(null=True)
    number_index = models.BinaryField(null=True)
    name = models.TextField("姓名", db_collation="C")
    name_pinyin = models.TextField("姓名拼音", default="", db_collation="C")
    sex = models.SmallIntegerField("性别", choices=codes.Sex.choices)
    birth_date = models.DateField("出生日期")
    here_since = models.DateField("自何日登记在此", null=True)
    source = models.SmallIntegerField("来源", choices=codes.Source.choices)
    recorded_at = models.DateTimeField("记录时间")

    class Meta:
        managed = False
        db_table = "registry_person"
        verbose_name = verbose_name_plural = "人员"

    def __str__(self) -> str:
        return f"person {self.pk}"

    @property
    def number(self) -> Sealed | None:
        """The sealed number with its mask; None for a person without one."""
        if self.sealed_number is None:
            return None
        return sealed_number(bytes(self.sealed_number), self.pk)


def sealed_number(blob: bytes, person: int) -> Sealed:
    """A stored number as a value that prints `1404**********1234`."""
    closed = Sealed(blob, NUMBER_TABLE, NUMBER_COLUMN, str(person))
    mask = mask_number(closed.open_after_recording())
    return Sealed(blob, NUMBER_TABLE, NUMBER_COLUMN, str(person), mask)


class Household(models.Model):
    """A registry household. Who belongs to the unit of a benefit is a matter of the rulebook."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True)
    township = models.IntegerField("乡镇")
    village = models.BigIntegerField("村（社区）")
    address = models.TextField("住址", default="", db_collation="C")
    opened_on = models.DateField("立户日期")
    closed_on = models.DateField("销户日期", null=True)
    here_since = models.DateField("自何日登记在此", null=True)
    source = models.SmallIntegerField("来源", choices=codes.Source.choices)
    recorded_at = models.DateTimeField("记录时间")

    class Meta:
        managed = False
        db_table = "registry_household"
        verbose_name = verbose_name_plural = "家庭"

    def __str__(self) -> str:
        return f"household {self.pk}"


class Recorded(models.Model):
    """A row known from `recorded_at` until `superseded_at`."""

    id = models.BigAutoField(primary_key=True)
    township = models.IntegerField("乡镇")
    source = models.SmallIntegerField("来源", choices=codes.Source.choices)
    recorded_at = models.DateTimeField("记录时间")
    superseded_at = models.DateTimeField("更正时间", null=True)

    class Meta:
        abstract = True


class Period(models.Model):
    """Holds from `since` to the day before `until`."""

    since = models.DateField("自")
    until = models.DateField("至（不含）", null=True)

    class Meta:
        abstract = True


class OfPerson(Recorded):
    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        abstract = True


class OfHousehold(Recorded):
    household = models.ForeignKey(Household, models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        abstract = True


class Membership(OfHousehold, Period):
    """A person's tie to a household; `home` for the one household the person is of."""

    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="memberships", db_constraint=False)
    person_township = models.IntegerField()
    relation = models.SmallIntegerField("与户主关系", choices=codes.Relation.choices)
    position = models.SmallIntegerField("序号")
    home = models.BooleanField("本户人员", default=True)
    lives_here = models.BooleanField("长期共同居住", null=True)
    lives_here_since = models.DateField("共同居住开始日期", null=True)

    class Meta:
        managed = False
        db_table = "registry_membership"
        verbose_name = verbose_name_plural = "家庭成员"


class Hukou(OfPerson, Period):
    division = models.BigIntegerField("户籍地")
    rural = models.BooleanField("农村户籍", null=True)

    class Meta:
        managed = False
        db_table = "registry_hukou"
        verbose_name = verbose_name_plural = "户籍"


class Kinship(OfPerson, Period):
    relative = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False)
    kind = models.SmallIntegerField("亲属关系", choices=codes.Kin.choices)

    class Meta:
        managed = False
        db_table = "registry_kinship"
        verbose_name = verbose_name_plural = "亲属"


class Death(OfPerson):
    died_on = models.DateField("死亡日期")

    class Meta:
        managed = False
        db_table = "registry_death"
        verbose_name = verbose_name_plural = "死亡登记"


class Standing(OfHousehold, Period):
    registration = models.SmallIntegerField("户籍登记地类型", choices=codes.Registration.choices, null=True)
    contracted_land = models.BooleanField("拥有承包土地或者参加集体收益分配", null=True)
    relocated_to_town = models.BooleanField("易地扶贫搬迁至城镇", null=True)
    cooperates = models.BooleanField("配合家庭经济状况调查", null=True)

    class Meta:
        managed = False
        db_table = "registry_standing"
        verbose_name = verbose_name_plural = "家庭登记情况"


class Income(OfPerson, Period):
    kind = models.SmallIntegerField("收入类别", choices=codes.Income.choices)
    fen = models.BigIntegerField("每月（分）")

    class Meta:
        managed = False
        db_table = "registry_income"
        verbose_name = verbose_name_plural = "收入"


class Asset(OfPerson, Period):
    kind = models.SmallIntegerField("财产类别", choices=codes.Asset.choices)
    fen = models.BigIntegerField("价值（分）", null=True)
    quantity = models.SmallIntegerField("数量", default=1)

    class Meta:
        managed = False
        db_table = "registry_asset"
        verbose_name = verbose_name_plural = "财产"


class Certificate(OfPerson, Period):
    level = models.SmallIntegerField("残疾等级")
    visual = models.SmallIntegerField("视力", default=0)
    hearing = models.SmallIntegerField("听力", default=0)
    speech = models.SmallIntegerField("言语", default=0)
    limb = models.SmallIntegerField("肢体", default=0)
    intellectual = models.SmallIntegerField("智力", default=0)
    mental = models.SmallIntegerField("精神", default=0)
    expires_on = models.DateField("有效期至", null=True)
    frozen = models.BooleanField("冻结", default=False)

    class Meta:
        managed = False
        db_table = "registry_certificate"
        verbose_name = verbose_name_plural = "残疾证"


class Status(OfPerson, Period):
    kind = models.SmallIntegerField("情形", choices=codes.Status.choices)

    class Meta:
        managed = False
        db_table = "registry_status"
        verbose_name = verbose_name_plural = "个人情形"


class Capacity(OfPerson, Period):
    labour = models.SmallIntegerField("劳动能力", choices=codes.Labour.choices, null=True)
    independent = models.BooleanField("成年后能够独立生活", null=True)

    class Meta:
        managed = False
        db_table = "registry_capacity"
        verbose_name = verbose_name_plural = "劳动与独立生活能力"


class Selfcare(OfPerson, Period):
    fails = models.SmallIntegerField("不能独立完成的项数")

    class Meta:
        managed = False
        db_table = "registry_selfcare"
        verbose_name = verbose_name_plural = "自理能力评估"


class Enrolment(OfPerson, Period):
    stage = models.SmallIntegerField("学段", choices=codes.Stage.choices)
    full_time = models.BooleanField("全日制")

    class Meta:
        managed = False
        db_table = "registry_enrolment"
        verbose_name = verbose_name_plural = "在读"


class Employment(OfPerson, Period):
    class Meta:
        managed = False
        db_table = "registry_employment"
        verbose_name = verbose_name_plural = "就业"


class WorkOffer(OfPerson):
    offered_on = models.DateField("介绍日期")
    refused = models.BooleanField("拒绝")

    class Meta:
        managed = False
        db_table = "registry_workoffer"
        verbose_name = verbose_name_plural = "介绍工作"


class Restriction(OfPerson, Period):
    kind = models.SmallIntegerField("类别", choices=codes.Restriction.choices)
    term_months = models.SmallIntegerField("期限（月）", null=True)

    class Meta:
        managed = False
        db_table = "registry_restriction"
        verbose_name = verbose_name_plural = "人身自由受限"


class ParentState(OfPerson, Period):
    """Of a child (`person`): the state of one parent."""

    parent = models.SmallIntegerField("父母", choices=codes.Parent.choices)
    state = models.SmallIntegerField("状况", choices=codes.ParentState.choices)
    term_months = models.SmallIntegerField("期限（月）", null=True)
    reported_on = models.DateField("公安机关登记查找请求日期", null=True)
    level = models.SmallIntegerField("残疾等级", null=True)
    mind_level = models.SmallIntegerField("智力或者精神残疾等级", null=True)

    class Meta:
        managed = False
        db_table = "registry_parentstate"
        verbose_name = verbose_name_plural = "父母状况"


class Expenditure(OfHousehold, Period):
    kind = models.SmallIntegerField("支出类别", choices=codes.Expenditure.choices)
    fen = models.BigIntegerField("金额（分）")

    class Meta:
        managed = False
        db_table = "registry_expenditure"
        verbose_name = verbose_name_plural = "支出"


class Relief(OfHousehold, Period):
    """An emergency or expenditure difficulty of a household."""

    cause = models.SmallIntegerField("事由", choices=codes.Cause.choices)
    people = models.SmallIntegerField("人数")
    grade = models.SmallIntegerField("核定月数", null=True)
    relieved_on = models.DateField("救助日期", null=True)

    class Meta:
        managed = False
        db_table = "registry_relief"
        verbose_name = verbose_name_plural = "急难事件"


class Finding(OfHousehold, Period):
    kind = models.SmallIntegerField("认定事项", choices=codes.Finding.choices)
    holds = models.BooleanField("成立")

    class Meta:
        managed = False
        db_table = "registry_finding"
        verbose_name = verbose_name_plural = "调查认定"


class Choice(OfPerson, Period):
    kind = models.SmallIntegerField("选择事项", choices=codes.Choice.choices)
    value = models.SmallIntegerField("选择")

    class Meta:
        managed = False
        db_table = "registry_choice"
        verbose_name = verbose_name_plural = "选择"


class Receipt(OfHousehold, Period):
    """What is being received or recognised; of the whole household when no person is named."""

    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False, null=True)
    programme = models.SmallIntegerField("待遇", choices=codes.Programme.choices)
    fen = models.BigIntegerField("每月（分）", null=True)

    class Meta:
        managed = False
        db_table = "registry_receipt"
        verbose_name = verbose_name_plural = "已享受待遇"


class LifeEvent(OfPerson):
    kind = models.SmallIntegerField("事件", choices=codes.Event.choices)
    on_day = models.DateField("日期")

    class Meta:
        managed = False
        db_table = "registry_lifeevent"
        verbose_name = verbose_name_plural = "人生事件"


class Suppression(OfHousehold, Period):
    person = models.ForeignKey(Person, models.DO_NOTHING, related_name="+", db_constraint=False, null=True)
    kind = models.SmallIntegerField("情形", choices=codes.Suppression.choices)
    programme = models.SmallIntegerField("待遇", choices=codes.Programme.choices, null=True)

    class Meta:
        managed = False
        db_table = "registry_suppression"
        verbose_name = verbose_name_plural = "暂不推送"


class HandoverState(models.IntegerChoices):
    OFFERED = 1, "待接收"
    TAKEN = 2, "已接收"
    REFUSED = 3, "已退回"
    WITHDRAWN = 4, "已撤回"


class Handover(models.Model):
    """A household, or one person of it, offered to another township. Both sides read it; answered once."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True)
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("人员", null=True)
    from_township = models.IntegerField("迁出乡镇")
    from_village = models.BigIntegerField("迁出村（社区）")
    to_village = models.BigIntegerField("迁入村（社区）")
    on = models.DateField("迁移日期", db_column="on_day")
    event = models.SmallIntegerField("事由类别", choices=codes.Event.choices)
    who = models.TextField("户主或者本人姓名")
    people = models.SmallIntegerField("人数")
    reason = models.TextField("事由")
    state = models.SmallIntegerField("状态", choices=HandoverState.choices)
    version = models.IntegerField("版本")
    offered_by = models.TextField("移交人")
    offered_at = models.DateTimeField("移交时间")
    answered_by = models.TextField("答复人", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answer = models.TextField("答复")

    class Meta:
        managed = False
        db_table = "registry_handover"
        verbose_name = verbose_name_plural = "移交"


class Change(models.Model):
    """A change of a family that was saved, under the key of the form it came from. Appended only."""

    id = models.BigAutoField(primary_key=True)
    client_key = models.UUIDField("提交标识", unique=True)
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    kind = models.CharField("事项", max_length=20)
    digest = models.CharField("所示内容摘要", max_length=64)
    made_by = models.TextField("办理人")
    made_at = models.DateTimeField("办理时间")

    class Meta:
        managed = False
        db_table = "registry_change"
        verbose_name = verbose_name_plural = "家庭变动"


class Gap(OfPerson, Period):
    """For this person a covered kind of fact is unknown all the same."""

    kind = models.SmallIntegerField("事实类别", choices=codes.Coverage.choices)

    class Meta:
        managed = False
        db_table = "registry_gap"
        verbose_name = verbose_name_plural = "未查清"


class Coverage(models.Model):
    """A source vouches for a kind of fact in a division, complete to a day; its silence is trusted a while longer."""

    id = models.BigAutoField(primary_key=True)
    division = models.BigIntegerField("区划")
    kind = models.SmallIntegerField("事实类别", choices=codes.Coverage.choices)
    since = models.DateField("自")
    complete_to = models.DateField("完整至")
    trusted_until = models.DateField("可信至")
    source = models.SmallIntegerField("来源", choices=codes.Source.choices)
    recorded_at = models.DateTimeField("记录时间")
    superseded_at = models.DateTimeField("更正时间", null=True)

    class Meta:
        managed = False
        db_table = "registry_coverage"
        verbose_name = verbose_name_plural = "来源覆盖"


class ImportRun(models.Model):
    """A file that was loaded."""

    id = models.UUIDField(primary_key=True)
    digest = models.TextField("文件摘要")
    mapping = models.TextField("对照表摘要")
    file_name = models.TextField("文件名")
    at = models.DateTimeField("时间")
    actor = models.TextField("操作人")
    rows_read = models.BigIntegerField("读入行数")
    rows_refused = models.BigIntegerField("退回行数")
    persons = models.BigIntegerField("新增人员")
    households = models.BigIntegerField("新增家庭")
    facts = models.BigIntegerField("新增事实")

    class Meta:
        managed = False
        db_table = "registry_importrun"
        verbose_name = verbose_name_plural = "导入记录"
