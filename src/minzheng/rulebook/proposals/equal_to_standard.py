"""Income exactly at the standard counts as within it: what it would cost to end the dispute over the last cent."""

from minzheng.rulebook.instruments import ASSISTANCE
from minzheng.rulebook.national.dibao import income_per_head, standard
from minzheng.rules import Expr, Household, provision


@provision(ASSISTANCE, 9, of=Household, label="人均收入不超过低保标准（草案）", clause=("DB-1", "TX-1"))
def income_at_most_standard() -> Expr:
    """家庭月人均收入不超过当地低保标准，等于标准的也符合。"""
    return income_per_head.at_most(standard)


REPLACES = {"income_below_standard": income_at_most_standard}
