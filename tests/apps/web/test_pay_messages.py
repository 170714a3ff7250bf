"""短信通知: what was told and what was not, by its counts; never the number it goes to."""

from __future__ import annotations

import uuid

import pytest

from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.demo.money import bring_money
from minzheng.payments.models import Account, Notice
from minzheng.payments.types import NoticeState


@pytest.fixture
def told(stories_loaded, db) -> list[Notice]:
    """Two messages of the payers' county, one of them put aside, and one of another county."""
    bring_money(quiet=True)
    with scope(system_actor("test")):
        mine = Account.objects.filter(division__startswith="140403").order_by("pk")[:2]
        other = Account.objects.exclude(division__startswith="140403").order_by("pk").first()
        return [
            Notice.objects.create(
                division=row.division, household_id=row.household_id, account=row, text=f"短信{at}",
                state=state, problem="NO_PHONE" if state == NoticeState.DEAD else "",
            )
            for at, (row, state) in enumerate(
                zip([*mine, other], [NoticeState.DEAD, NoticeState.WAITING, NoticeState.DEAD], strict=True)
            )
        ]  # fmt: skip


def test_the_counts_are_those_of_the_lists_and_of_the_own_county(told, office):
    inside = office(Role.PAYMENT_MAKER)
    page = inside.get("/payroll/messages/")
    assert page.context["count"] == len(page.context["rows"]) == 2
    assert {row.text for row, _state, _tone in page.context["rows"]} == {"短信0", "短信1"}
    for state, number in page.context["counts"]:
        assert len(inside.get(f"/payroll/messages/?state={state.value}").context["rows"]) == number
    assert "没有登记可用的短信网关" in page.content.decode()


def test_what_was_put_aside_is_sent_again_once(told, office):
    inside = office(Role.PAYMENT_MAKER)
    for _ in range(2):
        assert inside.post(f"/payroll/messages/{told[0].pk}/again/").status_code == 302
    with scope(system_actor("test")):
        told[0].refresh_from_db()
        assert (told[0].state, told[0].attempts) == (NoticeState.UNKNOWN, 0)


@pytest.mark.parametrize("which", ["other county", "nobody"])
def test_a_message_elsewhere_is_as_none_at_all(told, office, which):
    number = told[2].pk if which == "other county" else uuid.uuid4()
    assert office(Role.PAYMENT_MAKER).post(f"/payroll/messages/{number}/again/").status_code == 404


@pytest.mark.parametrize("role", [Role.PAYMENT_CHECKER, Role.AUDITOR])
def test_only_whoever_prepares_payrolls_sends_again(told, office, role):
    assert office(role).post(f"/payroll/messages/{told[0].pk}/again/").status_code == 403
