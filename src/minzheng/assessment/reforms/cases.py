"""Which worked cases a reform changes: every shipped case decided under the law in force and under the reform.

A value the case sets itself stays, as whoever wrote the case meant it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from minzheng.assessment.reforms.overlay import Overlay, replaced_provisions
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.reforms.simulate import in_force_now
from minzheng.rulebook.content.cases import shelf
from minzheng.rulebook.worked import Case, run
from minzheng.rulebook.worked.compare import Change, Outcomes, differences, outcomes
from minzheng.rules.book import Rulebook
from minzheng.rules.parameters import ParameterSet

Tell = Callable[[int, int], None]
"""How many cases are done, of how many."""


@dataclass(frozen=True)
class ChangedCase:
    """A worked case that comes out otherwise, and how."""

    case: Case
    changes: tuple[Change, ...]

    def as_plain(self) -> dict[str, Any]:
        return {
            "id": self.case.id,
            "title": self.case.title,
            "file": self.case.file.rsplit("/", 1)[-1],
            "changes": [
                change.as_json() | {"label": change.label, "said": str(change), "moved": change.moved}
                for change in self.changes
            ],
        }


class Cases:
    """The shipped worked cases under the law in force: each is run once, when somebody first asks."""

    def __init__(self, book: Rulebook, cases: Iterable[Case] | None = None) -> None:
        self.book = book
        self.cases = list(shelf().cases.values() if cases is None else cases)
        self._standing: dict[str, Outcomes] = {}

    def changed(self, overlay: Overlay, on: datetime.date, tell: Tell | None = None) -> list[ChangedCase]:
        """The cases a reform changes, in their order. on: the day of law of which values and texts are in force.

        A value or text of a later day is taken as in force, as it is for the city.
        """
        found = []
        for done, one in enumerate(self.each(overlay, on), 1):
            if tell is not None:
                tell(done, len(self.cases))
            if one is not None:
                found.append(one)
        return found

    def each(self, overlay: Overlay, on: datetime.date) -> Iterator[ChangedCase | None]:
        """The same case by case; none for one that comes out as before."""
        new = replaced_provisions(overlay, self.book, on)
        book = with_provisions(self.book, new) if new else self.book
        overlay = in_force_now(overlay, on)
        for case in self.cases:
            found = self._changes(case, overlay, book)
            yield ChangedCase(case, tuple(found)) if found else None

    def each_under(self, book: Rulebook) -> Iterator[ChangedCase | None]:
        """The same under another edition of the rulebook, its texts and its values."""
        for case in self.cases:
            found = differences(self._standing_of(case), outcomes(run(case, _values(case, book), book)))
            yield ChangedCase(case, tuple(found)) if found else None

    def _changes(self, case: Case, overlay: Overlay, book: Rulebook) -> list[Change]:
        mine = replace(overlay, changes=tuple(c for c in overlay.changes if c.key not in case.own_parameters))
        if book is self.book and not mine.changes:
            return []
        values = mine.parameters(_values(case, self.book))
        return differences(self._standing_of(case), outcomes(run(case, values, book)))

    def _standing_of(self, case: Case) -> Outcomes:
        standing = self._standing.get(case.id)
        if standing is None:
            standing = self._standing[case.id] = outcomes(run(case, _values(case, self.book), self.book))
        return standing


def _values(case: Case, book: Rulebook) -> ParameterSet:
    """The values of a book, but for those the case sets itself."""
    if not case.own_parameters:
        return book.parameters
    mine = [row for key in case.own_parameters for row in case.parameters.rows[key]]
    held = book.parameters.rows.items()
    others = [row for key, rows in held if key not in case.own_parameters for row in rows]
    return ParameterSet(case.parameters.declared.values(), [*others, *mine])
