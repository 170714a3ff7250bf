"""Names in letters, and letters as they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.registry.readings import SYLLABLES, after_all_that_begin, beginnings, pinyin


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("单田芳", "shan tian fang"), ("曾国", "zeng guo"), ("王丙", "wang bing"), ("阿依·古丽", "a yi gu li"), ("", ""),
    ],
)  # fmt: skip
def test_a_name_is_read_syllable_by_syllable_and_a_surname_as_such(name, reading):
    assert pinyin(name) == reading


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("wang bing", ["wang bing"]),
        ("Wang  B", ["wang b"]),
        ("wangbing", ["wang bing", "wang bin g"]),
        ("wangb", ["wang b"]),
        ("wang", ["wang", "wan g"]),
        ("xian", ["xian", "xi an", "xi a n", "xia n"]),
        ("x1", ["x1"]),
        ("", [""]),
    ],
)
def test_letters_are_parted_in_every_way_they_may_be_read(typed, found):
    assert beginnings(typed) == found


def test_the_syllables_are_those_that_characters_are_read_as():
    characters = [chr(code) for code in range(0x4E00, 0x9FA6)]
    surnames = "单仇解曾任华朴查区盖翟乐员尉繁召洗"
    read = {pinyin(character) for character in characters} | {
        pinyin(f"{one}一").split()[0] for one in surnames
    }
    read |= {pinyin(f"一{character}").split()[-1] for character in characters}
    assert {syllable for syllable in read if set(syllable) & set("aeiouv")} == SYLLABLES


def test_long_nonsense_is_given_up_quickly():
    assert len(beginnings("angang" * 40)) == 1


@pytest.mark.parametrize(
    ("beginning", "after"),
    [
        ("王", "玌"), ("wang", "wanh"), ("wan g", "wan h"), ("a\U0010ffff", "b"), ("\U0010ffff", ""), ("", ""),
        ("\ud7ff", "\ue000"),
    ],
)  # fmt: skip
def test_a_beginning_is_a_range_of_texts(beginning, after):
    assert after_all_that_begin(beginning) == after


@given(st.text(min_size=1, max_size=3), st.text(max_size=4))
def test_the_range_holds_what_begins_so_and_nothing_else(beginning, text):
    after = after_all_that_begin(beginning)
    for one in (text, beginning + text):
        inside = one >= beginning and (not after or one < after)
        assert inside == one.startswith(beginning)
