"""The key of a form stands for one change of one family: claimed once, also by two presses at once."""

from __future__ import annotations

import uuid

import pytest

from minzheng.base.scope import scope
from minzheng.base.types import Actor, Role
from minzheng.registry.changing import claim, was_made
from minzheng.registry.models import Change
from minzheng.registry.moving import split_household
from minzheng.registry.ties import Joining
from minzheng.values.errors import Refusal
from tests.apps.registry.conftest import VILLAGE
from tests.apps.registry.test_moves import (  # noqa: F401 (a fixture)
    BOTH,
    CITY,
    OFFICER,
    ON,
    THERE,
    R,
    at_once,
    city,
    rows,
)

KEY, DIGEST = uuid.UUID(int=7), "a" * 64


def press(actor=OFFICER, household=1, key=KEY, kind="split"):
    with scope(actor):
        return claim(actor=actor, household=household, client_key=key, kind=kind, digest=DIGEST)


def test_a_key_is_claimed_once_and_says_where_it_was_made(city):  # noqa: F811
    assert press()
    assert not press()
    with scope(CITY):
        row = Change.objects.get()
        assert (row.division, row.household_id, row.kind, row.digest) == (str(VILLAGE), 1, "split", DIGEST)
        assert row.made_by == OFFICER.key
    with scope(OFFICER):
        assert was_made(OFFICER, household=1, client_key=KEY, kind="split")
        assert not was_made(OFFICER, household=1, client_key=KEY, kind="move")


@pytest.mark.parametrize("other", [{"kind": "move"}, {"household": 3}, {"household": 2, "actor": THERE}])
def test_a_key_that_stands_for_something_else_is_refused(city, other):  # noqa: F811
    press()
    with pytest.raises(Refusal) as refused:
        press(**other)
    assert refused.value.code == "change.key"


@pytest.mark.parametrize("household", [2, 987_654])
def test_a_family_elsewhere_is_as_one_that_does_not_exist(city, household):  # noqa: F811
    with pytest.raises(Refusal) as refused:
        press(household=household)
    assert refused.value.code == "household.not_found"


def test_of_two_presses_at_once_one_makes_the_change(city):  # noqa: F811
    from django.db import transaction

    made = []

    def save():
        with scope(OFFICER), transaction.atomic():
            if claim(actor=OFFICER, household=1, client_key=KEY, kind="split", digest=DIGEST):
                new = split_household(
                    actor=OFFICER, household=1, members={4: Joining(R.HEAD)}, on=ON, reason="分户"
                )
                made.append(new.pk)

    assert at_once(save, save) == [None, None]
    assert len(made) == 1
    assert rows("select count(*) from registry_household where village = %s", VILLAGE) == [(2,)]


def test_a_change_that_fails_leaves_its_key_free(city):  # noqa: F811
    from django.db import transaction

    with scope(OFFICER), pytest.raises(Refusal), transaction.atomic():
        claim(actor=OFFICER, household=1, client_key=KEY, kind="split", digest=DIGEST)
        split_household(actor=OFFICER, household=1, members={5: Joining(R.HEAD)}, on=ON, reason="分户")
    assert press()


def test_only_who_records_facts_claims(city):  # noqa: F811
    worker = Actor("staff:61", "", (str(VILLAGE),), frozenset({Role.VILLAGE_WORKER}))
    with pytest.raises(Refusal) as refused:
        press(actor=worker)
    assert refused.value.code == "permission.denied"
