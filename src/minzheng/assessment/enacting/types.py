"""Kinds of proposals and sides of signatures."""

from __future__ import annotations

from datetime import date

from django.db.models import TextChoices

EARLIEST = date(2021, 7, 1)
"""Earlier months are not decided."""


class Kind(TextChoices):
    VALUE = "value", "参数数值"
    TEXT = "text", "规则文本"
    WITHDRAWAL = "withdrawal", "撤回"


RULEBOOK = "rulebook"
"""What stands for a parameter's key in a proposal of an edition of the rulebook."""


class Side(TextChoices):
    FIRST = "first", "提出人签署"
    SECOND = "second", "复核人签署"


class Stage(TextChoices):
    """Where a proposal stands: nothing of it is stored, all of it follows from its rows."""

    PROPOSED = "proposed", "待核算名单"
    PRICED = "priced", "待提出人签署"
    SIGNED = "signed", "待复核人签署"
    IN_FORCE = "in_force", "已签署生效"
    TAKEN_BACK = "taken_back", "已撤回"
