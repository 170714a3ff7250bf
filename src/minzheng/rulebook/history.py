"""What the law of assistance hands on from month to month, and from when each programme is paid."""

from minzheng.rules import Program
from minzheng.rules.timeline import Carried, Reads, Start, carried_statuses
from minzheng.values.month import Month

from .national.dibao import dibao
from .national.phase_out import phase_out
from .programs import PROGRAMS
from .vocabulary import dibao_amount_before, income_rose_by_job, phase_out_used

CARRIED: tuple[Carried, ...] = (
    *carried_statuses(PROGRAMS),
    Carried(dibao_amount_before, dibao, Reads.LAST_PAID),
    Carried(phase_out_used, phase_out, Reads.MONTHS, counted_while=income_rose_by_job),
)
"""The facts of award history: 上月享受 of each programme, the last dibao amount, the months of phase-out."""

STARTS: dict[str, Start] = {"living_subsidy": Start.APPLICATION, "care_subsidy": Start.APPLICATION}
"""TM-18: the two subsidies are counted from the month of application; relief is paid when decided; all others
from the month after the decision (TM-10)."""

BY_APPLICATION = frozenset({"tekun", "dibao", "single", "orphan", "unattended"})
"""GV-1: without application and confirmation nobody is taken in; a refusal stands until somebody applies again."""

END_FIRST = frozenset({"tekun"})
"""S43 article 27: whose support as 特困 ends may be taken into dibao from the same month."""

GIVES_WAY: dict[str, str] = {
    "dibao": "tekun", "single": "tekun", "living_subsidy": "tekun", "care_subsidy": "tekun", "old_age": "tekun",
}  # fmt: skip
"""DB-5 and the matrix of what excludes what: who is confirmed as 特困 leaves these. What was being paid goes on
until that decision takes effect, so that no month is without either."""

SCHOOL_YEAR_FROM = 9
"""ZX: study aid is paid once in a school year, which begins in September."""


def paid_anew(program: Program, month: Month) -> bool:
    """Whether what was paid in the months before may be paid again: relief only upon a new cause."""
    return program.cadence == "monthly" or (program.cadence == "yearly" and month.number == SCHOOL_YEAR_FROM)


def start_of(program: Program) -> Start:
    if program.cadence == "once":
        return Start.DECISION
    return STARTS.get(program.name, Start.AFTER_DECISION)
