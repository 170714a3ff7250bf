"""Leads and reviews: one's own region only, the count is the list is the file, and a case is handled with a reason."""

from __future__ import annotations

import csv
import io
import re
import uuid

import pytest
from openpyxl import load_workbook

from minzheng.assessment.models import Lead, LeadEvent
from minzheng.assessment.workflow import State
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import PERMISSIONS, Permission, Role
from minzheng.registry.models import Suppression
from tests.apps.web.conftest import HOME_TOWNSHIP, OTHER_TOWNSHIP
from tests.apps.web.test_today import MORE

WIDOW, DORMANT_BUSINESS, LEFT_BEHIND = 10, 8, 12
OFFICER = Role.TOWNSHIP_OFFICER


def text(reply):
    return reply.content.decode()


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def total(page):
    """What the list says it holds."""
    return int(re.search(r'id="list-title">[^<]*?([\d,]+) [条件批]', page)[1].replace(",", ""))


def links(page):
    """The leads that stand in a list, in order."""
    return re.findall(r'<th scope="row"[^>]*><a href="/leads/([\w-]{36})/', page)


def rows(**by):
    with scope(system_actor("test")):
        return list(Lead.objects.filter(**by).order_by("-score", "id"))


def entries(**by):
    with scope(system_actor("test")):
        return list(AuditEntry.objects.filter(**by).order_by("at"))


@pytest.fixture
def widow(office):
    """The lead of the disabled widow who receives nothing: dibao."""
    [lead] = rows(household_id=WIDOW, programme="dibao")
    return lead


def handle(inside, lead, action, **sent):
    sent = {"action": action, "version": str(lead.version), "usual": "", "reason": "电话联系", **sent}
    return inside.post(f"/leads/{lead.public_id}/steps/", sent)


# -- lists ---------------------------------------------------------------------------------------------------------
def test_a_township_sees_its_own_leads_and_nobody_elses(office):
    page = text(office(OFFICER).get("/leads/"))
    mine = rows(division=str(HOME_TOWNSHIP), kind__in=(1, 2))
    assert mine
    assert total(page) == len(mine)
    assert links(page) == [str(lead.public_id) for lead in mine]
    assert rows(division=str(OTHER_TOWNSHIP)), "the test needs leads elsewhere"


@pytest.mark.parametrize("role", [OFFICER, Role.COUNTY_APPROVER, Role.CITY_SUPERVISOR])
def test_every_count_of_the_first_page_is_the_count_of_the_list_behind_it(office, role):
    inside = office(role)
    page = MORE.sub(
        "", text(inside.get("/"))
    )  # those are counted in test_today: their lists carry no such title
    tiles = re.findall(r'<a class="figure[^"]*" href="([^"]+)">.*?class="value block">([\d,]+) ', page, re.S)
    cells = re.findall(r'<td class="num"><a href="(/(?:leads|reviews)/[^"]+)">([\d,]+)</a>', page)
    assert len(tiles) == 14
    assert len(cells) > 8
    for address, count in tiles + cells:
        assert total(text(inside.get(address.replace("&amp;", "&")))) == int(count.replace(",", "")), address


def test_filters_narrow_the_list_and_stand_in_the_address(office):
    inside = office(OFFICER)
    page = text(inside.get("/leads/?programme=dibao&kind=1&place=140403104206"))
    [widow] = rows(household_id=WIDOW, programme="dibao")
    assert links(page) == [str(widow.public_id)]
    assert '<option value="dibao" selected>' in page
    assert f"/leads/{widow.public_id}/?back=programme%3Ddibao%26place%3D140403104206%26kind%3D1" in page


@pytest.mark.parametrize(
    "sent", ["place=999999", "programme=none", "kind=7", "fen=abc", "order=x", "place=140425"]
)
def test_a_filter_that_means_nothing_is_said_and_left_out(office, sent):
    inside = office(OFFICER)
    page = text(inside.get(f"/leads/?{sent}"))
    assert "无法识别，已经略去" in page
    assert total(page) == total(text(inside.get("/leads/")))


def test_a_name_is_looked_for_without_standing_in_the_address(office):
    inside = office(OFFICER)
    reply = inside.post("/leads/", {"text": "miao", "kind": "1"})
    page = text(reply)
    assert {str(lead.public_id) for lead in rows(household_id=WIDOW, kind=1)} == set(links(page))
    assert not re.search(r'(href|action)="[^"]*miao', page)


def test_what_is_closed_is_found_by_its_state_only(office, widow):
    inside = office(OFFICER)
    before = total(text(inside.get("/leads/")))
    handle(inside, widow, "decline")
    assert total(text(inside.get("/leads/"))) == before - 1
    assert links(text(inside.get("/leads/?state=declined"))) == [str(widow.public_id)]
    assert total(text(inside.get("/leads/?state=all"))) == before


def test_reviews_are_a_list_of_their_own(office):
    inside = office(Role.CITY_SUPERVISOR)
    mine = rows(kind__gte=3)
    assert mine
    assert links(text(inside.get("/reviews/")))[:5] == [str(lead.public_id) for lead in mine[:5]]


def test_an_empty_list_says_what_to_do(office):
    inside = office(OFFICER)
    assert "放宽条件" in text(inside.get("/leads/?programme=study_aid"))


# -- the list as a file --------------------------------------------------------------------------------------------
def exported(inside, form, **sent):
    return inside.post("/leads/export/", {"purpose": "下发各村核实", "format": form, **sent})


def test_the_file_holds_the_rows_of_the_list(office):
    inside = office(OFFICER)
    listed = links(text(inside.get("/leads/?kind=1")))
    reply = exported(inside, "csv", kind="1")
    lines = list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert [line["编号"] for line in lines] == listed
    book = load_workbook(io.BytesIO(exported(inside, "xlsx", kind="1").content))
    cells = list(book.active.values)
    assert [row[cells[0].index("编号")] for row in cells[1:]] == listed


def test_an_export_needs_a_purpose_and_leaves_a_record(office):
    inside = office(OFFICER)
    assert exported(inside, "csv", purpose=" ").status_code == 409
    assert entries(verb="export_leads") == []
    reply = exported(inside, "csv")
    assert re.search(r"filename\*=UTF-8''.*20231231\.csv", reply["Content-Disposition"])
    [entry] = entries(verb="export_leads")
    assert entry.reason == "下发各村核实"
    assert entry.detail["rows"] == len(rows(division=str(HOME_TOWNSHIP), kind__in=(1, 2)))


def test_numbers_in_a_file_stay_masked(office):
    body = exported(office(OFFICER), "csv").content.decode("utf-8-sig")
    assert "1404**********" in body
    assert not re.search(r"140499\d{11}[\dX]", body)


def test_a_cell_that_would_run_as_a_formula_is_text():
    from minzheng.web.files import table_file

    body = table_file([{"姓名": "=1+1"}], "csv", name="x").content.decode("utf-8-sig")
    assert "'=1+1" in body


def test_who_may_not_export_is_offered_nothing_and_refused(office):
    inside = office(Role.VILLAGE_WORKER)
    assert "导出" not in plain(text(inside.get("/leads/")))
    assert exported(inside, "csv").status_code == 403


# -- one case ------------------------------------------------------------------------------------------------------
def test_a_lead_says_who_why_by_which_clause_and_what_next(office, widow):
    page = text(office(OFFICER).get(f"/leads/{widow.public_id}/"))
    words = plain(page)
    assert "苗月英 户 · 最低生活保障" in words
    assert "家庭月人均收入 200.00 元 低于 月低保标准 553.0833… 元 → 符合" in words
    assert re.search(r'<a href="/rulebook/[\w-]+/">《社会救助暂行办法》（国务院令第649号）第9条</a>', page)
    assert 'class="example"' in page
    for action in ("记录已联系", "已提出申请", "本人谢绝", "约定以后再联系", "数据有误"):
        assert action in words


def test_a_lead_fits_a_weak_network(office, widow):
    reply = office(OFFICER).get(f"/leads/{widow.public_id}/", headers={"accept-encoding": "gzip"})
    assert reply["Content-Encoding"] == "gzip"
    assert len(reply.content) < 50_000


def test_what_is_unknown_stands_with_who_can_supply_it(office):
    [lead] = rows(household_id=DORMANT_BUSINESS, programme="dibao")
    words = plain(text(office(OFFICER).get(f"/leads/{lead.public_id}/")))
    assert "还需要查清 经办人员调查认定 家庭：市场主体登记经调查符合规定" in words
    assert "deciding review" in text(office(OFFICER).get(f"/leads/{lead.public_id}/"))


def test_another_townships_lead_is_not_there_and_the_attempt_is_recorded(office):
    inside = office(OFFICER)
    elsewhere = rows(household_id=LEFT_BEHIND)[0]
    answers = [inside.get(f"/leads/{key}/") for key in (elsewhere.public_id, uuid.UUID(int=7))]
    assert [reply.status_code for reply in answers] == [404, 404]
    assert handle(inside, elsewhere, "contact").status_code == 404
    assert str(elsewhere.public_id) in {entry.subject for entry in entries(verb="not_found")}
    assert rows(pk=elsewhere.pk)[0].state == State.OPEN


def test_opening_a_lead_is_recorded(office, widow):
    office(OFFICER).get(f"/leads/{widow.public_id}/")
    assert str(widow.public_id) in {entry.subject for entry in entries(verb="open_lead")}


@pytest.mark.parametrize(
    ("action", "until", "state"),
    [
        ("contact", "", State.CONTACTED),
        ("apply", "", State.APPLIED),
        ("decline", "", State.DECLINED),
        ("postpone", "2024-03-01", State.POSTPONED),
        ("report_wrong", "", State.WRONG),
    ],
)
def test_one_form_records_what_was_done_with_its_reason(office, widow, action, until, state):
    inside = office(OFFICER)
    reply = handle(inside, widow, action, until=until, usual="入户告知", reason="约周三", back="kind=1")
    assert reply["Location"] == f"/leads/{widow.public_id}/?back=kind%3D1"
    [after] = rows(pk=widow.pk)
    assert (after.state, after.reason) == (state, "入户告知；约周三")
    page = text(inside.get(reply["Location"]))
    assert "入户告知；约周三" in page
    assert "乡镇经办（演示）" in page
    assert 'href="/leads/?kind=1"' in page


def test_who_declined_is_not_asked_again_for_a_while(office, widow):
    handle(office(OFFICER), widow, "decline", every="1")
    with scope(system_actor("test")):
        assert Suppression.objects.filter(household_id=WIDOW, programme=None).exists()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"reason": " "}, "请填写办理情况或事由"),
        ({"action": "postpone"}, "请填写约定到哪一天"),
        ({"action": "postpone", "until": "2023-12-01"}, "应晚于今天"),
        ({"action": "postpone", "until": "2023-02-31"}, "请填写约定到哪一天"),
        ({"version": "0"}, "已由他人办理"),
        ({"action": "review"}, "不能办理"),
    ],
)
def test_what_is_missing_is_said_beside_the_form_and_nothing_is_saved(office, widow, sent, says):
    reply = handle(office(OFFICER), widow, **{"action": "contact", **sent})
    assert reply.status_code == 409
    assert says in text(reply)
    assert rows(pk=widow.pk)[0].state == State.OPEN


def test_two_officers_do_not_overwrite_each_other(office, widow):
    first, second = office(OFFICER), office(Role.COUNTY_APPROVER)
    assert handle(first, widow, "contact").status_code == 302
    assert handle(second, widow, "decline").status_code == 409
    assert rows(pk=widow.pk)[0].state == State.CONTACTED


def test_what_changed_since_it_was_found_stands_at_the_top(office, widow):
    inside = office(OFFICER)
    assert "情况已经变化" not in text(inside.get(f"/leads/{widow.public_id}/"))
    [other] = rows(household_id=WIDOW, programme="care_subsidy")
    handle(inside, widow, "decline", every="1")
    assert "已登记“本人谢绝”" in text(inside.get(f"/leads/{other.public_id}/"))


def test_who_only_looks_is_offered_no_step(office, widow):
    inside = office(Role.CITY_SUPERVISOR)
    page = text(inside.get(f"/leads/{widow.public_id}/"))
    assert "您的岗位只能查看" in page
    assert handle(inside, widow, "contact").status_code == 403
    with scope(system_actor("test")):
        assert LeadEvent.objects.filter(lead=widow).count() == 1


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_LEADS not in PERMISSIONS[role]])
def test_roles_without_leads_are_refused(office, widow, role):
    inside = office(role)
    for address in ("/leads/", "/reviews/", f"/leads/{widow.public_id}/"):
        assert inside.get(address).status_code == 403


def test_a_households_page_leads_to_its_leads(office, widow, households):
    page = text(office(OFFICER).get(f"/households/{households[WIDOW].public_id}/"))
    assert f"/leads/{widow.public_id}/" in page
    assert "没有享受" in page
