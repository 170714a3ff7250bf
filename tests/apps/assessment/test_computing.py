"""From a snapshot to ranked findings: the same as one household decided, checked, counted, and never silent."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from minzheng.assessment.computing import leads_to_file, sweep_folder
from minzheng.assessment.decide import decide_many
from minzheng.assessment.payment import payable_of
from minzheng.assessment.programmes import RECEIVED_AS
from minzheng.assessment.sample import Sample
from minzheng.demo.stories import STORIES
from minzheng.rulebook import load
from minzheng.rules.book import Situation
from minzheng.rules.explain.determine import determine
from minzheng.rules.status import NO, UNKNOWN, YES
from minzheng.values.errors import Defect

#: The household whose wife's wages nobody has looked up.
ONE_QUESTION = 15
KIND_OF_VERDICT = {"missed": "entitled", "ended": "ended"}


@pytest.fixture(scope="module")
def swept(story_snapshot, engines):
    return sweep_folder(story_snapshot, engines, check=True)


def test_every_programme_says_how_its_receipt_is_coded():
    assert set(RECEIVED_AS) == {program.name for program in load().programs}


def test_what_was_planted_in_the_fixed_households_is_found(swept):
    said = {
        (r["programme_code"], r["household_id"], r["person_id"], r["kind"]) for r in swept.table.to_pylist()
    }
    planted = [
        (int(programme), story.id, who, KIND_OF_VERDICT[verdict])
        for story in STORIES
        for programme, who, verdict in story.truth
        if verdict in KIND_OF_VERDICT and story.id != ONE_QUESTION
    ]
    assert len(planted) > 5
    assert [one for one in planted if one not in said] == []


def test_one_missing_fact_is_a_lead_with_one_question(swept):
    [row] = [
        r for r in swept.table.to_pylist() if r["household_id"] == ONE_QUESTION and r["programme"] == "dibao"
    ]
    assert (row["kind"], row["questions"], row["outcome"]) == ("open", 1, UNKNOWN)
    assert row["asks"] == [{"fact": "wages__total", "person_id": 40}]
    assert row["sentence"].endswith("须查清：工资性收入（核算期合计）。同时关系到低保边缘家庭。")


def test_the_sweep_and_one_household_decided_alone_are_the_same(swept, city_of_stories):
    rows = swept.table.to_pylist()
    decided = dict(
        zip([s.id for s in STORIES], decide_many(city_of_stories, [s.id for s in STORIES]), strict=True)
    )
    compared = 0
    for row in rows:
        found = decided[row["household_id"]]
        who = None if row["person_id"] is None else list(found.facts.people_ids).index(row["person_id"])
        outcome = found.of(row["programme"], who)
        assert (int(outcome.status), outcome.deciding.name if outcome.deciding is not None else "") == (
            row["outcome"],
            row["deciding"],
        )
        if outcome.status == YES:
            assert payable_of(found, outcome) == row["fen"]
        people = found.facts.people_ids
        needs = [(name, None if i is None else people[i]) for name, i in outcome.needs]
        asks = [(a["fact"], a["person_id"]) for a in row["asks"]]
        assert asks == (needs if row["outcome"] != YES else [])
        compared += 1
    assert compared == len(rows) > 10


def test_the_totals_count_every_household_and_person_once_in_every_programme(swept):
    loaded = swept.city.loaded
    units, people = len(loaded.unit_id), len(np.unique(loaded.person_id))
    from minzheng.rules.language.kinds import Household

    for program in load().programs:
        holders = sum(n for _t, name, _o, _r, n, _f in swept.totals.outcomes if name == program.name)
        assert holders == (units if program.of is Household else people), program.name
        no_yes = sum(n for _c, name, _p, _o, n in swept.totals.clauses if name == program.name)
        yes = sum(n for _t, name, o, _r, n, _f in swept.totals.outcomes if name == program.name and o == YES)
        assert no_yes + yes == holders


def test_what_is_not_raised_is_counted_with_its_reason(swept):
    undecided = sum(n for _t, _p, o, _r, n, _f in swept.totals.outcomes if o not in (YES, NO))
    raised = sum(r["outcome"] not in (YES, NO) for r in swept.table.to_pylist())
    assert undecided == raised + sum(swept.left_out.values())


def test_the_most_urgent_comes_first_and_a_sentence_names_nobody(swept):
    rows = swept.table.to_pylist()
    assert [r["score"] for r in rows] == sorted((r["score"] for r in rows), reverse=True)
    assert [r["rank"] for r in rows] == list(range(1, len(rows) + 1))
    assert all(r["sentence"] and r["clauses"] for r in rows)
    assert any("每月" in r["sentence"] for r in rows if r["kind"] == "entitled")


def test_the_same_snapshot_gives_the_same_file(story_snapshot, engines, tmp_path):
    first = leads_to_file(story_snapshot, tmp_path / "a.parquet", engines)
    leads_to_file(story_snapshot, tmp_path / "b.parquet", engines)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert pq.read_table(tmp_path / "a.parquet").equals(first.table)


def test_a_sample_decided_otherwise_stops_the_sweep_and_names_programme_and_provision(
    story_snapshot, engines, monkeypatch
):
    run = engines.kernel.run

    def one_wrong(*args, **kwargs):
        results = run(*args, **kwargs)
        results.status["edge"][np.flatnonzero(results.status["edge"] == NO)[0]] = UNKNOWN
        return results

    monkeypatch.setattr(engines.kernel, "run", one_wrong)
    with pytest.raises(Defect, match="项目 edge（低保边缘家庭），决定性规则 ") as caught:
        sweep_folder(story_snapshot, engines, sample_size=1000)
    assert caught.value.code == "sweep.engines_differ"


def test_a_wrong_amount_is_noticed_by_the_sample(story_snapshot, engines, monkeypatch):
    run = engines.kernel.run

    def one_fen_more(*args, **kwargs):
        results = run(*args, **kwargs)
        results.amount["dibao"].num[results.status["dibao"] == YES] += 1
        return results

    monkeypatch.setattr(engines.kernel, "run", one_fen_more)
    with pytest.raises(Defect, match="金额 dibao_amount 不同"):
        sweep_folder(story_snapshot, engines, sample_size=1000)


def test_a_sample_is_drawn_again_from_its_seed():
    interesting = np.arange(100, 200)
    one = Sample(40, 7).draw(10_000, interesting)
    assert one == Sample(40, 7).draw(10_000, interesting)
    assert one != Sample(40, 8).draw(10_000, interesting)
    assert sum(100 <= u < 200 for u in one) >= 20
    assert Sample(40, 7).draw(3, np.zeros(0, np.int64)) == [0, 1, 2]


def test_the_facts_asked_for_settle_what_was_open(swept, engines):
    """Whatever the answer is: each asked fact filled with values of its own, everything else left as it was."""
    book, columns, ids = engines.book, swept.city.loaded.columns, swept.city.loaded
    chance = np.random.default_rng(3)
    settled = tried = 0
    for row in swept.table.to_pylist():
        if not row["asks"]:
            continue
        unit = int(np.flatnonzero(ids.unit_id == row["household_id"])[0])
        first, end = columns.offsets[unit], columns.offsets[unit + 1]
        people = ids.person_id[first:end].tolist()
        for _ in range(5):
            facts = complete(swept, engines, unit)
            for ask in row["asks"]:
                into = (
                    facts.unit if ask["person_id"] is None else facts.people[people.index(ask["person_id"])]
                )
                into[ask["fact"]] = plausible(book.columns[ask["fact"]], chance)
            who = None if row["person_id"] is None else people.index(row["person_id"])
            found = determine(
                book, facts, Situation.at(str(row["division"])[:6], ids.manifest.on), steps=False
            )
            settled += found.of(row["programme"], who).status in (YES, NO)
            tried += 1
    assert tried >= 15
    assert settled >= tried * 95 // 100


def complete(swept, engines, unit):
    """The facts of a unit with what obligors owe, as the second stage read them."""
    manifest = swept.city.loaded.manifest
    columns = engines.first.complete(
        swept.city, parameters=engines.book.parameters, on=manifest.on, month=manifest.month.first_day
    )
    return columns.unit_facts(engines.book, unit)


def plausible(column, chance):
    """A value somebody could answer with."""
    if column.kind.name == "bool":
        return YES if chance.integers(2) else NO
    if column.kind.domain is not None:
        return 1 << int(chance.integers(len(column.kind.domain)))
    low, high = column.bounds
    return int(chance.integers(int(low), min(int(high), 2_000_000) + 1))
