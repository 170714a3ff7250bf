"""Rows of what people live on, of health, ability and school: one function a table, nothing is decided here."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from minzheng.demo.kin import DEAD, NO_CONTACT, PRISON
from minzheng.demo.livelihood import ABLE, SENIOR_HIGH
from minzheng.demo.people import TODAY
from minzheng.demo.receipts import month_of, month_start
from minzheng.demo.shapes import Life
from minzheng.demo.world import (
    BUREAU,
    EDUCATION,
    ESTATE,
    FEDERATION,
    FINANCE,
    FUNERAL,
    HEALTH,
    INSURANCE,
    JOBS,
    JUSTICE,
    MARKET,
    TAX,
    TRAFFIC,
    VILLAGE,
    VISIT,
    Columns,
    World,
    about,
    homes_of,
)


def income(world: World) -> Columns:
    """Steady incomes since long ago, and the raises of this year."""
    lives = world.lives
    kind, rows = np.nonzero(lives.income)
    fen = lives.income[kind, rows]
    began = month_of(month_start(2018, 1) + world.chance(48).integers(0, 1_300, world.city.persons))
    since = began[rows]
    raised = np.flatnonzero(lives.raise_fen)
    died = lives.died_on[np.concatenate([rows, raised])]
    everyone = np.concatenate([rows, raised])
    kinds = np.concatenate([kind, np.ones(len(raised), np.int64)])
    return {
        **about(world, everyone),
        "kind": kinds,
        "fen": np.concatenate([fen, lives.raise_fen[raised]]),
        "since": np.concatenate([since, lives.raise_since[raised]]),
        "until": np.where(died > 0, month_of(died, 1), 0),
        "source": np.take(
            [0, TAX, TAX, FINANCE, INSURANCE, INSURANCE, INSURANCE, VILLAGE, VILLAGE, TAX, VILLAGE], kinds
        ),
    }


def asset(world: World) -> Columns:
    lives = world.lives
    parts = []
    for kind, held, source in (
        (1, lives.deposit, FINANCE), (2, lives.homes, ESTATE), (3, lives.car, TRAFFIC), (5, lives.business, MARKET),
    ):  # fmt: skip
        rows = np.flatnonzero(held)
        worth = held[rows] if kind == 1 else np.full(len(rows), -1)
        quantity = held[rows] if kind == 2 else np.ones(len(rows), np.int64)
        parts.append((rows, np.full(len(rows), kind), worth, quantity, np.full(len(rows), source)))
    people, kinds, fen, quantity, sources = (np.concatenate(part) for part in zip(*parts, strict=True))
    since = month_start(2017, 1) + world.chance(49).integers(0, 1_700, len(people))
    return {
        **about(world, people),
        "kind": kinds,
        "fen": fen,
        "quantity": quantity,
        "since": since,
        "source": sources,
    }


def employment(world: World) -> Columns:
    lives = world.lives
    rows = np.flatnonzero(lives.working & (lives.died_on == 0))
    began = month_start(2014, 1) + world.chance(50).integers(0, 2_900, len(rows))
    only_raise = (lives.raise_since[rows] > 0) & (lives.income[1, rows] == 0)
    return {
        **about(world, rows),
        "since": np.where(only_raise, lives.raise_since[rows], began),
        "source": JOBS,
    }


def expenditure(world: World) -> Columns:
    """Medical bills of the seriously ill and school bills of some families."""
    city, lives = world.city, world.lives
    chance = world.chance(51)
    ill = np.unique(city.home[lives.serious])
    pupils = np.unique(city.home[np.isin(city.life, (Life.STUDENT,))])
    homes = np.concatenate([ill, pupils])
    amount = np.concatenate(
        [chance.integers(10, 400, len(ill)) * 10_000, chance.integers(40, 90, len(pupils)) * 10_000]
    )
    kind = np.repeat([1, 2], [len(ill), len(pupils)])
    since = month_start(2023, 2) + chance.integers(0, 280, len(homes))
    return {
        **homes_of(world, homes),
        "kind": kind,
        "fen": amount,
        "since": since,
        "source": np.where(kind == 1, 6, EDUCATION),
    }


def certificate(world: World) -> Columns:
    lives = world.lives
    rows = np.flatnonzero(lives.level)
    parts = ("visual", "hearing", "speech", "limb", "intellectual", "mental")
    issued = TODAY - world.chance(52).integers(400, 3_000, len(rows))
    return {
        **about(world, rows),
        "level": lives.level[rows],
        **{part: lives.parts[place, rows] for place, part in enumerate(parts)},
        "expires_on": lives.expires[rows],
        "since": np.maximum(issued, world.city.birth[rows] + 200),
        "source": FEDERATION,
    }


def status(world: World) -> Columns:
    city, lives, ties = world.city, world.lives, world.ties
    since = TODAY - world.chance(53).integers(240, 1_500, city.persons)
    orphaned = np.maximum(ties.father_since, ties.mother_since)
    spells = (
        (1, lives.care_since > 0, lives.care_since, FEDERATION),
        (2, lives.dependent, since, HEALTH),
        (3, lives.serious, since, HEALTH),
        (4, lives.ill, since, HEALTH),
        (8, lives.expecting, np.full(city.persons, TODAY - 120), HEALTH),
        (12, ties.in_institution, orphaned, BUREAU),
        (14, ties.recognised_orphan, orphaned, BUREAU),
        (15, ties.father_away, np.full(city.persons, month_start(2022, 2)), VILLAGE),
        (16, ties.mother_away, np.full(city.persons, month_start(2022, 2)), VILLAGE),
    )
    parts = []
    unstated = np.isin(np.arange(city.persons), world.story.hidden.labour_unstated)
    for kind, who, began, source in spells:
        rows = np.flatnonzero(who & ~unstated if kind == 4 else who)
        parts.append((rows, np.full(len(rows), kind), began[rows], np.full(len(rows), source)))
    people, kinds, starts, sources = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        **about(world, people),
        "kind": kinds,
        "since": np.maximum(starts, city.birth[people]),
        "source": sources,
    }


def capacity(world: World) -> Columns:
    city, lives = world.city, world.lives
    away = (city.life == Life.AWAY) | ((city.life == Life.EARNER) & (city.relation == 3))
    unable = np.isin(city.life, (Life.STUDENT, Life.DISABLED)) & (city.relation == 3)
    stated = (lives.labour > 0) | away | unable
    stated[world.story.hidden.labour_unstated] = False
    rows = np.flatnonzero(stated)
    known = away[rows] | unable[rows]
    return {
        **about(world, rows),
        "labour": np.where(away[rows], ABLE, lives.labour[rows]),
        "independent": pa.array(away[rows], mask=~known),
        "since": month_start(2022, 1),
        "source": VISIT,
    }


def selfcare(world: World) -> Columns:
    assessed = world.lives.selfcare >= 0
    assessed[world.story.hidden.selfcare_missing] = False
    rows = np.flatnonzero(assessed)
    return {
        **about(world, rows),
        "fails": world.lives.selfcare[rows],
        "since": world.lives.selfcare_on[rows],
        "source": VISIT,
    }


def enrolment(world: World) -> Columns:
    """The stage of now, and before it the senior high school of orphans who study."""
    city, lives = world.city, world.lives
    rows = np.flatnonzero(lives.stage)
    first_age = np.take([0, 3, 6, 15, 15, 18, 18, 22, 24], lives.stage[rows])
    years = np.minimum(np.maximum(city.age[rows] - first_age, 0), 8)
    since = (np.datetime64("2023-09", "M") - 12 * years).astype("datetime64[D]").astype(np.int64)
    before = np.flatnonzero(
        world.ties.recognised_orphan[rows] & (city.age[rows] >= 18) & (lives.stage[rows] > SENIOR_HIGH)
    )
    earlier = rows[before]
    everyone = np.concatenate([rows, earlier])
    return {
        **about(world, everyone),
        "stage": np.concatenate([lives.stage[rows], np.full(len(earlier), SENIOR_HIGH)]),
        "full_time": True,
        "since": np.concatenate([since, since[before] - 3 * 365]),
        "until": np.concatenate([np.zeros(len(rows), np.int64), since[before]]),
        "source": EDUCATION,
    }


def restriction(world: World) -> Columns:
    rows = np.flatnonzero(world.lives.prison_since)
    return {
        **about(world, rows),
        "kind": 1,
        "term_months": 24,
        "since": world.lives.prison_since[rows],
        "source": JUSTICE,
    }


def parentstate(world: World) -> Columns:
    parts = []
    for parent, state, since in (
        (1, world.ties.father_state, world.ties.father_since),
        (2, world.ties.mother_state, world.ties.mother_since),
    ):
        rows = np.flatnonzero(state)
        parts.append((rows, np.full(len(rows), parent), state[rows], since[rows]))
    people, parents, states, began = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {
        **about(world, people),
        "parent": parents,
        "state": states,
        "term_months": np.where(states == PRISON, 120, -1),
        "reported_on": np.where(states == NO_CONTACT, began + 20, 0),
        "since": began,
        "source": np.where(states == DEAD, FUNERAL, np.where(states == PRISON, JUSTICE, VILLAGE)),
    }
