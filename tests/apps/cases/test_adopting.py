"""Findings of a visit become facts before the opinion is given."""

from __future__ import annotations

import pytest

from minzheng.assessment.decide import rulebook
from minzheng.assessment.words import supplier_of
from minzheng.base.scope import scope
from minzheng.cases import queries
from minzheng.cases.adopting import MAKERS
from minzheng.cases.visit_form import AT_THE_DOOR
from minzheng.cases.visiting import Seen
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.registry.models import Capacity, Membership
from minzheng.registry.models import Finding as FoundFact
from tests.apps.cases.conftest import DAY
from tests.apps.cases.test_field import accepted, visit

OPINION = {"fields": {"opinion": "agree"}}


def test_every_fact_that_is_asked_at_the_door_is_written_down_somehow(db):
    asked = {name for name, column in rulebook().columns.items() if supplier_of(column.column) in AT_THE_DOOR}
    assert asked == set(MAKERS)


def labour(walk, value, based_on=0):
    return Seen(f"fact:labour:{walk.head}", "户主：劳动能力", value, based_on)


def capacities(walk):
    rows = Capacity.objects.filter(person_id=walk.head, superseded_at=None)
    return [(one.labour, one.source) for one in rows]


@pytest.fixture
def unknown_labour(walk):
    """Nothing is recorded of the head's capacity."""
    from minzheng.registry.actions import FactRow, withdraw_fact

    with scope(walk.officer):
        for one in Capacity.objects.filter(person_id=walk.head, superseded_at=None):
            withdraw_fact(actor=walk.officer, row=FactRow("capacity", walk.head, one.pk), reason="测试")
    return walk


def test_what_was_found_is_recorded_with_the_opinion_and_once(unknown_labour):
    walk = unknown_labour
    case = accepted(walk)
    visit(walk, case, labour(walk, "PARTLY"), Seen("fact:vehicle_finding", "机动车辆经调查符合规定", "no"))
    with scope(walk.officer):
        assert capacities(walk) == []
    case = walk.step(walk.officer, walk.again(case), "give_opinion", **OPINION)
    with scope(walk.officer):
        assert capacities(walk) == [(codes.Labour.PARTLY, codes.Source.VISIT)]
        seen = FoundFact.objects.get(household_id=walk.row.pk, kind=codes.Finding.VEHICLE, superseded_at=None)
        assert seen.holds is False
        last = queries.history(walk.officer, case)[-1]
    assert sorted(last.fields["adopted"]) == ["户主：劳动能力", "机动车辆经调查符合规定"]
    case = walk.step(walk.officer, case, "publicise")
    case = walk.step(walk.officer, case, "object", reason="有异议")
    case = walk.step(walk.officer, case, "answer_objection", reason="已查明")
    walk.step(walk.officer, case, "give_opinion", **OPINION)
    with scope(walk.officer):
        assert len(capacities(walk)) == 1


def test_a_visit_corrects_what_the_family_said_and_not_what_an_agency_recorded(unknown_labour):
    walk = unknown_labour
    for source, stays in ((codes.Source.APPLICANT, False), (codes.Source.EMPLOYMENT, True)):
        with scope(walk.officer):
            for one in Capacity.objects.filter(person_id=walk.head, superseded_at=None):
                from minzheng.registry.actions import FactRow, withdraw_fact

                withdraw_fact(actor=walk.officer, row=FactRow("capacity", walk.head, one.pk), reason="测试")
            record_fact(
                actor=walk.officer, table="capacity", holder=walk.head, source=source,
                values={"labour": int(codes.Labour.NONE), "since": DAY},
            )  # fmt: skip
        case = accepted(walk)
        visit(walk, case, labour(walk, "ABLE"))
        case = walk.step(walk.officer, walk.again(case), "give_opinion", **OPINION)
        with scope(walk.officer):
            ((value, _source),) = capacities(walk)
            last = queries.history(walk.officer, case)[-1]
        assert value == (codes.Labour.NONE if stays else codes.Labour.ABLE)
        assert last.fields["against"] == (["户主：劳动能力"] if stays else [])
        walk.step(walk.officer, case, "withdraw", reason="测试")


def test_who_lives_here_completes_the_membership(walk):
    case = accepted(walk)
    with scope(walk.officer):
        before = Membership.objects.get(household_id=walk.row.pk, person_id=walk.head, superseded_at=None)
    answer = "no" if before.lives_here else "yes"
    visit(walk, case, Seen(f"fact:lives_here:{walk.head}", "户主：长期共同居住", answer))
    case = walk.step(walk.officer, walk.again(case), "give_opinion", **OPINION)
    with scope(walk.officer):
        last = queries.history(walk.officer, case)[-1]
        now = Membership.objects.get(household_id=walk.row.pk, person_id=walk.head, superseded_at=None)
    if before.lives_here is None or before.source in (codes.Source.APPLICANT, codes.Source.VILLAGE):
        assert now.lives_here == (answer == "yes")
    else:
        assert last.fields["against"] == ["户主：长期共同居住"]
        assert now.lives_here == before.lives_here


def test_what_has_no_row_to_be_is_told(walk):
    case = accepted(walk)
    name = f"fact:cares_for_dependent:{walk.head}"
    visit(
        walk,
        case,
        Seen(name, "户主：照料完全不能自理者", "no"),
        Seen("fact:relief_grade", "临时救助核定月数", 2),
    )
    case = walk.step(walk.officer, walk.again(case), "give_opinion", **OPINION)
    with scope(walk.officer):
        last = queries.history(walk.officer, case)[-1]
    assert "户主：照料完全不能自理者" in last.fields["unwritten"]
    assert "临时救助核定月数" in last.fields["unwritten"]
