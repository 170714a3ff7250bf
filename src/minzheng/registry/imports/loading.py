"""A file of residents into the registry: checked row by row, staged, and published in one transaction or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.bulk import Load, bulk_load
from minzheng.registry.imports.checking import Checker
from minzheng.registry.imports.fields import BY_NAME, Mapping, match_headers
from minzheng.registry.imports.files import Residents, cut_short, digest_of, open_residents
from minzheng.registry.imports.households import Households
from minzheng.registry.imports.report import NOTES, REASONS, Report
from minzheng.registry.imports.staging import Staging
from minzheng.registry.imports.vouching import Vouched, check_vouched, coverage_rows
from minzheng.rules.calendar import day_number
from minzheng.values.errors import Refusal

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class ImportReport:
    """What became of a file. `loaded` is False when nothing of it is in the registry because of this run."""

    file: str
    loaded: bool
    already_loaded: bool
    dry_run: bool
    rows_read: int
    rows_blank: int
    rows_refused: int
    persons: int
    households: int
    facts: int
    coverage: int
    errors: dict[str, int]
    notes: dict[str, int]
    headers_left_aside: tuple[str, ...]
    errors_file: Path | None = None

    @property
    def clean(self) -> bool:
        """Whether no row was refused."""
        return not self.errors

    def lines(self) -> list[str]:
        """The report in Chinese, for a terminal or a page."""
        if self.already_loaded:
            return ["该文件（内容与对照表均相同）已经导入过，登记库没有变化。"]
        said = [
            f"读入 {self.rows_read} 行，空行 {self.rows_blank} 行，退回 {self.rows_refused} 行。",
            self._outcome(),
        ]
        said += [f"  退回原因：{REASONS[code][0]}，{count} 处" for code, count in sorted(self.errors.items())]
        said += [f"  提示：{NOTES[code]}，{count} 处" for code, count in sorted(self.notes.items())]
        if self.headers_left_aside:
            said.append(f"  未使用的列：{'、'.join(self.headers_left_aside)}")
        if self.errors_file is not None and self.errors:
            said.append(f"  逐行问题清单：{self.errors_file}")
        return said

    def _outcome(self) -> str:
        if self.loaded:
            vouched = f"，并登记 {self.coverage} 项来源覆盖" if self.coverage else ""
            return f"已载入 {self.persons} 人、{self.households} 户、{self.facts} 条事实{vouched}。"
        if self.dry_run:
            return "试运行：只检查，未载入任何数据。"
        return "未载入任何数据。"


@dataclass(frozen=True)
class _Wishes:
    """How a run was asked for."""

    path: Path
    actor: Actor
    on: date
    facts_since: date
    source: codes.Source
    coverage: tuple[Vouched, ...]
    load_good: bool
    dry_run: bool
    expected_rows: int | None
    errors_file: Path | None
    progress: Callable[[int, int | None], None]
    say: Callable[[str, int], None]


def import_file(
    path: Path,
    *,
    actor: Actor,
    on: date,
    mapping: dict[str, str] | None = None,
    facts_since: date | None = None,
    source: codes.Source = codes.Source.FILE,
    coverage: tuple[Vouched, ...] = (),
    load_good: bool = False,
    dry_run: bool = False,
    expected_rows: int | None = None,
    unterminated: bool = False,
    errors_file: Path | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    say: Callable[[str, int], None] | None = None,
) -> ImportReport:
    """Load a file of residents, one row a person.

    on: the business date; nothing in the file may lie after it. facts_since: first month the monthly amounts hold
    for (a year before by default). coverage: kinds of fact the file is complete for; recorded only when no row was
    refused. load_good: load the households without any refused row instead of nothing. dry_run: check all, load
    nothing. expected_rows: how many rows the sender says there are. unterminated: accept a text whose last line has
    no line end. errors_file: where the refused rows are listed (.csv or .xlsx). progress: told the rows read, and
    about how many there are; say: told the steps of the publication, and how many there are. The same bytes with the same mapping change nothing.
    Raises `Refusal` (headers, permission) and `SourceTrouble` (the file is not whole); bad rows are in the report.
    """
    file = open_residents(path)
    file.unterminated = unterminated
    matched = match_headers(file.headers, mapping)
    check_vouched(coverage, matched)
    since = facts_since or date(on.year - 1, on.month, 1)
    if since.day != 1:
        raise Refusal("import.facts_since", "月度金额的起始日期应为每月一日。", field="facts_since")
    wishes = _Wishes(
        path, actor, on, since, source, coverage, load_good, dry_run, expected_rows, errors_file,
        progress or (lambda _rows, _of: None), say or (lambda _what, _of: None),
    )  # fmt: skip
    report = Report()
    if errors_file is not None:
        report.open(errors_file)
    try:
        return _run(file, matched, report, wishes)
    except psycopg.errors.UniqueViolation:
        raise Refusal(
            "import.same_time", "同一文件或同一人正由他人导入，本次未载入任何数据。", next_step="请稍后重试。"
        ) from None
    finally:
        report.close()


def _run(file: Residents, mapping: Mapping, report: Report, wishes: _Wishes) -> ImportReport:
    digest = digest_of(wishes.path)
    note = f"import sha256:{digest}"

    def say(what: str) -> None:
        wishes.say(what, load.steps)

    with bulk_load(note=note, actor=wishes.actor, progress=say, checked=True) as load:
        if _loaded_before(load, digest, mapping):
            return _summary(file, mapping, report, wishes, {}, already=True)
        run = _Import(load, file, mapping, report, wishes)
        run.read()
        refused = bool(report.counts)
        if wishes.dry_run or (refused and not wishes.load_good):
            return _summary(file, mapping, report, wishes, {})
        if refused:
            run.hold_back()
        if not run.staging.add_households():
            return _summary(file, mapping, report, wishes, {})
        if wishes.coverage and not refused:
            load.add("coverage", coverage_rows(wishes.coverage, wishes.facts_since, wishes.source))
        result = _summary(file, mapping, report, wishes, load.publish())
        _remember(load, digest, mapping, wishes.actor, result)
        return result


class _Import:
    """One run over one file inside one open load."""

    def __init__(
        self, load: Load, file: Residents, mapping: Mapping, report: Report, wishes: _Wishes
    ) -> None:
        self.load, self.file, self.mapping, self.report, self.wishes = load, file, mapping, report, wishes
        self.checker = Checker(mapping, report, wishes.on)
        self.households = Households()
        self.staging = Staging(
            load,
            self.households,
            today=day_number(wishes.on),
            month=day_number(wishes.facts_since),
            source=wishes.source,
        )

    def read(self) -> None:
        """Check and stage every row, then judge what only the whole file tells."""
        for batch in self.file.batches([header for header, _name in self.mapping.fields]):
            checked = self.checker.check(batch)
            place, fresh = self.households.meet(checked.columns["household_no"].fill_null(""), batch.row)
            elsewhere = self.households.elsewhere(checked.reads["village"].values, place, checked.bad)
            self.checker.fail(checked, elsewhere, "village", "household.village_differs")
            self.households.bad[place[checked.bad]] = True
            self.staging.add(checked, place, fresh)
            self.report.flush()
            self.wishes.progress(self.file.tally.rows, self.file.about)
        for number, expected, actual in self.file.tally.ragged:
            detail = f"（应为 {expected} 列，实为 {actual} 列）"
            self.report.fail(np.array([number]), "整行", "row.columns", detail)
        self._count()
        self.households.judge(self.report)
        self._judge_duplicates()

    def _count(self) -> None:
        """Fewer rows than the file itself, or whoever sent it, says there are: it was cut short."""
        found = self.file.tally.rows + len(self.file.tally.ragged)
        if not found:
            raise cut_short("文件只有表头，没有任何数据行。")
        for stated in (self.file.tally.stated, self.wishes.expected_rows):
            if stated is not None and stated != found:
                raise cut_short(f"应有 {stated} 行，实际读到 {found} 行。")

    def _judge_duplicates(self) -> None:
        """The same number twice in the file, or in the registry already."""
        persons, rows, places = self.staging.persons
        if not len(persons):
            return
        label = BY_NAME["resident_id"].label
        twice = self.load.connection.execute(
            "select s.id, twice.first from pg_temp.staged_person s join (select number_index, min(id) as first"
            " from pg_temp.staged_person group by number_index having count(*) > 1) twice using (number_index)"
            " where s.id <> twice.first order by s.id"
        ).fetchall()
        for person, first in twice:
            at, before = np.searchsorted(persons, [person, first])
            self.report.fail(rows[at : at + 1], label, "number.twice", f"（第 {rows[before]} 行）")
            self.households.bad[places[at]] = True
        registered = self.load.connection.execute(
            "select s.id from pg_temp.staged_person s join registry_person p on p.number_index = s.number_index"
        ).fetchall()
        at = np.searchsorted(persons, np.array([row[0] for row in registered], np.int64))
        self.report.fail(np.sort(rows[at]), label, "number.registered")
        self.households.bad[places[at]] = True

    def hold_back(self) -> None:
        """Take the households with a refused row out of the staging; their other rows are reported as held."""
        bad = self.households.bad
        persons, rows, places = self.staging.persons
        if not bad.any() or not len(persons):
            return
        held = bad[places]
        waiting = rows[held & ~np.isin(rows, list(self.report.rows))]
        self.report.fail(waiting, "整户", "household.held")
        people, households = persons[held].tolist(), self.households.ids[bad].tolist()
        for name in self.load.staged:
            column = {"person": "id", "standing": "household_id"}.get(name, "person_id")
            gone = self.load.connection.execute(
                f"delete from pg_temp.staged_{name} where {column} = any(%s)",
                [households if name == "standing" else people],
            ).rowcount
            self.load.staged[name] -= gone


def _loaded_before(load: Load, digest: str, mapping: Mapping) -> bool:
    found = load.connection.execute(
        "select 1 from registry_importrun where digest = %s and mapping = %s", [digest, mapping.digest]
    ).fetchone()
    return found is not None


def _remember(load: Load, digest: str, mapping: Mapping, actor: Actor, result: ImportReport) -> None:
    load.connection.execute(
        "insert into registry_importrun (id, digest, mapping, file_name, actor, rows_read, rows_refused, persons,"
        " households, facts) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            uuid.uuid4(), digest, mapping.digest, result.file, actor.key, result.rows_read, result.rows_refused,
            result.persons, result.households, result.facts,
        ],
    )  # fmt: skip


def _summary(
    file: Residents,
    mapping: Mapping,
    report: Report,
    wishes: _Wishes,
    published: dict[str, int],
    *,
    already: bool = False,
) -> ImportReport:
    no_facts = {"person", "household", "membership", "coverage"}
    used = set(mapping.by_header)
    return ImportReport(
        file=wishes.path.name,
        loaded=bool(published),
        already_loaded=already,
        dry_run=wishes.dry_run,
        rows_read=file.tally.rows + len(file.tally.ragged),
        rows_blank=file.tally.blank,
        rows_refused=len(report.rows),
        persons=published.get("person", 0),
        households=published.get("household", 0),
        facts=sum(count for name, count in published.items() if name not in no_facts),
        coverage=published.get("coverage", 0),
        errors=dict(report.counts),
        notes=dict(report.notes),
        headers_left_aside=tuple(header for header in file.headers if header and header not in used),
        errors_file=wishes.errors_file,
    )
