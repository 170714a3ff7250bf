"""Running awards after a value of the rulebook changed: who gets another amount, from which month, on which decision.

The facts are those of the decision each award rests on (DY-3: a standard is no change of circumstances); an award taken
over without one rests on the registry's facts where they explain its amount (`seen`). More is due from the month the
value holds from, in the past as arrears (DY-9); less only from the next month on, since nobody is asked to give back what
was paid rightly (SA-2). Whoever would no longer be entitled is looked at by a person; what is not known ends and changes
nothing. A batch is reckoned and written together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from django.db.models import Prefetch, Q, QuerySet

from minzheng.assessment.redecide import Seen, keep_recalculations
from minzheng.awards.models import Award, Term
from minzheng.awards.queries import in_scope, stretches_of, text_after
from minzheng.awards.queries import month as month_of
from minzheng.awards.reckoned import Reckoned, day_for, months_from
from minzheng.awards.restating import Restatement, restate_awards
from minzheng.awards.seen import Taken, seen_by, seen_in_registry
from minzheng.awards.setwise import Question, reckon_all
from minzheng.awards.tasks import note
from minzheng.awards.types import Amount, Cause, TaskKind
from minzheng.base.types import Actor
from minzheng.rules.book import Rulebook
from minzheng.rules.kernel.run import Kernel
from minzheng.rules.status import Status
from minzheng.values.month import Month

REASON = "标准或规则调整，按原认定事实重新核算"
#: Amounts that officers set within a range, and those that follow the months of a phase-out, are not recomputed here.
LEFT = frozenset({Cause.DISCRETION, Cause.PHASE_OUT})


@dataclass(frozen=True)
class Piece:
    """An amount for consecutive months, with the family it was reckoned for."""

    since: Month
    last: Month
    fen: int
    exact: Fraction
    of: Seen


@dataclass
class Looked:
    """An award on its way: the months that are reckoned with their terms and facts; what is already said of it."""

    award: Award
    months: list[tuple[Month, Term, Seen]] = field(default_factory=list)
    reckoned: list[Reckoned] = field(default_factory=list)
    said: str = ""
    why: str = ""
    """Why nothing else may be paid than what is, where the facts do not explain the amount taken over."""


def awards_to_recompute(
    actor: Actor, programme: str, place: str, since: Month, *, after: int, most: int
) -> list[Award]:
    """Awards that run in or after a month, by number, with their terms and decisions; at most so many.

    Locked, then their terms are read: an amount an officer changes meanwhile is not reckoned past.
    """
    rows = _running(programme, place, since).filter(in_scope(actor)).select_for_update()
    terms = Prefetch("terms", Term.objects.select_related("decision").order_by("id"))
    return list(rows.filter(pk__gt=after).order_by("id").prefetch_related(terms)[:most])


def many_to_recompute(programme: str, place: str, since: Month) -> int:
    """How many awards that is, as far as the caller's scope lets them be seen."""
    return _running(programme, place, since).count()


def _running(programme: str, place: str, since: Month) -> QuerySet[Award]:
    rows = Award.objects.filter(Q(ends=None) | Q(ends__gt=since.first_day), programme=programme)
    return rows.filter(division__gte=place, division__lt=text_after(place)) if place else rows


def recompute_batch(
    actor: Actor,
    awards: Sequence[Award],
    since: Month,
    *,
    on: date,
    book: Rulebook,
    kernel: Kernel | None = None,
) -> Counter[str]:
    """Awards of one programme from a month on, in the caller's transaction; how many came out how.

    They come out same, changed, not_entitled, unsettled. With a kernel they are reckoned by it (`setwise`).
    """
    looked = _looked_up(actor, awards, since, on, book)
    for programme in sorted({award.programme for award in awards}):
        some = [one for one in looked if one.award.programme == programme]
        questions = [
            Question(seen, one.award.person_id, day_for(month, on))
            for one in some
            for month, _term, seen in one.months
        ]
        answers = iter(reckon_all(book, programme, questions, published_by=on, kernel=kernel))
        for one in some:
            one.reckoned = [next(answers) for _month in one.months]
    changes = [(one, pieces) for one in looked if (pieces := _judged(one, on))]
    _write(actor, changes, on, book)
    return Counter(one.said for one in looked)


def _looked_up(actor: Actor, awards: Sequence[Award], since: Month, on: date, book: Rulebook) -> list[Looked]:
    """For each award its months from `since` to the next, with the facts each of them rests on."""
    held = [(award, _terms_by_month(award, since, on)) for award in awards]
    bare = [
        (award, term)
        for award, terms in held
        if (term := next((term for _month, term in terms if term.decision is None), None)) is not None
    ]
    taken = seen_in_registry(actor, bare, since.plus(-1), book=book) if bare else {}
    seen: dict[object, Seen] = {}
    looked = []
    for award, terms in held:
        one = Looked(award)
        for month, term in terms:
            if term.decision is not None and term.decision_id not in seen:
                seen[term.decision_id] = seen_by(term.decision, book)
            if not _rests_on(one, month, term, seen.get(term.decision_id), taken.get(award.pk)):
                break
        looked.append(one)
    return looked


def _rests_on(one: Looked, month: Month, term: Term, seen: Seen | None, taken: Taken | None) -> bool:
    """Put a month with its facts; False where nobody is there any more to reckon for."""
    if seen is None:
        assert taken is not None
        one.why = taken.why
        seen = taken.seen
    if seen is None:
        one.months = []
        return False
    one.months.append((month, term, seen))
    return True


def _terms_by_month(award: Award, since: Month, on: date) -> list[tuple[Month, Term]]:
    """The months that are recomputed, each with the term that says what is due."""
    if award.programme == "phase_out":
        return []
    running = stretches_of(award.terms.all())
    found = []
    for month in months_from(Month.of(award.since), since, _last(award, on)):
        term = next((one.what for one in running if one.holds(month)), None)
        if term is not None and Cause(term.cause) not in LEFT:
            found.append((month, term))
    return found


def _last(award: Award, on: date) -> Month:
    """The month after the running one, or the last of an award that ends before."""
    ahead, ends = Month.of(on).plus(1), month_of(award.ends)
    return ahead if ends is None or ends > ahead else ends.plus(-1)


def _judged(one: Looked, on: date) -> list[Piece]:
    """What is to be written for an award; says how it came out, and notes what a person has to look at."""
    if one.why and not one.months:
        return _unsettled(one, Month.of(on), on, one.why)
    pieces = _pieces(one, Month.of(on))
    if one.why:
        # What would be the same anyway needs no explanation.
        open_or_other = pieces or any(_is_open(found) for found in one.reckoned)
        return _unsettled(one, one.months[0][0], on, one.why) if open_or_other else _same(one)
    for (month, _term, _seen), found in zip(one.months, one.reckoned, strict=True):
        if found.status is Status.NO:
            note(
                one.award, TaskKind.NOT_ENTITLED, key=str(month), due=on, detail={"since": str(month), "why": REASON}
            )  # fmt: skip
            one.said = "not_entitled"
            return []
        if _is_open(found):
            return _unsettled(one, month, on, REASON)
    one.said = "changed" if pieces else "same"
    return pieces


def _is_open(found: Reckoned) -> bool:
    return found.status is not Status.YES or found.fen is None


def _same(one: Looked) -> list[Piece]:
    one.said = "same"
    return []


def _unsettled(one: Looked, month: Month, on: date, why: str) -> list[Piece]:
    note(one.award, TaskKind.UNSETTLED, key=str(month), due=on, detail={"since": str(month), "why": why})
    one.said = "unsettled"
    return []


def _pieces(one: Looked, now: Month) -> list[Piece]:
    """Months in which another amount is due, joined where they follow each other with one amount.

    Up to the running month only more; less from the next month on. Months whose outcome is open are nobody's.
    """
    pieces: list[Piece] = []
    for (month, term, seen), found in zip(one.months, one.reckoned, strict=True):
        if _is_open(found):
            continue
        assert found.fen is not None
        assert found.exact is not None
        if found.fen == term.fen and (term.decision_id is None or str(found.exact) == term.exact):
            continue
        if found.fen < term.fen and month <= now:
            continue
        last = pieces[-1] if pieces else None
        same = last is not None and (last.fen, last.exact, last.of) == (found.fen, found.exact, seen)
        if last is not None and same and last.last.plus(1) == month:
            pieces[-1] = Piece(last.since, month, last.fen, last.exact, last.of)
        else:
            pieces.append(Piece(month, month, found.fen, found.exact, seen))
    return pieces


def _write(actor: Actor, changes: Sequence[tuple[Looked, list[Piece]]], on: date, book: Rulebook) -> None:
    """A decision for each piece, then the awards' next versions."""
    wanted = [(piece.of, day_for(piece.since, on)) for _one, pieces in changes for piece in pieces]
    kept = iter(
        keep_recalculations(actor=actor, wanted=wanted, published_by=on, purpose=REASON, book=book)
        if wanted
        else []
    )
    restated = [
        Restatement(
            one.award, tuple((_amount(one.award, piece, Month.of(on)), next(kept).pk) for piece in pieces)
        )
        for one, pieces in changes
    ]
    restate_awards(actor, restated, cause=Cause.STANDARD, reason=REASON, on=on)
    for one, pieces in changes:
        _tell_less(one, pieces, on)


def _tell_less(one: Looked, pieces: Sequence[Piece], on: date) -> None:
    """DY-4: who receives less is told so and why. More needs no letter: the payment says it."""
    paid = {month: term.fen for month, term, _seen in one.months}
    for piece in pieces:
        if piece.fen < paid[piece.since]:
            since = str(piece.since)
            note(one.award, TaskKind.NOTICE, key=since, due=on, detail={"since": since, "why": REASON})
            return


def _amount(award: Award, piece: Piece, now: Month) -> Amount:
    """What reaches beyond the running month holds until the award ends."""
    until = month_of(award.ends) if piece.last >= now else piece.last.plus(1)
    return Amount(piece.since, until, piece.fen, piece.exact)
