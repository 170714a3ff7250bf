"""A file of residents into the registry: checked row by row, staged, and published in one transaction or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from minzheng.base.types import Actor
from minzheng.registry import codes
from minzheng.registry.actions import pinyin
from minzheng.registry.bulk import Load, bulk_load
from minzheng.registry.divisions import known_areas
from minzheng.registry.imports.fields import (
    BY_NAME,
    DISABILITY_PARTS,
    FIELDS,
    Field,
    Form,
    Mapping,
    match_headers,
)
from minzheng.registry.imports.files import Batch, Residents, cut_short, digest_of, open_residents
from minzheng.registry.imports.numbers import VERDICTS, check_numbers, normalised
from minzheng.registry.imports.report import NOTES, REASONS, Report, masked
from minzheng.registry.imports.texts import (
    Divisions,
    Read,
    cleaned,
    is_formula,
    read_codes,
    read_dates,
    read_money,
)
from minzheng.rules.calendar import day_number
from minzheng.values.errors import Refusal

Array = npt.NDArray[Any]
_LONGEST_NAME = 50
_KNOWN_AREAS = np.sort(np.array([int(area) for area in known_areas()], np.int64))


@dataclass(frozen=True)
class ImportReport:
    """What became of a file. `loaded` is False when nothing of it is in the registry because of this run."""

    file: str
    loaded: bool
    already_loaded: bool
    rows_read: int
    rows_blank: int
    rows_refused: int
    persons: int
    households: int
    facts: int
    errors: dict[str, int]
    notes: dict[str, int]
    headers_left_aside: tuple[str, ...]
    errors_file: Path | None = None

    def lines(self) -> list[str]:
        """The report in Chinese, for a terminal or a page."""
        if self.already_loaded:
            return ["该文件（内容与对照表均相同）已经导入过，登记库没有变化。"]
        said = [
            f"读入 {self.rows_read} 行，空行 {self.rows_blank} 行，退回 {self.rows_refused} 行。",
            f"已载入 {self.persons} 人、{self.households} 户、{self.facts} 条事实。"
            if self.loaded
            else "未载入任何数据。",
        ]
        said += [f"  退回原因：{REASONS[code][0]}，{count} 处" for code, count in sorted(self.errors.items())]
        said += [f"  提示：{NOTES[code]}，{count} 处" for code, count in sorted(self.notes.items())]
        if self.headers_left_aside:
            said.append(f"  未使用的列：{'、'.join(self.headers_left_aside)}")
        if self.errors_file is not None and self.errors:
            said.append(f"  逐行问题清单：{self.errors_file}")
        return said


@dataclass
class _Households:
    """Households met so far, by their number in the file; grows batch by batch."""

    ids: dict[str, int] = field(default_factory=dict)
    village: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    heads: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    others: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    first_row: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    bad: Array = field(default_factory=lambda: np.zeros(0, bool))

    def numbers(self, names: pa.Array, rows: Array) -> tuple[Array, Array]:
        """The place of each row's household here; and which places are new."""
        encoded = names.dictionary_encode()
        places = np.empty(len(encoded.dictionary), np.int64)
        before = len(self.ids)
        for k, name in enumerate(encoded.dictionary.to_pylist()):
            places[k] = self.ids.setdefault(name, len(self.ids))
        of_row = places[encoded.indices.to_numpy(zero_copy_only=False)]
        fresh = np.arange(before, len(self.ids))
        first = np.full(len(self.ids), -1, np.int64)
        first[of_row[::-1]] = rows[::-1]
        for name, filling in (("village", 0), ("heads", 0), ("others", 0)):
            grown = np.full(len(fresh), filling, np.int64)
            setattr(self, name, np.concatenate([getattr(self, name), grown]))
        self.first_row = np.concatenate([self.first_row, first[before:]])
        self.bad = np.concatenate([self.bad, np.zeros(len(fresh), bool)])
        return of_row, fresh


class _Import:
    """One run over one file inside one open load."""

    def __init__(
        self, load: Load, file: Residents, mapping: Mapping, report: Report, options: _Options
    ) -> None:
        self.load, self.file, self.mapping, self.report, self.options = load, file, mapping, report, options
        self.divisions = Divisions()
        self.households = _Households()
        self.household_ids = np.zeros(0, np.int64)
        self.persons: list[Array] = []
        self.person_rows: list[Array] = []
        self.person_places: list[Array] = []
        self.today = day_number(options.on)
        self.pinyin: dict[str, str] = {}

    def run(self) -> None:
        wanted = [header for header, _name in self.mapping.fields]
        for batch in self.file.batches(wanted):
            self._batch(batch)
            self.options.progress(self.file.tally.rows)
        for number, expected, actual in self.file.tally.ragged:
            self.report.fail(
                np.array([number]), "整行", "row.columns", f"（应为 {expected} 列，实为 {actual} 列）"
            )
        self._count()
        self._judge_households()
        self._judge_duplicates()

    def _count(self) -> None:
        """Fewer rows than the file itself, or whoever sent it, says there are: it was cut short."""
        found = self.file.tally.rows + len(self.file.tally.ragged)
        for stated in (self.file.tally.stated, self.options.expected_rows):
            if stated is not None and stated != found:
                raise cut_short(f"应有 {stated} 行，实际读到 {found} 行。")

    # -- a batch -----------------------------------------------------------------------------------------

    def _batch(self, batch: Batch) -> None:
        columns = {
            field_.name: cleaned(batch.columns[header]) for header, field_ in self.mapping.by_header.items()
        }
        bad = np.zeros(len(batch.row), bool)

        def fail(failing: Array, field_: str, code: str) -> None:
            fresh = failing & ~bad if code.startswith("field.") else failing
            if fresh.any():
                shown = self._shown(columns[field_], fresh, BY_NAME[field_])
                self.report.fail(batch.row[fresh], BY_NAME[field_].label, code, values=shown)
                np.logical_or(bad, fresh, out=bad)

        self._plain_text(columns, fail)
        reads = {name: self._read(name, column, fail) for name, column in columns.items()}
        level, kind = reads.get("disability_level"), reads.get("disability_kind")
        if kind is not None:
            unlevelled = ~kind.empty if level is None else ~kind.empty & level.empty
            fail(unlevelled, "disability_kind", "disability.level_missing")
        numbers = self._numbers(columns, reads, fail)
        names = columns["household_no"].fill_null("")
        place, fresh = self.households.numbers(names, batch.row)
        self._village(reads["village"], place, bad, fail)
        self.households.bad[place[bad]] = True
        self._stage(columns, reads, numbers, place, fresh, bad, batch.row)
        self.report.flush()

    def _shown(self, column: pa.Array, rows: Array, field_: Field) -> list[str] | None:
        if not self.report.wanted:
            return None
        cells = column.filter(pa.array(rows)).to_pylist()
        birth = field_.name == "birth_date"
        return ["" if cell is None else masked(cell, field_.form, birth=birth) for cell in cells]

    def _plain_text(self, columns: dict[str, pa.Array], fail: Callable[[Array, str, str], None]) -> None:
        for name, column in columns.items():
            field_ = BY_NAME[name]
            if field_.required:
                fail(pc.is_null(column).to_numpy(zero_copy_only=False), name, "field.empty")
            written = field_.form in {Form.TEXT, Form.NAME}
            fail(is_formula(column, text=written), name, "field.formula")
            if written:
                odd = pc.fill_null(pc.match_substring_regex(column, r"[\x00-\x1f\x7f]"), False)
                fail(odd.to_numpy(zero_copy_only=False), name, "field.control")
                long = pc.fill_null(pc.greater(pc.utf8_length(column), _LONGEST_NAME), False)
                fail(long.to_numpy(zero_copy_only=False), name, "field.too_long")

    def _read(self, name: str, column: pa.Array, fail: Callable[[Array, str, str], None]) -> Read | None:
        field_ = BY_NAME[name]
        match field_.form:
            case Form.DATE:
                read = read_dates(column)
                fail(
                    ~read.empty & (read.values > self.today) & ~read.reason["date.unreadable"],
                    name,
                    "date.in_future",
                )
                self.report.note("date.mended", int(read.repaired.sum()))
            case Form.MONEY:
                read = read_money(column)
                if field_.income is not codes.Income.BUSINESS_INCOME:
                    fail(read.values < 0, name, "money.negative")
                self.report.note("money.mended", int(read.repaired.sum()))
            case Form.CODE:
                read = read_codes(column, field_.labels)
            case Form.DIVISION:
                villages = name == "village"
                read = (
                    self.divisions.read_villages(column) if villages else self.divisions.read_places(column)
                )
                self.report.note("division.mended", int(read.repaired.sum()))
            case _:
                return None
        for code, failing in read.reason.items():
            fail(failing, name, code)
        return read

    def _numbers(
        self,
        columns: dict[str, pa.Array],
        reads: dict[str, Read | None],
        fail: Callable[[Array, str, str], None],
    ) -> Any:
        texts, wide = normalised(columns["resident_id"].fill_null(""))
        self.report.note("number.wide", int(wide.sum()))
        numbers = check_numbers(texts, self.options.on)
        empty = pc.equal(texts, "").to_numpy(zero_copy_only=False)
        floating = pc.match_substring_regex(texts, r"^[0-9.]+E\+?[0-9]+$").to_numpy(zero_copy_only=False)
        fail(floating, "resident_id", "number.as_float")
        for verdict, code in enumerate(VERDICTS):
            if verdict:
                fail((numbers.verdict == verdict) & ~empty & ~floating, "resident_id", code)
        good = numbers.verdict == 0
        born, sex = reads.get("birth_date"), reads.get("sex")
        if born is not None:
            readable = good & ~born.empty & ~np.logical_or.reduce(list(born.reason.values()))
            fail(readable & (born.values != numbers.born), "birth_date", "number.birth_differs")
        if sex is not None:
            fail(good & (sex.values > 0) & (sex.values != numbers.sex), "sex", "number.sex_differs")
        self.report.note("number.upgraded", int(numbers.upgraded.sum()))
        unknown = good & ~np.isin(numbers.area, _KNOWN_AREAS)
        self.report.note("number.unknown_county", int(unknown.sum()))
        return numbers

    def _village(
        self, read: Read | None, place: Array, bad: Array, fail: Callable[[Array, str, str], None]
    ) -> None:
        """All rows of a household name one village: that of its first good row."""
        assert read is not None
        known = self.households.village
        order = np.flatnonzero(~bad)[::-1]
        unset = order[known[place[order]] == 0]
        known[place[unset]] = read.values[unset]
        fail(~bad & (read.values != known[place]), "village", "household.village_differs")

    # -- staging -----------------------------------------------------------------------------------------

    def _stage(
        self,
        columns: dict[str, pa.Array],
        reads: dict[str, Read | None],
        numbers: Any,
        place: Array,
        fresh: Array,
        bad: Array,
        rows: Array,
    ) -> None:
        if len(fresh):
            self.household_ids = np.concatenate(
                [self.household_ids, self.load.fresh_ids("household", len(fresh))]
            )
        good = np.flatnonzero(~bad)
        if not len(good):
            return
        taken = pa.array(good)
        place = place[good]
        persons = self.load.fresh_ids("person", len(good))
        self.persons.append(persons)
        self.person_rows.append(rows[good])
        self.person_places.append(place)
        household, village = self.household_ids[place], self.households.village[place]
        township = (village // 1000).astype(np.int32)
        self.load.add("person", self._person_table(columns, numbers, persons, township, taken, good))
        relation = _values(reads, "relation", good)
        since = _values(reads, "lives_here_since", good)
        since = np.where(since == 0, self.today, since)
        days = _days(since)
        count = len(good)
        source = pa.array(np.full(count, int(self.options.source)), pa.int16())
        of_person = {"person_id": persons, "township": township}
        self.load.add(
            "membership",
            pa.table(
                {
                    "household_id": household,
                    "township": township,
                    "person_id": persons,
                    "person_township": township,
                    "relation": relation,
                    "position": self._positions(place, relation),
                    "lives_here": pa.array(np.full(count, True)),
                    "lives_here_since": days,
                    "since": days,
                    "source": source,
                }
            ),
        )
        self._stage_hukou(reads, good, of_person, village, days, source)
        self._stage_facts(reads, good, of_person, days, source)
        self._stage_standing(reads, good, relation, household, township, days, source)

    def _person_table(
        self,
        columns: dict[str, pa.Array],
        numbers: Any,
        persons: Array,
        township: Array,
        taken: pa.Array,
        good: Array,
    ) -> pa.Table:
        names = columns["name"].take(taken)
        return pa.table(
            {
                "id": persons,
                "township": township,
                "resident_id": numbers.text.take(taken),
                "name": names,
                "name_pinyin": self._pinyin(names),
                "sex": numbers.sex[good],
                "birth_date": _days(numbers.born[good]),
                "source": pa.array(np.full(len(good), int(self.options.source)), pa.int16()),
            }
        )

    def _pinyin(self, names: pa.Array) -> pa.Array:
        encoded = names.dictionary_encode()
        read = []
        for name in encoded.dictionary.to_pylist():
            known = self.pinyin.get(name)
            if known is None:
                known = self.pinyin[name] = pinyin(name)
            read.append(known)
        return pa.array(read, pa.string()).take(encoded.indices)

    def _positions(self, place: Array, relation: Array) -> Array:
        """0 for the head, the others numbered as they come."""
        head = relation == codes.Relation.HEAD
        self.households.heads += np.bincount(place[head], minlength=len(self.households.heads))
        others = place[~head]
        order = np.argsort(others, kind="stable")
        ordered = others[order]
        start = np.searchsorted(ordered, ordered, "left")
        position = np.zeros(len(place), np.int64)
        numbered = np.empty(len(others), np.int64)
        numbered[order] = np.arange(len(others)) - start + self.households.others[ordered] + 1
        position[~head] = numbered
        self.households.others += np.bincount(others, minlength=len(self.households.others))
        return position

    def _stage_hukou(
        self,
        reads: dict[str, Read | None],
        good: Array,
        of_person: dict[str, Array],
        village: Array,
        days: pa.Array,
        source: pa.Array,
    ) -> None:
        if "rural" not in reads and "hukou" not in reads:
            return
        division = _values(reads, "hukou", good)
        division = np.where(division == 0, village, division)
        rural, said = _values(reads, "rural", good), np.zeros(len(good), bool)
        if (read := reads.get("rural")) is not None:
            said = ~read.empty[good]
        table = of_person | {
            "division": division,
            "rural": pa.array(rural > 0, mask=~said),
            "since": days,
            "source": source,
        }
        self.load.add("hukou", pa.table(table))

    def _stage_facts(
        self,
        reads: dict[str, Read | None],
        good: Array,
        of_person: dict[str, Array],
        days: pa.Array,
        source: pa.Array,
    ) -> None:
        month = day_number(self.options.facts_since)
        for field_ in FIELDS:
            read = reads.get(field_.name)
            if read is None or (field_.income is None and field_.name not in {"labour", "disability_level"}):
                continue
            rows = np.flatnonzero(~read.empty[good])
            if not len(rows):
                continue
            table = _some(of_person, rows) | {"source": source.take(pa.array(rows))}
            values = read.values[good][rows]
            if field_.income is not None:
                table |= {"kind": np.full(len(rows), int(field_.income)), "fen": values}
                self.load.add("income", pa.table(table | {"since": _days(np.full(len(rows), month))}))
            elif field_.name == "labour":
                table |= {"labour": values, "since": days.take(pa.array(rows))}
                self.load.add("capacity", pa.table(table))
            else:
                table |= {"level": values, "since": days.take(pa.array(rows))}
                self.load.add("certificate", pa.table(table | self._parts(reads, good[rows], values)))

    @staticmethod
    def _parts(reads: dict[str, Read | None], rows: Array, level: Array) -> dict[str, Array]:
        kind = reads.get("disability_kind")
        of = np.zeros(len(rows), np.int64) if kind is None else kind.values[rows]
        return {part: np.where(of == k, level, 0) for k, part in enumerate(DISABILITY_PARTS, start=1)}

    def _stage_standing(
        self,
        reads: dict[str, Read | None],
        good: Array,
        relation: Array,
        household: Array,
        township: Array,
        days: pa.Array,
        source: pa.Array,
    ) -> None:
        """The head's row speaks for the household."""
        read = reads.get("registration")
        if read is None:
            return
        rows = np.flatnonzero((relation == codes.Relation.HEAD) & ~read.empty[good])
        _first, distinct = np.unique(household[rows], return_index=True)
        rows = rows[np.sort(distinct)]
        if len(rows):
            at = pa.array(rows)
            self.load.add(
                "standing",
                pa.table(
                    {
                        "household_id": household[rows],
                        "township": township[rows],
                        "registration": read.values[good][rows],
                        "since": days.take(at),
                        "source": source.take(at),
                    }
                ),
            )

    # -- the whole ---------------------------------------------------------------------------------------

    def _judge_households(self) -> None:
        """One head each. A household none of whose rows was good is in the report by its rows already."""
        met = self.households
        living = met.heads + met.others > 0
        for failing, code in (
            (living & (met.heads == 0) & ~met.bad, "household.no_head"),
            (met.heads > 1, "household.two_heads"),
        ):
            self.report.fail(met.first_row[failing], BY_NAME["relation"].label, code)
            met.bad |= failing

    def _judge_duplicates(self) -> None:
        """The same number twice in the file, or in the registry already."""
        if not self.persons:
            return
        persons, rows = np.concatenate(self.persons), np.concatenate(self.person_rows)
        places = np.concatenate(self.person_places)
        order = np.argsort(persons)
        connection = self.load.connection
        twice = connection.execute(
            "select s.id, twice.first from pg_temp.staged_person s join (select number_index, min(id) as first"
            " from pg_temp.staged_person group by number_index having count(*) > 1) twice using (number_index)"
            " where s.id <> twice.first order by s.id"
        ).fetchall()
        for person, first in twice:
            at = order[np.searchsorted(persons[order], [person, first])]
            self.report.fail(
                rows[at[:1]], BY_NAME["resident_id"].label, "number.twice", f"（第 {rows[at[1]]} 行）"
            )
            self.households.bad[places[at[0]]] = True
        registered = connection.execute(
            "select s.id from pg_temp.staged_person s join registry_person p on p.number_index = s.number_index"
        ).fetchall()
        if registered:
            at = order[np.searchsorted(persons[order], np.array([row[0] for row in registered]))]
            self.report.fail(np.sort(rows[at]), BY_NAME["resident_id"].label, "number.registered")
            self.households.bad[places[at]] = True

    def hold_back(self) -> None:
        """Take the households with a refused row out of the staging; their other rows are reported as held."""
        bad = self.households.bad
        if not bad.any() or not self.persons:
            return
        persons, rows = np.concatenate(self.persons), np.concatenate(self.person_rows)
        held = bad[np.concatenate(self.person_places)]
        waiting = rows[held & ~np.isin(rows, list(self.report.rows))]
        self.report.fail(waiting, "整户", "household.held")
        out = persons[held].tolist()
        for name in self.load.staged:
            if name == "person":
                condition, ids = "id = any(%s)", out
            elif name in {"household", "standing"}:
                column = "id" if name == "household" else "household_id"
                condition, ids = f"{column} = any(%s)", self.household_ids[bad].tolist()
            else:
                condition, ids = "person_id = any(%s)", out
            gone = self.load.connection.execute(
                f"delete from pg_temp.staged_{name} where {condition}", [ids]
            ).rowcount
            self.load.staged[name] -= gone

    def stage_households(self) -> int:
        """The households with somebody in them, once all their rows are known."""
        met = self.households
        keep = np.flatnonzero((met.heads + met.others > 0) & ~met.bad)
        if len(keep):
            village = met.village[keep]
            self.load.add(
                "household",
                pa.table(
                    {
                        "id": self.household_ids[keep],
                        "township": village // 1000,
                        "village": village,
                        "opened_on": _days(np.full(len(keep), self.today)),
                        "source": np.full(len(keep), int(self.options.source)),
                    }
                ),
            )
        return len(keep)


def _values(reads: dict[str, Read | None], name: str, rows: Array) -> Array:
    read = reads.get(name)
    return np.zeros(len(rows), np.int64) if read is None else read.values[rows]


def _some(columns: dict[str, Array], rows: Array) -> dict[str, Any]:
    return {name: values[rows] for name, values in columns.items()}


def _days(values: Array) -> pa.Array:
    return pa.array(values.astype(np.int32), pa.int32()).cast(pa.date32())


@dataclass(frozen=True)
class _Options:
    on: date
    facts_since: date
    source: codes.Source
    expected_rows: int | None
    progress: Callable[[int], None]


def import_file(
    path: Path,
    *,
    actor: Actor,
    on: date,
    mapping: dict[str, str] | None = None,
    facts_since: date | None = None,
    source: codes.Source = codes.Source.FILE,
    load_good: bool = False,
    expected_rows: int | None = None,
    errors_file: Path | None = None,
    progress: Callable[[int], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> ImportReport:
    """Load a file of residents, one row a person.

    on: the business date; nothing in the file may lie after it. facts_since: first month the monthly amounts hold
    for (a year before by default). load_good: load the households without any refused row instead of nothing.
    expected_rows: how many rows the sender says there are. The same bytes with the same mapping change nothing.
    Raises `Refusal` (headers, permission) and `SourceTrouble` (the file is not whole); bad rows are in the report.
    """
    file = open_residents(path)
    matched = match_headers(file.headers, mapping)
    digest = digest_of(path)
    since = facts_since or date(on.year - 1, on.month, 1)
    if since.day != 1:
        raise Refusal("import.facts_since", "月度金额的起始日期应为每月一日。", field="facts_since")
    options = _Options(on, since, source, expected_rows, progress or (lambda _rows: None))
    report = Report()
    if errors_file is not None:
        report.open(errors_file)
    try:
        return _run(path, file, matched, digest, actor, options, report, load_good, errors_file, say)
    except psycopg.errors.UniqueViolation:
        raise Refusal(
            "import.same_time", "同一文件或同一人正由他人导入，本次未载入任何数据。", next_step="请稍后重试。"
        ) from None
    finally:
        report.close()


def _run(
    path: Path,
    file: Residents,
    mapping: Mapping,
    digest: str,
    actor: Actor,
    options: _Options,
    report: Report,
    load_good: bool,
    errors_file: Path | None,
    say: Callable[[str], None] | None,
) -> ImportReport:
    with bulk_load(note=f"import {path.name}", actor=actor, progress=say, checked=True) as load:
        if _loaded_before(load, digest, mapping):
            return _report(path, file, mapping, report, errors_file, load, already=True)
        run = _Import(load, file, mapping, report, options)
        run.run()
        refused = bool(report.counts)
        if refused and load_good:
            run.hold_back()
        loadable = (not refused or load_good) and run.stage_households() > 0
        if not loadable:
            return _report(path, file, mapping, report, errors_file, load)
        load.publish()
        result = _report(path, file, mapping, report, errors_file, load, loaded=True)
        _remember(load, digest, mapping, actor, result)
        return result


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


def _report(
    path: Path,
    file: Residents,
    mapping: Mapping,
    report: Report,
    errors_file: Path | None,
    load: Load,
    *,
    loaded: bool = False,
    already: bool = False,
) -> ImportReport:
    staged = load.staged if loaded else {}
    facts = sum(count for name, count in staged.items() if name not in {"person", "household", "membership"})
    used = set(mapping.by_header)
    return ImportReport(
        path.name,
        loaded,
        already,
        file.tally.rows + len(file.tally.ragged),
        file.tally.blank,
        len(report.rows),
        staged.get("person", 0),
        staged.get("household", 0),
        facts,
        dict(report.counts),
        dict(report.notes),
        tuple(header for header in file.headers if header and header not in used),
        errors_file,
    )


__all__ = ["Field", "ImportReport", "import_file"]
