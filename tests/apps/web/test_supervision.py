"""监督抽查 through its pages: drawn from a time that is over, reproducible, followed until it is put right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.cases.models import Sample

PAGE, DRAW = "/cases/supervision/", "/cases/supervision/draw/"


@pytest.fixture
def asked(stories_loaded, db):
    on = business_date()
    return {"county": "140403", "since": str(on - timedelta(days=60)), "until": str(on - timedelta(days=1))}


def test_a_draw_is_made_once_shown_with_its_seed_and_reproduced(office, asked):
    inside = office(Role.CITY_SUPERVISOR)
    assert "潞州区" in inside.get(PAGE).content.decode()
    for _ in range(2):
        assert inside.post(DRAW, asked).status_code == 302
    with scope(system_actor("test")):
        draws = list(Sample.objects.order_by("pk"))
    assert [one.parameter for one in draws] == ["supervision.sample", "tk.sample_rate"]
    shown = inside.get(f"{PAGE}{draws[0].public_id}/").content.decode()
    assert str(draws[0].seed) in shown
    assert "按种子复算一致" in shown
    assert "30%" in shown


def test_what_cannot_be_drawn_is_said_on_the_page(office, asked):
    inside = office(Role.CITY_SUPERVISOR)
    inside.post(DRAW, asked)
    for wrong in (
        asked | {"until": str(business_date())},
        asked | {"since": str(business_date() - timedelta(days=30))},
        asked | {"since": "x"},
        asked | {"county": "140403104"},
        asked | {"county": "110101"},
    ):
        reply = inside.post(DRAW, wrong)
        assert reply.status_code == 409, wrong
        assert "note-box red" in reply.content.decode()


def test_who_handles_cases_sees_what_is_to_be_put_right_and_draws_nothing(office, asked):
    inside = office(Role.TOWNSHIP_OFFICER)
    page = inside.get(PAGE).content.decode()
    assert "尚未整改" in page
    assert "抽样记录" not in page
    assert inside.post(DRAW, asked).status_code == 403


def test_the_page_asks_the_same_number_of_queries_with_more_draws(office, asked):
    inside = office(Role.CITY_SUPERVISOR)
    inside.post(DRAW, asked)
    with CaptureQueriesContext(connection) as few:
        inside.get(PAGE)
    for county in ("140404", "140405", "140406"):
        inside.post(DRAW, asked | {"county": county})
    with CaptureQueriesContext(connection) as many:
        assert "8 次" in inside.get(PAGE).content.decode()
    assert len(few) == len(many)
