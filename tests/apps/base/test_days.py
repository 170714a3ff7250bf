"""The business date goes forward day by day, with everything each day brings, and never back."""

from __future__ import annotations

import threading
from datetime import date

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base import days
from minzheng.base.actions import set_business_date
from minzheng.base.models import AuditEntry, BusinessDate, DayMove, DayRun
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, MoveState, Role
from minzheng.cli._days import only_one, run_days
from minzheng.values.errors import Refusal

START = date(2023, 12, 31)
CLERK = Actor("staff:5", "数据", ("1404",), frozenset({Role.DATA_ADMIN}))
PLATFORM = system_actor("cli")


@pytest.fixture
def city_on_new_years_eve(committed):
    with scope(PLATFORM):
        set_business_date(actor=PLATFORM, day=START, reason="演示")


def ask(until: date) -> DayMove:
    with scope(PLATFORM):
        return days.ask_days(actor=PLATFORM, until=until, reason="演示下月")


def work(stop=None, **jobs) -> list[date]:
    finished: list[date] = []
    run_days(stop or threading.Event(), lambda: iter(jobs.items()), finished.append)
    return finished


def state() -> MoveState:
    return MoveState(DayMove.objects.get().state)


@pytest.mark.usefixtures("city_on_new_years_eve")
def test_every_day_between_is_worked_on_in_order_and_says_what_it_did():
    ask(date(2024, 1, 3))
    called = []

    def cases(on):
        assert business_date() == on
        called.append(("cases", on.day))

    def awards(on):
        called.append(("awards", on.day))
        return on.day

    assert work(cases=cases, awards=awards) == [date(2024, 1, day) for day in (1, 2, 3)]
    assert called == [(job, day) for day in (1, 2, 3) for job in ("cases", "awards")]
    assert business_date() == date(2024, 1, 3)
    assert state() == MoveState.DONE
    second = DayRun.objects.get(on=date(2024, 1, 2))
    assert second.report == [
        {"job": "cases", "said": "", "ok": True},
        {"job": "awards", "said": "待遇变动或终止 2 项", "ok": True},
    ]
    with scope(PLATFORM):
        said = (
            AuditEntry.objects.filter(verb="set_business_date")
            .order_by("at")
            .values_list("subject", flat=True)
        )
        assert list(said) == ["2023-12-31", "2024-01-01", "2024-01-02", "2024-01-03"]
    assert work(cases=cases) == []


@pytest.mark.usefixtures("city_on_new_years_eve")
def test_a_worker_told_to_stop_leaves_the_day_where_the_next_goes_on():
    ask(date(2024, 1, 2))
    stop, called = threading.Event(), []

    def cases(on):
        called.append(("cases", on.day))
        stop.set()

    jobs = {"cases": cases, "awards": lambda on: called.append(("awards", on.day))}
    assert work(stop, **jobs) == []
    assert business_date() == date(2024, 1, 1)
    jobs["cases"] = lambda on: called.append(("cases", on.day))
    assert work(**jobs) == [date(2024, 1, 1), date(2024, 1, 2)]
    assert called == [("cases", 1), ("awards", 1), ("cases", 2), ("awards", 2)]


@pytest.mark.usefixtures("city_on_new_years_eve")
def test_a_person_stops_it_and_lets_it_go_on():
    move = ask(date(2024, 1, 2))

    def stopping(on):
        with scope(PLATFORM):
            days.stop_days(actor=PLATFORM, move=move.pk)

    assert work(cases=stopping, awards=lambda on: None) == []
    assert state() == MoveState.STOPPED
    assert work(cases=lambda on: None) == []
    with scope(PLATFORM):
        days.resume_days(actor=PLATFORM, move=move.pk)
        found = days.progress(PLATFORM)
        assert found is not None
        assert (found.done, found.total) == (0, 2)
    assert len(work(cases=lambda on: None, awards=lambda on: None)) == 2
    with scope(PLATFORM), pytest.raises(Refusal, match="已经完成"):
        days.stop_days(actor=PLATFORM, move=move.pk)


@pytest.mark.usefixtures("city_on_new_years_eve")
def test_a_day_whose_job_fails_is_not_passed_over_and_tells_no_persons_number():
    move = ask(date(2024, 1, 1))

    def refuses(on):
        raise Refusal("calendar.missing", "缺少 2024 年的工作日历。")

    def breaks(on):
        raise ZeroDivisionError("140499198001020017")

    assert work(cases=refuses) == []
    assert state() == MoveState.HELD
    assert "缺少 2024 年的工作日历" in DayMove.objects.get().trouble
    with scope(PLATFORM):
        days.resume_days(actor=PLATFORM, move=move.pk)
    assert work(cases=breaks) == []
    assert DayMove.objects.get().trouble == "2024-01-01 “办件”未完成：程序错误 ZeroDivisionError"
    with scope(PLATFORM):
        days.resume_days(actor=PLATFORM, move=move.pk)
    assert work(cases=lambda on: None) == [date(2024, 1, 1)]


@pytest.mark.usefixtures("city_on_new_years_eve")
def test_two_workers_do_not_run_a_day_twice():
    ask(date(2024, 1, 1))
    with only_one("days") as mine:
        assert mine
        assert work(cases=lambda on: None) == []
    assert business_date() == START


@pytest.mark.usefixtures("city_on_new_years_eve")
def test_a_day_waits_for_a_job_another_worker_is_at():
    ask(date(2024, 1, 1))
    called = []
    with only_one("jobs.cases"):
        runner = threading.Thread(target=_in_own_connection, args=(lambda on: called.append(on),))
        runner.start()
        runner.join(0.7)
        assert called == []
    runner.join(20)
    assert called == [date(2024, 1, 1)]


def _in_own_connection(job) -> None:
    try:
        work(cases=job)
    finally:
        connection.close()


@pytest.mark.usefixtures("city_on_new_years_eve")
def test_what_cannot_be_asked_is_refused_in_words(settings):
    with scope(PLATFORM):
        for until, says in (
            (START, "只能向后"),
            (date(2023, 12, 1), "只能向后"),
            (date(2203, 12, 1), "核对年份"),
        ):
            with pytest.raises(Refusal, match=says):
                days.ask_days(actor=PLATFORM, until=until, reason="x")
        with pytest.raises(Refusal, match="事由"):
            days.ask_days(actor=PLATFORM, until=date(2024, 1, 1), reason=" ")
        with pytest.raises(Refusal, match="不能后退"):
            set_business_date(actor=PLATFORM, day=date(2023, 12, 30), reason="x")
        settings.DEMO = False
        for refused in (
            lambda: days.ask_days(actor=PLATFORM, until=date(2024, 1, 1), reason="x"),
            lambda: set_business_date(actor=PLATFORM, day=date(2024, 1, 1), reason="x"),
        ):
            with pytest.raises(Refusal, match="正式环境"):
                refused()
        settings.DEMO = True
        days.ask_days(actor=PLATFORM, until=date(2024, 1, 1), reason="x")
        with pytest.raises(Refusal, match="没有完成"):
            days.ask_days(actor=PLATFORM, until=date(2024, 1, 2), reason="x")
    with scope(CLERK), pytest.raises(Refusal, match="设定业务日期"):
        days.ask_days(actor=Actor("staff:5", "甲", ("1404",)), until=date(2024, 1, 1), reason="x")


@pytest.mark.usefixtures("city_on_new_years_eve")
@pytest.mark.parametrize(
    "attack",
    [
        "update base_businessdate set day = '2023-12-30'",
        "delete from base_businessdate",
        "update base_daymove set until = '2030-01-01'",
        "delete from base_daymove",
        "insert into base_daymove (since, until, reason, state, trouble) values ('2023-12-31', '2024-05-01', 'x', 'running', '')",
        "insert into base_dayrun (move_id, \"on\", report) select id, '2024-01-09', '[]' from base_daymove",
        "update base_dayrun set report = '[]'",
        "delete from base_dayrun",
    ],
)  # fmt: skip
def test_the_database_refuses_by_itself(attack):
    ask(date(2024, 1, 1))
    work(cases=lambda on: None)
    DayMove.objects.get()
    ask(date(2024, 3, 1))
    with (
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        scope(PLATFORM),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)
    assert isinstance(
        refused.value.__cause__, psycopg.errors.InsufficientPrivilege | psycopg.errors.UniqueViolation
    )
    assert BusinessDate.objects.get().day == date(2024, 1, 1)
