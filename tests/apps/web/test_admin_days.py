"""The page that sends the business date of a demonstration forward."""

from __future__ import annotations

import threading
from datetime import date
from types import SimpleNamespace

import pytest

from minzheng.base.actions import set_business_date
from minzheng.base.demo_staff import open_demo_accounts
from minzheng.base.models import DayMove
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import MoveState
from minzheng.cli._days import run_days
from tests.apps.web.test_admin import VILLAGE, signed_in, text

PAGE = "/admin/days/"


@pytest.fixture
def system(committed, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=date(2023, 12, 31), reason="tests")
        open_demo_accounts(actor=actor, village=VILLAGE, since=date(2023, 1, 1), other="140423100252")
    return signed_in("xitong")


def work(days: int, **jobs) -> None:
    """The worker, until so many days are done."""
    stop, left = threading.Event(), [days]

    def after(_day):
        left[0] -= 1
        if not left[0]:
            stop.set()

    run_days(stop, lambda: iter(jobs.items()), after)


def test_an_administrator_sends_the_date_on_watches_pauses_and_sees_what_each_day_did(system):
    assert "还没有推进过" in text(system.get(PAGE))
    wrong = system.post(PAGE, {"until": "2023-12-30", "reason": "演示"})
    assert wrong.status_code == 409
    assert "只能向后推进" in text(wrong)
    assert 'value="演示"' in text(wrong)
    assert system.post(PAGE, {"until": "2024-01-03", "reason": "演示"}).status_code == 302
    # A second press of the same button finds the move under way.
    assert "已有一次推进没有完成" in text(system.post(PAGE, {"until": "2024-01-03", "reason": "演示"}))
    work(1, awards=lambda on: 3)
    shown = system.get(PAGE)
    assert shown["Refresh"]
    assert "已办完 1 日，共 3 日" in text(shown)
    assert "待遇变动或终止 3 项" in text(shown)
    move = DayMove.objects.get()
    assert system.post(f"{PAGE}{move.pk}/stop/").status_code == 302
    paused = system.get(PAGE)
    assert "已暂停" in text(paused)
    assert "Refresh" not in paused
    work(9, awards=lambda on: 3)
    assert business_date() == date(2024, 1, 1)
    system.post(f"{PAGE}{move.pk}/resume/")
    work(9, awards=lambda on: 3)
    assert DayMove.objects.get().state == MoveState.DONE
    assert "2024-01-03" in text(system.get(PAGE))
    assert system.post(f"{PAGE}{move.pk}/stop/").status_code == 409
    assert system.post(f"{PAGE}{move.pk}/back/").status_code == 404


def test_in_production_the_page_refuses_and_is_not_in_the_menu(system, monkeypatch):
    # A demonstration's account does not get in where DEMO is off: here only the day is told so.
    production = SimpleNamespace(DEMO=False, CITY="1404")
    monkeypatch.setattr("minzheng.base.actions.settings", production)
    monkeypatch.setattr("minzheng.web.shell.settings", production)
    refused = system.get(PAGE)
    assert refused.status_code == 409
    assert "正式环境的业务日期就是当天" in text(refused)
    assert f'href="{PAGE}"' not in text(system.get("/"))
