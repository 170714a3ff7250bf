"""The planted truth in a schema of its own, `demo_truth`: written by the owner, closed to the application's role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from minzheng.demo import stories
from minzheng.demo.people import FIRST_HOUSEHOLD, FIRST_PERSON
from minzheng.demo.world import TWIN, World

_TABLES = """
create schema demo_truth;
revoke all on schema demo_truth from public;
create table demo_truth.city (
    only_row boolean primary key default true check (only_row),
    scale double precision not null, seed bigint not null, generator int not null,
    persons bigint not null, households bigint not null, seconds double precision not null,
    rows jsonb not null, built_at timestamptz not null default now()
);
create table demo_truth.planted (
    programme smallint not null, household_id bigint not null, person_id bigint,
    verdict text not null check (verdict in ('missed', 'ended', 'amount', 'neutral')),
    settled boolean not null, reason text not null
);
comment on column demo_truth.planted.settled is 'whether what the platform may know settles the question';
create table demo_truth.mistake (kind text not null, person_id bigint not null, of_person bigint);
"""


def write(connection: Any, world: World) -> None:
    """Make the schema and fill it, inside the caller's transaction."""
    connection.execute(_TABLES)
    with connection.cursor() as cursor:
        with cursor.copy(
            "copy demo_truth.planted (programme, household_id, person_id, verdict, settled, reason) from stdin"
        ) as copy:
            for row in planted_rows(world):
                copy.write_row(row)
        with cursor.copy("copy demo_truth.mistake (kind, person_id, of_person) from stdin") as copy:
            for mistake in mistakes(world):
                copy.write_row(mistake)


def planted_rows(world: World) -> Iterator[tuple[int, int, int | None, str, bool, str]]:
    """(programme, household id, person id, verdict, settled, reason), the fixed households first."""
    for story in stories.STORIES:
        for programme, who, verdict in story.truth:
            yield int(programme), story.id, who, verdict, story.settled, story.title
    planted = world.story.planted
    rows = zip(
        planted.programme, planted.household, planted.person, planted.verdict, planted.settled, planted.reason,
        strict=True,
    )  # fmt: skip
    for programme, home, person, verdict, settled, reason in rows:
        who = None if person < 0 else person + FIRST_PERSON
        yield programme, home + FIRST_HOUSEHOLD, who, verdict, settled, reason


def mistakes(world: World) -> Iterator[tuple[str, int, int | None]]:
    """People whose birth date contradicts their number, and people written twice (the copy, the original)."""
    for person in world.story.hidden.wrong_birth.tolist():
        yield "wrong_birth_date", person + FIRST_PERSON, None
    extra = world.extra
    for place in np.flatnonzero(extra.kind == TWIN).tolist():
        copy = world.city.persons + place
        yield "written_twice", copy + FIRST_PERSON, int(extra.twin[place]) + FIRST_PERSON
