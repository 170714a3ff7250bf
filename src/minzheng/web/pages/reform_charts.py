"""The charts and tables of a priced reform, from its report."""

from __future__ import annotations

from typing import Any

from minzheng.values.money import format_yuan
from minzheng.web.charts import County, choropleth, columns, legend

CLASSES = {"gain": "受益", "lose": "减少", "undecided": "不能确定"}


def of_report(report: dict[str, Any]) -> dict[str, Any]:
    """Context of the result: the map, its legend, the spread, ages, what each programme does, and what is lacking."""
    counties = [
        County(one["code"], one["households"]["gain"] + one["households"]["lose"], one["all_households"])
        for one in report["counties"]
    ]
    return {
        "map": _map(counties, report["counties"]),
        "legend": legend(counties) if any(county.part for county in counties) else [],
        "spread": _spread(report["steps"]),
        "steps": _step_rows(report["steps"]),
        "ages": _ages(report["ages"]),
        "programmes": [one for one in report["programmes"] if _told(one)],
        "age_money": _age_money(report["programmes"]),
        "gap_programmes": [
            one for one in report["gap"]["programmes"] if any(one["parts"]) or any(one["unknown"])
        ],
        "moves": _moves(report["programmes"]),
    }


def _map(counties: list[County], places: list[dict[str, Any]]) -> dict[str, Any]:
    found = choropleth(counties, part="金额有变化的家庭", whole="户")
    for row, place in zip(found["rows"], places, strict=True):
        change = place["month_fen"][1] - place["month_fen"][0]
        sign = "+" if change > 0 else ""
        row["text"] += f"\n每月发放 {sign}{format_yuan(change)}"
    return found


def _step_rows(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": step_name(one), "households": one["households"], "up": _is_up(one)} for one in steps]


def _is_up(step: dict[str, Any]) -> bool:
    return step["least_fen"] is not None and step["least_fen"] >= 0


def step_name(step: dict[str, Any]) -> str:
    """`减少 100—200`, `增加 500 以上`: whole yuan a month."""
    low, high = (None if fen is None else fen // 100 for fen in (step["least_fen"], step["most_fen"]))
    if low is None:
        assert high is not None
        return f"减{-high}以上"
    if high is None:
        return f"增{low}以上"
    return f"增{low}—{high}" if low >= 0 else f"减{-high}—{-low}"


def _spread(steps: list[dict[str, Any]]) -> dict[str, Any]:
    rows = _step_rows(steps)
    down = [0 if one["up"] else one["households"] for one in rows]
    up = [one["households"] if one["up"] else 0 for one in rows]
    found = columns([one["name"] for one in rows], {"减少": down, "增加": up}, unit="户")
    return found | {"stacked": True, "colours": ["--amber", "--step-4"]}


def _ages(ages: list[dict[str, Any]]) -> dict[str, Any]:
    shown = [one for one in ages if any(one[key] for key in (*CLASSES, "same"))]
    series = {label: [one[key] for one in shown] for key, label in CLASSES.items()}
    found = columns([one["band"] for one in shown], series, unit="人")
    return found | {"stacked": True, "colours": ["--step-4", "--amber", "--grey-line"]}


def _age_money(programmes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each programme pays for the people of each age, before and after; those that pay nobody are left out."""
    return [
        {"label": one["label"], "pairs": list(zip(*one["age_fen"], strict=True))}
        for one in programmes
        if one["cash"] and any(one["fen"])
    ]


def _told(programme: dict[str, Any]) -> bool:
    return any(programme["yes"]) or any(programme["unknown"]) or any(programme["review"])


def _moves(programmes: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Holders coming in and going out, households and people apart: they are never added together."""
    found = {"household": {"came_in": 0, "left": 0}, "person": {"came_in": 0, "left": 0}}
    for one in programmes:
        for key in ("came_in", "left"):
            found[one["holder"]][key] += one[key]
    return found
