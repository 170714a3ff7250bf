"""Written notices: what each says, kept as it was, made into paper when somebody asks for it.

A refusal always carries its clauses, the values it rests on with their documents, the remedy and its time limits (AP-1).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction

from minzheng.assessment.programmes import programme_label
from minzheng.base import documents
from minzheng.base.letters import Letter, Table, letter_pdf
from minzheng.base.types import Actor
from minzheng.cases.clocks import parameter_on
from minzheng.cases.deciding import Assessed
from minzheng.cases.lines import line_of
from minzheng.cases.models import Case, LetterRow, Shortage
from minzheng.cases.moving import Taken
from minzheng.cases.reasons import Reason, reasons_of
from minzheng.cases.types import LetterKind
from minzheng.cases.workflow import Step
from minzheng.registry.queries import division_name, person_lines
from minzheng.rulebook.clauses import catalogue
from minzheng.rules.explain.determine import Determination, Outcome
from minzheng.rules.explain.sentences import Line, Narrator, needs_words, reckoning
from minzheng.values.errors import Refusal

CODE = "WS"
_ONE_DOCUMENT = re.compile(r"(《[^》]*》（[^）]*）)([^；]+)")


@dataclass(frozen=True)
class Content:
    """What a letter says; JSON as kept, and what `base.letters` prints."""

    title: str
    organ: str
    to: str
    paragraphs: tuple[str, ...]
    on: str
    rows: tuple[tuple[str, str], ...] = ()
    clauses: tuple[str, ...] = ()
    clause_ids: tuple[str, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    remedy: str = ""
    contact: str = ""
    notes: tuple[str, ...] = field(default=())


def write(taken: Taken, kind: LetterKind, content: Content) -> LetterRow:
    """Keep a letter of a case; the database gives its number."""
    row = LetterRow(
        number=CODE,
        case=taken.case,
        division=taken.case.division,
        version=taken.case.version,
        kind=kind,
        content={name: plain(value) for name, value in vars(content).items()},
        received_on=taken.on,
    )
    return kept(row)


def kept(row: LetterRow) -> LetterRow:
    row.save(force_insert=True)
    row.refresh_from_db(fields=["number"])
    return row


def plain(value: Any) -> Any:
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def write_other(
    actor: Actor,
    row: Case,
    kind: LetterKind,
    *,
    title: str,
    paragraphs: Sequence[str],
    clause_ids: Sequence[str],
    on: date,
    adverse: bool,
) -> LetterRow:
    """A letter of a line's own in a case: a change, a stop (DY-4). What is against the family tells the way against it."""
    taken = Taken(actor, row, line_of(row.line), Step(kind, title, (row.state,), "", None, ""), {}, "", on)
    texts = {one.id: one for one in catalogue()}
    content = _content(
        taken,
        title,
        *paragraphs,
        clauses=tuple(f"{texts[one].document}{texts[one].article_words}" for one in clause_ids),
        clause_ids=tuple(clause_ids),
        remedy=remedy(row.division, on) if adverse else "",
    )
    return write(taken, kind, content)


# -- what each says --------------------------------------------------------------------------------------
def receipt(taken: Taken) -> None:
    """Accepted, on which day, how long it may take."""
    due = taken.case.due_on
    limit = f"办理期限至{_day(due)}。" if due else ""
    content = _content(
        taken,
        "受理通知书",
        f"您于{_day(taken.case.received_on)}提出的{_what(taken)}申请，材料齐全，现予受理。",
        f"办件编号：{taken.case.number}。{limit}",
        organ=township_organ(taken.case.division),
    )
    write(taken, LetterKind.RECEIPT, content)


def shortage(taken: Taken) -> None:
    """All that is missing, at once (TM-1)."""
    items = Shortage.objects.filter(case=taken.case, supplied_on=None).order_by("pk")
    content = _content(
        taken,
        "一次性补正告知书",
        f"您提出的{_what(taken)}申请，还缺少下列材料。请补齐后提交；除此之外不再要求补正。",
        *(f"{n}. {one.item}" for n, one in enumerate(items, 1)),
        organ=township_organ(taken.case.division),
    )
    write(taken, LetterKind.SHORTAGE, content)


def termination(taken: Taken) -> None:
    content = _content(
        taken,
        "终止办理告知书",
        f"您提出的{_what(taken)}申请，因下列原因终止办理：{taken.reason}",
        "情况变化或者愿意配合调查的，可以重新提出申请。",
        remedy=remedy(taken.case.division, taken.on),
        clause_ids=(taken.step.clause,),
    )
    write(taken, LetterKind.TERMINATION, content)


def rejection(taken: Taken) -> None:
    content = _content(
        taken,
        "不予受理告知书",
        f"您提出的{_what(taken)}申请，因下列原因不予受理：{taken.reason}",
        remedy=remedy(taken.case.division, taken.on),
        organ=township_organ(taken.case.division),
        clause_ids=(taken.step.clause,),
    )
    write(taken, LetterKind.REJECTION, content)


def refusal(taken: Taken) -> None:
    """Why not, clause by clause, with every value it rests on."""
    found = _assessed(taken)
    why = reasons_of(Narrator(found.determination).outcome(found.outcome))
    title, said = _not_any_more(taken) if _reviews(taken) else _not_granted(taken)
    content = _content(
        taken,
        title,
        said,
        *numbered(why),
        *([f"审核确认机关的说明：{taken.reason}"] if taken.reason else []),
        remedy=remedy(taken.case.division, taken.on),
        **law([one.condition for one in why], found.determination, found.outcome),
    )
    write(taken, LetterKind.REFUSAL, short(content, [line for one in why for line in one.lines]))


def _reviews(taken: Taken) -> bool:
    """Whether the case looks again at what is being received: its line grants no programme of its own."""
    return not taken.line.programmes


def _not_granted(taken: Taken) -> tuple[str, str]:
    applied = f"您于{_day(taken.case.received_on)}提出的{_what(taken)}申请"
    return "不予确认告知书", f"{applied}，经调查核实，不符合规定条件，决定不予确认。"


def _not_any_more(taken: Taken) -> tuple[str, str]:
    return "待遇停发告知书", (
        f"您家享受的{_what(taken)}，经复核，不再符合规定条件，自决定的次月起停发；"
        "因就业增收符合渐退条件的，按规定渐退。"
    )


def confirmation(taken: Taken) -> None:
    """What was confirmed, by which conditions, and how the sum was reckoned; all the rest is on the case's page."""
    found = _assessed(taken)
    line = Narrator(found.determination).outcome(found.outcome)
    reckoned = reckoning(found.determination, found.outcome)
    judged = taken.case.overrides.order_by("-pk").first()
    fen = judged.fen if judged is not None and judged.fen is not None else found.fen
    amount = f"核定金额为{_yuan(fen)}。" if fen else ""
    if _reviews(taken):
        title, said = "复核结果告知书", f"您家享受的{_what(taken)}，经复核，继续符合规定条件。{amount}"
    else:
        title = "确认告知书"
        said = f"您于{_day(taken.case.received_on)}提出的{_what(taken)}申请，经调查核实，符合规定条件，予以确认。{amount}"
    content = _content(
        taken,
        title,
        said,
        *_conditions(line),
        *(() if judged is not None else _steps(reckoned)),
        "家庭人口、收入、财产等情况发生变化的，请及时告知乡镇人民政府（街道办事处）。",
        remedy=remedy(taken.case.division, taken.on),
        **law([line], found.determination, found.outcome),
    )
    write(taken, LetterKind.CONFIRMATION, short(content, [*line.children, *reckoned]))


# -- parts -----------------------------------------------------------------------------------------------
def _content(taken: Taken, title: str, *paragraphs: str, organ: str = "", **more: Any) -> Content:
    return Content(
        title=title,
        organ=organ or county_organ(taken.case.division),
        to=_addressee(taken),
        paragraphs=paragraphs,
        on=taken.on.isoformat(),
        contact=contact(taken.case.division),
        **more,
    )


def contact(division: str) -> str:
    return f"咨询电话：12345，或者到{township_organ(division)}社会救助窗口。"


def _addressee(taken: Taken) -> str:
    applicant = taken.case.applicant_id
    line = person_lines(taken.actor, [applicant]).get(applicant) if applicant else None
    return line.name if line else "申请人"


def _what(taken: Taken) -> str:
    return programme_label(taken.case.programme)


def _assessed(taken: Taken) -> Assessed:
    if taken.assessed is None:
        raise Refusal("letter.not_assessed", "没有认定结果，不能出具告知书。")
    return taken.assessed


def numbered(why: Iterable[Reason]) -> Iterator[str]:
    """One sentence a condition that is not met: what, the figures, the provision."""
    return (f"{n}. {one.sentence}" for n, one in enumerate(why, 1))


def _conditions(line: Line) -> Iterator[str]:
    """One sentence for all conditions that were met, each with its figures where it compares figures."""
    met = [one for one in line.children if one.status == "yes"]
    if met:
        yield f"符合的条件：{'；'.join(map(_condition, met))}。"


def _condition(line: Line) -> str:
    name = line.text.rsplit("：", 1)[0]
    test = line.children[0] if line.children else None
    return f"{name}（{test.compared}）" if test is not None and test.compared else name


def _steps(reckoned: list[Line]) -> Iterator[str]:
    """The sums under the amount, each in its formula; what only passes a sum on is left out."""
    formulas = [
        f"{f'{line.who}：' if line.who else ''}{line.children[0].text}"
        for line in reckoned
        if line.role == "rule" and line.children and line.children[0].text.count(" = ") > 1
    ]
    if formulas:
        yield "金额的核算："
        yield from (f"{n}. {formula}。" for n, formula in enumerate(dict.fromkeys(formulas), 1))


def short(content: Content, printed: list[Line]) -> Content:
    """The letter with only the articles and values of these lines on paper; all of them stay on record."""
    articles: dict[str, list[str]] = {}
    for citation in dict.fromkeys(one.citation for one in printed if one.sentence):
        one_document = _ONE_DOCUMENT.fullmatch(citation)
        document, article = one_document.groups() if one_document else (citation, "")
        articles.setdefault(document, []).append(article)
    values = {one.name: one for one in printed if one.role == "parameter"}
    return replace(
        content,
        clauses=tuple(f"{document}{'、'.join(cited)}" for document, cited in articles.items()),
        rows=_rows(values.values()),
    )


def law(lines: list[Line], determination: Determination, outcome: Outcome) -> dict[str, Any]:
    """Clauses and values under these lines, each once, in the order met."""
    walked = [one for line in lines for one in line.walk()]
    texts = dict.fromkeys(f"{one.citation}：{one.sentence}" for one in walked if one.sentence)
    ids = dict.fromkeys(clause for one in walked for clause in one.clauses)
    values = {one.name: one for one in walked if one.role == "parameter"}
    needs = needs_words(determination, outcome.needs)
    return {
        "clauses": tuple(texts),
        "clause_ids": tuple(ids),
        "parameters": tuple(_parameter(one) for one in values.values()),
        "rows": _rows(values.values()),
        "notes": (
            *(
                ["所依据的部分数值为示例值，尚未经市民政局核定。"]
                if any(v.example for v in values.values())
                else []
            ),
            *([f"尚未查清：{'；'.join(needs)}。"] if needs else []),
        ),
    }


def _rows(values: Iterable[Line]) -> tuple[tuple[str, str], ...]:
    """Values and the documents they stand in; an example is called one."""
    return tuple((f"{one.text}（示例值）" if one.example else one.text, one.citation) for one in values)


def _parameter(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "key": line.name,
        "text": line.text,
        "document": row.document if row else "",
        "since": row.since.isoformat() if row else None,
        "known_from": row.known_from.isoformat() if row else None,
        "place": row.place if row else "",
        "example": line.example,
    }


def remedy(division: str, on: date) -> str:
    """How to go against a decision and within which time (AP-1, TM-21)."""
    county = division[:6]
    days, months = (parameter_on(key, county, on) for key in ("appeal.reconsideration", "appeal.litigation"))
    if not days.known or not months.known:
        raise Refusal("letter.no_remedy", "复议和诉讼期限没有载入，不能出具告知书。", article="TM-21")
    government = f"{division_name(county)}人民政府"
    return (
        f"如对本决定不服，可以自收到本告知书之日起{days.value}日内向{government}申请行政复议，"
        f"也可以自收到本告知书之日起{months.value}个月内向人民法院提起行政诉讼。"
    )


def county_organ(division: str) -> str:
    return f"{division_name(division[:6])}民政局"


def township_organ(division: str) -> str:
    """The township's government, or the street's office."""
    if len(division) < 9:
        return county_organ(division)
    name = division_name(division[:9])
    return f"{name}办事处" if name.endswith("街道") else f"{name}人民政府"


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}元"


# -- paper -----------------------------------------------------------------------------------------------
def as_printed(row: LetterRow) -> Letter:
    """A kept letter as `base.letters` prints it."""
    said = row.content
    table = (
        Table(("所依据的数值", "文件"), tuple(tuple(one) for one in said["rows"]), (1, 1))
        if said["rows"]
        else None
    )
    return Letter(
        kind=row.kind,
        number=row.number,
        title=said["title"],
        organ=said["organ"],
        to=said["to"],
        paragraphs=tuple(said["paragraphs"]),
        on=date.fromisoformat(said["on"]),
        table=table,
        clauses=tuple(said["clauses"]),
        remedy=said["remedy"],
        contact=said["contact"],
        notes=tuple(said["notes"]),
    )


@transaction.atomic
def paper_of(actor: Actor, row: LetterRow) -> uuid.UUID:
    """The letter as a kept PDF: made the first time somebody asks, the same ever after."""
    if row.document is None:
        kept = documents.keep(
            actor=actor,
            content=letter_pdf(as_printed(row)),
            media_type=documents.PDF,
            kind=documents.Kind.LETTER,
            division=row.division,
            household=row.household_id if row.case is None else row.case.household_id,
            title=row.content["title"],
        )
        LetterRow.objects.filter(pk=row.pk).update(document=kept.public_id)
        row.document = kept.public_id
    return row.document


def deliver(kind: LetterKind) -> Any:
    """The last letter of a kind reached the family on the day of the step."""

    def follow(taken: Taken) -> None:
        last = LetterRow.objects.filter(case=taken.case, kind=kind, delivered_on=None).order_by("-pk").first()
        if last is not None:
            last.delivered_on = taken.on
            last.delivered_by = str(taken.fields.get("how", "") or "直接送达")
            last.save(update_fields=["delivered_on", "delivered_by"])

    return follow
