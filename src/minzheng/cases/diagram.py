"""A line's workflow drawn from its table: an SVG for the case's page, Mermaid and a table for the documents.

Ways to one state that are open from many states (withdrawing, ending) are written under that state, not drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from html import escape

from minzheng.cases.types import Mode, Tone
from minzheng.cases.workflow import ALL_MODES, SOME_DAY, Line, State, Step

MANY = 3
"""From so many states on, a way is written under its target."""
BOX, TALL, GAP_X, GAP_Y, EDGE = 132, 40, 44, 84, 12
SIDE = 96
"""Room on both sides for what goes back and what skips rows."""
COLOURS = {
    Tone.PROGRESS: ("#e8f0ff", "#1e5eff"),
    Tone.GRANTED: ("#e6f6ec", "#1a7f42"),
    Tone.ATTENTION: ("#fff4e0", "#9a5b00"),
    Tone.QUIET: ("#f1f3f5", "#5c6670"),
    Tone.STOPPED: ("#fdecec", "#b3261e"),
}


def ways(line: Line) -> dict[tuple[str, str], list[Step]]:
    """Steps between two different states, by the pair."""
    found: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for step in line.steps:
        for before in step.before:
            if step.to(before) != before:
                found[before, step.to(before)].append(step)
    return found


def _open_from_many(line: Line) -> dict[str, dict[str, list[str]]]:
    """final state → label → states it is open from, for ways out that are written and not drawn."""
    into: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for (before, after), steps in ways(line).items():
        for step in steps:
            if before not in into[after][step.label]:
                into[after][step.label].append(before)
    return {
        after: kept
        for after, labels in into.items()
        if line.state(after).final
        and (kept := {label: states for label, states in labels.items() if len(states) >= MANY})
    }


def drawn(line: Line) -> dict[tuple[str, str], list[str]]:
    """Pairs of states with the labels on their arrow."""
    written = _open_from_many(line)
    found: dict[tuple[str, str], list[str]] = {}
    for (before, after), steps in ways(line).items():
        labels = list(dict.fromkeys(s.label for s in steps if s.label not in written.get(after, {})))
        if labels:
            found[before, after] = labels
    return found


def _ranks(line: Line) -> list[list[State]]:
    """States in rows: below everything that leads to them in the order declared; those that end a case in the last."""
    order = [state.name for state in line.states]
    edges = drawn(line)
    rank = dict.fromkeys(order, 0)
    for name in order:
        before = [rank[a] + 1 for a, b in edges if b == name and order.index(a) < order.index(b)]
        rank[name] = max(before, default=rank[name])
    working = [rank[state.name] for state in line.states if not state.final]
    last = max(working) + 1
    rows: list[list[State]] = [[] for _ in range(last + 1)]
    for state in line.states:
        rows[last if state.final else rank[state.name]].append(state)
    return [row for row in rows if row]


def svg(line: Line, current: str = "", mode: str = "") -> str:
    """The diagram as an SVG element with a title and a description for screen readers; `current` is drawn bold.

    mode: only what applies where it is confirmed like this.
    """
    if mode:
        line = replace(line, steps=tuple(step for step in line.steps if Mode(mode) in step.modes))
    rows = _ranks(line)
    width = max(len(row) for row in rows) * (BOX + GAP_X) + SIDE * 2
    height = len(rows) * (TALL + GAP_Y) + GAP_Y // 2
    place = {}
    for y, row in enumerate(rows):
        start = (width - len(row) * (BOX + GAP_X) + GAP_X) / 2
        for x, state in enumerate(row):
            place[state.name] = (start + x * (BOX + GAP_X), 16 + y * (TALL + GAP_Y))
    parts = [
        (
            f'<svg class="workflow" role="img" aria-labelledby="wf-t wf-d" viewBox="0 0 {width:.0f} {height}"'
            f' width="{width:.0f}" xmlns="http://www.w3.org/2000/svg">'
        ),
        f'<title id="wf-t">{escape(line.label)}办理流程</title>',
        f'<desc id="wf-d">{escape(described(line))}</desc>',
        (
            '<defs><marker id="wf-a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0 8 4 0 8z" fill="#5c6670"/></marker></defs>'
        ),
    ]
    parts += [_arrow(place[a], place[b], labels) for (a, b), labels in drawn(line).items()]
    written = _open_from_many(line)
    parts += [
        _box(place[state.name], state, state.name == current, written.get(state.name, {}))
        for state in line.states
    ]
    return "".join([*parts, "</svg>"])


def _box(at: tuple[float, float], state: State, current: bool, written: dict[str, list[str]]) -> str:
    x, y = at
    fill, ink = COLOURS[state.tone]
    radius = TALL / 2 if state.final else 6
    note = "、".join(written)
    return (
        f'<g class="wf-state{" wf-current" if current else ""}">'
        f'<rect x="{x:.0f}" y="{y}" width="{BOX}" height="{TALL}" rx="{radius:.0f}" fill="{fill}" stroke="{ink}"'
        f' stroke-width="{3 if current else 1}"/>'
        f'<text x="{x + BOX / 2:.0f}" y="{y + 25}" text-anchor="middle" font-size="14" fill="{ink}"'
        f"{' font-weight=' + chr(34) + 'bold' + chr(34) if current else ''}>{escape(state.label)}</text>"
        + (
            f'<text x="{x + BOX / 2:.0f}" y="{y + TALL + 15}" text-anchor="middle" font-size="11" fill="#5c6670">'
            f"办理中可{escape(note)}</text>"
            if note
            else ""
        )
        + "</g>"
    )


def _arrow(a: tuple[float, float], b: tuple[float, float], labels: list[str]) -> str:
    """One row down from bottom to top; further down on the right; back on the left; beside one another underneath."""
    (ax, ay), (bx, by) = a, b
    row = TALL + GAP_Y
    if by == ay:
        x1, y1, x2, y2 = ax + BOX / 2, ay + TALL, bx + BOX / 2, by + TALL + 2
        c1, c2 = (x1, y1 + EDGE * 3), (x2, y2 + EDGE * 3)
    elif by > ay + row:
        x1, y1, x2, y2 = ax + BOX, ay + TALL / 2, bx + BOX + 2, by + TALL / 2 - EDGE
        bulge = max(x1, x2) + GAP_X * (by - ay) / row * 0.6
        c1, c2 = (bulge, y1), (bulge, y2)
    elif by > ay:
        x1, y1, x2, y2 = ax + BOX / 2, ay + TALL, bx + BOX / 2, by - 2
        c1, c2 = (x1, (y1 + y2) / 2), (x2, (y1 + y2) / 2)
    else:
        x1, y1, x2, y2 = ax, ay + TALL / 2, bx - 2, by + TALL / 2 + EDGE
        bulge = min(x1, x2) - GAP_X * (ay - by) / row * 0.6
        c1, c2 = (bulge, y1), (bulge, y2)
    at = ((x1 + 3 * c1[0] + 3 * c2[0] + x2) / 8, (y1 + 3 * c1[1] + 3 * c2[1] + y2) / 8 + 4)
    return (
        f'<path d="M{x1:.0f} {y1:.0f}C{c1[0]:.0f} {c1[1]:.0f} {c2[0]:.0f} {c2[1]:.0f} {x2:.0f} {y2:.0f}" fill="none"'
        ' stroke="#9aa3ad" marker-end="url(#wf-a)"/>'
        f'<text x="{at[0]:.0f}" y="{at[1]:.0f}" text-anchor="middle" font-size="11" fill="#3d4650" stroke="#fff"'
        f' stroke-width="3" paint-order="stroke">{escape("、".join(labels))}</text>'
    )


def described(line: Line) -> str:
    """The table in sentences, for somebody who cannot see the drawing."""
    return "；".join(
        f"{line.state(a).label}经{'、'.join(labels)}到{line.state(b).label}"
        for (a, b), labels in drawn(line).items()
    )


# -- for the documents -----------------------------------------------------------------------------------
def mermaid(line: Line) -> str:
    """The diagram as Mermaid text."""
    rows = ["stateDiagram-v2"]
    rows += [f"    {state.name}: {state.label}" for state in line.states]
    rows.append(f"    [*] --> {line.starts}")
    rows += [f"    {a} --> {b}: {'、'.join(labels)}" for (a, b), labels in drawn(line).items()]
    rows += [f"    {state.name} --> [*]" for state in line.states if state.final]
    for target, labels in _open_from_many(line).items():
        rows += [f"    note right of {target}: {'、'.join(labels)}（办理中均可）"]
    return "\n".join(rows)


def table(line: Line) -> list[tuple[str, ...]]:
    """Step, from, to, by whom, clause, where it applies: every row of the line's table in words."""
    return [
        (
            step.label,
            "、".join(line.state(name).label for name in step.before),
            line.state(step.after).label if step.after else "不变",
            _who(step),
            step.clause,
            _modes(step),
        )
        for step in line.steps
    ]


def _who(step: Step) -> str:
    who = [one.label for one in step.who if one.value != "officer"]
    if step.by is not None:
        who.insert(0, step.by.label)
    return "、".join(who) + (f"（{step.side.label}）" if step.side else "")


def _modes(step: Step) -> str:
    return "" if step.modes == ALL_MODES else "、".join(Mode(one).label for one in step.modes)


def limits(line: Line) -> list[tuple[str, ...]]:
    """Limit, parameter, unit, from, until, clause."""
    from minzheng.cases.moving import label_of
    from minzheng.rulebook import parameters

    declared = parameters().declared
    return [
        (
            declared[clock.parameter].label,
            f"`{clock.parameter}`" + (f"（可延长至 `{clock.extended_by}`）" if clock.extended_by else ""),
            clock.unit.label,
            "事件发生之日" if clock.since == SOME_DAY else label_of(line, clock.since),
            "、".join(label_of(line, one) for one in clock.until),
            clock.clause,
        )
        for clock in line.clocks
    ]


def page(lines: Iterable[Line]) -> str:
    """docs/workflows.md."""
    parts = [
        "# Workflows",
        "",
        (
            "Generated from the tables that the platform itself runs on; a test compares. Write it anew with "
            "`MINZHENG_WRITE_DOCS=1 .venv/bin/pytest tests/docs/test_workflows_page.py`."
        ),
    ]
    for line in sorted(lines, key=lambda one: one.code):
        parts += ["", f"## {line.label} · {line.code}", "", "```mermaid", mermaid(line), "```", ""]
        parts += _markdown(("办理", "自", "至", "谁", "条款", "适用"), table(line))
        if line.clocks:
            parts += ["", *_markdown(("时限", "参数", "单位", "起", "止", "条款"), limits(line))]
    return "\n".join(parts) + "\n"


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return lines + [f"| {' | '.join(row)} |" for row in rows]
