"""Shanxi: who else does not count as a member of the family (S57 article 7 leaves it to the province)."""

from minzheng.rulebook.declared import conscript_excluded
from minzheng.rulebook.instruments import DIBAO
from minzheng.rulebook.national.household import excluded_by_province
from minzheng.rulebook.vocabulary import conscript
from minzheng.rules import Expr, Person, provision


@provision(
    DIBAO, 7, of=Person, label="省级规定不计入的人员", clause="HH-2", overrides=excluded_by_province,
    jurisdiction="140000", textual_gap="山西对义务兵是否计入家庭人口没有取得，参照其他省份，按参数处理。",
)  # fmt: skip
def conscripts_in_shanxi() -> Expr:
    """现役义务兵不计入家庭人口。"""
    return conscript & conscript_excluded
