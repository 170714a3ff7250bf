"""What households have and spend: standing, incomes, assets, bills, emergencies, findings."""

from __future__ import annotations

import numpy as np

from minzheng.registry import codes
from minzheng.registry.codes import Coverage
from minzheng.registry.extraction.arrays import (
    Array,
    anyone,
    month_ordinals,
    sums,
    taken,
    yes_no,
)
from minzheng.registry.extraction.columns import (
    coded,
    column_value,
)
from minzheng.registry.extraction.universe import Universe
from minzheng.registry.reading import NOTHING, Rows
from minzheng.rules.calendar import day_number
from minzheng.rules.monthly import month_value, window_total
from minzheng.rules.status import NO, YES


class Means(Universe):
    """Themes of means."""

    def _standing(self) -> None:
        names = ["registration", "contracted_land", "relocated_to_town", "cooperates"]
        rows = self.reader.in_force("standing", ["household_id", *names])
        row = self._unit_latest(rows)
        kinds = {"relocated_to_town": Coverage.RELOCATION, "cooperates": Coverage.COOPERATION}
        for name in names:
            recorded = taken(rows[name], row, NOTHING)
            if name == "registration":
                values = coded("registration", codes.Registration)[np.maximum(recorded, 0)]
            else:
                values = yes_no(recorded)
            said = np.where(recorded != NOTHING, row, -1)
            self._unit(name, values, said, rows, kinds.get(name))

    def _incomes(self) -> None:
        moment = self.moment
        start, end = day_number(moment.window_start), day_number(moment.month.plus(1).first_day)
        rows = self.reader.rows(
            "income",
            ["person_id", "kind", "fen", "since", "until"],
            f"since < date '{moment.month.plus(1).first_day}'"
            f" and (until is null or until > date '{moment.window_start}')",
        )
        kinds = {
            codes.Income.WAGES: Coverage.WAGES,
            codes.Income.BUSINESS_INCOME: Coverage.BUSINESS_INCOME,
            codes.Income.PROPERTY_INCOME: Coverage.PROPERTY_INCOME,
            codes.Income.EMPLOYEE_PENSION: Coverage.PENSION,
            codes.Income.BASE_PENSION: Coverage.PENSION,
            codes.Income.LOCAL_PENSION: Coverage.PENSION,
            codes.Income.TRANSFERS_RECEIVED: Coverage.TRANSFERS,
            codes.Income.SUPPORT_RECEIVED: Coverage.SUPPORT,
            codes.Income.SUPPORT_PAID: Coverage.SUPPORT,
            codes.Income.EXEMPT_TRANSFERS: Coverage.TRANSFERS,
        }
        for kind, coverage in kinds.items():
            these = rows.where(rows["kind"] == kind)
            self._series(kind.name.lower(), these, coverage, start, end)

    def _series(self, name: str, rows: Rows, kind: Coverage, start: int, end: int) -> None:
        """Both parts of a monthly series. Without a source that vouches, only rows spanning all of it count."""
        who = self._who(rows)
        rows, who = rows.where(who >= 0), who[who >= 0]
        since, until = month_ordinals(rows["since"]), month_ordinals(rows["until"])
        month, window, fen = self.moment.month.ordinal, self.moment.window, rows["fen"]
        row = np.full(self.people, -1, np.int64)
        row[who] = np.arange(len(who))
        for part, amounts, first, last in (
            ("total", window_total(since, until, fen, month, window), start, self.first - 1),
            ("month", month_value(since, until, fen, month), self.first, end - 1),
        ):
            column = self.columns[f"{name}__{part}"]
            values = sums(who, amounts, self.people)
            covered = self._covered(kind, self._person_places, first, min(last, self.on))
            spanning = anyone(who[(rows["since"] <= first) & (rows["until"] > last)], self.people)
            known = (covered | spanning) & ~self._gap(kind, first, last)
            paid = anyone(who[amounts != 0], self.people)
            self.out.person[column.column] = column_value(
                column, values, known, rows, row, known & ~paid, kind
            )

    def _assets(self) -> None:
        rows = self.reader.in_force("asset", ["person_id", "kind", "fen", "quantity", "since"])
        asset = codes.Asset
        money = rows.where(rows["kind"] == asset.FINANCIAL)
        who, fen = self._who(money), np.maximum(money["fen"], 0)
        total = sums(who[who >= 0], fen[who >= 0], self.people)
        self._person(
            "financial_assets",
            total,
            self._latest(money, "since"),
            money,
            Coverage.FINANCIAL_ASSETS,
            sums=True,
        )
        for name, kind, coverage in (
            ("ordinary_vehicle", asset.ORDINARY_VEHICLE, Coverage.VEHICLES),
            ("special_vehicle", asset.SPECIAL_VEHICLE, Coverage.VEHICLES),
            ("business_registered", asset.BUSINESS, Coverage.MARKET_ENTITIES),
            ("shareholding", asset.SHAREHOLDING, Coverage.MARKET_ENTITIES),
        ):
            these = rows.where(rows["kind"] == kind)
            self._person(name, np.full(self.people, YES), self._latest(these, "since"), these, coverage)
        homes = rows.where(rows["kind"] == asset.HOME)
        self._owned("homes_owned", homes, homes["quantity"], Coverage.REAL_ESTATE, self.on)
        disposed = rows.where((rows["kind"] == asset.DISPOSED) & (rows["since"] >= self.year_before))
        self._owned("assets_disposed", disposed, disposed["quantity"], Coverage.DISPOSAL, self.year_before)

    def _owned(self, name: str, rows: Rows, amount: Array, kind: Coverage, first: int) -> None:
        """A household's column from what its people own: added up (a count), or there at all."""
        who = self._who(rows)
        inside = who >= 0
        owned = sums(who[inside], amount[inside], self.people)
        held = np.bincount(self.tie_unit, weights=owned[self.tie_row], minlength=len(self.units))
        latest = self._latest(rows, "since")
        row = np.full(len(self.units), -1, np.int64)
        having = latest[self.tie_row] >= 0
        row[self.tie_unit[having]] = latest[self.tie_row][having]
        values = (
            np.where(held > 0, YES, NO) if self.columns[name].kind.name == "bool" else held.astype(np.int64)
        )
        self._unit(name, values, row, rows, kind, open_question=self._unit_question(kind, first, self.on))

    def _expenditures(self) -> None:
        first = self.moment.month.first_day
        bills = self.reader.rows(
            "expenditure",
            ["household_id", "kind", "fen", "since"],
            f"kind <= 3 and since >= date '{self.moment.year_before}' and since < date '{first}'",
        )
        standing = self.reader.in_force("expenditure", ["household_id", "kind", "fen", "since"], "kind = 4")
        for name, kind, rows in (
            ("medical_own_paid", codes.Expenditure.MEDICAL_OWN_PAID, bills),
            ("education_paid", codes.Expenditure.EDUCATION, bills),
            ("rehabilitation_paid", codes.Expenditure.REHABILITATION, bills),
            ("rigid_monthly", codes.Expenditure.RIGID, standing),
        ):
            these = rows.where(rows["kind"] == kind)
            unit = self._unit_of(these)
            total = sums(unit[unit >= 0], these["fen"][unit >= 0], len(self.units))
            self._unit(name, total, self._unit_latest(these), these, Coverage.EXPENDITURE)

    def _emergencies(self) -> None:
        rows = self.reader.rows(
            "relief", ["household_id", "cause", "people", "grade", "relieved_on", "since", "until"]
        )
        rows = rows.where(rows["since"] <= self.on)
        current = rows.where(rows["until"] > self.on)
        row = self._unit_latest(current)
        cause = taken(current["cause"], row, 0)
        by_spending = cause == codes.Cause.EXPENDITURE
        struck = np.where(by_spending, -1, row)
        kind = coded("emergency", codes.Cause)[np.where(by_spending, 0, cause)]
        self._unit("emergency", kind, struck, current, Coverage.RELIEF)
        self._unit("emergency_people", taken(current["people"], row, 0), row, current, Coverage.RELIEF)
        grade = taken(current["grade"], row, NOTHING)
        self._unit("relief_grade", grade, np.where(grade != NOTHING, row, -1), current, None)
        hardship = np.where(by_spending, row, -1)
        self._unit("expenditure_hardship", np.full(len(row), YES), hardship, current, Coverage.RELIEF)
        before = rows.where((rows["relieved_on"] >= self.year_before) & (rows["relieved_on"] <= self.on))
        unit = self._unit_of(before)
        before, unit = before.where(unit >= 0), unit[unit >= 0]
        same = (before["cause"] == cause[unit]) & (before["since"] < taken(current["since"], row, 0)[unit])
        again = np.full(len(self.units), -1, np.int64)
        again[unit[same]] = np.flatnonzero(same)
        self._unit("relief_same_cause", np.full(len(row), YES), again, before, Coverage.RELIEF)

    def _findings(self) -> None:
        rows = self.reader.in_force("finding", ["household_id", "kind", "holds", "since"])
        for name, kind in (
            ("home_finding", codes.Finding.HOME),
            ("vehicle_finding", codes.Finding.VEHICLE),
            ("business_finding", codes.Finding.BUSINESS),
            ("disposal_finding", codes.Finding.DISPOSAL),
            ("hardship_finding", codes.Finding.HARDSHIP),
            ("income_rose_by_job", codes.Finding.INCOME_ROSE_BY_JOB),
        ):
            these = rows.where(rows["kind"] == kind)
            row = self._unit_latest(these)
            self._unit(name, yes_no(taken(these["holds"], row, 0)), row, these, None)
