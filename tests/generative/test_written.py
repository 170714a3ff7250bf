"""A rulebook read back from its text is the same rulebook; two texts joined at a day are one of them on each side of it."""

from __future__ import annotations

import datetime
import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from minzheng.rules.book import Rulebook, Situation, describe
from minzheng.rules.explain.determine import determine
from minzheng.rules.explain.sentences import explain
from minzheng.rules.facts import UnitFacts
from minzheng.rules.joined import as_of, changed_rules, joined
from minzheng.rules.language.declare import Program, Provision
from minzheng.rules.language.errors import RuleError
from minzheng.rules.written import Plain, read_back, written
from tests.generative.agreement import differences, drawn_classes, node_classes, plain_kernel
from tests.generative.drawing import Case
from tests.generative.test_agreement import case_from, fixed_case, many, sources

DAY = datetime.timedelta(days=1)


def through_json(book: Rulebook) -> Plain:
    plain: Plain = json.loads(json.dumps(written(book)))
    return plain


def again(plain: Plain, *books: Rulebook) -> Rulebook:
    columns = {name: column for book in books for name, column in book.columns.items()}
    for book in books:
        for program in book.programs:
            named = (*program.elections, *((program.receives,) if program.receives is not None else ()))
            columns |= {fact.column: fact for fact in named}
    return read_back(plain, columns=columns, parameters=books[0].parameters, counties=books[0].counties)


def said(book: Rulebook, facts: UnitFacts, situation: Situation) -> list[Any]:
    """Everything a determination comes to, with its sentences."""
    found = determine(book, facts, situation)
    return [
        [
            one.program.name, one.who, one.status, one.amount, one.in_force,
            [(rule.name, status) for rule, status in one.conditions],
            None if one.deciding is None else one.deciding.name, one.needs, one.ask_first,
            str(line),
        ]
        for one, line in zip(found.outcomes, explain(found), strict=True)
    ]  # fmt: skip


def outcomes(book: Rulebook, case: Case, facts: UnitFacts, county: str, on: datetime.date) -> dict[Any, Any]:
    """Which programmes come to what; one that is not in force is not there."""
    situation = Situation.at(county, on, case.month, case.known_at)
    found = determine(book, facts, situation, steps=False)
    return {
        (one.program.name, one.who): (one.status, one.amount, one.needs)
        for one in found.outcomes
        if one.in_force
    }


def varied(rng: random.Random, book: Rulebook) -> Rulebook:
    """The rulebook after an amendment: some rules with the text of another, programmes with other conditions and dates."""
    for _ in range(20):
        try:
            return again(_amended(rng, book), book)
        except RuleError as wrong:
            expected(wrong, "cycle", "tried after")
    return book


def expected(wrong: RuleError, *words: str) -> None:
    """What cannot be put together is said in these words; anything else is passed on."""
    if not any(word in str(wrong) for word in words):
        raise wrong


def _amended(rng: random.Random, book: Rulebook) -> Plain:
    plain = through_json(book)
    plain["texts"] = {}
    names = list(plain["provisions"])
    for at, name in enumerate(names):
        mine = plain["provisions"][name]
        alike = [plain["provisions"][one] for one in names[:at]]
        alike = [one for one in alike if (one["of"], one["kind"]) == (mine["of"], mine["kind"])]
        if alike and rng.random() < 0.5:
            mine["versions"] = rng.choice(alike)["versions"]
    for program in plain["programs"]:
        _amend(rng, program, plain["provisions"])
    return plain


def _amend(rng: random.Random, program: Plain, provisions: Plain) -> None:
    fitting = [
        name
        for name, one in provisions.items()
        if one["kind"][0] == "bool" and (one["of"] == "Household" or program["of"] == "Person")
    ]
    if rng.random() < 0.6:
        program["requires"] = rng.sample(fitting, 1 + rng.randrange(len(fitting)))[:6]
    if rng.random() < 0.3:
        program["since"] = rng.choice([None, "2023-01-01", "2023-09-01"])


# -- read back -------------------------------------------------------------------------------------------------------


@many(60)
@given(sources)
def test_a_rulebook_read_back_says_the_same_with_the_same_sentences(rng: random.Random) -> None:
    case = case_from(rng)
    book = again(through_json(case.book), case.book)
    assert book.hash == case.book.hash
    for county, facts in case.units:
        situation = case.situation(county)
        assert said(book, facts, situation) == said(case.book, facts, situation)


def test_every_word_of_the_language_can_be_written_and_read_back() -> None:
    seen: set[str] = set()
    for seed in range(60):
        book = fixed_case(seed, rules=8, programs=2, units=1).book
        seen |= drawn_classes(again(through_json(book), book))
    assert node_classes() - seen == set()


# -- joined ----------------------------------------------------------------------------------------------------------


def judge(rng: random.Random, days: int) -> bool:
    """Whether the two could be joined; where they were, each holds on its side of the day."""
    case = case_from(rng)
    new = varied(rng, case.book)
    since = case.on + days * DAY
    try:
        book = again(joined(through_json(case.book), through_json(new), since), case.book)
    except RuleError as wrong:
        expected(wrong, "interrupted", "cycle", "tried after")
        return False
    for on in (since - DAY, since, since + 300 * DAY, since - 300 * DAY):
        one = case.book if on < since else new
        for county, facts in case.units:
            assert outcomes(book, case, facts, county, on) == outcomes(one, case, facts, county, on)
    return True


@many(60)
@given(sources, st.integers(-400, 400))
def test_two_texts_joined_are_the_old_one_before_the_day_and_the_new_one_from_it(
    rng: random.Random, days: int
) -> None:
    judge(rng, days)


def test_most_amendments_can_be_joined() -> None:
    done = [judge(random.Random(seed), seed % 700 - 350) for seed in range(120)]
    assert sum(done) > 80


@many(20)
@given(sources)
def test_the_kernel_runs_a_joined_text_as_the_reference_does(rng: random.Random) -> None:
    old = case_from(rng)
    try:
        book = again(joined(through_json(old.book), through_json(varied(rng, old.book)), old.on), old.book)
    except RuleError:
        return
    case = Case(book, old.on, old.month, old.known_at, old.counties)
    names = [one.name for one in book.provisions]
    results = plain_kernel(book, values=names).run(
        case.columns(), on=case.on, month=case.month, known_at=case.known_at, threads=1
    )
    assert list(differences(case, results, names)) == []


@many(30)
@given(sources, st.integers(-400, 400))
def test_rules_taken_as_of_a_day_say_on_every_day_what_they_say_on_it(rng: random.Random, days: int) -> None:
    case = case_from(rng)
    day = case.on + days * DAY
    plain = through_json(case.book)
    book = again(as_of(plain, list(plain["texts"]), day), case.book)
    for rule in case.book.rules:
        found = book[rule.name]
        for on in (case.on, day, case.on + 3000 * DAY, case.on - 3000 * DAY):
            if isinstance(rule, Program) or isinstance(found, Program):
                assert isinstance(rule, Program)
                assert isinstance(found, Program)
                assert found.in_force(on) == rule.in_force(day)
                continue
            for county in case.book.counties:
                assert text_for(found, county, on) == text_for(rule, county, day)


def text_for(rule: Provision, county: str, on: datetime.date) -> str:
    at = rule.version_for(county, on)
    expr = rule.versions[at].expr if at >= 0 else None
    return "" if expr is None else describe(expr)


def test_what_changed_is_named() -> None:
    case = fixed_case(3, rules=4, programs=1, units=1)
    plain = through_json(case.book)
    assert changed_rules(plain, plain) == []
    name = next(iter(plain["provisions"]))
    other = json.loads(json.dumps(plain))
    other["texts"][name] = "another"
    assert changed_rules(plain, other) == [name]
