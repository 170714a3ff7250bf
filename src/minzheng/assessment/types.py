"""The closed sets of assessment: what a lead says, why somebody is looked at first, where a sweep stands."""

from __future__ import annotations

from enum import IntFlag

from django.db.models import IntegerChoices, TextChoices


class Kind(IntegerChoices):
    """What the sweep found about a household or person and a programme. 1 and 2 are leads, the others reviews."""

    ENTITLED = 1, "应享未享"
    CLARIFY = 2, "可能应享，待查清"
    ENDED = 3, "应退未退"
    AMOUNT = 4, "金额不符"
    UNSETTLED = 5, "在享待核"

    @property
    def is_review(self) -> bool:
        """Whether it is about somebody who receives."""
        return self >= Kind.ENDED


LEADS = (Kind.ENTITLED, Kind.CLARIFY)
REVIEWS = (Kind.ENDED, Kind.AMOUNT, Kind.UNSETTLED)


class Attention(IntFlag):
    """Why a case is looked at earlier than its amount alone would say. Stored as a mask."""

    CHILD_ALONE = 1
    SEVERELY_DISABLED = 2
    AGED_ALONE = 4
    SERIOUSLY_ILL = 8
    DEPENDENT = 16

    @property
    def labels(self) -> list[str]:
        return [_ATTENTION[flag] for flag in Attention if flag in self]


_ATTENTION = {
    Attention.CHILD_ALONE: "无父母照料的未成年人",
    Attention.SEVERELY_DISABLED: "重度残疾",
    Attention.AGED_ALONE: "独居高龄老人",
    Attention.SERIOUSLY_ILL: "重特大疾病",
    Attention.DEPENDENT: "完全不能自理",
}


class SweepState(TextChoices):
    """Where a sweep stands."""

    RUNNING = "running", "进行中"
    FINISHED = "finished", "已完成"
    STOPPED = "stopped", "已停止"
    FAILED = "failed", "未完成"


class Supplier(TextChoices):
    """Who can supply a missing fact."""

    AGENCY = "agency", "部门数据核对"
    VILLAGE = "village", "村（社区）核实"
    PERSON = "person", "本人或家属说明"
    OFFICER = "officer", "经办人员调查认定"
    AUTHORITY = "authority", "主管部门明确规定"
