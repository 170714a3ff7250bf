"""The page of one award, for each who may open it."""

from __future__ import annotations

import pytest

from minzheng.awards.models import Award
from minzheng.awards.taking_over import take_over
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.values.month import Month


@pytest.fixture
def awards(stories_loaded, db) -> list[Award]:
    """One of a whole household and one of a person, in the county of the demonstration's accounts."""
    with scope(system_actor("test")) as actor:
        on = business_date()
        take_over(actor=actor, county="140403", month=Month.of(on), on=on)
        whole = Award.objects.filter(division__startswith="140403", person_id=None).first()
        of_person = Award.objects.filter(division__startswith="140403").exclude(person_id=None).first()
    found = [one for one in (whole, of_person) if one]
    assert len(found) == 2
    return found


@pytest.mark.parametrize(
    "role", [Role.COUNTY_APPROVER, Role.PAYMENT_MAKER, Role.PAYMENT_CHECKER, Role.AUDITOR]
)
def test_an_award_opens_for_whoever_sees_cases_or_payments(office, awards, role):
    inside = office(role)
    for award in awards:
        reply = inside.get(f"/awards/{award.public_id}/")
        assert reply.status_code == 200
        page = reply.content.decode()
        assert award.number in page
        assert "None" not in page


def test_who_does_not_see_households_reads_of_a_family_without_a_name(office, awards):
    page = office(Role.PAYMENT_MAKER).get(f"/awards/{awards[0].public_id}/").content.decode()
    assert "<h1>家庭 · " in page
    page = office(Role.COUNTY_APPROVER).get(f"/awards/{awards[0].public_id}/").content.decode()
    assert " 户 · " in page
