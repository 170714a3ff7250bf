"""Runs one side of a comparison in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OURS = Path(sys.executable)
OPENFISCA = ROOT / ".venv-bench" / "bin" / "python"


def run(python: Path, module: str, task: dict[str, Any]) -> dict[str, Any]:
    """The JSON answer of `python -m module TASK.json`; what it says on stderr passes through when it fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(task, file)
        file.flush()
        done = subprocess.run(
            [python, "-W", "ignore", "-m", module, file.name],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{module}: {done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
