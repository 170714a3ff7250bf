"""Two policy officers, a small city on the reform desk, and the whole way of a proposal: for the tests of enacting."""

from __future__ import annotations

import json
import uuid
from datetime import date

import pytest

from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting.actions import find_affected, propose_taking_back, propose_value, sign
from minzheng.assessment.reforms import asking, service
from minzheng.assessment.reforms.service import Desks
from minzheng.base.actions import open_account, set_business_date
from minzheng.base.queries import actor_of
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from tests.apps.assessment import invented
from tests.apps.assessment.invented import BOOK, household, person, wage

TOWNS = (140403101, 140426100)
TODAY = date(2023, 12, 31)
DECEMBER, JANUARY = date(2023, 12, 1), date(2024, 1, 1)
ROW = {
    "key": "dibao.std.urban", "place": "140400", "value": "800", "since": JANUARY,
    "document": "长民发〔2023〕99号", "reason": "按省厅要求调整标准",
}  # fmt: skip


def small_city(folder):
    """Two households in one county, two in another; the last is not decided."""
    return invented.city(
        (TOWNS[0], household(person())),
        (TOWNS[0], household(person(**wage(900)))),
        (TOWNS[1], household(person(**wage(650)))),
        (TOWNS[1], household(person(), unknown=("financial_assets",))),
        folder=folder,
    )


@pytest.fixture(scope="session")
def city_desk(tmp_path_factory):
    """The desk of the small city, made once a run; it is made again only where another law is in force."""
    folder = tmp_path_factory.mktemp("snapshot")
    (folder / "manifest.json").write_text("{}")
    return Desks(BOOK, find=lambda: folder, law=rulebook, compiled=False, threads=1)


@pytest.fixture
def desk(city_desk, monkeypatch):
    """The desk under the law in force, asked without a socket; `refresh` makes it look again."""
    monkeypatch.setattr(service, "load_city", lambda place, book, say: small_city(place))

    def ask(question, **_how):
        answer = service._answered(city_desk, json.dumps(question, default=str).encode())
        if "error" in answer:
            raise asking._error(answer["error"])
        return answer["ok"]

    monkeypatch.setattr(asking, "_ask", ask)
    city_desk.refresh()
    return city_desk


def open_officer(username, *, roles=(Role.POLICY_OFFICER,), regions=("1404",), identity=""):
    """An account; `identity`: the identity number of the natural person behind it."""
    with scope(system_actor("test")) as actor:
        staff = open_account(
            actor=actor, username=username, name=f"政策{username}", roles=list(roles), regions=list(regions),
            since=date(2020, 1, 1), password="long-enough-9", identity=identity,
        )  # fmt: skip
        return actor_of(staff)


def set_day():
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=TODAY, reason="tests")


def proposed(actor, **changes):
    with scope(actor):
        return propose_value(actor=actor, client_key=uuid.uuid4(), **{**ROW, **changes})


def listed(actor, proposal):
    with scope(actor):
        return find_affected(actor=actor, proposal=proposal.pk)


def signed(actor, proposal, digest):
    with scope(actor):
        return sign(actor=actor, proposal=proposal.pk, digest=digest)


def enacted(first, second, desk, **changes):
    """A value brought into force by two; the proposal."""
    proposal = proposed(first, **changes)
    return through(first, second, desk, proposal)


def taken_back(first, second, desk, proposal, since):
    with scope(first):
        back = propose_taking_back(
            actor=first, proposal=proposal.pk, since=since, document="长民函〔2024〕1号", reason="标准有误",
            client_key=uuid.uuid4(),
        )  # fmt: skip
    return through(first, second, desk, back)


def through(first, second, desk, proposal):
    desk.refresh()
    digest = listed(first, proposal).digest
    signed(first, proposal, digest)
    signed(second, proposal, digest)
    desk.refresh()
    return proposal
