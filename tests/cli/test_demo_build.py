"""`minzheng demo build --if-needed`: a build that was killed is finished by the next one, which says so."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pytest

from minzheng.database import serving
from tests.cli.places import Place

#: Killed outright while the fourth county is taken over: the registry stands, three counties are whole, one is begun.
KILLED = """
import os, signal
os.environ["MINZHENG_DATABASE_ROLE"] = "owner"
import django
django.setup()
from minzheng.cli import main
from minzheng.demo import money
seen, work = [], money.load_accounts
def dies(**how):
    seen.append(1)
    if len(seen) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return work(**how)
money.load_accounts = dies
main(["demo", "build", "--scale", "0.001", "--seed", "1"])
"""
HELD = """
import django
django.setup()
from minzheng.awards.models import Award
from minzheng.base.scope import scope, system_actor
from minzheng.payments.models import Account, Payer
with scope(system_actor("test")):
    print(Payer.objects.count(), Award.objects.count(), Account.objects.count())
"""


@pytest.mark.long
def test_a_build_killed_while_money_was_brought_is_finished_by_the_next() -> None:
    place, whole = Place(), Place()
    try:
        cut = [sys.executable, "-c", KILLED]
        done = subprocess.run(cut, env=place.environment, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
        said = place.run("demo", "build", "--if-needed")
        assert int(re.search(r"接管在享待遇 ([\d,]+) 项", said)[1].replace(",", "")) > 0
        again = place.run("demo", "build", "--if-needed")
        assert "接管在享待遇" not in again
        assert "已建成，沿用" in again
        whole.run("demo", "build", "--scale", "0.001", "--seed", "1")
        assert held(place) == held(whole)
    finally:
        place.remove()
        whole.remove()


def held(place: Place) -> str:
    with serving(place.home):
        return place.python(HELD)
