"""The generated rulebook: every rule, parameter, clause and document has its page, and every link leads to one."""

import re
import shutil
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from minzheng.cli import build_parser
from minzheng.cli._book import write_book
from minzheng.rulebook import load
from minzheng.rulebook.clauses import catalogue, dispositions
from minzheng.rulebook.content import Shelf
from minzheng.rulebook.worked import read_text
from minzheng.values.errors import Refusal
from tests.cli.test_rulebook_command import BESIDE

CASE = """
id: S01
title: 基本补差
clauses: [DB-1]
county: 长治市
registration: 城镇
size: 3
income: 1500
month: 2023-06
expect: {低保: {outcome: yes, paid: 546}, income_per_head: 500}
"""
WRONG = CASE.replace("S01", "S02").replace("546", "547")


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src"):
                self.found.append(value)
            if name == "id":
                self.ids.add(value)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book") / "pages"
    cases = Shelf([*read_text(CASE), *read_text(WRONG)])
    count = write_book(load(), folder, on=date(2023, 12, 31), county="140403", cases=cases, beside=BESIDE)
    assert count == len(list(folder.rglob("*.html")))
    return folder


def page(book: Path, name: str) -> str:
    return (book / name).read_text(encoding="utf-8")


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_front_page_says_what_was_signed_and_the_files_do_not_say(book):
    front = plain(page(book, "index.html"))
    assert "城市低保标准（ dibao.std.urban ）：长治市，2024年1月起，签署生效 800.00 元 ，文件 未知" in front
    assert "70.00 元" not in front
    assert "办理不按文件： income_below_standard" in front
    assert "下列数值尚未签署，办理不按文件" in front
    assert "现行 600.00 元 ，文件 682.00 元" in front
    assert "文件中已无、仍然有效的数值" in front


def test_every_rule_parameter_clause_and_document_has_a_page(book):
    for rule in load().rules:
        assert rule.label in plain(page(book, f"rule/{rule.name}.html"))
    for key, parameter in load().parameters.declared.items():
        assert parameter.label in plain(page(book, f"parameter/{key}.html"))
    for clause in catalogue():
        assert dispositions()[clause.id].label in plain(page(book, f"clause/{clause.id}.html"))


def test_every_link_leads_to_a_page_and_nothing_comes_from_elsewhere(book):
    broken = []
    for path in book.rglob("*.html"):
        for link in Links(path.read_text(encoding="utf-8")).found:
            target, _, _ = link.partition("#")
            if "://" in link or (target and not (path.parent / target).exists()):
                broken.append((path.relative_to(book).as_posix(), link))
    assert broken == []


def test_it_is_read_without_script(book):
    assert [path.name for path in book.rglob("*.html") if "<script" in path.read_text(encoding="utf-8")] == []


def test_a_rule_shows_its_words_its_citation_its_parameters_and_who_uses_it(book):
    shown = plain(page(book, "rule/household_standard.html"))
    assert "适用城市标准的：城市低保标准" in shown
    assert "农村低保标准 ÷ 12" in shown
    assert "最低生活保障审核确认办法" in shown
    assert "682.00 元 示例" in shown
    assert "最低生活保障" in shown.split("影响的待遇")[1]


def test_cases_stand_at_the_rules_and_clauses_they_try_with_what_came_out(book):
    for name in ("rule/income_per_head.html", "rule/dibao.html", "clause/DB-1.html", "cases.html"):
        shown = plain(page(book, name))
        assert "S01 基本补差 与预期相符" in shown, name
        assert "符合，546.00 元，发放 546.00 元" in shown, name
    assert "S01" not in page(book, "rule/tekun.html")


def test_a_case_that_does_not_come_out_as_expected_says_so(book):
    shown = plain(page(book, "cases.html"))
    assert "S02 基本补差 与预期不符" in shown
    assert "1 个与预期不符" in plain(page(book, "index.html"))


def test_a_text_of_a_nearer_layer_stands_before_the_one_it_replaces(book):
    shown = plain(page(book, "rule/living_kept.html"))
    assert shown.index("长治市的规定") < shown.index("全国的规定")
    assert "这一天不适用" in shown.split("全国的规定")[1]


def test_a_parameter_shows_all_its_rows_and_which_one_holds(book):
    shown = plain(page(book, "parameter/orphan.scattered.html"))
    assert "1,170.00 元" in shown.split("历次数值")[0]
    assert "2023-04-03 起可知" in shown
    assert shown.count("适用") == 1
    assert "2024年以后的标准未取得" in shown


def test_the_index_lists_everything_that_can_be_looked_up(book):
    shown = Links(page(book, "list.html")).found
    expected = len(load().rules) + len(load().parameters.declared) + len(catalogue())
    assert sum(link.split("/")[0] in ("rule", "parameter", "clause") for link in shown) == expected


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("留着")
    with pytest.raises(Refusal, match="没有写入"):
        write_book(load(), tmp_path, on=date(2023, 12, 31), county="140403", cases=Shelf([]))
    assert (tmp_path / "letter.txt").read_text() == "留着"


def test_the_command_refuses_a_county_it_does_not_know(tmp_path):
    parsed = build_parser().parse_args(["rulebook", "book", str(tmp_path / "b"), "--county", "110101"])
    with pytest.raises(Refusal, match="110101"):
        parsed.run(parsed)


PAGES = ("index", "rule/dibao", "rule/is_family", "rule/living_kept", "parameter/approval.mode", "clauses", "clause/IN-8",
         "instruments", "cases", "list")  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium")
    assert found, "the pages of the book need Chromium: apt-get install -y chromium"
    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
def test_no_page_is_wider_than_a_phone(book, browser):
    shown = browser.new_page(viewport={"width": 360, "height": 740})
    wide = {}
    for name in PAGES:
        shown.goto(f"file://{book}/{name}.html")
        wide[name] = shown.evaluate("document.documentElement.scrollWidth")
    shown.close()
    assert {name: width for name, width in wide.items() if width > 360} == {}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_by_day_and_by_night(book, browser, scheme):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme)
    shown, found = context.new_page(), {}
    for name in PAGES:
        shown.goto(f"file://{book}/{name}.html")
        found[name] = [
            one["id"] + one["nodes"][0]["html"][:90] for one in Axe().run(shown).response["violations"]
        ]
    context.close()
    assert {name: ids for name, ids in found.items() if ids} == {}
