"""What is being received, and the part of it that the months before tell."""

from __future__ import annotations

import numpy as np

from minzheng.registry import codes
from minzheng.registry.codes import Coverage
from minzheng.registry.extraction.arrays import (
    anyone,
    month_ordinals,
    sums,
    taken,
)
from minzheng.registry.extraction.universe import Universe
from minzheng.registry.reading import NOTHING, Rows
from minzheng.rules.calendar import day_number
from minzheng.rules.status import YES


class Received(Universe):
    """Themes of receipts."""

    def _receipts(self) -> None:
        rows = self.reader.rows(
            "receipt", ["household_id", "person_id", "programme", "fen", "since", "until"]
        )
        before = self.moment.month.plus(-1)
        running = self._running(rows, day_number(before.first_day))
        self._household_receipts(rows, running)
        self._personal_receipts(running)
        self._study_aid(rows)
        now = self._running(rows, self.first)
        self.out.receipts = self._received(rows, now)
        for name, programme in (
            ("cadre_living", codes.Programme.CADRE_LIVING),
            ("cadre_care", codes.Programme.CADRE_CARE),
            ("elder_care_allowance", codes.Programme.ELDER_CARE),
        ):
            these = now.where((now["programme"] == programme) & (now["person_id"] != NOTHING))
            row = self._latest(these, "since")
            fen = np.maximum(taken(these["fen"], row, 0), 0)
            self._person(name, fen, row, these, Coverage.ALLOWANCES)

    @staticmethod
    def _running(rows: Rows, day: int) -> Rows:
        return rows.where((rows["since"] <= day) & (rows["until"] > day))

    def _household_receipts(self, rows: Rows, running: Rows) -> None:
        programme = codes.Programme
        yes = np.full(len(self.units), YES)
        for name, kind in (
            ("dibao_before", programme.DIBAO),
            ("phase_out_before", programme.PHASE_OUT),
            ("edge_before", programme.EDGE),
            ("rigid_before", programme.RIGID),
        ):
            these = running.where(running["programme"] == kind)
            self._unit(name, yes, self._unit_latest(these), these, Coverage.RECEIPT)
        dibao = running.where(np.isin(running["programme"], [programme.DIBAO, programme.PHASE_OUT]))
        unit = self._unit_of(dibao)
        fen = np.maximum(dibao["fen"], 0)
        amount = sums(unit[unit >= 0], fen[unit >= 0], len(self.units))
        # A receipt whose amount nobody recorded is known, its amount is not.
        unstated = anyone(unit[(unit >= 0) & (dibao["fen"] == NOTHING)], len(self.units))
        row = self._unit_latest(dibao)
        self._unit("dibao_amount_before", amount, row, dibao, Coverage.RECEIPT, open_question=unstated)
        self._phase_out(rows)

    def _phase_out(self, rows: Rows) -> None:
        """Months of the latest phase-out up to the month before."""
        these = rows.where((rows["programme"] == codes.Programme.PHASE_OUT) & (rows["since"] < self.first))
        row = self._unit_latest(these)
        since, until = taken(these["since"], row, self.first), taken(these["until"], row, self.first)
        months = month_ordinals(np.minimum(until, self.first)) - month_ordinals(since)
        self._unit("phase_out_used", months, row, these, Coverage.RECEIPT)

    def _personal_receipts(self, running: Rows) -> None:
        programme = codes.Programme
        personal = running.where(running["person_id"] != NOTHING)
        for name, kind in (
            ("single_before", programme.SINGLE),
            ("tekun_before", programme.TEKUN),
            ("living_subsidy_before", programme.LIVING_SUBSIDY),
            ("care_subsidy_before", programme.CARE_SUBSIDY),
            ("old_age_before", programme.OLD_AGE),
            ("orphan_before", programme.ORPHAN),
            ("unattended_before", programme.UNATTENDED),
            ("left_behind_before", programme.LEFT_BEHIND),
        ):
            these = personal.where(personal["programme"] == kind)
            row = self._latest(these, "since")
            self._person(name, np.full(self.people, YES), row, these, Coverage.RECEIPT)

    def _received(self, rows: Rows, now: Rows) -> Rows:
        """What is being received in the month itself; aid for the school year counts all year."""
        yearly = rows["programme"] == codes.Programme.STUDY_AID
        this_year = (rows["since"] >= self._school_year()) & (rows["since"] <= self.first)
        paid = rows.where(yearly & this_year)
        kept = now.where(now["programme"] != codes.Programme.STUDY_AID)
        wanted = ("household_id", "person_id", "programme", "fen")
        return Rows("receipt", {name: np.concatenate([kept[name], paid[name]]) for name in wanted})

    def _school_year(self) -> int:
        """The first of September that the month's school year began with."""
        month = self.moment.month
        year = month.year if month.number >= 9 else month.year - 1
        return day_number(type(month)(year, 9).first_day)

    def _study_aid(self, rows: Rows) -> None:
        """Aid for the school year that the month lies in, from September."""
        these = rows.where(
            (rows["programme"] == codes.Programme.STUDY_AID)
            & (rows["person_id"] != NOTHING)
            & (rows["since"] >= self._school_year())
            & (rows["since"] < self.first)
        )
        row = self._latest(these, "since")
        self._person("study_aid_before", np.full(self.people, YES), row, these, Coverage.RECEIPT)
