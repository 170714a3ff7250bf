"""Files to and from the bank, and the outbox from which they leave."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.payments.models.payroll import Payroll
from minzheng.payments.types import FileState, LineVerdict, ReadState


class BankFile(models.Model):
    """The file of a released payroll. Its content follows from the ledger; `sha256` pins the bytes for every retry."""

    id = models.UUIDField(primary_key=True, editable=False)
    payroll = models.OneToOneField(
        Payroll, models.DO_NOTHING, related_name="bank_file", verbose_name="发放表"
    )
    county = models.CharField("县（市、区）", max_length=6)
    number = models.CharField("批次号", max_length=30, unique=True)
    format = models.CharField("格式", max_length=24)
    payer = models.ForeignKey("payments.Payer", models.DO_NOTHING, related_name="+", verbose_name="付款账户")
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64)
    size = models.BigIntegerField("字节数")
    count = models.IntegerField("笔数")
    fen = models.BigIntegerField("金额（分）")
    pay_on = models.DateField("付款日期")
    made_at = models.DateTimeField("生成时间")
    state = models.CharField("状态", max_length=16, choices=FileState.choices, default=FileState.QUEUED)
    problem = models.TextField("说明", blank=True, default="")
    changed_at = models.DateTimeField("变动时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "银行文件"
        constraints = [
            CheckConstraint(condition=Q(state__in=FileState.values), name="file_state_known"),
            CheckConstraint(condition=Q(count__gt=0, fen__gt=0), name="file_not_empty"),
        ]

    def __str__(self) -> str:
        return self.number


class Outbox(models.Model):
    """What has to leave the building, written with what causes it. A worker takes it under a lease with a fence."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.CharField("事项", max_length=24)
    subject = models.UUIDField("对象")
    county = models.CharField("县（市、区）", max_length=6)
    at = models.DateTimeField("时间", db_default=Now())
    due_at = models.DateTimeField("不早于", db_default=Now())
    lease_by = models.CharField("处理者", max_length=80, blank=True, default="")
    lease_until = models.DateTimeField("租约至", null=True)
    fence = models.BigIntegerField("轮次", default=0)
    attempts = models.IntegerField("尝试次数", default=0)
    done_at = models.DateTimeField("完成时间", null=True)
    problem = models.TextField("说明", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "发件箱"
        constraints = [UniqueConstraint(fields=["topic", "subject"], name="outbox_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"


class ReturnFile(models.Model):
    """A return file as it was read. The same bytes a second time are the same row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.CharField("县（市、区）", max_length=6)
    sha256 = models.CharField("摘要", max_length=64, unique=True)
    name = models.CharField("文件名", max_length=120)
    bank_file = models.ForeignKey(BankFile, models.DO_NOTHING, null=True, related_name="returns")
    state = models.CharField("状态", max_length=16, choices=ReadState.choices)
    verdict = models.CharField("结论", max_length=24, blank=True, default="")
    count = models.IntegerField("行数", default=0)
    fen = models.BigIntegerField("金额（分）", default=0)
    booked = models.IntegerField("登记行数", default=0)
    repeated = models.IntegerField("已登记过", default=0)
    faults = models.IntegerField("不能登记", default=0)
    unanswered = models.IntegerField("未答复", default=0)
    problem = models.TextField("说明", blank=True, default="")
    on = models.DateField("业务日期", db_column="on_day")
    actor = models.CharField("操作人", max_length=80, db_default="")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "回盘文件"
        constraints = [CheckConstraint(condition=Q(state__in=ReadState.values), name="return_state_known")]

    def __str__(self) -> str:
        return f"return {self.sha256[:8]}"


class ReturnLine(models.Model):
    """A line of a return file and what became of it. Holds ids and amounts, no name and no account number."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(ReturnFile, models.DO_NOTHING, related_name="lines", db_index=False)
    county = models.CharField("县（市、区）", max_length=6)
    line = models.IntegerField("行号")
    payment_id = models.UUIDField("付款")
    outcome = models.CharField("结果", max_length=12)
    code = models.CharField("代码", max_length=8, blank=True, default="")
    text = models.CharField("银行说明", max_length=200, blank=True, default="")
    fen = models.BigIntegerField("金额（分）")
    booked_on = models.DateField("记账日期", null=True)
    reference = models.CharField("银行流水", max_length=64, blank=True, default="")
    verdict = models.CharField("处理", max_length=16, choices=LineVerdict.choices)

    class Meta:
        verbose_name = verbose_name_plural = "回盘行"
        constraints = [
            UniqueConstraint(fields=["file", "line"], name="return_line_once"),
            CheckConstraint(condition=Q(verdict__in=LineVerdict.values), name="line_verdict_known"),
        ]
        indexes = [models.Index(fields=["payment_id"], name="return_line_by_payment")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.line}"


class Statement(models.Model):
    """The bank's statement of a treasury account for a period; opening + Σ lines = closing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.CharField("县（市、区）", max_length=6)
    sha256 = models.CharField("摘要", max_length=64, unique=True)
    number = models.CharField("对账单号", max_length=64)
    since = models.DateField("自")
    until = models.DateField("至")
    opening_fen = models.BigIntegerField("期初（分）")
    closing_fen = models.BigIntegerField("期末（分）")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "银行对账单"

    def __str__(self) -> str:
        return self.number


class StatementLine(models.Model):
    """A movement on the treasury's account; negative fen left it."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(Statement, models.DO_NOTHING, related_name="lines", db_index=False)
    county = models.CharField("县（市、区）", max_length=6)
    line = models.IntegerField("行号")
    payment_id = models.UUIDField("付款", null=True)
    fen = models.BigIntegerField("金额（分）")
    booked_on = models.DateField("记账日期")
    reference = models.CharField("银行流水", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "对账单行"
        constraints = [UniqueConstraint(fields=["statement", "line"], name="statement_line_once")]
        indexes = [models.Index(fields=["payment_id"], name="statement_line_by_payment")]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.line}"
