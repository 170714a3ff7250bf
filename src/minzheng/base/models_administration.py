"""What administrators keep: work calendars, keys of other systems, changes of roles, hand-overs. Guards are the database's."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now


class CalendarYear(models.Model):
    """The holidays of a year as an administrator entered them from the notice. A correction is a new row."""

    year = models.PositiveSmallIntegerField("年份")
    rest = ArrayField(models.DateField(), verbose_name="放假的工作日")
    work = ArrayField(models.DateField(), verbose_name="调休上班的周末")
    document = models.CharField("依据文件", max_length=200)
    recorded_by = models.CharField("录入人", max_length=80, db_default="")
    recorded_at = models.DateTimeField("录入时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        constraints = [
            CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="calendar_year_of_this_age"),
            CheckConstraint(condition=~Q(document=""), name="calendar_year_has_a_document"),
        ]
        indexes = [models.Index(fields=["year", "recorded_at"], name="calendar_by_year")]

    def __str__(self) -> str:
        return str(self.year)


class RoleChange(models.Model):
    """A change of the roles of an account, written by the database with the change itself."""

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="role_changes")
    before = ArrayField(models.CharField(max_length=32))
    after = ArrayField(models.CharField(max_length=32))
    changed_by = models.CharField(max_length=80)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "岗位变更"
        indexes = [models.Index(fields=["staff", "at"], name="role_change_by_staff")]

    def __str__(self) -> str:
        return str(self.pk)


class HandOver(models.Model):
    """Whose work goes to whom when somebody leaves: the lines of business read it."""

    leaver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handed_over", verbose_name="离岗人员"
    )
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="taken_over", verbose_name="接手人员"
    )
    reason = models.CharField("事由", max_length=200)
    recorded_by = models.CharField("办理人", max_length=80, db_default="")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "工作移交"
        constraints = [
            CheckConstraint(condition=~Q(leaver=F("successor")), name="handed_over_to_somebody_else"),
            UniqueConstraint(fields=["leaver"], name="handed_over_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ApiKey(models.Model):
    """The key of another system for the public API: kept as a blind index, for some hosts, some scopes, ninety days."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.CharField("系统", max_length=64)
    unit = models.CharField("单位", max_length=128)
    secret = models.BinaryField("密钥（盲索引）")
    scopes = ArrayField(models.CharField(max_length=32), verbose_name="用途")
    regions = ArrayField(models.CharField(max_length=12), verbose_name="区划")
    hosts = ArrayField(models.GenericIPAddressField(), verbose_name="主机地址")
    issued_by = models.CharField("签发人", max_length=80, db_default="")
    since = models.DateTimeField("签发时间", db_default=Now())
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("吊销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口密钥"
        constraints = [
            CheckConstraint(condition=Q(expires_at__gt=F("since")), name="api_key_expires"),
            CheckConstraint(
                condition=Q(scopes__len__gt=0, regions__len__gt=0, hosts__len__gt=0),
                name="api_key_is_bound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.id}"


class ApiNonce(models.Model):
    """A number a system used once with its key: a request sent again is refused."""

    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="nonces")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [UniqueConstraint(fields=["key", "nonce"], name="api_nonce_once")]
        indexes = [models.Index(fields=["at"], name="api_nonce_by_time")]

    def __str__(self) -> str:
        return str(self.pk)
