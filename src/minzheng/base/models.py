"""Staff and their regions, the business date, the append-only audit, documents. Guarantees are the database's (migrations)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from minzheng.base.types import Role

_REGION = RegexValidator(
    r"\A(?:[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})\Z", "区划代码应为 4、6、9 或 12 位数字。"
)


class StaffAccounts(BaseUserManager["Staff"]):
    """Finding an account by what is typed at sign-in."""

    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(username=username)


class Staff(AbstractBaseUser):
    """An account of a member of staff. The natural person behind it may hold several."""

    username = models.CharField("账号", max_length=64, unique=True)
    name = models.CharField("姓名", max_length=64)
    natural_person = models.UUIDField("自然人", default=uuid.uuid4, db_index=True, editable=False)
    unit = models.CharField("单位", max_length=128, blank=True)
    roles = ArrayField(
        models.CharField(max_length=32, choices=Role.choices), verbose_name="岗位", default=list
    )
    is_active = models.BooleanField("在用", default=True)
    is_demo = models.BooleanField("演示账号", default=False)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    password_at = models.DateTimeField("口令设定时间", db_default=Now())
    epoch = models.PositiveIntegerField("权限版本", default=0, editable=False)
    """Counted up by the database with every change of roles, regions, password or use: older sessions end."""

    last_login = None
    """Signing in is in the audit, where it cannot be overwritten."""

    objects: ClassVar[StaffAccounts] = StaffAccounts()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "工作人员"

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    def get_session_auth_hash(self) -> str:
        """What a session must still match: a changed password, role, region or a closed account ends it."""
        return salted_hmac(
            "minzheng.staff.session", f"{self.pk}|{self.password}|{self.epoch}", algorithm="sha256"
        ).hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """No second key: sessions of an older signing key end with it."""
        return iter(())

    def save(self, *args: Any, **kwargs: Any) -> None:
        unknown = set(self.roles) - set(Role.values)
        if unknown:
            raise ValueError(f"unknown roles: {sorted(unknown)}")
        super().save(*args, **kwargs)


class RegionInCharge(models.Model):
    """A division whose people a member of staff may see and serve, with everything inside it."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="regions", verbose_name="工作人员")
    division = models.CharField("区划", max_length=12, validators=[_REGION])
    since = models.DateField("自")
    until = models.DateField("至（不含）", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "管辖区划"
        constraints = [
            CheckConstraint(
                condition=Q(division__regex=r"^([0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"),
                name="region_is_a_code",
            ),
            CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="region_ends_after_it_begins"
            ),
            UniqueConstraint(fields=["staff", "division", "since"], name="region_once_a_day"),
        ]

    def __str__(self) -> str:
        return self.division


class BusinessDate(models.Model):
    """The one row that sets the day the platform works on, where it is not today."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    day = models.DateField("业务日期")

    class Meta:
        verbose_name = verbose_name_plural = "业务日期"
        constraints = [CheckConstraint(condition=Q(id=1), name="one_business_date")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(id=1, day=day)


class AuditEntry(models.Model):
    """What somebody did or saw, and why. Never changed; `actor` and `at` are set by the database.

    Holds ids and reasons only: no identity number, no name of a resident.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField("时间", db_default=Now())
    actor = models.CharField("操作人", max_length=80, db_default="")
    verb = models.CharField("事项", max_length=64)
    subject_kind = models.CharField("对象类别", max_length=64)
    subject = models.CharField("对象", max_length=128)
    division = models.CharField("区划", max_length=12, blank=True, default="")
    reason = models.TextField("事由", blank=True, default="")
    detail = models.JSONField("详情", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        indexes = [
            models.Index(fields=["subject_kind", "subject", "at"], name="audit_by_subject"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb}"


class AuditLink(models.Model):
    """The place of an entry in the hash chain, given by the database when its transaction commits."""

    number = models.BigIntegerField(primary_key=True)
    entry = models.UUIDField(unique=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "审计链"

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:8]}"


class Document(models.Model):
    """A file that was brought or made: what it is, whose and where. Never changed; its bytes lie in the store.

    `uploaded_by` and `uploaded_at` are set by the database, from the ticket.
    """

    public_id = models.UUIDField("编号", default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField("SM3 摘要", max_length=64)
    kind = models.CharField("用途", max_length=32)
    media_type = models.CharField("类型", max_length=64)
    size = models.PositiveIntegerField("字节数")
    title = models.CharField("名称", max_length=64, blank=True, default="")
    division = models.CharField("区划", max_length=12)
    household_id = models.BigIntegerField("家庭", null=True, blank=True)
    uploaded_by = models.CharField("提交人", max_length=80, db_default="")
    uploaded_at = models.DateTimeField("提交时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "材料"
        constraints = [
            CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="document_digest_is_sm3"),
            CheckConstraint(
                condition=Q(division__regex=r"^([0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"),
                name="document_division_is_a_code",
            ),
            UniqueConstraint(
                fields=["digest", "kind", "title", "division", "household_id", "uploaded_by"],
                name="document_sent_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["household_id", "uploaded_at"], name="document_by_household"),
            models.Index(fields=["uploaded_by", "uploaded_at"], name="document_by_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


# Administration, the doors of staff and of residents lie beside, and belong to the same app.
from minzheng.base.models_administration import ApiKey, ApiNonce, CalendarYear, HandOver, RoleChange  # noqa: E402
from minzheng.base.models_days import DayMove, DayRun  # noqa: E402
from minzheng.base.models_door import Attempt, Device, Factor, StaffSession, WindowCode  # noqa: E402
from minzheng.base.models_residents import ResidentCode, ResidentPhone  # noqa: E402

__all__ = [
    "ApiKey",
    "ApiNonce",
    "Attempt",
    "AuditEntry",
    "AuditLink",
    "BusinessDate",
    "CalendarYear",
    "DayMove",
    "DayRun",
    "Device",
    "Document",
    "Factor",
    "HandOver",
    "RegionInCharge",
    "ResidentCode",
    "ResidentPhone",
    "RoleChange",
    "Staff",
    "StaffAccounts",
    "StaffSession",
    "WindowCode",
]
