"""`minzheng demo`: what it prints without a database."""

import pytest

from minzheng.cli import build_parser
from minzheng.demo import figures, stories


def printed(capsys, *words) -> str:
    parsed = build_parser().parse_args(["demo", *words])
    assert parsed.run(parsed) == 0
    return capsys.readouterr().out


def test_every_figure_is_printed_with_where_it_comes_from(capsys):
    lines = printed(capsys, "figures").splitlines()
    assert len(lines) == len(figures.FIGURES)
    assert "残疾人两项补贴领取人数\t74,554 人\t文章所载" in lines
    assert all(any(origin in line for origin in figures.Origin) for line in lines)


def test_every_story_is_printed_with_the_address_of_its_page(capsys):
    said = printed(capsys, "stories")
    for story in stories.STORIES:
        assert f"{story.id}\t{story.title}\n\t{story.look_at}\n\t/households/{story.public_id}/" in said


def test_a_build_is_asked_for_in_words_that_exist():
    with pytest.raises(SystemExit):
        build_parser().parse_args(["demo", "build", "--scale", "whole"])
    parsed = build_parser().parse_args(["demo", "build", "--scale", "1", "--seed", "4", "--replace"])
    assert (parsed.scale, parsed.seed, parsed.replace, parsed.if_needed) == (1.0, 4, True, False)
    assert (parsed.database, parsed.role) == (True, "owner")
