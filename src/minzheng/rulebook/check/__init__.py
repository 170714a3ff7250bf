"""What can be found wrong with the rulebook without running a household: gaps, overlaps, clauses without an answer.

`inspect` runs every check and gives one report. Defects fail the command; notes are for a reader. Nothing here knows
a clock: the span of days that is checked comes in.
"""

from __future__ import annotations

from minzheng.rulebook.check.report import Finding, Kind, Report
from minzheng.rulebook.check.run import Answers, Days, inspect

__all__ = ["Answers", "Days", "Finding", "Kind", "Report", "inspect"]
