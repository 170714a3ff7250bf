"""How names are read: pinyin without tones, a syllable a character, for sorting and for finding people by letters."""

from __future__ import annotations

import functools
from collections.abc import Iterator

#: Surnames that are read otherwise than the character usually is.
_SURNAMES = {
    "单": "shan", "仇": "qiu", "解": "xie", "曾": "zeng", "任": "ren", "华": "hua", "朴": "piao", "查": "zha",
    "区": "ou", "盖": "ge", "翟": "zhai", "乐": "yue", "员": "yun", "尉": "yu", "繁": "po", "召": "shao", "洗": "xian",
}  # fmt: skip
_LONGEST_SYLLABLE = 6
_MOST_SYLLABLES = 8

#: The last code point, and the gap among them that no text holds.
_LAST, _SURROGATES, _PAST_SURROGATES = "\U0010ffff", 0xD800, "\ue000"


def pinyin(name: str) -> str:
    """The reading of a name: `单小明` is `shan xiao ming`. Signs that are not characters are left out."""
    surname = _SURNAMES.get(name[:1]) or _syllable(name[:1])
    return " ".join(filter(None, (surname, *map(_syllable, name[1:]))))


def beginnings(typed: str) -> list[str]:
    """What a stored reading begins with for these letters: typed with spaces as it is, else every way to part them.

    `wangb` gives `wang b`; letters that are no reading come back as they are.
    """
    text = " ".join(typed.lower().split())
    if " " in text:
        return [text]
    return [" ".join(parts) for parts in _parted(text, _MOST_SYLLABLES)] or [text]


def after_all_that_begin(beginning: str) -> str:
    """The least text above every text that begins like this, in the order of code points; empty: nothing is above.

    `王` gives `玌`: a beginning is the range from itself to that.
    """
    kept = beginning.rstrip(_LAST)
    if not kept:
        return ""
    following = ord(kept[-1]) + 1
    return kept[:-1] + (_PAST_SURROGATES if following == _SURROGATES else chr(following))


def _parted(text: str, left: int) -> Iterator[list[str]]:
    """Syllables, the last of which may be unfinished."""
    if any(syllable.startswith(text) for syllable in _syllables()):
        yield [text]
    if not left:
        return
    for length in range(1, min(_LONGEST_SYLLABLE, len(text) - 1) + 1):
        if text[:length] in _syllables():
            for rest in _parted(text[length:], left - 1):
                yield [text[:length], *rest]


@functools.cache
def _syllables() -> frozenset[str]:
    """Every syllable that a character is read as; those without a vowel are no part of a name."""
    read = {*map(_syllable, map(chr, range(0x4E00, 0x9FA6))), *_SURNAMES.values()}
    return frozenset(syllable for syllable in read if set(syllable) & set("aeiouv"))


@functools.cache
def _syllable(character: str) -> str:
    """The usual reading of a character, nothing for other signs."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(character, style=Style.NORMAL, errors="ignore"))
