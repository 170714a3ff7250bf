"""Breaking Chinese text into lines: any two characters part, except where a punctuation mark or a number would suffer."""

from __future__ import annotations

import re
from collections.abc import Callable

#: What never begins a line, and what never ends one.
_NOT_FIRST = frozenset("，。、；：？！）》〉”’〕】」』％%,.;:?!)]}·…—")
_NOT_LAST = frozenset("（《〈“‘〔【「『([{￥¥")
_PIECES = re.compile(r"[A-Za-z0-9][A-Za-z0-9.,:/@_-]*[A-Za-z0-9%％]|.", re.DOTALL)

Width = Callable[[str], float]


def broken(text: str, width: Width, room: float, *, indent: float = 0.0) -> list[str]:
    """The lines of `text` in `room`, the first one shorter by `indent`. Numbers and Latin words stay whole if they fit."""
    lines: list[str] = []
    line, left = "", room - indent
    for piece in _pieces(text, width, room):
        if line and width(line + piece) > left:
            line, piece = _moved(line, piece)
            lines.append(line)
            line, left = piece.lstrip(" "), room
        else:
            line += piece
    return [*lines, line] if line or not lines else lines


def _pieces(text: str, width: Width, room: float) -> list[str]:
    """Characters, and runs that stay together; a run wider than a line is taken character by character."""
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        pieces.extend(piece if len(piece) > 1 and width(piece) > room else [piece])
    return pieces


def _moved(line: str, piece: str) -> tuple[str, str]:
    """Take with the piece what may not part from it: the character before a closing mark, an opening mark."""
    while len(line) > 1 and (piece[0] in _NOT_FIRST or line[-1] in _NOT_LAST):
        line, piece = line[:-1], line[-1] + piece
    return line, piece
