"""`python -m benchmarks`: build the city, measure, write the page. `--scale` and `--only` are for trying things out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
CITYLESS = frozenset({"payroll", "bank"})
"""Parts that make what they measure themselves."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--scale", default="1", help="1 is the whole city, the only scale that is written to docs"
    )
    parser.add_argument(
        "--home", type=Path, default=ROOT / "var" / "bench", help="where the city is built and kept"
    )
    parser.add_argument("--only", nargs="*", default=[], help="parts to measure, all by default")
    asked = parser.parse_args()
    os.environ["MINZHENG_HOME"] = str(asked.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    django.setup()
    from benchmarks import machine, report
    from benchmarks.city import City
    from benchmarks.figures import Figure

    parts = _parts()
    unknown = set(asked.only) - set(parts)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    city = City(asked.home, asked.scale)
    _say(f"{machine.description()}; load {machine.load():.1f}")
    if not asked.only or set(asked.only) - CITYLESS:
        built = city.build()
        if built is not None:
            _say(f"city built in {built:.0f} s")
    figures: list[Figure] = []
    for name, measure in parts.items():
        if not asked.only or name in asked.only:
            _say(f"● {name}")
            found = measure(city)
            figures += found
            for figure in found:
                _say(
                    f"  {figure.id}: {figure.value:.4g} {figure.unit} (asked {figure.asked}; {figure.baseline})"
                )
    if asked.scale == "1":
        report.write(figures)
    return 0


def _parts() -> dict[str, Callable[..., list]]:
    """In the order they build on each other: the snapshot first, since the others read it."""
    from benchmarks import cluster, decide, leads, load, payroll, registry, slider, sweep

    return {
        "registry": registry.measure, "sweep": sweep.measure, "leads": leads.measure, "decide": decide.measure,
        "slider": slider.measure, "cluster": cluster.measure, "payroll": payroll.measure,
        "bank": payroll.measure_return, "office": load.measure_office, "portal": load.measure_portal,
    }  # fmt: skip


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
