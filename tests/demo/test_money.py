"""What the demonstration city brings along: its running benefits as awards, accounts, and a payroll that can be built."""

from __future__ import annotations

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.values.month import Month
from tests.conftest import filled_database


@pytest.fixture(scope="module")
def small_city(django_db_setup, django_db_blocker, worker_id):
    from minzheng.demo.build import build

    with (
        django_db_blocker.unblock(),
        filled_database(worker_id, "minzheng_money", lambda: build(0.001, 1, quiet=True)),
    ):
        yield


def test_running_benefits_become_awards_once_and_can_be_paid(small_city, db):
    from minzheng.awards.models import Award
    from minzheng.demo.money import bring_money
    from minzheng.payments.actions import build_payroll
    from minzheng.payments.types import Withheld
    from minzheng.registry.models import Receipt

    first = bring_money(quiet=True)
    again = bring_money(quiet=True)
    with scope(system_actor("test")) as actor:
        running = Receipt.objects.filter(superseded_at=None, until=None).count()
        assert 0 < first.awards <= running
        assert (again.awards, again.accounts) == (0, 0)
        assert Award.objects.filter(origin="taken_over").count() == first.awards
        county = Award.objects.filter(programme="dibao").values_list("division", flat=True).first()[:6]
        payroll = build_payroll(actor=actor, county=county, programme="dibao", month=Month(2023, 12))
        due = Award.objects.filter(programme="dibao", division__startswith=county).count()
        assert payroll.lines + payroll.withheld + payroll.zeros == due
        reasons = set(payroll.payments.exclude(withheld=[]).values_list("withheld", flat=False))
    known = {Withheld.DEATH, Withheld.PAYEE_DIED, Withheld.NAME, Withheld.NO_ACCOUNT}
    assert {one for (row,) in reasons for one in row} <= {str(one) for one in known}


def test_cut_off_after_some_counties_it_brings_the_rest(small_city, db, monkeypatch):
    from minzheng.awards.models import Award
    from minzheng.demo import money

    def interrupted(actor, county, month, on):
        if county == "140405":
            raise KeyboardInterrupt
        arrange(actor, county, month, on)

    arrange = money._paydays
    assert not money.is_brought()
    monkeypatch.setattr(money, "_paydays", interrupted)
    with pytest.raises(KeyboardInterrupt):
        money.bring_money(quiet=True)
    assert not money.is_brought()
    monkeypatch.undo()
    with scope(system_actor("test")):
        before = Award.objects.count()
    rest = money.bring_money(quiet=True)
    assert money.is_brought()
    with scope(system_actor("test")):
        assert Award.objects.count() == before + rest.awards
        assert rest.awards > 0
