"""Words of keeping and removing."""

from __future__ import annotations

from django.db.models import TextChoices


class Ground(TextChoices):
    """Why papers are kept beyond their time."""

    AUDIT = "audit", "审计、巡察"
    DISPUTE = "dispute", "信访、诉讼"
    OTHER = "other", "其他"


class Outcome(TextChoices):
    """What became of a listed paper. OPEN until its list was carried out."""

    OPEN = "", "待销毁"
    REMOVED = "removed", "已销毁"
    KEPT = "kept", "继续保管"


class Blocked(TextChoices):
    """Why nothing of a household is removed, as the database names it."""

    CASE = "case", "有未办结的办件"
    AWARD = "award", "有正在享受的待遇"
    APPEAL = "appeal", "有未结的复议或诉讼"
    RECOVERY = "recovery", "有未结的追回"
    HOLD = "hold", "已登记暂不销毁"
