"""Writes the rulebook as static pages: Chinese, without script, readable on a phone. What they show is `rulebook.content`."""

from minzheng.cli._book.write import write_book

__all__ = ["write_book"]
