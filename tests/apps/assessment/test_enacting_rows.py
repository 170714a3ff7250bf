"""Rows of the parameter files come into force by two signatures over whom they affect, and not by a release.

The release of these tests raises the urban standard of 2023 from 600 to 682 yuan and brings a pension of 2025.
"""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting import queries
from minzheng.assessment.enacting.actions import propose_text, propose_value, record_initial_text
from minzheng.assessment.enacting.beside import beside_files
from minzheng.assessment.enacting.differences import is_text_waiting, rows_of, waiting_rows, waiting_text
from minzheng.assessment.enacting.files import book_of_files, price_files
from minzheng.assessment.enacting.law import edition_of, editions_in_force, shipped
from minzheng.assessment.enacting.models import Edition
from minzheng.assessment.enacting.values import Event, editions_of, file_rows, rows_read, rows_written
from minzheng.assessment.reforms.asking import cases_under_text
from minzheng.assessment.reforms.cases import Cases
from minzheng.assessment.replay import replay_decision
from minzheng.base.scope import scope, system_actor
from minzheng.rulebook import load
from minzheng.rulebook.texts import of_files
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import WIDOW
from tests.apps.assessment.enacting import DECEMBER, JANUARY, TODAY, enacted, listed, set_day, signed, through
from tests.apps.assessment.enacting_rows import (
    NEW_PENSION,
    OLD_STANDARD,
    PENSION,
    STANDARD,
    begun_with,
    old_rows,
    set_up_with_old_rows,
)
from tests.apps.assessment.enacting_texts import WHY, desk, set_up_with, text_desk
from tests.apps.assessment.enacting_texts import city as small
from tests.apps.assessment.test_enacting_texts import taken_back

__all__ = ["desk", "text_desk"]

NOVEMBER = date(2023, 11, 1)
WAITING = [PENSION, PENSION, STANDARD]
"""The pension of 2025, that of 2026 which is not known yet, and the standard."""


@pytest.fixture
def officers(db):
    set_day()
    return set_up_with_old_rows()


def proposed(actor, since=DECEMBER, **changes):
    with scope(actor):
        return propose_text(actor=actor, since=since, client_key=uuid.uuid4(), **{**WHY, **changes})


def held(key, on, known_at=None):
    """What is in force for 潞州区 on a day, in the units of the engine."""
    book = rulebook()
    found = book.parameters.resolve(book.parameters.declared[key], "140403", on, known_at)
    return found.value if found.known else None


# -- not by a release ------------------------------------------------------------------------------------------------


def test_rows_of_a_release_are_not_used_before_they_are_signed(officers):
    first, _second = officers
    assert held(STANDARD, DECEMBER) == 600_00
    assert held(PENSION, NEW_PENSION.since) == 123_00
    assert is_text_waiting()
    with scope(first):
        waiting = waiting_text(first)
    assert waiting.changes == ()
    assert [(one.key, one.before, one.value) for one in waiting.rows] == [
        (PENSION, ("123.00 元",), "143.00 元"),
        (PENSION, ("123.00 元",), "未知"),
        (STANDARD, ("600.00 元",), "682.00 元"),
    ]


def test_what_is_checked_and_printed_says_what_waits(officers):
    beside = beside_files()
    assert str(beside.rows[-1]) == (
        "城市低保标准（dibao.std.urban）长治市 2023-01-01 至 2024-01-01（不含）：现行 600.00 元，文件 682.00 元"
    )
    assert {one.split("（")[1].split("）")[0] for one in beside.gone} == {PENSION, STANDARD}
    assert [one["key"] for one in beside.as_json()["unsigned_rows"]] == WAITING


def test_an_installation_that_began_with_the_rows_of_the_program_has_nothing_to_sign(db):
    set_day()
    with scope(system_actor("migrate")) as actor:
        assert record_initial_text(actor=actor).with_rows
        assert record_initial_text(actor=actor) is None
    assert rulebook() is load()
    assert not is_text_waiting()
    assert beside_files().gone == ()


def test_a_note_or_document_that_was_mended_needs_no_signature(db):
    set_day()
    plain = shipped()
    for row in plain["rows"]:
        row |= {"note": "旧的说明", "document": "旧的文号", "checked": "2020-01-01"}
    set_up_with(plain)
    assert not is_text_waiting()
    assert rulebook() is load(), "the rows of the files say the same, so they are shown"


# -- the whole way ---------------------------------------------------------------------------------------------------


def test_rows_are_in_force_from_the_month_after_two_signatures_over_the_list(officers, desk):
    first, second = officers
    proposal = proposed(first)
    desk.refresh()
    impact = listed(first, proposal)
    with scope(first):
        rows = [
            (one.programme, one.household_id, one.fen_before, one.fen_after)
            for one in queries.affected(first, impact)
            if one.programme == "dibao"
        ]
        assert [one.key for one in rows_of(first, proposal.pk)] == WAITING
    assert rows == [("dibao", 2, 600_00, 682_00)]
    signed(first, proposal, impact.digest)
    assert held(STANDARD, DECEMBER) == 600_00
    signed(second, proposal, impact.digest)
    assert (held(STANDARD, NOVEMBER), held(STANDARD, DECEMBER)) == (600_00, 682_00)
    assert held(PENSION, NEW_PENSION.since) == 143_00, "a row begins on its own day"
    assert held(STANDARD, DECEMBER, TODAY - timedelta(1)) == 600_00, "nobody knew it before"
    assert {row.order for row in rulebook().enacted} == {proposal.enactment.pk}


def test_the_months_left_out_wait_on(officers, desk):
    first, second = officers
    through(first, second, desk, proposed(first))
    assert [(one.key, one.before) for one in waiting_rows()] == [(STANDARD, ("600.00 元",))]
    through(first, second, desk, proposed(first, since=date(2023, 1, 1)))
    assert held(STANDARD, date(2023, 1, 1)) == 682_00
    assert not is_text_waiting()
    with pytest.raises(Refusal) as refused:
        proposed(first)
    assert refused.value.code == "enacting.no_change"


def test_rows_are_taken_back_before_their_month_and_wait_again(officers, desk):
    first, second = officers
    proposal = through(first, second, desk, proposed(first))
    back = taken_back(first, second, desk, proposal, DECEMBER)
    assert held(STANDARD, DECEMBER) == 600_00
    assert held(PENSION, NEW_PENSION.since) == 123_00
    assert [one.key for one in waiting_rows()] == WAITING
    assert queries.came_into_force(after=0)[-1].number == back.enactment.pk


def test_taken_back_from_a_later_month_they_end_with_it(officers, desk):
    first, second = officers
    proposal = through(first, second, desk, proposed(first, since=NOVEMBER))
    taken_back(first, second, desk, proposal, DECEMBER)
    assert [held(STANDARD, day) for day in (NOVEMBER, DECEMBER)] == [682_00, 600_00]


def test_what_was_taken_back_and_is_signed_again_ends_when_it_is_taken_back_again(officers, desk):
    first, second = officers
    one = through(first, second, desk, proposed(first, since=NOVEMBER))
    taken_back(first, second, desk, one, NOVEMBER)
    again = through(first, second, desk, proposed(first, since=NOVEMBER))
    assert held(STANDARD, DECEMBER) == 682_00
    taken_back(first, second, desk, again, DECEMBER)
    assert [held(STANDARD, day) for day in (NOVEMBER, DECEMBER)] == [682_00, 600_00]


def test_a_value_signed_by_itself_lies_over_the_rows_and_is_not_waited_for_in_the_files(officers, desk):
    first, second = officers
    enacted(first, second, desk, key=STANDARD, value="682", since=date(2023, 1, 1))
    assert held(STANDARD, DECEMBER) == 682_00
    assert [one.key for one in waiting_rows()] == [PENSION, PENSION], "the files say what was signed already"


def test_worked_cases_that_the_rows_change_are_told(officers, desk):
    first, _second = officers
    proposal = proposed(first)
    desk.refresh()
    few = [one for one in desk.cases.cases.cases if STANDARD not in one.own_parameters]
    desk.cases.cases = Cases(desk.book, [one for one in few if "acceptance_dibao" in one.file][:6])
    with scope(first):
        cases_under_text(first, proposal.pk)
        (job,) = desk.cases._jobs.values()
        assert job.over.wait(60)
        told = cases_under_text(first, proposal.pk)
    assert told["state"] == "done"
    assert told["changed"], "a case of 2023 that sets no standard of its own has another amount"


def test_who_edits_the_files_sees_whom_it_would_change_before_anybody_signs(officers, tmp_path):
    book, rows = rulebook(), [one.row for one in waiting_rows()]
    files = book_of_files(book, rows, TODAY)
    found = price_files(small(tmp_path), book, files, say=lambda _what: None, compiled=False)
    before, after = (side["dibao"].fen.tolist() for side in (found.held_before, found.held_after))
    assert (before, after) == ([600_00], [682_00])
    assert "dibao" in found.touched
    standard = files.parameters.resolve(files.parameters.declared[PENSION], "140403", TODAY)
    assert standard.value == 143_00, "a value of a later day is taken as begun"


# -- decisions -------------------------------------------------------------------------------------------------------


def test_a_decision_replays_in_the_same_bytes_after_other_rows_were_released_and_signed(
    city_of_stories, desk
):
    first, second = set_up_with_old_rows()
    with scope(system_actor("test")) as actor:
        before = keep_decision(actor=actor, household=WIDOW, purpose="试算")
    used = json.loads(before.content)["parameters"][STANDARD]
    assert (used["value"], used["document"]) == (600_00, OLD_STANDARD.document)
    through(first, second, desk, proposed(first))
    with scope(system_actor("test")) as actor:
        after = keep_decision(actor=actor, household=WIDOW, purpose="试算")
        replays = [replay_decision(actor, row.pk) for row in (before, after)]
    assert json.loads(after.content)["parameters"][STANDARD]["value"] == 682_00
    assert [(one.same, one.changes) for one in replays] == [(True, ()), (True, ())]


# -- what an installation knows --------------------------------------------------------------------------------------


def test_a_parameter_the_installation_never_had_is_read_from_the_files_and_waits(db):
    set_day()
    begun_with(row for row in old_rows() if row.key != "sla.gx")
    assert held("sla.gx", date(2025, 1, 1)) == 30
    assert ("sla.gx", ()) in [(one.key, one.before) for one in waiting_rows()]


def test_an_installation_from_before_editions_had_rows_records_them_once(db):
    set_day()
    set_up_with(of_files())
    with scope(system_actor("migrate")) as actor:
        assert not is_text_waiting()
        made = record_initial_text(actor=actor)
        assert (made.initial, made.with_rows) == (True, True)
        assert record_initial_text(actor=actor) is None
    assert Edition.objects.filter(initial=True).count() == 2
    assert rulebook() is load()


def test_rows_read_back_are_the_rows_that_were_written():
    again = {
        (row.key, row.place, row.since, row.known_from): row for row in rows_read(rows_written(file_rows()))
    }
    assert len(again) == len(file_rows())
    for row in file_rows():
        other = again[row.key, row.place, row.since, row.known_from]
        assert {**vars(other), "at": ""} == {**vars(row), "at": ""}


def test_editions_follow_one_another_row_by_row():
    """The second knows what the first has; what was taken back is its own again when it is signed again."""
    rows = (NEW_PENSION,)

    def event(number, until=None, withdraws=None):
        return Event(number, JANUARY, TODAY, until, () if withdraws else rows, withdraws)

    first, second = event(1), event(2)
    assert [row.order for row in editions_of(old_rows(), [first, second]).added] == [1]
    events = [event(1, JANUARY), event(2, withdraws=1), event(3)]
    assert [row.order for row in editions_of(old_rows(), events).added] == [3], "the first never held"


# -- what the database holds -----------------------------------------------------------------------------------------

ADD = "insert into assessment_edition (digest, text, initial, with_rows) values (%s, %s, %s, %s)"


def refused(message, actor, *values):
    with (
        pytest.raises(DatabaseError, match=message),
        transaction.atomic(),
        scope(actor),
        connection.cursor() as cursor,
    ):
        cursor.execute(ADD, values)


def test_nobody_declares_the_rows_of_the_beginning_again(officers):
    first, _second = officers
    other = edition_of(shipped())
    for actor in (first, system_actor("migrate")):
        refused("written once", actor, other.digest, other.text, True, True)
    refused("only staff of the policy office", system_actor("x"), other.digest, other.text, False, True)


def test_an_edition_says_whether_it_has_rows(officers):
    first, _second = officers
    other = edition_of(shipped())
    refused("edition_says_its_rows", first, other.digest, other.text, False, False)


def test_one_value_above_a_bound_is_refused_as_before(officers):
    """The single value's own checks stand on the installation's rows."""
    first, _second = officers
    with scope(first), pytest.raises(Refusal) as refusal:
        propose_value(
            actor=first, key=STANDARD, place="140400", value="600", since=DECEMBER, client_key=uuid.uuid4(), **WHY
        )  # fmt: skip
    assert refusal.value.code == "enacting.no_change"
    assert editions_in_force().base
