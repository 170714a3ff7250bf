"""The rulebook in force for commands that work without a database as well: then it is that of the files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minzheng.rules.book import Rulebook


def law_in_force() -> Rulebook:
    """With what was signed into force on this installation, where it has a database; sets Django up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    from minzheng.database import home, serving
    from minzheng.database.place import cluster_folder, is_external

    if not is_external() and not cluster_folder(home()).exists():
        from minzheng.rulebook import load

        django.setup()
        return load()
    with serving():
        django.setup()
        from django.db import connection

        from minzheng.assessment.decide import rulebook

        try:
            return rulebook()
        finally:
            connection.close()
