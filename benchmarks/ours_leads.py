"""Our side from files to files: `python -m benchmarks.ours_leads TASK.json`, a process of its own.

Both stages are compiled (or read from the cache) before the clock starts, as openfisca's rules are built before its own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import law
from benchmarks.ours import peak_kib

SAMPLE = 100
"""Households decided again by the reference engine before anything is written."""


def main(path: str) -> None:
    task = json.loads(Path(path).read_text(encoding="utf-8"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    django.setup()
    from minzheng.assessment.computing import leads_to_file, make_engines

    rulebook = law.book()
    answer: dict[str, Any] = {}
    for name, book in (("same", law.book_of_the_chosen(rulebook)), ("all", rulebook)):
        engines = make_engines(book)
        runs, swept = [], None
        for _ in range(task["repeat"]):
            swept = None
            began = time.perf_counter()
            swept = leads_to_file(
                Path(task["snapshot"]), Path(task["target"]), engines, ask=name == "all", sample_size=SAMPLE
            )
            runs.append(time.perf_counter() - began)
        assert swept is not None
        answer[name] = {"runs_s": runs, "leads": swept.table.num_rows, "seconds": swept.seconds,
                        "sample": swept.compared, "full": swept.full_units}  # fmt: skip
    sys.stdout.write(json.dumps(answer | {"peak_kib": peak_kib()}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
