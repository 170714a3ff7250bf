"""Keys are made once and kept private; logs carry no personal number; the schema is never built by a superuser."""

import logging
import stat

import pytest

from minzheng.base import keys
from minzheng.base.installation import _refuse_superuser
from minzheng.base.logs import NoPersonalData
from minzheng.database import Role, address
from minzheng.values.errors import Defect, Refusal
from tests.conftest import HOME, _point_at


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MINZHENG_HOME", str(tmp_path))
    return tmp_path


def test_a_key_is_made_once_and_is_readable_by_its_owner_only(empty_home):
    first = keys.secret("field")
    file = empty_home / "secrets" / "field.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    keys._secret.cache_clear()
    assert keys.secret("field") == first
    assert len(first) == 32
    assert keys.secret("index") != first
    assert sorted(path.name for path in file.parent.iterdir()) == ["field.key", "index.key"]


def test_an_operator_gives_a_key_by_the_environment(empty_home, monkeypatch):
    monkeypatch.setenv("MINZHENG_KEY_FIELD", "ab" * 32)
    assert keys.secret("field") == b"\xab" * 32
    assert not (empty_home / "secrets" / "field.key").exists()
    monkeypatch.setenv("MINZHENG_KEY_FIELD", "ab")
    with pytest.raises(Defect, match="长度"):
        keys.secret("field")


def test_each_purpose_has_a_key_of_its_own(empty_home):
    assert keys.derived("field", "a.b") != keys.derived("field", "a.c")
    assert keys.derived("field", "a.b") != keys.derived("index", "a.b")


@pytest.mark.parametrize(
    ("message", "arguments", "logged"),
    [
        ("case %s opened", ("7f3c",), "case 7f3c opened"),
        ("person %s", ("140499198001010010",), "person 140***"),
        ("person 14049919800101001X at 13800138000", (), "person 140*** at 138***"),
        ("took %d ms for 3200000 people on 20231231", (7,), "took 7 ms for 3200000 people on 20231231"),
        ("id 018f3a2c-1111-7222-8333-444455556666", (), "id 018f3a2c-1111-7222-8333-444455556666"),
    ],
)
def test_a_log_line_loses_what_looks_like_a_personal_number(message, arguments, logged):
    record = logging.LogRecord("minzheng", logging.INFO, "", 0, message, arguments, None)
    assert NoPersonalData().filter(record)
    assert record.getMessage() == logged


def test_every_log_handler_has_the_filter():
    from django.conf import settings

    assert all("no_personal_data" in handler["filters"] for handler in settings.LOGGING["handlers"].values())


def test_a_superuser_is_refused_as_the_owner_of_the_schema(committed, worker_id):
    from django.db import connection

    _refuse_superuser()
    place = address(Role.SUPERUSER, base=HOME, name=f"minzheng_{worker_id}")
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict |= {"USER": place.user, "OPTIONS": place.options}
    try:
        with pytest.raises(Refusal, match="行级权限"):
            _refuse_superuser()
    finally:
        connection.close()
        connection.settings_dict |= before
    _point_at(f"minzheng_{worker_id}", "app")
