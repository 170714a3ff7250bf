"""Money is integer fen: reading, showing, rounding."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.values.errors import Refusal
from minzheng.values.money import Rounding, format_yuan, parse_yuan, round_fen, yuan

DECIMAL_MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.CEIL: ROUND_CEILING,
    Rounding.FLOOR: ROUND_FLOOR,
}


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (123_450, "1,234.50 元"),
        (0, "0.00 元"),
        (5, "0.05 元"),
        (-5, "-0.05 元"),
        (-123_456_789, "-1,234,567.89 元"),
    ],
)
def test_an_amount_is_shown_with_thousands_and_two_decimals(fen, shown):
    assert format_yuan(fen) == shown


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1,234.50", 123_450), ("1234.5", 123_450), (" 0.05 ", 5), ("-3", -300), ("682", 68_200)],
)
def test_an_amount_in_yuan_is_read_exactly(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "1.234", "12,34", "１２", "1e3", "nan", "1 元", "٣", ".5", "--1"])
def test_what_is_not_an_amount_is_refused(text):
    with pytest.raises(Refusal, match="金额无法识别"):
        parse_yuan(text)


@given(st.integers(-(10**15), 10**15))
def test_reading_what_was_shown_gives_the_amount_back(fen):
    assert parse_yuan(format_yuan(fen, unit=False)) == fen


@given(
    fen=st.integers(-(10**9), 10**9),
    tenths=st.integers(0, 9),
    unit=st.sampled_from([1, 10, 100, 1000]),
    mode=st.sampled_from(Rounding),
)
def test_rounding_agrees_with_decimal_arithmetic(fen, tenths, unit, mode):
    exact = Decimal(fen) + Decimal(tenths) / 10
    expected = int((exact / unit).quantize(Decimal(1), rounding=DECIMAL_MODES[mode])) * unit
    assert round_fen(Fraction(exact), to=unit, mode=mode) == expected


def test_thirds_stay_exact_until_they_are_rounded():
    third = Fraction(yuan(1000), 3)
    assert [round_fen(third, to=100, mode=mode) for mode in Rounding] == [33_300, 33_300, 33_400, 33_300]
    assert round_fen(third * 3) == yuan(1000)


def test_a_half_goes_away_from_zero_or_to_the_even_neighbour():
    half_up = [round_fen(f, to=100, mode=Rounding.HALF_UP) for f in (50, 150, -50, -150)]
    half_even = [round_fen(f, to=100, mode=Rounding.HALF_EVEN) for f in (50, 150, -50, -150)]
    assert half_up == [100, 200, -100, -200]
    assert half_even == [0, 200, 0, -200]
