"""Sweeps with their totals, leads and reviews with their ledger, stored decisions.

Guarantees (row-level security, append-only, who may insert) are in migration 0002.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Coalesce, Now

from minzheng.assessment.types import REVIEWS, Attention, Kind, SweepState
from minzheng.assessment.workflow import LIVE, State
from minzheng.rules.status import Status

OUTCOMES = [(status.value, status.label) for status in Status]


class Sweep(models.Model):
    """One run over a snapshot. Holds no personal data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField("状态", max_length=16, choices=SweepState.choices, default=SweepState.RUNNING)
    stage = models.CharField("正在进行", max_length=80, blank=True, default="")
    done = models.BigIntegerField("已完成", default=0)
    total = models.BigIntegerField("总数", default=0)
    started_at = models.DateTimeField("开始", db_default=Now())
    finished_at = models.DateTimeField("结束", null=True)
    started_by = models.CharField("发起人", max_length=80)
    month = models.CharField("待遇月份", max_length=7)
    on = models.DateField("认定日期", db_column="on_day")
    known_at = models.DateTimeField("按何时已知", null=True)
    snapshot = models.CharField("快照", max_length=255, blank=True, default="")
    snapshot_digest = models.CharField("快照摘要", max_length=64, blank=True, default="")
    rulebook = models.CharField("规则版本", max_length=64, blank=True, default="")
    parameters = models.CharField("参数摘要", max_length=64, blank=True, default="")
    households = models.BigIntegerField("家庭", default=0)
    persons = models.BigIntegerField("人次", default=0)
    sample_size = models.IntegerField("抽查户数", default=0)
    sample_seed = models.BigIntegerField("抽查种子", default=0)
    counties_done = ArrayField(
        models.CharField(max_length=6), verbose_name="已写入的县（市、区）", default=list
    )
    report = models.JSONField("结果", default=dict)
    problem = models.TextField("未完成的原因", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "全量比对"
        indexes = [models.Index(fields=["-started_at"], name="sweep_latest")]

    def __str__(self) -> str:
        return f"{self.month} {self.state}"


class SweepTotal(models.Model):
    """How many holders (households or persons) of a township came to an outcome of a programme."""

    id = models.BigAutoField(primary_key=True)
    sweep = models.ForeignKey(Sweep, models.DO_NOTHING, related_name="totals", verbose_name="比对")
    division = models.CharField("乡镇", max_length=9)
    programme = models.CharField("待遇", max_length=40)
    outcome = models.SmallIntegerField("结果", choices=OUTCOMES)
    receiving = models.BooleanField("在享")
    holders = models.IntegerField("户（人）数")
    fen = models.BigIntegerField("每月金额（分）")

    class Meta:
        verbose_name = verbose_name_plural = "比对结果数"
        constraints = [
            UniqueConstraint(
                fields=["sweep", "division", "programme", "outcome", "receiving"], name="total_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.programme} {self.outcome} {self.holders}"


class ClauseTotal(models.Model):
    """How often a provision was the deciding one, by county."""

    id = models.BigAutoField(primary_key=True)
    sweep = models.ForeignKey(Sweep, models.DO_NOTHING, related_name="clauses", verbose_name="比对")
    division = models.CharField("县（市、区）", max_length=6)
    programme = models.CharField("待遇", max_length=40)
    provision = models.CharField("条款规则", max_length=80)
    outcome = models.SmallIntegerField("结果", choices=OUTCOMES)
    holders = models.IntegerField("户（人）数")

    class Meta:
        verbose_name = verbose_name_plural = "条款结果数"
        constraints = [
            UniqueConstraint(
                fields=["sweep", "division", "programme", "provision", "outcome"], name="clause_total_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.provision} {self.outcome} {self.holders}"


class Lead(models.Model):
    """A household or person and a programme that an officer should look at; `Review` when it is about somebody who
    receives. Opened by a sweep only. Each change of `version` leaves a row in the ledger, by trigger.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    division = models.CharField("乡镇", max_length=9)
    village = models.BigIntegerField("村（社区）")
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("人员", null=True)
    programme = models.CharField("待遇", max_length=40)
    kind = models.SmallIntegerField("类别", choices=Kind.choices)
    outcome = models.SmallIntegerField("结果", choices=OUTCOMES)
    fen = models.BigIntegerField("应享每月（分）", null=True)
    received_fen = models.BigIntegerField("在享每月（分）", null=True)
    gap_fen = models.BigIntegerField("每月相差（分）", default=0)
    questions = models.SmallIntegerField("须查清的事项数", default=0)
    asks = models.JSONField("须查清的事项", default=list)
    deciding = models.CharField("决定性条款规则", max_length=80, blank=True, default="")
    clauses = ArrayField(models.CharField(max_length=24), verbose_name="条款编号", default=list)
    sentence = models.TextField("说明")
    attention = models.SmallIntegerField("优先情形", default=0)
    score = models.IntegerField("次序分")
    first_found = models.DateField("最早查出")
    expires_on = models.DateField("有效至")
    sweep = models.ForeignKey(Sweep, models.DO_NOTHING, related_name="+", verbose_name="最近由哪次比对改动")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.OPEN)
    until = models.DateField("至", null=True)
    reason = models.TextField("事由", blank=True, default="")
    version = models.IntegerField("版本", default=1)
    changed_at = models.DateTimeField("变动时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "线索与复核任务"
        constraints = [
            UniqueConstraint(
                F("household_id"),
                Coalesce(F("person_id"), 0),
                F("programme"),
                condition=Q(state__in=[s.value for s in LIVE]),
                name="one_live_lead",
            ),
            CheckConstraint(condition=Q(division__regex=r"^[0-9]{9}$"), name="lead_in_a_township"),
            CheckConstraint(condition=Q(kind__in=Kind.values), name="lead_kind_known"),
            CheckConstraint(condition=Q(state__in=State.values), name="lead_state_known"),
            CheckConstraint(condition=Q(questions__gte=0, version__gte=1), name="lead_counts"),
        ]
        indexes = [
            models.Index(fields=["division", "state", "-score", "id"], name="lead_by_place"),
            models.Index(fields=["household_id"], name="lead_by_household"),
        ]

    def __str__(self) -> str:
        return f"lead {self.pk}"

    @property
    def is_review(self) -> bool:
        return Kind(self.kind).is_review

    @property
    def attention_labels(self) -> list[str]:
        return Attention(self.attention).labels


class _Reviews(models.Manager["Review"]):
    def get_queryset(self) -> models.QuerySet[Review]:
        return super().get_queryset().filter(kind__in=REVIEWS)


class Review(Lead):
    """A lead about somebody who receives: no longer entitled, another amount, or not settled."""

    objects: ClassVar[Any] = _Reviews()

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "复核任务"


class LeadEvent(models.Model):
    """The ledger: every version of a lead, who made it and why. Written by the database's trigger only."""

    id = models.BigAutoField(primary_key=True)
    lead = models.ForeignKey(Lead, models.DO_NOTHING, related_name="events", verbose_name="线索")
    version = models.IntegerField("版本")
    division = models.CharField("乡镇", max_length=9)
    at = models.DateTimeField("时间")
    actor = models.CharField("操作人", max_length=80)
    state = models.CharField("状态", max_length=16, choices=State.choices)
    kind = models.SmallIntegerField("类别", choices=Kind.choices)
    fen = models.BigIntegerField("应享每月（分）", null=True)
    until = models.DateField("至", null=True)
    reason = models.TextField("事由")
    sweep = models.ForeignKey(Sweep, models.DO_NOTHING, related_name="+", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "线索台账"
        ordering = ["version"]
        constraints = [UniqueConstraint(fields=["lead", "version"], name="ledger_once_a_version")]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.version} {self.state}"


class RulebookText(models.Model):
    """The canonical text of every rule of a rulebook that some decision rests on, by the rulebook's hash, and the
    rows that were in force beside its files.

    text: the same rulebook as data, canonical JSON, which can be run again; empty for those kept before there was one.
    """

    hash = models.CharField(primary_key=True, max_length=64)
    rules = models.JSONField()
    enacted = models.JSONField("已生效的数值", default=list)
    text = models.TextField("可以重新运行的文本", blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "规则文本"

    def __str__(self) -> str:
        return self.hash


class Decision(models.Model):
    """A determination as it was made: canonical JSON of the facts seen, their sources, the parameters, the outcomes.

    `digest` is the SHA-256 of `content`; the database checks it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    division = models.CharField("乡镇", max_length=9)
    household_id = models.BigIntegerField("家庭")
    on = models.DateField("认定日期", db_column="on_day")
    known_at = models.DateTimeField("按何时已知")
    decided_at = models.DateTimeField("试算时间", db_default=Now())
    actor = models.CharField("试算人", max_length=80)
    purpose = models.TextField("用途")
    rulebook = models.ForeignKey(
        RulebookText, models.DO_NOTHING, db_column="rulebook", verbose_name="规则版本"
    )
    content = models.TextField("内容")
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "试算记录"
        indexes = [models.Index(fields=["household_id", "decided_at"], name="decision_by_household")]

    def __str__(self) -> str:
        return f"decision {self.pk}"


from minzheng.assessment.enacting.models import (  # noqa: E402 - Django finds the models of an app here
    Edition,
    Enactment,
    Impact,
    ImpactRow,
    Proposal,
    Signature,
)

__all__ = [
    "ClauseTotal", "Decision", "Edition", "Enactment", "Impact", "ImpactRow", "Lead", "LeadEvent", "Proposal", "Review",
    "RulebookText", "Signature", "Sweep", "SweepTotal",
]  # fmt: skip
