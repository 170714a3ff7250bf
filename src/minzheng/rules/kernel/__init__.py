"""The city engine: a rulebook as one loop over households, generated, compiled and threaded."""

from minzheng.rules.columns import Columns, physical_type

from .run import Amounts, Choices, Kernel, Results, compile_book

__all__ = ["Amounts", "Choices", "Columns", "Kernel", "Results", "compile_book", "physical_type"]
