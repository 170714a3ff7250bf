"""What the rulebook's pages show, collected once: the office's pages and the static book (`make book`) both ask here.

Everything is ready to print: Chinese words, dates, no engine types. Where a page leads is a `Ref`; each kind of pages
makes its own addresses of them.
"""

from .cases import Shelf, ShownCase, shelf
from .collect import Contents
from .ref import Ref
from .types import Entry, Group, InstrumentPage, ParameterPage, Point, RulePage, Text, ValueLine, When

__all__ = [
    "Contents", "Entry", "Group", "InstrumentPage", "ParameterPage", "Point", "Ref", "RulePage", "Shelf", "ShownCase",
    "Text", "ValueLine", "When", "shelf",
]  # fmt: skip
