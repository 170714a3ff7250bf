"""A kept decision: append-only, complete, decided again to the same bytes, or the change is named."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.canonical import canonical, document_of, facts_in, situation_in
from minzheng.assessment.decide import decide
from minzheng.assessment.models import Decision
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.replay import replay, replay_decision, rule_texts
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.rulebook import load
from minzheng.rulebook.instruments import DIBAO
from minzheng.rulebook.national.dibao import income_per_head, standard
from minzheng.rules import Expr, Household, provision
from minzheng.rules.book import Situation
from minzheng.rules.explain.determine import determine
from minzheng.rules.facts import Source, unit_facts
from minzheng.rules.status import Status
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import WIDOW

NOW = datetime(2024, 1, 5, 3, 4, 5, 678901, tzinfo=UTC)
BOOK = load()
TEXTS = rule_texts(BOOK)


def values_of(column):
    """Values within the declaration of a fact, and now and then none."""
    kind = column.kind
    if kind.name == "bool":
        some = st.booleans()
    elif kind.domain is not None:
        some = st.sampled_from(list(kind.domain))
    elif kind.name == "date":
        some = st.dates(date(1920, 1, 1), date(2023, 12, 31))
    else:
        low, high = column.bounds
        some = st.integers(int(low), int(high)) | st.integers(max(int(low), 0), min(int(high), 80_000))
    return st.none() | some


@st.composite
def households(draw):
    """The facts of a few invented people, any of them unknown."""
    columns = list(BOOK.columns.values())

    def row(household: bool) -> dict:
        mine = [c for c in columns if (c.entity is Household) == household]
        chosen = draw(st.lists(st.sampled_from(mine), unique_by=lambda c: c.column, max_size=12))
        return {c.column: draw(values_of(c)) for c in chosen}

    people = [row(False) for _ in range(draw(st.integers(1, 3)))]
    for person in people:
        person.setdefault("born", draw(st.dates(date(1930, 1, 1), date(2022, 1, 1))))
    facts = unit_facts(columns, row(True), people, unit_id=7, people_ids=list(range(1, len(people) + 1)))
    facts.sources["born", 0] = Source("公安户籍", date(2010, 1, 1), NOW, "")
    return facts


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(households())
def test_any_decision_comes_out_of_its_own_content_in_the_same_bytes(facts):
    situation = Situation.at("140403", date(2023, 12, 31), known_at=date(2024, 1, 5))
    content = canonical(document_of(determine(BOOK, facts, situation, steps=False), NOW))
    again = replay(content, TEXTS)
    assert again.same
    assert again.content == content
    read = facts_in(json.loads(content), BOOK)
    assert (read.unit, read.people) == (facts.unit, facts.people)
    assert situation_in(json.loads(content)) == situation
    assert "." not in "".join(part for part in content.split('"')[::2]), "a float"


def kept(actor, household=WIDOW, **how) -> Decision:
    return keep_decision(actor=actor, household=household, purpose="试算存档", **how)


def test_a_kept_decision_holds_facts_sources_parameters_and_clauses(city_of_stories):
    row = kept(city_of_stories)
    document = json.loads(row.content)
    dibao = next(o for o in document["outcomes"] if o["programme"] == "dibao")
    assert (dibao["status"], dibao["deciding"], dibao["clauses"]) == ("yes", None, ["DB-1", "DB-2"])
    assert dibao["payable"] == 35_300
    born = document["facts"]["people"][0]["born"]
    assert date.fromisoformat(born["value"]) < date(1990, 1, 1)
    assert (born["source"], born["recorded"][:10]) == ("公安户籍", "2023-12-26")
    assert document["parameters"]["dibao.std.rural"]["value"] == 663_700
    assert document["parameters"]["dibao.std.rural"]["since"] == "2023-01-01"
    assert document["values"]["income_per_head"] == 20_000
    assert document["values"]["standard"] == "165925/3"
    assert document["values"]["is_adult"] == ["yes"]
    assert row.content == canonical(document)
    assert not any("一" <= letter <= "鿿" for letter in str(document["household"]))


def test_a_kept_decision_is_replayed_by_its_id_and_only_in_the_region(city_of_stories, staff):
    row = kept(city_of_stories)
    assert replay_decision(city_of_stories, row.pk).same
    stranger = staff(Role.TOWNSHIP_OFFICER, "140425200")
    with scope(stranger), pytest.raises(Refusal, match="没有找到该试算记录"):
        replay_decision(stranger, row.pk)


def test_a_later_fact_changes_what_is_known_today_and_not_what_was_known_then(city_of_stories):
    actor = city_of_stories
    row = kept(actor)
    then = row.known_at
    record_fact(
        actor=actor,
        table="income",
        holder=27,
        values={"kind": codes.Income.WAGES, "fen": 900_000, "since": date(2022, 12, 1)},
        source=codes.Source.VISIT,
    )
    assert decide(actor, WIDOW).of("dibao").status == Status.NO
    assert decide(actor, WIDOW, known_at=then).of("dibao").status == Status.YES
    assert replay_decision(actor, row.pk).same
    again = kept(actor, known_at=then + timedelta(microseconds=1))
    assert again.content.replace(again.known_at.isoformat(), "") == row.content.replace(then.isoformat(), "")


def test_another_standard_is_named_with_its_old_and_new_value(city_of_stories):
    row = kept(city_of_stories)
    higher = BOOK.with_parameters(BOOK.parameters.overlaid({"dibao.std.rural": 7_200}))
    found = replay(row.content, TEXTS, higher)
    assert not found.same
    [change] = found.changes
    assert (change.kind, change.name) == ("parameter", "dibao.std.rural")
    assert '"value":663700' in change.before
    assert '"value":720000' in change.now
    assert [(m.programme, m.before, m.now) for m in found.moved] == [("dibao", "yes 35300", "yes 40000")]


@provision(DIBAO, 4, of=Household, label="人均收入低于低保标准（草案）")
def income_below_half() -> Expr:
    """家庭月人均收入低于低保标准的一半。"""
    return (income_per_head + income_per_head).below(standard)


@provision(DIBAO, 4, of=Household, label="人均收入低于低保标准（草案）")
def income_below_nothing() -> Expr:
    """家庭月人均收入低于零，无人符合。"""
    return income_per_head.below(standard * 0)


def test_an_upgrade_that_decides_nothing_otherwise_leaves_the_decision_and_is_named(city_of_stories):
    row = kept(city_of_stories)
    book = with_provisions(BOOK, {"income_below_standard": income_below_half})
    assert book.hash != BOOK.hash
    found = replay(row.content, TEXTS, book)
    assert found.same
    assert found.content == row.content
    assert [change.name for change in found.changes] == ["income_below_standard"]
    assert found.moved == ()


def test_a_rule_that_only_the_rulebook_of_today_knows_is_no_part_of_the_decision(city_of_stories):
    row = kept(city_of_stories)
    before = {name: text for name, text in TEXTS.items() if name != "income_below_standard"}
    document = json.loads(row.content)
    del document["values"]["income_below_standard"]
    found = replay(canonical(document), before)
    assert found.same
    assert [(change.name, change.before) for change in found.changes] == [("income_below_standard", None)]


def test_another_provision_is_named_with_its_old_and_new_text(city_of_stories):
    row = kept(city_of_stories)
    book = with_provisions(BOOK, {"income_below_standard": income_below_nothing})
    found = replay(row.content, TEXTS, book)
    assert not found.same
    assert "dibao" in {moved.programme for moved in found.moved}
    changed = {change.name: change for change in found.changes}
    assert changed["income_below_standard"].kind == "provision"
    assert changed["income_below_standard"].before == TEXTS["income_below_standard"]
    assert changed["income_below_standard"].now != changed["income_below_standard"].before


def test_the_database_keeps_a_decision_as_it_is(city_of_stories, owner_cursor):
    row = kept(city_of_stories)
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        owner_cursor.execute("delete from assessment_decision")
    with pytest.raises(Exception, match="permission denied"), scope(system_actor("test")):
        Decision.objects.filter(pk=row.pk).update(purpose="另一用途")
    with pytest.raises(Exception, match="decision_digest"), scope(system_actor("test")):
        Decision.objects.create(
            division=row.division, household_id=row.household_id, on=row.on, known_at=row.known_at,
            purpose="x", rulebook=row.rulebook, content=row.content + " ", digest=row.digest,
        )  # fmt: skip


def test_a_decision_without_a_purpose_is_not_kept(city_of_stories):
    with pytest.raises(Refusal, match="须填写用途"):
        keep_decision(actor=city_of_stories, household=WIDOW, purpose="")


def test_a_float_never_enters_a_decision():
    with pytest.raises(TypeError, match="a float"):
        canonical({"amount": 1.5})
    assert canonical({"乙": 1, "甲": "e\u0301"}) == '{"乙":1,"甲":"é"}'
