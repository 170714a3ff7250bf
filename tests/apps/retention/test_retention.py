"""Papers whose time is over go by two signatures; what still runs keeps its papers; the fact stays."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from minzheng.base import documents
from minzheng.base.documents import Kind
from minzheng.base.documents.store import holds
from minzheng.base.models import AuditEntry, Document
from minzheng.base.scope import scope
from minzheng.base.types import Role
from minzheng.retention import actions, jobs, queries
from minzheng.retention.models import Item, Order
from minzheng.retention.types import Blocked, Ground
from minzheng.rulebook.keeping import KEEPING, Keeping
from minzheng.values.errors import Refusal
from tests.apps.retention.conftest import LATER, WIDOW


def drawn(actor) -> Order:
    with scope(actor):
        return actions.draw_up(actor=actor, reason="保管期满", client_key=uuid.uuid4())


def signed(order: Order, *people) -> None:
    for actor in people:
        with scope(actor):
            actions.sign_order(actor=actor, order=order.pk, digest=queries.digest_of(order))


def due(actor):
    with scope(actor):
        return queries.due(actor, LATER)


def refused(statement: str, *values, match: str) -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_paper_whose_time_is_over_is_destroyed_by_two_and_the_fact_is_kept(paper, years_later, two):
    first, second = two
    kept = paper(b"a photograph of the kitchen")
    years_later()
    order = drawn(first)
    assert [item.document_id for item in order.items.all()] == [kept.pk]
    signed(order, first)
    assert jobs.run_day(on=LATER) == 0, "one signature"
    with scope(first), pytest.raises(Refusal, match="两名不同"):
        actions.sign_order(actor=first, order=order.pk, digest=queries.digest_of(order))
    signed(order, second)
    assert jobs.run_day(on=LATER) == 1
    assert jobs.run_day(on=LATER) == 0
    assert not holds(kept.digest)
    with pytest.raises(Refusal, match="已于 2044-05-01 销毁"):
        documents.content_of(first, kept)
    row = Document.objects.get(pk=kept.pk)
    assert (row.digest, row.size) == (kept.digest, kept.size), "what it was stays known"
    told = AuditEntry.objects.get(verb="remove_document")
    assert (told.subject, told.detail["digest"]) == (str(kept.public_id), kept.digest)
    order.refresh_from_db()
    assert order.finished_at is not None
    assert due(first) == []


def test_the_file_is_overwritten_and_leaves_a_mark_with_the_day(
    paper, years_later, two, own_store, monkeypatch
):
    kept = paper(b"something")
    (file,) = [path for path in own_store.rglob("*") if path.is_file()]
    # A second name of the same bytes shows what became of them.
    twin = own_store.parent / "twin"
    twin.hardlink_to(file)
    before = twin.read_bytes()
    years_later()
    order = drawn(two[0])
    signed(order, *two)
    jobs.run_day(on=LATER)
    assert len(twin.read_bytes()) == len(before)
    assert twin.read_bytes()[:16] != before[:16]
    assert [path.name for path in own_store.rglob("*") if path.is_file()] == [f"{kept.digest}.gone"]
    assert paper(b"something").pk == kept.pk, "brought again it is there again"
    assert documents.content_of(two[0], kept) == b"something"


def test_each_kind_has_its_time_counted_from_the_end_of_all_that_rested_on_it(paper, years_later, two):
    actor = two[0]
    days = {kind: paper(kind.encode(), Kind(kind)) for kind in KEEPING}
    paper(b"bank", Kind.BANK_FILE)
    years_later()
    found = {one.kind.value: one for one in due(actor)}
    assert found.keys() == KEEPING.keys(), "a bank file has no time here"
    for kind, one in found.items():
        came = days[kind].uploaded_at.astimezone().date()
        assert abs(one.ended_on - came) <= timedelta(days=1)
        assert one.keep_until == KEEPING[kind].until(one.ended_on)
    with scope(actor):
        over = found["photo"].keep_until
        assert {one.kind for one in queries.due(actor, over)} == set()
        assert {one.kind for one in queries.due(actor, over + timedelta(days=1))} == {Kind.PHOTO}


def test_a_time_of_years_ends_on_the_same_day_and_a_leap_day_on_the_28th():
    ten = Keeping("x", 10, "", example=True)
    assert ten.until(date(2024, 2, 29)) == date(2034, 2, 28)
    assert Keeping("x", 4, "", example=True).until(date(2024, 2, 29)) == date(2028, 2, 29)
    assert ten.until(date(2023, 3, 1)) == date(2033, 3, 1)


@pytest.fixture
def running(city_of_stories):
    """`running("case")`: something of the widow's household that is not over."""

    def begin(what: str) -> None:
        village = "(select village::text from registry_household where id = %s)"
        with connection.cursor() as cursor:
            if what == "award":
                from minzheng.awards.taking_over import take_over
                from minzheng.registry import codes
                from minzheng.registry.actions import record_fact
                from minzheng.values.month import Month

                record_fact(
                    actor=city_of_stories, table="receipt", holder=WIDOW, source=codes.Source.FILE,
                    values={"programme": codes.Programme.DIBAO, "fen": 100, "since": date(2023, 12, 1)},
                )  # fmt: skip
                cursor.execute(f"select {village}", [WIDOW])
                (code,) = cursor.fetchone()
                take_over(
                    actor=city_of_stories,
                    county=code[:6],
                    month=Month(2023, 12),
                    on=date(2023, 12, 31),
                    household=WIDOW,
                )
            else:
                from minzheng.cases.opening import open_row
                from minzheng.cases.types import Channel

                cursor.execute(f"select {village}", [WIDOW])
                (code,) = cursor.fetchone()
                open_row(
                    actor=city_of_stories, line="dibao", programme="dibao", division=code, household=WIDOW,
                    person=None, applicant=None, channel=Channel.OFFICE, on=date(2023, 12, 31),
                )  # fmt: skip

    return begin


@pytest.mark.parametrize("what", ["case", "award"])
def test_what_still_runs_keeps_its_papers(paper, years_later, two, running, what):
    paper(b"x")
    years_later()
    order = drawn(two[0])
    signed(order, *two)
    running(what)
    assert [one.blocked for one in due(two[0])] == [], "it is in a list that is not done"
    refused("update retention_item set outcome = 'removed'", match="keeps its papers")
    assert jobs.run_day(on=LATER) == 0
    item = Item.objects.get()
    assert (item.outcome, item.why) == ("kept", what)
    assert holds(item.document.digest)
    assert [one.blocked for one in due(two[0])] == [Blocked(what)]
    with scope(two[0]), pytest.raises(Refusal, match="没有保管期满"):
        actions.draw_up(actor=two[0], reason="x", client_key=uuid.uuid4())


def test_a_hold_of_a_household_or_a_whole_county_stands_until_it_is_lifted(paper, years_later, two):
    actor = two[1]
    kept = paper(b"x")
    years_later()
    for division, household in ((kept.division, WIDOW), (kept.division[:6], None)):
        key = uuid.uuid4()
        with scope(actor):
            hold, again = (
                actions.hold_papers(
                    actor=actor, division=division, household=household, ground=Ground.AUDIT, reason="专项审计",
                    client_key=key,
                )
                for _ in range(2)
            )  # fmt: skip
        assert hold.pk == again.pk
        assert [one.blocked for one in due(actor)] == [Blocked.HOLD]
        refused("update retention_hold set reason = 'x'", match="only lifted")
        refused("delete from retention_hold", match="append-only")
        with scope(actor):
            actions.lift_papers(actor=actor, hold=hold.public_id, reason="审计结束")
        assert [one.blocked for one in due(actor)] == [None]


def test_a_content_another_household_has_as_well_stays_until_that_goes_too(paper, years_later, two):
    one, other = paper(b"a form"), paper(b"a form", household=11)
    assert one.digest == other.digest
    years_later()
    with scope(two[1]):
        actions.hold_papers(
            actor=two[1], division=other.division, household=11, ground=Ground.DISPUTE, reason="信访",
            client_key=uuid.uuid4(),
        )  # fmt: skip
    order = drawn(two[0])
    signed(order, *two)
    assert jobs.run_day(on=LATER) == 1
    assert holds(one.digest)
    assert documents.content_of(two[0], other) == b"a form"


def test_cut_off_between_the_record_and_the_file_it_goes_on(paper, years_later, two, monkeypatch):
    kept = paper(b"x")
    years_later()
    order = drawn(two[0])
    signed(order, *two)

    def cut(digest, on):
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(actions, "destroy", cut)
        with pytest.raises(OSError), transaction.atomic():
            jobs.run_day(on=LATER)
    assert jobs.run_day(on=LATER) in (0, 1)
    assert not holds(kept.digest)
    order.refresh_from_db()
    assert order.finished_at is not None


def test_the_database_itself_lists_signs_and_removes_nothing_else(paper, years_later, two, staff_of):
    kept = paper(b"x")
    young = paper(b"y", Kind.LETTER)
    years_later()
    order = drawn(two[0])
    line = (
        "insert into retention_item (order_id, document_id, division, household_id, ended_on, keep_until, outcome, why)"
        " select %s, d.id, d.division, d.household_id, retention_ended(d.household_id, d.uploaded_at),"
        " {until}, '', '' from base_document d where d.id = %s"
    )
    with scope(two[0]):
        refused(line.format(until="'2044-05-01'"), order.pk, young.pk, match="time is over|listed_once")
        refused(line.format(until="'2026-12-01'"), order.pk, young.pk, match="time is over|listed_once")
        refused("update retention_item set outcome = 'removed'", match="two people sign")
        refused("update retention_order set finished_at = now()", match="when all of it is done")
        refused("delete from retention_item", match="append-only")
    sign = "insert into retention_signature (order_id, division, digest) values (%s, '1404', %s)"
    with scope(staff_of(Role.TOWNSHIP_OFFICER, at="1404")):
        refused(sign, order.pk, queries.digest_of(order), match="in person")
    with scope(two[0]):
        refused(sign, order.pk, "0" * 64, match="not the list")
    signed(order, two[0])
    with scope(two[0]):
        refused(sign, order.pk, queries.digest_of(order), match="signed_by_two")
        refused(line.format(until="'2027-12-01'"), order.pk, kept.pk, match="grows no more")
        refused("update retention_item set outcome = 'removed'", match="two people sign")
    signed(order, two[1])
    with scope(two[0]):
        refused("update retention_item set keep_until = '2027-12-31'", match="done with once")


def test_another_county_sees_and_lists_nothing_of_it(paper, years_later, staff_of):
    kept = paper(b"x")
    years_later()
    elsewhere = "140425" if not kept.division.startswith("140425") else "140403"
    stranger = staff_of(Role.COUNTY_APPROVER, at=elsewhere)
    assert due(stranger) == []
    own = staff_of(Role.COUNTY_APPROVER, at=kept.division[:6])
    order = drawn(own)
    with scope(stranger):
        assert queries.order_of(stranger, order.pk) is None
        with pytest.raises(Refusal, match="没有找到该清册"):
            actions.sign_order(actor=stranger, order=order.pk, digest="0" * 64)
    officer = staff_of(Role.TOWNSHIP_OFFICER, at=kept.division[:6])
    with pytest.raises(Refusal):
        due(officer)
