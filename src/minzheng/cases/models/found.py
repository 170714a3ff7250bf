"""What is stated, seen and judged in a case."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.cases.models.core import Application, Case
from minzheng.cases.types import Found, Stated


class Visit(models.Model):
    """A visit by at least two investigators (CK-6). Sent twice it counts once (`client_key`). Never changed."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="visits", verbose_name="办件")
    client_key = models.UUIDField("提交标识", unique=True)
    request_digest = models.CharField("提交内容摘要", max_length=64)
    version = models.IntegerField("办件版本")
    base_version = models.IntegerField("填写时的办件版本")
    on = models.DateField("入户日期", db_column="on_day")
    staff = ArrayField(models.BigIntegerField(), verbose_name="调查人员")
    investigators = ArrayField(models.UUIDField(), verbose_name="调查人员（自然人）", default=list)
    present = models.CharField("在场的家庭成员", max_length=64)
    remote_ground = models.TextField("不能入户而以电话、视频调查的原因", blank=True, default="")
    note = models.TextField("调查情况", blank=True, default="")
    by_county = models.BooleanField("县级入户", default=False)
    late = models.BooleanField("办件已往下办理后送达", default=False)
    recorded_by = models.CharField("登记人", max_length=80, db_default="")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "入户调查"
        constraints = [
            CheckConstraint(condition=~Q(present=""), name="visit_names_who_was_present"),
        ]
        indexes = [models.Index(fields=["case", "on"], name="visit_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.on}"


class Finding(models.Model):
    """What a visit found about one field, on top of which version of that field. What clashes waits beside it."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="findings", verbose_name="办件")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="findings", verbose_name="入户调查")
    field = models.CharField("项目", max_length=80)
    label = models.CharField("项目名称", max_length=120)
    value = models.JSONField("情况")
    number = models.IntegerField("第几次")
    based_on = models.IntegerField("在第几次的基础上")
    author = models.UUIDField("登记人（自然人）", null=True)
    state = models.CharField("状态", max_length=12, choices=Found.choices, default=Found.CURRENT)
    resolved_by = models.CharField("处理人", max_length=80, blank=True, default="")
    resolved_at = models.DateTimeField("处理时间", null=True)
    reason = models.TextField("处理理由", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "调查情况"
        constraints = [
            UniqueConstraint(fields=["case", "field", "number"], name="finding_once_a_number"),
            UniqueConstraint(
                fields=["case", "field"], condition=Q(state="current"), name="one_current_finding"
            ),
            CheckConstraint(condition=Q(based_on__lt=F("number")), name="finding_on_an_earlier_one"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.field} {self.number}"


class StatementRow(models.Model):
    """A row of the registry as the applicant states it, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="stated", verbose_name="申请")
    position = models.IntegerField("序号")
    table = models.CharField("事实类别", max_length=32)
    holder = models.BigIntegerField("对象")
    values = models.JSONField("申报内容")
    state = models.CharField("状态", max_length=16, choices=Stated.choices, default=Stated.STATED)
    against = models.JSONField("与之不一致的登记", null=True)
    fact_id = models.BigIntegerField("登记编号", null=True)
    resolved_by = models.CharField("处理人", max_length=80, blank=True, default="")
    resolved_at = models.DateTimeField("处理时间", null=True)
    reason = models.TextField("处理理由", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "申报情况"
        ordering = ["position"]
        constraints = [
            UniqueConstraint(fields=["application", "position"], name="statement_once"),
            CheckConstraint(
                condition=~Q(state__in=["kept", "overruled"]) | ~Q(reason=""),
                name="a_contradiction_is_resolved_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.position} {self.table}"


class Override(models.Model):
    """A person's judgement where the rules end in unknown or review: with reason, evidence and a day it ends."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="overrides", verbose_name="办件")
    version = models.IntegerField("办件版本")
    provisions = ArrayField(models.CharField(max_length=80), verbose_name="条件")
    verdict = models.BooleanField("是否符合")
    fen = models.BigIntegerField("核定每月（分）", null=True)
    reason = models.TextField("理由")
    evidence = ArrayField(models.UUIDField(), verbose_name="证据材料")
    on = models.DateField("判断日期", db_column="on_day")
    expires_on = models.DateField("有效至")
    judged_by = models.CharField("判断人", max_length=80, db_default="")
    natural_person = models.UUIDField("判断人（自然人）", null=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "人工判断"
        constraints = [
            CheckConstraint(condition=~Q(reason=""), name="judgement_has_a_reason"),
            CheckConstraint(condition=Q(evidence__len__gt=0), name="judgement_has_evidence"),
            CheckConstraint(condition=Q(provisions__len__gt=0), name="judgement_is_about_something"),
            CheckConstraint(condition=Q(expires_on__gt=F("on")), name="judgement_ends"),
            CheckConstraint(condition=Q(fen=None) | Q(fen__gte=0), name="judged_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.version}"
