"""The anonymous check: answers in, every programme out; nothing stored, unknown stays unknown, what does not fit is said."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from minzheng.assessment.self_check import UNSURE, Answers, Someone, Tie, check_answers, names_of
from minzheng.values.errors import Refusal
from minzheng.web.portal.asked import PAGES, Told, asked_of_family, field_names

ON = date(2023, 12, 31)
FAMILY = {
    "county": "140403", "registration": "城镇", "p0_tie": "self", "p0_age": "45", "p1_tie": "spouse", "p1_age": "43",
    "p2_tie": "child", "p2_age": "9", "p0_wages": "1500",
}  # fmt: skip


def family(**changes: str) -> Told:
    return Told.of({**FAMILY, **changes})


def status(told: Told, program: str, who: int | None = None) -> str:
    return check_answers(told.answers(), on=ON).of(program, who).status.key


def test_a_family_under_the_line_is_told_yes_with_what_the_rulebook_pays():
    determination = check_answers(family().answers(), on=ON)
    outcome = determination.of("dibao")
    # 3 × 682.00 − (1,500 − 20 % of the wage)
    assert (outcome.status.key, outcome.amount) == ("yes", 3 * 68_200 - 120_000)


def test_an_answer_left_open_never_makes_a_no():
    open_answers = {
        "p0_wages": UNSURE, "savings": UNSURE, "p1_disability": UNSURE, "p1_care": UNSURE, "hardship": UNSURE,
    }  # fmt: skip
    told = Told({**family().values, **open_answers})
    assert status(told, "dibao") == "unknown"
    assert status(told, "care_subsidy", 1) == "unknown"
    assert status(told, "relief_expenditure") == "unknown"


def test_an_unknown_registration_leaves_the_standard_open():
    assert status(family(registration="", p0_wages="1950"), "dibao") != "no"


def test_only_what_could_change_an_outcome_is_asked_about_kin_and_school():
    alone = Told.of({"county": "140403", "registration": "农村", "p0_tie": "self", "p0_age": "72"})
    assert [(name, asks) for _row, name, asks in asked_of_family(alone, ON)] == [("本人", ("kin",))]
    with_son = Told.of({**FAMILY, "p1_tie": "parent", "p1_age": "72", "p2_age": ""})
    assert asked_of_family(with_son, ON) == [], "who lives with an able child is not asked about other kin"
    child = {name: set(asks) for _row, name, asks in asked_of_family(family(), ON)}
    assert {"father", "mother"} <= child["子女"]
    assert "本人" not in child


def test_members_are_called_by_what_they_are_to_the_one_who_asks():
    told = (Someone(Tie.SELF, "40"), Someone(Tie.CHILD, "9"), Someone(Tie.CHILD, "3"))
    assert names_of(told) == ["本人", "子女一", "子女二"]


@pytest.mark.parametrize("age", ["-1", "121", "四十", "4.5", "４５"])
def test_an_age_that_is_none_is_refused_by_name(age):
    with pytest.raises(Refusal) as refused:
        check_answers(Answers("140403", "城镇", (Someone(Tie.SELF, age),)), on=ON)
    assert refused.value.field == "age"


@pytest.mark.parametrize("sum_", ["1,500", "-3", "1e9", "99999999", "１５００"])
def test_a_sum_that_is_none_is_refused(sum_):
    with pytest.raises(Refusal):
        check_answers(Answers("140403", "城镇", (Someone(Tie.SELF, "40", wages=sum_),)), on=ON)


def test_a_car_or_a_licence_is_for_a_person_to_judge_and_no_reason_to_refuse():
    assert status(family(car="yes"), "dibao") == "review"
    assert status(family(business="unsure"), "dibao") == "review", "open either way, a person finds out"


# -- the pages ----------------------------------------------------------------------------------------------------


def hidden(page: str) -> dict[str, str]:
    """The fields of the form as a browser would send them back."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    fields.pop("csrfmiddlewaretoken", None)
    fields.pop("next", None)
    return fields


@pytest.mark.django_db
def test_the_whole_way_of_questions_ends_in_the_result_and_stores_nothing():
    client = Client()
    page = client.get("/portal/check/").content.decode()
    seen = []
    answers = {**FAMILY, "p1_disability": "肢体", "p1_level": "1", "p1_care": "yes"}
    for _ in range(len(PAGES)):
        told = hidden(page)
        seen.append(told["here"])
        mine = {n: v for n, v in answers.items() if f'name="{n}"' in page}
        page = client.post("/portal/check/", {**told, **mine, "go": "next"}).content.decode()
        if "您家的结果" in page:
            break
    assert seen == [one.name for one in PAGES]
    assert "最低生活保障" in page
    assert "重度残疾人护理补贴" in page
    assert "示例" in page
    assert "minzheng_session" not in client.cookies
    assert set(client.cookies) <= {"csrftoken"}


@pytest.mark.django_db
def test_going_back_loses_nothing_and_asks_for_nothing():
    client = Client()
    reply = client.post("/portal/check/", {**FAMILY, "here": "income", "go": "back"})
    page = reply.content.decode()
    assert "和谁一起生活" in page
    assert 'value="45"' in page
    assert hidden(page)["p0_wages"] == "1500"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("here", "wrong", "said"),
    [
        ("place", {"county": ""}, "请选择户口所在的县区"),
        ("people", {"p0_age": ""}, "请填写您自己的年龄"),
        ("people", {"p1_tie": "self"}, "“本人”只能有一个"),
        ("people", {"p1_tie": ""}, "请选择这位家人与您的关系"),
        ("people", {"p0_age": "200"}, "0 到 120"),
        ("income", {"p0_wages": "很多"}, "金额请填数字"),
        ("property", {"homes": "7"}, "请从给出的选项中选择"),
        ("income", {"p0_wages": "1" * 40}, "填写的内容太长"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_the_rest_is_kept(here, wrong, said):
    reply = Client().post("/portal/check/", {**FAMILY, **wrong, "here": here, "go": "next"})
    page = reply.content.decode()
    assert reply.status_code == 422
    assert said in page
    assert 'aria-invalid="true"' in page or 'class="field wrong"' in page or "field wrong" in page


@pytest.mark.django_db
def test_fields_nobody_asked_for_are_not_carried():
    page = (
        Client()
        .post("/portal/check/", {**FAMILY, "here": "place", "go": "next", "is_admin": "1"})
        .content.decode()
    )
    assert "is_admin" not in page
    assert set(hidden(page)) <= {*field_names(), "here"}


@pytest.mark.django_db
def test_every_programme_has_a_page_in_plain_words_and_an_unknown_one_is_not_there():
    client = Client()
    assert "要符合的条件" in client.get("/portal/programmes/dibao/").content.decode()
    assert client.get("/portal/programmes/nothing/").status_code == 404


@pytest.mark.django_db
def test_large_type_is_kept_on_the_phone_and_leads_nowhere_else():
    client = Client()
    reply = client.post("/portal/size/", {"size": "large", "next": "https://example.com/"})
    assert (reply.status_code, reply["Location"]) == (302, "/portal/")
    assert 'data-size="large"' in client.get("/portal/").content.decode()
