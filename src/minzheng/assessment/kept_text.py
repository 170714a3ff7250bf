"""The text of the rulebook that decisions rest on: kept once an edition, and made a rulebook again."""

from __future__ import annotations

import json
from functools import lru_cache

from minzheng.assessment.canonical import canonical
from minzheng.assessment.enacting.law import base_values
from minzheng.assessment.enacting.plain import rows_as_plain, rows_of_plain
from minzheng.assessment.models import RulebookText
from minzheng.rulebook.texts import reread
from minzheng.rules.book import Rulebook
from minzheng.rules.written import written


def keep_text(book: Rulebook) -> RulebookText:
    """The row of an edition; written where it is the first decision that rests on it."""
    found = RulebookText.objects.filter(hash=book.hash).first()
    if found is not None:
        return found
    text = written(book)
    columns = {"rules": text["texts"], "enacted": rows_as_plain(book.enacted), "text": canonical(text)}
    kept, _created = RulebookText.objects.get_or_create(hash=book.hash, defaults=columns)
    return kept


@lru_cache(maxsize=8)
def _read_back(text: str) -> Rulebook:
    return reread(json.loads(text))


def book_of_text(kept: RulebookText) -> Rulebook:
    """The rulebook of an edition over the installation's values, with those that were in force beside them. Raises RuleError
    where it reads a fact or parameter that is not declared any more.
    """
    book, rows = _read_back(kept.text).with_parameters(base_values()), rows_of_plain(kept.enacted)
    return book.with_enacted(rows) if rows else book
