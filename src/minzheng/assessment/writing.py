"""Ranked findings into the platform, a county in one transaction: opened, changed, held back, settled; never twice.

Live facts are read again in the same statement that opens a lead: death, a new award, a refusal, a cool-down.
Runs as the application's role under the sweep's own ticket, which the database keeps away from awards and money.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg
import pyarrow as pa

from minzheng.assessment.findings import Totals
from minzheng.assessment.ranking import A_MONTH_UNDISCOVERED, MOST_MONTHS
from minzheng.assessment.types import Kind
from minzheng.assessment.workflow import COOL_DOWN_DAYS, GOOD_FOR_DAYS, LIVE
from minzheng.registry import codes

Connection = psycopg.Connection[tuple[Any, ...]]

_STAGED = {
    "household_id": "bigint", "person_id": "bigint", "programme": "text", "programme_code": "smallint",
    "division": "text", "village": "bigint", "kind": "smallint", "outcome": "smallint", "fen": "bigint",
    "received_fen": "bigint", "gap_fen": "bigint", "questions": "smallint", "asks": "jsonb", "deciding": "text",
    "clauses": "text", "sentence": "text", "attention": "smallint", "score": "int",
}  # fmt: skip
"""Columns of `assessment_staged` as they travel; clauses are joined by a bar. PostgreSQL refuses COPY into a guarded
table and the application's role may make no temporary one: rows come as arrays."""
_SAME = (
    "l.household_id = s.household_id and coalesce(l.person_id, 0) = coalesce(s.person_id, 0)"
    " and l.programme = s.programme"
)
_HERE = "l.division >= %(low)s and l.division <= %(high)s and l.state = any(%(live)s)"
#: Asked again in each statement: an officer may have closed the lead while the county was being compared.
_STILL_LIVE = "l.state = any(%(live)s)"
_LEADS = f"s.kind in ({Kind.ENTITLED.value}, {Kind.CLARIFY.value})"
_FOUND = (
    "kind", "outcome", "fen", "received_fen", "gap_fen", "questions", "asks", "deciding", "clauses", "sentence",
    "attention",
)  # fmt: skip

HELD_WORDS = {
    "death": "已登记死亡",
    "stale": "快照之后家庭成员有死亡登记，须重新比对",
    "award": "已登记享受该待遇",
    "stopped": "已不再登记享受该待遇",
    "silent": "本人谢绝或约定不联系",
    "cooling": "不久前已办结，没有新的重大变化",
}
"""Why a finding opens no lead."""

#: Events after which somebody who declined may be approached about the programme again (DY-6).
MATERIAL = tuple(
    int(event)
    for event in (
        codes.Event.BIRTH, codes.Event.DEATH, codes.Event.MARRIAGE, codes.Event.DIVORCE, codes.Event.MOVE,
        codes.Event.IMPRISONED, codes.Event.RELEASED, codes.Event.LEFT_SCHOOL, codes.Event.LOST_JOB,
        codes.Event.CERTIFICATE,
    )
)  # fmt: skip


@dataclass
class Written:
    """What a county's transaction did, in rows."""

    opened: dict[int, int] = field(default_factory=dict)
    changed: int = 0
    settled: int = 0
    kept: int = 0
    held: dict[str, int] = field(default_factory=dict)

    def add(self, other: Written) -> None:
        for kind, count in other.opened.items():
            self.opened[kind] = self.opened.get(kind, 0) + count
        for reason, count in other.held.items():
            self.held[reason] = self.held.get(reason, 0) + count
        self.changed += other.changed
        self.settled += other.settled
        self.kept += other.kept


@dataclass(frozen=True)
class When:
    """The sweep's day of law, what its snapshot knew, and the platform's day."""

    on: date
    known_at: datetime
    month: date
    today: date

    @property
    def school_year(self) -> date:
        return date(self.month.year if self.month.month >= 9 else self.month.year - 1, 9, 1)


class CountyWriter:
    """Writes one county's findings inside the connection's running transaction."""

    def __init__(self, connection: Connection, sweep: uuid.UUID, county: str, when: When) -> None:
        self.connection, self.county = connection, county
        self.values: dict[str, Any] = {
            "sweep": sweep, "county": county, "low": county.ljust(9, "0"), "high": county.ljust(9, "9"), "live": [s.value for s in LIVE],
            "on": when.on, "known": when.known_at, "month": when.month, "today": when.today,
            "month_name": f"{when.month:%Y-%m}", "school_year": when.school_year, "material": list(MATERIAL),
            "good_for": GOOD_FOR_DAYS, "a_month": A_MONTH_UNDISCOVERED, "most_months": MOST_MONTHS,
            "study_aid": int(codes.Programme.STUDY_AID), "relief": int(codes.Programme.RELIEF),
            "declined": int(codes.Suppression.DECLINED),
            "cool_states": [s.value for s in COOL_DOWN_DAYS], "cool_days": list(COOL_DOWN_DAYS.values()),
        }  # fmt: skip

    def write(self, table: pa.Table, totals: Totals) -> Written:
        """Everything of the county; the same findings a second time change nothing."""
        self._stage(table)
        self._hold_back()
        written = Written()
        written.settled = self._settle_vanished() + self._settle_held()
        written.changed = self._change() + self._wake()
        self._prolong()
        written.opened = self._open()
        written.held = dict(
            self._rows("select held, count(*) from assessment_staged where held is not null group by 1")
        )
        (written.kept,) = self._rows(
            "select count(*) from assessment_staged where lead_id is not null and held is null"
        )[0]
        self._count(totals)
        self._rows("select assessment_clear_staging()")
        return written

    def _run(self, statement: str) -> int:
        return int(self.connection.execute(statement, self.values).rowcount)

    def _rows(self, query: str) -> list[Any]:
        return self.connection.execute(query, self.values).fetchall()

    # -- staging ---------------------------------------------------------------------------------------------------

    def _stage(self, table: pa.Table) -> None:
        arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in _STAGED.items())
        values = ", ".join("string_to_array(clauses, '|')" if name == "clauses" else name for name in _STAGED)
        self._rows("select assessment_clear_staging()")
        self.connection.execute(
            f"insert into assessment_staged ({', '.join(_STAGED)})"
            f" select {values} from unnest({arrays}) as a ({', '.join(_STAGED)})",
            _travelling(table),
        )
        self._rows("select assessment_count_rows()")
        # Wherever the household lived when it was found; it may have moved since.
        # A lead that has become a review, or the other way round, is another piece of work.
        self._run(
            "update assessment_staged s set lead_id = l.id from assessment_lead l"
            f" where {_STILL_LIVE} and {_SAME}"
            f" and (l.kind >= {Kind.ENDED.value}) = (s.kind >= {Kind.ENDED.value})"
        )

    def _hold_back(self) -> None:
        """Mark what opens no lead, the weightiest reason first."""
        self._hold(
            "death", _LEADS,
            "exists (select from registry_death d where d.person_id = s.person_id and d.superseded_at is null)",
        )  # fmt: skip
        self._hold(
            "stale", _LEADS,
            "exists (select from registry_membership m join registry_death d on d.person_id = m.person_id"
            " where m.household_id = s.household_id and m.superseded_at is null"
            " and m.since <= %(on)s and (m.until is null or m.until > %(on)s)"
            " and d.superseded_at is null and d.recorded_at > %(known)s)",
        )  # fmt: skip
        received = (
            "exists (select from registry_receipt r where r.household_id = s.household_id"
            " and r.programme = s.programme_code and (s.person_id is null or r.person_id = s.person_id)"
            " and r.superseded_at is null and (case when s.programme_code = %(study_aid)s"
            " then r.since >= %(school_year)s and r.since <= %(month)s"
            " else r.since <= %(month)s and (r.until is null or r.until > %(month)s) end))"
        )
        self._hold("award", f"{_LEADS} and s.programme_code <> %(relief)s", received)
        self._hold("stopped", f"not ({_LEADS})", f"not {received}")
        self._hold_quiet()

    def _hold(self, reason: str, which: str, condition: str) -> None:
        self._run(
            f"update assessment_staged s set held = '{reason}' where held is null and {which} and {condition}"
        )

    def _hold_quiet(self) -> None:
        """Whom nobody approaches for a time: refused, asked for peace, or closed not long ago; unless, after that,
        something material was recorded or the question itself became another.
        """
        self._run(
            "update assessment_staged s set closed_kind = c.kind, closed_at = c.changed_at from ("
            " select distinct on (l.household_id, coalesce(l.person_id, 0), l.programme) l.household_id,"
            "  l.person_id, l.programme, l.kind, l.changed_at from assessment_lead l"
            "  join unnest(%(cool_states)s::text[], %(cool_days)s::int[]) cool (state, days) on cool.state = l.state"
            "  where case when l.until is not null"
            "  then l.until > %(today)s else l.changed_at + cool.days * interval '1 day' > now() end"
            "  order by l.household_id, coalesce(l.person_id, 0), l.programme, l.changed_at desc) c"
            f" where s.held is null and s.lead_id is null and {_SAME.replace('l.', 'c.')}"
        )
        self._run(
            "update assessment_staged s set silent_at = q.at, peace = q.peace from ("
            " select t.ctid as place, max(p.recorded_at) as at, bool_or(p.kind <> %(declined)s) as peace"
            "  from assessment_staged t join registry_suppression p on p.household_id = t.household_id"
            "  and (p.person_id is null or p.person_id = t.person_id)"
            "  and (p.programme is null or p.programme = t.programme_code)"
            "  and p.since <= %(today)s and (p.until is null or p.until > %(today)s) and p.superseded_at is null"
            "  group by 1) q"
            f" where q.place = s.ctid and s.held is null and s.lead_id is null and {_LEADS}"
        )
        self._run(
            f"update assessment_staged s set material = {_change_after('greatest(s.closed_at, s.silent_at)')}"
            " where s.closed_at is not null or s.silent_at is not null"
        )
        another = f"coalesce(case when {_LEADS} then s.kind < s.closed_kind else s.kind <> s.closed_kind end, false)"
        self._hold("silent", "silent_at is not null", f"(peace or (material is null and not {another}))")
        self._hold("cooling", "closed_at is not null", f"material is null and not {another}")
        self._run(
            "update assessment_staged s set note = coalesce('办结或谢绝后情况有变：' || material, '上次办结后结果有变：事实已查清')"
            " where held is null and (closed_at is not null or silent_at is not null)"
        )

    # -- leads -----------------------------------------------------------------------------------------------------

    def _settle_vanished(self) -> int:
        """Live leads that this sweep does not find any more."""
        return self._run(
            "update assessment_lead l set state = 'settled', until = null, sweep_id = %(sweep)s,"
            " version = version + 1, reason = '按 ' || %(month_name)s || ' 的事实重新比对，已不再查出'"
            f" where {_HERE} and not exists (select from assessment_staged s where s.lead_id = l.id)"
        )

    def _settle_held(self) -> int:
        """Live leads that a live fact has overtaken."""
        words = " ".join(f"when '{reason}' then '{text}'" for reason, text in HELD_WORDS.items())
        return self._run(
            "update assessment_lead l set state = 'settled', until = null, sweep_id = %(sweep)s,"
            f" version = version + 1, reason = case s.held {words} end"
            f" from assessment_staged s where s.lead_id = l.id and {_STILL_LIVE} and s.held is not null"
        )

    def _change(self) -> int:
        """Live leads about which something else was found."""
        differs = " or ".join(f"l.{name} is distinct from s.{name}" for name in _FOUND)
        sets = ", ".join(f"{name} = s.{name}" for name in _FOUND)
        return self._run(
            f"update assessment_lead l set {sets}, sweep_id = %(sweep)s, version = version + 1,"
            " reason = '按 ' || %(month_name)s || ' 的事实重新比对，结果有变',"
            " state = case when l.kind <> s.kind and l.state = 'contacted' then 'open' else l.state end"
            f" from assessment_staged s where s.lead_id = l.id and {_STILL_LIVE} and s.held is null and ({differs})"
        )

    def _wake(self) -> int:
        """Postponed leads whose day has come."""
        return self._run(
            "update assessment_lead l set state = 'open', until = null, sweep_id = %(sweep)s,"
            " version = version + 1, reason = '约定的日期已到'"
            f" where {_HERE} and l.state = 'postponed' and l.until <= %(today)s"
        )

    def _prolong(self) -> None:
        """Found again: good for longer, by now more urgent, and where the household lives now. No new version."""
        score = "s.score + %(a_month)s * least(%(most_months)s, greatest(0, " + _MONTHS + "))"
        self._run(
            f"update assessment_lead l set expires_on = %(on)s::date + %(good_for)s::int, score = {score},"
            " division = s.division, village = s.village"
            f" from assessment_staged s where s.lead_id = l.id and {_STILL_LIVE} and s.held is null"
            " and (l.expires_on, l.score, l.division, l.village)"
            f" is distinct from (%(on)s::date + %(good_for)s::int, {score}, s.division, s.village)"
        )

    def _open(self) -> dict[int, int]:
        names = ("division", "village", "household_id", "person_id", "programme", *_FOUND, "score")
        rows = self._rows(
            f"with opened as (insert into assessment_lead ({', '.join(names)}, first_found, expires_on, sweep_id,"
            " state, reason, version, changed_at)"
            f" select {', '.join(names)}, %(on)s, %(on)s::date + %(good_for)s::int, %(sweep)s, 'open', note, 1,"
            " clock_timestamp() from assessment_staged where lead_id is null and held is null"
            " order by score desc, household_id returning kind)"
            " select kind, count(*) from opened group by 1"
        )
        return dict(rows)

    # -- figures ---------------------------------------------------------------------------------------------------

    def _count(self, totals: Totals) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "insert into assessment_sweeptotal (sweep_id, division, programme, outcome, receiving, holders, fen)"
                " values (%s, %s, %s, %s, %s, %s, %s)",
                [
                    (self.values["sweep"], str(place), *rest)
                    for place, *rest in totals.outcomes
                    if str(place).startswith(self.county)
                ],
            )
            cursor.executemany(
                "insert into assessment_clausetotal (sweep_id, division, programme, provision, outcome, holders)"
                " values (%s, %s, %s, %s, %s, %s)",
                [
                    (self.values["sweep"], str(place), *rest)
                    for place, *rest in totals.clauses
                    if str(place) == self.county
                ],
            )
        self._run(
            "update assessment_sweep set counties_done = array_append(counties_done, %(county)s::varchar)"
            " where id = %(sweep)s"
        )


_MONTHS = "extract(year from age(%(on)s::date, l.first_found)) * 12 + extract(month from age(%(on)s::date, l.first_found))"


def _change_after(moment: str) -> str:
    """SQL for the names and days of material events of a staged household's members recorded after a moment."""
    labels = " ".join(f"when {int(event)} then '{event.label}'" for event in codes.Event)
    return (
        f"(select string_agg(distinct (case e.kind {labels} end) || '（' || to_char(e.on_day, 'YYYY-MM-DD') || '）', '、')"
        " from registry_membership m join registry_lifeevent e on e.person_id = m.person_id"
        " where m.household_id = s.household_id and m.superseded_at is null and e.superseded_at is null"
        f" and e.kind = any(%(material)s) and e.recorded_at > {moment})"
    )


def _travelling(table: pa.Table) -> dict[str, list[Any]]:
    """The table's columns as the statement takes them."""
    columns = {name: table["kind_code" if name == "kind" else name].to_pylist() for name in _STAGED}
    columns["division"] = [str(code) for code in columns["division"]]
    columns["clauses"] = ["|".join(clauses) for clauses in columns["clauses"]]
    columns["asks"] = [
        json.dumps([[one["fact"], one["person_id"]] for one in asks]) for asks in columns["asks"]
    ]
    return columns
