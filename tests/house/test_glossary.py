"""Every identifier the glossary promises stands in the sources, and every programme has its term."""

import re

from minzheng.rulebook import load
from tests.house.conftest import ROOT

ROW = re.compile(r"^\| (?P<term>[^|]+) \| (?P<english>[^|]+) \| (?P<names>[^|]+) \|$")


def rows():
    lines = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    found = [ROW.match(line) for line in lines]
    return [m for m in found if m and m["term"] != "术语" and not set(m["term"]) <= set("-")]


def identifiers():
    return [name for row in rows() for name in re.findall(r"`([^`]+)`", row["names"])]


def test_every_identifier_of_the_glossary_stands_in_the_sources():
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "src").rglob("*")
        if path.suffix in (".py", ".yaml")
    )
    assert identifiers()
    assert [name for name in identifiers() if not re.search(rf"\b{re.escape(name)}\b", sources)] == []


def test_every_term_says_one_thing():
    terms = [row["term"] for row in rows()]
    assert len(terms) == len(set(terms))


def test_every_programme_has_its_term():
    promised = set(identifiers())
    assert [p.name for p in load().programs if p.name not in promised] == []
