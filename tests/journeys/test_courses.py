"""Worked cases of the catalogue walked through the office's pages, from the counter to the bank's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.apps.assistance.conftest import kept_documents, own_parameters
from tests.conftest import filled_database
from tests.courses.conftest import WITH_A_COURSE, collected, opening_day
from tests.courses.loading import Loading, Placed
from tests.courses.pages import HOME, SINCE, PageCourse
from tests.journeys.conftest import DESK, serving

__all__ = ["collected", "kept_documents", "own_parameters"]

pytestmark = pytest.mark.browser
SHORT = ("T12",)
"""Walked whenever the tests run (apply, confirm, a release, a review, two payrolls); the others in `make test-long`."""


@pytest.fixture(scope="module")
def worked_city(
    django_db_setup, django_db_blocker, worker_id: str, collected: Loading
) -> Iterator[dict[str, Placed]]:
    """The worked cases and the demonstration's accounts of its own county; a course opens those of where it plays."""

    def fill() -> None:
        from minzheng.base.demo_staff import open_demo_accounts
        from minzheng.base.scope import scope, system_actor

        collected.publish()
        with scope(system_actor("test")) as actor:
            open_demo_accounts(actor=actor, village=HOME, since=SINCE)

    with django_db_blocker.unblock(), filled_database(worker_id, "minzheng_worked_city", fill):
        yield collected.placed


@pytest.fixture(scope="module")
def office(worked_city) -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def enter(office: str, chromium: Browser, committed: None) -> Iterator[Callable[[str], Page]]:
    """`enter("xy-xiang")`: the screen of a demonstration account that came in through the door.

    Each course has the city for itself: the business date only goes forward.
    """
    contexts: list[BrowserContext] = []

    def come_in(account: str) -> Page:
        context = chromium.new_context(base_url=office, locale="zh-CN", viewport=DESK)
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.locator(f"button[name=demo][value={account}]").click()
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page.locator("h1")).to_contain_text("今日")
        return page

    yield come_in
    for context in contexts:
        context.close()


def walk(case, worked_city, enter, own_parameters) -> None:
    own_parameters(case)
    course = PageCourse(case, worked_city[case.id], opening_day(case), enter)
    for step in case.course.steps:
        course.take(step)


@pytest.mark.parametrize(
    "case", [case for case in WITH_A_COURSE if case.id in SHORT], ids=lambda case: case.id
)
def test_a_worked_case_walks_through_the_pages(case, worked_city, enter, own_parameters, kept_documents):
    walk(case, worked_city, enter, own_parameters)


@pytest.mark.long
@pytest.mark.parametrize(
    "case", [case for case in WITH_A_COURSE if case.id not in SHORT], ids=lambda case: case.id
)
def test_every_other_worked_case_walks_through_the_pages(
    case, worked_city, enter, own_parameters, kept_documents
):
    walk(case, worked_city, enter, own_parameters)


def test_the_short_ones_are_among_those_played():
    assert set(SHORT) <= {case.id for case in WITH_A_COURSE}
