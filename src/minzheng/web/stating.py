"""What an applicant still has to say, for the portal and for the counter: the questions of all lines for one household,
only those whose answer could change an outcome, and the answers read back.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from minzheng.assistance import forms as assistance
from minzheng.base.types import Actor
from minzheng.cases import queries
from minzheng.cases.asking import Answers, Asked, Entry, Form, Kind, answers_of, form_of
from minzheng.children import forms as children
from minzheng.disability import forms as disability

QUESTIONS: tuple[Asked, ...] = (*assistance.QUESTIONS, *disability.QUESTIONS, *children.QUESTIONS)
_INPUT = "say-"
"""Before the name of every input of these questions, so that nothing else of a page is taken for one."""


@dataclass(frozen=True)
class Line:
    """One question as a form shows it."""

    name: str
    label: str
    help: str
    kind: str
    unit: str
    choices: tuple[tuple[str, str], ...]
    value: str
    problem: str


@dataclass(frozen=True)
class Group:
    """The questions about the household, or about one member."""

    who: str
    lines: tuple[Line, ...]


def form_for(actor: Actor, household: int, on: date) -> Form:
    """What is known, and what is still worth asking of this household."""
    wanted = [(one.name.split("__")[0], one.person) for one in queries.questions(actor, household, on=on)]
    return form_of(actor, household, QUESTIONS, on).only(wanted)


def answers(form: Form, posted: Mapping[str, str], applicant: int) -> Answers:
    """What was typed, as statements; what cannot be right, by input."""
    given = {name.removeprefix(_INPUT): text for name, text in posted.items() if name.startswith(_INPUT)}
    return answers_of(form, given, applicant)


def groups(form: Form, posted: Mapping[str, str], found: Answers | None = None) -> list[Group]:
    """The open questions by whom they are about, with what was typed and what is wrong with it."""
    errors = found.errors if found is not None else {}
    shown = []
    for who, entries in itertools.groupby(
        sorted(form.open, key=lambda one: one.person or 0), key=lambda one: one.who
    ):
        lines = tuple(_line(one, posted, errors) for one in entries)
        shown.append(Group(who or "全家", lines))
    return shown


def _line(entry: Entry, posted: Mapping[str, str], errors: Mapping[str, str]) -> Line:
    asked = entry.asked
    choices: tuple[tuple[str, str], ...] = tuple((one.name, one.label) for one in asked.choices)
    if asked.kind is Kind.YESNO:
        choices = (("yes", "是"), ("no", "否"))
    name = f"{_INPUT}{entry.name}"
    return Line(
        name=name,
        label=asked.label,
        help=asked.help,
        kind="choice" if choices else asked.kind.value,
        unit=asked.unit or ("元" if asked.kind is Kind.MONEY else ""),
        choices=choices,
        value=posted.get(name, ""),
        problem=errors.get(entry.name, ""),
    )


def carried(posted: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was typed, to be carried to the next page."""
    return [(name, text) for name, text in posted.items() if name.startswith(_INPUT) and text]
