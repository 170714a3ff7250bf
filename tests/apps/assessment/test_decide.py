"""One household decided from the registry."""

from __future__ import annotations

from minzheng.assessment.decide import decide, decide_many
from minzheng.demo.stories import STORIES


def test_every_fixed_household_is_decided_in_every_programme(city_of_stories):
    for found in decide_many(city_of_stories, [story.id for story in STORIES]):
        programmes = {outcome.program.name for outcome in found.outcomes}
        assert len(programmes) == 16


def test_several_at_once_are_decided_as_each_alone(city_of_stories):
    ids = [story.id for story in STORIES]
    together = decide_many(city_of_stories, ids)
    for household, found in zip(ids, together, strict=True):
        alone = decide(city_of_stories, household)
        assert [(o.program.name, o.who, o.status, o.amount) for o in alone.outcomes] == [
            (o.program.name, o.who, o.status, o.amount) for o in found.outcomes
        ]
