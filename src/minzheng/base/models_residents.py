"""How residents come in and who may act for them: phones, one-time codes, mandates. Guards are the database's."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now


class ResidentPhone(models.Model):
    """The telephone a resident is reached at, sealed, from a moment on. Corrections are new rows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.BigIntegerField("人员")
    division = models.CharField("区划", max_length=12)
    number = models.BinaryField("手机号码（密文）")
    recorded_by = models.CharField("登记人", max_length=80, db_default="")
    since = models.DateTimeField("登记时间", db_default=Now())
    until = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "居民手机"
        constraints = [
            UniqueConstraint(fields=["person_id"], condition=Q(until=None), name="one_phone_in_use"),
        ]
        indexes = [models.Index(fields=["person_id", "since"], name="phone_by_person")]

    def __str__(self) -> str:
        return str(self.id)


class ResidentCode(models.Model):
    """A one-time code that was sent: kept as a blind index, good for five minutes and five tries."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.BigIntegerField()
    household_id = models.BigIntegerField()
    code = models.BinaryField()
    sent_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(tries__lte=5), name="resident_code_five_tries"),
            CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="resident_code_expires"),
        ]
        indexes = [models.Index(fields=["person_id", "sent_at"], name="resident_code_by_person")]

    def __str__(self) -> str:
        return str(self.id)


class Mandate(models.Model):
    """A household lets one member of staff act for it (代办) in one matter, for a time; seen by it and taken back at will."""

    class Matter(models.TextChoices):
        APPLY = "apply", "提出申请"
        SUPPLY = "supply", "补交材料"
        OBJECT = "object", "提出异议"
        APPEAL = "appeal", "申请复核"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    household_id = models.BigIntegerField("家庭")
    division = models.CharField("区划", max_length=12)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="mandates", verbose_name="代办人"
    )
    matter = models.CharField("事项", max_length=16, choices=Matter.choices)
    case_id = models.UUIDField("办件", null=True)
    paper = models.ForeignKey("base.Document", models.PROTECT, null=True, verbose_name="委托书")
    """The signed paper, where the household did not grant it itself in the portal."""
    since = models.DateTimeField("自", db_default=Now())
    until = models.DateTimeField("至")
    granted_by = models.CharField("授权人", max_length=80, db_default="")
    revoked_at = models.DateTimeField("撤销时间", null=True)
    revoked_by = models.CharField("撤销人", max_length=80, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "代办授权"
        constraints = [
            CheckConstraint(condition=Q(until__gt=F("since")), name="mandate_ends_after_it_begins"),
            UniqueConstraint(
                fields=["household_id", "agent", "matter", "case_id"],
                condition=Q(revoked_at=None),
                name="mandate_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["agent", "until"], name="mandate_by_agent")]

    def __str__(self) -> str:
        return str(self.id)
