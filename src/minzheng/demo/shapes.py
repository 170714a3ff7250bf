"""The kinds of household of the demonstration city, as data: who lives in them, how many there are, how they live.

A cohort is so many households of one shape in one economic class. The general cohorts fill the city up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from minzheng.demo.figures import FIGURES

# relation codes of the registry
HEAD, SPOUSE, CHILD, CHILD_IN_LAW, GRANDCHILD, PARENT, OTHER = 1, 2, 3, 4, 5, 6, 10


class Life(IntEnum):
    """What a member does all day; decides work, school, health and kinds of income."""

    EARNER = 1
    CHILD = 2
    ELDER = 3
    ILL = 4
    DISABLED = 5
    HOME = 6
    STUDENT = 7
    AWAY = 8
    JOBSEEKER = 9


class Level(StrEnum):
    """How much a household has, against its own standard of dibao. The bands stay clear of every line."""

    DIBAO = "dibao"
    TEKUN = "tekun"
    EDGE = "edge"
    NEAR = "near"
    PLENTY = "plenty"


#: Countable income per head as a share of the standard, between these.
BANDS = {
    Level.DIBAO: (0.15, 0.92),
    Level.TEKUN: (0.0, 0.6),
    Level.EDGE: (1.08, 1.40),
    Level.NEAR: (1.62, 2.1),
}
PLENTY_FROM = 1.75


@dataclass(frozen=True)
class Member:
    """A place in a household. Ages between `least` and `most`; from another's age when `of` is given."""

    relation: int
    sex: str
    life: Life
    least: int
    most: int
    of: int | None = None
    older: tuple[int, int] = (0, 0)
    father: int | None = None
    mother: int | None = None
    spouse: int | None = None
    here: bool = True


def _m(relation: int, sex: str, life: Life, least: int, most: int, **more: object) -> Member:
    return Member(relation, sex, life, least, most, **more)  # type: ignore[arg-type]


def _couple(least: int, most: int, life: Life = Life.EARNER, hers: Life = Life.EARNER) -> tuple[Member, ...]:
    return (
        _m(HEAD, "m", life, least, most, spouse=1),
        _m(SPOUSE, "f", hers, least - 4, most, of=0, older=(-4, 1), spouse=0),
    )


def _kid(most: int = 17, least: int = 0, *, father: int | None = 0, mother: int | None = 1) -> Member:
    of = mother if mother is not None else father
    return _m(CHILD, "x", Life.CHILD, least, most, of=of, older=(-36, -23), father=father, mother=mother)


def _grown(life: Life, least: int, most: int, *, here: bool = True) -> Member:
    return _m(CHILD, "x", life, least, most, of=1, older=(-30, -23), father=0, mother=1, here=here)


def _shape(*members: Member) -> tuple[Member, ...]:
    return members


ELDER_ALONE = _shape(_m(HEAD, "x", Life.ELDER, 66, 79))
ELDER_ALONE_80 = _shape(_m(HEAD, "x", Life.ELDER, 80, 95))
ELDER_COUPLE = _couple(66, 79, Life.ELDER, Life.ELDER)
ELDER_COUPLE_80 = _couple(84, 93, Life.ELDER, Life.ELDER)
GRANDPARENTS = _couple(54, 64)
_ORPHAN_PLACE = _m(GRANDCHILD, "x", Life.CHILD, 3, 14)


@dataclass(frozen=True)
class Cohort:
    """`households` of a shape at scale 1; `tags` say what else is true of them."""

    key: str
    members: tuple[Member, ...]
    level: Level
    households: int
    urban: float | None
    tags: frozenset[str] = field(default_factory=frozenset)


def _c(
    key: str, members: tuple[Member, ...], level: Level, households: int, urban: float | None, *tags: str
) -> Cohort:
    return Cohort(key, members, level, households, urban, frozenset(tags))


_SPECIAL = (
    _c("dibao_elder", ELDER_ALONE, Level.DIBAO, 11_600, 0.25, "wants_child"),
    _c("dibao_elder_80", ELDER_ALONE_80, Level.DIBAO, 1_900, 0.25, "wants_child"),
    _c("dibao_elders", ELDER_COUPLE, Level.DIBAO, 7_250, 0.2, "wants_child"),
    _c("dibao_elders_80", ELDER_COUPLE_80, Level.DIBAO, 520, 0.2, "wants_child"),
    _c(
        "dibao_disabled",
        (*_couple(30, 52, Life.DISABLED), _kid(17, 1)),
        Level.DIBAO,
        7_250,
        0.35,
        "spouse_able",
    ),
    _c(
        "dibao_ill",
        (*_couple(28, 52, Life.ILL), _kid(17, 1), _kid(17, 1)),
        Level.DIBAO,
        6_300,
        0.35,
        "spouse_able",
    ),
    _c(
        "dibao_single_parent",
        _shape(_m(HEAD, "f", Life.EARNER, 26, 50), _kid(17, 1, father=None, mother=0)),
        Level.DIBAO,
        4_200,
        0.4,
        "father_dead",
        "head_able",
    ),
    _c(
        "dibao_three",
        (*_couple(46, 56, Life.EARNER, Life.ILL), _m(PARENT, "x", Life.ELDER, 70, 79, of=0, older=(20, 28))),
        Level.DIBAO,
        3_000,
        0.2,
        "parent_of_head",
    ),
    _c(
        "dibao_three_80",
        (*_couple(54, 58, Life.EARNER, Life.ILL), _m(PARENT, "x", Life.ELDER, 80, 94, of=0, older=(23, 36))),
        Level.DIBAO,
        670,
        0.2,
        "parent_of_head",
    ),
    _c("dibao_ill_alone", _shape(_m(HEAD, "x", Life.ILL, 30, 57)), Level.DIBAO, 4_250, 0.45),
    _c("tekun_elder", _shape(_m(HEAD, "x", Life.ELDER, 60, 94)), Level.TEKUN, 8_700, 0.12),
    _c("tekun_disabled", _shape(_m(HEAD, "x", Life.DISABLED, 25, 58)), Level.TEKUN, 620, 0.2),
    _c("edge_family", (*_couple(28, 50), _kid(17, 1)), Level.EDGE, 2_500, 0.4, "both_able"),
    _c("edge_elders", ELDER_COUPLE, Level.EDGE, 700, 0.25, "wants_child"),
    _c("edge_disabled", (*_couple(48, 58), _grown(Life.DISABLED, 20, 34)), Level.EDGE, 1_850, 0.35),
    _c("edge_ill", (*_couple(30, 50, Life.ILL), _kid(17, 1)), Level.EDGE, 430, 0.4),
    _c("near_disabled", (*_couple(48, 58), _grown(Life.DISABLED, 20, 34)), Level.NEAR, 3_850, 0.45),
    _c("property_over", (*_couple(30, 52), _kid(17, 1)), Level.DIBAO, 400, 0.5, "rich_property"),
    _c("rich_child", ELDER_COUPLE, Level.DIBAO, 150, 0.3, "wants_rich_child"),
    _c(
        "phase_out",
        (*_couple(30, 48), _kid(17, 1)),
        Level.PLENTY,
        FIGURES["phase_outs"].value,
        0.4,
        "phase_out",
    ),
    _c(
        "left_behind",
        (
            *_couple(55, 66),
            _m(
                CHILD,
                "m",
                Life.AWAY,
                26,
                42,
                of=1,
                older=(-30, -23),
                father=0,
                mother=1,
                spouse=3,
                here=False,
            ),
            _m(CHILD_IN_LAW, "f", Life.AWAY, 24, 42, of=2, older=(-4, 1), spouse=2, here=False),
            _m(GRANDCHILD, "x", Life.CHILD, 1, 14, of=3, older=(-34, -22), father=2, mother=3),
        ),
        Level.PLENTY,
        1_600,
        0.0,
        "left_behind",
    ),
    _c(
        "one_parent_away",
        (
            *_couple(55, 66),
            _m(
                CHILD,
                "m",
                Life.AWAY,
                26,
                42,
                of=1,
                older=(-30, -23),
                father=0,
                mother=1,
                spouse=3,
                here=False,
            ),
            _m(CHILD_IN_LAW, "f", Life.EARNER, 24, 42, of=2, older=(-4, 1), spouse=2),
            _m(GRANDCHILD, "x", Life.CHILD, 1, 14, of=3, older=(-34, -22), father=2, mother=3),
        ),
        Level.PLENTY,
        5_000,
        0.1,
        "one_away",
    ),
    _c("orphan", (*GRANDPARENTS, _ORPHAN_PLACE), Level.PLENTY, 395, 0.3, "orphan"),
    _c("unattended", (*GRANDPARENTS, _ORPHAN_PLACE), Level.PLENTY, 900, 0.3, "unattended"),
    _c(
        "unattended_mother",
        _shape(
            *_couple(54, 64),
            _m(CHILD, "f", Life.DISABLED, 26, 40, of=1, older=(-30, -23), father=0, mother=1),
            _m(GRANDCHILD, "x", Life.CHILD, 2, 14, of=2, older=(-34, -22), mother=2),
        ),
        Level.NEAR,
        300,
        0.3,
        "unattended",
    ),
    _c(
        "orphan_student",
        (*_couple(60, 70), _m(GRANDCHILD, "x", Life.STUDENT, 18, 21)),
        Level.PLENTY,
        97,
        0.3,
        "study",
    ),
)

#: The rest of the city: shares of the households that remain.
_GENERAL = (
    ("elder", _shape(_m(HEAD, "x", Life.ELDER, 62, 95)), 0.085),
    ("elders", _couple(61, 90, Life.ELDER, Life.ELDER), 0.145),
    ("alone", _shape(_m(HEAD, "x", Life.EARNER, 22, 59)), 0.125),
    ("pair", _couple(24, 59), 0.16),
    ("family", (*_couple(26, 50), _kid()), 0.125),
    ("family_two", (*_couple(27, 47), _kid(), _kid()), 0.09),
    ("parent", _shape(_m(HEAD, "x", Life.EARNER, 27, 50), _kid(father=None, mother=0)), 0.025),
    ("grown_child", (*_couple(47, 60), _grown(Life.EARNER, 19, 32)), 0.105),
    ("student_away", (*_couple(43, 55), _grown(Life.STUDENT, 18, 24, here=False)), 0.04),
    ("three", (*_couple(30, 52), _kid(), _m(PARENT, "x", Life.ELDER, 60, 85, of=0, older=(23, 33))), 0.045),
    ("three_two", (*_couple(30, 50), _kid(), _kid(),
                   _m(PARENT, "x", Life.ELDER, 60, 85, of=0, older=(23, 33))), 0.025),
    ("five", (*_couple(28, 50), _kid(), _kid(),
              _m(PARENT, "m", Life.ELDER, 60, 85, of=0, older=(23, 33), spouse=5),
              _m(PARENT, "f", Life.ELDER, 58, 85, of=0, older=(22, 31), spouse=4)), 0.02),
    ("expecting", _couple(22, 34, Life.EARNER, Life.HOME), 0.01),
)  # fmt: skip


def cohorts(population: int, scale: float) -> list[tuple[Cohort, int]]:
    """Every cohort with its number of households, so that all members together are exactly `population`."""
    special = [(cohort, max(1, round(cohort.households * scale))) for cohort in _SPECIAL]
    # one of the phase-outs is a fixed household
    special = [(cohort, count - (cohort.key == "phase_out" and count > 1)) for cohort, count in special]
    rest = population - sum(len(cohort.members) * count for cohort, count in special)
    average = sum(len(members) * share for _, members, share in _GENERAL)
    general = [
        (_c(key, members, Level.PLENTY, 0, None), int(rest / average * share))
        for key, members, share in _GENERAL
    ]
    missing = rest - sum(len(cohort.members) * count for cohort, count in general)
    alone = next(place for place, (cohort, _) in enumerate(general) if cohort.key == "alone")
    general[alone] = (general[alone][0], general[alone][1] + missing)
    return [*special, *general]
