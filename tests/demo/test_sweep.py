"""The heart of the demonstration: a sweep of the whole way, from the registry to leads, finds what was planted."""

import pytest

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def swept(tmp_path):
    """A small city, built and swept; the folder of its snapshot."""
    from minzheng.assessment.computing import make_engines
    from minzheng.assessment.sweep import run_sweep
    from minzheng.base.scope import system_actor
    from minzheng.demo.build import build
    from minzheng.registry.snapshot import write_snapshot
    from minzheng.values.month import Month

    build(0.004, 3, quiet=True)
    folder = tmp_path / "snapshot"
    write_snapshot(folder, month=Month(2023, 12))
    engines = make_engines(compiled=True)
    run_sweep(actor=system_actor("test"), folder=folder, engines=engines, sample_size=20)
    return folder, engines


def measured(capsys, *words) -> str:
    from minzheng.cli import build_parser

    parsed = build_parser().parse_args(["demo", "measure", *words])
    assert parsed.run(parsed) == 0
    return capsys.readouterr().out


def test_a_sweep_finds_what_was_planted_and_little_else(swept, capsys, tmp_path):
    from minzheng.assessment.computing import leads_to_file
    from minzheng.cli.demo import _leads_of_platform
    from minzheng.demo.measure import measure, stored_truth

    report = measure(_leads_of_platform(), stored_truth())
    recall, precision = report.total()
    assert recall >= 0.99
    assert precision >= 0.97
    assert sum(score.planted for score in report.scores) > 30
    text = measured(capsys)
    assert text.splitlines()[-1] == f"合计：查全率 {recall:.1%}，查准率 {precision:.1%}"
    file = tmp_path / "leads.parquet"
    folder, engines = swept
    leads_to_file(folder, file, engines, sample_size=0)
    assert measured(capsys, "--check", str(file)).splitlines()[-1].startswith("合计：查全率 100.0%")


def test_without_a_sweep_the_command_says_what_to_do():
    from minzheng.cli.demo import _leads_of_platform
    from minzheng.values.errors import Refusal

    with pytest.raises(Refusal, match="minzheng sweep"):
        _leads_of_platform()
