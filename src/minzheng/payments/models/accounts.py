"""Where money goes: accounts of payees, notices of their change, holds, and the account the treasury pays from."""

from __future__ import annotations

import uuid
from functools import cached_property

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Coalesce, Now

from minzheng.base.sealed import Sealed
from minzheng.payments.types import HoldKind, NoticeKind, NoticeState, Relation

ACCOUNT_TABLE, ACCOUNT_COLUMN = "payments_account", "number"
PHONE_COLUMN = "phone"
PAYER_TABLE = "payments_payer"


class Account(models.Model):
    """An account for the money of a household, or of one of its people. Never changed: a new one replaces it.

    The row is found by the seal as `public_id`.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("受益人", null=True)
    payee_id = models.BigIntegerField("收款人")
    relation = models.CharField("收款人与受益人关系", max_length=16, choices=Relation.choices)
    agreement = models.UUIDField("代管协议", null=True)
    bank_code = models.CharField("开户行行号", max_length=14)
    bank_name = models.CharField("开户行", max_length=70)
    holder_name = models.CharField("户名", max_length=70)
    sealed_number = models.BinaryField("账号密文")
    number_index = models.BinaryField("账号索引")
    tail = models.CharField("尾号", max_length=4)
    sealed_phone = models.BinaryField("手机号密文", null=True)
    since = models.DateField("自")
    until = models.DateField("至（不含）", null=True)
    replaces = models.OneToOneField(
        "self", models.DO_NOTHING, null=True, related_name="replaced_by", verbose_name="替换"
    )
    cools_until = models.DateTimeField("冷静期至", null=True)
    actor = models.CharField("登记人", max_length=80)
    client_key = models.UUIDField("提交编号", unique=True)
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "收款账户"
        constraints = [
            UniqueConstraint(
                F("household_id"),
                Coalesce(F("person_id"), 0),
                condition=Q(until=None),
                name="one_live_account",
            ),
            CheckConstraint(condition=Q(division__regex=r"^[0-9]{12}$"), name="account_in_a_village"),
            CheckConstraint(condition=Q(relation__in=Relation.values), name="account_relation_known"),
            CheckConstraint(
                condition=~Q(relation__in=[r.value for r in Relation if r.needs_agreement])
                | Q(agreement__isnull=False),
                name="account_agreement_filed",
            ),
            CheckConstraint(
                condition=~Q(relation=Relation.SELF) | Q(person_id=F("payee_id")) | Q(person_id=None),
                name="account_self_is_self",
            ),
            CheckConstraint(condition=Q(until=None) | Q(until__gte=F("since")), name="account_period"),
        ]
        indexes = [
            models.Index(fields=["household_id"], name="account_by_household"),
            models.Index(fields=["number_index"], name="account_by_number"),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"

    @cached_property
    def number(self) -> Sealed:
        return Sealed(
            bytes(self.sealed_number),
            ACCOUNT_TABLE,
            ACCOUNT_COLUMN,
            str(self.public_id),
            mask=f"************{self.tail}",
        )

    @property
    def phone(self) -> Sealed | None:
        if self.sealed_phone is None:
            return None
        return Sealed(bytes(self.sealed_phone), ACCOUNT_TABLE, PHONE_COLUMN, str(self.public_id))


class Notice(models.Model):
    """A short message to a payee: to the old phone when an account is changed, and once for each payment that arrived.

    What it says is never changed; how far it got is. `params` fill the gateway's template, `text` is what is read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    division = models.CharField("村（社区）", max_length=12)
    household_id = models.BigIntegerField("家庭")
    account = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="notices", verbose_name="按此账户的手机号"
    )
    kind = models.CharField("事项", max_length=8, choices=NoticeKind.choices, default=NoticeKind.ACCOUNT)
    payment_id = models.UUIDField("付款", null=True)
    params = models.JSONField("模板内容", default=dict)
    text = models.TextField("内容")
    at = models.DateTimeField("时间", db_default=Now())
    state = models.CharField("状态", max_length=8, choices=NoticeState.choices, default=NoticeState.WAITING)
    due_at = models.DateTimeField("不早于", db_default=Now())
    lease_until = models.DateTimeField("租约至", null=True)
    attempts = models.SmallIntegerField("尝试次数", default=0)
    message_id = models.CharField("网关编号", max_length=64, blank=True, default="")
    problem = models.CharField("说明", max_length=80, blank=True, default="")
    sent_at = models.DateTimeField("发出时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "账户通知"
        constraints = [
            UniqueConstraint(fields=["payment_id"], name="notice_once_a_payment"),
            CheckConstraint(
                condition=Q(kind=NoticeKind.PAID, payment_id__isnull=False)
                | Q(kind=NoticeKind.ACCOUNT, payment_id=None),
                name="notice_of_a_payment",
            ),
            CheckConstraint(condition=Q(state__in=NoticeState.values), name="notice_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["waiting", "sending", "unknown"]), name="notice_due"
            ),
            models.Index(fields=["state", "-at"], name="notice_by_state"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Payer(models.Model):
    """The account a county's treasury pays from. One at a time."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    county = models.CharField("县（市、区）", max_length=6)
    name = models.CharField("户名", max_length=70)
    bank_code = models.CharField("开户行行号", max_length=14)
    sealed_number = models.BinaryField("账号密文")
    tail = models.CharField("尾号", max_length=4)
    since = models.DateField("自")
    until = models.DateField("至（不含）", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "付款账户"
        constraints = [
            UniqueConstraint(fields=["county"], condition=Q(until=None), name="one_payer"),
            CheckConstraint(condition=Q(county__regex=r"^[0-9]{6}$"), name="payer_of_a_county"),
        ]

    def __str__(self) -> str:
        return f"payer {self.county}"

    @property
    def number(self) -> Sealed:
        return Sealed(
            bytes(self.sealed_number), PAYER_TABLE, "number", str(self.public_id), mask=f"********{self.tail}"
        )


class Hold(models.Model):
    """Nothing goes to a person, household, award, account, or (STOP) a whole division, until two people lift it."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("对象", max_length=16, choices=HoldKind.choices)
    division = models.CharField("区划", max_length=12)
    household_id = models.BigIntegerField("家庭", null=True)
    target = models.BigIntegerField("对象编号", null=True)
    payment_id = models.UUIDField("付款", null=True)
    reason = models.TextField("事由")
    actor = models.CharField("登记人", max_length=80)
    natural_person = models.UUIDField("自然人", null=True)
    on = models.DateField("业务日期", db_column="on_day")
    at = models.DateTimeField("时间", db_default=Now())
    client_key = models.UUIDField("提交编号", unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "暂缓发放"
        constraints = [
            CheckConstraint(condition=Q(kind__in=HoldKind.values), name="hold_kind_known"),
            CheckConstraint(
                condition=(Q(kind=HoldKind.STOP) & Q(target=None, payment_id=None))
                | (Q(kind=HoldKind.PAYMENT) & Q(target=None, payment_id__isnull=False))
                | (~Q(kind__in=[HoldKind.STOP, HoldKind.PAYMENT]) & Q(target__isnull=False, payment_id=None)),
                name="hold_names_its_target",
            ),
            CheckConstraint(condition=~Q(reason=""), name="hold_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["kind", "target"], name="hold_by_target"),
            models.Index(fields=["household_id"], name="hold_by_household"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk} {self.kind}"


class Lift(models.Model):
    """One of the two natural persons who let a hold go. With the second it is gone."""

    id = models.BigAutoField(primary_key=True)
    hold = models.ForeignKey(Hold, models.DO_NOTHING, related_name="lifts", verbose_name="暂缓")
    division = models.CharField("区划", max_length=12)
    seq = models.SmallIntegerField("第几人")
    natural_person = models.UUIDField("自然人")
    actor = models.CharField("操作人", max_length=80)
    reason = models.TextField("事由")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "恢复发放"
        constraints = [
            UniqueConstraint(fields=["hold", "seq"], name="lift_in_turn"),
            UniqueConstraint(fields=["hold", "natural_person"], name="lift_by_two"),
            CheckConstraint(condition=Q(seq__in=[1, 2]), name="lift_of_two"),
            CheckConstraint(condition=~Q(reason=""), name="lift_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id}/{self.seq}"
