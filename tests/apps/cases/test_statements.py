"""What an applicant states: tried out, adopted, held against the record; leads; what is still asked."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from minzheng.assessment.decide import decide
from minzheng.base.scope import scope
from minzheng.base.types import resident_actor
from minzheng.cases import actions, queries, stating
from minzheng.cases.stating import Statement
from minzheng.registry import codes
from minzheng.registry.actions import record_fact
from minzheng.registry.models import Expenditure, Income
from minzheng.values.errors import Refusal
from tests.apps.cases.conftest import DAY

RENT = codes.Income.PROPERTY_INCOME


def income(walk, fen, *, kind=None, since=date(2023, 11, 1)):
    kind = int(kind or RENT)
    return Statement("income", walk.head, {"kind": kind, "fen": fen, "since": since, "until": None})


def monthly(walk, actor, statements):
    with scope(actor):
        found = stating.preview(actor, walk.row.pk, statements, DAY)
        return found.of("dibao").amount, found.of("dibao").status


def test_a_preview_counts_what_is_stated_and_leaves_nothing(walk):
    with scope(walk.officer):
        before = Income.objects.filter(person_id=walk.head).count()
        plain = decide(walk.officer, walk.row.pk, on=DAY, steps=False).of("dibao")
    amount, _status = monthly(walk, walk.officer, [income(walk, 10_000)])
    assert amount != plain.amount
    with scope(walk.officer):
        assert Income.objects.filter(person_id=walk.head).count() == before
        again = decide(walk.officer, walk.row.pk, on=DAY, steps=False).of("dibao")
    assert again.amount == plain.amount


def test_a_resident_previews_the_own_household_and_no_other(walk):
    me = resident_actor(walk.head, walk.row.pk, "申请人")
    amount, _status = monthly(walk, me, [income(walk, 10_000)])
    assert amount == monthly(walk, walk.officer, [income(walk, 10_000)])[0]
    with scope(me), pytest.raises(Refusal, match="没有找到该家庭"):
        stating.preview(me, walk.row.pk + 1, [], DAY)


def test_acceptance_records_what_nothing_contradicts(walk):
    stated = [income(walk, 10_000), Statement("expenditure", walk.row.pk, {
        "kind": int(next(iter(codes.Expenditure))), "fen": 500_000, "since": date(2023, 10, 1), "until": date(2023, 11, 1)})]  # fmt: skip
    case = walk.submit(statements=stated)
    with scope(walk.officer):
        assert not Income.objects.filter(person_id=walk.head, fen=10_000).exists()
    case = walk.step(walk.officer, case, "accept")
    with scope(walk.officer):
        rows = queries.statements_of(case)
        assert [one.state for one in rows] == ["adopted", "adopted"]
        fact = Income.objects.get(person_id=walk.head, fen=10_000)
        assert (fact.pk, fact.source) == (rows[0].fact_id, codes.Source.APPLICANT)
        assert Expenditure.objects.get(household_id=walk.row.pk, fen=500_000).pk == rows[1].fact_id
        actions.adopt_statements(actor=walk.officer, case=case.public_id)
        assert Income.objects.filter(person_id=walk.head, fen=10_000).count() == 1


def known_from_tax(walk, fen):
    with scope(walk.officer):
        return record_fact(
            actor=walk.officer, table="income", holder=walk.head, source=codes.Source.TAX,
            values={"kind": int(RENT), "fen": fen, "since": date(2023, 1, 1), "until": None},
        )  # fmt: skip


def test_what_another_source_says_otherwise_waits_for_an_officer(walk):
    known_from_tax(walk, 90_000)
    with scope(walk.officer):
        before = decide(walk.officer, walk.row.pk, on=DAY, steps=False).of("dibao").amount
    assert monthly(walk, walk.officer, [income(walk, 10_000)])[0] == before
    case = walk.step(walk.officer, walk.submit(statements=[income(walk, 10_000)]), "accept")
    with scope(walk.officer):
        (row,) = queries.contradictions(case)
        assert row.against == {
            "source": int(codes.Source.TAX),
            "row": row.against["row"],
            "said": {"fen": 90_000},
        }
        with pytest.raises(Refusal, match="缺少：调查与登记不一致之处已处理"):
            walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"})
        with pytest.raises(Refusal, match="理由"):
            actions.resolve_statement(
                actor=walk.officer, case=case.public_id, statement=row.public_id, take=True, reason=""
            )
        kept = actions.resolve_statement(
            actor=walk.officer,
            case=case.public_id,
            statement=row.public_id,
            take=True,
            reason="租约已于十月终止",
        )
        assert kept.state == "kept"
        assert Income.objects.get(pk=kept.fact_id, person_id=walk.head).fen == 10_000
        with pytest.raises(Refusal, match="已处理过"):
            actions.resolve_statement(
                actor=walk.officer, case=case.public_id, statement=row.public_id, take=False, reason="重复"
            )
    assert walk.step(walk.officer, case, "give_opinion", fields={"opinion": "agree"}).state == "opinion"


def test_the_record_may_stand_against_the_statement(walk):
    known_from_tax(walk, 90_000)
    case = walk.step(walk.officer, walk.submit(statements=[income(walk, 10_000)]), "accept")
    with scope(walk.officer):
        (row,) = queries.contradictions(case)
        actions.resolve_statement(
            actor=walk.officer,
            case=case.public_id,
            statement=row.public_id,
            take=False,
            reason="租金仍按月收取",
        )
        assert Income.objects.filter(person_id=walk.head, fen=90_000, superseded_at=None).exists()
        assert queries.contradictions(case) == []


def test_the_same_as_recorded_writes_nothing(walk):
    known_from_tax(walk, 90_000)
    case = walk.step(walk.officer, walk.submit(statements=[income(walk, 90_000)]), "accept")
    with scope(walk.officer):
        assert [one.state for one in queries.statements_of(case)] == ["same"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"table": "receipt", "holder": 1, "values": {}}, "不是可以申报的事项"),
        ({"table": "death", "holder": 1, "values": {}}, "不是可以申报的事项"),
        ({"table": "income", "holder": 999_999, "values": {}}, "不是本户成员"),
        ({"table": "income", "values": {}}, "格式不对"),
        ({"table": "income", "holder": None, "values": {"salary": 1}}, "不认识的项目"),
        ({"table": "income", "holder": None, "values": {"fen": "100"}}, "应为整数"),
        ({"table": "income", "holder": None, "values": {"since": "2023-13-01"}}, "日期应写作"),
    ],
)
def test_what_cannot_be_stated_is_refused(walk, wrong, why):
    wrong = {**wrong, "holder": walk.head} if wrong.get("holder", 0) is None else wrong
    with pytest.raises(Refusal, match=why):
        walk.submit(statements=[wrong])


# -- which cases are opened --------------------------------------------------------------------------------
def opened(walk, made_up, **more):
    from dataclasses import replace

    from minzheng.cases import lines

    lines.register(
        replace(made_up, programmes=(*made_up.programmes, "relief_emergency", "relief_expenditure"))
    )
    with scope(walk.officer):
        rows = walk.submit(**more).application.cases.order_by("pk")
        return [one.programme for one in rows]


def test_cases_are_opened_in_the_rulebook_s_order_and_never_for_a_plain_no(walk, made_up):
    programmes = opened(walk, made_up)
    with scope(walk.officer):
        found = decide(walk.officer, walk.row.pk, on=DAY, steps=False)
        ranks = {outcome.program.name: n for n, outcome in enumerate(found.outcomes)}
        kept = {o.program.name for o in found.outcomes if o.status != 0}
    assert [ranks[one] for one in programmes] == sorted(ranks[one] for one in programmes)
    assert set(programmes) <= kept | {"dibao"}


def test_nobody_is_given_an_emergency_he_did_not_speak_of(walk, made_up):
    assert not [one for one in opened(walk, made_up) if one.startswith("relief")]


def test_what_is_received_already_is_not_opened_again_unless_asked_for(walk, made_up):
    from minzheng.base.scope import system_actor
    from minzheng.registry.actions import record_fact as put

    with scope(system_actor("test")) as platform:
        put(
            actor=platform, table="receipt", holder=walk.row.pk, source=codes.Source.CIVIL_AFFAIRS,
            values={"programme": int(codes.Programme.DIBAO), "fen": 10_000, "since": date(2023, 1, 1)},
        )  # fmt: skip
    with scope(walk.officer):
        application = actions.submit_application(
            actor=walk.officer, household=walk.row.pk, applicant=walk.head, channel="office",
            client_key=uuid.uuid4(), on=DAY,
        )  # fmt: skip
        assert not application.cases.filter(programme="dibao").exists()
    assert walk.submit().programme == "dibao"


# -- a lead becomes an offer -----------------------------------------------------------------------------
@pytest.fixture
def lead(walk):
    """A lead about the household, as a sweep leaves it."""
    from minzheng.assessment.models import Lead, Sweep
    from minzheng.assessment.types import Kind
    from minzheng.base.scope import system_actor

    with scope(system_actor("sweep")):
        sweep = Sweep.objects.create(started_by="system:sweep", month="2023-12", on=DAY)
        return Lead.objects.create(
            division=str(walk.row.township), village=walk.row.village, household_id=walk.row.pk, programme="dibao",
            kind=Kind.ENTITLED, outcome=3, fen=10_000, sentence="符合条件", score=1, first_found=DAY,
            expires_on=date(2024, 6, 1), sweep=sweep,
        )  # fmt: skip


def test_a_lead_is_an_offer_and_answered_by_its_own_action(walk, lead):
    me = resident_actor(walk.head, walk.row.pk, "申请人")
    with scope(me):
        (offer,) = queries.offers(me, walk.row.pk)
        assert (offer.programme, offer.person, offer.lead) == ("dibao", None, lead.public_id)
    from minzheng.cases.types import Channel

    case = walk.submit(actor=me, channel=Channel.PORTAL, lead=lead.public_id)
    with scope(walk.officer):
        lead.refresh_from_db()
        assert lead.state == "applied"
        assert case.lead == lead.public_id
        assert case.application.number in lead.reason
    with scope(me):
        assert queries.offers(me, walk.row.pk) == []


def test_a_lead_that_is_not_there_is_not_answered(walk, lead):
    with pytest.raises(Refusal, match="没有找到该线索"):
        walk.submit(lead=uuid.uuid4())


# -- what is still asked ---------------------------------------------------------------------------------
def test_only_what_could_change_an_outcome_is_asked(walk):
    with scope(walk.officer):
        asked = queries.questions(walk.officer, walk.row.pk, on=DAY)
        found = decide(walk.officer, walk.row.pk, on=DAY, steps=False)
        open_needs = {need for outcome in found.outcomes for need in outcome.needs}
    names = {(one.name, one.who) for one in asked}
    assert names <= open_needs
    assert all(one.label and one.programmes for one in asked)
    assert len(names) == len(asked)
