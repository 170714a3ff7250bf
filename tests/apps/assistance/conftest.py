"""The worked cases in a registry, and letters kept in a folder of the test."""

from __future__ import annotations

import pytest

from tests.courses.conftest import collected, worked_registry

__all__ = ["collected", "worked_registry"]


@pytest.fixture(autouse=True)
def kept_documents(settings, tmp_path):
    """Letters and uploads of a test are its own."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def own_parameters(monkeypatch):
    """`own_parameters(case)`: the platform works with the case's own parameters for this test."""

    def use(case):
        from minzheng import rulebook
        from minzheng.assessment.enacting import law

        if case.own_parameters:
            book = rulebook.load().with_parameters(case.parameters)
            monkeypatch.setattr(rulebook, "load", lambda *_enacted: book)
            monkeypatch.setattr(law, "book_in_force", lambda: book)

    return use
