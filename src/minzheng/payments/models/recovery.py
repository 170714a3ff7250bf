"""Money that should not have been paid: what was paid beyond what was due, and what is done about it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.payments.types import RecoveryKind, RecoveryState


class Recovery(models.Model):
    """An overpayment of an award. Fraud is ordered back with a fine in range; without fraud it is only marked (SA-2)."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    award_id = models.BigIntegerField("待遇编号")
    programme = models.CharField("待遇", max_length=40)
    kind = models.CharField("性质", max_length=16, choices=RecoveryKind.choices)
    state = models.CharField("状态", max_length=16, choices=RecoveryState.choices)
    since = models.DateField("自（月）")
    until = models.DateField("至（不含，月）")
    paid_fen = models.BigIntegerField("已发（分）")
    due_fen = models.BigIntegerField("应发（分）")
    fen = models.BigIntegerField("应退（分）")
    refunded_fen = models.BigIntegerField("已退（分）", default=0)
    fine_low_fen = models.BigIntegerField("罚款下限（分）", null=True)
    fine_high_fen = models.BigIntegerField("罚款上限（分）", null=True)
    fine_fen = models.BigIntegerField("罚款（分）", null=True)
    document = models.CharField("文书号", max_length=80, blank=True, default="")
    appeal = models.CharField("复议或诉讼案号", max_length=80, blank=True, default="")
    version = models.IntegerField("版本", default=1)
    reason = models.TextField("事由")
    on = models.DateField("业务日期", db_column="on_day")
    client_key = models.UUIDField("提交编号", unique=True)
    changed_at = models.DateTimeField("变动时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "多发与追回"
        constraints = [
            CheckConstraint(condition=Q(kind__in=RecoveryKind.values), name="recovery_kind_known"),
            CheckConstraint(condition=Q(state__in=RecoveryState.values), name="recovery_state_known"),
            CheckConstraint(
                condition=Q(fen__gt=0, fen=F("paid_fen") - F("due_fen"), due_fen__gte=0),
                name="recovery_amount",
            ),
            CheckConstraint(
                condition=Q(refunded_fen__gte=0, refunded_fen__lte=F("fen")), name="recovery_not_beyond"
            ),
            # Nobody is ordered to pay back, or fined, without fraud.
            CheckConstraint(
                condition=Q(kind=RecoveryKind.FRAUD)
                | Q(
                    state__in=[RecoveryState.CANDIDATE, RecoveryState.DROPPED, RecoveryState.SETTLED],
                    fine_fen=None,
                ),
                name="recovery_only_of_fraud",
            ),
            CheckConstraint(
                condition=Q(fine_fen=None)
                | Q(fine_fen__gte=F("fine_low_fen"), fine_fen__lte=F("fine_high_fen")),
                name="recovery_fine_lawful",
            ),
            CheckConstraint(
                condition=~Q(state=RecoveryState.SUSPENDED) | ~Q(appeal=""),
                name="recovery_suspended_by_appeal",
            ),
        ]
        indexes = [
            models.Index(fields=["household_id"], name="recovery_by_household"),
            models.Index(fields=["division", "state"], name="recovery_by_place"),
        ]

    def __str__(self) -> str:
        return f"recovery {self.pk}"


class RecoveryEvent(models.Model):
    """Every version of a recovery. Written by the database's trigger only."""

    id = models.BigAutoField(primary_key=True)
    recovery = models.ForeignKey(Recovery, models.DO_NOTHING, related_name="events")
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    version = models.IntegerField("版本")
    at = models.DateTimeField("时间")
    actor = models.CharField("操作人", max_length=80)
    state = models.CharField("状态", max_length=16)
    refunded_fen = models.BigIntegerField("已退（分）")
    reason = models.TextField("事由")

    class Meta:
        verbose_name = verbose_name_plural = "追回台账"
        ordering = ["version"]
        constraints = [UniqueConstraint(fields=["recovery", "version"], name="recovery_event_once")]

    def __str__(self) -> str:
        return f"{self.recovery_id}/{self.version}"
