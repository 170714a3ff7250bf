"""All findings, and the refusal to start on those that say stop."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings as of_django

from minzheng.base.safety import data, machine, settings
from minzheng.base.safety.finding import Finding, Weight
from minzheng.values.errors import Refusal


def findings(*, thorough: bool = True) -> Iterator[Finding]:
    """Everything that speaks against serving people from this installation."""
    yield from settings.look()
    yield from machine.look()
    yield from data.look(thorough=thorough)


def refuse_unsafe_start(*, thorough: bool = False) -> None:
    """Raise `Refusal` when this is production and anything says stop. A demonstration starts."""
    if of_django.DEMO:
        return
    stops = [finding for finding in findings(thorough=thorough) if finding.weight is Weight.STOP]
    if stops:
        first = stops[0]
        raise Refusal(
            first.code,
            f"正式环境不能启动，须先解决 {len(stops)} 项：{'；'.join(one.message for one in stops)}",
            next_step=f"{first.next_step}全部说明见 minzheng check --production。",
        )
