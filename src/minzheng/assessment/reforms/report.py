"""A priced reform in plain values: for pages, the command line, machines. Money is whole fen, counts are whole numbers.

Every pair is [under the law in force, under the reform]. Nothing here names a person or a household.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from minzheng.assessment.city import City
from minzheng.assessment.payment import half_up
from minzheng.assessment.reforms.gaps import HOUSEHOLDS, LEFT, NOTHING, UNKNOWN, Gap
from minzheng.assessment.reforms.measures import Rows, is_cash, is_monthly
from minzheng.assessment.reforms.simulate import Priced
from minzheng.assessment.reforms.tally import BANDS, CLASSES, STEPS
from minzheng.registry.divisions import shipped_divisions
from minzheng.rules.language.declare import Program
from minzheng.rules.language.kinds import Household

MONTHS = 12
METHOD = (
    "现行与改革用同一份快照、同一套规则逐户核算，只有改革方案列出的参数或规则不同。",
    "金额按实际发放口径逐项取整（低保到元，其他到分）后相加；年度金额为十二个月加按学年发放的项目，一次性救助另列。",
    "只比较按月发放项目的每月合计：受益、减少、不变；凡受改革影响的项目中有一项尚不能确定或需人工核定的家庭，单独列为不能确定，不计入前三类。",
    "贫困缺口：每户共同生活成员的现行低保标准合计，减去其可计收入，再减去各项按月救助，不足部分之和；两侧都用现行标准和现行口径的收入，缺口只因救助而变。",
    "贫困缺口按年龄列示的，每户余下的缺口由计入标准的成员平均分摊，分不尽的归前几位，各年龄之和等于全市缺口；显示时各自四舍五入到分。",
    "贫困缺口按待遇列示的，是领取该项按月待遇的家庭余下的缺口；一户同时领取几项的，在每一项里都列，各项相加不等于全市缺口。",
    "户外义务人应付的赡养费随改革重新核算。人员按快照中的家庭关系计数；一户的待遇按计入待遇的成员计人数。",
    "按年龄列示的金额：按人发放的归本人，按户发放的由计入待遇的成员平均分摊，除不尽的分归前几位，各年龄之和等于总额。",
)
LIMITS = (
    "不预测人们因政策改变而申请、就业或迁移；符合条件者都按领取计，与实际在享人数不同。",
    "快照中未知的事实不作推断；待遇需人工核定的家庭不计入金额。",
)


def report(priced: Priced) -> dict[str, Any]:
    """Everything that is shown of a priced reform."""
    county = priced.keys.townships // 1000
    return {
        "summary": summary(priced),
        "programmes": [_programme(priced, program) for program in priced.programs],
        "counties": _places(priced, county),
        "townships": _places(priced, priced.keys.townships),
        "ages": _ages(priced),
        "steps": _steps(priced),
        "gap": _gap(priced),
    }


def summary(priced: Priced) -> dict[str, Any]:
    """The big figures."""
    everything: Callable[[Rows], int] = lambda array: int(array.sum())  # noqa: E731
    month, year = _month(priced, everything), _yearly(priced, everything)
    classes = priced.comparison.households.sum(axis=1).tolist()
    people = priced.comparison.people.sum(axis=1).tolist()
    return {
        "month_fen": month,
        "year_fen": [MONTHS * one + other for one, other in zip(month, year, strict=True)],
        "once_fen": _sums(priced, lambda p: p.cadence == "once", everything),
        "households": dict(zip(CLASSES, classes, strict=True)),
        "people": dict(zip(CLASSES, people, strict=True)),
        "gained_fen": everything(priced.comparison.gained),
        "lost_fen": everything(priced.comparison.lost),
        "gap_fen": [_gap_fen(gap, everything) for gap in (priced.gap_before, priced.gap_after)],
        "gap_households": [everything(gap.households) for gap in (priced.gap_before, priced.gap_after)],
        "gap_unknown": [everything(gap.unknown) for gap in (priced.gap_before, priced.gap_after)],
        "all_households": int(priced.keys.households.sum()),
        "all_people": int(priced.keys.people.sum()),
        "touched": list(priced.touched),
    }


def _month(priced: Priced, of: Callable[[Rows], int]) -> list[int]:
    return _sums(priced, is_monthly, of)


def _yearly(priced: Priced, of: Callable[[Rows], int]) -> list[int]:
    return _sums(priced, lambda p: p.cadence == "yearly", of)


def _sums(priced: Priced, wanted: Callable[[Program], bool], of: Callable[[Rows], int]) -> list[int]:
    names = [p.name for p in priced.programs if is_cash(p) and wanted(p)]
    return [sum(of(side.fen[name]) for name in names) for side in (priced.before, priced.after)]


def _gap_fen(gap: Gap, of: Callable[[Rows], int]) -> int:
    return _fen(of(gap.left), gap.scale)


def _fen(parts: int, scale: int) -> int:
    """Half up to the fen, once, for what is shown."""
    return half_up(Fraction(parts, scale))


WITHOUT = "不领取按月待遇的家庭"


def _gap(priced: Priced) -> dict[str, Any]:
    """The poverty gap by age and by programme. `parts`, `scale` of them a fen, add up exactly; fen are for reading."""
    sides = (priced.gap_before, priced.gap_after)
    scale = priced.gap_before.scale
    programmes = [
        {"name": p.name, "label": p.label, **_among(sides, p.name)} for p in priced.programs if is_monthly(p)
    ]
    return {
        "scale": scale,
        "parts": [int(side.left.sum()) for side in sides],
        "ages": [
            {"band": band, **_both([int(side.ages[at]) for side in sides], scale)}
            for at, band in enumerate(BANDS)
        ],
        "programmes": [*programmes, {"name": NOTHING, "label": WITHOUT, **_among(sides, NOTHING)}],
    }


def _both(parts: list[int], scale: int) -> dict[str, list[int]]:
    return {"parts": parts, "fen": [_fen(one, scale) for one in parts]}


def _among(sides: tuple[Gap, Gap], name: str) -> dict[str, list[int]]:
    """The gap left among the households that receive a programme, on either side those that receive it there."""
    counts = [side.programmes[name].tolist() for side in sides]
    return {
        **_both([one[LEFT] for one in counts], sides[0].scale),
        "households": [one[HOUSEHOLDS] for one in counts],
        "unknown": [one[UNKNOWN] for one in counts],
    }


def _programme(priced: Priced, program: Program) -> dict[str, Any]:
    name, sides = program.name, (priced.before, priced.after)
    moves = priced.comparison.moves.get(name)
    came, settled, left, opened = [0] * 4 if moves is None else moves.sum(axis=1).tolist()
    pair = {
        part: [int(getattr(side, part)[name].sum()) for side in sides]
        for part in ("yes", "people", "fen", "unknown", "review", "unsettled")
    }
    return {
        "name": name,
        "label": program.label,
        "cadence": program.cadence,
        "holder": "household" if program.of is Household else "person",
        "cash": is_cash(program),
        "touched": name in priced.touched,
        **pair,
        "ages": [side.ages[name].tolist() for side in sides],
        "age_fen": [side.age_fen[name].tolist() for side in sides],
        "came_in": came,
        "settled_in": settled,
        "left": left,
        "became_open": opened,
    }


def _places(priced: Priced, place: Rows) -> list[dict[str, Any]]:
    """By county or township: cost a month, households by class, the gap."""
    codes, at = np.unique(place, return_inverse=True)
    found = []
    for index, code in enumerate(codes.tolist()):
        chosen = at == index
        within: Callable[[Rows], int] = lambda array, chosen=chosen: int(array[chosen].sum())  # type: ignore[misc]  # noqa: E731
        classes = {one: within(priced.comparison.households[number]) for number, one in enumerate(CLASSES)}
        found.append(
            {
                "code": str(code),
                "name": place_name(code),
                "month_fen": _month(priced, within),
                "gained_fen": within(priced.comparison.gained),
                "lost_fen": within(priced.comparison.lost),
                "households": classes,
                "all_households": within(priced.keys.households),
                "gap_fen": [_gap_fen(gap, within) for gap in (priced.gap_before, priced.gap_after)],
                "gap_households": [within(gap.households) for gap in (priced.gap_before, priced.gap_after)],
                "gap_unknown": [within(gap.unknown) for gap in (priced.gap_before, priced.gap_after)],
            }
        )
    return found


def place_name(code: int) -> str:
    """The name of a division as it ships with the program; its code where it has none."""
    return _names().get(code, str(code))


def _names() -> dict[int, str]:
    return {row.code: row.name for row in shipped_divisions()}


def _ages(priced: Priced) -> list[dict[str, Any]]:
    """People of households by class and age, and what is paid a month for the people of each age."""
    people = priced.comparison.people
    monthly = [p.name for p in priced.programs if is_monthly(p)]
    sides = (priced.before, priced.after)
    fen = [sum((side.age_fen[name] for name in monthly), np.zeros(len(BANDS), np.int64)) for side in sides]
    return [
        {
            "band": band,
            **{one: int(people[number, at]) for number, one in enumerate(CLASSES)},
            "month_fen": [int(side[at]) for side in fen],
        }
        for at, band in enumerate(BANDS)
    ]


def _steps(priced: Priced) -> list[dict[str, Any]]:
    """Households by how much their month changes; `least` is in, `most` is not; none where it has no end."""
    edges: list[int | None] = [None, *STEPS, None]
    return [
        {"least_fen": edges[at], "most_fen": edges[at + 1], "households": count}
        for at, count in enumerate(priced.comparison.steps.tolist())
    ]


def basis(city: City, snapshot: str, rulebook: str, made_at: datetime.datetime) -> dict[str, Any]:
    """What a price rests on: the snapshot and the rulebook, by day and by digest."""
    manifest = city.loaded.manifest
    return {
        "snapshot": snapshot,
        "month": str(manifest.month),
        "on": manifest.on.isoformat(),
        "known_at": manifest.known_at.isoformat(),
        "households": manifest.households,
        "people": manifest.ties,
        "sources": manifest.content.get("sources", []),
        "rulebook": rulebook,
        "made_at": made_at.isoformat(),
        "method": list(METHOD),
        "limits": list(LIMITS),
    }
