"""Finding cases and taking lists of them out of the platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from minzheng.assessment.programmes import programme_label
from minzheng.base.actions import record
from minzheng.base.types import Actor, Permission
from minzheng.cases.boards import is_adult
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case
from minzheng.cases.types import Channel, Outcome
from minzheng.cases.where import in_scope
from minzheng.registry.queries import division_name, household_lines, households_named, person_lines
from minzheng.values.errors import Refusal

_NUMBER = re.compile(r"[A-Za-z]{2,4}-[0-9-]{1,30}")


def search(actor: Actor, text: str, on: date) -> QuerySet[Case]:
    """Cases by number (or its beginning), or of a household with somebody of this name or pinyin; the latest first."""
    if not actor.is_resident:
        actor.require(Permission.SEE_CASES)
    rows = Case.objects.filter(in_scope(actor)).order_by("-received_on", "-pk")
    return rows.filter(matching(actor, text.strip(), on)) if text.strip() else rows.none()


def matching(actor: Actor, text: str, on: date) -> Q:
    """By number or its beginning, else by a name or pinyin in the household."""
    if _NUMBER.fullmatch(text):
        return Q(number__startswith=text.upper())
    return Q(household_id__in=households_named(actor, text, on=on))


@transaction.atomic
def export(actor: Actor, rows: QuerySet[Case], *, purpose: str, on: date) -> list[dict[str, Any]]:
    """The rows of a queue for a file, all of them, under Chinese headings; recorded with the purpose before a row is given.

    Minors are never named (they and their guardians are found by the case's number).
    """
    actor.require(Permission.EXPORT)
    if not purpose.strip():
        raise Refusal("export.no_purpose", "导出名单须填写用途。", field="purpose")
    found = list(rows)
    record(actor, "export_cases", "cases.case", "", reason=purpose.strip(), detail={"rows": len(found)})
    heads = _heads(actor, found, on)
    people = person_lines(actor, {one.applicant_id for one in found if one.applicant_id})
    return [_row(one, heads, people, on) for one in found]


def _heads(actor: Actor, rows: Iterable[Case], on: date) -> dict[int, str]:
    ids = list(dict.fromkeys(one.household_id for one in rows if one.household_id is not None))
    return {line.id: line.head for line in household_lines(actor, ids, on=on)}


def _row(row: Case, heads: dict[int, str], people: dict[int, Any], on: date) -> dict[str, Any]:
    applicant = people.get(row.applicant_id or 0)
    grown = applicant is not None and is_adult(applicant.birth_date, row.division[:6], on)
    return {
        "办件编号": row.number,
        "待遇": programme_label(row.programme),
        "乡镇（街道）": division_name(row.division[:9]),
        "村（社区）": division_name(row.division),
        "户主": heads.get(row.household_id or 0, "") if row.person_id is None else "",
        "申请人": applicant.name if applicant is not None and grown else "",
        "证件号码": applicant.number if applicant is not None and grown else "",
        "渠道": Channel(row.channel).label,
        "收到": row.received_on.isoformat(),
        "受理": row.accepted_on.isoformat() if row.accepted_on else "",
        "期限": row.due_on.isoformat() if row.due_on else "",
        "状态": line_of(row.line).state(row.state).label,
        "结果": Outcome(row.outcome).label,
        "决定": row.decided_on.isoformat() if row.decided_on else "",
        "承办人": row.assignee.name if row.assignee else "",
    }
