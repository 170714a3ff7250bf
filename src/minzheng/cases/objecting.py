"""Objections to what hangs on the board or to a check, and ways against a decision."""

from __future__ import annotations

from datetime import date

from minzheng.cases.clocks import parameter_on, work_calendar
from minzheng.cases.models import Appeal, Case, LetterRow, Objection, PublicNotice
from minzheng.cases.moving import Taken
from minzheng.cases.types import AppealKind
from minzheng.values.errors import Refusal


def about_notice(taken: Taken) -> None:
    """Somebody objects while the opinion hangs. The source may be left out: what is said is looked into all the same."""
    hanging = PublicNotice.objects.filter(case=taken.case, kind="opinion", ended_on=None).first()
    if hanging is None or (hanging.until is not None and taken.on > hanging.until):
        raise Refusal(
            "objection.too_late",
            "公示期已满。",
            next_step="对确认结果不服的，可以申请行政复议，或者实名举报。",
            article="PB-1",
        )
    _keep(taken, "notice")


def about_check(taken: Taken) -> None:
    _keep(taken, "check")


def _keep(taken: Taken, about: str) -> None:
    Objection.objects.create(
        case=taken.case,
        version=taken.case.version,
        about=about,
        received_on=taken.on,
        source=str(taken.fields.get("source", ""))[:64],
        text=taken.reason,
    )


def answer(taken: Taken) -> None:
    """Every open objection is answered by what the step says."""
    for one in Objection.objects.filter(case=taken.case, answered_on=None):
        one.answered_on, one.answer = taken.on, taken.reason
        one.save(update_fields=["answered_on", "answer"])


def board_cleared(taken: Taken) -> None:
    """What is no longer in question no longer hangs."""
    PublicNotice.objects.filter(case=taken.case, ended_on=None).update(ended_on=taken.on)


def appeal(taken: Taken) -> None:
    """Reconsideration or lawsuit is filed. Whether it is in time is worked out and shown; the organ decides it."""
    kind = AppealKind(taken.fields.get("kind", AppealKind.RECONSIDERATION))
    last = last_day(taken.case, kind)
    Appeal.objects.create(
        case=taken.case,
        version=taken.case.version,
        kind=kind,
        filed_on=taken.on,
        last_day=last,
        in_time=None if last is None else taken.on <= last,
        text=taken.reason,
    )


def last_day(case: Case, kind: AppealKind) -> date | None:
    """The last day to appeal, counted from when the written decision was delivered; None while it was not."""
    letter = (
        LetterRow.objects.filter(case=case, delivered_on__isnull=False)
        .order_by("-delivered_on", "-pk")
        .first()
    )
    if letter is None or letter.delivered_on is None:
        return None
    delivered = letter.delivered_on
    key = "appeal.reconsideration" if kind is AppealKind.RECONSIDERATION else "appeal.litigation"
    value = parameter_on(key, case.division[:6], delivered)
    if not value.known:
        return None
    length = int(value.value)  # type: ignore[arg-type]
    calendar = work_calendar()
    if kind is AppealKind.RECONSIDERATION:
        return calendar.last_day(delivered, length)
    return calendar.last_month_day(delivered, length)
