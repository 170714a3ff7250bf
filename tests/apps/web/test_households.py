"""Finding a household and reading it: only one's own region, numbers masked, and the same answer for not there and not yours."""

from __future__ import annotations

import re
import uuid

import pytest

from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry.models import Person
from minzheng.values.identity import DEMO_AREA
from tests.apps.web.conftest import HOME_TOWNSHIP, HOME_VILLAGE, OTHER_TOWNSHIP

_NUMBER = re.compile(rf"{DEMO_AREA}\d{{11}}[\dXx]")

#: Fixed households of the demonstration (`minzheng demo stories`).
EXACTLY_THE_STANDARD, FAMILY_OF_FOUR, AFTER_A_NEW_JOB = 1, 3, 6


def text(reply):
    return reply.content.decode()


def near(households):
    return next(row for row in households.values() if row.township == HOME_TOWNSHIP)


def far(households):
    return next(row for row in households.values() if row.township == OTHER_TOWNSHIP)


def entries(**by):
    with scope(system_actor("test")):
        return list(AuditEntry.objects.filter(**by).order_by("at"))


def somebody_of(household):
    with scope(system_actor("test")):
        return Person.objects.filter(memberships__household_id=household.pk).order_by("pk").first()


def clear_number(person):
    return person.number.open_after_recording()


@pytest.mark.parametrize("by", ["name", "pinyin", "number"])
def test_a_household_is_found_by_name_pinyin_or_whole_number(office, households, by):
    here = near(households)
    person = somebody_of(here)
    typed = {"name": person.name, "pinyin": person.name_pinyin, "number": clear_number(person)}[by]
    reply = office(Role.TOWNSHIP_OFFICER).post("/search/", {"q": typed}, follow=True)
    assert f"/households/{here.public_id}/" in (
        reply.redirect_chain[0][0] if reply.redirect_chain else text(reply)
    )


def test_a_person_of_another_township_is_not_found_even_by_the_whole_number(office, households):
    person = somebody_of(far(households))
    reply = office(Role.TOWNSHIP_OFFICER).post("/search/", {"q": clear_number(person)})
    assert "没有找到" in text(reply)
    assert person.name not in text(reply)


def test_what_was_typed_is_not_in_the_audit(office, households):
    person = somebody_of(near(households))
    office(Role.TOWNSHIP_OFFICER).post("/search/", {"q": person.name})
    entry = entries(verb="search")[-1]
    assert person.name not in f"{entry.subject}{entry.reason}{entry.detail}"


def test_a_village_opens_to_its_households(office, households):
    here = near(households)
    page = text(office(Role.TOWNSHIP_OFFICER).get(f"/divisions/{here.village}/"))
    assert str(here.public_id) in page


def test_not_there_and_not_yours_look_the_same_and_leave_a_record(office, households):
    inside = office(Role.TOWNSHIP_OFFICER)
    nowhere = uuid.UUID(int=7)
    elsewhere = far(households).public_id
    answers = [inside.get(f"/households/{key}/") for key in (nowhere, elsewhere)]
    assert [reply.status_code for reply in answers] == [404, 404]
    plain = [
        re.sub(
            r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"|/households/[\w-]+/', "", text(r)
        )
        for r in answers
    ]
    assert plain[0] == plain[1]
    assert {entry.subject for entry in entries(verb="not_found")} >= {str(nowhere), str(elsewhere)}


@pytest.mark.parametrize("role", [Role.POLICY_OFFICER, Role.DATA_ADMIN, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_roles_without_households_are_refused_with_the_reason(office, households, role):
    inside = office(role)
    for address in ("/search/", f"/households/{near(households).public_id}/", f"/divisions/{HOME_VILLAGE}/"):
        reply = inside.get(address)
        assert reply.status_code == 403
        assert "您的岗位" in text(reply)


def test_no_page_shows_a_whole_number(office, households):
    inside = office(Role.CITY_SUPERVISOR)
    for row in households.values():
        page = text(inside.get(f"/households/{row.public_id}/"))
        assert not _NUMBER.search(page)
        assert "1404**********" in page


def test_one_number_opens_for_a_reason_and_the_reason_is_recorded(office, households):
    person = somebody_of(near(households))
    inside = office(Role.TOWNSHIP_OFFICER)
    reply = inside.post(f"/people/{person.public_id}/number/", {"purpose": "核对身份"})
    assert clear_number(person) in text(reply)
    assert reply["Cache-Control"].startswith("max-age=0")
    entry = entries(verb="reveal")[-1]
    assert (entry.subject, entry.reason) == (str(person.pk), "核对身份")


def test_without_a_reason_nothing_opens(office, households):
    person = somebody_of(near(households))
    reply = office(Role.TOWNSHIP_OFFICER).post(f"/people/{person.public_id}/number/", {"purpose": "  "})
    assert reply.status_code == 409
    assert clear_number(person) not in text(reply)
    assert entries(verb="reveal") == []


def test_a_village_worker_may_not_open_a_number(office, households):
    person = somebody_of(near(households))
    reply = office(Role.VILLAGE_WORKER).post(f"/people/{person.public_id}/number/", {"purpose": "核对身份"})
    assert reply.status_code == 403


def test_another_townships_number_does_not_open(office, households):
    person = somebody_of(far(households))
    reply = office(Role.TOWNSHIP_OFFICER).post(f"/people/{person.public_id}/number/", {"purpose": "核对身份"})
    assert reply.status_code == 404
    assert clear_number(person) not in text(reply)


def test_a_wrong_day_is_told_and_the_business_date_stands(office, households):
    page = text(office(Role.TOWNSHIP_OFFICER).get(f"/households/{near(households).public_id}/?on=2023-02-31"))
    assert "日期无法识别" in page
    assert 'value="2023-12-31"' in page


def test_three_years_of_what_a_family_receives_stand_on_one_screen(office, households):
    page = text(office(Role.TOWNSHIP_OFFICER).get(f"/households/{households[AFTER_A_NEW_JOB].public_id}/"))
    receipts = page[page.index("这个家庭享受的待遇") : page.index("逐项判断")]
    plain = re.sub(r"<[^>]+>", " ", receipts)
    for year in ("2021", "2022", "2023"):
        assert year in plain
    # 456 from September 2021 (4 and 12 months), 546 from January 2023 and as phase-out from July (12 months).
    for fen in ("1,824.00", "5,472.00", "6,552.00"):
        assert fen in plain
    assert re.search(r"2021-12\s+最低生活保障 456.00\s+456.00", plain)
    assert re.search(r"2021-08\s+没有登记\s+0.00", plain)


def test_what_was_recorded_later_is_not_received_as_known_then(office, households):
    address = f"/households/{households[AFTER_A_NEW_JOB].public_id}/"
    inside = office(Role.TOWNSHIP_OFFICER)
    assert "没有登记享受的待遇" in text(inside.get(f"{address}?known=2023-12-20"))
    assert "没有登记享受的待遇" not in text(inside.get(f"{address}?known=2023-12-28"))


def test_the_page_of_a_household_stays_light_and_each_outcome_opens_by_itself(office, households):
    """A family of four has some fifty outcomes; their trees are fetched one by one."""
    inside = office(Role.TOWNSHIP_OFFICER)
    page = text(inside.get(f"/households/{households[FAMILY_OF_FOUR].public_id}/"))
    assert len(page) < 200_000
    addresses = set(re.findall(r'hx-get="([^"]+)"', page))
    assert len(addresses) > 40
    for address in sorted(addresses)[:3]:
        whole = text(inside.get(address))
        part = text(inside.get(address, headers={"HX-Request": "true"}))
        assert 'class="tree"' in whole
        assert 'class="tree"' in part
        assert "<html" in whole
        assert "<html" not in part


def test_a_refused_programme_says_by_how_much(office, households):
    page = text(
        office(Role.TOWNSHIP_OFFICER).get(f"/households/{households[EXACTLY_THE_STANDARD].public_id}/")
    )
    assert re.search(r"低于 月低保标准 682.00 元：不符合（恰好等于界限）", page)


def test_a_household_is_found_by_its_village_and_the_beginning_of_its_address(office, households):
    from minzheng.registry.models import Household

    inside = office(Role.TOWNSHIP_OFFICER)
    with scope(system_actor("test")):
        row = Household.objects.filter(village=int(HOME_VILLAGE), closed_on=None).exclude(address="").first()
    found = inside.post("/search/", {"village": HOME_VILLAGE, "address": row.address[:3]}).content.decode()
    assert str(row.public_id) in found
    assert (
        "没有找到"
        in inside.post("/search/", {"village": HOME_VILLAGE, "address": "无此住址"}).content.decode()
    )
    elsewhere = inside.post("/search/", {"village": "140425200201", "address": row.address[:3]})
    assert elsewhere.status_code == 409
    assert "没有找到该村（社区）" in elsewhere.content.decode()
    without = inside.post("/search/", {"village": HOME_VILLAGE, "address": " "})
    assert without.status_code == 409
    assert "请填写住址的开头" in without.content.decode()
