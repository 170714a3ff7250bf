"""Which changes have had their review opened, and how far life events were read: so that none is lost or opened twice."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now


class ChangeTask(models.Model):
    """One change of one person, and the review of one award it opened (or found open)."""

    id = models.BigAutoField(primary_key=True)
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("人员")
    what = models.CharField("变化", max_length=40)
    on_day = models.DateField("发生日期")
    award = models.UUIDField("待遇")
    case = models.UUIDField("办件")
    opened_at = models.DateTimeField("开启时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "变化任务"
        constraints = [
            UniqueConstraint(fields=["award", "person_id", "what", "on_day"], name="change_once_an_award"),
            CheckConstraint(condition=Q(division__regex=r"^[0-9]{12}$"), name="change_in_a_village"),
        ]
        indexes = [models.Index(fields=["household_id"], name="change_by_household")]

    def __str__(self) -> str:
        return f"{self.what} {self.on_day}"


class ReadTo(models.Model):
    """How far life events (by the moment they were recorded) and days (of birthdays and expiries) were looked at."""

    id = models.SmallIntegerField(primary_key=True)
    events_to = models.DateTimeField("事件读至")
    days_to = models.DateField("日期看至")

    class Meta:
        verbose_name = verbose_name_plural = "读取进度"
        constraints = [CheckConstraint(condition=Q(id=1), name="one_reading")]

    def __str__(self) -> str:
        return f"{self.events_to} {self.days_to}"
