"""Which decided cases supervision looks at (GV-4): drawn by the database. Guards and the draw are in migration 0014."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.db.models.functions import Now

from minzheng.cases.models.core import Case


class Sample(models.Model):
    """One draw: of the cases confirmed in a county within a time, the share the rulebook wants, of each natural person who
    decided. Seed, counts and digest are the database's; once drawn it stays."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    division = models.CharField("县（市、区）", max_length=12, db_collation="C")
    parameter = models.CharField("比例参数", max_length=40)
    programmes = models.JSONField("待遇")
    since = models.DateField("自")
    until = models.DateField("至")
    numerator = models.BigIntegerField("比例分子")
    denominator = models.BigIntegerField("比例分母")
    document = models.CharField("依据文件", max_length=200, blank=True, default="")
    example = models.BooleanField("比例为示例值", default=False)
    seed = models.UUIDField("种子", editable=False)
    population = models.IntegerField("总件数", default=0, editable=False)
    chosen = models.IntegerField("抽取件数", default=0, editable=False)
    digest = models.CharField("总体摘要", max_length=64, editable=False, default="")
    drawn_on = models.DateField("抽取日期")
    drawn_by = models.CharField("抽取人", max_length=80, db_default="")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "监督抽样"
        constraints = [
            CheckConstraint(
                condition=Q(numerator__gte=0, denominator__gte=1, numerator__lte=F("denominator")),
                name="sample_share_is_one",
            ),
            CheckConstraint(
                condition=Q(until__gte=F("since"), until__lt=F("drawn_on")), name="sample_of_what_is_over"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.since}"


class Sampled(models.Model):
    """A case that was drawn. `rank`: its place among those of the natural person who decided it."""

    id = models.BigAutoField(primary_key=True)
    sample = models.ForeignKey(Sample, models.PROTECT, related_name="cases", verbose_name="抽样")
    case = models.OneToOneField(Case, models.PROTECT, related_name="sampled", verbose_name="办件")
    decider = models.UUIDField("决定人（自然人）")
    rank = models.IntegerField("次序")

    class Meta:
        verbose_name = verbose_name_plural = "抽中的办件"

    def __str__(self) -> str:
        return f"{self.sample_id} {self.case_id}"
