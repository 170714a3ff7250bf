"""What an applicant states: rows of the registry as the family sees them, tried out, adopted, or held against the record.

A statement that differs from a row of another source is never written over it: an officer resolves it with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from minzheng.assessment.decide import decide
from minzheng.base.actions import record
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.cases.models import Application, StatementRow
from minzheng.cases.moving import Taken
from minzheng.cases.types import Stated
from minzheng.cases.where import village_of
from minzheng.registry import codes
from minzheng.registry.actions import FactRow, correct_fact, end_fact, record_fact
from minzheng.registry.queries import members_of
from minzheng.registry.tables import BY_NAME, Holder, Table
from minzheng.rules.explain.determine import Determination
from minzheng.values.errors import Refusal

STATABLE = frozenset(
    {
        "standing", "income", "asset", "certificate", "status", "capacity", "enrolment", "employment", "restriction",
        "parentstate", "expenditure", "relief", "choice",
    }
)  # fmt: skip
"""What a family can say of itself. Deaths, receipts and findings of officers come from elsewhere."""

_TELLS_APART = ("kind", "cause", "stage", "parent", "state")
"""Columns by which rows of one holder are about different things."""
_PERIOD = ("since", "until")
_WRITERS = frozenset({"township", "source", "recorded_at"})
"""Columns the registry fills in itself."""
_LARGEST = {"smallint": 2**15 - 1, "int": 2**31 - 1, "bigint": 10**13}
"""Of money a hundred thousand million yuan: no family has more, and no sum of such runs over."""


@dataclass(frozen=True)
class Statement:
    """A row of a registry table as the applicant states it; `holder` is the person or the household."""

    table: str
    holder: int
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, Any]:
        return {"table": self.table, "holder": self.holder, "values": _json(self.values)}


@dataclass(frozen=True)
class Clash:
    """A live row that says otherwise: which, from whom, and the columns that differ."""

    row: FactRow
    source: codes.Source
    said: Mapping[str, Any]


def statements_from(given: Iterable[Any]) -> list[Statement]:
    """Statements as an API or a form sends them."""
    found = []
    for one in given:
        if isinstance(one, Statement):
            found.append(one)
            continue
        if not isinstance(one, Mapping) or set(one) != {"table", "holder", "values"}:
            raise Refusal("statement.shape", "申报内容的格式不对，每项应有 table、holder、values。")
        found.append(Statement(str(one["table"]), int(one["holder"]), dict(one["values"])))
    return found


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def checked(actor: Actor, household: int, statements: Sequence[Statement], on: date) -> list[Statement]:
    """The statements with their values as the registry's columns hold them; refused where they cannot be."""
    people = {one.person_id for one in members_of(actor, household, on=on)}
    return [_checked(one, household, people) for one in statements]


def _checked(one: Statement, household: int, people: set[int]) -> Statement:
    spec = BY_NAME.get(one.table)
    if spec is None or one.table not in STATABLE:
        raise Refusal("statement.table", f"“{one.table}”不是可以申报的事项。", field="table")
    of_person = spec.holder is Holder.PERSON
    if (one.holder not in people) if of_person else (one.holder != household):
        raise Refusal("statement.holder", "申报的对象不是本户成员。", field="holder")
    own = {"person_id"} if of_person else {"household_id"}
    sayable = {name for name in spec.by_name if name not in own | _WRITERS}
    unknown = set(one.values) - sayable
    if unknown:
        raise Refusal("statement.columns", f"申报中有不认识的项目：{'、'.join(sorted(unknown))}。")
    values = {name: _typed(spec, name, value) for name, value in one.values.items()}
    for name in sorted(sayable):
        if not spec.by_name[name].optional and values.get(name) is None:
            raise Refusal("statement.incomplete", "申报的内容不完整。", field=name)
    return Statement(one.table, one.holder, values)


def _typed(spec: Table, name: str, value: Any) -> Any:
    kind = spec.by_name[name].type
    if value is None:
        return None
    if kind == "date":
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            raise Refusal("statement.date", "日期应写作 2023-12-01。", field=name) from None
    if kind == "boolean":
        if not isinstance(value, bool):
            raise Refusal("statement.yesno", "应为是或否。", field=name)
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal("statement.number", "应为整数；金额以分计。", field=name)
    column = spec.by_name[name]
    low, high = (1, column.codes) if column.codes else (-_LARGEST[kind], _LARGEST[kind])
    if not low <= value <= high:
        raise Refusal("statement.number", "数值不在可以填写的范围内。", field=name)
    return value


# -- against what is recorded ----------------------------------------------------------------------------
def recorded(statement: Statement) -> list[tuple[int, codes.Source, dict[str, Any]]]:
    """Live rows of the same holder about the same thing whose period meets the statement's."""
    spec = BY_NAME[statement.table]
    names = [name for name in spec.by_name if name not in ("township", "recorded_at", "source")]
    apart = [name for name in _TELLS_APART if name in statement.values and name in spec.by_name]
    if spec.one_at_a_time:
        apart = [name for name in ("person_id",) if name in statement.values and name in spec.by_name]
    holder = "person_id" if spec.holder is Holder.PERSON else "household_id"
    where = [f"{holder} = %s", "superseded_at is null", *(f"{name} = %s" for name in apart)]
    values: list[Any] = [statement.holder, *(statement.values[name] for name in apart)]
    if spec.has_period:
        where.append("since < coalesce(%s::date, 'infinity') and %s::date < coalesce(until, 'infinity')")
        values += [statement.values.get("until"), statement.values.get("since")]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id, source, {', '.join(names)} from {spec.sql} where {' and '.join(where)} order by id",
            values,
        )
        rows = cursor.fetchall()
    return [(row[0], codes.Source(row[1]), dict(zip(names, row[2:], strict=True))) for row in rows]


def clash_of(statement: Statement) -> Clash | None:
    """The first row of another source that says otherwise."""
    for number, source, row in recorded(statement):
        differs = differing(statement, row)
        if differs and source is not codes.Source.APPLICANT:
            return Clash(FactRow(statement.table, statement.holder, number), source, differs)
    return None


def differing(statement: Statement, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the row says of the columns it knows and the statement gives otherwise."""
    return {
        name: row[name]
        for name, value in statement.values.items()
        if name not in _PERIOD and row[name] is not None and row[name] != value
    }


def write(actor: Actor, statement: Statement, reason: str) -> FactRow | None:
    """Record a statement beside or in place of the family's own earlier ones; None where nothing new is said.

    What the registry's own constraints refuse (a negative amount, a term without end) cannot be so, whoever states it.
    """
    try:
        with transaction.atomic():
            return _write(actor, statement, reason)
    except (IntegrityError, DataError):
        # Without the database's words, which repeat the row.
        raise Refusal(
            "statement.impossible",
            "申报的内容不可能成立，如金额为负、日期超出范围。",
            field=statement.table,
            next_step="请核对该项申报后重新提交。",
        ) from None


def _write(actor: Actor, statement: Statement, reason: str) -> FactRow | None:
    source = codes.Source.APPLICANT
    for number, said_by, row in recorded(statement):
        differs = differing(statement, row)
        at = FactRow(statement.table, statement.holder, number)
        missing = {
            n: v for n, v in statement.values.items() if row[n] is None and v is not None and n != "until"
        }
        if not differs and not missing:
            return None
        if missing and not differs:
            return correct_fact(actor=actor, row=at, values=missing, source=said_by, reason=reason)
        if "since" in row and row["since"] < statement.values["since"]:
            end_fact(actor=actor, row=at, until=statement.values["since"], source=source, reason=reason)
            break
        return correct_fact(actor=actor, row=at, values=dict(statement.values), source=source, reason=reason)
    values = dict(statement.values)
    return record_fact(
        actor=actor,
        table=statement.table,
        holder=statement.holder,
        values=values,
        source=source,
        reason=reason,
    )


def preview(
    actor: Actor, household: int, statements: Sequence[Statement], on: date, *, steps: bool = False
) -> Determination:
    """What every programme comes to if what is stated were so. Written inside a savepoint and taken back.

    What clashes with the record is left as recorded: a statement alone changes nobody's entitlement against a source.
    """
    village_of(actor, household, on)
    if not statements:
        return decide(actor, household, on=on, steps=steps)
    stated = checked(actor, household, statements, on)
    with transaction.atomic():
        before = transaction.savepoint()
        with scope(system_actor("preview")) as platform:
            for one in stated:
                if clash_of(one) is None:
                    write(platform, one, "试算")
        found = decide(actor, household, on=on, steps=steps)
        transaction.savepoint_rollback(before)
    return found


# -- in a case -------------------------------------------------------------------------------------------
def keep(row: Application, statements: Sequence[Statement]) -> None:
    """What was stated stays with the application, in its order."""
    StatementRow.objects.bulk_create(
        StatementRow(
            application=row,
            position=n,
            table=one.table,
            holder=one.holder,
            values=_json(one.values),
        )
        for n, one in enumerate(statements)
    )


@transaction.atomic
def adopt(actor: Actor, application: Application) -> list[StatementRow]:
    """Record for good what contradicts nothing; the rest is marked for an officer. Once: adopted rows stay adopted."""
    actor.require(Permission.RECORD_FACTS)
    rows = list(
        StatementRow.objects.select_for_update()
        .filter(application=application, state=Stated.STATED)
        .order_by("position")
    )
    for row in rows:
        statement = _of_row(row)
        clash = clash_of(statement)
        if clash is not None:
            row.state = Stated.CONTRADICTED
            row.against = {
                "source": int(clash.source),
                "row": clash.row.id,
                "said": _json(clash.said),
            }
        else:
            fact = write(actor, statement, f"申请 {application.number} 申报")
            row.state = Stated.SAME if fact is None else Stated.ADOPTED
            row.fact_id = None if fact is None else fact.id
        row.save(update_fields=["state", "against", "fact_id"])
    return rows


def _of_row(row: StatementRow) -> Statement:
    spec = BY_NAME[row.table]
    return Statement(
        row.table, row.holder, {name: _typed(spec, name, value) for name, value in row.values.items()}
    )


def adopt_on_acceptance(taken: Taken) -> None:
    """With acceptance what was stated becomes what is known, as far as nothing speaks against it."""
    application = taken.case.application
    if application is not None and taken.actor.may(Permission.RECORD_FACTS):
        adopt(taken.actor, application)


@transaction.atomic
def resolve(actor: Actor, statement: int, *, take: bool, reason: str) -> StatementRow:
    """Of a statement and the record take one: the record is corrected with the reason, or stands with the reason."""
    actor.require(Permission.RECORD_FACTS)
    row = StatementRow.objects.select_for_update().filter(pk=statement).first()
    if row is None or row.state != Stated.CONTRADICTED:
        raise Refusal("statement.settled", "没有找到待处理的申报，或已处理过。", next_step="请刷新页面。")
    if not reason.strip():
        raise Refusal("statement.no_reason", "请填写采用或者不采用申报的理由。", field="reason")
    said = _of_row(row)
    if take:
        clash = clash_of(said)
        fact = (
            correct_fact(
                actor=actor,
                row=clash.row,
                values={name: said.values[name] for name in clash.said},
                source=codes.Source.VISIT,
                reason=reason.strip(),
            )
            if clash is not None
            else write(actor, said, reason.strip())
        )
        row.fact_id = fact.id if fact else None
    row.state = Stated.KEPT if take else Stated.OVERRULED
    row.reason, row.resolved_by = reason.strip(), actor.key
    row.save(update_fields=["state", "fact_id", "reason", "resolved_by"])
    record(
        actor,
        "resolve_statement",
        "cases.application",
        row.application.public_id,
        division=row.application.division,
        reason=reason.strip(),
        detail={"table": row.table, "take": take},
    )
    return row
