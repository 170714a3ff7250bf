"""Texts that begin on a later day priced before they do, and the worked cases a reform changes."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import date

import pytest

from minzheng.assessment.reforms import case_work
from minzheng.assessment.reforms.ahead import taken_ahead, upcoming_texts
from minzheng.assessment.reforms.case_work import CaseWork
from minzheng.assessment.reforms.cases import Cases
from minzheng.assessment.reforms.changes import changed_rows
from minzheng.assessment.reforms.measures import measure_kernel
from minzheng.assessment.reforms.overlay import parse_overlay, replaced_provisions
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.reforms.simulate import later_changes, simulate
from minzheng.assessment.reforms.text import case_lines
from minzheng.rulebook import load
from minzheng.rulebook.vocabulary import Schooling, StudyRecord
from minzheng.rulebook.worked.compare import changes
from minzheng.rules.language.errors import RuleError
from minzheng.values.errors import Refusal, SourceTrouble
from tests.apps.assessment import invented
from tests.apps.assessment.invented import BOOK, household, person

ON = date(2023, 12, 31)
TOWN = 140403101
STUDY = "texts: {study_school: 2025-09-01}"


def overlay(text: str):
    return parse_overlay(text, BOOK.parameters)


# -- texts that are coming -----------------------------------------------------------------------------------------


def test_texts_of_a_later_day_are_listed_with_it():
    found = {(one.name, one.since) for one in upcoming_texts(BOOK, after=ON)}
    assert ("study_school", date(2025, 9, 1)) in found
    assert ("rigid", date(2025, 1, 1)) in found
    assert not {one for one in upcoming_texts(BOOK, after=date(2025, 9, 1)) if one.name == "study_school"}


def test_a_text_ahead_is_the_one_of_its_day_on_every_day():
    shifted = taken_ahead(BOOK, {"study_school": date(2025, 9, 1), "rigid": date(2025, 1, 1)}, ON)
    school, rigid = shifted["study_school"], shifted["rigid"]
    then = BOOK["study_school"].version_for("140403", date(2025, 9, 1))
    assert {school.version_for("140403", day) for day in (date(2021, 1, 1), ON, date(2026, 1, 1))} == {then}
    assert rigid.in_force(ON)
    assert not BOOK.program("rigid").in_force(ON), "the rulebook in force stays as it is"
    assert taken_ahead(BOOK, {"study_school": date(2025, 9, 1)}, date(2025, 9, 1)) == {}


def test_moving_dates_compiles_nothing_anew():
    new = replaced_provisions(overlay("texts: {study_school: 2025-09-01, rigid: 2025-01-01}"), BOOK, ON)
    moved = with_provisions(BOOK, new)
    text = measure_kernel(BOOK, compiled=False).source.text
    assert measure_kernel(moved, compiled=False).source.text == text
    assert moved.hash != BOOK.hash


def test_a_programme_is_replaced_by_itself_only():
    with pytest.raises(RuleError):
        with_provisions(BOOK, {"rigid": BOOK.program("dibao")})


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("texts: {study_skool: 2025-09-01}", "study_skool"),
        ("texts: {study_school: 2025-09-02}", "study_school"),
        ("texts: {study_school: soon}", "study_school"),
        ("texts: {study_school: }", "study_school"),
        ("texts: [study_school]", "texts"),
    ],
)
def test_a_text_that_is_not_there_is_refused_by_name(text, field):
    with pytest.raises(Refusal) as refused:
        replaced_provisions(overlay(text), BOOK, ON)
    assert refused.value.field == field
    assert refused.value.next_step


def pupil():
    """An orphan of eighteen in the senior secondary school, never away from it."""
    return person(
        born=date(2005, 6, 1), orphan_recognised=True, full_time_student=True, schooling=Schooling.SENIOR_HIGH,
        study_record=StudyRecord.CONTINUOUS, adopted=False,
    )  # fmt: skip


def test_a_text_that_begins_later_is_priced_before_it_does():
    """In the senior secondary school: aided under the text of September 2025, not under that of 2019."""
    city = invented.city((TOWN, household(pupil())), (TOWN, household(person())))
    found = simulate(city, BOOK, overlay(STUDY), compiled=False)
    assert later_changes(found.overlay, ON) == ["study_school"]
    assert "study" in " ".join(found.touched)
    rows = [row for row in changed_rows(found).to_pylist() if row["outcome_before"] != row["outcome_after"]]
    assert [(row["outcome_before"], row["outcome_after"]) for row in rows] == [("no", "yes")]


# -- worked cases ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def few():
    """A few of the shipped cases."""
    from minzheng.rulebook.content.cases import shelf

    wanted = ("T01", "T02", "T45-stack", "T55-b", "examined-centenarian", "T14-c")
    return [case for id_, case in shelf().cases.items() if id_ in wanted]


def test_the_cases_a_value_changes_are_those_that_compare_finds(few):
    found = Cases(load(), few).changed(overlay("parameters: {oa.amount: 71}"), ON)
    assert {one.case.id for one in found} == {"T45-stack", "examined-centenarian"}
    for one in found:
        higher = one.case.parameters.overlaid({"oa.amount": 71})
        assert list(one.changes) == changes(one.case, higher)


def test_the_cases_a_text_of_a_later_day_changes_are_found(few):
    found = Cases(load(), few).changed(overlay(STUDY), ON)
    assert [one.case.id for one in found] == ["T55-b"]
    assert "孤儿助学：不符合 → 符合" in found[0].as_plain()["changes"][0]["said"]


def test_what_a_case_sets_itself_stays(few):
    own = next(case for case in few if case.id == "T45-stack")
    mine = dataclasses.replace(own, own_parameters=(*own.own_parameters, "oa.amount"))
    assert Cases(load(), [mine]).changed(overlay("parameters: {oa.amount: 71}"), ON) == []


def test_the_command_line_tells_changed_cases():
    found = {"cases": 3, "changed": [{"id": "A", "title": "例", "changes": [{"said": "甲 → 乙"}]}]}
    assert case_lines(found) == ["", "3 个样例中，1 个的结论或者金额改变：", "  A 例", "    甲 → 乙"]
    assert case_lines({"cases": 0, "changed": []}) == ["", "没有附带样例，未核对。"]
    assert case_lines(None) == []


# -- in the background -------------------------------------------------------------------------------------------------


def settled(work, reform, patience=60.0):
    until = time.monotonic() + patience
    while (told := work.ask(reform, ON))["state"] == "running" and time.monotonic() < until:
        time.sleep(0.02)
    return told


def test_the_desk_decides_cases_in_the_background_and_keeps_the_answer(few):
    work = CaseWork(Cases(load(), few))
    first = work.ask(overlay(STUDY), ON)
    assert (first["state"], first["cases"]) == ("running", len(few))
    told = settled(work, overlay(STUDY))
    assert [one["id"] for one in told["changed"]] == ["T55-b"]
    assert work.ask(overlay(STUDY), ON) == told


def test_cases_step_aside_for_sliders(few):
    gate = threading.Event()
    work = CaseWork(Cases(load(), few), aside=lambda: gate.wait(60) and None)
    work.ask(overlay(STUDY), ON)
    time.sleep(0.5)
    assert work.ask(overlay(STUDY), ON)["done"] <= 1
    gate.set()
    assert settled(work, overlay(STUDY))["state"] == "done"


def test_what_nobody_asks_for_any_more_is_laid_aside_and_taken_up_where_it_stopped(few, monkeypatch):
    monkeypatch.setattr(case_work, "FORGOTTEN", 0.0)
    started = []

    class Watched(Cases):
        def each(self, *asked):
            started.append(asked)
            yield from super().each(*asked)

    work = CaseWork(Watched(load(), few))
    job = work._job((overlay(STUDY), ON), lambda: work.cases.each(overlay(STUDY), ON))
    work._run(job)
    assert job.done == 1
    assert not job.over.is_set()
    monkeypatch.setattr(case_work, "FORGOTTEN", 20.0)
    told = settled(work, overlay(STUDY))
    assert (told["state"], told["done"]) == ("done", len(few))
    assert [one["id"] for one in told["changed"]] == ["T55-b"]
    assert len(started) == 1


def test_a_failure_is_told_and_logged(few, caplog):
    class Broken(Cases):
        def each(self, *_args):
            yield None
            raise ValueError("broken")

    work = CaseWork(Broken(load(), few))
    with pytest.raises(SourceTrouble):
        settled(work, overlay(STUDY))
    assert "broken" in caplog.text


def test_no_cases_are_told_as_none():
    told = settled(CaseWork(Cases(load(), [])), overlay(STUDY))
    assert (told["state"], told["cases"]) == ("done", 0)
