"""A policy officer's way, as docs/rulebook.md tells it: change the files of a copy, and see what the commands say.

The commands run in processes of their own on a copy of the sources: an override lives in the module that declares it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minzheng.rulebook.worked.report import MARKS
from tests.house.conftest import ROOT

PAGE = (ROOT / "docs" / "rulebook.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
NEW_STANDARD, COUNTY_ALLOWANCE, CASE = [body for kind, body in BLOCKS if kind == "yaml"]
COUNTY_TEXT = next(body for kind, body in BLOCKS if kind == "text" and body.startswith('"""襄垣县'))


class Checkout:
    """A copy of the sources whose commands run on their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "static"))
        shutil.copytree(ROOT / "tests" / "provisions", folder / "tests" / "provisions")
        self.rulebook = folder / "src" / "minzheng" / "rulebook"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PYTHONPATH": str(self.folder / "src"),
            "MINZHENG_HOME": str(self.folder / "var"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, "-m", "minzheng.cli", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def add_row(self, file: str, key: str, row: str) -> None:
        """A row under a parameter, after those it has."""
        path = self.rulebook / "parameters" / file
        text = path.read_text(encoding="utf-8")
        found = re.search(rf"^- key: {re.escape(key)}\n  rows:\n(?:  - .*\n)+", text, re.MULTILINE)
        path.write_text(text[: found.end()] + row + text[found.end() :], encoding="utf-8")

    def check(self) -> dict:
        return json.loads(self.run("rulebook", "check", "--no-sweep", "--json").stdout)

    def wrong_cases(self) -> set[str]:
        """Cases of the minimum living guarantee that do not come out as expected."""
        told = self.run("decide", "tests/provisions/dibao.yaml", "--quiet")
        return set(re.findall(rf"^{MARKS[False]} (\S+)", told.stdout, re.MULTILINE))


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The cases that are wrong already, before anything is changed: none, or work in progress of somebody."""
    return Checkout(tmp_path_factory.mktemp("before")).wrong_cases()


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_a_new_standard_passes_the_check_and_shows_which_cases_it_changes(checkout, before):
    assert checkout.check()["ok"]
    checkout.add_row("standards.yaml", "dibao.std.urban", NEW_STANDARD)
    report = checkout.check()
    assert report["ok"], report["findings"]
    changed = checkout.wrong_cases() - before
    assert "DB-dates-2024-01" in changed
    assert not any(case.startswith("DB-line") for case in changed)


def test_a_row_cut_out_is_a_gap_with_its_file_and_line(checkout):
    path = checkout.rulebook / "parameters" / "standards.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not ("from: 2023-01-01" in line and "682.00" in line)]
    assert len(kept) == len(lines) - 1
    path.write_text("".join(kept), encoding="utf-8")
    report = checkout.check()
    found = [one for one in report["findings"] if one["kind"] == "parameter-gap"]
    before_it = next(n for n, line in enumerate(kept, 1) if "652.00" in line)
    assert [(one["subject"], one["place"]) for one in found] == [
        ("dibao.std.urban", f"standards.yaml:{before_it}")
    ]


def test_a_county_has_its_own_amount_and_the_others_keep_theirs(checkout, before):
    checkout.add_row("subsidies.yaml", "oa.amount", COUNTY_ALLOWANCE)
    assert checkout.check()["ok"]
    (checkout.folder / "old.yaml").write_text(
        """
id: 高龄
registration: 城镇
income: 0
on: 2023-08-15
people: {母亲: {age: 82}}
expect: {低保家庭高龄补贴: {母亲: 90}}
variants: [{id: 潞城, county: 潞城区}, {id: 武乡, county: 武乡县, expect: {低保家庭高龄补贴: {母亲: 70}}}]
""",
        encoding="utf-8",
    )
    told = checkout.run("decide", "old.yaml")
    assert told.returncode == 0, told.stdout + told.stderr


def test_a_county_replaces_a_text_and_its_cases_pass(checkout):
    (checkout.rulebook / "changzhi" / "xiangyuan.py").write_text(COUNTY_TEXT, encoding="utf-8")
    programs = checkout.rulebook / "programs.py"
    text = programs.read_text(encoding="utf-8")
    text = text.replace("from .changzhi import old_age\n", "from .changzhi import old_age, xiangyuan\n")
    text = text.replace("shanxi_orphans, old_age)", "shanxi_orphans, old_age, xiangyuan)")
    programs.write_text(text, encoding="utf-8")
    (checkout.folder / "xiangyuan.yaml").write_text(CASE, encoding="utf-8")
    report = checkout.check()
    assert report["ok"], report["findings"]
    told = checkout.run("decide", "xiangyuan.yaml")
    assert told.returncode == 0, told.stdout + told.stderr
    shutil.rmtree(checkout.folder / "tests")  # the book without the cases, which take their time
    book = checkout.run("rulebook", "book", "book", "--county", "140423")
    assert book.returncode == 0, book.stderr
    page = (checkout.folder / "book" / "rule" / "assets_within_dibao.html").read_text(encoding="utf-8")
    assert page.index("襄垣县的规定") < page.index("全国的规定")
    assert "人均金融资产不超过规定月数的低保标准，另加每户一万元" in page


def test_a_clause_that_loses_its_disposition_fails_the_check(checkout):
    path = checkout.rulebook / "dispositions.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^- \{id: SP-6,.*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    told = checkout.run("rulebook", "check", "--no-sweep")
    assert told.returncode == 1
    assert "SP-6：没有写明处置" in told.stdout
