"""Several at once: whoever is first, exactly one stands; a term of a version that another transaction made is refused."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.awards.actions import stop_award
from minzheng.awards.models import Award
from minzheng.awards.types import Ground
from minzheng.base.scope import scope, system_actor
from minzheng.values.errors import Refusal
from minzheng.values.month import Month
from tests.apps.awards.conftest import WIDOW
from tests.apps.awards.test_families import TRY


def test_of_many_at_once_one_stands(committed):
    """Eight sessions race for one person's basic status, ten rounds: exactly one award each round."""
    from tests.apps.awards.conftest import load_stories

    load_stories()
    programmes = ("dibao", "single", "tekun", "edge") * 2
    with scope(system_actor("test")), connection.cursor() as cursor:
        cursor.execute(
            "select person_id from registry_membership where household_id = %s and superseded_at is null",
            [WIDOW],
        )
        (widow,) = cursor.fetchone()
    for round_ in range(10):
        won = _race(programmes, widow, Month(2024, 1).plus(round_))
        assert sum(won) == 1, won


def _race(programmes: tuple[str, ...], person: int, month: Month) -> list[bool]:
    gate = threading.Barrier(len(programmes))
    won: list[bool] = []

    def one(at: int, programme: str) -> None:
        try:
            with scope(system_actor("test")), connection.cursor() as cursor:
                cursor.execute(TRY)
                gate.wait(30)
                who = None if programme in ("dibao", "edge") else person
                values = [
                    f"r-{month}-{at}", programme, WIDOW, who, [person], month.first_day, month.plus(1).first_day,
                ]  # fmt: skip
                cursor.execute("select pg_temp.try_award(%s, %s, %s, %s, %s, %s, %s)", values)
                won.append(cursor.fetchone()[0])
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(programmes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(won) == len(programmes)
    return won


def test_a_version_of_another_transaction_is_in_nobodys_hand(committed):
    from tests.apps.awards.conftest import load_stories

    load_stories()
    award = _stands()
    with (
        scope(system_actor("test")),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="next version"),
        transaction.atomic(),
    ):
        cursor.execute(
            "insert into awards_term (award_id, household_id, division, version, since, runs, fen, exact, cause)"
            " select id, household_id, division, version, since, true, 999999, '999999', 'taken_over'"
            " from awards_award where id = %s",
            [award.pk],
        )


def test_of_two_who_stop_an_award_they_both_saw_one_is_told(committed):
    """Both read version 1; the second is refused and nothing is written twice."""
    from tests.apps.awards.conftest import load_stories

    load_stories()
    award = _stands()
    gate, said = threading.Barrier(2), []

    def stop(last: Month) -> None:
        try:
            with scope(system_actor("test")) as actor:
                gate.wait(30)
                stop_award(
                    actor=actor, award=award.public_id, last=last, ground=Ground.VOLUNTARY, reason="本人退出",
                    version=1,
                )  # fmt: skip
            said.append("stopped")
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=stop, args=(Month(2024, number),)) for number in (3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(said) == ["award.changed", "stopped"]
    with scope(system_actor("test")):
        assert Award.objects.get(pk=award.pk).version == 2
        assert award.terms.count() == 2


def test_two_runs_of_a_day_at_once_do_it_once(committed):
    """Two workers start the same day: the orphan's award ends once, the day is reported once."""
    from datetime import date

    from minzheng.awards.jobs import run_day
    from minzheng.awards.models import Run, Task
    from minzheng.awards.taking_over import take_over
    from tests.apps.awards.conftest import TODAY, load_stories

    load_stories()
    with scope(system_actor("test")) as actor:
        for county in ("140403", "140425", "140427"):
            take_over(actor=actor, county=county, month=Month(2023, 12), on=TODAY)
        orphan = Award.objects.get(programme="orphan", person_id=15)
    gate, said = threading.Barrier(2), []

    def run() -> None:
        try:
            gate.wait(30)
            said.append(run_day(date(2032, 9, 1)))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(said) == 2
    with scope(system_actor("test")):
        ended = Award.objects.get(pk=orphan.pk)
        assert (ended.version, str(ended.ends)) == (2, "2032-10-01")
        assert Task.objects.filter(award=ended).count() == 1
        run_of = Run.objects.get(on=date(2032, 9, 1))
        assert run_of.finished_at is not None
        assert run_of.report["ends"]["done"] == 1


def test_a_day_whose_session_is_killed_goes_on_and_does_nothing_twice(committed, monkeypatch):
    """The database ends the session in the middle of the second batch: the first stays, the second is done again."""
    from datetime import date

    from minzheng.awards import jobs
    from minzheng.awards.models import Run
    from minzheng.awards.taking_over import take_over
    from tests.apps.awards.conftest import TODAY, load_stories

    load_stories()
    with scope(system_actor("test")) as actor:
        take_over(actor=actor, county="140403", month=Month(2023, 12), on=TODAY)
        numbers = list(Award.objects.filter(ends=None).order_by("id").values_list("pk", flat=True)[:3])
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    monkeypatch.setattr(
        jobs,
        "_NEAR_AN_END",
        "select id from awards_award where id > %(after)s and ends is null order by id limit 1",
    )
    done: list[int] = []

    def ends(actor, award, **how):
        if len(done) == 1:
            done.append(0)
            with connection.cursor() as cursor:
                cursor.execute("select pg_terminate_backend(pg_backend_pid())")
        done.append(award.pk)
        stop_award(
            actor=actor, award=award.public_id, last=Month(2032, 9), ground=Ground.VOLUNTARY, reason="试验",
            on=how["on"],
        )  # fmt: skip
        return True

    monkeypatch.setattr(jobs, "end_by_itself", ends)
    day = date(2032, 9, 1)
    with pytest.raises(DatabaseError):
        jobs.run_day(day)
    connection.close()
    jobs.run_day(day)
    with scope(system_actor("test")):
        report = Run.objects.get(on=day).report["ends"]
        ended = Award.objects.filter(ground=Ground.VOLUNTARY)
        assert report == {"ended": ended.count(), "done": 1}
        assert {award.version for award in ended} == {2}
    assert done[:3] == [numbers[0], 0, numbers[1]]
    # The batch that was cut off was not kept: nothing was done twice.
    assert len(done) - 1 == report["ended"]


def _stands() -> Award:
    """A committed award of the widow's household, taken over, with a term."""
    from minzheng.awards.taking_over import take_over
    from minzheng.registry import codes
    from minzheng.registry.actions import record_fact
    from tests.apps.awards.conftest import TODAY

    with scope(system_actor("test")) as actor:
        record_fact(
            actor=actor, table="receipt", holder=WIDOW, source=codes.Source.FILE,
            values={"programme": codes.Programme.DIBAO, "fen": 100, "since": Month(2023, 12).first_day},
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("select village::text from registry_household where id = %s", [WIDOW])
            (village,) = cursor.fetchone()
        take_over(actor=actor, county=village[:6], month=Month(2023, 12), on=TODAY, household=WIDOW)
        return Award.objects.get(household_id=WIDOW, programme="dibao")


def test_what_passing_time_ends_waits_for_an_officer_and_is_decided_of_what_they_left(committed, monkeypatch):
    """An officer is stopping the orphan's award when the day comes to it: the job sees it stopped and ends nothing."""
    from datetime import date

    from minzheng.awards import jobs
    from minzheng.awards.taking_over import take_over
    from tests.apps.awards.conftest import TODAY, load_stories

    load_stories()
    with scope(system_actor("test")) as actor:
        for county in ("140403", "140425", "140427"):
            take_over(actor=actor, county=county, month=Month(2023, 12), on=TODAY)
        orphan = Award.objects.get(programme="orphan", person_id=15)
    stopping, seen = threading.Event(), []

    def officer() -> None:
        try:
            with scope(system_actor("test")) as actor, transaction.atomic():
                stop_award(
                    actor=actor, award=orphan.public_id, last=Month(2032, 3), ground=Ground.VOLUNTARY, reason="本人退出",
                )  # fmt: skip
                stopping.set()
                threading.Event().wait(1)
        finally:
            connection.close()

    whole = jobs.end_by_itself

    def ends(actor, award, **how):
        if award.pk == orphan.pk:
            seen.append(award.version)
        return whole(actor, award, **how)

    monkeypatch.setattr(jobs, "end_by_itself", ends)
    thread = threading.Thread(target=officer)
    thread.start()
    assert stopping.wait(30)
    jobs.run_day(date(2032, 9, 1))
    thread.join(30)
    assert seen in ([], [2]), "never of the award as it was before"
    with scope(system_actor("test")):
        ended = Award.objects.get(pk=orphan.pk)
    assert (ended.version, str(ended.ends), ended.ground) == (2, "2032-04-01", Ground.VOLUNTARY)
