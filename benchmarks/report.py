"""Writes docs/benchmarks.json, docs/benchmarks.md and the plot. Figures that were not measured in this run are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure

DOCS = Path(__file__).parents[1] / "docs"
STORE, PAGE, PLOT = DOCS / "benchmarks.json", DOCS / "benchmarks.md", DOCS / "pictures" / "benchmarks.png"

HEAD = """# Benchmarks · 性能

`make bench` measures all of this in one run and rewrites this page, [benchmarks.json](benchmarks.json) and the plot. What counts are ratios between
two sides of one run on the same work; absolute figures stand beside the machine they were taken on. No test asserts a time.

![measured beside what was asked](pictures/benchmarks.png)

"""

PAGES = """## How pages are measured

`office_p99_ms` and `portal_p99_ms` are taken over the whole city after it was worked in (`benchmarks/worked.py`, by the platform's own
commands): the sweep's leads and reviews, some thousands of open cases of the last weeks, running benefits taken over as awards, a payroll of
every county and programme with its lines, the day's jobs done, one proposal with the list of whom it affects. `minzheng run` starts as in
production, with a worker a processor, and stands for a minute first.

Officers are of five kinds of work: village and township 30, county 8, payments 6, city 4, policy 2 of fifty, each with a mix of its own
(`benchmarks/mixes.py`): first page, lists, searches by a name, then what they open on them: a case, a lead, a household, an outcome with its
tree, what a family receives, an award, a payroll, a payment, a provision, a proposal. Residents sign in by number and code and look at their own
page, their payments, their case, a programme, an application, the board of their village. Everybody asks at moments of their own; a time runs
from the moment the request was due to its last byte, so that a server that falls behind is not excused. The clients run on the same machine and
cost it too; an answer that is no page, or a kind of page that nobody finds, ends the measurement.

What one page costs, whatever else the machine does: `python -m benchmarks.pages --home var/bench` tells for each page of the mixes the processor
time of Python and of PostgreSQL behind it, the number of statements, and those that were waited for. With row policies on, as every page has
them."""


def write(figures: Iterable[Figure]) -> None:
    """Replace the figures measured now in the store and write page and plot from all of them."""
    entries = {entry["id"]: entry for entry in _stored()} | {one.id: one.record() for one in figures}
    kept = list(entries.values())
    STORE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(_page(kept), encoding="utf-8")
    _plot(kept)


def _stored() -> list[dict[str, Any]]:
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.exists() else []


def _page(entries: list[dict[str, Any]]) -> str:
    rows = [
        "| id | what | value | asked | beside | measured |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{e['id']}` | {e['title']} | **{_number(e['value'])}** {e['unit']} | {e['asked']}"
            f"{'' if e['met'] else ' (not met)'} | {e['baseline']} | {e['date']} |"
            for e in entries
        ),
    ]
    notes = [f"* `{e['id']}`: {e['note']}." for e in entries if e["note"]]
    machines = sorted({str(e["machine"]) for e in entries})
    parts = [HEAD + "\n".join(rows), "## What stands behind the figures\n\n" + "\n".join(notes)]
    parts.append(PAGES)
    parts.append("## Machine\n\n" + "\n".join(f"* {one}" for one in machines))
    return "\n\n".join(parts) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def _plot(entries: list[dict[str, Any]]) -> None:
    """How many times better than asked each figure is; 1 is what was asked."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shown = [(str(e["id"]), _times(e)) for e in entries if _times(e) is not None]
    if not shown:
        return
    names, times = zip(*reversed(shown), strict=True)
    figure, axes = plt.subplots(figsize=(8, 0.4 * len(names) + 1.2), dpi=120)
    axes.barh(names, times, color=["#1e5eff" if t >= 1 else "#d9480f" for t in times], height=0.6)
    axes.axvline(1, color="#333", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("times better than asked (log scale); the line is what was asked")
    for y, t in enumerate(times):
        axes.text(t, y, f" {t:.2g}×", va="center", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT)
    plt.close(figure)


def _times(entry: dict[str, Any]) -> float | None:
    asked, value = str(entry["asked"]), float(str(entry["value"]))
    if asked.startswith("≥") and value > 0:
        return value / float(asked[2:])
    if asked.startswith("≤") and value > 0 and float(asked[2:]) > 0:
        return float(asked[2:]) / value
    return None
