"""What is in force: the signed editions of the rulebook (its texts and its rows of values), one after another, and the
values signed one by one beside them, each until the month it was taken back from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from django.db import connection
from django.db.models import Max

from minzheng.assessment.canonical import canonical
from minzheng.assessment.enacting.models import Edition, Enactment, Proposal
from minzheng.assessment.enacting.types import RULEBOOK, Kind
from minzheng.assessment.enacting.values import (
    Editions,
    Event,
    book_over,
    editions_of,
    file_rows,
    rows_read,
    rows_written,
    set_of,
)
from minzheng.rulebook import load
from minzheng.rulebook.texts import of_files, reread
from minzheng.rules.book import Rulebook
from minzheng.rules.joined import joined
from minzheng.rules.language.errors import RuleError
from minzheng.rules.parameters import ParameterSet, Row, read_row
from minzheng.rules.written import Plain, written
from minzheng.values.errors import Refusal

AT = "平台签署生效"
_VERSION = (
    "select (select string_agg(digest, ',' order by digest) from assessment_edition where initial),"
    " (select id || ':' || digest from assessment_enactment order by id desc limit 1)"
)
Version = tuple[str | None, str | None]
_known: tuple[Version, Rulebook] | None = None
_editions: tuple[Version, Editions] | None = None


def book_in_force() -> Rulebook:
    """The rulebook in force: the text and the values that were signed.

    Each call asks what it rests on (the initial edition and the latest enactment: both only grow, so they stand for all of
    it), so that no process goes on with an edition that is past; the rest is read where that is another than last time.
    """
    global _known
    version = _version()
    known = _known
    if known is None or known[0] != version:
        known = _known = (version, book_of(text_in_force(), enacted_rows()))
    return known[1]


def _version() -> Version:
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        initial, latest = cursor.fetchone()
    return initial, latest


def book_of(text: Plain, rows: tuple[Row, ...] = ()) -> Rulebook:
    """A text over the installation's own rows with rows in force beside them; the program's own rules where it computes
    the same.

    Raises `Refusal` for a text this program cannot run any more.
    """
    if text["texts"] == of_files()["texts"]:
        return over_base(rows)
    try:
        book = reread(text, base_values())
        return book.with_enacted(rows) if rows else book
    except RuleError as wrong:
        raise Refusal(
            "rulebook.text_unreadable",
            f"已签署生效的规则文本不能由本版本程序运行（{_why(wrong)}），不能据以认定。",
            next_step="请退回原版本程序，或者由两名政策人员在原版本上先签署新的规则文本。",
        ) from wrong


_WHY = {
    "not declared any more": "不再登记该事项",
    "of another type now": "该事项的类型已改",
    "interrupted": "该待遇会中断后又开始",
    "of another": "新旧文本所属对象或者类型不同",
    "cycle": "新旧规则互相引用",
    "tried after": "待遇的先后次序不相容",
    "one side only": "新旧文本只有一方给付",
    "does not read back": "文本与所留摘要不符",
}
"""What the engine says of two texts, in words for people; the engine's own words stay with the cause."""


def _why(wrong: RuleError) -> str:
    said = str(wrong)
    reason = next((words for mark, words in _WHY.items() if mark in said), "规则不相容")
    return f"{said.split()[0].rstrip(':')}：{reason}"


# -- texts -----------------------------------------------------------------------------------------------------------


def text_in_force(
    *, without: Enactment | None = None, since: date | None = None, before: Enactment | None = None
) -> Plain:
    """The text in force; before anything was recorded that of the files.

    without, since: the text as it would be with one enactment taken back from a month on. before: as it was when that
    one came into force.
    """
    held, stood = _initial(), dict[int, Plain]()
    for one in _text_enactments():
        if before is not None and one.pk >= before.pk:
            break
        if one.withdraws_id is None:
            stood[one.pk] = held
            held = text_from(held, edition_text(one.proposal.value), one.proposal.since)
        else:
            held = _taken_back(held, stood[one.withdraws_id], one.proposal.since, one.withdraws)
    if without is None or since is None:
        return held
    return _taken_back(held, stood[without.pk], since, without)


def _text_enactments() -> Iterable[Enactment]:
    found = Enactment.objects.filter(proposal__key=RULEBOOK).order_by("id")
    return found.select_related("proposal", "withdraws__proposal", "withdrawn_by__proposal")


def _taken_back(held: Plain, before: Plain, since: date, taken: Enactment | None) -> Plain:
    """From the month on what held before; one that is taken back from its beginning never held."""
    assert taken is not None
    return before if since <= taken.proposal.since else text_from(held, before, since)


def text_from(held: Plain, new: Plain, since: date) -> Plain:
    """What is in force with another text from a month on. Raises `Refusal` where the two cannot follow one another."""
    if held["texts"] == new["texts"]:
        return held
    try:
        return written(reread(joined(held, new, since)))
    except RuleError as wrong:
        raise Refusal(
            "enacting.text_does_not_follow",
            f"新的规则文本不能自该月起接续现行文本（{_why(wrong)}）。",
            field="since",
            next_step="请由程序维护人员把相应规则改写为新旧两个文本。",
        ) from wrong


def _initial() -> Plain:
    found = Edition.objects.filter(initial=True).order_by("at").values_list("text", flat=True).first()
    return of_files() if found is None else dict(json.loads(found))


def edition_text(digest: str) -> Plain:
    """A text that is kept, by its digest."""
    return dict(json.loads(Edition.objects.values_list("text", flat=True).get(pk=digest)))


def edition_of(text: Plain) -> Edition:
    """A text (with its rows, where it has them) as it is kept, not saved."""
    kept = canonical(text)
    return Edition(digest=hashlib.sha256(kept.encode()).hexdigest(), text=kept, with_rows="rows" in text)


def shipped() -> Plain:
    """What this program ships, as an edition keeps it: its texts and every row of its parameter files."""
    return {**of_files(), "rows": rows_written(file_rows())}


def is_recorded() -> bool:
    """Whether it stands what this installation began with, values as well."""
    return Edition.objects.filter(initial=True, with_rows=True).exists()


# -- values ----------------------------------------------------------------------------------------------------------


def editions_in_force() -> Editions:
    """The rows the installation rests on, those of signed editions, and which of them it knows; read once an enactment."""
    global _editions
    version = _version()
    known = _editions
    if known is None or known[0] != version:
        known = _editions = (version, editions_of(_initial_rows(), _events()))
    return known[1]


def _initial_rows() -> tuple[Row, ...] | None:
    first = Edition.objects.filter(initial=True, with_rows=True).values_list("digest", flat=True).first()
    return None if first is None else edition_rows(first)


def _events() -> Iterator[Event]:
    for one in _text_enactments():
        taking_back = one.withdraws_id is not None
        rows = () if taking_back else edition_rows(one.proposal.value)
        until = None if taking_back else _until(one)
        yield Event(one.pk, one.proposal.since, _day(one), until, rows, one.withdraws_id)


@lru_cache(maxsize=8)
def edition_rows(digest: str) -> tuple[Row, ...]:
    """The rows of an edition that is kept; none of one kept before they were part of it."""
    return tuple(rows_read(edition_text(digest).get("rows", ())))


def base_values() -> ParameterSet:
    """The values that what was signed lies over."""
    return set_of(editions_in_force().base)


def over_base(rows: tuple[Row, ...]) -> Rulebook:
    """The program's own rules over the installation's own values, with rows in force beside them."""
    return book_over(editions_in_force().base, rows)


def enacted_rows(editions: Editions | None = None) -> tuple[Row, ...]:
    """Every row two people signed into force, of an edition or by itself, in the order they did."""
    editions = editions or editions_in_force()
    return tuple(sorted((*value_rows(), *editions.added), key=lambda row: row.order))


def value_rows() -> tuple[Row, ...]:
    """The rows signed one by one."""
    found = (
        Enactment.objects.filter(withdraws=None, proposal__kind=Kind.VALUE)
        .select_related("proposal", "withdrawn_by__proposal")
        .order_by("id")
    )
    return tuple(row_of(one.proposal, _day(one), one.pk, _until(one)) for one in found)


def _day(enactment: Enactment) -> date:
    assert enactment.day is not None, "the database stamps it"
    return enactment.day


def _until(enactment: Enactment) -> date | None:
    """The month a value was taken back from; one taken back from before its beginning never held."""
    taken_back = getattr(enactment, "withdrawn_by", None)
    return None if taken_back is None else max(taken_back.proposal.since, enactment.proposal.since)


def row_of(proposal: Proposal, day: date, order: int, until: date | None = None) -> Row:
    """A proposal as a row of the rulebook. Known from its first day, or from `day` where that is later: a standard
    signed late gives arrears and leaves what was decided before as it was.
    """
    parameter = load().parameters.declared[proposal.key]
    raw = {
        "place": proposal.place,
        "from": proposal.since,
        "value": {"true": True, "false": False}.get(proposal.value, proposal.value),
        "known_from": max(day, proposal.since),
        "document": proposal.document,
        "mark": "assumed" if proposal.example else "found",
        "example": proposal.example,
        "note": proposal.reason,
        "checked": day,
        "link": proposal.link,
    }
    if until is not None:
        raw["until"] = until
    row = read_row(parameter, raw, f"{AT}（{order}）")
    return Row(**{**vars(row), "order": order})


def last_enactment() -> int:
    """The number of the last enactment; 0 before the first."""
    return int(Enactment.objects.aggregate(last=Max("id"))["last"] or 0)
