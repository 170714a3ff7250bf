"""How fresh the registry's sources are: what each vouches for, complete to which day, and whether that is still trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.models import Coverage
from minzheng.registry.queries import division_name


@dataclass(frozen=True)
class SourceState:
    """A source with the kinds of fact it vouches for in some divisions. Past `trusted_until` its silence is unknown."""

    source: codes.Source
    kinds: tuple[codes.Coverage, ...]
    places: tuple[str, ...]
    complete_to: date
    trusted_until: date
    days_old: int
    trusted: bool


def source_states(actor: Actor, *, on: date) -> list[SourceState]:
    """What the sources vouch for in the actor's regions on a day: what is no longer trusted first, then the oldest."""
    places: dict[tuple[int, int, date, date], list[str]] = {}
    rows = Coverage.objects.filter(superseded_at=None).order_by("division", "kind")
    for row in rows.values_list("source", "kind", "complete_to", "trusted_until", "division"):
        division = str(row[4])
        if any(division.startswith(region) or region.startswith(division) for region in actor.regions):
            places.setdefault((row[0], row[1], row[2], row[3]), []).append(division_name(division))
    kinds: dict[tuple[int, date, date, tuple[str, ...]], list[codes.Coverage]] = {}
    for (source, kind, complete_to, trusted_until), where in places.items():
        kinds.setdefault((source, complete_to, trusted_until, tuple(where)), []).append(codes.Coverage(kind))
    states = [
        SourceState(
            codes.Source(source),
            tuple(sorted(of)),
            where,
            complete_to,
            trusted_until,
            (on - complete_to).days,
            trusted_until >= on,
        )
        for (source, complete_to, trusted_until, where), of in kinds.items()
    ]
    return sorted(states, key=lambda one: (one.trusted, one.complete_to, one.kinds))
