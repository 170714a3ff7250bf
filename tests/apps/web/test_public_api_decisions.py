"""A decision as another system reads it: what was kept on its day, in whole fen, without anybody's name; its letter a PDF."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.apps.cases.conftest import (
    city_of_stories,
    household,
    made_up,
    refused_household,
    refused_walk,
    staff_of,
    stories,
    walk,
)
from tests.apps.web.test_public_api import issue, told

__all__ = [
    "city_of_stories", "household", "made_up", "refused_household", "refused_walk", "staff_of", "stories", "walk",
]  # fmt: skip


@pytest.mark.parametrize(("which", "confirm"), [("walk", True), ("refused_walk", False)])
def test_a_decision_is_told_as_it_was_kept_and_its_letter_is_a_pdf(
    request, settings, tmp_path, which, confirm
):
    from minzheng.registry.models import Person

    settings.MEDIA_ROOT = tmp_path
    walked = request.getfixturevalue(which)
    case = walked.decide(walked.reported(), confirm=confirm, reason="" if confirm else "收入高于标准")
    system = issue()
    reply = system.get(f"/cases/{case.public_id}/decision")
    assert reply.status_code == 200, reply.content.decode()
    said = reply.json()
    kept = next(
        one
        for one in json.loads(walked.again(case).decision.content)["outcomes"]
        if (one["programme"], one["person"]) == (case.programme, None)
    )
    assert said["outcome"] == ("yes" if confirm else "no")
    assert said["decided_on"] == "2023-12-12"
    assert said["amount_fen"] == (kept["payable"] if confirm else None)
    assert isinstance(said["amount_fen"], int) is confirm
    assert said["clauses"] == kept["clauses"] != []
    conditions = [(one["provision"], one["outcome"]) for one in said["explanation"]]
    assert conditions == [tuple(one) for one in kept["conditions"]] != []
    assert Person.objects.get(pk=walked.head).name not in reply.content.decode()
    letters = system.get(f"/cases/{case.public_id}").json()["letters"]
    assert said["letters"] == [one["number"] for one in letters] != []
    paper = system.get(f"/cases/{case.public_id}/letters/{letters[0]['id']}")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF")
    told(system.get(f"/cases/{case.public_id}/letters/{uuid.uuid4()}"), 404, "letter.not_found")
