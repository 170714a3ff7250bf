"""No column of cases tells who is elsewhere in the city from who is nowhere."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from minzheng.base import documents
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role, resident_actor
from minzheng.cases import actions, corrections, mandates, supervising
from minzheng.cases.actions import declare_kin
from minzheng.cases.jobs import run_day
from minzheng.cases.models import PublicNotice
from minzheng.cases.types import Matter, Relation
from minzheng.cases.visiting import Seen
from minzheng.registry.models import Household
from minzheng.registry.queries import members_of
from tests.apps.cases.conftest import DAY, Walk
from tests.apps.cases.test_corrections import WRONG
from tests.apps.naming import attack_all

ELSEWHERE = 11


@pytest.fixture
def papers(walk, staff_of, tmp_path, settings):
    """A case with everything that can belong to one: consent, visit, finding, evidence, mandate, objection, correction."""
    settings.MEDIA_ROOT = tmp_path / "files"
    case = walk.step(walk.officer, walk.submit(), "accept")
    with scope(walk.officer):
        actions.sign_consent(
            actor=walk.officer, case=case.public_id, people=[walk.head], until=date(2024, 6, 1), on=DAY
        )
        paper = documents.keep(
            actor=walk.officer, content=b"%PDF", media_type=documents.PDF, kind=documents.Kind.EVIDENCE,
            division=case.division, household=walk.row.pk,
        )  # fmt: skip
        actions.attach(
            actor=walk.officer, case=case.public_id, document=paper.public_id, kind="income", on=DAY
        )
    visited(walk, case)
    family = resident_actor(walk.head, walk.row.pk, "本人")
    agent = staff_of(Role.VILLAGE_WORKER, at=str(walk.row.village))
    today = business_date()
    with scope(family):
        mandates.grant(
            actor=family, household=walk.row.pk, person=walk.head, agent=mandates.Agent(staff=int(agent.key.split(":")[1])),
            relation=Relation.VILLAGE, matter=Matter.APPLY, on=today, until=today + timedelta(days=30),
        )  # fmt: skip
        corrections.ask(actor=family, household=walk.row.pk, what=WRONG, client_key=uuid.uuid4(), on=DAY)
    return walk.again(case)


def visited(walk, case):
    """By two of the township."""
    crew = [int(one.key.split(":")[1]) for one in (walk.officer, walk.other)]
    with scope(walk.officer):
        actions.record_visit(
            actor=walk.officer, case=case.public_id, client_key=uuid.uuid4(), base_version=case.version, staff=crew,
            present="户主本人", findings=[Seen("rooms", "住房间数", 3)], on=DAY,
        )  # fmt: skip


@pytest.fixture
def attacker(walk, papers, staff_of, city_of_stories):
    """A county's approver with a case of that county far along, and a case in another county."""
    case = confirmed_in_spite_of_an_objection(walk, papers)
    cadre = staff_of(Role.VILLAGE_WORKER, at=str(walk.row.village))
    with scope(walk.officer):
        declare_kin(
            actor=walk.officer, staff=int(cadre.key.split(":")[1]), person=walk.head, relation="兄弟姐妹", on=DAY,
        )  # fmt: skip
    here = walk.again(case)
    city = staff_of(Role.CITY_SUPERVISOR, at="1404")
    with scope(city):
        supervising.draw(
            actor=city, county=here.division[:6], since=DAY, until=date(2023, 12, 20), on=date(2023, 12, 31)
        )
    there = Household.objects.get(pk=ELSEWHERE)
    assert str(there.village)[:6] != here.division[:6]
    with scope(city_of_stories):
        head = members_of(city_of_stories, there.pk, on=DAY)[0].person_id
    other = Walk(staff_of, (there, head))
    visited(other, other.step(other.officer, other.submit(), "accept"))
    return staff_of(Role.COUNTY_APPROVER, at=here.division[:6])


def confirmed_in_spite_of_an_objection(walk, case):
    """Published, objected to, answered, published again, reported and confirmed."""
    case = walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
    case = walk.step(walk.officer, case, "publicise")
    with scope(system_actor("test")):
        [notice] = PublicNotice.objects.filter(case=case)
    actions.object_to_notice(notice=notice.public_id, text="家里有车", client_key=uuid.uuid4(), on=DAY)
    case = walk.step(walk.officer, walk.again(case), "answer_objection", reason="经核实没有车辆")
    case = walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
    case = walk.step(walk.officer, case, "publicise")
    assert run_day(date(2023, 12, 9)).ended == [case.number]
    return walk.decide(walk.step(walk.officer, walk.again(case), "report", on=date(2023, 12, 11)))


def test_no_column_of_cases_tells_who_is_elsewhere(attacker):
    told, tried = attack_all(attacker, "cases")
    assert told == {}
    assert tried >= {
        "cases_application", "cases_attachment", "cases_case", "cases_consent", "cases_correction", "cases_event",
        "cases_finding", "cases_kindeclaration", "cases_letterrow", "cases_mandate", "cases_objection",
        "cases_publicnotice", "cases_sampled", "cases_visit",
        "cases_finding.visit_id", "cases_attachment.visit_id",
    }  # fmt: skip
