"""The fixed households keep their word: what each story says is what the law, run on the built city, comes to."""

import pytest

from minzheng.rules.status import REVIEW, UNKNOWN, YES

pytestmark = pytest.mark.usefixtures("committed")

#: By story: programme, position of the person (None: the household), outcome, fen a month as paid (None: not looked at).
#: Programmes that are not named come to no.
TOLD = {
    "exactly_at_the_line": {("edge", None): (YES, None)},
    "one_fen_below": {("dibao", None): (YES, 0)},
    "disabled_in_edge_family": {
        ("single", 2): (YES, 68_200), ("edge", None): (YES, None), ("living_subsidy", 2): (YES, 8_000),
    },
    "eighty_in_dibao": {
        ("dibao", None): (YES, 96_400), ("living_subsidy", 0): (YES, 8_000), ("care_subsidy", 0): (YES, 8_000),
        ("old_age", 0): (YES, 7_000),
    },
    "orphan_with_grandparents": {("orphan", 2): (YES, 117_000)},
    "after_a_new_job": {("phase_out", None): (YES, 54_600)},
    "able_and_idle": {("dibao", None): (YES, 16_600), ("living_subsidy", 1): (YES, 8_000)},
    "dormant_business": {("dibao", None): (REVIEW, None), ("edge", None): (REVIEW, None)},
    "bachelor_turned_sixty": {("tekun", 0): (YES, 118_901)},
    "uncovered_widow": {
        ("dibao", None): (YES, 35_300), ("living_subsidy", 0): (YES, 8_000), ("care_subsidy", 0): (YES, 8_000),
    },
    "child_who_may_choose": {
        ("tekun", 0): (YES, 90_701), ("tekun", 1): (UNKNOWN, None), ("unattended", 1): (UNKNOWN, None),
        ("dibao", None): (UNKNOWN, None), ("edge", None): (UNKNOWN, None),
    },
    "left_behind_child": {("left_behind", 4): (YES, None)},
    "vehicle_to_look_at": {("dibao", None): (REVIEW, None), ("edge", None): (REVIEW, None)},
    "died_since_last_payment": {},
    "one_fact_missing": {("dibao", None): (UNKNOWN, None), ("edge", None): (UNKNOWN, None)},
}  # fmt: skip


def test_each_story_comes_to_what_it_tells():
    from minzheng.assessment.decide import decide_many
    from minzheng.assessment.payment import payable_of
    from minzheng.base.scope import scope, system_actor
    from minzheng.demo.build import build
    from minzheng.demo.stories import STORIES

    assert TOLD.keys() == {story.key for story in STORIES}
    build(0.001, 3, quiet=True)
    with scope(system_actor("test")) as actor:
        for story, found in zip(STORIES, decide_many(actor, [story.id for story in STORIES]), strict=True):
            outcomes = {(o.program.name, o.who): o for o in found.outcomes}
            told = TOLD[story.key]
            said = {key: int(outcome.status) for key, outcome in outcomes.items() if outcome.status}
            assert said == {key: status for key, (status, _fen) in told.items()}, story.key
            for key, (_status, fen) in told.items():
                if fen is not None:
                    assert payable_of(found, outcomes[key]) == fen, (story.key, key)


def test_the_household_of_which_one_fact_is_missing_is_asked_that_one_fact():
    from minzheng.assessment.decide import decide
    from minzheng.base.scope import scope, system_actor
    from minzheng.demo.build import build
    from minzheng.demo.stories import story_of

    build(0.001, 3, quiet=True)
    with scope(system_actor("test")) as actor:
        found = decide(actor, story_of("one_fact_missing").id)
    assert {need for need, _who in found.of("dibao").needs} == {"wages__total"}
    assert {who for _need, who in found.of("dibao").needs} == {1}
