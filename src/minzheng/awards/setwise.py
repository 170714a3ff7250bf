"""One programme reckoned for many families and months at once: by the kernel, some of it again by the reference engine.

Small numbers are reckoned by the reference engine alone. Both give the same (`tests/generative`); should they ever differ
in the part drawn here, nothing of the batch is written.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from minzheng.assessment.payment import half_up
from minzheng.assessment.redecide import Seen
from minzheng.awards.reckoned import Reckoned, reckon
from minzheng.rulebook.programs import TO_THE_YUAN
from minzheng.rules.book import Rulebook
from minzheng.rules.columns import Columns
from minzheng.rules.kernel.run import Kernel, Results, compile_book
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.language.kinds import Household
from minzheng.rules.status import Span, Status
from minzheng.values.errors import Defect

WORTH_A_KERNEL = 200
"""From how many awards of a programme on machine code is asked; below, making it ready costs more than it saves."""
AGAIN_OF = 50
"""One in so many is reckoned again by the reference engine, and never fewer than `AGAIN_LEAST` of a batch."""
AGAIN_LEAST = 5


@dataclass(frozen=True, eq=False)
class Question:
    """A programme for a family as it was seen (one of its people), on a day of law."""

    seen: Seen
    person: int | None
    on: date

    @property
    def who(self) -> int | None:
        return None if self.person is None else list(self.seen.facts.people_ids).index(self.person)


_made: dict[str, Kernel] = {}


def kernel_of(book: Rulebook) -> Kernel:
    """The machine code of a rulebook, the same that a sweep runs: kept on disk, and the latest in memory."""
    if book.hash not in _made:
        _made.clear()
        _made[book.hash] = compile_book(book, values=[provision.name for provision in TO_THE_YUAN.values()])
    return _made[book.hash]


def reckon_all(
    book: Rulebook,
    programme: str,
    questions: Sequence[Question],
    *,
    published_by: date,
    kernel: Kernel | None = None,
) -> list[Reckoned]:
    """What comes out for each question, in their order. Without a kernel by the reference engine alone.

    Raises `Defect` where the two differ in what is reckoned twice.
    """
    if kernel is None:
        return [_explained(book, programme, one, published_by) for one in questions]
    found = _by_kernel(kernel, book, book.program(programme), questions, published_by)
    for at in _drawn(len(questions), f"{programme}:{published_by}:{len(questions)}"):
        again = _explained(book, programme, questions[at], published_by)
        if again != found[at]:
            raise _differ(programme, questions[at], found[at], again)
    return found


def _explained(book: Rulebook, programme: str, one: Question, published_by: date) -> Reckoned:
    return reckon(book, programme, one.seen, one.who, one.on, published_by=published_by)


def _drawn(many: int, seed: str) -> list[int]:
    """Which are reckoned again: the same for the same batch."""
    wanted = min(many, max(AGAIN_LEAST, many // AGAIN_OF))
    return sorted(random.Random(seed).sample(range(many), wanted))  # noqa: S311 - a sample, no secret


def _differ(programme: str, one: Question, kernel: Reckoned, explain: Reckoned) -> Defect:
    return Defect(
        f"重新核算的抽查结果不一致，已停止，本批没有写入。项目 {programme}，{one.on}："
        f"批量为 {kernel.status.key} {kernel.fen}，逐户为 {explain.status.key} {explain.fen}"
        f"（家庭编号 {one.seen.facts.unit_id}）。",
        code="awards.engines_differ",
    )


def _by_kernel(
    kernel: Kernel, book: Rulebook, program: Program, questions: Sequence[Question], published_by: date
) -> list[Reckoned]:
    found: list[Reckoned | None] = [None] * len(questions)
    for county in sorted({one.seen.county for one in questions}):
        here = [at for at, one in enumerate(questions) if one.seen.county == county]
        families = list({id(questions[at].seen): questions[at].seen for at in here}.values())
        unit_of = {id(seen): unit for unit, seen in enumerate(families)}
        columns = Columns.from_units(book, [seen.facts for seen in families], county)
        for day in sorted({questions[at].on for at in here}):
            results = kernel.run(
                columns, on=day, known_at=published_by, parameters=book.parameters, threads=1
            )
            for at in here:
                if questions[at].on == day:
                    unit = unit_of[id(questions[at].seen)]
                    found[at] = _read(results, columns, program, unit, questions[at].who)
    return list(_whole(found))


def _whole(found: Iterable[Reckoned | None]) -> Iterator[Reckoned]:
    for one in found:
        assert one is not None
        yield one


def _read(results: Results, columns: Columns, program: Program, unit: int, who: int | None) -> Reckoned:
    """One family's row of the results. A household too large for the kernel is a review there, and one for a person here."""
    row = unit if who is None else int(columns.offsets[unit]) + who
    status = Status(int(results.status[program.name][row]))
    if status is not Status.YES or program.amount is None:
        return Reckoned(status, 0, Fraction(0))
    amount = results.amount[program.name].value(_row_of(program.amount, unit, row))
    rounding = TO_THE_YUAN.get(program.name)
    paid: Any = amount if rounding is None else results.value(rounding.name, _row_of(rounding, unit, row))
    if isinstance(amount, Span) or isinstance(paid, Span):
        return Reckoned(status, None, None)
    return Reckoned(status, half_up(paid), Fraction(amount))


def _row_of(rule: Provision, unit: int, row: int) -> int:
    return unit if rule.of is Household else row
