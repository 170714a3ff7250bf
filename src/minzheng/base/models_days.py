"""Moving the business date of a demonstration: the way it was sent on, and what each day brought. Guards are the database's."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.base.types import MoveState


class DayMove(models.Model):
    """The business date is to become `until`, day by day; `asked_by` and `asked_at` are set by the database."""

    since = models.DateField("原业务日期")
    until = models.DateField("推进到")
    reason = models.CharField("事由", max_length=200)
    state = models.CharField("状态", max_length=10, choices=MoveState.choices, default=MoveState.RUNNING)
    trouble = models.CharField("停在何处", max_length=500, blank=True, default="")
    asked_by = models.CharField("提出人", max_length=80, db_default="")
    asked_at = models.DateTimeField("提出时间", db_default=Now())
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "业务日期推进"
        constraints = [
            CheckConstraint(condition=Q(until__gt=F("since")), name="day_move_goes_forward"),
            CheckConstraint(condition=Q(state__in=MoveState.values), name="day_move_state_is_known"),
            CheckConstraint(
                condition=Q(state=MoveState.DONE, ended_at__isnull=False)
                | (~Q(state=MoveState.DONE) & Q(ended_at=None)),
                name="day_move_done_when_ended",
            ),
            # Whatever is not done is under way: two would pull the same date.
            UniqueConstraint(
                models.Value(1), condition=~Q(state=MoveState.DONE), name="one_day_move_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} → {self.until:%Y-%m-%d}"


class DayRun(models.Model):
    """One day of a move: the jobs that were run on it, in order, each with what it said. Finished days do not change."""

    move = models.ForeignKey(DayMove, models.PROTECT, related_name="days")
    on = models.DateField("日期", unique=True)
    started_at = models.DateTimeField("开始时间", db_default=Now())
    finished_at = models.DateTimeField("完成时间", null=True)
    report = models.JSONField("各项任务", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "业务日"
        constraints = [
            UniqueConstraint(fields=["move"], condition=Q(finished_at=None), name="one_day_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d}"
