"""What a course expects after a step, compared with the platform; each answers None or what was found instead."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from minzheng.rulebook.worked.course import Step
from minzheng.rulebook.worked.spot import Spot
from minzheng.rulebook.worked.texts import day, money, yes_or_no
from minzheng.values.month import Month

if TYPE_CHECKING:
    from tests.courses.driver import Course


def compare(course: Course, step: Step, what: str, expected: Any) -> str | None:
    return CHECKS[what](course, step, expected)


def _state(course: Course, step: Step, expected: Any) -> str | None:
    found = course.row(course.key(step)).state
    return None if found == expected else found


def _mode(course: Course, step: Step, expected: Any) -> str | None:
    found = course.row(course.key(step)).mode
    return None if found == expected else found


def _cases(course: Course, _step: Step, expected: Any) -> str | None:
    """Exactly these programmes have cases."""
    from tests.courses.driver import program_named

    found = sorted(name for name, _who in course.cases)
    wanted = sorted(program_named(word) for word in expected)
    return None if found == wanted else str(found)


def _opened(course: Course, _step: Step, expected: Any) -> str | None:
    """At least these programmes have cases."""
    from tests.courses.driver import program_named

    missing = {program_named(word) for word in expected} - {name for name, _who in course.cases}
    return f"missing {sorted(missing)}" if missing else None


def _covers_in(course: Course, _step: Step, expected: Any) -> str | None:
    """Whom awards cover in a month, by programme."""
    from minzheng.awards.queries import members_in
    from tests.courses.driver import program_named

    said = []
    with course.offices.acting("平台"):
        for text, by_programme in expected.items():
            for word, names in by_programme.items():
                rows = [award for award in course.awards() if award.programme == program_named(str(word))]
                found = {person for award in rows for person in members_in(award, Month.parse(str(text)))}
                if found != {course.placed.people[name] for name in names}:
                    said.append(f"{text} {word}: {found}")
    return "; ".join(said) or None


def _not_opened(course: Course, _step: Step, expected: Any) -> str | None:
    from tests.courses.driver import program_named

    there = {program_named(word) for word in expected} & {name for name, _who in course.cases}
    return f"opened {sorted(there)}" if there else None


def _covers(course: Course, _step: Step, expected: Any) -> str | None:
    """Whom the award of a programme covers in its first month, by name."""
    from minzheng.awards.queries import members_in
    from tests.courses.driver import program_named

    said = []
    with course.offices.acting("平台"):
        for word, names in expected.items():
            award = next(
                a for a in course.awards() if a.programme == program_named(str(word)) and a.ends is None
            )
            found = set(members_in(award, Month.of(award.since)))
            if found != {course.placed.people[name] for name in names}:
                said.append(f"{word}: {found}")
    return "; ".join(said) or None


def _clocks(course: Course, step: Step, expected: Any) -> str | None:
    from minzheng.cases.models import ClockRow

    with course.offices.acting("平台"):
        rows = {row.parameter: row for row in ClockRow.objects.filter(case=course.row(course.key(step)))}
    found = {key: rows[key].due_on if key in rows else None for key in expected}
    wanted = {key: None if value is None else day(value, Spot()) for key, value in expected.items()}
    return None if found == wanted else str(found)


def _overdue(course: Course, step: Step, expected: Any) -> str | None:
    row = course.row(course.key(step))
    return (
        None
        if (row.due_on is not None and row.due_on < course.day) is yes_or_no(expected, Spot())
        else str(row.due_on)
    )


def _awards(course: Course, _step: Step, expected: Any) -> str | None:
    """By programme: since, last, amount (of the first month)."""
    from minzheng.awards.queries import due_of
    from tests.courses.driver import program_named

    said = []
    with course.offices.acting("平台"):
        for word, wanted in expected.items():
            rows = [award for award in course.awards() if award.programme == program_named(str(word))]
            if wanted in ("无", None, False):
                said += [f"{word}: {len(rows)}"] if rows else []
                continue
            award = max(rows, key=lambda row: row.pk, default=None)
            if award is None:
                said.append(f"{word}: none")
                continue
            last = None if award.ends is None else Month.of(award.ends).plus(-1)
            found = {"since": str(Month.of(award.since)), "last": "无" if last is None else str(last),
                     "amount": Fraction(due_of(award, Month.of(award.since))), "ground": award.ground,
                     "review": award.review_class}  # fmt: skip
            wants = {k: money(v, Spot()) if k == "amount" else str(v) for k, v in wanted.items()}
            said += [f"{word}.{k}: {found[k]}, expected {v}" for k, v in wants.items() if found[k] != v]
    return "; ".join(said) or None


def _due(course: Course, _step: Step, expected: Any) -> str | None:
    """Fen due by month and programme: `{2023-07: {低保: 546}}`."""
    from tests.courses.driver import program_named

    said = []
    for text, amounts in expected.items():
        due = course.due(Month.parse(str(text)))
        by_programme: dict[str, int] = {}
        for (name, _who), fen in due.items():
            by_programme[name] = by_programme.get(name, 0) + fen
        wanted = {program_named(str(word)): money(amount, Spot()) for word, amount in amounts.items()}
        if by_programme != {name: fen for name, fen in wanted.items() if fen}:
            said.append(f"{text}: {by_programme}")
    return "; ".join(said) or None


def _paid(course: Course, _step: Step, expected: Any) -> str | None:
    """What the bank booked of the payroll of this step."""
    from tests.courses.driver import program_named

    wanted = {program_named(str(word)): money(amount, Spot()) for word, amount in expected.items()}
    return None if course.paid == wanted else str(course.paid)


def _recovery(course: Course, _step: Step, expected: Any) -> str | None:
    """What is claimed back of the household, in all."""
    from minzheng.payments.models import Recovery

    with course.offices.acting("平台"):
        found = sum(
            Recovery.objects.filter(household_id=course.placed.household).values_list("fen", flat=True)
        )
    return None if found == money(expected, Spot()) else str(found)


def _kin(course: Course, step: Step, expected: Any) -> str | None:
    found = course.row(course.key(step)).kin_registered
    return None if found is yes_or_no(expected, Spot()) else str(found)


def _reviews(course: Course, _step: Step, expected: Any) -> str | None:
    """How many reviews of the household are open."""
    from minzheng.cases.queries import Which, work_queue

    with course.offices.acting("平台") as platform:
        found = work_queue(platform, Which(line="review", household=course.placed.household)).count()
    return None if found == expected else str(found)


CHECKS: dict[str, Callable[[Course, Step, Any], str | None]] = {
    "state": _state,
    "mode": _mode,
    "cases": _cases,
    "opened": _opened,
    "not_opened": _not_opened,
    "covers": _covers,
    "covers_in": _covers_in,
    "clocks": _clocks,
    "overdue": _overdue,
    "awards": _awards,
    "due": _due,
    "paid": _paid,
    "recovery": _recovery,
    "kin_registered": _kin,
    "reviews": _reviews,
}
