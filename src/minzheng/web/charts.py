"""The data behind charts and the county map, and the five quiet steps of a choropleth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from minzheng.registry.queries import division_name

STEPS = 5


@dataclass(frozen=True)
class County:
    """One county on the map: a count and what it is counted against."""

    code: str
    part: int
    whole: int
    url: str = ""

    @property
    def name(self) -> str:
        return division_name(self.code)

    @property
    def per_thousand(self) -> Fraction | None:
        return Fraction(self.part * 1000, self.whole) if self.whole else None


def edges(values: Sequence[Fraction]) -> list[Fraction]:
    """Four edges between five steps that hold about equally many of the values; fewer where values repeat."""
    ordered = sorted(values)
    found = [ordered[len(ordered) * step // STEPS] for step in range(1, STEPS)] if ordered else []
    return sorted(set(found) - {ordered[0]}) if ordered else []


def choropleth(counties: Sequence[County], *, part: str, whole: str) -> dict[str, Any]:
    """The map's JSON and its legend. `part` per thousand `whole`, both in words with their unit."""
    cuts = edges([county.per_thousand for county in counties if county.per_thousand is not None])
    return {
        "kind": "map",
        "edges": [float(cut) for cut in cuts],
        "rows": [
            {
                "name": county.name,
                "value": None if county.per_thousand is None else float(county.per_thousand),
                "text": f"{part} {county.part:,}\n每千{whole} {_shown(county.per_thousand)}",
                "url": county.url,
            }
            for county in counties
        ],
    }


def legend(counties: Sequence[County]) -> list[tuple[str, str]]:
    """Class and words of each step."""
    values = [county.per_thousand for county in counties if county.per_thousand is not None]
    cuts = edges(values)
    if not values:
        return []
    bounds = [min(values), *cuts]
    return [
        (
            f"s{step}",
            f"{_shown(low)} 起"
            if step > 1
            else f"{_shown(low)} 至 {_shown(cuts[0]) if cuts else _shown(max(values))}",
        )
        for step, low in enumerate(bounds, start=1)
    ]


def _shown(value: Fraction | None) -> str:
    return "没有数据" if value is None else f"{float(value):.1f}"


def bars(
    names: Sequence[str], series: Mapping[str, Sequence[float]], *, unit: str, signed: bool = False
) -> dict[str, Any]:
    """Horizontal bars, one group a name."""
    return _chart("bars", names, series, unit) | {"signed": signed}


def columns(names: Sequence[str], series: Mapping[str, Sequence[float]], *, unit: str) -> dict[str, Any]:
    """Upright columns in the order given: a distribution."""
    return _chart("columns", names, series, unit)


def _chart(
    kind: str, names: Sequence[str], series: Mapping[str, Sequence[float]], unit: str
) -> dict[str, Any]:
    return {
        "kind": kind,
        "unit": unit,
        "names": list(names),
        "series": [{"name": name, "values": list(values)} for name, values in series.items()],
    }
