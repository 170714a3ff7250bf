"""The city engine: a rulebook as one loop over households, generated, compiled and threaded."""

from minzheng.rules.columns import Columns, physical_type

from .results import Amounts, Choices, Open, Results
from .run import Kernel, compile_book

__all__ = ["Amounts", "Choices", "Columns", "Kernel", "Open", "Results", "compile_book", "physical_type"]
