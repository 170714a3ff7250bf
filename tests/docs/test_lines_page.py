"""docs/lines.md tells each service line as it runs: its tables are made from the declarations, its prose stands between."""

from __future__ import annotations

import os
import re
from pathlib import Path

from minzheng.awards.granting import VALIDITY
from minzheng.cases.lines import lines
from minzheng.cases.types import Mode
from minzheng.cases.workflow import Action
from minzheng.rulebook import load
from minzheng.rulebook.history import start_of

PAGE = Path(__file__).parents[2] / "docs" / "lines.md"
MARK = re.compile(r"(<!-- made from the tables: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
ORDER = ("dibao", "single", "tekun", "edge", "rigid", "relief", "emergency", "old_age", "living_subsidy", "care_subsidy",
         "orphan", "unattended", "study_aid", "left_behind", "review")  # fmt: skip
STANDARD = {action.value for action in Action}


def of(name):
    return next(line for line in lines() if line.name == name)


def test_every_line_has_its_row():
    assert {line.name for line in lines()} == set(ORDER)


def test_the_page_says_what_the_declarations_say():
    text = PAGE.read_text(encoding="utf-8")
    fresh = MARK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", text)
    if os.environ.get("MINZHENG_WRITE_DOCS"):
        PAGE.write_text(fresh, encoding="utf-8")
        text = fresh
    assert text == fresh
    assert {found[2] for found in MARK.finditer(text)} == set(TABLES)


def overview():
    rows = [
        "| line | name | decided by | published | received from | until | steps of its own |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [f"| `{name}` | {of(name).label} | {deciders(of(name))} | {published(of(name))} | {since(of(name))} |"
             f" {until(of(name))} | {own(of(name))} |" for name in ORDER]  # fmt: skip
    return "\n".join(rows)


def deciders(line):
    by_mode = {
        mode: {"county" if row.level_in(mode) == 6 else "township" for row in line.steps if row.action == "confirm" and mode in row.modes}
        for mode in Mode
    }  # fmt: skip
    words = {mode: " or ".join(sorted(found)) for mode, found in by_mode.items()}
    if len(set(words.values())) == 1:
        return words[Mode.COUNTY]
    return f"{words[Mode.COUNTY]}; delegated: {words[Mode.DELEGATED]}"


def published(line):
    if line.publicity is None:
        return "never"
    return f"opinion ({line.publicity.clause})" + (", result" if line.publicity.result else "")


def since(line):
    starts = {start_of(load().program(name)).name for name in line.programmes}
    words = {"AFTER_DECISION": "the month after the decision", "APPLICATION": "the month of application",
             "DECISION": "the month of the decision"}  # fmt: skip
    return ", ".join(words[one] for one in sorted(starts)) or "—"


def until(line):
    found = []
    for name in line.programmes:
        program = load().program(name)
        if program.cadence in ("once", "yearly"):
            found.append("paid once")
        elif name in VALIDITY:
            found.append(f"`{VALIDITY[name].key}` months")
        else:
            found.append("it is ended")
    return ", ".join(found) or "—"


def own(line):
    names = dict.fromkeys(f"`{row.action}` {row.label}" for row in line.steps if row.action not in STANDARD)
    return "、".join(names) or "—"


def limits():
    rows = ["| line | limit | from | until | modes | clause |", "|---|---|---|---|---|---|"]
    for name in ORDER:
        for clock in of(name).clocks:
            modes = "all" if len(clock.modes) == len(Mode) else ", ".join(clock.modes)
            longest = f" (longest `{clock.extended_by}`)" if clock.extended_by else ""
            rows.append(
                f"| `{name}` | `{clock.parameter}` {clock.unit.label}{longest} | `{clock.since}` |"
                f" {', '.join(f'`{one}`' for one in clock.until)} | {modes} | {clock.clause} |"
            )
    return "\n".join(rows)


def waits():
    rows = ["| line | step | waits for |", "|---|---|---|"]
    for name in ORDER:
        line = of(name)
        for row in line.steps:
            if row.needs:
                what = "；".join(line.requirements[one].label for one in row.needs)
                rows.append(
                    f"| `{name}` | {row.label} ({'、'.join(line.state(s).label for s in row.before)}) | {what} |"
                )
    return "\n".join(rows)


TABLES = {"overview": overview, "limits": limits, "waits": waits}
