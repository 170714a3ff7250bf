"""The worker: each piece of work by one worker at a time, none held up by another's trouble, safe to kill."""

from __future__ import annotations

import json
import threading
from datetime import date

import pytest

from minzheng.cli import worker
from minzheng.cli._days import only_one
from minzheng.cli.worker import Worker, state_file
from minzheng.values.errors import Refusal

DAY = date(2026, 11, 24)


@pytest.fixture
def one(committed, tmp_path, monkeypatch) -> Worker:
    monkeypatch.setattr(worker, "state_file", lambda: tmp_path / "worker.json")
    return Worker(threading.Event())


def with_jobs(monkeypatch, **jobs) -> None:
    monkeypatch.setattr(worker, "jobs_of_the_day", lambda: iter(jobs.items()))


def test_the_days_jobs_are_called_in_order_with_the_day(one, monkeypatch):
    called = []
    with_jobs(
        monkeypatch,
        cases=lambda on: called.append(("cases", on)),
        awards=lambda on: called.append(("awards", on)),
    )
    one.day(DAY)
    assert called == [("cases", DAY), ("awards", DAY)]
    assert one.failed == set()


def test_the_apps_come_in_the_order_in_which_work_arises():
    names = [name for name, _ in worker.jobs_of_the_day()]
    assert names == [name for name in worker.APPS if name in names]


def test_a_job_that_fails_is_told_and_holds_up_no_other(one, monkeypatch, capsys):
    called = []

    def refuses(on):
        raise Refusal("cases.no_calendar", "缺少 2027 年的工作日历。")

    def breaks(on):
        raise ZeroDivisionError("140499198001020017")

    with_jobs(monkeypatch, cases=refuses, awards=breaks, payments=lambda on: called.append(on))
    one.day(DAY)
    assert called == [DAY]
    assert one.failed == {"jobs.cases", "jobs.awards"}
    said = capsys.readouterr().err
    assert "缺少 2027 年的工作日历" in said
    assert "jobs.awards 未完成：程序错误 ZeroDivisionError" in said
    assert "140499198001020017" not in said
    state = json.loads(worker.state_file().read_text())
    assert state["jobs.cases"]["failures"] == 1
    assert state["jobs.cases"]["done"] == 0
    assert state["jobs.payments"]["done"] > 0
    with_jobs(monkeypatch, cases=lambda on: None)
    one.day(DAY)
    assert "jobs.cases" not in one.failed


def test_work_in_the_hands_of_another_worker_is_left_to_it(one, monkeypatch):
    called = []
    with_jobs(monkeypatch, cases=lambda on: called.append("cases"), awards=lambda on: called.append("awards"))
    with only_one("jobs.cases") as mine:
        assert mine
        one.day(DAY)
    assert called == ["awards"]
    one.day(DAY)
    assert called == ["awards", "cases", "awards"]


def test_a_worker_told_to_stop_ends_after_the_piece_it_has_begun(one, monkeypatch):
    called = []

    def last(on):
        called.append("cases")
        one.stop.set()

    with_jobs(monkeypatch, cases=last, awards=lambda on: called.append("awards"))
    one.loop(every=0.01, jobs_every=0.01)
    assert called == ["cases"]


def test_the_jobs_run_once_a_day_and_again_when_the_day_changes(one, monkeypatch):
    days = [date(2026, 11, 24), date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 25)]
    called, rounds = [], []
    with_jobs(monkeypatch, cases=lambda on: called.append(on))

    def bank():
        rounds.append(1)
        if not days:
            one.stop.set()

    monkeypatch.setattr(worker, "_today", lambda: days.pop(0))
    monkeypatch.setattr(one, "bank", bank)
    one.loop(every=0, jobs_every=3600)
    assert called == [date(2026, 11, 24), date(2026, 11, 25)]
    assert len(rounds) == 4


def test_the_state_lies_in_the_state_folder():
    from minzheng.database import home

    assert state_file() == home() / "worker.json"
