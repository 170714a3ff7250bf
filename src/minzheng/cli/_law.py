"""The rulebook in force for commands that work without a database as well: then it is that of the files."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from minzheng.rules.book import Rulebook
    from minzheng.rules.parameters import Row

T = TypeVar("T")


def law_and_files() -> tuple[Rulebook, tuple[Row, ...]]:
    """With what was signed into force on this installation, and the rows of the files that nobody signed there; sets Django
    up.
    """
    from minzheng.rulebook import load

    return _asked(_in_force_and_waiting, lambda: (load(), ()))


def _in_force_and_waiting() -> tuple[Rulebook, tuple[Row, ...]]:
    from minzheng.assessment.decide import rulebook
    from minzheng.assessment.enacting.differences import waiting_rows

    return rulebook(), tuple(one.row for one in waiting_rows())


def _asked(ask: Callable[[], T], without: Callable[[], T]) -> T:
    """The answer of the installation's database; without one that of the files."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    from minzheng.database import home, serving
    from minzheng.database.place import cluster_folder, is_external

    if not is_external() and not cluster_folder(home()).exists():
        django.setup()
        return without()
    with serving():
        django.setup()
        from django.db import connection

        try:
            return ask()
        finally:
            connection.close()
