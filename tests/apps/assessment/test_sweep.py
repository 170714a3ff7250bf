"""A sweep opens leads and reviews, once; a second one changes only what changed; nothing is awarded."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from minzheng.assessment.models import ClauseTotal, Lead, LeadEvent, Review, Sweep, SweepTotal
from minzheng.assessment.sweep import expire_leads, run_sweep
from minzheng.assessment.types import Kind, SweepState
from minzheng.assessment.workflow import State
from minzheng.base.scope import scope, system_actor
from minzheng.registry import codes
from minzheng.registry.actions import record_fact, register_death, suppress_leads
from minzheng.values.errors import Defect, Refusal

WIDOW, FAR_PARENTS, BOY_LEFT_BEHIND = 10, 12, 34
CITY = "1404"


def everything():
    """Every row of assessment and of receipts, for comparing before and after."""
    with scope(system_actor("test")):
        return (
            list(Lead.objects.order_by("id").values()),
            list(LeadEvent.objects.order_by("id").values()),
        )


def lead(household: int, programme: str, person: int | None = None) -> Lead:
    with scope(system_actor("test")):
        return Lead.objects.get(household_id=household, programme=programme, person_id=person)


def test_a_sweep_opens_leads_and_reviews_with_a_ledger_and_totals(sweep):
    row = sweep()
    assert (row.state, row.problem, row.stage) == (SweepState.FINISHED, "", "")
    with scope(system_actor("test")):
        leads = list(Lead.objects.all())
        assert {one.kind for one in leads} >= {Kind.ENTITLED, Kind.CLARIFY, Kind.ENDED}
        assert len(leads) == sum(row.report["written"]["opened"].values())
        assert LeadEvent.objects.count() == len(leads)
        assert set(LeadEvent.objects.values_list("actor", flat=True)) == {"system:sweep"}
        assert Review.objects.count() == sum(one.is_review for one in leads) > 0
        holders = SweepTotal.objects.filter(sweep=row, programme="dibao").values_list("holders", flat=True)
        assert sum(holders) == row.households
        assert ClauseTotal.objects.filter(sweep=row).exists()
        widow = Lead.objects.get(household_id=WIDOW, programme="dibao")
    assert (widow.kind, widow.state, widow.version) == (Kind.ENTITLED, State.OPEN, 1)
    assert widow.fen
    assert widow.gap_fen == widow.fen > 0
    assert widow.first_found == date(2023, 12, 31)


def test_a_second_sweep_of_the_same_snapshot_changes_nothing(sweep):
    first = sweep()
    before = everything()
    second = sweep(folder=Path(first.snapshot))
    assert everything() == before
    assert second.report["written"]["opened"] == {}
    assert second.report["written"]["kept"] == len(before[0])
    assert second.pk != first.pk


def test_a_new_fact_settles_the_lead_it_answers_and_keeps_the_history(sweep):
    sweep()
    with scope(system_actor("test")) as actor:
        record_fact(
            actor=actor,
            table="receipt",
            holder=WIDOW,
            values={"programme": codes.Programme.DIBAO, "fen": 40_000, "since": date(2023, 12, 1)},
            source=codes.Source.CIVIL_AFFAIRS,
        )
    sweep()
    with scope(system_actor("test")):
        dibao = list(Lead.objects.filter(household_id=WIDOW, programme="dibao").order_by("id"))
        assert dibao[0].state == State.SETTLED
        assert LeadEvent.objects.filter(lead=dibao[0]).count() == 2
    # What is paid is not what is due, so that another piece of work is open instead.
    assert [(one.kind, one.state) for one in dibao[1:]] == [(Kind.AMOUNT, State.OPEN)]


def test_a_changed_amount_is_a_new_version_of_the_same_lead(sweep):
    sweep()
    before = lead(WIDOW, "dibao")
    with scope(system_actor("test")) as actor:
        record_fact(
            actor=actor,
            table="income",
            holder=27,
            values={"kind": codes.Income.WAGES, "fen": 10_000, "since": date(2022, 12, 1)},
            source=codes.Source.VISIT,
        )
    sweep()
    after = lead(WIDOW, "dibao")
    assert (after.pk, after.version, after.state) == (before.pk, 2, State.OPEN)
    assert after.fen is not None
    assert after.fen < before.fen
    assert after.reason == "按 2023-12 的事实重新比对，结果有变"


def test_a_death_known_after_the_snapshot_holds_the_lead_back(sweep, tmp_path):
    from minzheng.registry.snapshot import write_snapshot
    from minzheng.values.month import Month

    write_snapshot(tmp_path / "before", month=Month(2023, 12))
    with scope(system_actor("test")) as actor:
        register_death(
            actor=actor, person=27, died_on=date(2023, 12, 30), source=codes.Source.FUNERAL, reason="t"
        )
    row = sweep(folder=tmp_path / "before")
    with scope(system_actor("test")):
        assert not Lead.objects.filter(household_id=WIDOW).exists()
    assert row.report["written"]["held"]["death"] >= 1
    assert row.report["written"]["held"]["stale"] >= 1


def test_an_award_registered_after_the_snapshot_holds_the_lead_back(sweep, tmp_path):
    from minzheng.registry.snapshot import write_snapshot
    from minzheng.values.month import Month

    write_snapshot(tmp_path / "before", month=Month(2023, 12))
    with scope(system_actor("test")) as actor:
        record_fact(
            actor=actor,
            table="receipt",
            holder=WIDOW,
            values={"programme": codes.Programme.DIBAO, "fen": 48_200, "since": date(2023, 12, 1)},
            source=codes.Source.CIVIL_AFFAIRS,
        )
    row = sweep(folder=tmp_path / "before")
    with scope(system_actor("test")):
        assert not Lead.objects.filter(household_id=WIDOW, programme="dibao").exists()
    assert row.report["written"]["held"] == {"award": 1}


def test_nobody_is_raised_who_asked_not_to_be_contacted(sweep):
    with scope(system_actor("test")) as actor:
        suppress_leads(
            actor=actor,
            household=WIDOW,
            kind=codes.Suppression.DO_NOT_CONTACT,
            since=date(2023, 12, 1),
            until=date(2024, 6, 1),
            reason="t",
        )
    row = sweep()
    with scope(system_actor("test")):
        assert not Lead.objects.filter(household_id=WIDOW).exists()
    assert row.report["written"]["held"]["silent"] >= 2


def test_a_sweep_awards_and_pays_nothing_and_the_database_forbids_it(sweep):
    def receipts():
        with scope(system_actor("test")), connection.cursor() as cursor:
            cursor.execute("select count(*), coalesce(max(id), 0) from registry_receipt")
            return cursor.fetchone()

    before = receipts()
    sweep()
    assert receipts() == before
    with (
        pytest.raises(Exception, match="a sweep does not write registry_receipt"),
        scope(system_actor("sweep")),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "insert into registry_receipt (household_id, township, programme, since, source)"
            " select id, township, 1, '2023-12-01', 2 from registry_household where id = 10"
        )


def test_a_sample_decided_otherwise_writes_nothing_and_says_why(sweep, engines, monkeypatch):
    run = engines.kernel.run

    def one_wrong(*args, **kwargs):
        results = run(*args, **kwargs)
        results.status["dibao"][:] = 2
        return results

    monkeypatch.setattr(engines.kernel, "run", one_wrong)
    with pytest.raises(Defect, match="项目 dibao"):
        sweep(sample_size=1000)
    with scope(system_actor("test")):
        assert not Lead.objects.exists()
        assert not SweepTotal.objects.exists()
        row = Sweep.objects.get()
    assert row.state == SweepState.FAILED
    assert "项目 dibao" in row.problem


def test_a_stopped_sweep_is_taken_up_where_it_stopped(sweep):
    counties = 0

    def after_two(what, done, _total):
        nonlocal counties
        counties = done if what == "写入线索" else 0

    stopped = sweep(say=after_two, stopping=lambda: counties >= 2)
    assert (stopped.state, len(stopped.counties_done)) == (SweepState.STOPPED, 2)
    with scope(system_actor("test")):
        written = Lead.objects.count()
    finished = sweep(resume=True)
    assert (finished.pk, finished.state) == (stopped.pk, SweepState.FINISHED)
    assert len(finished.counties_done) == len(set(finished.counties_done)) > 2
    with scope(system_actor("test")):
        assert Lead.objects.count() > written
    before = everything()
    sweep(folder=Path(finished.snapshot))
    assert everything() == before


def test_one_county_alone_leaves_the_others_as_they_are(sweep):
    row = sweep(counties=("140425",))
    assert row.counties_done == ["140425"]
    assert row.report["partial"] is True
    with scope(system_actor("test")):
        assert {one.division[:6] for one in Lead.objects.all()} <= {"140425"}


def test_a_county_that_is_not_in_the_snapshot_is_refused(sweep):
    with pytest.raises(Refusal, match="没有代码为 140499 的县"):
        sweep(counties=("140499",))
    with scope(system_actor("test")):
        assert Sweep.objects.get().state == SweepState.FAILED
        assert not Lead.objects.exists()


def test_two_sweeps_do_not_run_at_once(sweep):
    from minzheng.assessment import sweep as module

    with module._alone(), pytest.raises(Refusal, match="已有一次全量比对正在进行"):
        sweep()


def test_only_who_may_run_a_sweep_does(sweep, staff):
    from minzheng.base.types import Role

    with pytest.raises(Refusal, match="没有“运行全量比对”的权限"):
        run_sweep(actor=staff(Role.TOWNSHIP_OFFICER, "140403104"))


def test_leads_are_opened_by_sweeps_alone_and_never_removed(sweep, owner_cursor):
    sweep()
    with pytest.raises(Exception, match="leads are opened by a sweep"), scope(system_actor("test")):
        one = Lead.objects.first()
        one.pk, one.public_id = None, uuid.uuid4()
        one.save(force_insert=True)
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner_cursor.execute("truncate assessment_lead cascade")


def test_the_ledger_is_written_by_the_database_alone(sweep):
    sweep()
    with (
        pytest.raises(Exception, match="permission denied"),
        scope(system_actor("test")),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "insert into assessment_leadevent (lead_id, version, division, at, actor, state, kind, reason)"
            " select id, 9, division, now(), 'staff:9', 'open', 1, '' from assessment_lead limit 1"
        )


def test_a_lead_that_no_sweep_confirms_expires(sweep):
    sweep()
    with scope(system_actor("test")):
        one = lead(WIDOW, "dibao")
    assert expire_leads(actor=system_actor("test"), on=one.expires_on) == 0
    assert expire_leads(actor=system_actor("test"), on=date(2024, 7, 1)) > 0
    with scope(system_actor("test")):
        now = Lead.objects.get(pk=one.pk)
    assert (now.state, now.version, now.reason) == (State.EXPIRED, 2, "有效期内没有新的比对确认")


@pytest.mark.parametrize("village", [140403001001, 140431100001])
def test_a_lead_follows_a_household_that_moved(sweep, village):
    """To the county that is written first and to the one that is written last."""
    sweep()
    before = lead(FAR_PARENTS, "left_behind", BOY_LEFT_BEHIND)
    with scope(system_actor("test")), connection.cursor() as cursor:
        cursor.execute(
            "update registry_household set township = %s, village = %s, here_since = date '2023-11-01' where id = %s",
            [village // 1000, village, FAR_PARENTS],
        )
    assert sweep().state == SweepState.FINISHED
    with scope(system_actor("test")):
        rows = Lead.objects.filter(household_id=FAR_PARENTS, programme="left_behind").order_by("id")
        [live] = [one for one in rows if one.state == State.OPEN]
        assert all(one.state == State.SETTLED for one in rows if one.pk != live.pk)
        assert (live.division, live.village) == (str(village // 1000), village)
        assert before.pk in {one.pk for one in rows}


def test_a_snapshot_older_than_the_leads_is_not_written_over_them(sweep, tmp_path):
    from minzheng.registry.snapshot import write_snapshot
    from minzheng.values.month import Month

    write_snapshot(tmp_path / "june", month=Month(2023, 6))
    write_snapshot(tmp_path / "december", month=Month(2023, 12))
    sweep()
    before = everything()
    for folder in ("june", "december"):
        with pytest.raises(Refusal, match="所依据的更早"):
            sweep(folder=tmp_path / folder)
    assert everything() == before


@pytest.mark.long
@pytest.mark.compiled
def test_a_sweep_compiles_beside_the_snapshot_and_finds_the_same(sweep, engines, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = sweep()
    before = everything()
    compiled = run_sweep(actor=system_actor("test"), folder=Path(first.snapshot))
    assert compiled.state == SweepState.FINISHED
    assert compiled.report["seconds"]["snapshot_and_compile"] > 0
    assert everything() == before
