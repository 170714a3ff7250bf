"""The city's partitions here and on a cluster of worker processes: `python -m benchmarks.ours_cluster TASK.json`."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import law
from minzheng.rules.cluster import Job, differences, partitions, run_here
from minzheng.rules.cluster.spark import local_session, run_on_spark

JOB = Job(book="minzheng.rulebook:load", on=law.ON)


def main(path: str) -> None:
    task = json.loads(Path(path).read_text(encoding="utf-8"))
    parts = partitions(Path(task["snapshot"]))
    answer: dict[str, Any] = {"partitions": len(parts)}
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / "here"
        run_here(JOB, parts, here)
        began = time.perf_counter()
        done = run_here(JOB, parts, here)
        answer |= {"here_s": time.perf_counter() - began, "people": sum(one.people for one in done)}
        answer["differences"] = 0
        for workers in task["workers"]:
            out = Path(folder) / f"spark-{workers}"
            began = time.perf_counter()
            session = local_session(workers)
            try:
                run_on_spark(session, JOB, parts, out)
                answer[f"first_{workers}_s"] = time.perf_counter() - began
                began = time.perf_counter()
                run_on_spark(session, JOB, parts, out)
                answer[f"spark_{workers}_s"] = time.perf_counter() - began
            finally:
                session.stop()
            answer["differences"] += differences(here, out)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
