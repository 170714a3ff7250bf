"""When a county pays a programme: dated arrangements, only added."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.payments.funds import FUNDS
from minzheng.payments.types import Rest


class PayDay(models.Model):
    """From a month on, a programme is paid on this day of each month; 31 is the month's last.

    Of the arrangements of the greatest `since` the last written holds. No payday is assumed where none was written.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    county = models.CharField("县（市、区）", max_length=6)
    programme = models.CharField("待遇", max_length=40)
    since = models.DateField("起始月份")
    number = models.SmallIntegerField("第几次登记")
    day = models.SmallIntegerField("每月几日")
    rest = models.CharField("遇休息日", max_length=8, choices=Rest.choices)
    document = models.CharField("依据", max_length=200)
    actor = models.CharField("登记人", max_length=80)
    at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = "发放日"
        constraints = [
            UniqueConstraint(fields=["county", "programme", "since", "number"], name="payday_numbered"),
            CheckConstraint(condition=Q(county__regex=r"^[0-9]{6}$"), name="payday_of_a_county"),
            CheckConstraint(condition=Q(programme__in=list(FUNDS)), name="payday_of_a_programme"),
            CheckConstraint(
                condition=Q(since__day=1, number__gte=1, day__gte=1, day__lte=31), name="payday_in_a_month"
            ),
            CheckConstraint(condition=Q(rest__in=Rest.values), name="payday_rest_known"),
            CheckConstraint(condition=~Q(document=""), name="payday_rests_on_something"),
        ]

    def __str__(self) -> str:
        return f"{self.county} {self.programme} {self.since:%Y-%m}: {self.day}"
