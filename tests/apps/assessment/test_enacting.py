"""A value comes into force by two signatures over the list of whom it affects, from a month, and can be taken back."""

from __future__ import annotations

import json
import uuid
from datetime import date

import pytest
from django.db import transaction

from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting import queries
from minzheng.assessment.enacting.actions import find_affected, propose_taking_back, propose_value, sign
from minzheng.assessment.enacting.beside import beside_files
from minzheng.assessment.enacting.models import Enactment, Impact, Proposal, Signature
from minzheng.assessment.enacting.plain import rows_as_plain, rows_of_plain
from minzheng.assessment.enacting.types import Kind, Side, Stage
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.rulebook import load
from minzheng.rulebook.declared import dibao_std_urban
from minzheng.rules.status import Span
from minzheng.values.errors import Refusal, SourceTrouble
from tests.apps.assessment.enacting import (
    DECEMBER,
    JANUARY,
    ROW,
    TODAY,
    city_desk,
    desk,
    enacted,
    listed,
    open_officer,
    proposed,
    set_day,
    signed,
    taken_back,
    through,
)

__all__ = ["city_desk", "desk"]


@pytest.fixture
def officers(db):
    """The one who proposes and the one who signs second."""
    set_day()
    return open_officer("first"), open_officer("second")


def value(on, county="140403", **known):
    return rulebook().parameters.resolve(dibao_std_urban, county, on, **known).value


# -- the whole way ---------------------------------------------------------------------------------------------------


def test_a_value_is_in_force_after_two_signatures_and_not_before(officers, desk):
    first, second = officers
    before = rulebook()
    proposal = proposed(first)
    impact = listed(first, proposal)
    assert (impact.rows, impact.month) == (4, "2023-12")
    assert signed(first, proposal, impact.digest).side == Side.FIRST
    assert rulebook() is before
    assert signed(second, proposal, impact.digest).side == Side.SECOND
    assert (value(TODAY), value(JANUARY), value(date(2024, 6, 1))) == (682_00, 800_00, 800_00)
    row = rulebook().parameters.resolve(dibao_std_urban, "140403", JANUARY).row
    assert (row.document, row.known_from, row.until) == (ROW["document"], JANUARY, None)
    assert rulebook().hash != before.hash
    assert load().hash == before.hash, "the rulebook of the files stays as it is"


def test_the_list_holds_every_holder_that_changes_with_counts_and_money(officers, desk):
    first, _second = officers
    proposal = proposed(first)
    impact = listed(first, proposal)
    with scope(first):
        rows = list(queries.affected(first, impact))
        view = queries.proposal_view(first, proposal.pk)
    assert [(r.programme, r.household_id, r.outcome_before, r.fen_before, r.fen_after) for r in rows] == [
        ("dibao", 1, "yes", 682_00, 800_00), ("dibao", 2, "no", 0, 80_00), ("edge", 2, "yes", 0, 0),
        ("dibao", 3, "yes", 162_00, 280_00),
    ]  # fmt: skip
    assert view.summary["all"] == {
        "holders": 4, "households": 3, "came_in": 1, "left": 1, "more": 2, "less": 0, "open": 0,
        "month_fen": [844_00, 1160_00], "other_fen": [0, 0],
    }  # fmt: skip
    assert {code: one["holders"] for code, one in view.summary["counties"].items()} == {
        "140403": 3,
        "140426": 1,
    }
    assert view.summary["programmes"]["dibao"]["month_fen"] == [844_00, 1160_00]


def test_a_proposal_says_where_it_stands_and_whose_turn_it_is(officers, desk):
    first, second = officers
    proposal = proposed(first)

    def look(actor):
        with scope(actor):
            view = queries.proposal_view(actor, proposal.pk)
        return view.stage, view.side_of(first), view.side_of(second)

    assert look(first) == (Stage.PROPOSED, None, None)
    impact = listed(first, proposal)
    assert look(first) == (Stage.PRICED, Side.FIRST, None)
    signed(first, proposal, impact.digest)
    assert look(second) == (Stage.SIGNED, None, Side.SECOND)
    signed(second, proposal, impact.digest)
    assert look(second) == (Stage.IN_FORCE, None, None)


def test_every_step_is_in_the_audit(officers, desk):
    proposal = enacted(*officers, desk)
    with scope(system_actor("test")):
        verbs = [entry.verb for entry in AuditEntry.objects.filter(subject=str(proposal.pk)).order_by("at")]
    assert verbs == ["propose_value", "find_affected", "sign_proposal", "sign_proposal"]


def test_a_nearer_place_keeps_its_own_value(officers, desk):
    enacted(*officers, desk, place="140426", value="900", since=DECEMBER)
    assert (value(DECEMBER), value(DECEMBER, "140426")) == (682_00, 900_00)
    enacted(*officers, desk, place="140400", value="800")
    assert (value(JANUARY), value(JANUARY, "140426")) == (800_00, 900_00)


def test_a_standard_signed_late_gives_arrears_and_rewrites_nothing(officers, desk):
    july = date(2023, 7, 1)
    enacted(*officers, desk, since=july)
    assert value(july) == 800_00
    assert value(july, known_at=date(2023, 12, 30)) != 800_00, "what was known before it was signed"
    assert value(july, known_at=TODAY) == 800_00


def test_of_two_values_of_one_month_the_one_signed_last_holds(officers, desk):
    enacted(*officers, desk, value="800")
    enacted(*officers, desk, value="810")
    assert value(JANUARY) == 810_00
    assert [row.order for row in rulebook().enacted] == sorted(row.order for row in rulebook().enacted)


# -- taking back -----------------------------------------------------------------------------------------------------


def test_a_value_is_taken_back_by_two_signatures_over_the_list(officers, desk):
    proposal = enacted(*officers, desk, since=date(2023, 11, 1))
    back = taken_back(*officers, desk, proposal, DECEMBER)
    assert (value(date(2023, 11, 1)), value(DECEMBER), value(TODAY)) == (800_00, 682_00, 682_00)
    with scope(officers[0]):
        assert queries.proposal_view(officers[0], proposal.pk).stage is Stage.TAKEN_BACK
        view = queries.proposal_view(officers[0], back.pk)
        assert view.kind is Kind.WITHDRAWAL
        assert view.value == "800.00 元"
        rows = list(queries.affected(officers[0], view.impact, programme="dibao"))
    assert [(r.household_id, r.fen_before, r.fen_after) for r in rows] == [
        (1, 800_00, 682_00), (2, 80_00, 0), (3, 280_00, 162_00),
    ]  # fmt: skip
    assert Enactment.objects.count() == 2, "nothing is deleted"


def test_a_value_that_begins_later_is_taken_back_against_what_it_would_have_been(officers, desk):
    """The value of 2024 is not known without it; on the day of the snapshot neither holds."""
    proposal = enacted(*officers, desk)
    back = taken_back(*officers, desk, proposal, date(2024, 3, 1))
    assert value(date(2024, 2, 1)) == 800_00
    assert isinstance(value(date(2024, 3, 1)), Span)
    with scope(officers[0]):
        impact = queries.proposal_view(officers[0], back.pk).impact
        dibao = list(queries.affected(officers[0], impact, programme="dibao"))
    assert [(r.household_id, r.outcome_before, r.fen_before, r.fen_after) for r in dibao] == [
        (1, "yes", 800_00, None), (2, "yes", 80_00, None), (3, "yes", 280_00, None),
    ]  # fmt: skip


def test_what_is_taken_back_from_its_beginning_never_held(officers, desk):
    proposal = enacted(*officers, desk, since=DECEMBER)
    taken_back(*officers, desk, proposal, DECEMBER)
    assert {value(DECEMBER), value(TODAY)} == {682_00}


def test_only_what_is_in_force_is_taken_back_and_once(officers, desk):
    first, _second = officers
    never = proposed(first)
    why = {"since": JANUARY, "document": "函", "reason": "误"}
    with scope(first), pytest.raises(Refusal) as refused:
        propose_taking_back(actor=first, proposal=never.pk, client_key=uuid.uuid4(), **why)
    assert refused.value.code == "enacting.not_in_force"
    proposal = enacted(*officers, desk)
    taken_back(*officers, desk, proposal, JANUARY)
    with scope(first), pytest.raises(Refusal) as refused:
        propose_taking_back(actor=first, proposal=proposal.pk, client_key=uuid.uuid4(), **why)
    assert refused.value.code == "enacting.taken_back"


def test_two_proposals_to_take_back_the_same_come_into_force_once(officers, desk):
    first, second = officers
    proposal = enacted(first, second, desk)
    backs = []
    for month in (JANUARY, date(2024, 2, 1)):
        with scope(first):
            backs.append(
                propose_taking_back(
                    actor=first,
                    proposal=proposal.pk,
                    since=month,
                    document="函",
                    reason="误",
                    client_key=uuid.uuid4(),
                )
            )
    through(first, second, desk, backs[0])
    with pytest.raises(Refusal):
        through(first, second, desk, backs[1])
    assert Enactment.objects.count() == 2


# -- for whoever recomputes awards -----------------------------------------------------------------------------------


def test_enactments_are_read_in_order_by_those_who_recompute_awards(officers, desk):
    proposal = enacted(*officers, desk)
    taken_back(*officers, desk, proposal, date(2024, 3, 1))
    found = queries.came_into_force(after=0)
    assert [(one.kind, one.key, one.place, one.since) for one in found] == [
        (Kind.VALUE, "dibao.std.urban", "140400", JANUARY),
        (Kind.WITHDRAWAL, "dibao.std.urban", "140400", date(2024, 3, 1)),
    ]
    assert [one.number for one in queries.came_into_force(after=found[0].number)] == [found[1].number]
    with scope(system_actor("awards")):
        assert list(queries.households_of(found[0].impact)) == [1, 2, 3]


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "dibao.std.rurul"}, "key"),
        ({"place": "110000"}, "place"),
        ({"value": "many"}, "value"),
        ({"value": "-5"}, "value"),
        ({"value": ""}, "value"),
        ({"value": "unknown"}, "value"),
        ({"value": "682", "since": DECEMBER}, "value"),
        ({"since": date(2024, 1, 15)}, "since"),
        ({"since": date(2019, 1, 1)}, "since"),
        ({"document": "  "}, "document"),
        ({"reason": ""}, "reason"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"key": "edge.multiple", "value": "1.9"}, "value"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(officers, changes, field):
    first, _second = officers
    with pytest.raises(Refusal) as refused:
        proposed(first, **changes)
    assert refused.value.field == field
    assert Proposal.objects.count() == 0


def test_only_policy_officers_of_the_whole_city_propose_and_sign(officers, desk):
    first, _second = officers
    proposal = proposed(first)
    impact = listed(first, proposal)
    signed(first, proposal, impact.digest)
    supervisor = open_officer("supervisor", roles=(Role.CITY_SUPERVISOR,))
    county = open_officer("county", regions=("140403",))
    for actor, code in ((supervisor, "permission.denied"), (county, "enacting.not_citywide")):
        for attempt in (
            lambda actor=actor: proposed(actor),
            lambda actor=actor: listed(actor, proposal),
            lambda actor=actor: signed(actor, proposal, impact.digest),
        ):
            with pytest.raises(Refusal) as refused:
                attempt()
            assert refused.value.code == code
    assert Enactment.objects.count() == 0


def test_one_natural_person_with_two_accounts_does_not_sign_twice(officers, desk):
    mine, again = (open_officer(name, identity="140499198001010018") for name in ("mine", "again"))
    assert mine.natural_person == again.natural_person
    proposal = proposed(mine)
    impact = listed(mine, proposal)
    given = signed(mine, proposal, impact.digest)
    assert signed(again, proposal, impact.digest).pk == given.pk, "it is the signature there is"
    assert Enactment.objects.count() == 0


def test_the_second_signature_waits_for_the_first(officers, desk):
    first, second = officers
    proposal = proposed(first)
    impact = listed(first, proposal)
    with pytest.raises(Refusal) as refused:
        signed(second, proposal, impact.digest)
    assert refused.value.code == "enacting.not_signed"


def test_a_list_that_is_not_there_is_not_signed(officers, desk):
    first, _second = officers
    proposal = proposed(first)
    with pytest.raises(Refusal) as refused:
        signed(first, proposal, "0" * 64)
    assert refused.value.code == "enacting.no_list"


# -- old lists -------------------------------------------------------------------------------------------------------


def test_a_list_made_before_another_value_came_into_force_is_not_signed(officers, desk):
    first, second = officers
    late = proposed(first, value="805")
    old = listed(first, late)
    signed(first, late, old.digest)
    enacted(first, second, desk, value="800")
    with pytest.raises(Refusal) as refused:
        signed(second, late, old.digest)
    assert refused.value.code == "enacting.stale"
    with scope(first):
        assert queries.proposal_view(first, late.pk).stale
    through(first, second, desk, late)
    assert value(JANUARY) == 805_00
    assert Impact.objects.filter(proposal=late).count() == 2


def test_a_list_of_an_older_snapshot_is_not_signed(officers, desk, monkeypatch):
    first, _second = officers
    proposal = proposed(first)
    impact = listed(first, proposal)
    monkeypatch.setattr(desk, "basis", {**desk.basis, "snapshot": "anothersnap"})
    with pytest.raises(Refusal) as refused:
        signed(first, proposal, impact.digest)
    assert refused.value.code == "enacting.stale"


def test_a_desk_with_another_edition_makes_no_list(officers, desk):
    first, second = officers
    proposal = proposed(first)
    desk.refresh()
    digest = listed(first, proposal).digest
    signed(first, proposal, digest)
    signed(second, proposal, digest)
    other = proposed(first, key="oa.amount", value="71")
    with pytest.raises(SourceTrouble) as trouble:
        listed(first, other)
    assert trouble.value.retryable
    desk.refresh()
    assert listed(first, other).after == Enactment.objects.get().pk


# -- twice -----------------------------------------------------------------------------------------------------------


def test_everything_done_twice_is_done_once(officers, desk):
    first, second = officers
    key = uuid.uuid4()
    with scope(first):
        proposal, again = (propose_value(actor=first, client_key=key, **ROW) for _ in range(2))
        assert proposal.pk == again.pk
        one, other = (find_affected(actor=first, proposal=proposal.pk) for _ in range(2))
        assert one.pk == other.pk
        assert len({sign(actor=first, proposal=proposal.pk, digest=one.digest).pk for _ in range(2)}) == 1
    with scope(second):
        assert len({sign(actor=second, proposal=proposal.pk, digest=one.digest).pk for _ in range(2)}) == 1
    assert (Proposal.objects.count(), Impact.objects.count()) == (1, 1)
    assert (Signature.objects.count(), Enactment.objects.count()) == (2, 1)
    with pytest.raises(Refusal) as refused:
        listed(first, proposal)
    assert refused.value.code == "enacting.in_force"


# -- plain values ----------------------------------------------------------------------------------------------------


def test_rows_in_force_come_back_from_what_is_kept_of_them(officers, desk):
    enacted(*officers, desk)
    enacted(*officers, desk, key="jobcost.rate", value="0.15")
    rows = rulebook().enacted
    assert rows_of_plain(json.loads(json.dumps(rows_as_plain(rows)))) == rows
    assert load(rows_of_plain(rows_as_plain(rows))) is rulebook(), "one edition is one book in a process"


# -- beside the files ------------------------------------------------------------------------------------------------


def test_what_was_signed_is_told_beside_what_the_files_say(officers, desk):
    enacted(*officers, desk)
    enacted(*officers, desk, key="oa.amount", value="71", since=DECEMBER)
    back = enacted(*officers, desk, place="140426", value="900", since=DECEMBER)
    taken_back(*officers, desk, back, DECEMBER)
    found = beside_files()
    assert [(one.key, one.place, one.since, one.differs) for one in found.values] == [
        ("dibao.std.urban", "长治市", JANUARY, True), ("oa.amount", "长治市", DECEMBER, True),
    ]  # fmt: skip
    assert (found.values[0].signed, found.values[0].files) == ("800.00 元", "未知")
    assert str(found.values[1]).endswith(f"签署生效 71.00 元，文件 {found.values[1].files}")
    assert "未知" not in found.values[1].files
    assert found.rules == ()
    assert json.loads(json.dumps(found.as_json()))["values"][0]["since"] == "2024-01-01"


# -- how it is read --------------------------------------------------------------------------------------------------


def test_the_rulebook_in_force_costs_one_small_query(officers, desk, django_assert_num_queries):
    enacted(*officers, desk)
    before = rulebook()
    with django_assert_num_queries(1) as asked:
        assert rulebook() is before
    assert asked.captured_queries[0]["sql"].endswith("from assessment_enactment order by id desc limit 1)")


def test_an_edition_that_was_rolled_back_is_not_in_force(officers, desk):
    before = rulebook()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enacted(*officers, desk)
        assert rulebook() is not before
        raise ZeroDivisionError
    desk.refresh()
    assert rulebook().hash == before.hash
