"""How well a sweep finds what was planted: recall and precision by programme, and what became of the unsettled.

A lead says one of four things of a household or person and a programme: `entitled` (and not receiving), `ended`
(receiving and no longer entitled), `amount` (receiving another amount than is due), `open` (a fact or a judgement is
missing). Where leads come from is the caller's matter: nothing here knows of sweeps.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minzheng.database import Role, address
from minzheng.demo.receipts import Programme
from minzheng.values.errors import Refusal

KINDS = ("entitled", "ended", "amount", "open")
_VERDICT_OF = {"entitled": "missed", "ended": "ended", "amount": "amount"}
_LABELS = {"entitled": "应享未享", "ended": "不再符合", "amount": "金额不符"}


@dataclass(frozen=True)
class Lead:
    """What a sweep wrote. `person` is none where the household as a whole is meant."""

    programme: Programme
    household: int
    person: int | None
    kind: str


@dataclass(frozen=True)
class Truth:
    """What was planted of a household or person and a programme."""

    programme: Programme
    household: int
    person: int | None
    verdict: str
    settled: bool
    reason: str = ""


@dataclass
class Score:
    """Of one programme and one kind of lead."""

    programme: Programme
    kind: str
    planted: int = 0
    found: int = 0
    raised: int = 0
    unsettled: int = 0
    unsettled_raised: int = 0
    wrong: int = 0
    by_mistake: int = 0
    examples_lost: list[int] = field(default_factory=list)
    examples_wrong: list[int] = field(default_factory=list)

    @property
    def recall(self) -> float | None:
        return self.found / self.planted if self.planted else None

    @property
    def precision(self) -> float | None:
        said = self.found + self.wrong
        return self.found / said if said else None


@dataclass(frozen=True)
class Report:
    """Scores by programme and kind, in the order of the programmes."""

    scores: tuple[Score, ...]

    def score(self, programme: Programme, kind: str) -> Score:
        return next(score for score in self.scores if (score.programme, score.kind) == (programme, kind))

    def as_json(self) -> str:
        rows = [
            {
                "programme": score.programme.name.lower(), "kind": score.kind, "planted": score.planted,
                "found": score.found, "wrong": score.wrong, "recall": score.recall, "precision": score.precision,
                "unsettled": score.unsettled, "unsettled_raised": score.unsettled_raised,
                "by_mistake_in_data": score.by_mistake, "lost_households": score.examples_lost, "wrong_households": score.examples_wrong,
            }
            for score in self.scores
        ]  # fmt: skip
        return json.dumps(rows, ensure_ascii=False, indent=1)

    def total(self) -> tuple[float | None, float | None]:
        """Recall and precision over all programmes and kinds."""
        planted = sum(score.planted for score in self.scores)
        found = sum(score.found for score in self.scores)
        said = found + sum(score.wrong for score in self.scores)
        return found / planted if planted else None, found / said if said else None

    def as_text(self) -> str:
        lines = ["项目\t类别\t预设\t查出\t误报\t查全率\t查准率\t因数据差错漏报误报\t事实不全\t其中已提示"]
        for score in self.scores:
            lines.append(
                f"{score.programme.label}\t{_LABELS[score.kind]}\t{score.planted}\t{score.found}\t{score.wrong}\t"
                f"{_percent(score.recall)}\t{_percent(score.precision)}\t{score.by_mistake}\t"
                f"{score.unsettled}\t{score.unsettled_raised}"
            )
        recall, precision = self.total()
        lines.append(f"合计：查全率 {_percent(recall)}，查准率 {_percent(precision)}")
        return "\n".join(lines)


def measure(leads: Iterable[Lead], truth: Iterable[Truth], mistaken: frozenset[int] = frozenset()) -> Report:
    """Compare. A planted case that facts do not settle asks only to be raised in some way, and is counted apart.

    A lead is wrong when nothing of its kind was planted there; what was planted as `neutral` counts neither way.
    What is lost or wrong about people of whom a `mistaken` fact is recorded is told apart: no reader of the record
    can do better.
    """
    planted = {(row.programme, row.household, row.person): row for row in truth}
    said: dict[tuple[Programme, int, int | None], set[str]] = {}
    for lead in leads:
        said.setdefault((lead.programme, lead.household, lead.person), set()).add(lead.kind)
    scores = {(programme, kind): Score(programme, kind) for programme in Programme for kind in _VERDICT_OF}
    for key, row in planted.items():
        _count_planted(scores, row, said.get(key, set()), mistaken)
    for key, kinds in said.items():
        _count_wrong(scores, key, kinds, planted.get(key), mistaken)
    busy = (score for score in scores.values() if score.planted or score.unsettled or score.wrong)
    return Report(tuple(busy))


def _count_planted(
    scores: dict[tuple[Programme, str], Score], row: Truth, kinds: set[str], mistaken: frozenset[int]
) -> None:
    for kind, verdict in _VERDICT_OF.items():
        if row.verdict != verdict:
            continue
        score = scores[row.programme, kind]
        if not row.settled:
            score.unsettled += 1
            score.unsettled_raised += bool(kinds)
            continue
        score.planted += 1
        score.raised += bool(kinds)
        if kind in kinds:
            score.found += 1
            continue
        score.by_mistake += row.person in mistaken
        if len(score.examples_lost) < 20:
            score.examples_lost.append(row.household)


def _count_wrong(
    scores: dict[tuple[Programme, str], Score],
    key: tuple[Programme, int, int | None],
    kinds: set[str],
    row: Truth | None,
    mistaken: frozenset[int],
) -> None:
    for kind in kinds & set(_VERDICT_OF):
        if row is not None and row.verdict in ("neutral", _VERDICT_OF[kind]):
            continue
        score = scores[key[0], kind]
        score.wrong += 1
        score.by_mistake += key[2] in mistaken
        if len(score.examples_wrong) < 20:
            score.examples_wrong.append(key[1])


def stored_truth() -> Iterator[Truth]:
    """What was planted when the city in the database was built; read as the owner of the schema."""
    from django.db import connection

    with address(Role.OWNER, name=connection.settings_dict["NAME"]).connect() as owner:
        found = owner.execute("select to_regclass('demo_truth.planted') is not null").fetchone()
        if found != (True,):
            raise Refusal("demo.no_city", "尚未建立演示城市。", next_step="请先执行 minzheng demo build。")
        rows = owner.execute(
            "select programme, household_id, person_id, verdict, settled, reason from demo_truth.planted"
        )
        for programme, household, person, verdict, settled, reason in rows:
            yield Truth(Programme(programme), household, person, verdict, settled, reason)


def stored_mistakes() -> frozenset[int]:
    """People of whom a wrong fact is recorded in the city in the database; read as the owner of the schema."""
    from django.db import connection

    with address(Role.OWNER, name=connection.settings_dict["NAME"]).connect() as owner:
        return frozenset(person for (person,) in owner.execute("select person_id from demo_truth.mistake"))


def leads_of_file(path: Path) -> list[Lead]:
    """Leads from a Parquet, CSV or JSON file with the columns programme, household_id, person_id, kind.

    The file of `minzheng sweep --to` is one: its programmes are read by their code.
    """
    return [lead_of(row) for row in _rows(path)]


def lead_of(row: dict[str, Any]) -> Lead:
    """A row as a lead: programmes by code or by word, kinds by the words above."""
    kind = str(row["kind"])
    if kind not in KINDS:
        raise Refusal("demo.lead_kind", "线索类别应为 entitled、ended、amount 或 open。", field="kind")
    person = row.get("person_id")
    return Lead(
        programme_of(row.get("programme_code", row["programme"])),
        int(row["household_id"]),
        None if person in (None, "") else int(person),
        kind,
    )


def programme_of(word: Any) -> Programme:
    text = str(word)
    try:
        return Programme(int(text)) if text.isdecimal() else Programme[text.upper()]
    except (KeyError, ValueError):
        raise Refusal("demo.programme", "线索清单中有不认识的项目名称。", field="programme") from None


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        yield from pq.read_table(path).to_pylist()
    elif path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)
    else:
        yield from json.loads(path.read_text(encoding="utf-8"))


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"
