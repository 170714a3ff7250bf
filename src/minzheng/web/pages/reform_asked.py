"""The reform an address of the desk holds: sliders that were moved, and values and texts that begin on a later day."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from minzheng.assessment.enacting.differences import waiting_rows
from minzheng.assessment.reforms.ahead import UpcomingText, upcoming_texts
from minzheng.assessment.reforms.sliders import BY_KEY
from minzheng.assessment.reforms.upcoming import Upcoming, upcoming
from minzheng.rules.book import Rulebook
from minzheng.values.errors import Refusal

TEXT, VALUE = "text", "value"
"""Names in the address: `text=study_school@2025-09-01`, `value=dibao.std.rural@140400@2025-01-01`."""


@dataclass(frozen=True)
class AskedReform:
    """positions: of sliders, as typed. values, texts: of later days, by their names in the address."""

    positions: Mapping[str, str]
    values: Mapping[str, Upcoming]
    texts: Mapping[str, UpcomingText]
    unknown: tuple[str, ...] = ()

    @property
    def later(self) -> bool:
        """Whether it holds more than sliders, so that the whole city is run."""
        return bool(self.values or self.texts)

    @property
    def empty(self) -> bool:
        return not self.positions and not self.later

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a form of the desk carries along beside its sliders."""
        return [*((VALUE, name) for name in self.values), *((TEXT, name) for name in self.texts)]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [*self.positions.items(), *self.hidden]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    @property
    def labels(self) -> list[tuple[str, str]]:
        """What is changed and to what, in words."""
        moved = [(BY_KEY[key].parameter.label, value) for key, value in self.positions.items()]
        return [*moved, *((label, value) for label, value, _since in self.later_lines)]

    @property
    def later_lines(self) -> list[tuple[str, str, datetime.date]]:
        values = [(one.parameter.label, one.value, one.row.since) for one in self.values.values()]
        return [*values, *((one.label, "新文本", one.since) for one in self.texts.values())]

    def without(self, key: str) -> AskedReform:
        """The same without one slider."""
        rest = {name: value for name, value in self.positions.items() if name != key}
        return AskedReform(rest, self.values, self.texts, self.unknown)

    def overlay(self) -> dict[str, Any]:
        """As the desk's engine reads it. A slider that was moved stands before a later value of the same parameter."""
        parameters: dict[str, Any] = {
            key: value.strip().replace(",", "") for key, value in self.positions.items()
        }
        for one in self.values.values():
            key = one.parameter.key
            if key not in self.positions:
                row = {"value": one.written, "place": one.place, "from": one.row.since.isoformat()}
                parameters.setdefault(key, []).append(row)
        texts = {one.name: one.since.isoformat() for one in self.texts.values()}
        return {"parameters": parameters, "texts": texts}


def named_text(one: UpcomingText) -> str:
    """Its name in an address."""
    return f"{one.name}@{one.since}"


def named_value(one: Upcoming) -> str:
    return f"{one.parameter.key}@{one.place}@{one.row.since}"


def coming_values(book: Rulebook, after: datetime.date) -> dict[str, Upcoming]:
    """By their names in an address: values in force that begin after a day, and those of the files that nobody signed."""
    waiting = [Upcoming(one.parameter, one.row, signed=False) for one in waiting_rows()]
    return {named_value(one): one for one in (*upcoming(book.parameters, after=after), *waiting)}


def asked_reform(source: QueryDict, book: Rulebook, after: datetime.date) -> AskedReform:
    """The reform of an address. What begins later begins after the day given; other names are told as unknown."""
    texts = {named_text(one): one for one in upcoming_texts(book, after=after)}
    values = {name: one for name, one in coming_values(book, after).items() if one.known}
    asked_values, asked_texts = source.getlist(VALUE), source.getlist(TEXT)
    unknown = [name for name in asked_values if name not in values]
    return AskedReform(
        {key: str(source[key]) for key in BY_KEY if key in source},
        {name: values[name] for name in asked_values if name in values},
        {name: texts[name] for name in asked_texts if name in texts},
        (*unknown, *(name for name in asked_texts if name not in texts)),
    )


def some_reform(source: QueryDict, book: Rulebook, after: datetime.date) -> AskedReform:
    """The same for pages that make no sense without one. Raises `Refusal`."""
    found = asked_reform(source, book, after)
    if found.empty:
        raise Refusal("reform.nothing", "改革方案没有改动任何参数。", next_step="请回到改革台移动滑块。")
    return found
