"""The office's rulebook: every page of it opens, shows what the generated book shows, and leads on."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from minzheng.base.actions import set_business_date
from minzheng.base.demo_staff import ACCOUNTS, open_demo_accounts
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.rulebook import load
from minzheng.rulebook.clauses import catalogue
from minzheng.rulebook.content import shelf
from minzheng.rulebook.content.collect import instrument_keys
from minzheng.web.book import contents
from minzheng.web.pages import rulebook
from minzheng.web.pages.rulebook_urls import urlpatterns
from tests.apps.web.conftest import come_in

pytestmark = pytest.mark.django_db
VILLAGE = "140403104206"


def text(reply):
    assert reply.status_code == 200, reply.status_code
    return reply.content.decode()


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
def officer(db, settings):
    """Somebody of a township at the rulebook: no resident is needed for it, nor a password that takes long to hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with scope(system_actor("test")) as actor:
        set_business_date(actor=actor, day=date(2023, 12, 31), reason="tests")
        open_demo_accounts(actor=actor, village=VILLAGE, since=date(2023, 1, 1))
    account = next(one for one in ACCOUNTS if one.role is Role.TOWNSHIP_OFFICER)
    client = Client()
    come_in(client, account.username)
    return client


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/rulebook/", 1),
        ("/rulebook/?q=低保", 1),
        ("/rulebook/clauses/", 1),
        ("/rulebook/clauses/DB-1/", 1),
        ("/rulebook/clauses/DB-1/cases/", 1),
        ("/rulebook/instruments/", 1),
        ("/rulebook/parameters/", 1),
        ("/rulebook/income_below_standard/", 1),
        ("/rulebook/income_below_standard/cases/", 1),
        ("/rulebook/parameters/dibao.std.urban/", 2),
    ],
)
def test_a_page_asks_once_which_edition_is_in_force(officer, address, most):
    """However many parts of it read the rulebook; a parameter's page asks once more for rows that wait."""
    officer.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert officer.get(address).status_code == 200
    assert 1 <= sum("assessment_edition" in one["sql"] for one in asked) <= most


def test_outside_a_request_each_question_is_asked_anew(officer):
    officer.get("/rulebook/")
    with CaptureQueriesContext(connection) as asked:
        contents()
        contents()
    assert len(asked) == 2


def test_every_page_of_the_rulebook_opens(officer):
    """Each rule, parameter, clause and document once: a template that fails on one of them is found here."""
    broken = []
    for address in (
        *(f"/rulebook/{rule.name}/" for rule in load().rules),
        *(f"/rulebook/parameters/{key}/" for key in load().parameters.declared),
        *(f"/rulebook/instruments/{key}/" for key in instrument_keys().values()),
        "/rulebook/", "/rulebook/clauses/", "/rulebook/instruments/", "/rulebook/parameters/",
    ):  # fmt: skip
        if officer.get(address).status_code != 200:
            broken.append(address)
    assert broken == []


def test_links_of_the_lists_lead_to_pages(officer):
    for page in ("/rulebook/", "/rulebook/clauses/", "/rulebook/instruments/", "/rulebook/parameters/"):
        links = set(re.findall(r'href="(/rulebook/[^"?#]+)"', text(officer.get(page))))
        assert len(links) > 15
        for link in sorted(links)[::12]:
            assert officer.get(link).status_code == 200, link


def test_a_rule_shows_words_citation_values_and_who_uses_it(officer):
    shown = plain(text(officer.get("/rulebook/household_standard/?on=2023-12-31&county=140403")))
    assert "农村低保标准 ÷ 12" in shown
    assert "最低生活保障审核确认办法" in shown
    assert "682.00 元 示例" in shown
    assert "影响的待遇" in shown


def test_the_values_are_those_of_the_day_that_is_asked_for(officer):
    address = "/rulebook/parameters/dibao.std.urban/"
    assert "652.00 元" in plain(text(officer.get(address + "?on=2022-06-01"))).split("历次数值")[0]
    assert "682.00 元" in plain(text(officer.get(address + "?on=2023-06-01"))).split("历次数值")[0]
    assert "日期无法识别" in text(officer.get(address + "?on=2023-13-01"))


def test_cases_come_as_a_part_of_the_page_and_as_a_page_without_script(officer):
    page = text(officer.get("/rulebook/income_per_head/"))
    assert 'hx-get="/rulebook/income_per_head/cases/"' in page
    assert '<a href="/rulebook/income_per_head/cases/">' in page
    whole = text(officer.get("/rulebook/income_per_head/cases/"))
    part = text(officer.get("/rulebook/income_per_head/cases/", headers={"HX-Request": "true"}))
    assert "<html" in whole
    assert "<html" not in part
    for shown in (whole, part):
        assert "T01" in shown
        assert "500.00 元" in shown


def test_of_many_cases_a_page_runs_its_own_and_every_case_stands_on_one_page(officer, monkeypatch):
    monkeypatch.setattr(rulebook, "_CASES", 3)
    wanted = [case.id for case in contents().cases_of("income_per_head")]
    pages = -(-len(wanted) // 3)
    assert pages > 1
    ran, run = [], shelf().shown
    monkeypatch.setattr(shelf(), "shown", lambda id_: ran.append(id_) or run(id_))
    found = []
    for number in range(1, pages + 1):
        ran.clear()
        page = text(officer.get(f"/rulebook/income_per_head/cases/?page={number}"))
        found += re.findall(r'<details class="case"[^>]*><summary><strong>([^<]+)</strong>', page)
        assert ran == found[-len(ran) :]
        assert len(ran) <= 3
        assert f"共 {len(wanted)} 个，第 {number} / {pages} 页" in page
        assert ('rel="next"' in page) == (number < pages)
    assert found == wanted
    part = text(officer.get("/rulebook/income_per_head/cases/", headers={"HX-Request": "true"}))
    assert 'href="/rulebook/income_per_head/cases/?page=2"' in part
    for odd in ("0", "x", "99999", "-1", "1" * 9):
        assert officer.get(f"/rulebook/income_per_head/cases/?page={odd}").status_code == 200


def test_a_clause_tells_its_disposition_and_what_answers_for_it(officer):
    shown = plain(text(officer.get("/rulebook/clauses/IN-8/")))
    assert "由规则计算" in shown
    assert "推定收入" in shown
    assert "1,880.00 元 示例" in shown
    assert "cases.visit" in plain(text(officer.get("/rulebook/clauses/CK-6/")))


def test_cases_of_a_clause_come_when_they_are_looked_at(officer):
    assert 'hx-get="/rulebook/clauses/BY-4/cases/"' in text(officer.get("/rulebook/clauses/BY-4/"))
    assert "与预期" in text(officer.get("/rulebook/clauses/BY-4/cases/"))


def test_every_clause_stands_in_the_list(officer):
    shown = text(officer.get("/rulebook/clauses/"))
    assert [c.id for c in catalogue() if f'href="/rulebook/clauses/{c.id}/"' not in shown] == []


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("dibao.std.urban", "城市低保标准"),
        ("SP-5", "SP-5 成年无业重度残疾人"),
        ("民发〔2021〕43号", "特困人员认定办法"),
    ],
)
def test_rules_are_found_by_key_clause_and_document_number(officer, q, first):
    shown = text(officer.get("/rulebook/", {"q": q}))
    assert first in plain(shown)


def test_a_search_without_result_says_so(officer):
    assert "没有找到" in text(officer.get("/rulebook/", {"q": "不存在的词"}))


@pytest.mark.parametrize(
    "address",
    [
        "no_such/",
        "no_such/cases/",
        "parameters/no.such/",
        "clauses/XX-1/",
        "clauses/XX-1/cases/",
        "instruments/none/",
    ],
)
def test_what_is_not_there_is_not_found(officer, address):
    assert officer.get(f"/rulebook/{address}").status_code == 404


def test_no_rule_is_called_like_a_list():
    words = {str(one.pattern).split("/")[0] for one in urlpatterns} - {""}
    assert not {word for word in words if not word.startswith("<")} & {rule.name for rule in load().rules}
