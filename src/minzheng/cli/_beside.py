"""What was signed on this installation beside the rulebook's files, where it has a database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from minzheng.values.errors import Refusal

if TYPE_CHECKING:
    from minzheng.assessment.enacting.beside import Beside


def signed_beside_files() -> Beside | None:
    """None without a database. Raises `Refusal` where its schema is not there or not up to date."""
    from minzheng.database import home, serving
    from minzheng.database.place import cluster_folder, is_external

    if not is_external() and not cluster_folder(home()).exists():
        return None
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    django.setup()
    from django.db import connection

    with serving():
        connection.close()  # of a server that was asked before and has gone with its last user
        try:
            return beside_in_database()
        finally:
            connection.close()


def beside_in_database() -> Beside:
    from django.db.utils import OperationalError, ProgrammingError

    from minzheng.assessment.enacting.beside import beside_files

    try:
        return beside_files()
    except (OperationalError, ProgrammingError):
        raise Refusal(
            "rulebook.database_not_ready",
            "数据库结构尚未建立或者不是最新，读不到平台签署生效的数值。",
            next_step="请先执行 minzheng migrate。",
        ) from None
