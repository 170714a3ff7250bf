"""An installation that began with other rows of values than the program ships by now: for the tests of enacting rows.

It began with an urban standard of 600 yuan for 2023 (the files say 682) and with a central base pension that ended nowhere
(the files have another from 2025 on).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from minzheng.assessment.enacting.law import shipped
from minzheng.assessment.enacting.values import file_rows, rows_written
from minzheng.rules.parameters import Row
from tests.apps.assessment.enacting import open_officer
from tests.apps.assessment.enacting_texts import set_up_with

STANDARD, PENSION = "dibao.std.urban", "base_pension.central"


def _row(key: str, since: date) -> Row:
    return next(row for row in file_rows() if (row.key, row.since) == (key, since))


FILED = _row(STANDARD, date(2023, 1, 1))
OLD_STANDARD = replace(FILED, value=600_00, document="长民发〔2022〕99号")
OLD_PENSION = replace(_row(PENSION, date(2024, 1, 1)), until=None)
NEW_PENSION = _row(PENSION, date(2025, 1, 1))
REPLACED = {
    (STANDARD, FILED.since): OLD_STANDARD,
    (PENSION, OLD_PENSION.since): OLD_PENSION,
}


def old_rows() -> list[Row]:
    return [
        REPLACED.get((row.key, row.since), row)
        for row in file_rows()
        if not (row.key == PENSION and row.since >= NEW_PENSION.since)
    ]


def begun_with(rows):
    """Record the program's texts with some rows as what the installation was set up with."""
    set_up_with({**shipped(), "rows": rows_written(rows)})


def set_up_with_old_rows():
    begun_with(old_rows())
    return open_officer("first"), open_officer("second")
