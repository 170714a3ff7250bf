"""A payroll of 100,000 awards from who is due to ledger, digest and bank file; and the bank's answer booked."""

from __future__ import annotations

import functools
import json
import subprocess
from typing import Any

from benchmarks.child import OURS, ROOT
from benchmarks.city import City
from benchmarks.figures import Figure

AWARDS = 100_000
#: The steps that make money of awards: listed and pinned, three signatures, ledger and bank file.
PAID = ("build", "sign", "release")
COMMAND = "python -m benchmarks --only payroll bank"


@functools.cache
def run(awards: int) -> dict[str, Any]:
    """One run on a throwaway server, in processes of its own."""
    done = subprocess.run(
        [OURS, "-m", "benchmarks.payroll_run", "--awards", str(awards)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(_city: City) -> list[Figure]:
    found = run(AWARDS)
    steps = found["steps"]
    paid = [steps[name] for name in PAID]
    processor = sum(lap["own"] + lap["database"] for lap in paid)
    return [
        Figure(
            "payroll_100k_s", sum(lap["seconds"] for lap in paid), "s", f"{AWARDS:,} awards, three signatures, one county",
            "Payroll to ledger, digest and bank file", most=20, command=COMMAND,
            note=f"{processor:.1f} s of processor time, this process and its database session; "
            + ", ".join(f"{name} {steps[name]['seconds']:.1f} s" for name in (*PAID, "file"))
            + " (file: written again from the ledger when it is sent, not counted); row-level security, "
            "append-only ledger, one live payment and paid within due held by the database throughout",
        ),
        Figure(
            "payroll_100k_mb", found["megabytes"], "MB",
            "the process, and of its database session what is not shared memory",
            "Peak memory of that payroll", most=500, command=COMMAND,
        ),
    ]  # fmt: skip


def measure_return(_city: City) -> list[Figure]:
    found = run(AWARDS)
    lap = found["steps"]["return"]
    return [
        Figure(
            "bank_return_100k_s", lap["seconds"], "s",
            f"{AWARDS:,} lines, {found['return_megabytes']:.1f} MB, {found['failed']:,} of them unpaid",
            "Return file read and reconciled", most=20, command=COMMAND,
            note="from the bytes to a settled ledger: digest and sums of the file checked, each line classified and booked; "
            f"{lap['own'] + lap['database']:.1f} s of processor time",
        )
    ]  # fmt: skip
