"""How residents come in: phones, one-time codes. Guards are the database's."""

from __future__ import annotations

import uuid

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
