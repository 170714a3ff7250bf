"""A family's changes at the desk: the effect is shown before anything is saved, and what is saved is what was shown."""

from __future__ import annotations

import re
import uuid
from datetime import date

import pytest
from django.db import connection

from minzheng.base.models import AuditEntry
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role
from minzheng.registry import codes
from minzheng.registry.actions import reveal_number
from minzheng.registry.models import Change, Division, Handover, HandoverState, Household, Membership, Person
from minzheng.registry.queries import members_of
from minzheng.values.identity import compose
from minzheng.values.month import Month
from tests.apps.web.conftest import HOME_TOWNSHIP, HOME_VILLAGE, OTHER_TOWNSHIP, come_in

CITY = system_actor("test")
TODAY = date(2023, 12, 20)


def everything():
    """Each table of the registry with its number of rows, and the audit but for pages opened."""
    with scope(CITY), connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relname like 'registry\\_%%' and relkind = 'r' order by 1", []
        )
        counts = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"select count(*), sum(hashtext(t::text)::bigint) from {name} t")
            counts[name] = cursor.fetchone()
        return counts, AuditEntry.objects.exclude(verb="not_found").count()


@pytest.fixture
def family(stories_loaded, db):
    """A household of the township officer's village with three at home or more, with its members."""
    with scope(CITY):
        for row in Household.objects.filter(township=HOME_TOWNSHIP, closed_on=None).order_by("id"):
            members = [m for m in members_of(CITY, row.pk, on=business_date()) if m.person and m.home]
            if len(members) >= 3 and not any(m.person.died_on for m in members):
                return row, members
    raise AssertionError("no family of three in the demonstration's township")


@pytest.fixture
def inside(office):
    return office(Role.TOWNSHIP_OFFICER)


def form_of(page: str) -> dict[str, str]:
    found = {"key": re.search(r'name="key" value="([^"]+)"', page)[1]}
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    return found | ({"digest": digest[1]} if digest else {})


def address(row, kind=""):
    return f"/households/{row.public_id}/changes/{kind + '/' if kind else ''}"


def press_twice(inside, row, kind, given):
    """Preview and save; the answers of both."""
    opened = inside.get(address(row, kind)).content.decode()
    given = given | form_of(opened)
    previewed = inside.post(address(row, kind), given | {"go": "preview"})
    assert previewed.status_code == 200, previewed.content.decode()
    given |= form_of(previewed.content.decode())
    return previewed.content.decode(), inside.post(address(row, kind), given | {"go": "save"}), given


def split_of(members):
    """The last member leaves for a household of the own."""
    key = str(members[-1].person.public_id)
    return {"on": str(TODAY), "reason": "分户登记申请", "event": str(int(codes.Event.MOVE)), "to_village": "",
            "address": "", f"go-{key}": "go", f"relation-{key}": "1", f"here-{key}": "yes"}  # fmt: skip


def test_the_household_page_leads_to_every_kind_of_change(inside, family):
    row, _members = family
    assert address(row) in inside.get(f"/households/{row.public_id}/").content.decode()
    listed = inside.get(address(row)).content.decode()
    for kind in ("move", "split", "merge", "join", "leave", "hand-over", "birth", "death", "head"):
        assert address(row, kind) in listed
        assert inside.get(address(row, kind)).status_code == 200
    assert inside.get(address(row, "nonsense")).status_code == 404


def test_a_preview_writes_nothing_and_says_what_would_become_of_every_programme(inside, family):
    row, members = family
    form = form_of(inside.get(address(row, "split")).content.decode())
    before = everything()
    page = inside.post(address(row, "split"), split_of(members) | form | {"go": "preview"}).content.decode()
    assert everything() == before
    assert "预览：保存以后" in page
    assert f"{members[-1].person.name}自 2023-12-20 起分出" in page
    assert "新立的户" in page


@pytest.mark.parametrize("kind", ["split", "leave"])
def test_what_was_foreseen_is_what_comes_about(inside, family, kind):
    """Every line of the preview against the same family decided before and after the change was really made."""
    row, members = family
    person = members[-1]
    given = split_of(members) | {"person": str(person.person.public_id)}
    form = form_of(inside.get(address(row, kind)).content.decode())
    before = decided(row.pk)
    previewed = inside.post(address(row, kind), given | form | {"go": "preview"})
    assert (
        inside.post(
            address(row, kind), given | form_of(previewed.content.decode()) | {"go": "save"}
        ).status_code
        == 302
    )
    with scope(CITY):
        after = decided(row.pk)
        homes = Membership.objects.filter(
            person_id=person.person_id, home=True, until=None, superseded_at=None
        )
        for household in homes.values_list("household_id", flat=True):
            after |= {key: one for key, one in decided(household).items() if key[1] == person.person.name}
    lines = previewed.context["preview"].effects
    told_before = {(line.label, line.who): side(line.before) for line in [*lines.changed, *lines.same]}
    told_after = {(line.label, line.who): side(line.after) for line in [*lines.changed, *lines.same]}
    new = "新立的户"
    assert {key: one for key, one in told_before.items() if one} == {
        key: before[(key[0], "全家" if key[1].endswith("户") else key[1])]
        for key, one in told_before.items()
        if one
    }
    for (label, who), one in told_after.items():
        if one and who != new:
            assert after[(label, "全家" if who.endswith(" 户") else who)] == one, (label, who)
    fits = {key for key, one in before.items() if one[0] != "no"}
    assert len(fits) == sum(1 for one in told_before.values() if one and one[0] != "no")


def side(one):
    return None if one is None else (one.status, one.amount)


def decided(household) -> dict:
    from minzheng.assessment.decide import decide
    from minzheng.web import explained

    with scope(CITY):
        found = explained.outcomes(decide(CITY, household, on=business_date(), steps=False))
        return {(one.label, one.who or "全家"): side(one) for one in found}


def test_what_was_shown_is_saved_once_however_often_it_is_pressed(inside, family):
    row, members = family
    person = members[-1].person.id
    _page, saved, given = press_twice(inside, row, "split", split_of(members))
    assert saved.status_code == 302
    with scope(CITY):
        tie = Membership.objects.get(person_id=person, home=True, until=None, superseded_at=None)
        households = Household.objects.count()
        assert tie.household_id != row.pk
        assert Change.objects.get(household_id=row.pk).kind == "split"
    again = inside.post(address(row, "split"), given | {"go": "save"}, follow=True)
    assert "没有重复办理" in again.content.decode()
    with scope(CITY):
        assert Household.objects.count() == households
        assert Change.objects.filter(household_id=row.pk).count() == 1


def test_something_else_than_what_was_shown_is_not_saved(inside, family):
    row, members = family
    form = form_of(inside.get(address(row, "split")).content.decode())
    given = split_of(members) | form
    given |= form_of(inside.post(address(row, "split"), given | {"go": "preview"}).content.decode())
    before = everything()
    answer = inside.post(address(row, "split"), given | {"go": "save", "on": "2023-12-19"})
    assert answer.status_code == 409
    assert "与预览时不同，没有保存" in answer.content.decode()
    assert everything() == before


def test_a_family_that_changed_meanwhile_is_shown_again(inside, family):
    row, members = family
    form = form_of(inside.get(address(row, "split")).content.decode())
    given = split_of(members) | form
    given |= form_of(inside.post(address(row, "split"), given | {"go": "preview"}).content.decode())
    with scope(CITY):
        from minzheng.registry.joining import leave_household

        leave_household(actor=CITY, household=row.pk, person=members[1].person.id, on=TODAY,
                        event=codes.Event.MOVE, reason="测试")  # fmt: skip
    answer = inside.post(address(row, "split"), given | {"go": "save"})
    assert answer.status_code == 409
    with scope(CITY):
        assert Membership.objects.filter(
            household_id=row.pk, person_id=members[-1].person.id, until=None, superseded_at=None
        ).exists()


def test_a_refusal_stands_beside_the_form_and_nothing_typed_is_lost(inside, family):
    row, members = family
    given = split_of(members) | {"reason": "分户登记申请甲", "on": "2099-01-01"}
    form = form_of(inside.get(address(row, "split")).content.decode())
    answer = inside.post(address(row, "split"), given | form | {"go": "preview"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert page.count("变动日期不能晚于今天") == 2, "at the top and beside the field"
    assert "分户登记申请甲" in page
    assert 'value="2099-01-01"' in page
    assert re.search(
        rf'name="go-{members[-1].person.public_id}"[^>]*><option value="">[^<]*</option><option value="go" selected',
        page,
    )


def test_a_death_shows_whose_aid_it_touches_and_names_the_new_head(inside, family):
    row, members = family
    head, heir = members[0], members[1]
    given = {"person": str(head.person.public_id), "on": str(TODAY), "reason": "死亡证明",
             "source": str(int(codes.Source.FUNERAL))}  # fmt: skip
    form = form_of(inside.get(address(row, "death")).content.decode())
    refused = inside.post(address(row, "death"), given | form | {"go": "preview"})
    assert refused.status_code == 409
    assert "应有且只有一名户主" in refused.content.decode()
    relations = {f"relation-{m.person.public_id}": "10" for m in members[2:]}
    given |= relations | {f"relation-{heir.person.public_id}": "1"}
    page, saved, _given = press_twice(inside, row, "death", given)
    assert f"{head.person.name}于 2023-12-20 死亡" in page
    assert saved.status_code == 302
    with scope(CITY):
        left = [m for m in members_of(CITY, row.pk, on=business_date()) if m.home]
        assert [m.relation for m in left if m.person_id == heir.person_id] == ["户主"]
        assert head.person_id not in {m.person_id for m in left}


@pytest.fixture
def aided(stories_loaded, db):
    """The old couple of the stories as taken over: what each of their awards pays."""
    from minzheng.awards.models import Award
    from minzheng.awards.taking_over import take_over

    with scope(CITY):
        for row in Household.objects.filter(township=HOME_TOWNSHIP, closed_on=None).order_by("id"):
            take_over(
                actor=CITY, county=str(row.township)[:6], month=Month.of(business_date()), on=business_date(),
                household=row.pk,
            )  # fmt: skip
            awards = list(Award.objects.filter(household_id=row.pk, ends=None))
            members = [m for m in members_of(CITY, row.pk, on=business_date()) if m.person and m.home]
            if len(members) > 1 and any(award.person_id for award in awards):
                return row, members, awards
    raise AssertionError("nobody of the township receives anything for a person alone")


def test_the_preview_says_what_becomes_of_each_award_and_saving_does_that(inside, aided):
    from minzheng.awards.models import Award, Task

    row, members, awards = aided
    going = next(m for m in members if m.person_id in {a.person_id for a in awards})
    rest = [m for m in members if m is not going]
    key = str(going.person.public_id)
    given = {
        "on": str(business_date()), "reason": "分户登记申请", "event": str(int(codes.Event.MOVE)), "to_village": "",
        "address": "", f"go-{key}": "go", f"relation-{key}": "1", f"here-{key}": "yes",
        f"relation-{rest[0].person.public_id}": "1",
        **{f"relation-{m.person.public_id}": "10" for m in rest[1:]},
    }  # fmt: skip
    page, saved, given = press_twice(inside, row, "split", given)
    assert saved.status_code == 302
    for award in awards:
        assert f"/awards/{award.public_id}/" in page
    with scope(CITY):
        carried = Award.objects.filter(predecessor__in=awards).count()
        judged = Task.objects.filter(award__in=awards, kind="regrouped").count()
        many = Award.objects.count(), Task.objects.count()
    assert carried + judged > 0
    assert (page.count("随人转入新立的户"), page.count("转入复核，由审核确认机关决定")) == (carried, judged)
    inside.post(address(row, "split"), given | {"go": "save"})
    with scope(CITY):
        assert (Award.objects.count(), Task.objects.count()) == many


def test_a_birth_joins_the_household(inside, family):
    row, members = family
    number = compose("140499", TODAY, 222).reveal_for("tests")
    given = {"name": "郭初一", "sex": "2", "on": str(TODAY), "relation": "3", "reason": "出生医学证明", "number": number,
             "rural": "", "father": str(members[0].person.public_id), "mother": ""}  # fmt: skip
    page, saved, given = press_twice(inside, row, "birth", given)
    assert f'value="{number}"' in page, "what was typed stands in the form, so that the second press sends it"
    assert saved.status_code == 302
    wrong = inside.post(
        address(row, "birth"),
        given | {"number": number[:-1] + "Y", "key": str(uuid.uuid4()), "go": "preview"},
    )
    assert wrong.status_code == 409
    assert number[:-1] + "Y" in wrong.content.decode()
    inside.post(address(row, "birth"), given | {"go": "save"})
    with scope(CITY):
        born = Person.objects.get(name="郭初一")
        assert reveal_number(actor=CITY, person=born.pk, purpose="核对") == number


def test_a_name_that_many_bear_is_chosen_from_a_list(inside, family):
    row, _members = family
    with scope(CITY):
        surname = Person.objects.filter(township=HOME_TOWNSHIP).order_by("id").first().name[0]
    form = form_of(inside.get(address(row, "join")).content.decode())
    given = {"person": surname, "on": str(TODAY), "relation": "10", "event": "5", "reason": "投靠"}
    answer = inside.post(address(row, "join"), given | form | {"go": "preview"})
    assert answer.status_code == 409
    choices = re.findall(r'name="person-choice" value="([^"]+)"', answer.content.decode())
    assert choices
    chosen = next(
        one for one in choices
        if inside.post(address(row, "join"), given | form | {"go": "preview", "person-choice": one}).status_code == 200
    )  # fmt: skip
    page, saved, _given = press_twice(inside, row, "join", given | {"person-choice": chosen})
    assert "加入本户" in page
    assert saved.status_code == 302
    with scope(CITY):
        person = Person.objects.get(public_id=chosen)
        assert Membership.objects.filter(
            household_id=row.pk, person_id=person.pk, until=None, superseded_at=None
        ).exists()


def test_a_move_within_the_township_is_saved_and_one_beyond_it_is_offered(office, inside, family):
    row, members = family
    with scope(CITY):
        near = (
            Division.objects.filter(
                code__gte=HOME_TOWNSHIP * 1000,
                code__lt=(HOME_TOWNSHIP + 1) * 1000,
                pseudo=False,
                valid_to=None,
            )
            .exclude(code=row.village)
            .order_by("code")
            .first()
        )
        far = (
            Division.objects.filter(
                code__gte=OTHER_TOWNSHIP * 1000,
                code__lt=(OTHER_TOWNSHIP + 1) * 1000,
                pseudo=False,
                valid_to=None,
            )
            .order_by("code")
            .first()
        )
    base = {"on": str(TODAY), "reason": "购房迁居", "address": ""}
    _page, saved, _given = press_twice(inside, row, "move", base | {"to_village": str(near.code)})
    assert saved.status_code == 302
    with scope(CITY):
        assert Household.objects.get(pk=row.pk).village == near.code
    page, saved, given = press_twice(inside, row, "move", base | {"to_village": str(far.code)})
    assert "对方接收后" in page
    assert saved.status_code == 302
    inside.post(address(row, "move"), given | {"go": "save"})
    with scope(CITY):
        offer = Handover.objects.get(household_id=row.pk)
        assert Household.objects.get(pk=row.pk).village == near.code
    assert members[0].person.name in inside.get("/handovers/").content.decode()
    answer = f"/handovers/{offer.public_id}/"
    assert inside.post(answer, {"version": "1", "go": "take"}).status_code == 409
    without = inside.post(answer, {"version": "1", "go": "withdraw", "reason": ""})
    assert without.status_code == 409
    assert inside.post(answer, {"version": "1", "go": "withdraw", "reason": "填错"}).status_code == 302
    assert inside.post(answer, {"version": "1", "go": "withdraw", "reason": "填错"}).status_code == 409
    with scope(CITY):
        assert Handover.objects.get().state == HandoverState.WITHDRAWN


def test_an_offer_is_taken_by_the_other_township_and_read_by_nobody_else(inside, family):
    row, _members = family
    receiver, far = receiving_office()
    given = {"on": str(TODAY), "reason": "投靠子女", "address": "", "to_village": str(far.code)}
    _page, saved, _given = press_twice(inside, row, "move", given)
    assert saved.status_code == 302
    with scope(CITY):
        offer = Handover.objects.get()
    page = receiver.get("/handovers/").content.decode()
    assert offer.who in page
    assert receiver.get(f"/households/{row.public_id}/").status_code == 404
    taken = receiver.post(f"/handovers/{offer.public_id}/", {"version": "1", "go": "take", "address": "新址"})
    assert taken.status_code == 302
    assert taken["Location"] == f"/households/{row.public_id}/"
    assert receiver.get(f"/households/{row.public_id}/").status_code == 200
    assert inside.get(f"/households/{row.public_id}/").status_code == 404
    assert receiver.post(f"/handovers/{offer.public_id}/", {"version": "1", "go": "take"}).status_code == 409


def receiving_office():
    """The desk of a township in the other county, and a village of it."""
    from django.test import Client

    from minzheng.base.models import RegionInCharge

    with scope(CITY):
        there = RegionInCharge.objects.get(staff__username="xy-xiang").division
        village = (
            Division.objects.filter(parent=int(there), pseudo=False, valid_to=None).order_by("code").first()
        )
    client = Client()
    come_in(client, "xy-xiang")
    return client, village


def without_tokens(answer) -> str:
    """The page without what differs at every call: tokens, and its own address."""
    page = re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode())
    return re.sub(r"/households/[0-9a-f-]{36}/", "/households/", page)


def test_somebody_of_the_next_county_is_as_nobody(inside, households):
    far = households[12]
    assert far.township // 1000 != HOME_TOWNSHIP // 1000
    for kind in ("", "move", "death"):
        beyond = inside.get(address(far, kind))
        nowhere = inside.get(f"/households/{uuid.uuid4()}/changes/{kind + '/' if kind else ''}")
        assert beyond.status_code == nowhere.status_code == 404
        assert without_tokens(beyond) == without_tokens(nowhere)
    assert inside.post(address(far, "death"), {"go": "save"}).status_code == 404
    assert inside.post(f"/handovers/{uuid.uuid4()}/", {"go": "take"}).status_code == 404


def test_a_village_worker_records_no_change(office, family):
    row, _members = family
    worker = office(Role.VILLAGE_WORKER)
    assert worker.get(address(row)).status_code == 403
    assert worker.post(address(row, "move"), {}).status_code == 403
    assert worker.get("/handovers/").status_code == 403


@pytest.mark.parametrize(
    "attack",
    [
        "update registry_change set kind = 'x'",
        "delete from registry_change",
        (
            "insert into registry_change (client_key, division, household_id, kind, digest)"
            " values (gen_random_uuid(), '{village}', 12, 'move', repeat('0', 64))"
        ),
        (
            "insert into registry_change (client_key, division, household_id, kind, digest)"
            " values (gen_random_uuid(), '{village}', 987654321, 'move', repeat('0', 64))"
        ),
    ],
)
def test_the_database_refuses_to_bend_the_record_of_changes(households, attack):
    from django.db import DatabaseError, transaction

    from minzheng.base.types import Actor

    officer = Actor("staff:1", "", (str(HOME_TOWNSHIP),), frozenset({Role.TOWNSHIP_OFFICER}))
    with scope(officer), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack.replace("{village}", HOME_VILLAGE))


def test_a_list_of_many_offers_asks_the_database_as_often_as_a_list_of_one(inside, stories_loaded):
    from django.test.utils import CaptureQueriesContext

    from minzheng.registry.handover import offer_household

    with scope(CITY):
        rows = list(Household.objects.filter(township=HOME_TOWNSHIP, closed_on=None).order_by("id")[:6])
        far = (
            Division.objects.filter(parent=OTHER_TOWNSHIP, pseudo=False, valid_to=None)
            .order_by("code")
            .first()
        )

    def asked(some):
        with scope(CITY):
            for row in some:
                offer_household(actor=CITY, household=row.pk, to_village=far.code, on=TODAY, reason="测试")
        with CaptureQueriesContext(connection) as queries:
            assert inside.get("/handovers/").status_code == 200
        return len(queries)

    assert asked(rows[:1]) == asked(rows[1:])
