"""The worked cases in a registry, and letters kept in a folder of the test."""

from __future__ import annotations

from tests.apps.assistance.conftest import kept_documents, own_parameters
from tests.courses.conftest import collected, worked_registry

__all__ = ["collected", "kept_documents", "own_parameters", "worked_registry"]
