"""What is published, objected, written, attached, signed and appealed in a case."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.cases.models.core import Case
from minzheng.cases.types import AppealKind, LetterKind, NoticeKind


class PublicNotice(models.Model):
    """What hangs on a village's board: applicant's name, number of members, amount, and nothing else. Names are the
    database's own from the registry; there is no column for anything more."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notices", verbose_name="办件")
    kind = models.CharField("类别", max_length=12, choices=NoticeKind.choices)
    programme = models.CharField("待遇", max_length=40)
    village = models.CharField("村（社区）", max_length=12, db_collation="C")
    applicant_name = models.CharField("申请人", max_length=64, blank=True)
    members = models.IntegerField("人口")
    fen = models.BigIntegerField("每月（分）", null=True)
    since = models.DateField("自")
    until = models.DateField("至", null=True)
    ended_on = models.DateField("撤下日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        constraints = [
            CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_known"),
            CheckConstraint(condition=Q(members__gte=1), name="notice_counts_people"),
            CheckConstraint(condition=Q(until=None) | Q(until__gt=F("since")), name="notice_hangs_a_while"),
            CheckConstraint(
                condition=Q(kind="result") | Q(until__isnull=False), name="an_opinion_hangs_its_days"
            ),
            UniqueConstraint(fields=["case", "kind"], condition=Q(ended_on=None), name="one_notice_hanging"),
        ]
        indexes = [models.Index(fields=["village", "ended_on"], name="notice_on_board")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Objection(models.Model):
    """Somebody objects to what was published, or to the result of a check."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="objections", verbose_name="办件")
    version = models.IntegerField("办件版本")
    about = models.CharField("针对", max_length=12, choices=[("notice", "公示"), ("check", "核对结果")])
    received_on = models.DateField("收到日期")
    source = models.CharField("异议人", max_length=64, blank=True, default="")
    text = models.TextField("内容")
    answered_on = models.DateField("答复日期", null=True)
    answer = models.TextField("答复", blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        constraints = [
            CheckConstraint(condition=~Q(text=""), name="objection_says_something"),
            CheckConstraint(
                condition=Q(answered_on=None) | ~Q(answer=""), name="an_answered_objection_has_an_answer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.about}"


class LetterRow(models.Model):
    """A written notice: numbered, its content kept as it was, delivered once."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    number = models.CharField("文号", max_length=40, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="letters", verbose_name="办件", null=True)
    household_id = models.BigIntegerField("家庭", null=True)
    """Of a letter that belongs to no case: a change of what is being received."""
    about = models.UUIDField("告知事项", null=True, unique=True)
    """What such a letter tells of: told once."""
    division = models.CharField("区划", max_length=12, db_collation="C")
    version = models.IntegerField("办件版本")
    kind = models.CharField("类别", max_length=16, choices=LetterKind.choices)
    content = models.JSONField("内容")
    received_on = models.DateField("出具日期")
    document = models.UUIDField("文书", null=True)
    delivered_on = models.DateField("送达日期", null=True)
    delivered_by = models.CharField("送达方式", max_length=32, blank=True, default="")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        constraints = [
            CheckConstraint(condition=Q(kind__in=LetterKind.values), name="letter_kind_known"),
            CheckConstraint(
                condition=Q(case__isnull=False, household_id=None, about=None)
                | Q(case=None, household_id__isnull=False, about__isnull=False),
                name="letter_of_a_case_or_of_a_household",
            ),
        ]
        indexes = [models.Index(fields=["household_id"], name="letter_by_household")]

    def __str__(self) -> str:
        return self.number


class Attachment(models.Model):
    """A document that belongs to a case."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="attachments", verbose_name="办件")
    document = models.UUIDField("材料")
    kind = models.CharField("类别", max_length=32)
    title = models.CharField("名称", max_length=64, blank=True, default="")
    visit = models.ForeignKey("cases.Visit", models.PROTECT, related_name="attachments", null=True)
    added_on = models.DateField("日期")
    added_by = models.CharField("提交人", max_length=80, db_default="")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "材料"
        constraints = [UniqueConstraint(fields=["case", "document"], name="attached_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Appeal(models.Model):
    """Reconsideration or lawsuit against a decision (AP-1)."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="appeals", verbose_name="办件")
    version = models.IntegerField("办件版本")
    kind = models.CharField("途径", max_length=16, choices=AppealKind.choices)
    filed_on = models.DateField("提出日期")
    in_time = models.BooleanField("在期限内", null=True)
    last_day = models.DateField("期限", null=True)
    text = models.TextField("请求和理由")
    organ = models.CharField("受理机关", max_length=64, blank=True, default="")
    decided_on = models.DateField("结果日期", null=True)
    upheld = models.BooleanField("维持原决定", null=True)
    result = models.TextField("结果", blank=True, default="")
    document = models.UUIDField("文书", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "复议和诉讼"
        constraints = [
            CheckConstraint(condition=Q(kind__in=AppealKind.values), name="appeal_kind_known"),
            CheckConstraint(
                condition=Q(decided_on=None) | (Q(upheld__isnull=False) & ~Q(result="")),
                name="a_decided_appeal_has_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class Consent(models.Model):
    """A person's authorisation to ask other agencies (CK-1); whose, for what, until when, taken back when."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="consents", verbose_name="办件")
    person_id = models.BigIntegerField("人员")
    scope = models.CharField("范围", max_length=32)
    purpose = models.CharField("用途", max_length=120)
    since = models.DateField("自")
    until = models.DateField("至")
    document = models.UUIDField("授权书", null=True)
    signed_by = models.CharField("登记人", max_length=80, db_default="")
    recorded_at = models.DateTimeField("登记时间", db_default=Now())
    withdrawn_on = models.DateField("撤回日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "授权"
        constraints = [
            CheckConstraint(condition=Q(until__gt=F("since")), name="consent_ends"),
            UniqueConstraint(
                fields=["case", "person_id", "scope"], condition=Q(withdrawn_on=None), name="consent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.scope}"


class Shortage(models.Model):
    """One item of the one list of what is missing (TM-1). What is added later says why it was not on the list."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="shortages", verbose_name="办件")
    version = models.IntegerField("办件版本")
    item = models.CharField("缺少的材料", max_length=200)
    asked_on = models.DateField("告知日期")
    reason = models.TextField("后来增加的原因", blank=True, default="")
    supplied_on = models.DateField("补正日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "补正事项"
        constraints = [
            UniqueConstraint(fields=["case", "item"], name="asked_once"),
            CheckConstraint(condition=~Q(item=""), name="shortage_names_something"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.item}"
