"""A measured figure, what it is compared with, and what was asked of it."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass, field

from benchmarks import machine


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`; `baseline` says what it stands beside, with that side's own figure, from the same run.

    least/most: what the project asks of the value; None: nothing.
    """

    id: str
    value: float
    unit: str
    baseline: str
    title: str
    least: float | None = None
    most: float | None = None
    note: str = ""
    command: str = "make bench"
    machine: str = field(default_factory=machine.description)
    date: str = field(default_factory=lambda: datetime.date.today().isoformat())

    @property
    def met(self) -> bool:
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    @property
    def asked(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return f"≤ {self.most:g}" if self.most is not None else "—"

    def record(self) -> dict[str, object]:
        """The entry of docs/benchmarks.json."""
        told = {name: value for name, value in asdict(self).items() if name not in ("least", "most")}
        return told | {"value": float(f"{self.value:.5g}"), "asked": self.asked, "met": self.met}
