"""What a disability certificate says: levels and kinds, as several instruments ask for them."""

from minzheng.rulebook.instruments import SUBSIDIES
from minzheng.rulebook.vocabulary import (
    certificate_valid,
    disability_level,
    hearing_level,
    intellectual_level,
    limb_level,
    mental_level,
    speech_level,
    visual_level,
)
from minzheng.rules import Expr, Fact, Person, provision


def graded(level: Fact, first: int, last: int) -> Expr:
    """A level from `first` (severest) to `last`; 0 stands for none."""
    return level.at_least(first) & level.at_most(last)


@provision(SUBSIDIES, "二（一）", of=Person, label="持有效残疾证", clause="DL-1")
def disabled() -> Expr:
    """持有在有效期内、未冻结的残疾人证。"""
    return certificate_valid


@provision(SUBSIDIES, "二（一）", of=Person, label="重度残疾（一级、二级）", clause=("SP-1", "DC-1"))
def severely_disabled() -> Expr:
    """持有效残疾证，等级为一级或者二级；多重残疾以证件等级和各类别等级认定。"""
    levels = (visual_level, hearing_level, speech_level, limb_level, intellectual_level, mental_level)
    severe = graded(disability_level, 1, 2)
    for level in levels:
        severe = severe | graded(level, 1, 2)
    return certificate_valid & severe


@provision(SUBSIDIES, "二（一）", of=Person, label="三级智力或者精神残疾", clause=("SP-1", "TK-3"))
def third_level_mind() -> Expr:
    """持有效残疾证，智力或者精神残疾三级。"""
    return certificate_valid & (graded(intellectual_level, 3, 3) | graded(mental_level, 3, 3))
