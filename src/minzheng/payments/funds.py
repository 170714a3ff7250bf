"""Which fund pays a programme, and what a payment is for in the words of a bank statement."""

from __future__ import annotations

from django.db.models import TextChoices


class Fund(TextChoices):
    """Sources of money as treasuries keep them apart."""

    HARDSHIP = "hardship", "困难群众救助补助资金"
    DISABILITY = "disability", "残疾人两项补贴资金"
    OLD_AGE = "old_age", "高龄津贴资金"
    LOTTERY = "lottery", "彩票公益金"


FUNDS: dict[str, Fund] = {
    "dibao": Fund.HARDSHIP,
    "single": Fund.HARDSHIP,
    "phase_out": Fund.HARDSHIP,
    "tekun": Fund.HARDSHIP,
    "relief_emergency": Fund.HARDSHIP,
    "relief_expenditure": Fund.HARDSHIP,
    "orphan": Fund.HARDSHIP,
    "unattended": Fund.HARDSHIP,
    "living_subsidy": Fund.DISABILITY,
    "care_subsidy": Fund.DISABILITY,
    "old_age": Fund.OLD_AGE,
    "centenarian": Fund.OLD_AGE,
    "study_aid": Fund.LOTTERY,
}
"""Programmes paid in money; `edge`, `rigid` and `left_behind` are recognised and pay nothing. A test compares both
with the rulebook."""

PURPOSES: dict[str, str] = {
    "dibao": "低保金",
    "single": "低保金",
    "phase_out": "低保金",
    "tekun": "特困供养金",
    "relief_emergency": "临时救助",
    "relief_expenditure": "临时救助",
    "orphan": "儿童生活费",
    "unattended": "儿童生活费",
    "living_subsidy": "生活补贴",
    "care_subsidy": "护理补贴",
    "old_age": "高龄津贴",
    "centenarian": "高龄津贴",
    "study_aid": "助学金",
}
"""Kept short and without a word about need: others see bank statements too."""
