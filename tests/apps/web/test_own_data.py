"""谁看过我家的信息: what a family authorised, taken back by whoever signed it and by nobody else."""

from __future__ import annotations

import re
import uuid

from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.cases.actions import sign_consent
from minzheng.cases.models import Consent
from minzheng.registry.queries import members_of
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
