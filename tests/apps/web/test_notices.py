"""待送达的告知 in the office and at home: written, printed, delivered; the family reads it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from minzheng.awards.actions import stop_award
from minzheng.awards.models import Award, Task
from minzheng.awards.taking_over import take_over
from minzheng.awards.tasks import note
from minzheng.awards.types import Ground, TaskKind
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.demo.stories import STORIES
from minzheng.values.month import Month


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"


def ended_awards(most: int) -> list[Task]:
    """Running awards of the officer's county that are stopped, each with the task to tell of it; of a fixed household first."""
    on = business_date()
    month = Month.of(on)
    with scope(system_actor("test")) as platform:
        take_over(actor=platform, county="140403", month=month, on=on)
        rows = Award.objects.filter(division__startswith="140403104", ends=None).order_by(
            "household_id", "pk"
        )
        assert len(rows) >= most
        tasks = []
        for row in rows[:most]:
            stop_award(
                actor=platform, award=row.public_id, last=month, ground=Ground.MOVED, reason="迁出本市", on=on
            )
            row.refresh_from_db()
            since = str(month.plus(1))
            note(row, TaskKind.NOTICE, key=since, due=on, detail={"since": since, "why": "迁出本市"})
            tasks.append(Task.objects.get(award=row, kind=TaskKind.NOTICE))
        return tasks


def at_home(household: int) -> Client:
    client = Client()
    client.post("/portal/sign-in/", {"story": str(household)})
    page = client.get("/portal/sign-in/code/").content.decode()
    client.post("/portal/sign-in/code/", {"code": re.search(r"<b>([0-9]{6})</b>", page)[1]})
    return client


def test_a_letter_is_written_printed_delivered_and_read_at_home(office):
    [task] = ended_awards(1)
    inside = office(Role.TOWNSHIP_OFFICER)
    assert "出具告知书" in inside.get("/notices/").content.decode()
    assert (
        inside.post(
            f"/notices/{task.public_id}/delivery/", {"how": "直接送达", "delivered_on": "2023-12-31"}
        ).status_code
        == 409
    )
    for _ in range(2):
        assert inside.post(f"/notices/{task.public_id}/letter/").status_code == 302
    page = inside.get("/notices/").content.decode()
    letter = re.search(r"/letters/([0-9a-f-]{36})/", page)[1]
    paper = inside.post(f"/letters/{letter}/", follow=True)
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    family = at_home(task.household_id)
    assert "待遇停发告知书" in family.get("/portal/mine/").content.decode()
    assert family.post(f"/portal/letters/{letter}/", follow=True).content == paper.content
    other = at_home(next(story.id for story in STORIES if story.id != task.household_id))
    assert other.post(f"/portal/letters/{letter}/").status_code == 404
    url = f"/notices/{task.public_id}/delivery/"
    for wrong in ({}, {"how": "直接送达"}, {"how": "托人", "delivered_on": str(business_date())},
                  {"how": "直接送达", "delivered_on": str(business_date() + timedelta(days=1))}):  # fmt: skip
        assert inside.post(url, wrong).status_code == 409
    assert inside.post(url, {"how": "直接送达", "delivered_on": str(business_date())}).status_code == 302
    assert "没有等候告知的变动" in inside.get("/notices/").content.decode()
    with scope(system_actor("test")):
        assert Task.objects.get(pk=task.pk).closed_on == business_date()


def test_another_region_sees_and_writes_nothing(office, households):
    [task] = ended_awards(1)
    with scope(system_actor("test")) as platform:
        on = business_date()
        take_over(actor=platform, county="140425", month=Month.of(on), on=on)
        far = Award.objects.exclude(division__startswith="140403").order_by("pk").first()
        note(far, TaskKind.NOTICE, key="2024-01", due=date(2023, 12, 31), detail={"since": "2024-01"})
        other = Task.objects.get(award=far)
    inside = office(Role.TOWNSHIP_OFFICER)
    assert "共 1 件" in inside.get("/notices/").content.decode()
    assert inside.post(f"/notices/{other.public_id}/letter/").status_code == 404
    assert office(Role.CITY_SUPERVISOR).post(f"/notices/{task.public_id}/letter/").status_code == 403


def test_the_list_asks_the_same_number_of_queries_for_one_and_for_three(office):
    inside = office(Role.TOWNSHIP_OFFICER)
    ended_awards(1)
    inside.get("/notices/")
    with CaptureQueriesContext(connection) as one:
        assert "共 1 件" in inside.get("/notices/").content.decode()
    ended_awards(2)
    with CaptureQueriesContext(connection) as three:
        assert "共 3 件" in inside.get("/notices/").content.decode()
    assert len(three) == len(one)
