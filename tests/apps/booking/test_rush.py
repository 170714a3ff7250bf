"""Two hundred people at once for the last place, from processes of their own, over a served platform."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.apps.booking.conftest import MONDAY, phone, visitor
from tests.cli.test_check import free_port

PEOPLE = 200
TOKEN = "k" * 32


@pytest.fixture
def served(committed, worker_id):
    """gunicorn as `minzheng run` starts it, over this worker's database."""
    from django.conf import settings
    from django.db import connection

    place, port = connection.settings_dict, free_port()
    starts = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'minzheng.web.settings'\n"
        "from django.conf import settings; import json\n"
        "settings.DATABASES['default'].update(json.loads(os.environ['RUSH_DATABASE']))\n"
        # The settings of this process were read before the tests had a folder of their own.
        "settings.SECRET_KEY = os.environ['RUSH_SECRET']\n"
        "from gunicorn.app.wsgiapp import run; sys.argv = ['gunicorn', *sys.argv[1:]]; run()"
    )
    wanted = {name: place[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD", "OPTIONS")}
    server = subprocess.Popen(
        [
            sys.executable, "-c", starts, "minzheng.web.wsgi:application", f"--bind=127.0.0.1:{port}", "--workers=2",
            "--threads=8", "--worker-class=gthread", "--timeout=120", "--log-level=warning", "--no-control-socket",
            "--preload",
        ],
        env=os.environ
        | {"RUSH_DATABASE": json.dumps(wanted, default=str), "RUSH_SECRET": settings.SECRET_KEY},
    )  # fmt: skip
    try:
        assert settings.DEMO
        until(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(60)


def until(port: int, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the platform does not answer")


def asked(slot, n: int) -> dict[str, str]:
    """A couple with a telephone that showed its code, and the form filled in."""
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore

    from minzheng.web.portal.booking_phone import remember

    session = SessionStore()
    remember(session, phone(n))
    session.create()
    one, other = visitor(2 * n), visitor(2 * n + 1)
    typed = {
        "csrfmiddlewaretoken": TOKEN, "key": str(uuid.uuid4()), "name1": one.name, "number1": one.number,
        "name2": other.name, "number2": other.number,
    }  # fmt: skip
    return {
        "path": f"/portal/booking/marriage/slots/{slot.pk}/",
        "cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={TOKEN}",
        "body": urlencode(typed),
    }


def test_of_two_hundred_at_once_one_books_the_last_place_and_the_others_are_told_of_the_next(served):
    from minzheng.base.actions import set_business_date
    from minzheng.base.scope import scope, system_actor
    from minzheng.booking.administration import open_office
    from minzheng.booking.models import Booking, Slot
    from minzheng.booking.types import Hours, Kind

    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=MONDAY, reason="tests")
        office = open_office(
            actor=actor, kind=Kind.MARRIAGE, division="140403", name="示例登记处", address="示例路 1 号", phone="",
            hours=[Hours(day, 540, 660) for day in range(1, 6)], windows=1, example=True,
        )  # fmt: skip
        last, following = Slot.objects.filter(office=office, capacity=1).order_by("day", "starts")[:2]
    requests = [asked(last, n) for n in range(PEOPLE)]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("rush.py")), str(served)],
        input=json.dumps(requests), capture_output=True, text=True, check=True, timeout=400,
    )  # fmt: skip
    replies = json.loads(done.stdout)
    assert Counter(status for status, _page in replies) == {302: 1, 409: PEOPLE - 1}
    told = f"最近的空闲时段：示例登记处 {following.day.year}年{following.day.month}月{following.day.day}日 09:30。"
    assert all("您选的时段已经约满。" in page and told in page for status, page in replies if status == 409)
    with scope(system_actor("test")):
        assert Booking.objects.count() == 1
        last.refresh_from_db()
        assert last.taken == last.capacity == 1
