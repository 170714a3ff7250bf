"""What machines that watch are told: alive, ready, counted; nobody in it, and the figures not for everybody."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from minzheng.web import health

FORMAT = re.compile(
    r'# (HELP [a-z_]+ .+|TYPE [a-z_]+ (gauge|counter))|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9]+'
)


@pytest.fixture
def anybody(db) -> Client:
    return Client()


def test_alive_without_a_database(anybody, django_assert_num_queries):
    with django_assert_num_queries(0):
        reply = anybody.get("/health/live/")
    assert (reply.status_code, reply.json()) == (200, {"live": True})
    assert "no-store" in reply["Cache-Control"]


def test_ready_when_all_parts_are(anybody):
    reply = anybody.get("/health/ready/")
    assert reply.status_code == 200
    assert reply.json() == {"ready": True, "parts": {"database": True, "whole": True, "disk": True}}


@pytest.mark.parametrize("part", ["database", "whole", "disk"])
def test_not_ready_when_one_part_is_not(anybody, monkeypatch, part):
    monkeypatch.setitem(health._PARTS, part, lambda: False)
    reply = anybody.get("/health/ready/")
    assert reply.status_code == 503
    assert reply.json()["parts"][part] is False


def test_a_database_that_is_gone_is_not_ready_and_no_error_page(anybody, monkeypatch):
    from django.db import OperationalError, connection

    def gone(*_arguments, **_more):
        raise OperationalError("connection to 10.0.0.1 failed: password of minzheng_app")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", gone)
        reply = anybody.get("/health/ready/")
    assert reply.status_code == 503
    assert "10.0.0.1" not in reply.content.decode()


@pytest.mark.parametrize("address", ["/health/live/", "/health/ready/", "/metrics/"])
def test_nothing_can_be_sent_there(anybody, address):
    assert anybody.post(address).status_code == 405


def test_this_machine_reads_the_figures(anybody):
    reply = anybody.get("/metrics/")
    assert reply.status_code == 200
    assert reply["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = reply.content.decode().splitlines()
    assert [line for line in lines if not FORMAT.fullmatch(line)] == []
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    assert {"minzheng_info", "minzheng_database_bytes", "minzheng_audit_entries"} <= names | {"minzheng_info"}
    assert all(name.startswith("minzheng_") for name in names)


@pytest.mark.parametrize(
    "more",
    [
        {"REMOTE_ADDR": "10.1.2.3"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "unix"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": "Bearer "},
        {"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": "Bearer " + "b" * 40},
    ],
    ids=str,
)
def test_to_others_the_figures_are_not_there(anybody, monkeypatch, more):
    monkeypatch.setenv("MINZHENG_METRICS_TOKEN", "a" * 40)
    assert anybody.get("/metrics/", **more).status_code == 404


def test_the_token_opens_them_from_elsewhere_and_a_short_one_does_not(anybody, monkeypatch):
    monkeypatch.setenv("MINZHENG_METRICS_TOKEN", "a" * 40)
    shown = {"REMOTE_ADDR": "10.1.2.3", "HTTP_AUTHORIZATION": f"Bearer {'a' * 40}"}
    assert anybody.get("/metrics/", **shown).status_code == 200
    monkeypatch.setenv("MINZHENG_METRICS_TOKEN", "a" * 8)
    assert (
        anybody.get("/metrics/", REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION="Bearer aaaaaaaa").status_code
        == 404
    )


def test_every_figure_is_counted_in_this_schema(db):
    """A query over a table or column that is gone would be found here, not on the night it is needed."""
    from django.db import connection

    from minzheng.base.metrics import FIGURES
    from minzheng.base.scope import scope, system_actor

    present = set(connection.introspection.table_names())
    with scope(system_actor("test")), connection.cursor() as cursor:
        for figure in FIGURES:
            assert not figure.table or figure.table in present, figure.table
            cursor.execute(figure.query)
            assert len(cursor.description) == len(figure.labels) + 1


def test_nobody_is_in_the_figures(office, households):
    from minzheng.base.scope import scope, system_actor
    from minzheng.registry.models import Person

    text = Client().get("/metrics/").content.decode()
    with scope(system_actor("test")):
        names = set(Person.objects.values_list("name", flat=True))
    assert names
    assert not any(name in text for name in names)
    assert re.search(r"[0-9]{15}", text) is None
