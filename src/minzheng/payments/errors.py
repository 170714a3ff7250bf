"""Refusals that several parts of payments give."""

from __future__ import annotations

from minzheng.values.errors import Refusal


def not_found(code: str, what: str) -> Refusal:
    """What is elsewhere and what is nowhere look the same."""
    return Refusal(
        f"{code}.not_found", f"没有找到该{what}，或不在您的管辖区域内。", next_step="请核对后重新查找。"
    )


def changed_meanwhile(what: str) -> Refusal:
    return Refusal(
        "payments.changed",
        f"{what}已被他人改动，您看到的不是最新内容。",
        next_step="请刷新页面，核对后再办理。",
    )
