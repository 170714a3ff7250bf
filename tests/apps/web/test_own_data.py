"""谁看过我家的信息: what a family authorised, taken back by whoever signed it and by nobody else."""

from __future__ import annotations

import re
import uuid

from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Role
from minzheng.cases.actions import sign_consent
from minzheng.cases.models import Consent
from minzheng.registry.actions import ask_kinship
from minzheng.registry.queries import members_of, sealed_number_of
from minzheng.values.identity import compose
from tests.apps.web.test_mandates import NEIGHBOUR, WIDOW, applied, resident

__all__ = ["resident"]


def test_an_authorisation_is_seen_and_taken_back_at_once(resident):
    me = resident(WIDOW)
    assert "没有签过核对授权" in me.get("/portal/data/").content.decode()
    case = applied(me)
    with scope(system_actor("test")) as platform:
        head = members_of(platform, WIDOW, on=business_date())[0].person_id
        sign_consent(
            actor=platform, case=case.public_id, people=[head], until=business_date().replace(year=2024)
        )
    page = me.get("/portal/data/").content.decode()
    assert case.number in page
    address = re.search(r'action="(/portal/consents/[0-9a-f-]{36}/withdraw/)"', page)[1]
    assert resident(NEIGHBOUR).post(address).status_code in (404, 409)
    assert me.post(address).status_code == 302
    page = me.get("/portal/data/").content.decode()
    assert "已撤回" in page
    assert "/withdraw/" not in page
    with scope(system_actor("test")):
        assert Consent.objects.get().withdrawn_on == business_date()
    assert me.post(f"/portal/consents/{uuid.uuid4()}/withdraw/").status_code in (404, 409)


def test_who_asked_how_somebody_is_related_to_another_is_shown_to_them(resident):
    me = resident(WIDOW)
    with scope(system_actor("test")) as platform:
        head = members_of(platform, WIDOW, on=business_date())[0].person_id
        number = sealed_number_of(platform, head).open_after_recording()
    elsewhere = Actor("staff:1", "officer", ("140423",), frozenset({Role.TOWNSHIP_OFFICER}))
    stranger = compose("140499", business_date().replace(year=1980), 7).reveal_for("test")
    assert "核对与他人的亲属关系" not in me.get("/portal/data/").content.decode()
    with scope(elsewhere):
        ask_kinship(
            actor=elsewhere, first=number, second=stranger, purpose="婚姻登记审查", on=business_date()
        )
    page = me.get("/portal/data/").content.decode()
    assert "核对与他人的亲属关系" in page
    assert "婚姻登记审查" in page
