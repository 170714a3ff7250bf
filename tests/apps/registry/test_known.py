"""Naming somebody in a row: who is elsewhere in the city is told from nobody by no error, in SQL and through the verbs."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role, resident_actor
from minzheng.registry import codes
from minzheng.registry.actions import FactRow, end_fact, record_fact
from minzheng.registry.models import Kinship, Receipt
from minzheng.values.errors import Refusal
from tests.apps.registry.conftest import OTHER_TOWN, TOWN, VILLAGE

SEEN, ELSEWHERE, NOBODY = 4, 5, 987_654
CITY = system_actor("test")
OFFICER = Actor("staff:41", "", (str(TOWN),), frozenset({Role.TOWNSHIP_OFFICER}))
WORKER = Actor("staff:42", "", (str(VILLAGE),), frozenset({Role.VILLAGE_WORKER}))
RESIDENT = resident_actor(1, 1, "王甲")
ATTACKS = {
    "kinship": (
        f"insert into registry_kinship (person_id, relative_id, township, since, kind, source)"
        f" values (2, %s, {TOWN}, '2020-01-01', 4, 15)"
    ),
    "receipt": (
        f"insert into registry_receipt (household_id, person_id, township, since, programme, source)"
        f" values (1, %s, {TOWN}, '2023-01-01', 5, 11)"
    ),
    "suppression": (
        f"insert into registry_suppression (household_id, person_id, township, since, kind, source)"
        f" values (1, %s, {TOWN}, '2023-01-01', 1, 11)"
    ),
    "several rows": (
        f"insert into registry_kinship (person_id, relative_id, township, since, kind, source)"
        f" values (2, 4, {TOWN}, '2020-01-01', 4, 15), (2, %s, {TOWN}, '2020-01-01', 4, 15)"
    ),
    "on conflict": (
        f"insert into registry_receipt (household_id, person_id, township, since, programme, source)"
        f" values (1, %s, {TOWN}, '2023-01-01', 5, 11) on conflict do nothing"
    ),
}


def told(actor: Actor, attack: str, person: int) -> dict[str, object]:
    """Everything the server says of the refusal."""
    with (
        scope(actor),
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack, [person])
    diag = refused.value.__cause__.diag
    return {
        name: getattr(diag, name) for name in dir(diag) if not name.startswith("_") and name != "encoding"
    }


@pytest.mark.parametrize("actor", [OFFICER, WORKER, RESIDENT], ids=["township", "village", "resident"])
@pytest.mark.parametrize("attack", list(ATTACKS))
def test_somebody_elsewhere_is_refused_as_nobody_is(registry, actor, attack):
    elsewhere, nobody = told(actor, ATTACKS[attack], ELSEWHERE), told(actor, ATTACKS[attack], NOBODY)
    assert elsewhere == nobody
    policy_first = attack == "several rows" and actor is not OFFICER
    assert elsewhere["sqlstate"] == ("42501" if policy_first else "23503")
    assert str(ELSEWHERE) not in str(elsewhere["message_detail"])


@pytest.mark.parametrize("attack", ["kinship", "receipt", "suppression"])
def test_somebody_seen_is_named_and_a_city_names_everybody_there_is(registry, attack):
    with connection.cursor() as cursor:
        with scope(OFFICER):
            cursor.execute(ATTACKS[attack], [SEEN])
        with scope(CITY):
            cursor.execute(ATTACKS[attack], [ELSEWHERE])
    assert told(CITY, ATTACKS[attack], NOBODY)["sqlstate"] == "23503"


@pytest.mark.parametrize("person", [ELSEWHERE, NOBODY])
def test_the_verb_says_the_same_of_both(registry, person):
    values = {"relative_id": person, "kind": codes.Kin.SIBLING, "since": date(2020, 1, 1)}
    with scope(OFFICER), pytest.raises(Refusal) as refused:
        record_fact(actor=OFFICER, table="kinship", holder=2, values=values, source=codes.Source.VISIT)
    assert refused.value.code == "holder.not_found"


def test_who_is_named_already_may_have_moved_away(registry):
    """A row about somebody who is elsewhere by now is still corrected and ended where it stands."""
    kin = {"relative_id": ELSEWHERE, "kind": codes.Kin.SIBLING, "since": date(2020, 1, 1)}
    aid = {"person_id": ELSEWHERE, "programme": 5, "since": date(2023, 1, 1)}
    with scope(CITY):
        made = record_fact(actor=CITY, table="kinship", holder=2, values=kin, source=codes.Source.VISIT)
        paid = record_fact(
            actor=CITY, table="receipt", holder=1, values=aid, source=codes.Source.CIVIL_AFFAIRS
        )
    with scope(OFFICER):
        ended = [
            end_fact(actor=OFFICER, row=FactRow(row.table, row.holder, row.id), until=date(2023, 6, 1),
                     source=codes.Source.VISIT, reason="核实")
            for row in (made, paid)
        ]  # fmt: skip
        assert Kinship.objects.get(pk=ended[0].id).until == date(2023, 6, 1)
        assert Receipt.objects.get(pk=ended[1].id).until == date(2023, 6, 1)


def test_the_other_township_is_another(registry):
    """What the attacks above rest on: the officer does not see the person."""
    with scope(OFFICER), connection.cursor() as cursor:
        cursor.execute("select count(*) from registry_person where township = %s", [OTHER_TOWN])
        assert cursor.fetchone() == (0,)
