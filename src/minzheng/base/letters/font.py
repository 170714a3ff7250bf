"""The typeface that ships with the platform: unpacked once into the state folder, where the PDF writer reads it."""

from __future__ import annotations

import functools
import hashlib
import lzma
import secrets
from collections.abc import Iterable
from pathlib import Path

from fontTools.ttLib import TTFont

from minzheng.database import home
from minzheng.values.errors import Refusal

_PACKED = Path(__file__).with_name("noto-serif-sc.ttf.xz")


@functools.cache
def font_file() -> Path:
    """The unpacked typeface. Its name carries the hash of what is shipped, so that another version is another file."""
    packed = _PACKED.read_bytes()
    place = home() / "cache" / f"letters-{hashlib.sha256(packed).hexdigest()[:16]}.ttf"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        aside.write_bytes(lzma.decompress(packed))
        aside.replace(place)
    return place


@functools.cache
def _drawn() -> frozenset[int]:
    with TTFont(font_file(), lazy=True) as typeface:
        return frozenset(typeface.getBestCmap())


def require_glyphs(texts: Iterable[str]) -> None:
    """Refuse a letter with a character that would stay blank; the message names it."""
    missing = sorted({letter for text in texts for letter in text if ord(letter) not in _drawn()})
    if missing:
        named = "、".join(f"“{letter}”（U+{ord(letter):04X}）" for letter in missing)
        raise Refusal(
            "letter.no_glyph",
            f"文书字库里没有这些字：{named}，文书没有生成。",
            next_step="请核对是否录入有误；确系姓名、地名用字的，请联系系统管理员补充字库，并先用手写文书送达。",
        )
