"""A price as lines of text, for the command line."""

from __future__ import annotations

from typing import Any

from minzheng.values.money import format_yuan

_CLASSES = {"gain": "受益", "lose": "减少", "same": "不变", "undecided": "不能确定"}
_CADENCE = {"monthly": "每月", "yearly": "每学年", "once": "一次", "status": ""}


def as_text(content: dict[str, Any]) -> str:
    return (
        "\n".join(
            [
                *_head(content),
                *_summary(content["summary"]),
                *_programmes(content),
                *_places(content),
                *_ages(content),
                *_gap(content),
                *case_lines(content.get("cases")),
            ]
        )
        + "\n"
    )


def _head(content: dict[str, Any]) -> list[str]:
    basis = content["basis"]
    lines = [content["name"] or "改革方案"]
    lines.append(
        f"快照 {basis['month']}（{basis['snapshot']}），认定日期 {basis['on']}，"
        f"{basis['households']:,} 户、{basis['people']:,} 人；规则 {basis['rulebook']}"
    )
    if content.get("later"):
        lines.append(f"方案中晚于认定日期的数值按已生效计算：{'、'.join(content['later'])}")
    return [*lines, ""]


def _summary(summary: dict[str, Any]) -> list[str]:
    lines = [
        _money("按月发放合计", summary["month_fen"]),
        _money("全年合计", summary["year_fen"]),
        _money("一次性救助", summary["once_fen"]),
        _money("贫困缺口（每月）", summary["gap_fen"]),
        _count("有缺口的家庭", summary["gap_households"], "户"),
        _count("缺口不能确定", summary["gap_unknown"], "户"),
    ]
    parts = [
        f"{label} {summary['households'][key]:,} 户（{summary['people'][key]:,} 人）"
        for key, label in _CLASSES.items()
    ]
    return [*lines, "家庭：" + "，".join(parts), ""]


def _programmes(content: dict[str, Any]) -> list[str]:
    lines = ["受影响的项目"]
    for one in content["programmes"]:
        if not one["touched"]:
            continue
        unit = "户" if one["holder"] == "household" else "人"
        lines.append(_count(f"  {one['label']}", one["yes"], unit))
        moved = f"    新纳入 {one['came_in']:,}，退出 {one['left']:,} {unit}"
        lines.append(f"{moved}；尚不能确定 {one['unknown'][1]:,}，需人工核定 {one['review'][1]:,}")
        if one["cash"]:
            lines.append(_money(f"    金额（{_CADENCE[one['cadence']]}）", one["fen"]))
    return [*lines, ""]


def _places(content: dict[str, Any]) -> list[str]:
    lines = ["各县（市、区），按月发放合计"]
    for one in content["counties"]:
        lines.append(_money(f"  {one['name']}", one["month_fen"]))
    return lines


def _ages(content: dict[str, Any]) -> list[str]:
    lines = ["", "各年龄，按月发放合计"]
    for one in content["ages"]:
        people = "，".join(f"{label} {one[key]:,} 人" for key, label in _CLASSES.items())
        lines.append(_money("  " + one["band"], one["month_fen"]) + f"；{people}")
    return lines


def _gap(content: dict[str, Any]) -> list[str]:
    """The poverty gap by county, by age, by programme; places and programmes without any are left out."""
    lines = ["", "贫困缺口（每月），各县（市、区）"]
    lines += [
        _money("  " + one["name"], one["gap_fen"]) for one in content["counties"] if any(one["gap_fen"])
    ]
    lines += ["", "贫困缺口（每月），按年龄：每户余下的由计入标准的成员平均分摊"]
    lines += [_money("  " + one["band"], one["fen"]) for one in content["gap"]["ages"] if any(one["parts"])]
    lines += ["", "贫困缺口（每月），按领取的待遇：一户领取几项的，每项都列，不能相加"]
    for one in content["gap"]["programmes"]:
        if any(one["parts"]) or any(one["unknown"]):
            households = _count("；有缺口的家庭", one["households"], "户")
            unknown = _count("；缺口不能确定", one["unknown"], "户")
            lines.append(_money("  " + one["label"], one["fen"]) + households + unknown)
    return lines


def case_lines(found: dict[str, Any] | None) -> list[str]:
    """Worked cases that come out otherwise; none asked for, no line."""
    if found is None:
        return []
    if not found["cases"]:
        return ["", "没有附带样例，未核对。"]
    lines = ["", f"{found['cases']:,} 个样例中，{len(found['changed']):,} 个的结论或者金额改变："]
    for one in found["changed"]:
        lines.append(f"  {one['id']} {one['title']}".rstrip())
        lines += [f"    {change['said']}" for change in one["changes"]]
    return lines


def _money(label: str, pair: list[int]) -> str:
    difference = pair[1] - pair[0]
    sign = "+" if difference > 0 else ""
    return f"{label}：{format_yuan(pair[0])} → {format_yuan(pair[1])}（{sign}{format_yuan(difference)}）"


def _count(label: str, pair: list[int], unit: str) -> str:
    return f"{label}：{pair[0]:,} → {pair[1]:,} {unit}（{pair[1] - pair[0]:+,}）"
