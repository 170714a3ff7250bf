"""Rows of aid, findings, choices and receipts, and of what sources vouch for: one function a table, nothing is decided here."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from minzheng.demo.figures import BUSINESS_DATE, COUNTIES, STALE_DEPOSITS, STALE_SINCE, STALE_TRUSTED
from minzheng.demo.people import FIRST_PERSON, TODAY, days
from minzheng.demo.receipts import NOBODY, Programme, month_start
from minzheng.demo.world import (
    BUREAU,
    FUNERAL,
    JOBS,
    JUSTICE,
    POLICE,
    VILLAGE,
    VISIT,
    Columns,
    World,
    about,
    homes_of,
)

CITY_DIVISION = 1404
COVERAGE_KINDS = range(1, 31)
DEPOSITS = 16


def relief(world: World) -> Columns:
    homes, cause, grade, happened, relieved = world.story.relief
    waiting = world.story.open_relief
    everyone = np.concatenate([homes, waiting])
    none = np.zeros(len(waiting), np.int64)
    return {
        **homes_of(world, everyone),
        "cause": np.concatenate([cause, none + 1]),
        "people": world.city.size[everyone],
        "grade": np.concatenate([grade, none + 2]),
        "relieved_on": np.concatenate([relieved, none]),
        "since": np.concatenate([happened, none + TODAY - 6]),
        "until": np.concatenate([relieved + 1, none]),
        "source": VILLAGE,
    }


def finding(world: World) -> Columns:
    """Hardship found, vehicles judged harmless, incomes that rose by a job."""
    hidden, city = world.story.hidden, world.city
    job = city.of("phase_out")
    parts = (
        (world.story.open_relief, 5, TODAY - 5),
        (hidden.vehicle_judged, 2, TODAY - 90),
        (job, 6, world.lives.raise_since[city.start[job]]),
    )
    homes = np.concatenate([part[0] for part in parts])
    return {
        **homes_of(world, homes),
        "kind": np.concatenate([np.full(len(part[0]), part[1]) for part in parts]),
        "holds": True,
        "since": np.concatenate([np.broadcast_to(part[2], len(part[0])) for part in parts]),
        "source": VISIT,
    }


def choice(world: World) -> Columns:
    """Guardians of children without parents chose the children's programme."""
    ties = world.ties
    rows = np.flatnonzero((world.city.age <= 18) & (ties.father_state > 0) & (ties.mother_state > 0))
    return {
        **about(world, rows),
        "kind": 1,
        "value": 1,
        "since": np.maximum(ties.father_since, ties.mother_since)[rows] + 30,
        "source": BUREAU,
    }


def receipt(world: World) -> Columns:
    programme, homes, people, fen, since, until = world.story.receipts.columns()
    return {
        **homes_of(world, homes),
        "person_id": pa.array(people + FIRST_PERSON, mask=people == NOBODY),
        "programme": programme,
        "fen": fen,
        "since": since,
        "until": until,
        "source": BUREAU,
    }


def lifeevent(world: World) -> Columns:
    city, lives = world.city, world.lives
    parts = []
    for kind, day, source in (
        (1, np.where(city.age == 0, city.birth, 0), POLICE), (2, lives.died_on, FUNERAL),
        (6, lives.prison_since, JUSTICE), (9, lives.raise_since, JOBS),
    ):  # fmt: skip
        rows = np.flatnonzero(day)
        parts.append((rows, np.full(len(rows), kind), day[rows], np.full(len(rows), source)))
    people, kinds, on_day, sources = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {**about(world, people), "kind": kinds, "on_day": on_day, "source": sources}


def suppression(world: World) -> Columns:
    homes = world.story.declined
    return {
        **homes_of(world, homes), "kind": 1, "programme": int(Programme.DIBAO), "since": month_start(2023, 10),
        "until": month_start(2024, 10), "source": BUREAU,
    }  # fmt: skip


def coverage(_world: World) -> Columns:
    """Every source delivers for the whole city up to the business date; bank deposits only where they still come."""
    today = days(BUSINESS_DATE)
    counties = sorted({county.code for county in COUNTIES})
    rows = [(CITY_DIVISION, kind, today, today + 92) for kind in COVERAGE_KINDS if kind != DEPOSITS]
    for code in counties:
        stale = code in STALE_DEPOSITS
        to, trusted = (days(STALE_SINCE), days(STALE_TRUSTED)) if stale else (today, today + 92)
        rows.append((code, DEPOSITS, to, trusted))
    division, kind, complete, trusted_until = (np.array(column) for column in zip(*rows, strict=True))
    return {
        "division": division, "kind": kind, "since": month_start(2019, 1), "complete_to": complete,
        "trusted_until": trusted_until, "source": BUREAU,
    }  # fmt: skip


def gap(world: World) -> Columns:
    hidden = world.story.hidden
    return {
        **about(world, hidden.gap_person),
        "kind": hidden.gap_kind,
        "since": month_start(2022, 6),
        "source": BUREAU,
    }
