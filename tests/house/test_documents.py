"""The documents name every command and every word of the Makefile, and link to files that exist."""

import re
from pathlib import Path

import pytest

from minzheng import cli
from tests.house.conftest import ROOT


def commands(parser, prefix="minzheng"):
    """Every command line that can be typed, with the commands under a command."""
    for action in parser._actions:
        if hasattr(action, "choices") and isinstance(action.choices, dict):
            for name, under in action.choices.items():
                deeper = list(commands(under, f"{prefix} {name}"))
                yield from deeper or [f"{prefix} {name}"]


@pytest.fixture(scope="module")
def documents(texts):
    return {name: text for name, text in texts.items() if name.endswith(".md")}


def test_the_documents_mention_every_command(documents):
    written = re.sub(r"\s+", " ", " ".join(documents.values()))
    assert [command for command in commands(cli.build_parser()) if command not in written] == []


def test_the_readme_names_the_two_commands_in_both_languages(documents):
    readme = documents["README.md"]
    assert "make run" in readme
    assert "make test" in readme
    assert re.search(r"[一-鿿]", readme)
    assert re.search(r"\b(the|and)\b", readme)


def test_the_documents_mention_every_word_of_the_makefile(documents):
    words = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    written = " ".join(documents.values())
    assert [word for word in words if f"make {word}" not in written] == []


def test_links_between_documents_lead_somewhere(documents):
    broken = []
    for name, text in documents.items():
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (ROOT / Path(name).parent / target).exists():
                broken.append(f"{name} → {target}")
    assert broken == []
