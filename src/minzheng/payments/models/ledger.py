"""What is listed for payment and what moved: claims, payments, and the one-row double-entry ledger."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.payments.funds import Fund
from minzheng.payments.models.payroll import Payroll
from minzheng.payments.types import Book, Phase, Withheld


class Claim(models.Model):
    """Arrears of a month that was paid before: the n-th claim, and the redetermination (award term) it rests on."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    award_id = models.BigIntegerField("待遇")
    month = models.DateField("待遇月份")
    claim_no = models.SmallIntegerField("序号")
    term_id = models.BigIntegerField("依据的核定")
    fen = models.BigIntegerField("金额（分）")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "补发"
        constraints = [
            UniqueConstraint(fields=["award_id", "month", "claim_no"], name="claim_numbered"),
            UniqueConstraint(fields=["id", "award_id", "month", "claim_no", "fen"], name="claim_whole"),
            CheckConstraint(condition=Q(claim_no__gte=1, fen__gt=0, month__day=1), name="claim_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.month:%Y-%m} #{self.claim_no}"


class Payment(models.Model):
    """One attempt to pay a claim of an award's month (`claim_no` 0: the month itself). A line of a payroll.

    Payroll, award, term and account are checked set-wise by trigger: a hundred thousand row checks cost seconds.

    `live`: it counts towards what is paid of the month; ends when it is withheld at release, voided or returned.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    payroll = models.ForeignKey(
        Payroll,
        models.DO_NOTHING,
        related_name="payments",
        verbose_name="发放表",
        db_index=False,
        db_constraint=False,
    )
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("受益人", null=True)
    payee_id = models.BigIntegerField("收款人", null=True)
    account = models.ForeignKey(
        "payments.Account", models.DO_NOTHING, null=True, related_name="payments", verbose_name="收款账户",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    programme = models.CharField("待遇", max_length=40)
    award_id = models.BigIntegerField("待遇编号")
    term_id = models.BigIntegerField("依据的核定")
    month = models.DateField("待遇月份")
    claim_no = models.SmallIntegerField("序号")
    claim_id = models.BigIntegerField("补发", null=True)
    attempt = models.SmallIntegerField("第几次")
    reissue_of = models.UUIDField("重发自", null=True)
    fen = models.BigIntegerField("金额（分）")
    exact = models.CharField("精确金额（分）", max_length=80)
    withheld = ArrayField(
        models.CharField(max_length=16, choices=Withheld.choices), verbose_name="暂缓原因", default=list
    )
    live = models.BooleanField("计入", default=True)
    withheld_at_release = ArrayField(
        models.CharField(max_length=16, choices=Withheld.choices), verbose_name="发放时暂缓原因", default=list
    )

    class Meta:
        verbose_name = verbose_name_plural = "付款"
        constraints = [
            UniqueConstraint(
                fields=["award_id", "month", "claim_no"], condition=Q(live=True), name="one_live_payment"
            ),
            UniqueConstraint(fields=["award_id", "month", "claim_no", "attempt"], name="payment_attempt"),
            CheckConstraint(condition=Q(fen__gte=0, attempt__gte=1, month__day=1), name="payment_amount"),
            CheckConstraint(
                condition=Q(claim_no=0, claim_id=None) | Q(claim_no__gte=1, claim_id__isnull=False),
                name="payment_of_a_claim",
            ),
            CheckConstraint(
                condition=~Q(withheld=[]) | Q(account__isnull=False, payee_id__isnull=False),
                name="payment_has_an_account",
            ),
        ]
        indexes = [
            models.Index(fields=["payroll", "division", "id"], name="payment_by_payroll"),
            models.Index(fields=["household_id", "-month"], name="payment_by_household"),
            models.Index(fields=["claim_id"], condition=Q(claim_id__isnull=False), name="payment_by_claim"),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class LedgerAccount(models.Model):
    """A book of a county and programme. Balances are sums over the transfers, never stored."""

    id = models.BigAutoField(primary_key=True)
    county = models.CharField("县（市、区）", max_length=6)
    programme = models.CharField("待遇", max_length=40)
    book = models.CharField("账簿", max_length=16, choices=Book.choices)
    fund = models.CharField("资金来源", max_length=16, choices=Fund.choices)

    class Meta:
        verbose_name = verbose_name_plural = "账簿"
        constraints = [
            UniqueConstraint(fields=["county", "programme", "book"], name="book_once"),
            CheckConstraint(condition=Q(book__in=Book.values), name="book_known"),
            CheckConstraint(condition=Q(fund__in=Fund.values), name="fund_known"),
        ]

    def __str__(self) -> str:
        return f"{self.county} {self.programme} {self.book}"


class Transfer(models.Model):
    """A row of the ledger: `fen` leaves `debit` and enters `credit`. Cannot be unbalanced, never changes.

    `settles`: the pending row a post or void settles, the post a return takes back. `reissue_of`: the void or return
    a second pending stands on. The composite keys are in migration 0002.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    phase = models.CharField("阶段", max_length=8, choices=Phase.choices)
    county = models.CharField("县（市、区）", max_length=6)
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    programme = models.CharField("待遇", max_length=40)
    payroll_id = models.UUIDField("发放表", null=True)
    payment_id = models.UUIDField("付款", null=True)
    award_id = models.BigIntegerField("待遇编号")
    month = models.DateField("待遇月份")
    claim_no = models.SmallIntegerField("序号")
    fen = models.BigIntegerField("金额（分）")
    debit = models.ForeignKey(
        LedgerAccount,
        models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name="借",
    )
    credit = models.ForeignKey(
        LedgerAccount,
        models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name="贷",
    )
    settles = models.UUIDField("了结", null=True)
    reissue_of = models.UUIDField("重发自", null=True)
    reissue_phase = models.CharField(max_length=8, null=True)
    reissue_payment = models.UUIDField(null=True)
    reissue_fen = models.BigIntegerField(null=True)
    returnline_id = models.BigIntegerField("回盘行", null=True)
    recovery_id = models.BigIntegerField("追回", null=True)
    code = models.CharField("银行代码", max_length=8, blank=True, default="")
    reason = models.TextField("说明", blank=True, default="")
    on = models.DateField("记账日期", db_column="on_day")
    actor = models.CharField("操作人", max_length=80, db_default="")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "资金台账"
        constraints = [
            CheckConstraint(condition=Q(fen__gt=0), name="transfer_positive"),
            CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_two_sides"),
            CheckConstraint(condition=Q(phase__in=Phase.values), name="transfer_phase_known"),
            CheckConstraint(
                condition=Q(phase__in=[Phase.PENDING, Phase.REFUND], settles=None)
                | Q(phase__in=[Phase.POST, Phase.VOID, Phase.RETURN], settles__isnull=False),
                name="transfer_settles",
            ),
            CheckConstraint(
                condition=~Q(phase=Phase.PENDING) | Q(payment_id=F("id")), name="transfer_is_its_payment"
            ),
            CheckConstraint(
                condition=Q(phase=Phase.REFUND, payment_id=None, recovery_id__isnull=False)
                | (~Q(phase=Phase.REFUND) & Q(payment_id__isnull=False, recovery_id=None, payroll_id__isnull=False)),
                name="transfer_of_a_payment",
            ),
            CheckConstraint(
                condition=Q(reissue_of=None, reissue_phase=None, reissue_payment=None, reissue_fen=None)
                | Q(
                    phase=Phase.PENDING, reissue_of__isnull=False, reissue_phase__in=[Phase.VOID, Phase.RETURN],
                    reissue_payment__isnull=False, reissue_fen__isnull=False,
                ),
                name="transfer_reissues",
            ),
            UniqueConstraint(
                fields=["award_id", "month", "claim_no"],
                condition=Q(phase=Phase.PENDING, reissue_of=None),
                name="one_pending",
            ),
            UniqueConstraint(fields=["settles"], name="settled_once"),
            UniqueConstraint(fields=["reissue_of"], name="reissued_once"),
            UniqueConstraint(
                fields=["id", "phase", "payment_id", "award_id", "month", "claim_no", "fen"],
                name="transfer_whole",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["payment_id"], name="transfer_by_payment"),
            models.Index(fields=["payroll_id", "phase"], name="transfer_by_payroll"),
            models.Index(
                fields=["recovery_id"], condition=Q(recovery_id__isnull=False), name="transfer_by_recovery"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase} {self.pk}"
