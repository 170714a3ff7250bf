"""The codebase about itself: layers, names, sizes, and what must never be written down."""

import ast
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from minzheng.values import identity
from minzheng.values.errors import Refusal
from tests.house.conftest import ROOT

LONGEST = 700
#: Files that may be longer, each with its reason.
LONGER = {
    "requirements": "hashes of every file of every dependency",
    "LICENSE": "the licence",
    "src/minzheng/rulebook/": "the law is as long as the law",
    "tests/provisions/": "worked cases",
    "src/minzheng/payments/bank/schemas/": "schemas of ISO 20022, as they are published",
    "src/minzheng/web/static/": "vendored files and maps",
    "docs/": "generated tables",
    "src/minzheng/registry/divisions/": "tables of codes",
    "benchmarks/": "the yardstick is written in its own style",
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "services", "manager", "managers"}
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])([0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])")


def test_imports_only_point_down():
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout[-3000:]


def test_no_identity_number_looks_real(texts):
    """Those that pass the check carry the unassigned area code of the demonstration."""
    found = []
    for name, text in texts.items():
        if name.startswith("requirements"):
            continue
        for match in _LONG_NUMBER.finditer(text):
            try:
                number = identity.parse(match[1], on=date(2026, 1, 1))
            except Refusal:
                continue
            if number.area != identity.DEMO_AREA:
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{name}:{line}")
    assert found == []


def test_the_scan_for_identity_numbers_would_see_one():
    real_looking = "1404031980" + "0101001"
    text = f"x = '{real_looking}{identity.check_character(real_looking)}'"
    assert identity.parse(_LONG_NUMBER.search(text)[1], on=date(2026, 1, 1)).area == "140403"


def test_nothing_of_a_machine_is_written_down(texts):
    """No home of a person, no folder of a build machine, no address of a package index."""
    machine = re.compile(
        "|".join(["/ho" + "me/[a-z]", "/ro" + "ot/", "/wo" + "rk/", "/o" + "pt/", r"\.libr" + "ary/"])
    )
    index = re.compile("pypi" + r"\.org|files\.python" + "hosted")
    found = [
        f"{name}:{number}"
        for name, text in texts.items()
        if name != "LICENSE" and "/static/" not in name
        for number, line in enumerate(text.splitlines(), 1)
        if machine.search(line) or index.search(line)
    ]
    assert found == []


def test_no_file_is_too_long_to_read(texts):
    long = {
        name: text.count("\n")
        for name, text in texts.items()
        if text.count("\n") > LONGEST and "/migrations/" not in name and not name.startswith(tuple(LONGER))
    }
    assert long == {}


def test_a_module_opens_by_saying_what_lives_there(sources):
    silent = [
        name
        for name, text in sources.items()
        if text.strip() and "/migrations/" not in name and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing(sources):
    assert [name for name in sources if FORBIDDEN_NAMES & {*Path(name).parts, Path(name).stem}] == []


def test_no_exception_is_swallowed(sources):
    """`except: pass` and friends; where ignoring is right, `contextlib.suppress` names what and says so."""
    swallowed = []
    for name, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body):
                broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
                if broad:
                    swallowed.append(f"{name}:{node.lineno}")
    assert swallowed == []


@pytest.mark.parametrize("layer", ["values", "rules", "rulebook"])
def test_the_law_reads_no_clock(sources, layer):
    """Import-linter forbids the modules; this forbids asking `date` and `datetime` for today."""
    asked = [
        f"{name}:{node.lineno}"
        for name, text in sources.items()
        if name.startswith(f"src/minzheng/{layer}/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and node.attr in {"today", "now", "utcnow"}
    ]
    assert asked == []


def test_migrations_import_no_application_code(sources):
    """A migration must mean the same in ten years; only models' own field classes and defaults are named."""
    importing = [
        f"{name}: {line}"
        for name, text in sources.items()
        if "/migrations/" in name
        for line in text.splitlines()
        if re.match(r"(from|import) minzheng\.", line)
        and not re.search(r"(\.models|\.fields|\.types|\.ids)\b", line)
    ]
    assert importing == []


def test_every_package_of_the_layers_stands_in_style_order():
    """`pyproject.toml` lists each package exactly once; an unlisted one fails the exhaustive contract."""
    text = (ROOT / "pyproject.toml").read_text()
    for package in (
        path.name for path in (ROOT / "src" / "minzheng").iterdir() if (path / "__init__.py").exists()
    ):
        assert re.search(rf'"[^"]*\b{package}\b[^"]*",', text), package
