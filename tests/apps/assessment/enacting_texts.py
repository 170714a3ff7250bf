"""An installation set up with an older text of the rulebook than the program ships by now: for the tests of enacting texts.

In the old text an income equal to the standard is within it.
"""

from __future__ import annotations

import json
import uuid
from datetime import date

import pytest

from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting.law import edition_of
from minzheng.assessment.enacting.pricing import text_beside
from minzheng.assessment.reforms import asking, service
from minzheng.assessment.reforms.replaced import with_provisions
from minzheng.assessment.reforms.service import Desks
from minzheng.base.scope import scope, system_actor
from minzheng.rulebook import load
from minzheng.rulebook.proposals.equal_to_standard import income_at_most_standard
from minzheng.rules.written import written
from tests.apps.assessment import invented
from tests.apps.assessment.enacting import open_officer
from tests.apps.assessment.invented import BOOK, household, person

JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))
OLD = with_provisions(load(), {"income_below_standard": income_at_most_standard})
EQUAL = {"wages__total": 852_50 * 12, "wages__month": 852_50}
"""Wages of which four fifths count: 682 yuan, the standard."""
WHY = {"document": "长民发〔2024〕7号", "reason": "按办法第九条改为低于"}


def city(folder):
    """A household whose income equals the standard, and one well below it."""
    return invented.city(
        (140403101, household(person(**EQUAL))), (140403101, household(person())), folder=folder
    )


@pytest.fixture(scope="module")
def text_desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshot")
    (folder / "manifest.json").write_text("{}")
    return Desks(BOOK, find=lambda: folder, law=rulebook, texts=text_beside_here, compiled=False, threads=1)


def text_beside_here(proposal, side, on):
    return text_beside(uuid.UUID(proposal), side, on)


@pytest.fixture
def desk(text_desk, monkeypatch):
    monkeypatch.setattr(service, "load_city", lambda place, book, say: city(place))

    def ask(question, **_how):
        answer = service._answered(text_desk, json.dumps(question, default=str).encode())
        if "error" in answer:
            raise asking._error(answer["error"])
        return answer["ok"]

    monkeypatch.setattr(asking, "_ask", ask)
    return text_desk


def set_up_with(text):
    """Record a text as the one the installation was set up with."""
    with scope(system_actor("migrate")):
        first = edition_of(text)
        first.initial = True
        first.save(force_insert=True)


def set_up():
    """Two of the policy office, on an installation that was set up with the old text."""
    set_up_with(written(OLD))
    return open_officer("first"), open_officer("second")
