"""Statement forms: what is known is not asked, what is answered becomes rows of the registry, what cannot be is refused."""

from __future__ import annotations

from datetime import date

import pytest

from minzheng.assistance import forms as assistance
from minzheng.cases.asking import About, Kind, answers_of, form_of
from minzheng.children import forms as children
from minzheng.disability import forms as disability
from minzheng.registry.tables import BY_NAME
from minzheng.rulebook import load
from minzheng.rules import Household, Person
from tests.courses.offices import Offices

ALL = (*assistance.QUESTIONS, *disability.QUESTIONS, *children.QUESTIONS)
ON = date(2023, 6, 1)


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.fact)
def test_a_question_settles_a_fact_of_the_vocabulary_by_columns_of_its_table(asked):
    table = BY_NAME[asked.table]
    column = f"{asked.fact}__total" if asked.monthly else asked.fact
    entity = load().columns[column].entity
    assert entity is (Household if asked.about is About.HOUSEHOLD else Person)
    written = {*asked.fixed, *(name for choice in asked.choices for name in choice.values)}
    written |= {asked.column} if asked.column else set()
    assert written <= set(table.by_name), written
    needed = {c.name for c in table.columns if not c.optional} - {
        "person_id", "household_id", "township", "source", "since",
    }  # fmt: skip
    stated = asked.table == "standing" or asked.table == "capacity" or needed <= written
    assert stated, needed - written
    assert asked.kind is not Kind.MONEY or asked.most > 0


def test_questions_are_put_in_the_words_of_one_law_each():
    assert len({asked.fact for asked in ALL}) == len(ALL)
    assert all(asked.clause for asked in ALL)


@pytest.fixture
def officer(worked_registry, db):
    placed = worked_registry["T08-on"]
    with Offices(placed.village).acting("平台") as actor:
        yield actor, placed


@pytest.fixture
def unvouched(officer, owner_cursor):
    """Nobody vouches for savings and vehicles any more, so that the family has to say it."""
    from django.db import connection

    actor, placed = officer
    with connection.cursor() as cursor:
        cursor.execute("update registry_coverage set superseded_at = now() where kind in (16, 18)")
    return actor, placed


def test_what_a_source_vouches_for_is_shown_and_not_asked(officer):
    actor, placed = officer
    form = form_of(actor, placed.household, assistance.QUESTIONS, ON)
    wages = next(e for e in form.known if e.asked.fact == "wages" and e.who == "父亲")
    assert wages.shown == "2000.00 元/月"
    assert wages.source is not None
    assert "wages" not in {e.asked.fact for e in form.open}
    assert not [e for e in form.entries if e.asked.fact == "wages" and e.who == "孩子"]


def test_answers_become_statements_in_registry_terms(unvouched):
    actor, placed = unvouched
    form = form_of(actor, placed.household, assistance.QUESTIONS, ON)
    father = placed.people["父亲"]
    said = {f"financial_assets.{father}": "1,234.5", f"ordinary_vehicle.{father}": "no"}
    answers = answers_of(form, said, applicant=father)
    assert answers.errors == {}
    (savings,) = answers.statements
    assert (savings.table, savings.holder, savings.values["fen"]) == ("asset", father, 123_450)
    assert answers.none_of == (f"ordinary_vehicle.{father}",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-5", "不能为负数"),
        ("12.345", "两位小数"),
        ("99999999999", "请核对金额和单位"),
        ("很多", "应为金额"),
    ],
)
def test_an_answer_that_cannot_be_right_is_told_in_plain_words(unvouched, text, said):
    actor, placed = unvouched
    form = form_of(actor, placed.household, assistance.QUESTIONS, ON)
    name = f"financial_assets.{placed.people['父亲']}"
    answers = answers_of(form, {name: text}, applicant=placed.people["父亲"])
    assert answers.statements == ()
    assert said in answers.errors[name]


def test_a_known_fact_is_not_overwritten_by_what_is_sent_along(officer):
    actor, placed = officer
    form = form_of(actor, placed.household, assistance.QUESTIONS, ON)
    name = f"wages.{placed.people['父亲']}"
    answers = answers_of(form, {name: "1"}, applicant=placed.people["父亲"])
    assert answers.statements == ()
    assert answers.errors == {}


def test_only_what_could_change_an_outcome_is_asked(unvouched):
    actor, placed = unvouched
    form = form_of(actor, placed.household, assistance.QUESTIONS, ON)
    wanted = [("financial_assets", placed.people["母亲"])]
    assert [e.name for e in form.only(wanted).open] == [f"financial_assets.{placed.people['母亲']}"]
