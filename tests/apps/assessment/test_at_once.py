"""Two at the same time: two officers, an officer and a sweep. Nothing is lost, nothing is done twice."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection

from minzheng.assessment.actions import handle_lead
from minzheng.assessment.models import Lead, LeadEvent
from minzheng.assessment.queries import Filter, leads
from minzheng.assessment.workflow import Action, State
from minzheng.assessment.writing import CountyWriter
from minzheng.base.scope import scope
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import WIDOW, officers


@pytest.fixture
def home(sweep, staff):
    sweep()
    return officers(staff)


def widow(actor) -> Lead:
    return leads(actor, Filter(programme="dibao")).get(household_id=WIDOW)


def test_of_many_officers_who_save_the_same_lead_one_succeeds(home, staff):
    officer, _other = home
    with scope(officer):
        lead = widow(officer).public_id
    start = threading.Barrier(4)
    said: list[str] = []

    def save(number: int) -> None:
        from minzheng.base.types import Role

        one = staff(Role.TOWNSHIP_OFFICER, officer.regions[0], key=f"staff:{number}")
        try:
            start.wait()
            with scope(one):
                handle_lead(actor=one, lead=lead, action=Action.CONTACT, version=1, reason=f"经办 {number}")
            said.append("saved")
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["lead.changed"] * 3 + ["saved"]
    with scope(officer):
        assert Lead.objects.get(public_id=lead).version == 2
        assert LeadEvent.objects.filter(lead__public_id=lead).count() == 2


def test_a_sweep_leaves_alone_what_an_officer_closes_meanwhile(home, sweep, monkeypatch):
    officer, _other = home
    with scope(officer):
        lead = widow(officer)
        # Another amount, so that the sweep has something to change.
        record_fact(
            actor=officer,
            table="income",
            holder=27,
            values={"kind": codes.Income.WAGES, "fen": 10_000, "since": date(2022, 12, 1)},
            source=codes.Source.VISIT,
        )
    compare = CountyWriter._hold_back

    def compare_while_somebody_works(writer: CountyWriter) -> None:
        compare(writer)
        if writer.county != lead.division[:6]:
            return
        with scope(officer):
            handle_lead(
                actor=officer, lead=lead.public_id, action=Action.DECLINE, version=1, reason="本人不愿"
            )

    monkeypatch.setattr(CountyWriter, "_hold_back", compare_while_somebody_works)
    sweep()
    with scope(officer):
        every = Lead.objects.filter(household_id=WIDOW, programme="dibao")
        assert [(one.state, one.version, one.fen) for one in every] == [(State.DECLINED, 2, lead.fen)]
        ledger = LeadEvent.objects.filter(lead=lead).values_list("actor", "state")
        assert list(ledger) == [("system:sweep", "open"), ("staff:1", "declined")]
