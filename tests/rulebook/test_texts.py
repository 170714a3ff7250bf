"""The rulebook's text as data: what is read back computes, cites and says what the files do."""

from __future__ import annotations

import json

import pytest

from minzheng.rulebook import load
from minzheng.rulebook.texts import declared_facts, of_files, reread
from minzheng.rules.language.errors import RuleError


def test_the_rulebook_of_the_files_reads_back_as_it_is() -> None:
    book, again = load(), reread(json.loads(json.dumps(of_files())))
    assert again.hash == book.hash
    assert [rule.name for rule in again.rules] == [rule.name for rule in book.rules]
    for rule in book.rules:
        other = again[rule.name]
        assert (other.label, str(other.citation)) == (rule.label, str(rule.citation))
    for provision in book.provisions:
        texts = [(one.sentence, one.textual_gap) for one in provision.versions]
        assert [(one.sentence, one.textual_gap) for one in again[provision.name].versions] == texts  # type: ignore[union-attr]


def test_a_text_that_reads_a_fact_no_longer_declared_is_refused_by_its_name() -> None:
    plain = json.loads(json.dumps(of_files()))
    plain["columns"]["no_such_fact"] = plain["columns"]["supported_people"]
    with pytest.raises(RuleError, match="no_such_fact is not declared any more"):
        reread(plain)


def test_a_text_that_was_tampered_with_does_not_read_back() -> None:
    plain = json.loads(json.dumps(of_files()))
    versions = plain["provisions"]["income_below_standard"]["versions"]
    compare = next(node for node in versions[0]["nodes"] if node[0] == "Compare")
    compare[1] = "at_most"
    with pytest.raises(RuleError, match="income_below_standard does not read back"):
        reread(plain)


def test_every_fact_is_known_by_its_column() -> None:
    assert set(load().columns) <= set(declared_facts())
