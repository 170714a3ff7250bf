"""The reform desk's engine over the whole city: `python -m benchmarks.ours_slider TASK.json`, a process of its own."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks import law
from benchmarks.ours import peak_kib


def main(path: str) -> None:
    task = json.loads(Path(path).read_text(encoding="utf-8"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    django.setup()
    from minzheng.assessment.city import load_city
    from minzheng.assessment.reforms.desk import Desk, slider_times

    rulebook = law.book()
    began = time.perf_counter()
    desk = Desk(load_city(Path(task["snapshot"]), rulebook), rulebook)
    ready = time.perf_counter() - began
    times = slider_times(desk, rounds=task["rounds"])
    answer = {"ready_s": ready, **times, "people": desk.city.columns.rows, "peak_kib": peak_kib()}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
