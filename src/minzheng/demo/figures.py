"""Every magnitude of the demonstration city, each with its origin. Nothing else in this package holds a figure of a whole.

ARTICLE: printed in the founding article. DERIVED: computed from it. EXAMPLE: invented or approximate, to be read as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

BUSINESS_DATE = date(2023, 12, 31)
#: The city's year: its accounts are open from here.
FIRST_DAY = date(2023, 1, 1)
#: From when "since the Ten Measures" counts. The day is not public.
MEASURES_SINCE = date(2023, 3, 1)
DEFAULT_SCALE = 0.01


class Origin(StrEnum):
    """Where a figure comes from."""

    ARTICLE = "文章所载"
    DERIVED = "由文章数字推算"
    EXAMPLE = "示例"


@dataclass(frozen=True)
class Figure:
    """A magnitude of the whole city."""

    key: str
    label: str
    value: int
    unit: str
    origin: Origin
    note: str = ""

    def at(self, scale: float) -> int:
        """The magnitude of a city so much smaller, never nothing."""
        return max(1, round(self.value * scale))


_FIGURES = (
    Figure("population", "人口", 3_180_884, "人", Origin.EXAMPLE, "第七次人口普查常住人口，转引自第三方"),
    Figure("two_subsidies", "残疾人两项补贴领取人数", 74_554, "人", Origin.ARTICLE),
    Figure("left_behind", "认定的农村留守儿童", 1_511, "人", Origin.ARTICLE),
    Figure("old_age", "高龄补贴领取人数", 3_461, "人", Origin.DERIVED, "290.72万元÷70元÷12个月"),
    Figure("selfcare_assessed", "重新评估自理能力的特困人员", 8_593, "人", Origin.ARTICLE),
    Figure("dibao_new", "十条措施以来新纳入低保", 4_482, "人", Origin.ARTICLE),
    Figure("phase_outs", "十条措施以来低保渐退", 599, "户", Origin.ARTICLE, "文章单位为人，此处按户"),
    Figure("reliefs", "十条措施以来临时救助", 5_300, "人次", Origin.ARTICLE),
    Figure("study_aid", "享受助学的孤儿", 93, "人", Origin.ARTICLE),
    Figure("dibao_households", "低保家庭", 45_000, "户", Origin.EXAMPLE),
    Figure("single", "单人户低保", 6_150, "人", Origin.EXAMPLE),
    Figure("tekun", "特困人员", 9_000, "人", Origin.EXAMPLE),
    Figure("edge", "低保边缘家庭", 5_200, "户", Origin.EXAMPLE),
    Figure("orphan", "孤儿", 380, "人", Origin.EXAMPLE),
    Figure("unattended", "事实无人抚养儿童", 1_150, "人", Origin.EXAMPLE),
)
FIGURES = {figure.key: figure for figure in _FIGURES}


@dataclass(frozen=True)
class County:
    """People of a county, in thousands, and the share living in communities (居委会). Both approximate."""

    code: int
    thousands: int
    urban: float
    poverty: float = 1.0


#: EXAMPLE: rounded from memory of the census of 2020; only their proportions are used.
COUNTIES = (
    County(140403, 964, 0.92, 0.5),
    County(140404, 345, 0.46, 0.9),
    County(140405, 254, 0.46, 1.0),
    County(140406, 212, 0.54, 0.9),
    County(140423, 254, 0.50, 0.9),
    County(140425, 114, 0.34, 2.0),
    County(140426, 136, 0.46, 1.3),
    County(140427, 239, 0.38, 1.9),
    County(140428, 314, 0.40, 1.0),
    County(140429, 151, 0.40, 1.9),
    County(140430, 130, 0.38, 1.6),
    County(140431, 144, 0.44, 1.1),
)

#: EXAMPLE: people of each five years of age, in hundreds of all, rounded from memory of the census of 2020 grown older.
PYRAMID = (
    4.6,
    5.6,
    5.6,
    5.2,
    4.8,
    5.6,
    8.3,
    7.6,
    6.6,
    7.4,
    9.2,
    9.0,
    6.6,
    5.6,
    4.0,
    2.3,
    1.3,
    0.6,
    0.18,
    0.02,
)

#: How many of those who receive are planted as no longer entitled, at scale 1. All EXAMPLE.
ENDED = {
    "dibao_income": 320,
    "dibao_property": 180,
    "alone_dead": 160,
    "tekun_dead": 130,
    "tekun_prison": 20,
    "care_dead": 320,
    "care_expired": 380,
    "living_expired": 260,
    "old_age_over": 12,
    "edge_income": 70,
    "single_dead": 45,
    "orphan_grown": 14,
    "unattended_grown": 36,
    "left_behind_returned": 45,
    "tekun_double": 60,
}

#: How many of those rightly in dibao are planted as drawing a wrong amount, at scale 1. All EXAMPLE.
WRONG_AMOUNTS = {"not_raised": 240, "not_lowered": 90}

#: What the platform is kept from knowing, at scale 1. All EXAMPLE.
HIDDEN = {
    "gap_poor": 1_500,
    "gap_rich": 6_000,
    "vehicle_unjudged": 260,
    "vehicle_judged": 140,
    "business_unjudged": 90,
    "selfcare_missing": 160,
    "obligor_outside": 220,
    "labour_unstated": 120,
    "declined": 60,
    "wrong_birth_date": 640,
    "written_twice": 320,
}
#: Elders in dibao whose recorded birth puts them on the other side of 80, at scale 1; none in a small city. All EXAMPLE.
MISDATED = {"made_older": 24, "made_younger": 12}
#: Counties whose bank-deposit source stopped delivering.
STALE_DEPOSITS = (140431,)
STALE_SINCE = date(2023, 6, 30)
STALE_TRUSTED = date(2023, 8, 31)
