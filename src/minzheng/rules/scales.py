"""The denominator that every value of an expression shares, known before any fact is.

The kernel keeps numbers as whole multiples of 1/scale; a fact gathered from other people's amounts is stored at
the scale of the provision it comes from.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from minzheng.rules.language.declare import Parameter, Provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.language.expr import (
    Aggregate,
    Column,
    Discretion,
    Expr,
    Literal,
    Mul,
    Quotient,
    Round,
    Share,
    Where,
)


def static_scale(node: Expr) -> int:
    """The common denominator of a number. Raises RuleError for a quotient by a run-time count."""
    if isinstance(node, Provision):
        node.trace()
        return lcm(*(static_scale(v.expr) for v in node.versions if v.expr is not None))
    if isinstance(node, Parameter | Column):
        return node.scale
    if isinstance(node, Literal):
        return Fraction(node.value).denominator
    if isinstance(node, Mul):
        return static_scale(node.a) * static_scale(node.b)
    if isinstance(node, Share):
        return static_scale(node.a) * lcm(*node.divisors)
    if isinstance(node, Quotient):
        raise RuleError("a gathered amount cannot be divided by .per(); use .shared_among()")
    if isinstance(node, Round):
        return static_scale(node.to)
    if isinstance(node, Where):
        return lcm(static_scale(node.a), static_scale(node.b))
    if isinstance(node, Discretion):
        return lcm(*(static_scale(o) for o in node.operands()))
    if isinstance(node, Aggregate):
        parts = [o for o in (node.inner, node.start) if o is not None]
        return lcm(*(static_scale(o) for o in parts)) if parts else 1
    parts = list(node.operands())
    return lcm(*(static_scale(o) for o in parts if o.kind.name in ("money", "number"))) if parts else 1
