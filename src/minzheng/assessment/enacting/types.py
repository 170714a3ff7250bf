"""Kinds of proposals and sides of signatures."""

from __future__ import annotations

from django.db.models import TextChoices


class Kind(TextChoices):
    VALUE = "value", "参数数值"
    TEXT = "text", "规则文本"
    WITHDRAWAL = "withdrawal", "撤回"


RULEBOOK = "rulebook"
"""What stands for a parameter's key in a proposal of a rulebook's text."""


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
