"""For every county and every day in the span exactly one text of a provision and one value of a parameter hold."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date

from minzheng.rulebook.check.report import Finding, Kind, place
from minzheng.rules.book import Rulebook
from minzheng.rules.language.declare import Program, Provision, Version
from minzheng.rules.language.expr import Rule
from minzheng.rules.parameters import Hole


def check_parameter_dates(book: Rulebook, first: date, last: date) -> Iterator[Finding]:
    """Silent gaps and overlaps, counties with the same hole told together."""
    gaps, overlaps = book.parameters.holes(book.counties, first, last)
    for hole, counties in _together(gaps):
        label = book.parameters.declared[hole.key].label
        yield Finding(
            Kind.PARAMETER_GAP,
            hole.key,
            _where(book, hole),
            f"“{label}”（{hole.key}）在{_places(counties, book)} {hole.since} 至 {hole.until}（不含）没有数值，"
            "也没有写明未知；未取得的须写一行 value: unknown 并说明原因",
        )
    for hole, counties in _together(overlaps):
        label = book.parameters.declared[hole.key].label
        rows = "、".join(row.at for row in hole.rows)
        yield Finding(
            Kind.PARAMETER_OVERLAP,
            hole.key,
            hole.rows[0].at,
            f"“{label}”（{hole.key}）在{_places(counties, book)} {hole.since} 至 {hole.until}（不含）有 "
            f"{len(hole.rows)} 个数值：{rows}",
        )


def _together(holes: list[Hole]) -> Iterator[tuple[Hole, list[str]]]:
    same: dict[tuple[object, ...], tuple[Hole, list[str]]] = {}
    for hole in holes:
        key = (hole.key, hole.since, hole.until, tuple(row.at for row in hole.rows))
        same.setdefault(key, (hole, []))[1].append(hole.county)
    yield from same.values()


def _where(book: Rulebook, hole: Hole) -> str:
    """The nearest row before the gap, or the declaration where there is none."""
    earlier = [r for r in book.parameters.rows[hole.key] if r.since <= hole.since]
    if earlier:
        return max(earlier, key=lambda r: r.since).at
    return place(book.parameters.declared[hole.key].declared_at)


def _places(counties: list[str], book: Rulebook) -> str:
    return "各县（市、区）" if len(counties) == len(book.counties) else "、".join(counties)


def check_provision_dates(book: Rulebook, first: date, last: date) -> Iterator[Finding]:
    for rule in book.provisions:
        if len(rule.versions) == 1 and not _limited(rule.versions[0]):
            continue
        seen: dict[tuple[str, date, date, tuple[str, ...]], list[str]] = {}
        for county, since, until in _spans(rule, book, first, last):
            live = _live(rule, county, since)
            if len(live) != 1 and _needed(book, rule, since):
                key = (rule.name, since, until, tuple(place(v.declared_at) for v in live))
                seen.setdefault(key, []).append(county)
        for (_, since, until, texts), counties in seen.items():
            yield _told(rule, book, since, until, texts, counties)


def check_basis(book: Rulebook, first: date, last: date) -> Iterator[Finding]:
    """A text is not used before the document it cites is in force, nor after it has ended."""
    for rule in book.provisions:
        for version in rule.versions:
            instrument = version.citation.instrument
            since = max(version.since or first, first)
            until = min(version.until or last, last)
            early = instrument.in_force is not None and since < instrument.in_force
            late = instrument.until is not None and instrument.until < until
            if early and _read_between(book, rule, since, min(until, instrument.in_force or until)):
                yield _basis(rule, version, f"自 {since} 起使用，{instrument.in_force} 才施行")
            if late and _read_between(book, rule, instrument.until or since, until):
                yield _basis(rule, version, f"使用到 {until}，{instrument.until} 已失效")


def _basis(rule: Provision, version: Version, message: str) -> Finding:
    return Finding(
        Kind.BASIS,
        rule.name,
        place(version.declared_at),
        f"“{rule.label}”（{rule.name}）依据{version.citation}，{message}",
    )


def _read_between(book: Rulebook, rule: Provision, since: date, until: date) -> bool:
    """Whether a programme that is in force on some day of the span reads the provision."""
    days = {since} | {p.since for p in book.programs if p.since is not None and since <= p.since < until}
    using = [p for p in book.programs if any(one is rule for one in _under(book, p))]
    return any(p.in_force(on) for p in using for on in days)


def _under(book: Rulebook, program: Program) -> list[Rule]:
    return [*book.needs(program), *([] if program.amount is None else book.needs(program.amount))]


def _limited(version: Version) -> bool:
    return version.since is not None or version.until is not None or bool(version.jurisdiction)


def _spans(rule: Provision, book: Rulebook, first: date, last: date) -> Iterator[tuple[str, date, date]]:
    days = {first, last} | {
        d for v in rule.versions for d in (v.since, v.until) if d is not None and first < d < last
    }
    for county in book.counties:
        for since, until in itertools.pairwise(sorted(days)):
            yield county, since, until


def _live(rule: Provision, county: str, on: date) -> list[Version]:
    """Texts of the nearest layer that holds; `Provision.version_for` takes one, or refuses several."""
    live = [v for v in rule.versions if v.holds(on) and v.covers(county)]
    nearest = max((len(v.jurisdiction) for v in live), default=0)
    return [v for v in live if len(v.jurisdiction) == nearest]


def _needed(book: Rulebook, rule: Provision, on: date) -> bool:
    """Whether a programme in force that day reads the provision, or none does at all."""
    using = [p for p in book.programs if any(one is rule for one in book.needs(p))]
    return not using or any(p.in_force(on) for p in using)


def _told(
    rule: Provision, book: Rulebook, since: date, until: date, texts: tuple[str, ...], counties: list[str]
) -> Finding:
    where = f"在{_places(counties, book)} {since} 至 {until}（不含）"
    if texts:
        message = f"“{rule.label}”（{rule.name}）{where}有 {len(texts)} 个文本：{'、'.join(texts)}"
        return Finding(Kind.PROVISION_OVERLAP, rule.name, texts[0], message)
    message = f"“{rule.label}”（{rule.name}）{where}没有有效的文本"
    return Finding(Kind.PROVISION_GAP, rule.name, place(rule.declared_at), message)
