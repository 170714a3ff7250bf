"""What was proposed, whom it affects, who signed over exactly that, and what came into force. All of it append-only.

Guarantees are in migrations 0007 and 0009: the two signatures are of two different natural persons over one digest, the digest is
that of the kept list, and nothing comes into force without both.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.assessment.enacting.types import RULEBOOK, Kind, Side


class Edition(models.Model):
    """An edition of the rulebook: every rule as data, so that it can be run when the program ships another one by now, and
    every row of values.

    digest: SHA-256 of `text`, canonical JSON; the database checks it. initial: what was in force on this installation
    before anybody signed; there is one, and one more with the rows where that was recorded before editions had rows. All
    others come into force by a proposal.
    """

    digest = models.CharField("摘要", max_length=64, primary_key=True)
    text = models.TextField("规则文本")
    initial = models.BooleanField("初始版本", default=False)
    with_rows = models.BooleanField("含参数数值", default=False, db_default=False)
    actor = models.CharField("登记人", max_length=80, db_default="")
    at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "规则文本版本"
        constraints = [
            UniqueConstraint(
                fields=["initial", "with_rows"], condition=Q(initial=True), name="one_initial_edition"
            )
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class Proposal(models.Model):
    """A value of a parameter or the text of the rulebook from a month on, or that what came into force ends with a month.

    Never changed: whoever wants something else proposes something else, which nobody has signed. Of a text `key` is
    `RULEBOOK`, `place` the nation and `value` the digest of its edition.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_key = models.UUIDField("防重复提交", unique=True)
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    key = models.CharField("参数", max_length=80)
    place = models.CharField("地区", max_length=6)
    value = models.CharField("数值", max_length=80, blank=True, default="")
    since = models.DateField("自何月起")
    document = models.CharField("依据文件", max_length=200)
    link = models.CharField("文本网址", max_length=400, blank=True, default="")
    reason = models.TextField("事由")
    example = models.BooleanField("示例值", default=False)
    withdraws = models.ForeignKey(
        "self", models.DO_NOTHING, null=True, related_name="withdrawals", verbose_name="撤回"
    )
    actor = models.CharField("提出人", max_length=80, db_default="")
    natural_person = models.UUIDField("提出的自然人", null=True)
    at = models.DateTimeField("提出时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "参数生效提案"
        constraints = [
            CheckConstraint(condition=Q(since__day=1), name="proposal_from_a_month"),
            CheckConstraint(condition=Q(place__regex=r"^[0-9]{6}$"), name="proposal_place_is_a_code"),
            CheckConstraint(
                condition=Q(kind=Kind.VALUE, withdraws=None) & ~Q(value="") & ~Q(key=RULEBOOK)
                | Q(
                    kind=Kind.TEXT,
                    withdraws=None,
                    key=RULEBOOK,
                    place="000000",
                    value__regex=r"^[0-9a-f]{64}$",
                )
                | Q(kind=Kind.WITHDRAWAL, withdraws__isnull=False, value=""),
                name="proposal_of_its_kind",
            ),
            CheckConstraint(condition=~Q(reason="") & ~Q(document=""), name="proposal_says_why"),
        ]
        indexes = [models.Index(fields=["-at"], name="proposal_latest")]

    def __str__(self) -> str:
        return f"{self.key} {self.since}"


class Impact(models.Model):
    """Whom a proposal affects, found on one snapshot under one edition of the rulebook; `digest` stands for all of it.

    after: the number of the last enactment there was. summary: counts and money in canonical JSON.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    proposal = models.ForeignKey(Proposal, models.DO_NOTHING, related_name="impacts", verbose_name="提案")
    digest = models.CharField("名单摘要", max_length=64)
    snapshot = models.CharField("快照", max_length=64)
    month = models.CharField("待遇月份", max_length=7)
    on = models.DateField("认定日期", db_column="on_day")
    rulebook = models.CharField("规则版本", max_length=64)
    after = models.BigIntegerField("此前最近一次生效")
    rows = models.IntegerField("条数")
    summary = models.TextField("人数和金额")
    actor = models.CharField("核算人", max_length=80, db_default="")
    at = models.DateTimeField("核算时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "受影响名单"
        constraints = [UniqueConstraint(fields=["proposal", "digest"], name="impact_once")]

    def __str__(self) -> str:
        return self.digest[:12]


class ImpactRow(models.Model):
    """One holder of a programme whose outcome or payment differs. Outcomes by their key, payments in fen, null while open."""

    id = models.BigAutoField(primary_key=True)
    impact = models.ForeignKey(Impact, models.DO_NOTHING, related_name="affected", verbose_name="名单")
    division = models.CharField("村（社区）", max_length=12)
    programme = models.CharField("待遇", max_length=40)
    household_id = models.BigIntegerField("家庭")
    person_id = models.BigIntegerField("人员", null=True)
    outcome_before = models.CharField("现行结论", max_length=8)
    outcome_after = models.CharField("生效后结论", max_length=8)
    fen_before = models.BigIntegerField("现行金额（分）", null=True)
    fen_after = models.BigIntegerField("生效后金额（分）", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "受影响对象"
        indexes = [
            models.Index(fields=["impact", "division", "programme", "id"], name="impact_by_place"),
            models.Index(fields=["household_id"], name="impact_by_household"),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.household_id}"


class Signature(models.Model):
    """Somebody signed for a list. Who, and which natural person stands behind it, is written by the database."""

    id = models.BigAutoField(primary_key=True)
    proposal = models.ForeignKey(Proposal, models.DO_NOTHING, related_name="signatures", verbose_name="提案")
    digest = models.CharField("名单摘要", max_length=64)
    side = models.CharField("签署", max_length=8, choices=Side.choices)
    actor = models.CharField("签署人", max_length=80, db_default="")
    natural_person = models.UUIDField("自然人", null=True)
    at = models.DateTimeField("签署时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "生效签署"
        constraints = [
            UniqueConstraint(fields=["proposal", "digest", "side"], name="signed_once_a_side"),
            UniqueConstraint(fields=["proposal", "digest", "natural_person"], name="signed_by_two"),
            CheckConstraint(condition=Q(side__in=Side.values), name="signature_side_known"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.digest[:12]}"


class Enactment(models.Model):
    """A proposal came into force. The rows are the outbox as well: whoever recomputes running awards reads them by id.

    day: the business date on which the second signature was given. withdraws: the enactment that it takes back.
    """

    id = models.BigAutoField(primary_key=True)
    proposal = models.OneToOneField(
        Proposal, models.DO_NOTHING, related_name="enactment", verbose_name="提案"
    )
    digest = models.CharField("名单摘要", max_length=64)
    day = models.DateField("签署生效日", null=True)
    withdraws = models.OneToOneField(
        "self", models.DO_NOTHING, null=True, related_name="withdrawn_by", verbose_name="撤回"
    )
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "参数生效"

    def __str__(self) -> str:
        return f"enactment {self.pk}"
