"""Offices with windows, hours and special days; slots with their places; bookings and who comes. Guarantees: migration 0002."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from minzheng.booking.types import OPEN, Kind, State, clock

_OPEN = [str(state) for state in OPEN]


class Office(models.Model):
    """A counter people make appointments with."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("业务", max_length=16, choices=Kind.choices)
    division = models.CharField("区划", max_length=6, db_collation="C")
    name = models.CharField("名称", max_length=60)
    address = models.CharField("地址", max_length=120)
    phone = models.CharField("电话", max_length=20, blank=True, default="")
    example = models.BooleanField("示例", default=False)
    slot_minutes = models.PositiveSmallIntegerField("每个时段（分钟）", default=30)
    per_window = models.PositiveSmallIntegerField("每个窗口每个时段可办", default=1)
    ahead_days = models.PositiveSmallIntegerField("可提前预约（天）", default=30)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "办理点"
        constraints = [
            UniqueConstraint(fields=["kind", "division", "name"], name="office_named_once"),
            CheckConstraint(condition=Q(division__regex=r"^[0-9]{6}$"), name="office_in_a_county"),
            CheckConstraint(condition=Q(kind__in=Kind.values), name="office_kind_known"),
            CheckConstraint(
                condition=Q(
                    slot_minutes__range=(5, 240), per_window__range=(1, 20), ahead_days__range=(1, 90)
                ),
                name="office_measures",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Window(models.Model):
    """A window of an office; a closed one serves nobody and counts for no capacity."""

    id = models.BigAutoField(primary_key=True)
    office = models.ForeignKey(Office, models.DO_NOTHING, related_name="windows", verbose_name="办理点")
    division = models.CharField("区划", max_length=6, db_collation="C", default="")
    number = models.PositiveSmallIntegerField("窗口号")
    closed = models.BooleanField("停用", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "窗口"
        constraints = [UniqueConstraint(fields=["office", "number"], name="window_numbered_once")]

    def __str__(self) -> str:
        return f"{self.number} 号窗口"


class OpeningHours(models.Model):
    """Open on a weekday, in minutes of the day. A morning and an afternoon are two rows."""

    id = models.BigAutoField(primary_key=True)
    office = models.ForeignKey(Office, models.DO_NOTHING, related_name="hours", verbose_name="办理点")
    division = models.CharField("区划", max_length=6, db_collation="C", default="")
    weekday = models.PositiveSmallIntegerField("星期")
    opens = models.PositiveSmallIntegerField("开始")
    closes = models.PositiveSmallIntegerField("结束")

    class Meta:
        verbose_name = verbose_name_plural = "开放时间"
        constraints = [
            UniqueConstraint(fields=["office", "weekday", "opens"], name="hours_once"),
            CheckConstraint(
                condition=Q(weekday__range=(1, 7), closes__lte=1440) & Q(opens__lt=F("closes")),
                name="hours_in_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {clock(self.opens)}-{clock(self.closes)}"


class SpecialDay(models.Model):
    """A day that is not like its weekday: closed, or open with these hours and so many places a slot."""

    id = models.BigAutoField(primary_key=True)
    office = models.ForeignKey(Office, models.DO_NOTHING, related_name="special_days", verbose_name="办理点")
    division = models.CharField("区划", max_length=6, db_collation="C", default="")
    day = models.DateField("日期")
    closed = models.BooleanField("不对外办理")
    opens = models.PositiveSmallIntegerField("开始", null=True)
    closes = models.PositiveSmallIntegerField("结束", null=True)
    places = models.PositiveSmallIntegerField("每个时段可约", null=True)
    reason = models.CharField("说明", max_length=80)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "特别日"
        constraints = [
            UniqueConstraint(fields=["office", "day"], name="special_day_once"),
            CheckConstraint(
                condition=Q(closed=True, opens=None, closes=None, places=None)
                | (Q(closed=False, places__range=(1, 200), closes__lte=1440) & Q(opens__lt=F("closes"))),
                name="special_day_whole",
            ),
            CheckConstraint(condition=~Q(reason=""), name="special_day_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"


class Slot(models.Model):
    """So many places at one time. `taken` is counted by the database and by nobody else."""

    id = models.BigAutoField(primary_key=True)
    office = models.ForeignKey(Office, models.DO_NOTHING, related_name="slots", verbose_name="办理点")
    division = models.CharField("区划", max_length=6, db_collation="C", default="")
    day = models.DateField("日期")
    starts = models.PositiveSmallIntegerField("开始")
    capacity = models.PositiveSmallIntegerField("可约")
    taken = models.PositiveSmallIntegerField("已约", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "时段"
        constraints = [
            UniqueConstraint(fields=["office", "day", "starts"], name="slot_once"),
            CheckConstraint(condition=Q(taken__lte=F("capacity")), name="slot_never_overfull"),
            CheckConstraint(condition=Q(starts__lt=1440), name="slot_in_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {clock(self.starts)}"


class Booking(models.Model):
    """One place of a slot, held by a telephone that was shown to be somebody's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_key = models.UUIDField("防重复提交", unique=True)
    office = models.ForeignKey(Office, models.DO_NOTHING, related_name="bookings", verbose_name="办理点")
    slot = models.ForeignKey(Slot, models.DO_NOTHING, related_name="bookings", verbose_name="时段")
    division = models.CharField("区划", max_length=6, db_collation="C", default="")
    kind = models.CharField("业务", max_length=16, choices=Kind.choices, default="")
    day = models.DateField("日期", null=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.BOOKED)
    phone = models.BinaryField("手机")
    phone_index = models.BinaryField("手机索引")
    moved = models.PositiveSmallIntegerField("改约次数", default=0)
    ticket = models.PositiveSmallIntegerField("排队号", null=True)
    window = models.ForeignKey(Window, models.DO_NOTHING, null=True, related_name="+", verbose_name="窗口")
    reason = models.CharField("取消原因", max_length=80, blank=True, default="")
    version = models.PositiveIntegerField("版本", default=1)
    at = models.DateTimeField("预约时间", db_default=Now())
    changed_at = models.DateTimeField("变更时间", db_default=Now())
    changed_by = models.CharField("变更人", max_length=80, db_default="")

    class Meta:
        verbose_name = verbose_name_plural = "预约"
        constraints = [
            UniqueConstraint(
                fields=["phone_index", "kind"],
                condition=Q(state__in=_OPEN),
                name="one_open_booking_a_telephone",
            ),
            UniqueConstraint(fields=["office", "day", "ticket"], name="ticket_once"),
            UniqueConstraint(fields=["window"], condition=Q(state="called"), name="one_at_a_window"),
            CheckConstraint(condition=Q(state__in=State.values), name="booking_state_known"),
            CheckConstraint(condition=Q(moved__lte=3), name="booking_moved_three_times"),
            CheckConstraint(
                condition=~Q(state="called") | Q(window__isnull=False), name="called_to_a_window"
            ),
            CheckConstraint(
                condition=Q(state__in=["booked", "no_show", "cancelled"]) | Q(ticket__isnull=False),
                name="who_arrived_has_a_ticket",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Party(models.Model):
    """Who comes. `open` follows the booking, by the database."""

    id = models.BigAutoField(primary_key=True)
    booking = models.ForeignKey(Booking, models.DO_NOTHING, related_name="parties", verbose_name="预约")
    division = models.CharField("区划", max_length=6, db_collation="C", default="")
    position = models.PositiveSmallIntegerField("第几人")
    kind = models.CharField("业务", max_length=16, default="")
    open = models.BooleanField("有效", default=True)
    name = models.BinaryField("姓名")
    number = models.BinaryField("证件号码")
    number_index = models.BinaryField("证件号码索引")

    class Meta:
        verbose_name = verbose_name_plural = "预约人"
        constraints = [
            UniqueConstraint(fields=["booking", "position"], name="party_placed_once"),
            UniqueConstraint(fields=["booking", "number_index"], name="party_comes_once"),
            UniqueConstraint(
                fields=["number_index", "kind"], condition=Q(open=True), name="one_open_booking_a_person"
            ),
            CheckConstraint(condition=Q(position__in=[1, 2]), name="one_or_two_come"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.position}"
