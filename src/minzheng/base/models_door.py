"""How staff come in: second factors, window codes, sessions, known devices and attempts. Guards are the database's."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now


class Factor(models.Model):
    """The second factor of an account (a TOTP secret, sealed). One is in use; ended ones stay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="factors")
    secret = models.BinaryField("密钥（密文）")
    last_step = models.BigIntegerField("最近用过的时间步", default=0)
    """A code is good once: only a later step than this one is taken."""
    created_at = models.DateTimeField("建立时间", db_default=Now())
    confirmed_at = models.DateTimeField("启用时间", null=True)
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "动态口令"
        constraints = [
            UniqueConstraint(
                fields=["staff"],
                condition=Q(ended_at=None, confirmed_at__isnull=False),
                name="one_factor_in_use",
            ),
            UniqueConstraint(
                fields=["staff"],
                condition=Q(ended_at=None, confirmed_at__isnull=True),
                name="one_factor_waiting",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class WindowCode(models.Model):
    """A code handed over at the window: asked for by one administrator, agreed to by another, used once by a third.

    Who asked and who agreed are set by the database, from the ticket.
    """

    class Purpose(models.TextChoices):
        OPEN = "open", "启用账号"
        FACTOR = "factor", "重置动态口令"
        PASSWORD = "password", "重置口令"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="window_codes")
    purpose = models.CharField("用途", max_length=16, choices=Purpose.choices)
    reason = models.CharField("事由", max_length=200)
    asked_by = models.CharField("提出人", max_length=80, db_default="")
    asked_person = models.UUIDField("提出人（自然人）", null=True)
    asked_at = models.DateTimeField("提出时间", db_default=Now())
    agreed_by = models.CharField("同意人", max_length=80, blank=True, default="")
    agreed_person = models.UUIDField("同意人（自然人）", null=True)
    agreed_at = models.DateTimeField("同意时间", null=True)
    code = models.BinaryField("验证码（盲索引）", null=True)
    expires_at = models.DateTimeField("失效时间", null=True)
    used_at = models.DateTimeField("使用时间", null=True)
    dropped_at = models.DateTimeField("作废时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "窗口验证码"
        constraints = [
            CheckConstraint(
                condition=Q(agreed_person=None) | ~Q(agreed_person=F("asked_person")),
                name="window_code_takes_two",
            ),
            CheckConstraint(
                condition=Q(used_at=None) | Q(agreed_at__isnull=False, code__isnull=False),
                name="window_code_used_after_agreement",
            ),
            CheckConstraint(condition=~Q(reason=""), name="window_code_has_a_reason"),
            UniqueConstraint(
                fields=["staff"], condition=Q(used_at=None, dropped_at=None), name="one_window_code_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class StaffSession(models.Model):
    """An open session of an account, for its holder to see and to end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField("设备", max_length=80)
    place = models.CharField("网络位置", max_length=45)
    since = models.DateTimeField("登录时间", db_default=Now())
    seen_at = models.DateTimeField("最近使用", db_default=Now())
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录会话"
        indexes = [models.Index(fields=["staff", "ended_at"], name="session_by_staff")]

    def __str__(self) -> str:
        return str(self.id)


class Device(models.Model):
    """A browser somebody came in with before: it keeps a budget of attempts of its own, which others cannot use up.

    `subject` is the blind index of what is typed at the door, `token` that of the browser's cookie.
    """

    subject = models.BinaryField()
    token = models.BinaryField()
    since = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [UniqueConstraint(fields=["subject", "token"], name="device_once")]

    def __str__(self) -> str:
        return str(self.pk)


class Attempt(models.Model):
    """One try at a door, counted as failed until it succeeds. Blind indexes only: not what was typed, not from where."""

    door = models.CharField(max_length=16)
    subject = models.BinaryField()
    device = models.BinaryField(null=True)
    address = models.BinaryField()
    at = models.DateTimeField(db_default=Now())
    failed = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "door", "at"], name="attempt_by_subject"),
            models.Index(fields=["address", "door", "at"], name="attempt_by_address"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
