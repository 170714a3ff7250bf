"""Worked cases: a policy officer's examples in YAML, run against the provisions. See docs/worked-cases.md.

Pure like the law itself: files come in as paths or texts, nothing is written, no clock is read.
"""

from .case import Case
from .reading import read_file, read_files, read_text
from .run import Result, run
from .spot import CaseError

__all__ = ["Case", "CaseError", "Result", "read_file", "read_files", "read_text", "run"]
