"""What is checked of a declaration, and how it is drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from minzheng.base.types import Permission
from minzheng.cases import lines
from minzheng.cases.diagram import described, mermaid, page, svg
from minzheng.cases.types import Mode, Need, Side, Tone, Unit, Who
from minzheng.cases.workflow import Action, Clock, Field, Requirement, State, Step
from minzheng.rulebook.clauses import dispositions
from minzheng.values.errors import Defect
from tests.apps.cases.made_up import MADE_UP

SEE = Permission.RECEIVE_CASES


def problems(**changes):
    return " | ".join(lines.problems_of(replace(MADE_UP, **changes)))


def step(action="try", before=("accepted",), after="opinion", **more):
    return Step(
        action,
        more.pop("label", "试办"),
        before,
        after,
        more.pop("by", SEE),
        more.pop("clause", "TM-1"),
        **more,
    )


def test_the_made_up_line_is_sound():
    assert list(lines.problems_of(MADE_UP)) == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (step(after="nowhere"), "unknown states"),
        (step(label="try"), "no Chinese label"),
        (step(needs=("nothing",)), "needs undeclared"),
        (step(action="confirm", before=("accepted",), side=Side.HANDLE), "not on the deciding side"),
        (step(by=None), "asks no permission"),
        (step(clause="XX-99"), "not in the catalogue"),
        (step(action="accept", before=("submitted",), after="accepted"), "stands twice"),
        (step(fields=(Field("x", "项目", "colour"),)), "unknown kind"),
        (step(fields=(Field("x", "项目", "choice"),)), "nothing to choose from"),
    ],
)
def test_a_wrong_row_is_named(row, why):
    assert why in problems(steps=(*MADE_UP.steps, row))


def test_a_state_without_way_in_or_out_is_named():
    lost = State("lost", "迷失")
    assert "lost cannot be reached" in problems(states=(*MADE_UP.states, lost))
    into = step(after="lost")
    found = problems(states=(*MADE_UP.states, lost), steps=(*MADE_UP.steps, into))
    assert "lost has no way out" in found
    assert "cannot be reached" not in found


def test_a_clock_names_what_is_there():
    def clock(parameter="sla.publicity", since="accept", until=("confirm",), clause="TM-4"):
        return Clock(parameter, Unit.WORKDAY, since, until, clause)

    assert "sla.nothing is not a parameter" in problems(clocks=(clock("sla.nothing"),))
    assert "unknown action fly" in problems(clocks=(clock(until=("fly",)),))
    assert "cites nothing" in problems(clocks=(clock(clause=""),))


def test_requirements_and_effects_are_about_something():
    bare = Requirement("没有检验", Need.CUSTOM)
    assert "needs a test of its own" in problems(requirements={**MADE_UP.requirements, "bare": bare})
    assert "unknown action fly" in problems(effects={"fly": print})
    assert "starts in nowhere" in problems(starts="nowhere")


def test_a_wrong_line_is_not_registered():
    with pytest.raises(Defect, match="stands twice"):
        lines.register(replace(MADE_UP, states=(*MADE_UP.states, State("submitted", "已提交"))))


def test_every_registered_line_is_sound_and_has_its_own_code():
    registered = lines.lines()
    assert [problem for line in registered for problem in lines.problems_of(line)] == []
    codes = [line.code for line in registered]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[A-Z]{2,4}", code) for code in codes)


def test_every_step_the_rulebook_names_is_an_action():
    """`cases.<action>` in the dispositions of clauses is a word of the mechanism."""
    named = {
        one.step.removeprefix("cases.")
        for one in dispositions().values()
        if (one.step or "").startswith("cases.")
    }
    assert named
    assert named <= set(Action.values)


def test_in_delegated_counties_the_county_s_rows_are_not_offered():
    only = step(
        action="confirm", side=Side.DECIDE, modes=(Mode.DELEGATED,), after="decided_yes", label="确认"
    )
    line = replace(MADE_UP, steps=(*MADE_UP.steps, only))
    assert line.step("confirm", "accepted", "delegated") is only
    assert line.step("confirm", "accepted", "county") is None
    assert only.level_in("delegated") == 0
    assert line.step("confirm", "reported", "county").level_in("county") == 6


# -- the diagram -----------------------------------------------------------------------------------------
def test_the_drawing_is_well_formed_and_shows_every_state_once():
    drawing = svg(MADE_UP, "publicity")
    root = ElementTree.fromstring(drawing)
    boxes = root.iter("{http://www.w3.org/2000/svg}g")
    labels = [text.text for box in boxes for text in box.iter("{http://www.w3.org/2000/svg}text")]
    for state in MADE_UP.states:
        assert labels.count(state.label) == 1
    current = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if "wf-current" in g.get("class")]
    assert len(current) == 1
    assert "style=" not in drawing
    assert "<script" not in drawing


def test_boxes_do_not_overlap():
    root = ElementTree.fromstring(svg(MADE_UP))
    boxes = [
        tuple(float(r.get(name)) for name in ("x", "y", "width", "height"))
        for r in root.iter("{http://www.w3.org/2000/svg}rect")
    ]
    for n, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[n + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_a_label_cannot_break_out_of_the_drawing():
    evil = replace(
        MADE_UP,
        label="试<script>办</script>",
        states=(State("submitted", "已<b>提交", Tone.QUIET), *MADE_UP.states[1:]),
    )
    assert "<script" not in svg(evil)
    assert "<b>" not in svg(evil)


def test_what_is_open_from_everywhere_is_written_and_not_drawn():
    text = mermaid(MADE_UP)
    assert "accepted --> withdrawn" not in text
    assert "note right of withdrawn: 撤回申请（办理中均可）" in text
    assert "submitted --> accepted: 受理" in text
    assert "撤回申请" not in described(MADE_UP)
    assert "## 试办业务 · ZZ" in page([MADE_UP])


def test_only_a_resident_s_rows_are_for_residents():
    assert {s.action for s in MADE_UP.steps if Who.RESIDENT in s.who} == {
        "supply",
        "object",
        "appeal",
        "withdraw",
    }
