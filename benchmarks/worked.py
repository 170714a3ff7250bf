"""A city that people have worked in for a while: leads of a sweep, the day's jobs done, cases under way, payrolls listed.

`fill` does it once a home, by the platform's own commands and actions; nothing is written around them.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import random
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.city import City

MOST_CASES = 10_000
"""Open cases of a city of three million: some thousands of applications a month, each some weeks under way."""
_DAYS = 25
"""Over so many days before the business date the applications came in."""
_COMMIT_EVERY = 50


def fill(city: City) -> None:
    """Unless it was done before. The month is swept with the rulebook of now, so that `run` begins no sweep of its own."""
    city.command("migrate")
    city.command("sweep", "--if-needed")
    mark = city.home / "worked.json"
    if mark.exists():
        return
    command = [sys.executable, "-m", "benchmarks.worked", "--home", str(city.home)]
    subprocess.run(command, env=city.environment, check=True)
    city.command("payroll", "build")
    city.command("worker", "--once")
    mark.write_text(json.dumps({"cases": MOST_CASES}), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worked", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    asked = parser.parse_args()
    os.environ["MINZHENG_HOME"] = str(asked.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.web.settings")
    import django

    from minzheng.database import serving

    with serving():
        django.setup()
        opened = open_cases()
    sys.stdout.write(f"{opened} cases opened\n")
    return 0


# -- cases -------------------------------------------------------------------------------------------------------------


def open_cases(most: int = MOST_CASES) -> int:
    """A case for each of the first leads, spread over the city and the last weeks; most of them accepted, some sent back."""
    from minzheng.base.queries import business_date
    from minzheng.base.scope import scope

    officer = _officer()
    with scope(officer):
        on = business_date()
        found = list(_leads(most))
    opened = 0
    for some in _batches(found):
        with scope(officer):
            for number, lead in some:
                opened += _open(officer, lead, on - timedelta(days=number % _DAYS), number)
    return opened


def _batches(found: list[Any]) -> Iterator[list[tuple[int, Any]]]:
    numbered = list(enumerate(found))
    for start in range(0, len(numbered), _COMMIT_EVERY):
        yield numbered[start : start + _COMMIT_EVERY]


def _officer() -> Any:
    """An officer of a township, for once in charge of the whole city."""
    from django.conf import settings

    from minzheng.base.models import Staff
    from minzheng.base.queries import actor_of

    return dataclasses.replace(actor_of(Staff.objects.get(username="xiang")), regions=(settings.CITY,))


def _leads(most: int) -> Iterator[Any]:
    """Every so many-th lead that has a line, so that all places have some."""
    from minzheng.assessment.models import Lead
    from minzheng.assessment.types import LEADS
    from minzheng.cases.lines import line_for

    every = list(Lead.objects.filter(kind__in=LEADS, state="open").order_by("id"))
    yield from [one for one in every if line_for(one.programme)][:: max(1, len(every) // most)][:most]


def _open(officer: Any, lead: Any, on: date, number: int) -> int:
    """Open, and take the first step: of ten cases six are accepted, one is sent back for papers, three wait."""
    from minzheng.cases import actions
    from minzheng.cases.lines import line_for
    from minzheng.cases.types import Channel
    from minzheng.registry.queries import members_of
    from minzheng.values.errors import Refusal

    members = members_of(officer, lead.household_id, on=on)
    if not members:
        return 0
    line = line_for(lead.programme)
    assert line is not None
    try:
        row = actions.open_case(
            actor=officer, line=line.name, programme=lead.programme, household=lead.household_id,
            applicant=members[0].person_id, person=lead.person_id, channel=Channel.LEAD, lead=lead.public_id, on=on,
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "case.another_open":
            raise
        return 0
    step = "accept" if number % 10 < 6 else "list_missing" if number % 10 == 6 else ""
    if step and line.step(step, row.state, row.mode) is not None:
        _step(officer, row, step, on)
    return 1


def _step(officer: Any, row: Any, step: str, on: date) -> None:
    from minzheng.cases import actions

    fields = {"items": "户口簿"} if step == "list_missing" else {}
    actions.take_step(
        actor=officer, case=row.public_id, action=step, version=row.version, fields=fields,
        reason="材料不齐" if fields else "", on=on, client_key=uuid.uuid4(),
    )  # fmt: skip


# -- residents ---------------------------------------------------------------------------------------------------------


def residents(most: int) -> list[tuple[str, str]]:
    """Names and numbers of first members of families that receive or applied for something, one as often as the other."""
    from minzheng.awards.models import Award
    from minzheng.base.queries import business_date
    from minzheng.base.scope import scope
    from minzheng.cases.models import Case
    from minzheng.database import serving

    with serving(), scope(_officer()) as actor:
        on = business_date()
        receiving = _some(Award.objects.values_list("household_id", flat=True), most)
        applying = _some(Case.objects.exclude(household_id=None).values_list("household_id", flat=True), most)
        mixed = list(dict.fromkeys(itertools.chain.from_iterable(zip(receiving, applying, strict=False))))
        known = (_head(actor, household, on) for household in mixed)
        return list(itertools.islice((one for one in known if one is not None), most))


def _some(ids: Any, most: int) -> list[int]:
    every = sorted(set(ids))
    return random.Random(1).sample(every, min(2 * most, len(every)))


def _head(actor: Any, household: int, on: date) -> tuple[str, str] | None:
    """The first member that lives and has a number."""
    from minzheng.base.actions import reveal
    from minzheng.registry import queries as registry
    from minzheng.registry.models import Person

    members = registry.members_of(actor, household, on=on)
    if not members or members[0].person is None or members[0].person.died_on is not None:
        return None
    row = Person.objects.get(pk=members[0].person_id)
    return None if row.number is None else (row.name, reveal(actor, row.number, purpose="性能测量"))


if __name__ == "__main__":
    sys.exit(main())
