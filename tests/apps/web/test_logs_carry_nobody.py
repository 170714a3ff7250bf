"""What the platform writes to its log while people are looked for, shown, refused, and while everything breaks."""

from __future__ import annotations

import io
import logging

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test import Client

from minzheng.base.logs import NoPersonalData, PlaceOfError
from minzheng.base.types import Role
from minzheng.database.place import cluster_folder
from minzheng.values.errors import Refusal


@pytest.fixture
def log(monkeypatch) -> io.StringIO:
    """What the handler of the settings writes, at the levels of the settings."""
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if any(isinstance(one, NoPersonalData) for one in handler.filters)
    ]
    assert len(handlers) == 1, "the settings give the root exactly one handler, with the filter"
    assert isinstance(handlers[0].formatter, PlaceOfError)
    written = io.StringIO()
    monkeypatch.setattr("minzheng.base.logs._stderr", lambda: written)
    return written


@pytest.fixture
def canary(households):
    """Somebody of the city: name, identity number, and the address of the household."""
    from minzheng.base.scope import scope, system_actor
    from minzheng.registry.models import Person
    from minzheng.registry.queries import members_of

    with scope(system_actor("test")) as actor:
        household = households[min(households)]
        for member in members_of(actor, household.pk, on=household.opened_on):
            person = Person.objects.get(pk=member.person_id)
            if person.number is not None:
                return person.name, person.number.open_after_recording(), household
    raise AssertionError("nobody with a number")


def test_looking_for_people_and_failing_leaves_nobody_in_the_log(office, canary, log):
    name, number, household = canary
    browser = office(Role.TOWNSHIP_OFFICER)
    browser.raise_request_exception = False
    pages = [
        ("/search/", {"q": name}),
        ("/search/", {"q": number}),
        (f"/households/{household.public_id}/", {}),
        (f"/people/{name}/", {}),
        (f"/nothing/{number}/", {"name": name}),
        ("/leads/", {"q": name, "page": number}),
        (f"/households/{number}/", {}),
    ]
    for address, query in pages:
        browser.get(address, query)
    Client(enforce_csrf_checks=True).post("/sign-in/", {"username": name, "password": number})
    Client().post("/sign-in/", {"username": number, "password": name})
    browser.post(f"/people/{household.public_id}/number/", {"purpose": f"{name} {number}"})
    browser.get("/search/", {"q": name}, HTTP_HOST=f"{number}.example")
    assert name not in log.getvalue()
    assert number not in log.getvalue()


@pytest.mark.parametrize("kind", ["theirs", "database", "chained"])
def test_an_error_is_told_by_type_and_place_and_not_by_what_it_says(office, canary, log, monkeypatch, kind):
    name, number, _household = canary
    from minzheng.web.pages import search

    def theirs() -> None:
        {}[f"{name}|{number}"]

    def database() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select %s::text::int", [f"{name} {number}"])

    def chained() -> None:
        try:
            int(f"{name} {number}")
        except ValueError as cause:
            raise IntegrityError(f"Key (name, number)=({name}, {number}) already exists.") from cause

    def breaks(*_arguments, **_more):
        {"theirs": theirs, "database": database, "chained": chained}[kind]()
        raise RuntimeError(f"{name} {number}")

    browser = office(Role.TOWNSHIP_OFFICER)
    browser.raise_request_exception = False
    monkeypatch.setattr(search, "render", breaks)
    reply = browser.get("/search/", {"q": "李"})
    assert reply.status_code == 500
    written = log.getvalue()
    types = {"theirs": "KeyError", "database": "DataError", "chained": "IntegrityError"}
    assert types[kind] in written, "an error is told"
    assert "test_logs_carry_nobody.py:" in written, "and where"
    assert name not in written
    assert number not in written
    assert number not in reply.content.decode()
    assert name not in reply.content.decode()


def caught(error: Exception) -> tuple[type[Exception], Exception, object]:
    """The error as logging is given it, with a traceback."""

    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        fail()
    return (raised.type, raised.value, raised.tb)


def test_a_full_text_kept_by_another_handler_is_not_used():
    record = logging.LogRecord("minzheng", logging.ERROR, "", 1, "broke", (), caught(KeyError("张某某")))
    logging.Formatter().format(record)
    assert "张某某" in (record.exc_text or "")
    told = PlaceOfError("%(message)s").format(record)
    assert "张某某" not in told
    assert "builtins.KeyError" in told


def test_our_own_errors_are_told_in_full():
    told = PlaceOfError().formatException(caught(Refusal("a.b", "批次已存在。")))
    assert told.endswith("minzheng.values.errors.Refusal：批次已存在。")


def test_the_databases_log_quotes_nothing_somebody_typed(canary, database_server):
    name, number, _household = canary
    typed = f"{name}{number}"
    server_log = cluster_folder(database_server) / "server.log"
    for statement in ("select %s::text::int", "select %s::text::date", "select (%s::text::jsonb)->1"):
        with pytest.raises(DataError, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [typed])
    written = server_log.read_text(errors="replace")
    assert "ready to accept connections" in written, "it does log"
    assert name not in written
    assert number not in written
