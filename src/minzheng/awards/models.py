"""Awards, their dated amounts, who is covered, and what happened to them.

An award keeps whom and what it is about; what changes is a new version, and each version leaves an event. Amounts are
rows that are only added: what is due for a month is what the latest row holding that month says. Guarantees are in
migration 0002.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.awards.types import DECIDED, Cause, Ground, Origin, ReviewClass, TaskKind


class Award(models.Model):
    """A household (or one of its people) receives a programme from a month on."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField("编号", max_length=40, unique=True)
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("人员", null=True)
    programme = models.CharField("待遇", max_length=40)
    origin = models.CharField("来源", max_length=16, choices=Origin.choices)
    case_id = models.UUIDField("办件", null=True)
    decision = models.ForeignKey(
        "assessment.Decision", models.DO_NOTHING, null=True, related_name="+", verbose_name="认定记录"
    )
    predecessor = models.ForeignKey(
        "self", models.DO_NOTHING, null=True, related_name="successors", verbose_name="接续自"
    )
    since = models.DateField("自（月）")
    ends = models.DateField("至（不含，月）", null=True)
    ground = models.CharField("停发事由", max_length=24, choices=Ground.choices, blank=True, default="")
    review_class = models.CharField(
        "复核类别", max_length=1, choices=ReviewClass.choices, blank=True, default=""
    )
    review_due = models.DateField("复核到期", null=True)
    version = models.IntegerField("版本", default=1)
    verb = models.CharField("最近办理", max_length=32)
    reason = models.TextField("事由", blank=True, default="")
    on = models.DateField("业务日期", db_column="on_day")
    by_case = models.UUIDField("经由办件", null=True)
    changed_at = models.DateTimeField("变动时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "待遇"
        constraints = [
            UniqueConstraint(fields=["id", "household_id", "division"], name="award_and_place"),
            UniqueConstraint(
                F("case_id"),
                F("programme"),
                F("household_id"),
                models.functions.Coalesce(F("person_id"), 0),
                condition=Q(case_id__isnull=False),
                name="award_once_a_case",
            ),
            CheckConstraint(condition=Q(division__regex=r"^[0-9]{12}$"), name="award_in_a_village"),
            CheckConstraint(condition=Q(origin__in=Origin.values), name="award_origin_known"),
            CheckConstraint(condition=Q(ground__in=Ground.values), name="award_ground_known"),
            CheckConstraint(
                condition=Q(review_class__in=ReviewClass.values), name="award_review_class_known"
            ),
            CheckConstraint(
                condition=Q(since__day=1) & (Q(ends=None) | Q(ends__day=1, ends__gte=F("since"))),
                name="award_whole_months",
            ),
            CheckConstraint(condition=Q(ends=None) | ~Q(ground=Ground.NONE), name="award_ends_on_a_ground"),
            CheckConstraint(
                condition=~Q(origin=Origin.CASE) | Q(case_id__isnull=False, decision__isnull=False),
                name="award_leads_back",
            ),
            CheckConstraint(
                condition=~Q(origin=Origin.CARRIED_OVER)
                | Q(predecessor__isnull=False, decision__isnull=False),
                name="award_carried_from_somewhere",
            ),
            CheckConstraint(
                condition=Q(review_class=ReviewClass.NONE)
                | Q(ends__isnull=False)
                | Q(review_due__isnull=False),
                name="award_review_has_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "division"], name="award_by_programme"),
            models.Index(fields=["household_id"], name="award_by_household"),
            models.Index(fields=["person_id"], condition=Q(person_id__isnull=False), name="award_by_person"),
            models.Index(
                fields=["review_due"], condition=Q(review_due__isnull=False), name="award_by_review"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OfAward(models.Model):
    """A row of one award; household and place follow it by the composite key."""

    id = models.BigAutoField(primary_key=True)
    award = models.ForeignKey(Award, models.DO_NOTHING, related_name="+", db_constraint=False)
    household_id = models.BigIntegerField("家庭")
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    version = models.IntegerField("版本")

    class Meta:
        abstract = True


class Term(OfAward):
    """An amount for months, never changed: of several rows that hold a month the latest counts.

    `runs` is no where nothing is due any more. `exact` is the amount before the one rounding, `n` or `n/d` fen.
    """

    award = models.ForeignKey(Award, models.DO_NOTHING, related_name="terms", db_constraint=False)
    since = models.DateField("自（月）")
    until = models.DateField("至（不含，月）", null=True)
    runs = models.BooleanField("享受", default=True)
    fen = models.BigIntegerField("每月（分）")
    exact = models.CharField("精确金额（分）", max_length=80)
    decision = models.ForeignKey(
        "assessment.Decision", models.DO_NOTHING, null=True, related_name="+", verbose_name="认定记录"
    )
    cause = models.CharField("原因", max_length=16, choices=Cause.choices)
    recorded_at = models.DateTimeField("记录时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "待遇金额"
        constraints = [
            CheckConstraint(
                condition=Q(since__day=1) & (Q(until=None) | Q(until__day=1, until__gt=F("since"))),
                name="term_whole_months",
            ),
            CheckConstraint(condition=Q(fen__gte=0), name="term_not_negative"),
            CheckConstraint(condition=Q(runs=True) | Q(fen=0, exact="0"), name="term_nothing_is_nothing"),
            CheckConstraint(condition=Q(exact__regex=r"^[0-9]+(/[1-9][0-9]*)?$"), name="term_exact_readable"),
            CheckConstraint(condition=Q(cause__in=Cause.values), name="term_cause_known"),
            CheckConstraint(
                condition=Q(runs=False)
                | ~Q(cause__in=[*DECIDED, Cause.DISCRETION])
                | Q(decision__isnull=False),
                name="term_leads_back",
            ),
        ]
        indexes = [
            models.Index(
                fields=["award", "-id"], name="term_latest", include=["since", "until", "runs", "fen"]
            ),
            models.Index(fields=["decision"], name="term_by_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id}/{self.pk}"


class Member(OfAward):
    """A person an award covers, for months. Corrected by superseding the row, so that it stays known."""

    award = models.ForeignKey(Award, models.DO_NOTHING, related_name="members", db_constraint=False)
    person_id = models.BigIntegerField("人员")
    since = models.DateField("自（月）")
    until = models.DateField("至（不含，月）", null=True)
    recorded_at = models.DateTimeField("记录时间", db_default=Now())
    superseded_at = models.DateTimeField("更正时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待遇所含人员"
        constraints = [
            CheckConstraint(
                condition=Q(since__day=1) & (Q(until=None) | Q(until__day=1, until__gt=F("since"))),
                name="member_whole_months",
            ),
            ExclusionConstraint(
                name="member_once",
                expressions=[
                    (F("award"), RangeOperators.EQUAL),
                    (F("person_id"), RangeOperators.EQUAL),
                    (
                        models.Func(
                            F("since"), F("until"), function="daterange", output_field=DateRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(superseded_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["person_id"], name="member_by_person"),
            models.Index(fields=["award"], name="member_by_award"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id}/{self.person_id}"


class Cover(models.Model):
    """What holds the exclusions: a person occupies a family for months. Written by the database from `Member` only."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.DO_NOTHING, related_name="covers")
    award_id = models.BigIntegerField("待遇")
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    person_id = models.BigIntegerField("人员")
    family = models.CharField("互斥组", max_length=24)
    during = DateRangeField("月份")

    class Meta:
        verbose_name = verbose_name_plural = "互斥占用"
        constraints = [
            CheckConstraint(condition=~Q(during__isempty=True), name="cover_not_empty"),
            ExclusionConstraint(
                name="one_of_a_family",
                expressions=[
                    ("person_id", RangeOperators.EQUAL),
                    ("family", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.family}"


class Written(OfAward):
    """A receipt of the registry that an award wrote or took over: only these are corrected when the award changes."""

    award = models.ForeignKey(Award, models.DO_NOTHING, related_name="written", db_constraint=False)
    receipt_id = models.BigIntegerField("已享受待遇登记", unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "写入的已享受待遇登记"
        indexes = [models.Index(fields=["award"], name="written_by_award")]

    def __str__(self) -> str:
        return f"{self.award_id}/{self.receipt_id}"


class Event(OfAward):
    """The ledger: every version of an award, who made it and why. Written by the database's trigger only."""

    award = models.ForeignKey(Award, models.DO_NOTHING, related_name="events", db_constraint=False)
    at = models.DateTimeField("时间")
    on = models.DateField("业务日期", db_column="on_day")
    actor = models.CharField("操作人", max_length=80)
    verb = models.CharField("办理", max_length=32)
    reason = models.TextField("事由")
    ground = models.CharField("停发事由", max_length=24, choices=Ground.choices, blank=True)
    by_case = models.UUIDField("经由办件", null=True)
    review_class = models.CharField("复核类别", max_length=1, choices=ReviewClass.choices, blank=True)
    review_due = models.DateField("复核到期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待遇台账"
        ordering = ["version"]
        constraints = [UniqueConstraint(fields=["award", "version"], name="award_event_once_a_version")]

    def __str__(self) -> str:
        return f"{self.award_id}/{self.version} {self.verb}"


class Task(models.Model):
    """An award a person has to look at. Found once a cause; closed by the case that dealt with it, or because it passed."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    award = models.ForeignKey(Award, models.DO_NOTHING, related_name="tasks", verbose_name="待遇")
    household_id = models.BigIntegerField("家庭")
    division = models.CharField("村（社区）", max_length=12, db_collation="C")
    kind = models.CharField("缘由", max_length=16, choices=TaskKind.choices)
    key = models.CharField("缘由标识", max_length=80)
    due = models.DateField("到期")
    found_on = models.DateField("发现日期")
    detail = models.JSONField("说明", default=dict)
    case_id = models.UUIDField("办件", null=True)
    closed_on = models.DateField("了结日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "待复核事项"
        constraints = [
            UniqueConstraint(fields=["award", "kind", "key"], name="task_once_a_cause"),
            CheckConstraint(condition=Q(kind__in=TaskKind.values), name="task_kind_known"),
        ]
        indexes = [
            models.Index(
                fields=["division", "due"], condition=Q(closed_on__isnull=True), name="task_open_by_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.kind} {self.key}"


class Run(models.Model):
    """One day's dynamic management: how far it came and what it did. Holds no personal data."""

    on = models.DateField("业务日期", primary_key=True, db_column="on_day")
    stage = models.CharField("正在进行", max_length=40, blank=True, default="")
    after = models.BigIntegerField("已处理到", default=0)
    report = models.JSONField("结果", default=dict)
    started_at = models.DateTimeField("开始", db_default=Now())
    finished_at = models.DateTimeField("结束", null=True)
    problem = models.TextField("未完成的原因", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "动态管理运行"

    def __str__(self) -> str:
        return f"{self.on} {self.stage}"
