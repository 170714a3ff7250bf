"""A decision uses what was published by the business date, also where the clock is years ahead of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from minzheng.assessment.actions import keep_decision
from minzheng.assessment.decide import decide
from minzheng.assessment.replay import replay
from minzheng.base.actions import set_business_date
from minzheng.base.queries import published_by
from minzheng.registry.snapshot import read_manifest, write_snapshot
from minzheng.rulebook import load
from minzheng.rulebook.national.dibao import standard
from minzheng.rules.parameters import read_row
from minzheng.values.month import Month
from tests.apps.assessment.conftest import TODAY, WIDOW

LATE = date(2024, 3, 15)
RAISED = 80_000
"""A month of 9600 yuan a year."""


@pytest.fixture(scope="module")
def published_late():
    """The rulebook with a standard of October that is published in March of the next year."""
    raw = {"place": "140400", "from": date(2023, 10, 1), "value": 9600, "known_from": LATE, "document": "invented",
           "mark": "assumed"}  # fmt: skip
    return load((read_row(load().parameters.declared["dibao.std.rural"], raw, "test"),))


def used(determination) -> int:
    return determination.evaluation.rule(standard, None)


@pytest.mark.parametrize("known_at", [None, datetime(2026, 11, 25, tzinfo=UTC)])
def test_what_is_published_after_the_business_date_takes_no_part(city_of_stories, published_late, known_at):
    before = decide(city_of_stories, WIDOW, book=published_late, known_at=known_at)
    assert used(before) != RAISED
    assert before.situation.known_at == TODAY
    set_business_date(actor=city_of_stories, day=LATE, reason="tests")
    asked = decide(city_of_stories, WIDOW, on=TODAY, book=published_late, known_at=known_at)
    assert used(asked) == RAISED, "of the same day, once it is published"
    then = timezone.make_aware(datetime(2024, 3, 14, 12))
    assert used(decide(city_of_stories, WIDOW, on=TODAY, book=published_late, known_at=then)) != RAISED


def test_a_day_to_come_is_decided_by_what_is_due_to_begin_until_then(city_of_stories, published_late):
    assert published_by(LATE) == LATE
    assert used(decide(city_of_stories, WIDOW, on=LATE, book=published_late)) == RAISED


def test_a_kept_decision_says_by_which_day_and_is_the_one_that_was_shown(
    city_of_stories, published_late, monkeypatch
):
    monkeypatch.setattr("minzheng.assessment.decide.rulebook", lambda: published_late)
    row = keep_decision(actor=city_of_stories, household=WIDOW, purpose="tests")
    said = json.loads(row.content)
    assert said["situation"]["published_by"] == TODAY.isoformat()
    assert said["parameters"]["dibao.std.rural"]["value"] != 12 * RAISED
    set_business_date(actor=city_of_stories, day=LATE, reason="tests")
    assert replay(row.content, row.rulebook.rules, published_late).same, (
        "what is published later is no part of it"
    )


def test_a_snapshot_says_it_for_sweeps(city_of_stories, tmp_path):
    manifest = write_snapshot(tmp_path / "s", month=Month(2023, 12))
    assert manifest.published_by == TODAY
    text = (tmp_path / "s" / "manifest.json").read_text(encoding="utf-8")
    old = {name: value for name, value in json.loads(text).items() if name != "published_by"}
    (tmp_path / "s" / "manifest.json").write_text(json.dumps(old), encoding="utf-8")
    assert read_manifest(tmp_path / "s").published_by == timezone.localdate(manifest.known_at)
