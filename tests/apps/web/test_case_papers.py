"""How often the page of a case asks the database: as often for many visits and papers as for one."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from minzheng.base import documents
from minzheng.base.queries import actor_of, business_date
from minzheng.base.scope import scope
from minzheng.base.types import Role
from minzheng.cases import actions
from tests.apps.web.test_case_people import account, case

__all__ = ["case"]


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"


def brought(row, times):
    """So many visits by two, and so many papers of the family."""
    officer, worker = account(Role.TOWNSHIP_OFFICER), account(Role.VILLAGE_WORKER)
    actor = actor_of(officer)
    with scope(actor):
        for n in range(times):
            current = actions.case_row(actor, row.public_id)
            kept = documents.keep(
                actor=actor, content=b"%PDF " + str(n).encode(), media_type=documents.PDF,
                kind=documents.Kind.EVIDENCE, division=row.division, household=row.household_id,
            )  # fmt: skip
            actions.attach(actor=actor, case=row.public_id, document=kept.public_id, kind="income")
            actions.record_visit(
                actor=actor, case=row.public_id, client_key=uuid.uuid4(), base_version=current.version,
                staff=[officer.pk, worker.pk], present="本人", on=business_date(),
            )  # fmt: skip


def asked(inside, row):
    inside.get(f"/cases/{row.public_id}/")
    with CaptureQueriesContext(connection) as queried:
        page = inside.get(f"/cases/{row.public_id}/")
    assert page.status_code == 200
    return page.content.decode(), len(queried)


def test_a_case_of_many_visits_and_papers_asks_as_often_as_one_of_one(office, case):
    officer = actor_of(account(Role.TOWNSHIP_OFFICER))
    with scope(officer):
        row = actions.take_step(
            actor=officer, case=case.public_id, action="start_investigation", version=case.version
        )
    inside = office(Role.TOWNSHIP_OFFICER)
    brought(row, 1)
    few, of_few = asked(inside, row)
    brought(row, 4)
    many, of_many = asked(inside, row)
    assert many.count("在场：") == 5 > few.count("在场：") == 1
    assert many.count("/files/") > few.count("/files/") > 0
    assert of_many == of_few
