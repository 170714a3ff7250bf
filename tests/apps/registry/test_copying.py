"""The thread that copies: in order, and an error is told to whoever asked, not lost."""

from __future__ import annotations

import threading

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.registry.bulk import bulk_load, tables_from
from minzheng.registry.copying import Background
from minzheng.registry.models import Person
from tests.apps.registry.conftest import small_city


def test_jobs_are_done_in_order_and_settled():
    done: list[int] = []
    with Background() as background:
        for k in range(20):
            background.run(lambda k=k: done.append(k))
        background.settle()
        assert done == list(range(20))


def test_a_failed_job_is_raised_and_ends_the_rest():
    done: list[str] = []
    with pytest.raises(ZeroDivisionError), Background() as background:
        background.run(lambda: 1 / 0)
        background.run(lambda: done.append("after"))
        background.settle()
    assert done == []


def test_after_an_error_of_the_block_what_waits_is_dropped():
    gate, done = threading.Event(), []
    with pytest.raises(KeyError), Background() as background:
        background.run(gate.wait)
        background.run(lambda: done.append("after"))
        threading.Timer(0.05, gate.set).start()
        raise KeyError
    assert done == []


def test_a_copy_that_fails_leaves_nothing_and_says_so(committed, monkeypatch):
    def broken(*_arguments: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr("minzheng.registry.bulk.copy_in", broken)
    with pytest.raises(OSError, match="disk"), bulk_load(note="t") as load:
        for name, table in tables_from(small_city()).items():
            load.add(name, table)
        load.publish()
    with scope(system_actor("test")):
        assert Person.objects.count() == 0
