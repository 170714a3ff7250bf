"""The pages of a rulebook's text: what differs, proposing it, its list and worked cases, two signatures, taking back."""

from __future__ import annotations

import uuid

import pytest

from minzheng.assessment.decide import rulebook
from minzheng.assessment.enacting.models import Enactment, Proposal
from minzheng.assessment.reforms.cases import Cases
from minzheng.rulebook import load
from minzheng.rules.written import written
from tests.apps.assessment.enacting_rows import begun_with, old_rows
from tests.apps.assessment.enacting_texts import OLD, desk, set_up_with, text_desk
from tests.apps.web.test_enacting import bring_into_force, enter, first, second, text

__all__ = ["desk", "enter", "first", "second", "text_desk"]

TYPED = {"since": "2023-12", "document": "长民发〔2023〕7号", "reason": "按办法第九条改为低于", "link": ""}


@pytest.fixture
def upgraded(enter):
    """The program ships another text than the one the installation was set up with."""
    set_up_with(written(OLD))


def propose(client, **changes):
    shown = text(client.get("/enacting/text/"))
    digest = shown.split('name="digest" value="')[1][:64]
    typed = {**TYPED, "digest": digest, "client_key": str(uuid.uuid4()), **changes}
    return client.post("/enacting/text/", typed)


def test_a_fresh_installation_has_nothing_to_sign(first):
    assert "没有待签署的规则文本和数值" in text(first.get("/enacting/text/"))
    assert "办理仍按现行的进行" not in text(first.get("/enacting/"))


def test_the_list_and_the_page_say_what_the_upgrade_would_change(first, upgraded):
    assert "办理仍按现行的进行" in text(first.get("/enacting/"))
    page = text(first.get("/enacting/text/"))
    assert "与现行文本不同的规则（1 条）" in page
    assert "income_below_standard" in page
    for words in ("现行文本", "新的文本", "不超过", "低于", "修改"):
        assert words in page


def test_a_text_goes_over_its_list_and_two_signatures_into_force_and_is_taken_back(
    first, second, upgraded, desk
):
    reply = propose(first)
    assert reply.status_code == 302
    address = reply["Location"]
    desk.refresh()
    page = text(first.get(address))
    assert "不同的规则（1 条）" in page
    assert "逐个核对样例" in page
    bring_into_force(first, second, address)
    desk.refresh()
    page = text(second.get(address))
    assert "已签署生效" in page
    assert "逐个核对样例" not in page
    assert "规则文本" in text(first.get("/enacting/"))
    assert rulebook().hash not in (OLD.hash, load().hash), "the months before keep their text"
    rules = text(first.get("/rulebook/income_below_standard/"))
    assert "2023-12-01" in rules or "2023年12月1日" in rules
    back = second.post(f"{address}take-back/", {**TYPED, "client_key": str(uuid.uuid4())})["Location"]
    assert "撤回：规则文本和数值" in text(second.get(back))
    bring_into_force(second, first, back)
    assert rulebook().hash == OLD.hash
    assert Enactment.objects.count() == 2
    assert "办理仍按现行的进行" in text(first.get("/enacting/"))


def test_worked_cases_are_decided_under_the_proposed_text(first, upgraded, desk):
    address = propose(first)["Location"]
    desk.refresh()
    desk.cases.cases = Cases(desk.book, [])
    page = text(first.get(f"{address}cases/"))
    assert "受影响的样例" in page


def test_what_does_not_fit_comes_back_as_it_was_typed(first, upgraded):
    reply = propose(first, document="", reason="按办法")
    page = text(reply)
    assert reply.status_code == 409
    assert "请写明依据文件" in page
    assert "按办法" in page
    assert Proposal.objects.count() == 0
    assert propose(first, digest="0" * 64).status_code == 409


def test_who_may_not_propose_reads_what_differs_and_has_no_form(enter, upgraded):
    supervisor = enter("shi")
    page = text(supervisor.get("/enacting/text/"))
    assert "income_below_standard" in page
    assert 'name="document"' not in page
    assert supervisor.post("/enacting/text/", TYPED).status_code == 403


def test_looking_costs_a_constant_number_of_queries(first, upgraded, django_assert_max_num_queries):
    first.get("/enacting/text/")
    with django_assert_max_num_queries(30):
        first.get("/enacting/text/")


# -- rows of values ----------------------------------------------------------------------------------------------------


@pytest.fixture
def released(enter):
    """The program ships other rows than the installation was set up with."""
    begun_with(old_rows())


def test_the_pages_say_which_values_of_a_release_wait(first, released):
    assert "办理仍按现行的进行" in text(first.get("/enacting/"))
    page = text(first.get("/enacting/text/"))
    assert "与现行不同的数值（3 项）" in page
    assert "与现行文本不同的规则" not in page
    for words in ("城市低保标准", "600.00 元", "682.00 元", "从该月起提出"):
        assert words in page
    parameter = text(first.get("/rulebook/parameters/dibao.std.urban/"))
    assert "程序文件中尚未签署的数值" in parameter
    assert "办理仍按现行数值进行" in parameter


def test_values_of_a_release_go_over_their_list_and_two_signatures_into_force(first, second, released, desk):
    address = propose(first)["Location"]
    desk.refresh()
    page = text(first.get(address))
    assert "不同的数值（3 项）" in page
    bring_into_force(first, second, address)
    assert rulebook().enacted
    assert "与现行不同的数值（1 项）" in text(first.get("/enacting/text/")), "the months before December"


def test_the_reform_desk_prices_values_that_wait(first, released, desk):
    desk.refresh()
    page = text(first.get("/reform/"))
    assert "待签署" in page
    asked = text(first.get("/reform/?value=dibao.std.urban@140400@2023-01-01"))
    assert "682.00 元" in asked
