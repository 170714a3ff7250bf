"""Another text of the rulebook comes into force by two signatures over the list of whom it affects, and not by an upgrade.

The upgrade of these tests: the installation was set up with a text in which an income equal to the standard is within it;
the program ships the text of the law by now, in which it is not.
"""

from __future__ import annotations

import json
import time
import uuid
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting import queries
from minzheng.assessment.enacting.actions import (
    propose_taking_back,
    propose_text,
    record_initial_text,
)
from minzheng.assessment.enacting.beside import beside_files
from minzheng.assessment.enacting.law import edition_of
from minzheng.assessment.enacting.models import Edition, Enactment
from minzheng.assessment.enacting.types import Kind, Stage
from minzheng.assessment.models import Decision
from minzheng.assessment.reforms.asking import cases_under_text
from minzheng.assessment.reforms.cases import Cases
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.replay import replay_decision, replay_kept, seen_again
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.rulebook import load
from minzheng.rulebook.instruments import DIBAO
from minzheng.rulebook.national.dibao import income_per_head, standard
from minzheng.rules import Expr, Household, provision
from minzheng.rules.book import Situation
from minzheng.rules.explain.determine import determine
from minzheng.rules.status import Status
from minzheng.rules.written import written
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import WIDOW
from tests.apps.assessment.enacting import TODAY, enacted, listed, open_officer, set_day, signed, through
from tests.apps.assessment.enacting_texts import (
    EQUAL,
    FEBRUARY,
    JANUARY,
    MARCH,
    OLD,
    WHY,
    desk,
    set_up,
    set_up_with,
    text_desk,
)
from tests.apps.assessment.invented import BOOK, household, person

__all__ = ["desk", "text_desk"]


@pytest.fixture
def officers(db):
    """Two of the policy office, on an installation that was set up with the old text."""
    set_day()
    return set_up()


def proposed(actor, since=JANUARY, **changes):
    with scope(actor):
        return propose_text(actor=actor, since=since, client_key=uuid.uuid4(), **{**WHY, **changes})


def taken_back(first, second, desk, proposal, since):
    with scope(first):
        back = propose_taking_back(
            actor=first, proposal=proposal.pk, since=since, client_key=uuid.uuid4(), **WHY
        )
    return through(first, second, desk, back)


def dibao(on):
    """What the rulebook in force says on a day of a household whose income equals the standard of 682 yuan."""
    facts = household(person(**EQUAL))
    facts.people[0].update({fact.column: 0 for fact in BOOK.gathered} | {"supported_people": 0})
    book = rulebook()
    book = book.with_parameters(book.parameters.overlaid({"dibao.std.urban": 682}, document="test"))
    found = determine(book, facts, Situation.at("140403", on), steps=False)
    return next(one.status.key for one in found.outcomes if one.program.name == "dibao")


# -- not by an upgrade -----------------------------------------------------------------------------------------------


def test_a_text_that_nobody_signed_is_not_used(officers):
    assert load().hash != OLD.hash
    assert rulebook().hash == OLD.hash, "the office goes on by the text that was in force"
    assert dibao(TODAY) == "yes"
    assert beside_files().rules == ("income_below_standard",)


def test_what_was_set_up_with_the_text_of_the_program_uses_its_own_objects(db):
    set_day()
    with scope(system_actor("migrate")) as actor:
        made = record_initial_text(actor=actor)
        assert made is not None
        assert made.initial
        assert record_initial_text(actor=actor) is None, "once"
    assert rulebook() is load()
    officer = open_officer("first")
    with pytest.raises(Refusal) as refused:
        proposed(officer)
    assert refused.value.code == "enacting.no_change"


# -- the whole way ---------------------------------------------------------------------------------------------------


def test_a_text_is_in_force_from_its_month_after_two_signatures_over_the_list(officers, desk):
    first, second = officers
    proposal = proposed(first)
    desk.refresh()
    impact = listed(first, proposal)
    with scope(first):
        rows = [
            (one.programme, one.household_id, one.outcome_before, one.outcome_after)
            for one in queries.affected(first, impact)
        ]
        view = queries.proposal_view(first, proposal.pk)
    assert ("dibao", 1, "yes", "no") in rows
    assert {household for _programme, household, *_rest in rows} == {1}
    assert view.label == "规则文本和数值"
    assert view.value.startswith("版本 ")
    signed(first, proposal, impact.digest)
    assert dibao(JANUARY) == "yes"
    signed(second, proposal, impact.digest)
    assert (dibao(TODAY), dibao(JANUARY), dibao(date(2024, 6, 1))) == ("yes", "no", "no")
    assert load().hash != rulebook().hash, "the months before have their own text"


def test_it_is_taken_back_before_and_after_its_month(officers, desk):
    first, second = officers
    proposal = through(first, second, desk, proposed(first, since=FEBRUARY))
    taken_back(first, second, desk, proposal, MARCH)
    assert [dibao(day) for day in (JANUARY, FEBRUARY, MARCH)] == ["yes", "no", "yes"]
    again = through(first, second, desk, proposed(first, since=MARCH))
    assert dibao(MARCH) == "no"
    taken_back(first, second, desk, again, JANUARY)
    assert [dibao(day) for day in (JANUARY, FEBRUARY, MARCH)] == ["yes", "no", "yes"]
    with scope(first):
        assert queries.proposal_view(first, again.pk).stage is Stage.TAKEN_BACK
    assert [one.kind for one in queries.came_into_force(after=0)] == [
        Kind.TEXT, Kind.WITHDRAWAL, Kind.TEXT, Kind.WITHDRAWAL,
    ]  # fmt: skip


def test_values_and_texts_are_in_force_beside_one_another(officers, desk):
    first, second = officers
    through(first, second, desk, proposed(first))
    enacted(first, second, desk, key="oa.amount", value="71", place="140400")
    assert dibao(JANUARY) == "no"
    assert [row.key for row in rulebook().enacted] == ["oa.amount"]


def test_worked_cases_that_the_text_changes_are_told(officers, desk):
    first, _second = officers
    proposal = proposed(first)
    desk.refresh()
    few = [one for one in desk.cases.cases.cases if "dibao" in one.file][:12]
    desk.cases.cases = Cases(desk.book, few)
    with scope(first):
        until = time.monotonic() + 60
        while (told := cases_under_text(first, proposal.pk))[
            "state"
        ] == "running" and time.monotonic() < until:
            time.sleep(0.1)
    assert told["state"] == "done"
    assert told["done"] == len(few)
    moved = {change["label"] for one in told["changed"] for change in one["changes"]}
    assert moved <= {program.label for program in load().programs}


# -- refusals --------------------------------------------------------------------------------------------------------


def test_only_the_policy_office_of_the_whole_city_proposes_a_text(officers):
    supervisor = open_officer("supervisor", roles=(Role.CITY_SUPERVISOR,))
    county = open_officer("county", regions=("140403",))
    for actor, code in ((supervisor, "permission.denied"), (county, "enacting.not_citywide")):
        with pytest.raises(Refusal) as refused:
            proposed(actor)
        assert refused.value.code == code
    assert Edition.objects.count() == 1


def test_another_text_than_the_one_that_was_shown_is_refused(officers):
    first, _second = officers
    with pytest.raises(Refusal) as refused:
        proposed(first, digest="0" * 64)
    assert refused.value.code == "enacting.other_text"


def test_a_second_click_makes_no_second_proposal(officers):
    first, _second = officers
    key = uuid.uuid4()
    with scope(first):
        one, other = (propose_text(actor=first, since=JANUARY, client_key=key, **WHY) for _ in range(2))
    assert one.pk == other.pk


def test_the_text_signed_last_is_taken_back_first(officers, desk, monkeypatch):
    first, second = officers
    earlier = through(first, second, desk, proposed(first))
    ship(monkeypatch, written(OLD))
    through(first, second, desk, proposed(first, since=MARCH))
    with scope(first), pytest.raises(Refusal) as refused:
        propose_taking_back(actor=first, proposal=earlier.pk, since=JANUARY, client_key=uuid.uuid4(), **WHY)
    assert refused.value.code == "enacting.later_text"


def ship(monkeypatch, text):
    """Let the program ship another text."""
    from minzheng.assessment.enacting import differences, law

    for module in (law, differences):
        monkeypatch.setattr(module, "of_files", lambda: text)


def test_a_text_that_reads_what_is_not_declared_any_more_stops_with_a_clear_word(db):
    set_day()
    text = json.loads(json.dumps(written(OLD)))
    text["columns"]["no_such_fact"] = text["columns"]["supported_people"]
    set_up_with(text)
    with pytest.raises(Refusal) as refused:
        rulebook()
    assert refused.value.code == "rulebook.text_unreadable"
    assert "no_such_fact：不再登记该事项" in refused.value.message


def test_a_text_that_cannot_follow_the_one_in_force_is_refused_when_it_is_proposed(officers, monkeypatch):
    """A programme that ended before the month and begins long after it would be interrupted."""
    first, _second = officers
    text = json.loads(json.dumps(written(load())))
    text["programs"][0]["since"] = "2030-01-01"
    text["texts"][text["programs"][0]["name"]] = "otherwise"
    ship(monkeypatch, text)
    with pytest.raises(Refusal) as refused:
        proposed(first)
    assert refused.value.code == "enacting.text_does_not_follow"
    assert "该待遇会中断后又开始" in refused.value.message


# -- decisions -------------------------------------------------------------------------------------------------------


def test_a_decision_of_the_old_text_replays_when_another_is_in_force(city_of_stories, desk):
    first, second = set_up()
    with scope(system_actor("test")) as actor:
        before = keep_decision(actor=actor, household=WIDOW, purpose="试算")
    through(first, second, desk, proposed(first, since=date(2023, 12, 1)))
    with scope(system_actor("test")) as actor:
        after = keep_decision(actor=actor, household=WIDOW, purpose="试算")
        replays = [replay_decision(actor, row.pk) for row in (before, after)]
    assert Decision.objects.count() == 2
    assert before.rulebook_id != after.rulebook_id
    assert [one.same for one in replays] == [True, True]
    assert {one.name for one in replays[0].changes} == {"income_below_standard"}


@provision(DIBAO, 4, of=Household, label="人均收入低于低保标准（旧）")
def income_below_a_third() -> Expr:
    """家庭月人均收入低于低保标准的三分之一。"""
    return (income_per_head * 3).below(standard)


def test_a_decision_is_replayed_by_the_text_it_was_made_with_though_the_program_has_another(city_of_stories):
    """The widow's income is more than a third of the standard: no then, yes by the text the program ships."""
    set_up_with(written(with_provisions(load(), {"income_below_standard": income_below_a_third})))
    row = keep_decision(actor=city_of_stories, household=WIDOW, purpose="试算")
    assert json.loads(row.rulebook.text)["provisions"]["income_below_standard"]["label"].endswith("（旧）")
    found = replay_decision(city_of_stories, row.pk)
    assert found.same
    assert found.content == row.content
    assert {one.name for one in found.changes} == {"income_below_standard"}
    assert ("dibao", "no", "yes 35300") in [(one.programme, one.before, one.now) for one in found.moved]
    assert seen_again(row).of("dibao").status == Status.NO


def test_a_decision_kept_before_texts_were_is_replayed_by_the_text_of_the_program(city_of_stories):
    row = keep_decision(actor=city_of_stories, household=WIDOW, purpose="试算")
    row.rulebook.text = ""
    assert replay_kept(row).same


# -- what the database holds -----------------------------------------------------------------------------------------


def refused_by_database(message, actor, statement, *values):
    with (
        pytest.raises(DatabaseError, match=message),
        transaction.atomic(),
        scope(actor),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, values)


ADD = "insert into assessment_edition (digest, text, initial) values (%s, %s, %s)"
PROPOSE = (
    "insert into assessment_proposal (id, client_key, kind, key, place, value, since, document, link, reason, example)"
    " values (gen_random_uuid(), gen_random_uuid(), 'text', %s, '000000', %s, '2024-01-01', 'd', '', 'r', false)"
)


def test_an_edition_is_what_its_digest_says_and_stays(officers):
    first, _second = officers
    refused_by_database("edition_is_its_digest", first, ADD, "0" * 64, "{}", False)
    held = Edition.objects.get()
    refused_by_database("permission denied", first, "update assessment_edition set initial = false")
    refused_by_database(
        "permission denied", first, "delete from assessment_edition where digest = %s", held.pk
    )


def test_nobody_declares_a_second_initial_text(officers):
    first, _second = officers
    other = edition_of(written(load()))
    for actor in (first, system_actor("migrate")):
        refused_by_database("written once", actor, ADD, other.digest, other.text, True)
    refused_by_database(
        "only staff of the policy office", system_actor("x"), ADD, other.digest, other.text, False
    )


def test_a_text_is_proposed_of_a_kept_edition_only(officers):
    first, _second = officers
    refused_by_database("text_of_an_edition", first, PROPOSE, "rulebook", "a" * 64)
    refused_by_database("proposal_of_its_kind", first, PROPOSE, "dibao.std.urban", Edition.objects.get().pk)


def test_a_text_does_not_come_into_force_without_two_signatures(officers, desk):
    first, second = officers
    proposal = proposed(first)
    desk.refresh()
    impact = listed(first, proposal)
    enact = "insert into assessment_enactment (proposal_id, digest) values (%s, %s)"
    refused_by_database("enacted_by_two", first, enact, proposal.pk, impact.digest)
    signed(first, proposal, impact.digest)
    refused_by_database("enacted_by_two", second, enact, proposal.pk, impact.digest)
    assert Enactment.objects.count() == 0
