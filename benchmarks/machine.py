"""The machine a figure was measured on, and how fast its memory is while we measure."""

from __future__ import annotations

import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

BLOCK = 1 << 26
"""Eight-byte numbers a thread copies: far more than any cache holds."""


def description() -> str:
    """Processor, cores, memory, Python: one line."""
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    total = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal"))
    return f"{model}, {os.cpu_count()} cores, {total / 2**20:.0f} GiB, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def bandwidth(repeat: int = 5) -> float:
    """Bytes a second that all cores together read and write when they copy: the best of some tries."""
    cores = os.cpu_count() or 1
    blocks = [(np.ones(BLOCK), np.zeros(BLOCK)) for _ in range(cores)]
    best = 0.0
    with ThreadPoolExecutor(cores) as pool:
        for _ in range(repeat):
            began = time.perf_counter()
            list(pool.map(lambda pair: np.copyto(pair[1], pair[0]), blocks))
            best = max(best, cores * BLOCK * 16 / (time.perf_counter() - began))
    return best


def load() -> float:
    """How busy the machine was in the last minute; a figure taken above the number of cores deserves doubt."""
    return os.getloadavg()[0]
