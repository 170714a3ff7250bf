"""What only real transactions show: two at once, a killed job, an event of yesterday."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base.scope import scope, system_actor
from minzheng.cases.models import Application, Case, Event
from minzheng.values.errors import Refusal
from tests.apps.assessment.conftest import fresh
from tests.apps.cases.conftest import DAY, Walk, _household_with

__all__ = ["fresh"]


@pytest.fixture
def real_walk(fresh, made_up):
    """A walk whose every step commits."""
    from minzheng.base.models import RegionInCharge, Staff
    from minzheng.base.queries import actor_of

    def staff_of(*roles, at):
        with scope(system_actor("test")):
            account = Staff.objects.create(
                username=uuid.uuid4().hex[:12], name="测试人员", roles=[str(role) for role in roles]
            )
            RegionInCharge.objects.create(staff=account, division=at, since=date(2020, 1, 1))
        return actor_of(account)

    with scope(system_actor("test")) as platform:
        household = _household_with(platform, "YES")
    return Walk(staff_of, household)


def at_once(*works):
    """Each work in a thread of its own; what they returned or raised, in order."""
    results = [None] * len(works)
    ready = threading.Barrier(len(works))

    def run(n, work):
        try:
            ready.wait()
            results[n] = work()
        except (Refusal, DatabaseError) as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_an_event_of_another_transaction_covers_no_change(real_walk):
    walk = real_walk
    case = walk.step(walk.officer, walk.submit(), "accept")
    with (
        scope(walk.officer),
        pytest.raises(DatabaseError, match="stands in its ledger"),
        transaction.atomic(),
    ):
        Case.objects.filter(pk=case.pk).update(due_on=date(2030, 1, 1))


def test_of_two_officers_at_once_one_takes_the_step(real_walk):
    walk = real_walk
    case = walk.submit()
    results = at_once(
        lambda: walk.step(walk.officer, case, "accept"), lambda: walk.step(walk.other, case, "accept")
    )
    assert sorted(type(one).__name__ for one in results) == ["Case", "Refusal"]
    with scope(walk.officer):
        assert Event.objects.filter(case=case, action="accept").count() == 1


def test_a_double_click_at_the_same_moment_is_one_step(real_walk):
    walk = real_walk
    case, key = walk.submit(), uuid.uuid4()
    click = lambda: walk.step(walk.officer, case, "accept", client_key=key)  # noqa: E731
    results = at_once(click, click, click)
    assert [one.version for one in results] == [2, 2, 2]


def test_an_application_sent_three_times_at_once_is_one(real_walk):
    walk = real_walk
    key = uuid.uuid4()
    send = lambda: walk.submit(client_key=key)  # noqa: E731
    results = at_once(send, send, send)
    assert {one.pk for one in results} == {results[0].pk}
    with scope(walk.officer):
        assert Application.objects.count() == 1


def test_numbers_stay_without_gaps_when_some_fail(real_walk):
    walk = real_walk
    results = at_once(*(lambda: walk.submit() for _ in range(3)))
    won = [one for one in results if isinstance(one, Case)]
    assert len(won) == 1
    assert all(isinstance(one, Refusal) for one in results if one is not won[0])
    with scope(walk.officer):
        numbers = sorted(Case.objects.values_list("number", flat=True))
        applications = sorted(Application.objects.values_list("number", flat=True))
    assert numbers == [f"ZZ-{walk.row.township // 1000}-2023-{n + 1:06d}" for n in range(len(numbers))]
    assert applications == [f"SQ-{walk.row.township // 1000}-2023-000001"]


def test_a_job_killed_in_the_middle_goes_on_where_it_stopped(real_walk, monkeypatch):
    from minzheng.cases import jobs

    walk = real_walk
    rows = [walk.submit(), walk.submit(programme="edge")]
    for row in rows:
        row = walk.step(walk.officer, row, "accept")
        row = walk.step(walk.officer, row, "give_opinion", fields={"opinion": "agree"})
        walk.step(walk.officer, row, "publicise")
    done = jobs.move
    calls = []

    def killed(**how):
        calls.append(how)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done(**how)

    monkeypatch.setattr(jobs, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_day(date(2023, 12, 9))
    monkeypatch.setattr(jobs, "move", done)
    assert len(jobs.run_day(date(2023, 12, 9)).ended) == 1
    assert jobs.run_day(date(2023, 12, 9)).ended == []
    with scope(walk.officer):
        assert Event.objects.filter(action="end_publicity").count() == 2
        assert all(one.on == date(2023, 12, 9) for one in Event.objects.filter(action="end_publicity"))
    assert date(2023, 12, 9) > DAY


def test_what_was_shown_is_kept_whatever_is_recorded_in_the_same_moment(real_walk, monkeypatch):
    """A wage is committed by somebody else after the decision was checked and before it is written."""
    from minzheng.cases import deciding, queries
    from minzheng.registry import codes
    from minzheng.registry.actions import record_fact

    walk, day = real_walk, date(2023, 12, 12)
    case = walk.reported()
    with scope(walk.approver):
        shown = queries.assessed(walk.approver, case, day)
    checked = deciding._as_the_rules_say

    def wage() -> None:
        try:
            with scope(system_actor("test")) as actor:
                record_fact(
                    actor=actor, table="income", holder=walk.head, source=codes.Source.VISIT,
                    values={"kind": codes.Income.WAGES, "fen": 900_000, "since": date(2022, 12, 1)},
                )  # fmt: skip
        finally:
            connection.close()

    def meanwhile(*given):
        checked(*given)
        thread = threading.Thread(target=wage)
        thread.start()
        thread.join()

    monkeypatch.setattr(deciding, "_as_the_rules_say", meanwhile)
    case = walk.decide(case, shown_digest=shown.digest)
    with scope(system_actor("test")) as actor:
        now = deciding.assess(actor, case, day)
        kept = next(
            one for one in json.loads(case.decision.content)["outcomes"] if one["programme"] == "dibao"
        )
    assert now.outcome.status != shown.outcome.status, "the wage is there"
    assert (kept["status"], kept["payable"]) == ("yes", shown.fen)
    assert case.decision.known_at <= case.decision.decided_at
