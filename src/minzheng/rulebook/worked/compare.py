"""What a change of parameters does to worked cases: outcomes and amounts before and after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minzheng.rules.explain.sentences import shown
from minzheng.rules.language.kinds import Money
from minzheng.rules.parameters import ParameterSet
from minzheng.rules.status import Span, Status

from .case import Case
from .own_parameters import own_parameters
from .run import Moment, Result, run
from .spot import Spot
from .texts import Mapped, load_documents


@dataclass(frozen=True)
class Change:
    """One programme of one holder at one point that comes out otherwise."""

    point: str
    person: str | None
    label: str
    program: str
    before: tuple[Status, Any, int]
    after: tuple[Status, Any, int]

    def __str__(self) -> str:
        who = f"{self.person}　" if self.person else ""
        return f"{self.point}　{who}{self.label}：{self.moved}"

    @property
    def moved(self) -> str:
        """Before and after in words."""
        return f"{_said(self.before)} → {_said(self.after)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "point": self.point,
            "person": self.person,
            "program": self.program,
            "before": _as_json(self.before),
            "after": _as_json(self.after),
        }


def _said(one: tuple[Status, Any, int]) -> str:
    status, amount, paid = one
    if amount is None:
        return status.label
    if isinstance(amount, Span) or status is not Status.YES:
        return f"{status.label}（{shown(amount, Money)}）"
    return f"{status.label}，{shown(amount, Money)}（发放 {shown(paid, Money)}）"


def _as_json(one: tuple[Status, Any, int]) -> dict[str, Any]:
    status, amount, paid = one
    exact = None if amount is None or isinstance(amount, Span) else str(amount)
    return {"outcome": status.key, "exact_fen": exact, "paid_fen": paid}


def read_overlay(path: Path) -> Mapped:
    """Parameters of a YAML file: `{key: value}`, or under `parameters:`; dated rows as in a case."""
    spot = Spot(file=str(path))
    try:
        documents = load_documents(path.read_text(encoding="utf-8-sig"), spot)
    except OSError as wrong:
        raise spot.error("参数文件无法读取", "请核对路径和权限") from wrong
    raw = documents[0] if documents else None
    if isinstance(raw, list):
        raw = _as_in_the_rulebook(raw, spot)
    if isinstance(raw, dict):
        raw = raw.get("parameters", raw.get("参数", raw))
    if not isinstance(raw, dict) or not raw:
        raise spot.error("没有写参数", "请写作 dibao.std.urban: 700")
    result = Mapped(raw)
    own_parameters_of(result, spot)
    return result


def _as_in_the_rulebook(entries: list[Any], spot: Spot) -> Mapped:
    """The form of the parameter files: entries of key and rows."""
    result = Mapped()
    for k, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("rows"), list) or "key" not in entry:
            raise spot.at(k + 1).error(
                "应为一个参数", "请写作 - {key: dibao.std.urban, rows: [{from: 2024-01-01, value: 712}]}"
            )
        wanted = ("place", "from", "until", "value", "known_from", "reason", "note")
        result[str(entry["key"])] = [Mapped({w: row[w] for w in wanted if w in row}) for row in entry["rows"]]
    return result


def own_parameters_of(raw: Mapped, spot: Spot) -> None:
    """Complains of what cannot be read before any case runs."""
    from minzheng.rulebook import load

    from .words import CITY

    own_parameters(load().parameters, raw, CITY, spot)


def overlaid(case: Case, raw: Mapped) -> ParameterSet:
    """A case's own parameters with those of the overlay; what the case sets itself keeps its value."""
    from .words import parameter_named

    spot = Spot(path=("parameters",))
    rest = Mapped({w: x for w, x in raw.items() if parameter_named(w, spot).key not in case.own_parameters})
    return own_parameters(case.parameters, rest, case.county, spot)[0]


_NOTHING = (Status.NO, None, 0)
"""What a programme comes to that one side does not have."""

Outcomes = dict[tuple[str, str, int | None], tuple[str | None, str, tuple[Status, Any, int]]]
"""By point, programme and place of the person: whose, the programme's label, and what came out."""


def outcomes(result: Result) -> Outcomes:
    """Every outcome, exact amount and payment of a case that was run."""
    return {
        (str(moment.point), one.program.name, one.who): (
            _person(moment, one.who),
            one.program.label,
            (one.status, one.amount, moment.paid[one.program.name, one.who]),
        )
        for moment in result.moments
        for one in moment.determination.outcomes
    }


def differences(before: Outcomes, after: Outcomes) -> list[Change]:
    """What came out otherwise, in the order of the case's points. Both sides are of the same case."""
    found = []
    for key in dict.fromkeys([*before, *after]):
        point, program, _who = key
        person, label, _said = before.get(key) or after[key]
        was, now = (side[key][2] if key in side else _NOTHING for side in (before, after))
        if was != now:
            found.append(Change(point, person, label, program, was, now))
    return found


def changes(case: Case, parameters: ParameterSet) -> list[Change]:
    """Every outcome, exact amount or payment of a case that differs under other parameters."""
    return differences(outcomes(run(case)), outcomes(run(case, parameters)))


def _person(moment: Moment, who: int | None) -> str | None:
    return None if who is None else moment.names[who]


__all__ = ["Change", "Outcomes", "changes", "differences", "outcomes", "overlaid", "read_overlay"]
