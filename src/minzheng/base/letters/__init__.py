"""Official letters as PDF, in the layout of official documents (GB/T 9704): same letter, same bytes."""

from __future__ import annotations

from minzheng.base.letters.letter import Letter, Table, letter_pdf

__all__ = ["Letter", "Table", "letter_pdf"]
