"""A payroll of a county, programme and month, its versions, and who signed which content."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.payments.types import PayrollState, Signing

OPEN = [
    s.value
    for s in (
        PayrollState.BUILDING,
        PayrollState.LISTED,
        PayrollState.PREPARED,
        PayrollState.CHECKED,
        PayrollState.APPROVED,
    )
]


class Payroll(models.Model):
    """Who is paid what for a month. `digest` pins its lines; the database reckons it and compares before release.

    `run` 0 is the month's payroll; later runs carry what was withheld, failed or came late.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    county = models.CharField("县（市、区）", max_length=6)
    programme = models.CharField("待遇", max_length=40)
    month = models.DateField("发放月份")
    run = models.SmallIntegerField("批次", default=0)
    state = models.CharField(
        "状态", max_length=16, choices=PayrollState.choices, default=PayrollState.BUILDING
    )
    version = models.IntegerField("版本", default=1)
    digest = models.CharField("摘要", max_length=64, null=True)
    lines = models.IntegerField("笔数", default=0)
    fen = models.BigIntegerField("金额（分）", default=0)
    withheld = models.IntegerField("暂缓笔数", default=0)
    zeros = models.IntegerField("零金额笔数", default=0)
    maker = models.UUIDField("经办", null=True)
    checker = models.UUIDField("复核", null=True)
    approver = models.UUIDField("审批", null=True)
    on = models.DateField("业务日期", db_column="on_day")
    reason = models.TextField("事由", blank=True, default="")
    changed_at = models.DateTimeField("变动时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "发放表"
        constraints = [
            UniqueConstraint(fields=["county", "programme", "month", "run"], name="payroll_once"),
            UniqueConstraint(
                fields=["county", "programme"], condition=Q(state__in=OPEN), name="one_open_payroll"
            ),
            CheckConstraint(condition=Q(county__regex=r"^[0-9]{6}$"), name="payroll_of_a_county"),
            CheckConstraint(condition=Q(month__day=1, run__gte=0), name="payroll_of_a_month"),
            CheckConstraint(condition=Q(state__in=PayrollState.values), name="payroll_state_known"),
        ]
        indexes = [models.Index(fields=["county", "-month"], name="payroll_by_county")]

    def __str__(self) -> str:
        return f"{self.county} {self.programme} {self.month:%Y-%m}/{self.run}"


class PayrollEvent(models.Model):
    """Every version of a payroll, who made it and why. Written by the database's trigger only."""

    id = models.BigAutoField(primary_key=True)
    payroll = models.ForeignKey(Payroll, models.DO_NOTHING, related_name="events", verbose_name="发放表")
    county = models.CharField("县（市、区）", max_length=6)
    version = models.IntegerField("版本")
    at = models.DateTimeField("时间")
    actor = models.CharField("操作人", max_length=80)
    before = models.CharField("原状态", max_length=16, blank=True)
    after = models.CharField("状态", max_length=16)
    digest = models.CharField("摘要", max_length=64, null=True)
    reason = models.TextField("事由")

    class Meta:
        verbose_name = verbose_name_plural = "发放表台账"
        ordering = ["version"]
        constraints = [UniqueConstraint(fields=["payroll", "version"], name="payroll_event_once")]

    def __str__(self) -> str:
        return f"{self.payroll_id}/{self.version} {self.after}"


class Signature(models.Model):
    """One natural person's signature under one content of a payroll. Of another content it says nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payroll = models.ForeignKey(Payroll, models.DO_NOTHING, related_name="signatures", verbose_name="发放表")
    county = models.CharField("县（市、区）", max_length=6)
    digest = models.CharField("摘要", max_length=64)
    signing = models.CharField("签署", max_length=16, choices=Signing.choices)
    natural_person = models.UUIDField("自然人")
    actor = models.CharField("操作人", max_length=80)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "发放签署"
        constraints = [
            UniqueConstraint(
                fields=["payroll", "digest", "signing", "natural_person"], name="signature_under_content"
            ),
            UniqueConstraint(fields=["payroll", "digest", "signing"], name="signed_once"),
            UniqueConstraint(fields=["payroll", "digest", "natural_person"], name="signs_one_place"),
            CheckConstraint(condition=Q(signing__in=Signing.values), name="signing_known"),
        ]

    def __str__(self) -> str:
        return f"{self.payroll_id} {self.signing}"
