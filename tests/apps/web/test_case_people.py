"""Pages of what people decide in cases: statements against the record, judgements, appeals, kin, supervision, export."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.base.models import AuditEntry, Staff
from minzheng.base.queries import actor_of, business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases import actions
from minzheng.cases.models import Appeal, Case, KinDeclaration
from minzheng.cases.types import Channel
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.registry.models import Household, Income
from minzheng.registry.queries import members_of, person_lines

WIDOW = 10


def account(role):
    from minzheng.base.demo_staff import ACCOUNTS

    return Staff.objects.get(username=next(one for one in ACCOUNTS if one.role is role).username)


@pytest.fixture
def case(stories_loaded, db):
    """An accepted application of the widow whose rent the tax office knows otherwise."""
    day = business_date()
    month = day.replace(day=1)
    officer = actor_of(account(Role.TOWNSHIP_OFFICER))
    with scope(officer):
        row = Household.objects.get(pk=WIDOW)
        head = members_of(officer, WIDOW, on=day)[0].person_id
        known = set(Income.objects.filter(person_id=head, superseded_at=None).values_list("kind", flat=True))
        kind = next(one for one in codes.Income if one not in known)
        rent = {"kind": int(kind), "since": date(2023, 1, 1), "until": None}
        record_fact(
            actor=officer,
            table="income",
            holder=head,
            source=codes.Source.TAX,
            values={**rent, "fen": 30_000},
        )
        application = actions.submit_application(
            actor=officer, household=row.pk, applicant=head, channel=Channel.OFFICE, client_key=uuid.uuid4(),
            programmes=[("dibao", None)],
            statements=[{"table": "income", "holder": head, "values": {**rent, "since": str(month), "fen": 10_000}}],
        )  # fmt: skip
        found = application.cases.get(programme="dibao")
        return actions.take_step(actor=officer, case=found.public_id, action="accept", version=found.version)


def page_of(inside, case):
    return inside.get(f"/cases/{case.public_id}/").content.decode()


def test_a_statement_against_the_record_is_shown_side_by_side_and_settled(office, case):
    inside = office(Role.TOWNSHIP_OFFICER)
    shown = page_of(inside, case)
    assert "申报与登记不一致" in shown
    assert "100.00 元" in shown
    assert "300.00 元" in shown
    with scope(system_actor("test")):
        row = case.application.stated.get()
    url = f"/cases/{case.public_id}/statements/{row.public_id}/"
    assert inside.post(url, {"take": "1", "reason": ""}).status_code == 409
    assert inside.post(url, {"take": "1", "reason": "租约已终止"}, follow=True).status_code == 200
    assert "申报与登记不一致" not in page_of(inside, case)
    with scope(system_actor("test")):
        assert Income.objects.filter(person_id=row.holder, fen=10_000, superseded_at=None).exists()


def test_kin_is_registered_from_the_case_and_taken_back_by_somebody_else(office, case):
    inside = office(Role.TOWNSHIP_OFFICER)
    assert "?person=" in page_of(inside, case)
    with scope(system_actor("test")):
        person = person_lines(system_actor("test"), [case.applicant_id])[case.applicant_id]
    shown = inside.get(f"/cases/kin/?person={person.public_id}").content.decode()
    assert f"为 {person.name} 备案" in shown
    village = account(Role.VILLAGE_WORKER)
    assert f'value="{village.pk}"' in shown
    done = inside.post(
        "/cases/kin/",
        {"person": person.public_id, "staff": village.pk, "relation": "兄弟姐妹", "reason": "本人申报"},
    )
    assert done.status_code == 302
    with scope(system_actor("test")):
        kin = KinDeclaration.objects.get()
        assert Case.objects.get(pk=case.pk).kin_registered
    own = office(Role.VILLAGE_WORKER).get("/cases/kin/").content.decode()
    assert "本人不能撤销" in own
    refused = office(Role.VILLAGE_WORKER).post(
        "/cases/kin/", {"withdraw": kin.public_id, "reason": "登记有误"}
    )
    assert refused.status_code == 409
    assert inside.post("/cases/kin/", {"withdraw": kin.public_id, "reason": "登记有误"}).status_code == 302
    assert "还没有备案" in inside.get("/cases/kin/").content.decode()


def test_somebody_of_another_county_is_as_nobody(office, stories_loaded, db):
    with scope(system_actor("test")):
        far = Household.objects.exclude(township__gte=140403000, township__lt=140404000).first()
        head = members_of(system_actor("test"), far.pk, on=business_date())[0].person
    inside = office(Role.TOWNSHIP_OFFICER)
    assert inside.get(f"/cases/kin/?person={head.public_id}").status_code == 404
    assert inside.get(f"/cases/kin/?person={uuid.uuid4()}").status_code == 404


def test_the_list_is_exported_for_a_purpose_and_found_by_name(office, case):
    inside = office(Role.TOWNSHIP_OFFICER)
    with scope(system_actor("test")):
        name = person_lines(system_actor("test"), [case.applicant_id])[case.applicant_id].name
    assert case.number in inside.get("/cases/", {"text": name}).content.decode()
    assert case.number in inside.get("/cases/", {"text": case.number.lower()}).content.decode()
    assert case.number not in inside.get("/cases/", {"text": "没有这个人"}).content.decode()
    taken = inside.post("/cases/export/", {"purpose": "调度", "format": "csv", "text": case.number})
    assert taken.status_code == 200
    lines = taken.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert case.number in lines[1]


def test_supervision_lists_what_was_confirmed_for_kin(office, case):
    assert "目前没有须抽查的办件" in office(Role.CITY_SUPERVISOR).get("/cases/supervision/").content.decode()


def test_all_appeals_stand_on_one_page_with_their_limits(office, case):
    inside = office(Role.TOWNSHIP_OFFICER)
    assert "没有复议和诉讼" in inside.get("/cases/appeals/").content.decode()
    filed = {"case": case, "version": case.version, "text": "收入核算有误"}
    with scope(actor_of(account(Role.TOWNSHIP_OFFICER))):
        Appeal.objects.create(
            **filed,
            kind="reconsideration",
            filed_on=date(2023, 12, 20),
            in_time=True,
            last_day=date(2024, 2, 12),
        )
        inside.get("/cases/appeals/")
        with CaptureQueriesContext(connection) as one:
            assert "尚未审结" in inside.get("/cases/appeals/").content.decode()
        Appeal.objects.create(
            **filed, kind="litigation", filed_on=date(2023, 12, 21), in_time=False, last_day=date(2023, 12, 12),
            decided_on=date(2023, 12, 28), upheld=True, result="驳回",
        )  # fmt: skip
        with CaptureQueriesContext(connection) as two:
            page = inside.get("/cases/appeals/").content.decode()
    assert len(one) == len(two)
    assert "共 2 件" in page
    assert page.index("尚未审结</span>") < page.index("驳回")
    for standing, count in (("open", 1), ("late", 1), ("kept", 1), ("lost", 0), ("nonsense", 2)):
        assert f"共 {count} 件" in inside.get("/cases/appeals/", {"standing": standing}).content.decode()


def test_a_judgement_needs_evidence_from_the_case(office, case):
    inside = office(Role.COUNTY_APPROVER)
    answer = inside.post(
        f"/cases/{case.public_id}/judgement/",
        {"verdict": "1", "reason": "核实", "evidence": [str(uuid.uuid4())], "expires_on": "2024-06-01"},
    )
    assert answer.status_code == 409
    assert "证据" in answer.content.decode() or "没有须由人员判断" in answer.content.decode()


def test_the_first_page_counts_what_its_lists_hold(office, case):
    import re

    inside = office(Role.TOWNSHIP_OFFICER)
    page = inside.get("/").content.decode()
    tiles = re.findall(
        r'href="(/cases/\?[^"]+)"><span class="name">([^<]+)</span><span class="value block">([0-9,]+)', page
    )
    assert [name for _url, name, _count in tiles] == [
        "办件超期", "七天内到期", "待补正", "县级审核中", "没有承办人", "我承办的",
    ]  # fmt: skip
    for url, _name, count in tiles:
        assert f"共 {count} 件" in inside.get(url.replace("&amp;", "&")).content.decode()
    assert {name: count for _url, name, count in tiles}["没有承办人"] != "0"


def test_the_branches_of_a_cases_explanation_open_for_who_may_see_it_and_each_opening_is_recorded(
    office, case
):
    inside = office(Role.TOWNSHIP_OFFICER)
    addresses = re.findall(rf'<a href="(/cases/{case.public_id}/lines/[^"]+)"', page_of(inside, case))
    assert addresses
    with scope(system_actor("test")):
        seen = AuditEntry.objects.filter(verb="open_case", subject=str(case.public_id))
        before = seen.count()
    for address in addresses:
        assert case.number not in address
        page = inside.get(address)
        assert page.status_code == 200
        assert f'href="/cases/{case.public_id}/"' in page.content.decode()
    with scope(system_actor("test")):
        assert seen.count() == before + len(addresses)
    assert office(Role.SYSTEM_ADMIN).get(addresses[0]).status_code == 403
