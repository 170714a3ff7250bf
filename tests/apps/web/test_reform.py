"""The reform desk: who may, what a link keeps, what stands there before the city is ready, and who changes."""

from __future__ import annotations

import re
from datetime import date

import pytest

from minzheng.assessment.reforms import asking, service
from minzheng.assessment.reforms.overlay import overlay_of
from minzheng.assessment.reforms.service import Desks
from minzheng.assessment.reforms.sliders import SLIDERS
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from tests.apps.assessment import invented
from tests.apps.assessment.invented import BOOK, household, person, wage

TOWNS = (140403101, 140426100)


def text(reply):
    return reply.content.decode()


def entries(verb):
    with scope(system_actor("test")):
        return list(AuditEntry.objects.filter(verb=verb))


def small_city(folder):
    """Four households with the ids of fixed ones of the demonstration."""
    return invented.city(
        (TOWNS[0], household(person())),
        (TOWNS[0], household(person(**wage(900)))),
        (TOWNS[1], household(person(**wage(650)))),
        (TOWNS[1], household(person(), unknown=("financial_assets",))),
        folder=folder,
    )


@pytest.fixture(scope="module")
def ready_desks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshot")
    (folder / "manifest.json").write_text("{}")
    desks = Desks(BOOK, find=lambda: folder, compiled=False, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "load_city", lambda place, book, say: small_city(place))
        desks.refresh()
    assert desks.desk is not None
    return desks


@pytest.fixture
def desks(ready_desks, monkeypatch):
    """Pages ask this desk and no socket; refusals travel as they do over one."""

    def ask(question, **_how):
        answer = service._answered(ready_desks, service.json.dumps(question, default=str).encode())
        if "error" in answer:
            raise asking._error(answer["error"])
        return answer["ok"]

    monkeypatch.setattr(asking, "_ask", ask)
    return ready_desks


# -- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.POLICY_OFFICER, Role.CITY_SUPERVISOR])
def test_policy_officers_and_city_supervisors_open_the_desk(office, desks, role):
    reply = office(role).get("/reform/")
    assert reply.status_code == 200
    assert "改革台" in text(reply)
    assert 'href="/reform/"' in text(office(role).get("/"))


@pytest.mark.parametrize("role", [Role.TOWNSHIP_OFFICER, Role.VILLAGE_WORKER, Role.AUDITOR, Role.DATA_ADMIN])
def test_others_are_refused_and_see_no_entry(office, desks, role):
    client = office(role)
    assert client.get("/reform/").status_code == 403
    assert 'href="/reform/"' not in text(client.get("/"))


def test_a_policy_officer_sees_figures_and_no_people(office, desks):
    client = office(Role.POLICY_OFFICER)
    page = text(client.get("/reform/?dibao.std.urban=800"))
    assert "受影响的对象" not in page
    assert client.get("/reform/changes/?dibao.std.urban=800").status_code == 403


# -- what the page says ------------------------------------------------------------------------------------------------


def test_every_slider_stands_where_the_law_is(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/"))
    for slider in SLIDERS:
        assert f'name="{slider.key}"' in page
    assert re.search(r'name="dibao.std.urban"[^>]*value="682"', page)
    assert "示例" in page
    assert "现行规定" in page


def test_a_link_keeps_the_reform_and_both_sides_are_shown(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=800"))
    assert re.search(r'name="dibao.std.urban"[^>]*value="800"', page)
    assert "改动 1 项" in page
    assert re.search(r"现行 0\.08", page), "844 yuan a month"
    assert re.search(r"\+316\.00 元", page), "small differences are told in yuan"
    for word in ("快照 2023-12", "认定日期 2023-12-31", "方法", "局限", "不能确定"):
        assert word in page


def test_positions_where_the_law_is_are_no_reform(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=682&edge.multiple=1.5"))
    assert "现行规定" in page
    assert "改动" not in re.sub(r"不改动|改动的参数", "", page)


def test_a_value_that_does_not_fit_is_told_beside_its_slider_and_the_others_are_priced(office, desks):
    reply = office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=800&edge.multiple=9")
    page = text(reply)
    assert reply.status_code == 200
    assert 'aria-invalid="true"' in page
    assert "1 至 2" in page
    assert "下面按其余的改动测算" in page
    assert "改动 1 项" in page
    assert re.search(r"\+316\.00 元", page)
    alone = text(office(Role.POLICY_OFFICER).get("/reform/?edge.multiple=9"))
    assert "下面显示的是现行规定" in alone
    assert "改动 1 项" not in alone
    assert re.search(r'name="dibao.std.urban"[^>]*value="800"', page), "what was typed is not lost"


def test_a_parameter_that_has_no_slider_is_named_and_left_out(office, desks):
    assert "“income.window”不在改革台上" in text(office(Role.POLICY_OFFICER).get("/reform/?income.window=6"))


def test_a_moved_slider_asks_for_the_changing_parts_only(office, desks):
    reply = office(Role.POLICY_OFFICER).get(
        "/reform/?dibao.std.urban=800", headers={"X-Reform-Part": "result"}
    )
    page = text(reply)
    assert "<html" not in page
    assert set(re.findall(r'data-part="(\w+)"', page)) == {
        "figures", "legend", "counties", "steps", "ages", "gap", "tables", "basis", "cases", "data",
    }  # fmt: skip
    whole = text(office(Role.POLICY_OFFICER).get("/reform/"))
    assert set(re.findall(r'data-part="(\w+)"', page)) <= set(re.findall(r'data-part="(\w+)"', whole))


def test_a_table_stands_behind_every_chart(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=800"))
    charts = re.findall(r'data-chart="([\w-]+)"', page)
    assert len(charts) == 3
    for chart in charts:
        assert f'id="{chart}"' in page
    assert page.count("<summary>数据表</summary>") == 3


def test_nothing_on_the_desk_needs_a_looser_content_policy(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=800"))
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", page) == []
    assert re.findall(r'\sstyle="|\son\w+="', page) == []


def test_values_not_yet_in_force_are_listed_with_what_can_be_priced(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/"))
    assert "尚未施行的数值和规定" in page
    assert "数值未知，不能测算" in page
    assert "?text=study_school%402025-09-01" in page


def test_a_text_that_begins_later_is_priced_and_told_as_not_in_force(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?text=rigid@2025-01-01"))
    assert "改动 1 项" in page
    assert re.search(r"尚未施行</span> 刚性支出困难家庭：新文本，2025", page)
    assert re.search(r'<tr>\s*<th scope="row"><a[^>]*>刚性支出困难家庭</a>', page), (
        "a touched programme is not grey"
    )
    assert '<input type="hidden" name="text" value="rigid@2025-01-01">' in page
    both = text(office(Role.POLICY_OFFICER).get("/reform/?text=rigid@2025-01-01&dibao.std.urban=800"))
    assert "改动 2 项" in both
    assert re.search(r"\+316\.00 元", both)


def test_a_wrong_slider_beside_a_later_text_is_told_and_the_text_is_priced(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?text=rigid@2025-01-01&edge.multiple=9"))
    assert "下面按其余的改动测算" in page
    assert "改动 1 项" in page


def test_a_text_nobody_wrote_is_named_and_left_out(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?text=rigid@2031-01-01"))
    assert "“rigid@2031-01-01”不在改革台上" in page
    assert "现行规定" in page


def test_what_is_paid_is_told_by_age_and_by_programme_and_age(office, desks):
    page = text(office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=800"))
    ages = page[page.index("ages-title") :]
    assert re.search(r'<th scope="row">18—59岁</th>.*?844\.00</td><td class="num">1,160\.00</td>', ages, re.S)
    assert re.search(r'<th scope="row">最低生活保障</th>.*?1,160\.00（\+316\.00）', ages, re.S)


def test_the_poverty_gap_is_told_by_county_by_age_and_by_programme(office, desks):
    """At 500 yuan one household lacks 182 and one 162 of today's 682; both of grown people, the second without any benefit."""
    page = text(office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=500"))
    gap = page[page.index("gap-title") : page.index("cases-title")]
    row = r'<th scope="row">{}</th><td class="num">0\.00</td><td class="num">{}</td>'
    assert re.search(row.format("潞州区", r"182\.00"), gap)
    assert re.search(row.format("18—59岁", r"344\.00"), gap)
    assert re.search(row.format("不领取按月待遇的家庭", r"162\.00"), gap)
    assert re.search(row.format(r"<a[^>]*>最低生活保障</a>", r"182\.00"), gap)
    assert "各项不能相加" in gap


# -- which worked cases change -------------------------------------------------------------------------------------------


def test_changed_worked_cases_are_shown_once_they_are_decided(office, desks, monkeypatch):
    from minzheng.rulebook.content.cases import shelf

    wanted = ("T45-stack", "T55-b", "T01")
    monkeypatch.setattr(desks.cases.cases, "cases", [shelf().cases[id_] for id_ in wanted])
    client = office(Role.POLICY_OFFICER)
    first = client.get("/reform/cases/?text=study_school@2025-09-01")
    assert first.status_code == 200
    if "正在逐个核对" in text(first):
        assert first["Refresh"] == "2"
        assert 'max="3"' in text(first)
    asked = overlay_of({"texts": {"study_school": "2025-09-01"}, "parameters": {}}, BOOK.parameters)
    assert desks.cases.wait(asked, date(2023, 12, 31), 60)
    page = text(client.get("/reform/cases/?text=study_school@2025-09-01"))
    assert "3 个样例中" in page
    assert "T55-b" in page
    assert "T45-stack" not in page
    part = text(client.get("/reform/cases/?text=study_school@2025-09-01", headers={"X-Reform-Part": "cases"}))
    assert "<html" not in part
    assert "不符合 → 符合" in part


def test_cases_without_a_reform_are_refused_and_others_may_not_ask(office, desks):
    assert office(Role.POLICY_OFFICER).get("/reform/cases/").status_code == 409
    assert office(Role.TOWNSHIP_OFFICER).get("/reform/cases/?oa.amount=71").status_code == 403


# -- before it is ready ------------------------------------------------------------------------------------------------


def told(monkeypatch, **state):
    base = {"step": 3, "steps": 7, "seconds": 12, "basis": {}}
    monkeypatch.setattr("minzheng.web.pages.reform.desk_state", lambda actor: {**base, **state})


def test_while_the_city_is_made_ready_the_page_says_what_and_comes_back(office, monkeypatch):
    told(monkeypatch, state="preparing", what="按现行规定核算全市")
    reply = office(Role.POLICY_OFFICER).get("/reform/?dibao.std.urban=800")
    assert "城市数据尚在准备" in text(reply)
    assert "按现行规定核算全市，已用 12 秒" in text(reply)
    assert re.search(r'<progress[^>]*max="7" value="3"', text(reply))
    assert reply["Refresh"] == "3"
    assert "/reform/?dibao.std.urban=800" in text(reply)


def test_without_the_process_the_page_says_whom_to_ask(office, monkeypatch, tmp_path):
    monkeypatch.setattr(asking, "socket_path", lambda: tmp_path / "none.sock")
    reply = office(Role.POLICY_OFFICER).get("/reform/")
    assert "测算服务没有运行" in text(reply)
    assert "系统管理员" in text(reply)


def test_a_desk_that_failed_is_told_and_does_not_reload_for_ever(office, monkeypatch):
    told(monkeypatch, state="failed", what="城市数据未能准备好，原因已记入日志")
    reply = office(Role.POLICY_OFFICER).get("/reform/")
    assert "未能准备好" in text(reply)
    assert "Refresh" not in reply


# -- who changes -------------------------------------------------------------------------------------------------------


def test_a_supervisor_sees_who_changes_and_it_is_recorded(office, desks, households):
    client = office(Role.CITY_SUPERVISOR)
    page = text(client.get("/reform/changes/?dibao.std.urban=800&programme=dibao"))
    assert "共 3 条" in page
    for number in (1, 2, 3):
        assert str(households[number].public_id) in page
    assert str(households[4].public_id) not in page, "nothing is decided for the fourth, so nothing changes"
    assert entries("list_reform_changes")[-1].detail == {"count": 3}


def test_a_list_without_a_reform_is_refused_with_the_way_back(office, desks):
    reply = office(Role.CITY_SUPERVISOR).get("/reform/changes/")
    assert reply.status_code == 409
    assert "回到改革台" in text(reply)


def test_an_export_needs_a_purpose_and_keeps_numbers_masked(office, desks, households):
    client = office(Role.CITY_SUPERVISOR)
    moved = {"dibao.std.urban": "800", "programme": "dibao"}
    assert client.post("/reform/changes/export/", moved).status_code == 409
    assert entries("export_reform_changes") == []
    reply = client.post("/reform/changes/export/", {**moved, "purpose": "施行前核对"})
    lines = reply.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("最低生活保障,")
    assert not re.search(r"\d{17}[\dX]", reply.content.decode())
    entry = entries("export_reform_changes")[-1]
    assert (entry.reason, entry.detail) == ("施行前核对", {"count": 3})


def test_a_name_is_never_a_formula():
    from minzheng.web.pages.reform import _plain

    assert _plain("=1+1") == "'=1+1"
    assert _plain("王") == "王"
