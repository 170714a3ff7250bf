"""A hand-over between two townships: offered by one, taken by the other, who sees the offer and nothing else before."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope
from minzheng.base.types import Actor, Role
from minzheng.registry import codes, queries
from minzheng.registry.handover import (
    handovers,
    offer_household,
    offer_person,
    refuse_offer,
    take_household,
    take_person,
    withdraw_offer,
)
from minzheng.registry.models import Household, Person
from minzheng.registry.moving import move_household
from minzheng.registry.ties import Joining
from minzheng.values.errors import Refusal
from tests.apps.registry.conftest import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE
from tests.apps.registry.test_moves import (  # noqa: F401 (a fixture)
    BOTH,
    CITY,
    OFFICER,
    ON,
    THERE,
    TODAY,
    R,
    act,
    at_home,
    at_once,
    city,
    events,
    rows,
)
from tests.apps.registry.test_own import NEXT_VILLAGE

ELSEWHERE = Actor("staff:34", "", ("140425200",), frozenset({Role.TOWNSHIP_OFFICER}))
WORKER = Actor("staff:35", "", (str(OTHER_VILLAGE),), frozenset({Role.VILLAGE_WORKER}))


def offer(actor=OFFICER, **how):
    return act(
        offer_household, actor=actor, **({"household": 1, "to_village": OTHER_VILLAGE, "on": ON} | how)
    )


def take(row, actor=THERE, version=1, **how):
    with scope(actor):
        return take_household(actor=actor, offer=row.public_id, version=version, **how)


def test_the_receiving_side_reads_the_offer_and_nothing_else_until_it_takes(city):  # noqa: F811
    row = offer()
    with scope(THERE):
        [seen] = handovers(THERE)
        assert (seen.who, seen.people, seen.from_village, seen.on) == ("王甲", 4, VILLAGE, ON)
        assert not Household.objects.filter(pk=1).exists()
        assert not Person.objects.filter(pk__in=[1, 2, 3, 4]).exists()
        assert queries.search(THERE, "王甲", on=TODAY) == ([], False)
    for other in (ELSEWHERE, WORKER):
        with scope(other):
            assert list(handovers(other)) == []
            assert rows("select 1 from registry_handover", actor=other) == []
    assert take(row) == 1
    with scope(THERE):
        assert Household.objects.get(pk=1).village == OTHER_VILLAGE
        assert Person.objects.filter(pk__in=[1, 2, 3, 4]).count() == 4
        assert list(handovers(THERE)) == []
        [answered] = handovers(THERE, open_only=False)
        assert (answered.state, answered.answered_by, answered.version) == (2, THERE.key, 2)
    with scope(OFFICER):
        assert not Household.objects.filter(pk=1).exists()
    with scope(CITY):
        told = set(
            AuditEntry.objects.filter(verb__startswith="handover").values_list("verb", "actor", "division")
        )
    assert told == {
        (verb, actor.key, str(village))
        for verb, actor in (("handover_offer", OFFICER), ("handover_taken", THERE))
        for village in (VILLAGE, OTHER_VILLAGE)
    }
    assert events(codes.Event.MOVE) == [1, 2, 3, 4]


def test_an_offer_made_twice_is_one_and_taken_twice_is_taken_once(city):  # noqa: F811
    first, second = offer(), offer()
    assert first.pk == second.pk
    with pytest.raises(Refusal, match="已有一项待接收的移交"):
        offer(to_village=140425200200)
    take(first)
    with pytest.raises(Refusal, match="已接收，您的操作没有保存"):
        take(first)
    assert events(codes.Event.MOVE) == [1, 2, 3, 4]


def test_of_two_who_take_at_once_one_takes(city):  # noqa: F811
    row = offer()
    second = Actor("staff:36", "", (str(OTHER_TOWN),), THERE.roles)
    ended = at_once(lambda: take(row), lambda: take(row, actor=second))
    assert sum(one is None for one in ended) == 1
    assert isinstance(next(one for one in ended if one), Refusal)
    assert events(codes.Event.MOVE) == [1, 2, 3, 4]


def test_taking_and_withdrawing_at_once_end_in_one_of_both(city):  # noqa: F811
    row = offer()

    def withdraw():
        with scope(OFFICER):
            withdraw_offer(actor=OFFICER, offer=row.public_id, version=1, reason="不迁了")

    ended = at_once(lambda: take(row), withdraw)
    assert sum(one is None for one in ended) == 1
    taken = ended[0] is None
    assert rows("select village from registry_household where id = 1") == [
        (OTHER_VILLAGE if taken else VILLAGE,)
    ]


def test_each_side_answers_only_what_is_its_own(city):  # noqa: F811
    row = offer()
    with pytest.raises(Refusal, match="应由迁入地接收或退回"):
        take(row, actor=OFFICER)
    with scope(THERE), pytest.raises(Refusal, match="应由迁出地撤回"):
        withdraw_offer(actor=THERE, offer=row.public_id, version=1, reason="x")
    said = set()
    for unknown in (row.public_id, uuid.uuid4()):
        with scope(ELSEWHERE), pytest.raises(Refusal) as caught:
            take_household(actor=ELSEWHERE, offer=unknown, version=1)
        said.add((caught.value.code, caught.value.message))
    assert len(said) == 1
    with scope(THERE):
        refuse_offer(actor=THERE, offer=row.public_id, version=1, reason="本人未到")
    assert rows("select village from registry_household where id = 1") == [(VILLAGE,)]
    assert offer().pk != row.pk


def test_a_household_that_moved_meanwhile_is_not_taken_from_where_it_is_not(city):  # noqa: F811
    row = offer()
    act(move_household, household=1, to_village=NEXT_VILLAGE, on=ON)
    with pytest.raises(Refusal, match="已不在移交时的登记地"):
        take(row)


def test_somebody_marries_into_a_household_of_another_township(city):  # noqa: F811
    with pytest.raises(Refusal, match="有且只有一名户主"):
        act(offer_person, actor=OFFICER, household=1, person=1, to_village=OTHER_VILLAGE, on=ON,
            event=codes.Event.MARRIAGE)  # fmt: skip
    row = act(
        offer_person, actor=OFFICER, household=1, person=4, to_village=OTHER_VILLAGE, on=ON,
        event=codes.Event.MARRIAGE,
    )  # fmt: skip
    with scope(THERE), pytest.raises(Refusal, match="不符"):
        take_household(actor=THERE, offer=row.public_id, version=1)
    with scope(THERE), pytest.raises(Refusal, match="没有找到该家庭"):
        take_person(actor=THERE, offer=row.public_id, version=1, joining=Joining(R.SPOUSE), into=3)
    with scope(THERE):
        assert (
            take_person(actor=THERE, offer=row.public_id, version=1, joining=Joining(R.SPOUSE), into=2) == 2
        )
        assert Person.objects.filter(pk=4, township=OTHER_TOWN).exists()
        assert not Person.objects.filter(pk=1).exists()
    assert (set(at_home(1)), at_home(2)) == ({1, 2, 3}, {5: "HEAD", 4: "SPOUSE"})
    assert events(codes.Event.MARRIAGE) == [4]


def test_somebody_who_comes_alone_has_a_household_of_the_own(city):  # noqa: F811
    row = act(
        offer_person, actor=OFFICER, household=1, person=4, to_village=OTHER_VILLAGE, on=ON, event=codes.Event.MOVE
    )  # fmt: skip
    with scope(THERE):
        new = take_person(
            actor=THERE, offer=row.public_id, version=1, joining=Joining(R.HEAD, lives_here=True)
        )
        assert Household.objects.get(pk=new).village == OTHER_VILLAGE
    assert at_home(new) == {4: "HEAD"}


@pytest.mark.parametrize(
    ("actor", "attack"),
    [
        (THERE, "update registry_handover set state = 2, version = 2"),
        (OFFICER, "update registry_handover set state = 2, version = 2"),
        (OFFICER, "update registry_handover set state = 3, version = 2"),
        (THERE, "update registry_handover set state = 4, version = 2"),
        (THERE, "update registry_handover set state = 3, version = 5"),
        (OFFICER, "update registry_handover set who = '别人', state = 4, version = 2"),
        (BOTH, "delete from registry_handover"),
        (THERE, ("insert into registry_handover (household_id, from_township, from_village, to_village, on_day, event, who,"
                f" people, reason) values (3, {TOWN}, {NEXT_VILLAGE}, {OTHER_VILLAGE}, '2023-11-20', 5, 'x', 1, 'x')")),
        (THERE, ("insert into registry_handover (household_id, from_township, from_village, to_village, on_day, event, who,"
                f" people, reason) values (999, {TOWN}, {NEXT_VILLAGE}, {OTHER_VILLAGE}, '2023-11-20', 5, 'x', 1, 'x')")),
        (OFFICER, ("insert into registry_handover (household_id, person_id, from_township, from_village, to_village, on_day,"
                  f" event, who, people, reason) values (3, 5, {TOWN}, {NEXT_VILLAGE}, {OTHER_VILLAGE}, '2023-11-20', 5,"
                  " 'x', 1, 'x')")),
    ],
)  # fmt: skip
def test_the_database_refuses_an_answer_that_is_none(city, actor, attack):  # noqa: F811
    offer()
    with scope(actor), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert rows("select state, version, who from registry_handover") == [(1, 1, "王甲")]
