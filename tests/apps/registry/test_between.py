"""Whether two people are blood relatives: over random families against a plain reference, and over the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import Phase, event, find, given, settings
from hypothesis import strategies as st

from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope
from minzheng.base.types import Actor, Role
from minzheng.registry.actions import ask_kinship
from minzheng.registry.between import Between, Edge, between
from minzheng.registry.blood import Degree
from minzheng.registry.queries import index_of_number
from minzheng.values.errors import Refusal
from tests.apps.registry.conftest import OTHER_TOWN, TOWN, number
from tests.apps.registry.test_blood import EDGES, kinship, load, persons

ON = date(2023, 12, 31)
F, M, SPOUSE, SIBLING, GRAND = 1, 2, 3, 4, 5
FOUNDERS = 32
OFFICER = Actor("staff:1", "officer", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))


# -- against a reference over random families --------------------------------------------------------------


@st.composite
def families(draw):
    """True parents of everybody but the founders, who are strangers; and which edges the registry lost."""
    truth, elders, start = {}, list(range(FOUNDERS)), FOUNDERS
    for size in draw(st.tuples(*[st.integers(6, 16)] * 3)):
        layer = list(range(start, start + size))
        for one in layer:
            father, mother = draw(st.lists(st.sampled_from(elders), min_size=2, max_size=2, unique=True))
            truth[one] = (father, mother)
        # Parents come from the layer above, and now and then from the one before it.
        elders, start = (
            [*draw(st.lists(st.sampled_from(elders), max_size=2, unique=True)), *layer],
            start + size,
        )
    edges = [
        (one, parent, kind) for one, pair in truth.items() for parent, kind in zip(pair, (F, M), strict=True)
    ]
    lost = draw(st.sets(st.sampled_from(edges), max_size=8))
    lines = st.sampled_from(layer)
    first = draw(lines)
    second = draw((lines | lines | st.integers(0, start - 1)).filter(lambda k: k != first))
    return truth, [edge for edge in edges if edge not in lost], first, second


def born(person: int) -> date:
    return date(1900, 1, 1) + timedelta(days=person)


def ask(edges, first: int, second: int) -> Between:
    def step(people):
        here = set(people)
        return [Edge(*edge) for edge in edges if edge[0] in here or (edge[2] == SIBLING and edge[1] in here)]

    return between(first, second, edges=step, births=lambda people: {one: born(one) for one in people})


def paths_up(person: int, parents, most: int = 6) -> list[tuple[int, int]]:
    """Every way up from a person, as (ancestor, generations): a plain recursion."""
    found = [(person, 0)]
    if most:
        for parent in parents.get(person, ()):
            found += [(one, height + 1) for one, height in paths_up(parent, parents, most - 1)]
    return found


def reference(parents, first: int, second: int) -> Degree | None:
    ways = [
        (up, down)
        for one, up in paths_up(first, parents)
        for other, down in paths_up(second, parents)
        if one == other and (up == 0 or down == 0 or (up <= 2 and down <= 2))
    ]
    direct = [way for way in ways if 0 in way]
    best = min(direct or ways, key=lambda way: (sum(way), way[0]), default=None)
    return None if best is None else Degree(*best)


def as_parents(edges):
    parents: dict[int, list[int]] = {}
    for child, parent, _ in edges:
        parents.setdefault(child, []).append(parent)
    return parents


@given(families())
@settings(max_examples=300, deadline=None)
def test_what_is_recorded_is_found_as_a_plain_search_finds_it(family):
    _, edges, first, second = family
    assert ask(edges, first, second).degree == reference(as_parents(edges), first, second)


@given(families())
@settings(max_examples=300, deadline=None)
def test_no_settled_answer_denies_a_kinship_that_is_true(family):
    truth, edges, first, second = family
    answer = ask(edges, first, second).related
    event(f"related: {answer}")
    if answer is False:
        assert reference(truth, first, second) is None


def test_the_random_families_hold_all_three_answers():
    for wanted in (True, False, None):
        find(
            families(),
            lambda family, wanted=wanted: ask(*family[1:]).related is wanted,
            settings=settings(max_examples=2000, database=None, phases=[Phase.generate]),
        )


@given(families())
@settings(max_examples=200, deadline=None)
def test_it_reads_the_same_from_the_other_end(family):
    _, edges, first, second = family
    there, back = ask(edges, first, second), ask(edges, second, first)
    assert there.related == back.related
    if there.degree is not None and back.degree is not None:
        assert sum(there.degree) == sum(back.degree)


# -- unknown is not none -----------------------------------------------------------------------------------

#: Two people with parents 12-13 and 22-23 and all eight grandparents; ids grow with the day of birth.
STRANGERS = [
    (30, 12, F), (30, 13, M), (12, 1, F), (12, 2, M), (13, 3, F), (13, 4, M),
    (31, 22, F), (31, 23, M), (22, 5, F), (22, 6, M), (23, 7, F), (23, 8, M),
]  # fmt: skip


def test_with_all_parents_and_grandparents_on_record_two_people_of_an_age_are_no_relatives():
    assert ask(STRANGERS, 30, 31) == Between(None, settled=True)


@pytest.mark.parametrize("lost", STRANGERS, ids=str)
def test_with_one_parent_or_grandparent_not_on_record_it_is_unknown(lost):
    assert ask([edge for edge in STRANGERS if edge != lost], 30, 31).related is None


def test_a_common_parent_makes_half_siblings_and_they_are_barred():
    assert ask([(30, 1, F), (31, 1, F), (30, 2, M), (31, 3, M)], 30, 31).degree == (1, 1)


def test_somebody_old_enough_to_stand_above_the_recorded_line_is_unknown():
    older = [(edge[0] if edge[0] != 31 else 0, edge[1], edge[2]) for edge in STRANGERS]
    assert ask(older, 30, 0).related is None


def test_a_sibling_edge_of_parents_makes_cousins_and_one_of_grandparents_does_not_bar():
    assert ask([*STRANGERS, (12, 23, SIBLING)], 30, 31).degree == (2, 2)
    assert ask([*STRANGERS, (1, 7, SIBLING)], 30, 31).degree is None


# -- over the database -------------------------------------------------------------------------------------


@pytest.fixture
def kin(committed):
    load([("person", persons()), ("kinship", kinship(EDGES))])


def number_of(person: int) -> str:
    return number(date(1950, 1, 1) + timedelta(days=person), 101)


def ask_as(actor: Actor, one: int, other: int, purpose: str = "婚姻登记审查") -> Between:
    with scope(actor):
        return ask_kinship(actor=actor, first=number_of(one), second=number_of(other), purpose=purpose, on=ON)


def test_a_cousin_registered_in_another_county_is_found_by_number(kin):
    assert str(TOWN)[:6] != str(OTHER_TOWN)[:6]
    assert ask_as(OFFICER, 11, 21) == Between(Degree(2, 2), settled=True)
    assert ask_as(OFFICER, 19, 11).degree == (1, 2)


def test_who_is_not_registered_reads_as_one_whose_parents_are_not_on_record(kin):
    assert ask_as(OFFICER, 11, 900) == ask_as(OFFICER, 11, 30) == Between(None, settled=False)


def test_the_question_is_recorded_alike_for_those_registered_and_those_not(kin):
    ask_as(OFFICER, 11, 900)
    with scope(OFFICER):
        entries = AuditEntry.objects.filter(verb="ask_kinship")
        found = {(one.subject_kind, one.subject, one.reason) for one in entries}
    wanted = {index_of_number(number_of(one)).hex() for one in (11, 900)}
    assert found == {("number", index, "婚姻登记审查") for index in wanted}


def test_nobody_asks_without_a_purpose_or_the_permission_or_about_one_person(kin):
    with pytest.raises(Refusal, match="用途"):
        ask_as(OFFICER, 11, 12, purpose=" ")
    with pytest.raises(Refusal, match="同一"):
        ask_as(OFFICER, 11, 11)
    policy = Actor("staff:2", "policy", (str(TOWN),), frozenset({Role.POLICY_OFFICER}))
    with pytest.raises(Refusal):
        ask_as(policy, 11, 12)


def test_a_large_family_asks_the_database_no_more_often_than_a_small_one(kin):
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            ask_as(OFFICER, 11, 27)
        counts.append(len(asked))
        siblings = [
            (one, other, SIBLING) for one in (11, 12, 14) for other in (18, 22, 23, 24, 25, 26, 30, 31)
        ]
        load([("kinship", kinship(siblings))])
    assert counts[0] == counts[1]
