"""What obligors owe, kept beside a snapshot: the same findings as computed, and never older than what it rests on."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest

from minzheng.assessment.city import FirstStage, load_city
from minzheng.assessment.computing import Engines, sweep_folder
from minzheng.assessment.owed import NOTE, read_owed, write_owed
from minzheng.values.errors import SourceTrouble


@pytest.fixture
def kept(story_snapshot, engines, tmp_path):
    """The snapshot of the fixed households, with the first stage kept beside it."""
    folder = tmp_path / "snapshot"
    shutil.copytree(story_snapshot, folder)
    write_owed(load_city(folder, engines.book), engines.first)
    return folder


class Refusing(FirstStage):
    """A first stage that must not be asked."""

    def __init__(self, book):
        self.book = book

    def complete(self, *_asked, **_how):
        raise AssertionError("the first stage was computed again")


def test_a_sweep_reads_what_is_kept_and_finds_the_same(kept, story_snapshot, engines):
    computed = sweep_folder(story_snapshot, engines, sample_size=20)
    read = sweep_folder(kept, Engines(engines.book, Refusing(engines.book), engines.kernel), sample_size=20)
    assert read.table.num_rows > 5
    assert read.table.equals(computed.table)


def test_other_values_of_parameters_make_it_not_count(kept, engines):
    other = engines.book.with_parameters(engines.book.parameters.overlaid({"dibao.std.urban": 700}))
    assert read_owed(load_city(kept, engines.book), engines.book) is not None
    assert read_owed(load_city(kept, other), other) is None


def test_another_snapshot_makes_it_not_count(kept, engines):
    manifest = json.loads((kept / "manifest.json").read_text(encoding="utf-8"))
    (kept / "manifest.json").write_text(json.dumps(manifest | {"written_at": "2024-01-01"}), encoding="utf-8")
    assert read_owed(load_city(kept, engines.book), engines.book) is None


def test_without_its_note_it_does_not_count(kept, engines):
    (kept / NOTE).unlink()
    assert read_owed(load_city(kept, engines.book), engines.book) is None


def test_files_of_another_length_are_refused(kept, engines):
    path = sorted(kept.glob("owed-*.parquet"))[0]
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(SourceTrouble, match="行数与快照不符"):
        read_owed(load_city(kept, engines.book), engines.book)
