"""docs/demo.md says what is there: figures, stories, verdicts."""

from pathlib import Path

import pytest

from minzheng.demo import figures, stories

DOCUMENT = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", figures.FIGURES.values(), ids=figures.FIGURES)
def test_every_figure_stands_in_the_document_with_its_origin(figure):
    row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| {figure.label} |"))
    assert f"{figure.value:,} {figure.unit}" in row
    assert ("example" in row) == (figure.origin is figures.Origin.EXAMPLE)


@pytest.mark.parametrize("story", stories.STORIES, ids=lambda story: story.key)
def test_every_story_is_told_in_the_document_as_it_is_told_on_the_platform(story):
    assert f"| {story.id} | `{story.key}` | {story.title} | {story.look_at} |" in DOCUMENT
