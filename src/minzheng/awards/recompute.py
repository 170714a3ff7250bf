"""Running awards after a value of the rulebook changed: who gets another amount, from which month, on which decision.

The facts are those of the decision each award rests on (DY-3: a standard is no change of circumstances). More is due
from the month the value holds from, in the past as arrears (DY-9); less only from the next month on, since nobody is
asked to give back what was paid rightly (SA-2). Whoever would no longer be entitled is looked at by a person; what is
not known ends and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Prefetch, Q

from minzheng.assessment.models import Decision
from minzheng.assessment.redecide import keep_recalculation
from minzheng.awards.actions import change_amount
from minzheng.awards.models import Award, Term
from minzheng.awards.queries import in_scope, stretches_of, text_after
from minzheng.awards.queries import month as month_of
from minzheng.awards.reckoned import Reckoned, day_for, months_from, reckon
from minzheng.awards.said import Document
from minzheng.awards.tasks import note
from minzheng.awards.types import Cause, TaskKind
from minzheng.base.types import Actor
from minzheng.rules.book import Rulebook
from minzheng.rules.status import Status
from minzheng.values.month import Month

REASON = "标准或规则调整，按原认定事实重新核算"
#: Amounts that officers set within a range, and those that follow the months of a phase-out, are not recomputed here.
LEFT = frozenset({Cause.DISCRETION, Cause.PHASE_OUT})


@dataclass(frozen=True)
class Piece:
    """An amount for consecutive months, with the decision of whose facts it was reckoned."""

    since: Month
    last: Month
    fen: int
    exact: Fraction
    of: Decision


def awards_to_recompute(
    actor: Actor, programme: str, place: str, since: Month, *, after: int, most: int
) -> list[Award]:
    """Awards that run in or after a month, by number, with their terms and decisions; at most so many."""
    rows = Award.objects.filter(
        in_scope(actor), Q(ends=None) | Q(ends__gt=since.first_day), programme=programme
    )
    if place:
        rows = rows.filter(division__gte=place, division__lt=text_after(place))
    terms = Prefetch("terms", Term.objects.select_related("decision").order_by("id"))
    return list(rows.filter(pk__gt=after).order_by("id").prefetch_related(terms)[:most])


def recompute_award(actor: Actor, award: Award, since: Month, *, on: date, book: Rulebook) -> str:
    """One award from a month on. Says what came out: same, changed, not_entitled, unsettled, undecided."""
    if award.programme == "phase_out":
        return "same"
    running = stretches_of(award.terms.all())
    found: list[tuple[Month, Term, Reckoned]] = []
    documents: dict[object, Document] = {}
    for month in months_from(Month.of(award.since), since, _last(award, on)):
        term = next((one.what for one in running if one.holds(month)), None)
        if term is None or Cause(term.cause) in LEFT:
            continue
        if term.decision is None:
            return _unsettled(award, month, on, "undecided")
        document = documents.setdefault(term.decision_id, Document(term.decision))
        day = day_for(month, on)
        reckoned = reckon(book, document, award.programme, award.person_id, day, published_by=on)
        found.append((month, term, reckoned))
    return _apply(actor, award, found, on, book)


def _last(award: Award, on: date) -> Month:
    """The month after the running one, or the last of an award that ends before."""
    ahead, ends = Month.of(on).plus(1), month_of(award.ends)
    return ahead if ends is None or ends > ahead else ends.plus(-1)


def _apply(
    actor: Actor, award: Award, found: Sequence[tuple[Month, Term, Reckoned]], on: date, book: Rulebook
) -> str:
    for month, _term, reckoned in found:
        if reckoned.status is Status.NO:
            note(
                award,
                TaskKind.NOT_ENTITLED,
                key=str(month),
                due=on,
                detail={"since": str(month), "why": REASON},
            )
            return "not_entitled"
        if reckoned.status is not Status.YES or reckoned.fen is None:
            return _unsettled(award, month, on, "unsettled")
    pieces = _pieces(found, Month.of(on))
    for piece in pieces:
        decision = keep_recalculation(
            actor=actor, of=piece.of, on=day_for(piece.since, on), purpose=REASON, book=book
        )
        open_ended = piece.last >= Month.of(on)
        change_amount(
            actor=actor, award=award.public_id, since=piece.since, last=None if open_ended else piece.last,
            decision=decision, cause=Cause.STANDARD, reason=REASON, on=on,
        )  # fmt: skip
    return "changed" if pieces else "same"


def _unsettled(award: Award, month: Month, on: date, said: str) -> str:
    note(award, TaskKind.UNSETTLED, key=str(month), due=on, detail={"since": str(month), "why": REASON})
    return said


def _pieces(found: Sequence[tuple[Month, Term, Reckoned]], now: Month) -> list[Piece]:
    """Months in which another amount is due, joined where they follow each other with one amount.

    Up to the running month only more; less from the next month on.
    """
    pieces: list[Piece] = []
    for month, term, reckoned in found:
        assert reckoned.fen is not None
        assert reckoned.exact is not None
        assert term.decision is not None
        if (reckoned.fen, str(reckoned.exact)) == (term.fen, term.exact):
            continue
        if reckoned.fen < term.fen and month <= now:
            continue
        last = pieces[-1] if pieces else None
        if last and last.last.plus(1) == month and (last.fen, last.exact, last.of) == (
            reckoned.fen, reckoned.exact, term.decision,
        ):  # fmt: skip
            pieces[-1] = Piece(last.since, month, last.fen, last.exact, last.of)
        else:
            pieces.append(Piece(month, month, reckoned.fen, reckoned.exact, term.decision))
    return pieces


def recompute_batch(
    actor: Actor, awards: Sequence[Award], since: Month, *, on: date, book: Rulebook
) -> Counter[str]:
    """A batch in the caller's transaction; how many came out how."""
    return Counter(recompute_award(actor, award, since, on=on, book=book) for award in awards)
