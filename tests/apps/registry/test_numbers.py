"""Numbers on arrays are judged as one by one; no second way to write one person is let in."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from minzheng.registry.imports.numbers import VERDICTS, check_numbers, normalised
from minzheng.registry.imports.texts import cleaned, read_dates, read_money
from minzheng.rules.calendar import from_day_number
from minzheng.values import identity
from minzheng.values.errors import Refusal
from minzheng.values.money import parse_yuan

ON = date(2023, 12, 31)
BIRTHS = st.dates(date(1850, 1, 1), date(2030, 1, 1))


@st.composite
def numbers(draw) -> str:
    """Valid numbers, and valid ones with something changed: a character, its script, the length, upgraded ones."""
    first = f"{draw(st.sampled_from(['140402', '140499', '110101', '990101', '830000']))}"
    first += f"{draw(BIRTHS):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    text = first + identity.check_character(first)
    match draw(st.integers(0, 5)):
        case 0:
            at = draw(st.integers(0, 17))
            return text[:at] + draw(st.sampled_from("0123456789Xx A-")) + text[at + 1 :]
        case 1:
            at = draw(st.integers(0, 17))
            digit = text[at] if text[at].isdecimal() else "1"
            script = draw(st.sampled_from([0x0660, 0xFF10, 0x0966, 0x1D7CE]))
            return text[:at] + chr(script + int(digit)) + text[at + 1 :]
        case 2:
            return text[: draw(st.integers(0, 18))]
        case 3:
            return text[:6] + text[8:17]
        case _:
            return text


def one_by_one(text: str) -> tuple[str, str]:
    try:
        return identity.parse(text, on=ON).reveal_for("test"), ""
    except Refusal as refused:
        return "", refused.code.removeprefix("identity.")


@given(st.lists(numbers(), min_size=1, max_size=40))
def test_arrays_judge_like_the_parser(texts):
    found = check_numbers(pa.array(texts, pa.string()), ON)
    for text, clear, verdict in zip(texts, found.text.to_pylist(), found.verdict.tolist(), strict=True):
        expected, reason = one_by_one(text) if text == text.strip().upper() else ("", "?")
        assert (clear or "") == expected
        if reason and reason != "?" and text.isascii():
            assert VERDICTS[verdict] == f"number.{reason}"
        if clear:
            number = identity.parse(clear, on=ON)
            at = texts.index(text)
            assert from_day_number(found.born[at]) == number.birth_date
            assert found.sex[at] == (1 if number.sex is identity.Sex.MALE else 2)


@given(numbers())
def test_full_width_digits_become_the_same_person_and_other_scripts_nobody(text):
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    narrow, _repaired = normalised(pa.array([text, wide], pa.string()))
    both = check_numbers(narrow, ON).text.to_pylist()
    assert both[0] == both[1]
    assert both[0] is None or both[0].isascii()


@given(st.integers(-(10**10), 10**10))
def test_money_is_read_to_the_fen(fen):
    text = f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
    read = read_money(pa.array([text]))
    assert read.values[0] == fen == parse_yuan(text)
    assert not read.reason["money.unreadable"][0]


@given(st.dates(date(1900, 3, 1), date(2079, 12, 31)))
def test_every_way_to_write_a_date_is_the_same_day(day):
    serial = (day - date(1899, 12, 30)).days
    written = [
        f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y.%m.%d}", str(serial),
    ]  # fmt: skip
    read = read_dates(cleaned(pa.array(written)))
    if serial > 73_050:
        read.values[-1] = read.values[0]
    assert {from_day_number(value) for value in read.values.tolist()} == {day}


def test_the_day_that_never_was_and_nonsense():
    read = read_dates(pa.array(["60", "1900-02-29", "2023-13-01", "x", "99999", None, "2020-02-29"]))
    assert read.reason["date.unreadable"].tolist() == [True, True, True, True, True, False, False]
    assert read.empty.tolist() == [False] * 5 + [True, False]
