"""Recall and precision: exact on made-up leads, whatever a sweep may say."""

import json

import pytest

from minzheng.demo.measure import Lead, Truth, lead_of, leads_of_file, measure
from minzheng.demo.receipts import Programme
from minzheng.values.errors import Refusal

DIBAO, CARE = Programme.DIBAO, Programme.CARE_SUBSIDY
TRUTH = [
    Truth(DIBAO, 1, None, "missed", settled=True),
    Truth(DIBAO, 2, None, "missed", settled=True),
    Truth(DIBAO, 3, None, "missed", settled=False),
    Truth(DIBAO, 4, None, "ended", settled=True),
    Truth(DIBAO, 5, None, "neutral", settled=True),
    Truth(CARE, 6, 60, "missed", settled=True),
]


def test_a_perfect_sweep_scores_one():
    leads = [
        Lead(DIBAO, 1, None, "entitled"), Lead(DIBAO, 2, None, "entitled"), Lead(DIBAO, 3, None, "open"),
        Lead(DIBAO, 4, None, "ended"), Lead(CARE, 6, 60, "entitled"),
    ]  # fmt: skip
    report = measure(leads, TRUTH)
    assert all(score.recall == score.precision == 1 for score in report.scores)
    assert report.score(DIBAO, "entitled").unsettled_raised == 1


def test_what_is_lost_and_what_is_invented_is_counted_and_named():
    report = measure([Lead(DIBAO, 1, None, "entitled"), Lead(DIBAO, 9, None, "entitled")], TRUTH)
    score = report.score(DIBAO, "entitled")
    assert (score.planted, score.found, score.wrong) == (2, 1, 1)
    assert score.recall == score.precision == 0.5
    assert score.examples_lost == [2]
    assert score.examples_wrong == [9]
    assert score.unsettled_raised == 0


def test_an_open_question_is_no_find_for_a_settled_case_and_no_mistake_elsewhere():
    report = measure([Lead(DIBAO, 1, None, "open"), Lead(DIBAO, 77, None, "open")], TRUTH)
    score = report.score(DIBAO, "entitled")
    assert (score.found, score.raised, score.wrong) == (0, 1, 0)


def test_neutral_cases_count_neither_way():
    report = measure([Lead(DIBAO, 5, None, "entitled"), Lead(DIBAO, 5, None, "ended")], TRUTH)
    assert report.score(DIBAO, "entitled").wrong == 0
    assert report.score(DIBAO, "ended").wrong == 0


def test_the_wrong_kind_is_wrong_even_where_something_was_planted():
    assert measure([Lead(DIBAO, 4, None, "entitled")], TRUTH).score(DIBAO, "entitled").wrong == 1


def test_a_lead_for_another_person_of_the_household_is_not_a_find():
    score = measure([Lead(CARE, 6, 61, "entitled")], TRUTH).score(CARE, "entitled")
    assert (score.found, score.wrong) == (0, 1)


def test_a_wrong_amount_is_a_kind_of_its_own():
    truth = [Truth(DIBAO, 1, None, "amount", settled=True), Truth(DIBAO, 2, None, "missed", settled=True)]
    leads = [Lead(DIBAO, 1, None, "amount"), Lead(DIBAO, 2, None, "entitled"), Lead(DIBAO, 3, None, "amount")]
    report = measure(leads, truth)
    score = report.score(DIBAO, "amount")
    assert (score.planted, score.found, score.wrong) == (1, 1, 1)
    assert report.total() == (1, 2 / 3)


def test_what_a_mistake_in_the_data_made_wrong_or_lost_is_told_apart_and_still_counts():
    truth = [Truth(CARE, 6, 60, "missed", settled=True), Truth(CARE, 7, 70, "missed", settled=True)]
    score = measure(
        [Lead(CARE, 8, 80, "entitled"), Lead(CARE, 7, 70, "entitled")], truth, frozenset({60, 80})
    ).score(CARE, "entitled")
    assert (score.found, score.wrong, score.by_mistake) == (1, 1, 2)
    assert score.recall == score.precision == 0.5


def test_nothing_planted_and_nothing_said_is_no_score():
    assert measure([], []).total() == (None, None)


def test_leads_come_from_csv_and_json_alike(tmp_path):
    csv_file, json_file = tmp_path / "leads.csv", tmp_path / "leads.json"
    csv_file.write_text("programme,household_id,person_id,kind\ndibao,1,,entitled\n9,6,60,ended\n")
    rows = [
        {"programme": "dibao", "household_id": 1, "person_id": None, "kind": "entitled"},
        {"programme": 9, "household_id": 6, "person_id": 60, "kind": "ended"},
    ]
    json_file.write_text(json.dumps(rows))
    assert leads_of_file(csv_file) == leads_of_file(json_file)


@pytest.mark.parametrize("row", [{"programme": "lottery"}, {"programme": 99}, {"kind": "perhaps"}])
def test_unknown_words_are_refused(row):
    with pytest.raises(Refusal):
        lead_of({"programme": "dibao", "household_id": 1, "person_id": None, "kind": "entitled", **row})


def test_the_report_is_printed_for_people_and_for_machines():
    report = measure([Lead(DIBAO, 1, None, "entitled")], TRUTH)
    assert "最低生活保障\t应享未享\t2\t1\t0\t50.0%\t100.0%\t0" in report.as_text()
    assert json.loads(report.as_json())[0]["recall"] == 0.5
