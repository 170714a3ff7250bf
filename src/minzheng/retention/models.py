"""Holds, lists of papers whose time is over, and the two signatures each list needs. Guarantees are in migration 0002."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.base.models import Document
from minzheng.retention.types import Ground, Outcome


class Hold(models.Model):
    """Papers of a household, or of all of a division, stay until this is lifted."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    client_key = models.UUIDField("防重复提交", unique=True)
    division = models.CharField("区划", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭", null=True)
    ground = models.CharField("原因", max_length=16, choices=Ground.choices)
    reason = models.TextField("事由")
    on = models.DateField("登记日期", db_column="on_day")
    actor = models.CharField("登记人", max_length=80, db_default="")
    at = models.DateTimeField("登记时间", db_default=Now())
    lifted_on = models.DateField("解除日期", null=True)
    lifted_by = models.CharField("解除人", max_length=80, blank=True, default="")
    lift_reason = models.TextField("解除事由", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "暂不销毁"
        constraints = [
            CheckConstraint(condition=Q(ground__in=Ground.values) & ~Q(reason=""), name="hold_says_why"),
            CheckConstraint(
                condition=Q(lifted_on=None, lifted_by="", lift_reason="")
                | (Q(lifted_on__isnull=False) & ~Q(lifted_by="") & ~Q(lift_reason="")),
                name="hold_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Order(models.Model):
    """A list of papers to remove. Never changed but once, when all of it was carried out."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_key = models.UUIDField("防重复提交", unique=True)
    division = models.CharField("区划", max_length=12, db_collation="C")
    on = models.DateField("编制日期", db_column="on_day")
    reason = models.TextField("事由")
    actor = models.CharField("编制人", max_length=80, db_default="")
    at = models.DateTimeField("编制时间", db_default=Now())
    finished_at = models.DateTimeField("执行完成时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "销毁清册"
        constraints = [CheckConstraint(condition=~Q(reason=""), name="order_says_why")]

    def __str__(self) -> str:
        return str(self.id)


class Item(models.Model):
    """One paper of a list: when what rested on it ended, until when it was to be kept, what became of it."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="items", verbose_name="清册")
    document = models.ForeignKey(Document, models.DO_NOTHING, related_name="removals", verbose_name="材料")
    division = models.CharField("区划", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭")
    ended_on = models.DateField("办结或停发日期")
    keep_until = models.DateField("保管至")
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices, blank=True, default="")
    why = models.CharField("未销毁的原因", max_length=16, blank=True, default="")
    done_at = models.DateTimeField("执行时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "销毁清册明细"
        constraints = [
            UniqueConstraint(fields=["order", "document"], name="listed_once"),
            UniqueConstraint(fields=["document"], condition=Q(outcome="removed"), name="removed_once"),
            CheckConstraint(condition=Q(outcome__in=Outcome.values), name="outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.outcome}"


class Signature(models.Model):
    """Somebody stands for a list as it was shown. Who it is, is the database's word."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, models.DO_NOTHING, related_name="signatures", verbose_name="清册")
    division = models.CharField("区划", max_length=12, db_collation="C")
    digest = models.CharField("清册摘要", max_length=64)
    actor = models.CharField("签署人", max_length=80, db_default="")
    natural_person = models.UUIDField("自然人", null=True)
    at = models.DateTimeField("签署时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "销毁签署"
        constraints = [UniqueConstraint(fields=["order", "natural_person"], name="removal_signed_by_two")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.actor}"
