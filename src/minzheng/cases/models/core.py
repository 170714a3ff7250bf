"""Applications, cases, their ledger and duties. What the database guarantees beside the constraints here stands in the
migrations: regions, gap-free numbers, the ledger, separation of duties, recusal.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Coalesce, Now

from minzheng.cases.types import Channel, Mode, Outcome, Side, Unit


class Application(models.Model):
    """What a household asked for, once; the cases that fit are opened from it."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField("申请编号", max_length=40, unique=True, blank=True)
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭")
    applicant_id = models.BigIntegerField("申请人")
    channel = models.CharField("渠道", max_length=12, choices=Channel.choices)
    received_on = models.DateField("收到日期")
    statements = models.JSONField("申报情况", default=list)
    wanted = models.JSONField("申请的待遇", default=list)
    lead = models.UUIDField("线索", null=True)
    client_key = models.UUIDField("提交标识", unique=True)
    request_digest = models.CharField("提交内容摘要", max_length=64)
    received_by = models.CharField("收件人", max_length=80, db_default="")
    mandate = models.UUIDField("代办委托", null=True, editable=False)
    """By which mandate it was made; the database's own, from the ticket."""
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "申请"
        constraints = [
            CheckConstraint(condition=Q(division__regex=r"^[0-9]{12}$"), name="application_in_a_village"),
            CheckConstraint(condition=Q(channel__in=Channel.values), name="application_channel_known"),
        ]
        indexes = [
            models.Index(fields=["division", "-received_on"], name="application_by_place"),
            models.Index(fields=["household_id"], name="application_by_household"),
        ]

    def __str__(self) -> str:
        return self.number


class Case(models.Model):
    """One programme for one household (or one of its people), from the application to the decision and beyond.

    Lines that are not about a household (a marriage registry) leave it empty, name an organ's division and keep their
    parties in tables of their own.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField("办件编号", max_length=40, unique=True, blank=True)
    line = models.CharField("业务", max_length=40)
    programme = models.CharField("待遇", max_length=40)
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="cases", verbose_name="申请", null=True
    )
    previous = models.ForeignKey(
        "self", models.PROTECT, related_name="followed_by", verbose_name="前案", null=True
    )
    division = models.CharField("区划", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭", null=True)
    person_id = models.BigIntegerField("人员", null=True)
    applicant_id = models.BigIntegerField("申请人", null=True)
    second_applicant_id = models.BigIntegerField("另一申请人", null=True)
    channel = models.CharField("渠道", max_length=12, choices=Channel.choices)
    state = models.CharField("状态", max_length=24)
    mode = models.CharField("审核确认方式", max_length=12, choices=Mode.choices, blank=True, default="")
    version = models.IntegerField("版本", default=1)
    received_on = models.DateField("收到日期")
    accepted_on = models.DateField("受理日期", null=True)
    due_on = models.DateField("期限", null=True)
    due_clock = models.CharField("期限依据", max_length=40, blank=True, default="")
    extended_on = models.DateField("延长日期", null=True)
    extension_ground = models.TextField("延长理由", blank=True, default="")
    kin_registered = models.BooleanField("近亲属备案", default=False)
    assignee = models.ForeignKey(
        "base.Staff", models.PROTECT, related_name="+", verbose_name="承办人", null=True
    )
    decision = models.ForeignKey(
        "assessment.Decision", models.PROTECT, related_name="+", verbose_name="认定", null=True
    )
    outcome = models.CharField("结果", max_length=12, choices=Outcome.choices, blank=True, default="")
    decided_on = models.DateField("决定日期", null=True)
    closed_on = models.DateField("办结日期", null=True)
    lead = models.UUIDField("线索", null=True)
    mandate = models.UUIDField("代办委托", null=True, editable=False)
    opened_at = models.DateTimeField("立案时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "办件"
        constraints = [
            UniqueConstraint(
                F("household_id"),
                Coalesce(F("person_id"), 0),
                F("programme"),
                condition=Q(closed_on=None, household_id__isnull=False),
                name="one_open_case",
            ),
            CheckConstraint(
                condition=Q(division__regex=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$"), name="case_in_a_place"
            ),
            CheckConstraint(condition=Q(mode__in=["", *Mode.values]), name="case_mode_known"),
            CheckConstraint(condition=Q(outcome__in=Outcome.values), name="case_outcome_known"),
            CheckConstraint(condition=Q(version__gte=1), name="case_version"),
            CheckConstraint(
                condition=~Q(outcome__in=["yes", "no"]) | Q(decided_on__isnull=False),
                name="case_decided_on_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["division", "closed_on", "due_on"], name="case_by_place"),
            models.Index(fields=["household_id"], name="case_by_household"),
            models.Index(fields=["assignee", "closed_on", "due_on"], name="case_by_assignee"),
        ]

    def __str__(self) -> str:
        return self.number


class Event(models.Model):
    """The ledger of a case: each version, who made it, on which ground. `actor`, `natural_person`, `at` are the database's."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="events", verbose_name="办件")
    version = models.IntegerField("版本")
    at = models.DateTimeField("时间", db_default=Now())
    on = models.DateField("日期", db_column="on_day")
    actor = models.CharField("操作人", max_length=80, db_default="")
    natural_person = models.UUIDField("自然人", null=True)
    action = models.CharField("事项", max_length=32)
    before = models.CharField("原状态", max_length=24, blank=True, default="")
    after = models.CharField("现状态", max_length=24)
    side = models.CharField("职责", max_length=12, choices=Side.choices, blank=True, default="")
    clause = models.CharField("条款", max_length=16, blank=True, default="")
    reason = models.TextField("事由", blank=True, default="")
    fields = models.JSONField("内容", default=dict)
    client_key = models.UUIDField("提交标识", null=True)
    xact = models.BigIntegerField("事务", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "办件台账"
        ordering = ["version"]
        constraints = [
            UniqueConstraint(fields=["case", "version"], name="event_once_a_version"),
            UniqueConstraint(fields=["case", "client_key"], name="event_once_a_click"),
            CheckConstraint(condition=Q(side__in=["", *Side.values]), name="event_side_known"),
            CheckConstraint(
                condition=~Q(action__in=["confirm", "refuse"]) | Q(side=Side.DECIDE),
                name="decisions_are_by_deciders",
            ),
            CheckConstraint(
                condition=~Q(after__in=["decided_yes", "decided_no"])
                | Q(before=F("after"))
                | Q(side=Side.DECIDE),
                name="decided_by_deciders",
            ),
            CheckConstraint(
                condition=Q(side="") | Q(natural_person__isnull=False), name="a_side_is_taken_by_a_person"
            ),
        ]
        indexes = [
            models.Index(fields=["natural_person", "at"], name="event_by_person"),
            models.Index(fields=["case"], condition=Q(action="supervise"), name="event_of_supervision"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.version} {self.action}"


class Duty(models.Model):
    """Which natural person took which side of a case. Written by triggers only; an exclusion constraint keeps one side."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="duties", verbose_name="办件")
    natural_person = models.UUIDField("自然人")
    side = models.CharField("职责", max_length=12, choices=Side.choices)
    action = models.CharField("事项", max_length=32)
    version = models.IntegerField("版本")

    class Meta:
        verbose_name = verbose_name_plural = "办件职责"
        indexes = [models.Index(fields=["case", "natural_person"], name="duty_of_person")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.side}"


class ClockRow(models.Model):
    """A limit that runs in a case. `due_on` is empty only while the calendar of a year or the parameter is missing."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="clocks", verbose_name="办件")
    parameter = models.CharField("参数", max_length=40)
    clause = models.CharField("条款", max_length=16)
    value = models.IntegerField("数值", null=True)
    unit = models.CharField("单位", max_length=8, choices=Unit.choices)
    document = models.TextField("文件", blank=True, default="")
    example = models.BooleanField("示例值", default=False)
    started_on = models.DateField("起算")
    due_on = models.DateField("届满", null=True)
    calendar = models.CharField("工作日历版本", max_length=16, blank=True, default="")
    problem = models.TextField("不能推算的原因", blank=True, default="")
    extended_from = models.DateField("原届满", null=True)
    met_on = models.DateField("完成", null=True)
    met_by = models.CharField("完成事项", max_length=32, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "办理时限"
        constraints = [
            CheckConstraint(condition=Q(unit__in=Unit.values), name="clock_unit_known"),
            CheckConstraint(
                condition=Q(due_on__isnull=False) | ~Q(problem=""), name="clock_says_why_it_has_no_day"
            ),
            UniqueConstraint(
                fields=["case", "parameter"], condition=Q(met_on=None), name="one_running_clock"
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(met_on=None), name="clock_running")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.parameter}"


class KinDeclaration(models.Model):
    """A member of staff (or of a village committee) is near kin of a resident: they never handle that household (R5)."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    division = models.CharField("区划", max_length=12, db_collation="C")
    natural_person = models.UUIDField("工作人员")
    person_id = models.BigIntegerField("人员")
    relation = models.CharField("关系", max_length=20)
    declared_by = models.CharField("登记人", max_length=80, db_default="")
    declared_on = models.DateField("登记日期")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())
    withdrawn_on = models.DateField("撤销日期", null=True)
    withdrawn_by = models.CharField("撤销人", max_length=80, blank=True, default="")
    reason = models.TextField("说明", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "近亲属备案"
        constraints = [
            UniqueConstraint(
                fields=["natural_person", "person_id"], condition=Q(withdrawn_on=None), name="kin_once"
            )
        ]
        indexes = [models.Index(fields=["person_id"], name="kin_by_person")]

    def __str__(self) -> str:
        return f"kin {self.pk}"
