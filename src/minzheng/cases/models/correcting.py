"""A family asks that what is registered of it be put right (更正申请). Guards are the database's, in migration 0011."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.cases.types import Righted


class Correction(models.Model):
    """One thing that a family says is registered wrongly, or is no longer so; answered once, with a reason.

    The id is the sender's own, so that sent twice is asked once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("成员", null=True)
    fact = models.CharField("事项", max_length=80, blank=True, default="")
    label = models.CharField("事项名称", max_length=80)
    shown = models.CharField("登记的内容", max_length=200, blank=True, default="")
    says = models.TextField("应当是")
    changed_on = models.DateField("变化日期", null=True)
    raised_on = models.DateField("提出日期")
    due_on = models.DateField("答复期限", null=True)
    problem = models.CharField("期限无法计算的原因", max_length=200, blank=True, default="")
    example = models.BooleanField("期限为示例值", default=False)
    raised_by = models.CharField("提出人", max_length=120, db_default="")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())
    outcome = models.CharField("处理", max_length=12, choices=Righted.choices, blank=True, default="")
    answer = models.TextField("答复", blank=True, default="")
    answered_on = models.DateField("答复日期", null=True)
    answered_by = models.CharField("答复人", max_length=80, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "更正申请"
        constraints = [
            CheckConstraint(condition=~Q(says=""), name="correction_says_something"),
            CheckConstraint(
                condition=Q(changed_on=None) | Q(changed_on__lte=F("raised_on")),
                name="correction_of_what_was",
            ),
            CheckConstraint(
                condition=Q(outcome="", answer="", answered_on=None)
                | (Q(outcome__in=Righted.values) & ~Q(answer="") & Q(answered_on__gte=F("raised_on"))),
                name="correction_answered_whole",
            ),
            UniqueConstraint(
                fields=["household_id", "person_id", "fact"],
                condition=Q(answered_on=None) & ~Q(fact=""),
                nulls_distinct=False,
                name="one_open_correction_of_a_fact",
            ),
        ]
        indexes = [
            models.Index(fields=["household_id"], name="correction_by_household"),
            models.Index(
                fields=["division", "due_on"], condition=Q(answered_on=None), name="correction_open"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
