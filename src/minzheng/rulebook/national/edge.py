"""Households at the edge of dibao (低保边缘家庭): S57 article 8, S83 part one (4), S39 part two."""

from minzheng.rulebook.declared import edge_basis, edge_ceiling, edge_definition, edge_multiple
from minzheng.rulebook.instruments import DIBAO, LAYERED
from minzheng.rulebook.modes import EdgeDefinition
from minzheng.rulebook.vocabulary import edge_before
from minzheng.rules import Expr, Household, bounded, program, provision

from .dibao import (
    cooperation,
    dibao,
    income_per_head,
    one_application,
    someone_left,
    standard,
)
from .household import filed_here
from .phase_out import phase_out
from .property import assets_within_edge, business_within, homes_within, no_disposal, vehicles_within


@provision(DIBAO, 8, of=Household, label="不符合低保条件", clause=("BY-1", "ST-2"))
def not_dibao() -> Expr:
    """不符合低保条件，也不在渐退期内。"""
    return ~dibao & ~phase_out


@provision(DIBAO, 8, of=Household, label="低保边缘收入线的倍数", clause="BY-2")
def edge_times() -> Expr:
    """当地执行的倍数，没有依据的不得超过全国规定的倍数。"""
    return bounded(edge_multiple, at_most=edge_ceiling, unless=edge_basis)


@provision(DIBAO, 8, of=Household, label="低保边缘收入线", clause="BY-2")
def edge_line() -> Expr:
    """低保标准的规定倍数。"""
    return standard * edge_times


@provision(DIBAO, 8, of=Household, label="人均收入低于低保边缘收入线", clause=("BY-2", "BY-5", "TX-1"))
def income_below_edge() -> Expr:
    """家庭月人均收入低于低保标准的1.5倍，等于的不符合。"""
    return income_per_head.below(edge_line)


@provision(
    DIBAO, 8, of=Household, label="符合低保边缘口径", also=((LAYERED, "二"),), clause="BY-4",
    textual_gap="“不符合低保条件”与“收入高于标准”两种口径不同，按参数处理。",
)  # fmt: skip
def edge_reading() -> Expr:
    """按“不符合低保条件”口径没有收入下限；按“收入高于标准”口径收入不得低于标准。"""
    above = income_per_head.at_least(standard)
    return edge_definition.is_(EdgeDefinition.NOT_DIBAO) | above


@provision(DIBAO, 8, of=Household, label="属于低保边缘家庭", clause=("BY-1", "BY-2", "BY-3"))
def at_the_edge() -> Expr:
    """不符合低保条件、收入低于边缘收入线且财产符合规定。"""
    return (
        not_dibao
        & someone_left
        & filed_here
        & income_below_edge
        & edge_reading
        & assets_within_edge
        & homes_within
        & vehicles_within
        & business_within
        & no_disposal
        & one_application
        & cooperation
    )


edge = program(
    "edge",
    label="低保边缘家庭",
    of=Household,
    requires=(
        not_dibao,
        someone_left,
        filed_here,
        income_below_edge,
        edge_reading,
        assets_within_edge,
        homes_within,
        vehicles_within,
        business_within,
        no_disposal,
        one_application,
        cooperation,
    ),
    amount=None,
    rank=40,
    cites=DIBAO,
    article=8,
    clause=("BY-1", "BY-2", "BY-3"),
    receives=edge_before,
    cadence="status",
)
