"""What is being received, and the part of it that the months before tell."""

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
        began = self._phase_out_began(rows)
        self._amount_before_phase_out(rows, running, began, amount)
        self._unit("dibao_amount_before", amount, row, dibao, Coverage.RECEIPT, open_question=unstated)
        self._phase_out(rows, began)

    def _phase_out_began(self, rows: Rows) -> Array:
        """By unit the day its latest phase-out began, the first of the month where there is none.

        Rows that follow each other are one phase-out: its amount may be another by the month.
        """
        began = np.full(len(self.units), self.first, np.int64)
        these = rows.where((rows["programme"] == codes.Programme.PHASE_OUT) & (rows["since"] < self.first))
        unit = self._unit_of(these)
        ended: dict[int, int] = {}
        for at in np.lexsort((these["since"], unit)).tolist():
            holder, since, until = int(unit[at]), int(these["since"][at]), int(these["until"][at])
            if holder >= 0:
                if holder not in ended or since > ended[holder]:
                    began[holder] = since
                ended[holder] = max(until, ended.get(holder, until))
        return began

    def _amount_before_phase_out(self, rows: Rows, running: Rows, began: Array, amount: Array) -> None:
        """While a phase-out runs its amounts are shares of what was received before it, not of the month before."""
        now = self._unit_of(running.where(running["programme"] == codes.Programme.PHASE_OUT))
        inside = np.zeros(len(self.units), bool)
        inside[now[now >= 0]] = True
        dibao = rows.where((rows["programme"] == codes.Programme.DIBAO) & (rows["fen"] != NOTHING))
        unit = self._unit_of(dibao)
        start = began[np.maximum(unit, 0)]
        last = (
            (unit >= 0) & inside[np.maximum(unit, 0)] & (dibao["since"] < start) & (dibao["until"] >= start)
        )
        known = anyone(unit[last], len(self.units))
        before = sums(unit[last], dibao["fen"][last], len(self.units))
        amount[known] = before[known]

    def _phase_out(self, rows: Rows, began: Array) -> None:
        """Months of the latest phase-out up to the month before."""
        these = rows.where((rows["programme"] == codes.Programme.PHASE_OUT) & (rows["since"] < self.first))
        row = self._unit_latest(these)
        until = taken(these["until"], row, self.first)
        months = month_ordinals(np.minimum(until, self.first)) - month_ordinals(began)
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
