"""代办: who acts for a family sees and does what the mandate is for, while it holds, and takes no other part in the case."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from minzheng.base import documents
from minzheng.base.actions import reveal
from minzheng.base.models import Document, Staff
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Role, resident_actor
from minzheng.cases import actions, mandates, queries
from minzheng.cases.mandates import Agent
from minzheng.cases.models import Application, Case, Duty, Event, LetterRow, Mandate, Visit
from minzheng.cases.types import Channel, Matter, Relation, Side
from minzheng.registry.models import Household, Income, Membership, Person
from minzheng.registry.queries import members_of
from minzheng.values.errors import Refusal
from minzheng.values.identity import check_character


@pytest.fixture(autouse=True)
def shelf(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def family(walk):
    return resident_actor(walk.head, walk.row.pk, "本人")


@pytest.fixture
def niece(walk, city_of_stories):
    """A resident of another household, and how the family names her."""
    with scope(system_actor("test")) as platform:
        other = Household.objects.exclude(pk=walk.row.pk).order_by("pk").first()
        person = members_of(platform, other.pk, on=business_date())[0].person
        row = Person.objects.get(pk=person.id)
        number = reveal(platform, row.number, purpose="测试")
    return resident_actor(row.pk, other.pk, "侄女"), Agent(name=row.name, number=number)


@pytest.fixture
def worker(walk, staff_of):
    return staff_of(Role.VILLAGE_WORKER, at=str(walk.row.village))


def staff_number(actor):
    return int(actor.key.removeprefix("staff:"))


def given(actor, walk, agent, matter=Matter.APPLY, *, days=30, on=None, **more):
    on = on or business_date()
    with scope(actor):
        return mandates.grant(
            actor=actor, household=walk.row.pk, person=walk.head, agent=agent, relation=Relation.KIN, matter=matter,
            until=on + timedelta(days=days), on=on, **more,
        )  # fmt: skip


def acting(agent, mandate):
    with scope(agent):
        return mandates.acting(agent, mandate.pk, business_date())[1]


def applied(actor, walk):
    with scope(actor):
        application = actions.submit_application(
            actor=actor, household=walk.row.pk, applicant=walk.head, channel=Channel.PORTAL,
            client_key=uuid.uuid4(), programmes=[("dibao", None)],
        )  # fmt: skip
        return application.cases.get(programme="dibao")


def signed_paper(actor, walk):
    with scope(actor):
        return documents.keep(
            actor=actor, content=b"%PDF", media_type=documents.PDF, kind=documents.Kind.EVIDENCE,
            division=str(walk.row.village), household=walk.row.pk,
        ).public_id  # fmt: skip


def test_a_relative_applies_for_a_family_and_the_ledger_names_both(family, niece, walk):
    relative, named = niece
    mandate = given(family, walk, named)
    who = acting(relative, mandate)
    case = applied(who, walk)
    assert case.applicant_id == walk.head
    assert case.mandate == mandate.pk
    with scope(walk.officer):
        [first] = queries.history(walk.officer, case)
        assert first.actor == who.key
        assert str(walk.head) in first.actor
        assert mandates.names_of([first.actor]) == {first.actor: f"{named.name}（受托代办）"}
        assert mandates.of_cases(walk.officer, [case])[mandate.pk].agent_name == named.name
    with scope(family):
        assert [one.number for one in queries.cases_of_household(family)] == [case.number]


def test_who_acts_sees_the_cases_of_the_mandate_and_nothing_else_of_the_family(family, niece, walk):
    own = applied(family, walk)
    walk.step(family, own, "withdraw", reason="改由侄女代办", on=business_date())
    relative, named = niece
    mandate = given(family, walk, named)
    with scope(relative):
        assert Case.objects.count() == 0
    who = acting(relative, mandate)
    case = applied(who, walk)
    with scope(who):
        assert [one.pk for one in Case.objects.all()] == [case.pk]
        assert [one.pk for one in Application.objects.all()] == [case.application_id]
        assert [one.step.action for one in queries.steps_for(who, case)] == []
        for hidden in (Visit, Document, Duty):
            assert hidden.objects.count() == 0
        tables = connection.introspection.table_names()
        with connection.cursor() as cursor:
            for table in (
                "awards_award",
                "awards_term",
                "payments_payment",
                "payments_account",
                "base_residentphone",
            ):
                assert table in tables
                cursor.execute(f"select count(*) from {table}")
                assert cursor.fetchone() == (0,)


def test_a_mandate_for_one_matter_opens_neither_the_registry_nor_another_matter(family, niece, walk):
    case = applied(family, walk)
    walk.step(walk.officer, case, "list_missing", fields={"items": "收入证明"}, on=business_date())
    with scope(walk.officer):
        printed = queries.paper_of(walk.officer, LetterRow.objects.get(case=case, kind="shortage").public_id)
    relative, named = niece
    mandate = given(family, walk, named, Matter.SUPPLY, case=case.public_id)
    who = acting(relative, mandate)
    with scope(who):
        row = queries.case_of(who, case.public_id)
        assert [one.step.action for one in queries.steps_for(who, row)] == ["supply"]
        for hidden in (Person, Household, Membership, Income):
            assert hidden.objects.count() == 0
        assert {one.kind for one in LetterRow.objects.all()} == {"shortage"}
        assert [one.public_id for one in Document.objects.all()] == [printed]
        with pytest.raises(Refusal, match="委托不包括"):
            actions.take_step(
                actor=who, case=case.public_id, action="withdraw", version=row.version, reason="撤"
            )
        kept = documents.keep(
            actor=who, content=b"%PDF 1", media_type=documents.PDF, kind=documents.Kind.EVIDENCE,
            division=row.division, household=row.household_id,
        )  # fmt: skip
        actions.attach(actor=who, case=case.public_id, document=kept.public_id, kind="income")
    assert walk.step(who, row, "supply", on=business_date()).state == "submitted"
    with scope(who), pytest.raises(Refusal):
        actions.submit_application(
            actor=who,
            household=walk.row.pk,
            applicant=walk.head,
            channel=Channel.PORTAL,
            client_key=uuid.uuid4(),
        )


def test_what_is_taken_back_or_over_opens_nothing_at_once(family, niece, walk, monkeypatch):
    relative, named = niece
    mandate = given(family, walk, named)
    who = acting(relative, mandate)
    case = applied(who, walk)
    with scope(family):
        assert [one.pk for one in mandates.given_by(family, walk.row.pk)] == [mandate.pk]
        mandates.revoke(actor=family, mandate=mandate.pk)
        assert mandates.revoke(actor=family, mandate=mandate.pk).revoked_by == family.key
    with scope(who):
        assert Case.objects.count() == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            Event.objects.create(
                case_id=case.pk,
                version=2,
                on=business_date(),
                action="supply",
                before="submitted",
                after="submitted",
            )
    with scope(relative), pytest.raises(Refusal, match="撤回"):
        mandates.acting(relative, mandate.pk, business_date())
    later = given(family, walk, named, days=5)
    with scope(relative):
        assert [one.pk for one in mandates.given_to(relative, business_date())] == [later.pk]
        assert mandates.given_to(relative, business_date() + timedelta(days=6)) == []


def test_nobody_learns_by_a_mandate_whether_somebody_is_on_record(family, walk, niece):
    nobody = given(
        family,
        walk,
        Agent(name="查无此人", number="14049919500101001" + check_character("14049919500101001")),
    )
    known = given(family, walk, niece[1])
    for row in (nobody, known):
        assert row.agent_id is None
        assert row.agent_index is not None
    with scope(niece[0]):
        assert [one.pk for one in mandates.given_to(niece[0], business_date())] == [known.pk]


def test_a_village_worker_who_acts_takes_the_side_of_the_family_and_no_other(family, walk, worker):
    mandate = given(family, walk, Agent(staff=staff_number(worker)))
    who = acting(worker, mandate)
    case = applied(who, walk)
    with scope(system_actor("test")):
        duty = Duty.objects.get(case=case)
        assert (duty.side, duty.natural_person) == (Side.AGENT, uuid.UUID(worker.natural_person))
    with scope(worker):
        assert case.number in {one.number for one in queries.work_queue(worker)}
    case = walk.step(walk.officer, case, "accept", on=business_date())
    with scope(walk.officer), pytest.raises(Refusal, match="已参与该办件的“代办”"):
        actions.record_visit(
            actor=walk.officer, case=case.public_id, client_key=uuid.uuid4(), base_version=case.version,
            staff=[staff_number(walk.officer), staff_number(worker)], present="本人", on=business_date(),
        )  # fmt: skip
    with pytest.raises(Refusal, match="您已参与该办件的“代办”"):
        walk.step(worker, case, "give_opinion", fields={"opinion": "agree"}, on=business_date())


def test_who_may_act_handles_nothing_even_before_they_acted(family, walk, worker):
    case = applied(family, walk)
    given(family, walk, Agent(staff=staff_number(worker)))
    accepted = walk.step(walk.officer, case, "accept", on=business_date())
    with pytest.raises(Refusal, match="受该家庭委托"):
        walk.step(worker, accepted, "give_opinion", fields={"opinion": "agree"}, on=business_date())
    with scope(worker), pytest.raises(DatabaseError, match="takes no other part"), transaction.atomic():
        Event.objects.create(
            case=case, version=3, on=business_date(), action="visit", before="accepted", after="accepted",
            side=Side.HANDLE,
        )  # fmt: skip


def test_who_handles_the_case_is_not_taken_as_an_agent(family, walk):
    walk.step(walk.officer, applied(family, walk), "accept", on=business_date())
    handler = Agent(staff=staff_number(walk.officer))
    # The family does not read who handles its case: the database answers.
    with pytest.raises(Refusal, match="正在办理"):
        given(family, walk, handler)
    with pytest.raises(Refusal, match="正在办理"):
        given(walk.other, walk, handler, paper=signed_paper(walk.other, walk))


def test_an_officer_records_a_signed_paper_and_never_for_themselves(walk, worker, family):
    with pytest.raises(Refusal, match="委托书"):
        given(walk.officer, walk, Agent(staff=staff_number(worker)))
    paper = signed_paper(walk.officer, walk)
    with pytest.raises(Refusal, match="给自己"):
        given(walk.officer, walk, Agent(staff=staff_number(walk.officer)), paper=paper)
    row = given(walk.officer, walk, Agent(staff=staff_number(worker)), paper=paper)
    assert row.granted_by == walk.officer.key
    again = given(walk.officer, walk, Agent(staff=staff_number(worker)), paper=paper)
    assert again.pk == row.pk
    with scope(family):
        assert [one.pk for one in mandates.given_by(family, walk.row.pk)] == [row.pk]


def test_only_oneself_gives_and_nothing_is_given_on(family, walk, niece, worker):
    relative, named = niece
    with pytest.raises(Refusal, match="本人"):
        given(relative, walk, named)
    mandate = given(family, walk, named)
    who = acting(relative, mandate)
    with pytest.raises(Refusal, match="转托"):
        given(who, walk, Agent(staff=staff_number(worker)))
    with pytest.raises(Refusal, match="90 天"):
        given(family, walk, named, days=91)


def test_a_family_whose_telephone_just_changed_gives_none_from_it(family, walk, niece, monkeypatch):
    monkeypatch.setattr(mandates, "phone_since", lambda person: timezone.now() - timedelta(hours=71))
    with pytest.raises(Refusal, match="72 小时"):
        given(family, walk, niece[1])
    monkeypatch.setattr(mandates, "phone_since", lambda person: timezone.now() - timedelta(hours=73))
    assert given(family, walk, niece[1]).pk


def test_the_database_itself_refuses_to_widen_move_or_plant_a_mandate(family, walk, niece, worker):
    relative, named = niece
    mandate = given(family, walk, named)
    who = acting(relative, mandate)
    today = business_date()
    row = {
        "division": str(walk.row.village), "agent_name": "某", "relation": "kin", "matter": "apply",
        "since": today, "until": today + timedelta(days=5),
    }  # fmt: skip
    staff = Staff.objects.get(pk=staff_number(worker))
    other = Household.objects.none()
    with scope(system_actor("test")):
        other = Household.objects.exclude(pk=walk.row.pk).order_by("-pk").first()
    mine = {"household_id": walk.row.pk, "person_id": walk.head}
    attacks = [
        (family, lambda: Mandate.objects.filter(pk=mandate.pk).update(until=today + timedelta(days=80))),
        (family, lambda: Mandate.objects.filter(pk=mandate.pk).update(matter="appeal")),
        (family, lambda: Mandate.objects.filter(pk=mandate.pk).delete()),
        (family, lambda: Mandate.objects.create(agent=staff, **mine, **row | {"until": today + timedelta(days=91)})),
        (family, lambda: Mandate.objects.create(agent=staff, household_id=other.pk, person_id=walk.head, **row)),
        (family, lambda: Mandate.objects.create(agent=staff, household_id=walk.row.pk, person_id=999_999, **row)),
        (worker, lambda: Mandate.objects.create(agent=staff, **mine, **row)),
        (worker, lambda: Mandate.objects.create(agent=staff, paper=uuid.uuid4(), **mine, **row)),
        (relative, lambda: Mandate.objects.filter(pk=mandate.pk).update(household_id=other.pk)),
        (who, lambda: Mandate.objects.create(agent=staff, **mine, **row)),
        (who, lambda: Mandate.objects.filter(pk=mandate.pk).update(until=today + timedelta(days=80))),
    ]  # fmt: skip
    for actor, attack in attacks:
        with scope(actor):
            try:
                with transaction.atomic():
                    changed = attack()
            except DatabaseError:
                continue
            # A row that is not seen is not changed either.
            assert changed in (0, (0, {})), attack
    with scope(family):
        kept = Mandate.objects.get(pk=mandate.pk)
    assert (kept.until, kept.matter) == (mandate.until, "apply")


def test_the_fifty_first_open_mandate_of_an_agent_is_refused_by_the_database(family, walk, worker):
    today, staff = business_date(), Staff.objects.get(pk=staff_number(worker))
    with scope(family):
        for day in range(mandates.MOST_OF_AN_AGENT):
            Mandate.objects.create(
                division=str(walk.row.village), household_id=walk.row.pk, person_id=walk.head, agent=staff,
                agent_name="某", relation="village", matter="apply",
                since=today + timedelta(days=day), until=today + timedelta(days=day),
            )  # fmt: skip
    with pytest.raises(Refusal, match="50 项"):
        given(family, walk, Agent(staff=staff.pk), on=today + timedelta(days=60))
    with scope(family):
        mandates.revoke(actor=family, mandate=Mandate.objects.filter(since=today).get().pk)
    assert given(family, walk, Agent(staff=staff.pk), on=today + timedelta(days=60)).pk


def test_the_side_of_an_agent_is_taken_by_a_mandate_only(walk, family):
    case = applied(family, walk)
    with (
        scope(walk.officer),
        pytest.raises(DatabaseError, match="agents_act_by_mandate"),
        transaction.atomic(),
    ):
        Event.objects.create(
            case=case, version=2, on=business_date(), action="assign", before="submitted", after="submitted",
            side=Side.AGENT,
        )  # fmt: skip


def test_every_table_a_family_reads_stays_shut_to_who_acts_or_is_listed(family, niece, walk):
    """A ticket of somebody acting opens no row by a policy of the family's own: the household in it is negative."""
    who = acting(niece[0], given(family, walk, niece[1]))
    with scope(who), connection.cursor() as cursor:
        cursor.execute(
            "select guard.scope_household(), guard.scope_person(), guard.scope_mandate() is not null"
        )
        assert cursor.fetchone() == (-walk.row.pk, -walk.head, True)
        cursor.execute(
            "select distinct tablename from pg_policies where coalesce(qual, with_check) ~ 'mandate' and permissive = 'PERMISSIVE'"
        )
        opened = {name for (name,) in cursor.fetchall()}
    assert opened == {"cases_case", "cases_application", "cases_mandate", "base_document"}
