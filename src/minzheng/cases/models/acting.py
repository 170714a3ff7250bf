"""Who may act for a family, in one matter and until a day (代办). Guards are the database's, in migration 0010."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.db.models.functions import Now

from minzheng.cases.models.core import Case
from minzheng.cases.types import Matter, Relation


class Mandate(models.Model):
    """A member of a family lets somebody act for it: a member of staff (`agent`), or a resident, who is known by the
    blind index of the identity number and the name as the family gave them, so that giving one tells nobody whether such
    a person is on record. Taken back at will; kept as it was."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("委托人")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name="代办人（工作人员）",
        null=True,
    )
    agent_index = models.BinaryField("代办人证件号码（盲索引）", null=True)
    agent_name = models.CharField("代办人", max_length=64)
    relation = models.CharField("与委托人的关系", max_length=12, choices=Relation.choices)
    matter = models.CharField("事项", max_length=12, choices=Matter.choices)
    case = models.ForeignKey(Case, models.PROTECT, related_name="mandates", verbose_name="办件", null=True)
    paper = models.UUIDField("委托书", null=True)
    since = models.DateField("自")
    until = models.DateField("至")
    granted_by = models.CharField("登记人", max_length=80, db_default="")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())
    revoked_at = models.DateTimeField("撤回时间", null=True)
    revoked_by = models.CharField("撤回人", max_length=80, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "代办委托"
        constraints = [
            CheckConstraint(condition=Q(matter__in=Matter.values), name="mandate_matter_known"),
            CheckConstraint(condition=Q(relation__in=Relation.values), name="mandate_relation_known"),
            CheckConstraint(
                condition=Q(agent__isnull=False, agent_index=None) | Q(agent=None, agent_index__isnull=False),
                name="mandate_names_one_agent",
            ),
            CheckConstraint(condition=~Q(agent_name=""), name="mandate_names_the_agent"),
            CheckConstraint(
                condition=Q(matter=Matter.APPLY, case=None)
                | (~Q(matter=Matter.APPLY) & Q(case__isnull=False)),
                name="mandate_is_of_one_case",
            ),
            CheckConstraint(condition=Q(until__gte=F("since")), name="mandate_ends"),
        ]
        indexes = [
            models.Index(fields=["household_id"], name="mandate_by_household"),
            models.Index(fields=["agent", "until"], name="mandate_by_staff"),
            models.Index(fields=["agent_index"], name="mandate_by_index"),
            models.Index(fields=["division"], name="mandate_by_place"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
