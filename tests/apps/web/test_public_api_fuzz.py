"""The public API called as its own description says one may, and as it says one may not: never a 5xx, never an answer
the description does not know, and what is not allowed is not taken.
"""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as drawn
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from minzheng.cases.stating import STATABLE
from minzheng.registry.tables import BY_NAME, Holder
from minzheng.web.public_api.api import openapi
from minzheng.web.wsgi import application
from tests.apps.web.test_public_api import asked, dibao_of, family, issue, stories, submitted

__all__ = ["family", "stories"]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
FEW, MANY = 25, 1000
OPERATIONS = [
    (method.upper(), path)
    for path, operations in sorted(openapi()["paths"].items())
    for method in sorted(operations)
]
MODES = list(GenerationMode)


def _from_this_machine(environ: Any, start_response: Any) -> Any:
    """A key is bound to hosts; the kit's client has no address."""
    return application({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)


@contextmanager
def one_connection():
    """The server ends its connection with a request; a test's transaction lives in it, as with Django's own client."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


@pytest.fixture
def known(family, settings, tmp_path):
    """A system whose key is never used too often, and ids that exist: with them generated calls get past the lookups."""
    settings.API_CALLS_PER_MINUTE, settings.MEDIA_ROOT = 10**9, tmp_path
    system = issue()
    made = submitted(system, family)
    ids = {"application": made["id"], "case": dibao_of(made)["id"], "letter": str(uuid.uuid4())}
    return system, ids, asked(family)


def fuzz(known: Any, method: str, path: str, mode: GenerationMode, examples: int) -> set[int]:
    """Generated calls of one operation; the status codes they were answered with."""
    system, ids, body = known
    schema = schemathesis.openapi.from_dict(openapi())
    schema.app = _from_this_machine
    seen: set[int] = set()
    calls = 0

    @drawn(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def once(case: Any) -> None:
        nonlocal calls
        calls += 1
        if calls % 2 and mode is GenerationMode.POSITIVE:
            case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
            if isinstance(case.body, dict) and "applicant" in case.body:
                case.body |= {"applicant": body["applicant"], "household": body["household"]}
        signed = {
            "Accept-Encoding": "identity",
            "Authorization": f"Minzheng {system.text}",
            "X-Nonce": uuid.uuid4().hex,
            "X-Timestamp": str(int(time.time())),
        }
        seen.add(case.call_and_validate(headers=signed, checks=CHECKS).status_code)

    with one_connection():
        once()
    assert calls >= min(examples, 2)
    return seen


@pytest.mark.parametrize("mode", MODES, ids=lambda one: one.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nothing_generated_breaks_it(known, method, path, mode):
    seen = fuzz(known, method, path, mode, FEW)
    assert not seen & {401, 403, 429}
    if mode is GenerationMode.POSITIVE:
        assert seen - {422}, "nothing generated gets past the reading of the request"


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES, ids=lambda one: one.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_much_more_of_it_breaks_nothing(known, method, path, mode):
    assert 401 not in fuzz(known, method, path, mode, MANY)


#: Numbers at the ends of what columns hold, and days at the ends of the calendar.
_VALUES = st.one_of(
    st.sampled_from([None, True, False, 0, 1, -1, 2, 3, 19, 2**15 - 1, 2**15, 2**31 - 1, 10**13, 2**53 - 1]),
    st.sampled_from(["0001-01-01", "1970-01-01", "2023-12-01", "2023-12-15", "2024-01-01", "9999-12-31"]),
)
_NAMES = sorted({name for table in STATABLE for name in BY_NAME[table].by_name})


@st.composite
def _statements(draw, person):
    """Statements as a careless system makes them: mostly of the right shape, with values at the ends."""
    table = BY_NAME[draw(st.sampled_from(sorted(STATABLE)))]
    right = [
        one
        for one in table.by_name
        if one not in {"person_id", "household_id", "township", "source", "recorded_at"}
    ]
    values = {name: draw(_fitting(table.by_name[name])) for name in right if draw(st.integers(0, 19))}
    if not draw(st.integers(0, 9)):
        values[draw(st.sampled_from(_NAMES))] = draw(_VALUES)
    return {
        "table": table.name,
        "person": person if table.holder is Holder.PERSON else None,
        "values": values,
    }


def _fitting(column):
    """What the column can hold; now and then anything."""
    days = ["2023-01-01", "2023-06-01", "2023-12-01", "2024-02-01", "0001-01-01", "9999-12-01"]
    right = {
        "date": st.sampled_from(days),
        "boolean": st.booleans(),
        "bigint": st.sampled_from([0, 1, 100_00, 10**13, -1]),
    }.get(column.type, st.integers(1, column.codes or 2**15 - 1))
    return st.integers(0, 19).flatmap(lambda one: _VALUES if one == 0 else right)


def _stated(known, examples):
    system, _ids, body = known
    person = body["applicant"]["person"]
    seen = {}

    @drawn(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(statements=st.lists(_statements(person), max_size=3))
    def once(statements):
        said = {**body, "programmes": [], "statements": statements}
        with transaction.atomic():
            reply = system.post("/applications", said, uuid.uuid4())
            transaction.set_rollback(True)
        assert reply.status_code in {201, 409, 422}, (reply.content.decode(), statements)
        code = reply.json().get("code", "taken")
        seen[code] = seen.get(code, 0) + 1

    once()
    return seen


def test_no_statement_breaks_it(known):
    seen = _stated(known, 60)
    assert {"application.nothing", "statement.columns", "statement.impossible"} <= set(seen), seen


@pytest.mark.long
def test_no_statement_of_many_breaks_it(known):
    assert _stated(known, MANY)
