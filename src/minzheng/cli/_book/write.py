"""Which pages the book has, and how each is written. No Django settings: its template engine alone."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template import Context, Engine

from minzheng.rulebook import COUNTIES
from minzheng.rulebook.clauses import LABELS, Disposition, all_dispositions
from minzheng.rulebook.content import Contents, Shelf, When, shelf
from minzheng.rules.book import Rulebook
from minzheng.values.errors import Refusal

if TYPE_CHECKING:
    from minzheng.assessment.enacting.beside import Beside

HERE = Path(__file__).parent
SIGN = ".minzheng-rulebook"
"""The empty file that marks a folder as one this command may replace."""


@dataclass(frozen=True)
class Page:
    """A file, the template it is made from, what it shows."""

    path: str
    template: str
    context: dict[str, Any]


def write_book(
    book: Rulebook,
    folder: Path,
    *,
    on: date,
    county: str,
    cases: Shelf | None = None,
    beside: Beside | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write every page; how many there are. Refuses a folder that holds something else.

    beside: what was signed on the platform, where it has a database; the front page says what of it differs.
    """
    _make_room(folder)
    when = When(on, county, COUNTIES[county])
    pages = list(_pages(Contents(book, shelf() if cases is None else cases), when, beside))
    engine = Engine(
        dirs=[str(HERE / "pages")],
        libraries={"book": "minzheng.cli._book.tags"},
        builtins=["minzheng.cli._book.tags"],
    )
    templates = {page.template: engine.get_template(page.template) for page in pages}
    for done, page in enumerate(pages, 1):
        path = folder / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        root = "../" * page.path.count("/")
        context = {"root": root, "when": when, "page": page.path} | page.context
        path.write_text(templates[page.template].render(Context(context, use_l10n=False)), encoding="utf-8")
        if progress is not None:
            progress(done, len(pages))
    shutil.copyfile(HERE / "pages" / "book.css", folder / "book.css")
    return len(pages)


def _make_room(folder: Path) -> None:
    if folder.exists():
        if not (folder / SIGN).exists() and any(folder.iterdir()):
            raise Refusal(
                "rulebook.folder_in_use",
                f"目录 {folder} 里有别的文件，没有写入。",
                next_step="请换一个空目录，或者先清空它。",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / SIGN).touch()


def _pages(contents: Contents, when: When, beside: Beside | None) -> Iterator[Page]:
    rules = [contents.rule(name, when) for name in contents.rule_names()]
    yield Page("index.html", "index.html", _front(contents, rules, when) | {"beside": beside})
    for rule in rules:
        yield Page(f"rule/{rule.name}.html", "rule.html", {"rule": rule})
    yield Page("parameters.html", "parameters.html", {"groups": contents.parameters(when)})
    for key in contents.book.parameters.declared:
        yield Page(f"parameter/{key}.html", "parameter.html", {"parameter": contents.parameter(key, when)})
    clauses = contents.clauses()
    yield Page("clauses.html", "clauses.html", {"groups": clauses, "shares": shares()})
    for group in clauses:
        for line in group.lines:
            yield Page(f"clause/{line.id}.html", "clause.html", {"clause": contents.clause(line.id, when)})
    documents = contents.instruments()
    yield Page("instruments.html", "instruments.html", {"instruments": documents})
    for one in documents:
        yield Page(f"instrument/{one.key}.html", "instrument.html", {"instrument": one})
    yield Page("cases.html", "cases.html", {"cases": contents.cases.all() if contents.cases else ()})
    yield Page("list.html", "list.html", {"entries": contents.index})


def _front(contents: Contents, rules: list[Any], when: When) -> dict[str, Any]:
    cases = contents.cases.all() if contents.cases else ()
    values = [value for group in contents.parameters(when) for value in group.values]
    return {
        "programmes": [rule for rule in rules if rule.is_programme],
        "shares": shares(),
        "counts": {
            "rules": sum(not rule.is_programme for rule in rules),
            "parameters": len(values),
            "examples": sum(value.example for value in values),
            "unknown": sum(not value.known for value in values),
            "clauses": len(all_dispositions()),
            "cases": len(cases),
            "wrong": sum(not case.ok for case in cases),
        },
    }


def shares() -> list[tuple[str, str, int]]:
    """How many clauses have each disposition: key, label, count."""
    found = Counter(one.kind for one in all_dispositions())
    return [(kind.value.replace(" ", "-"), LABELS[kind], found[kind.value]) for kind in Disposition]
