"""Division codes: their forms, their nesting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.values.division import DivisionCode, DivisionLevel
from minzheng.values.errors import Refusal

codes = st.sampled_from(DivisionLevel).flatmap(
    lambda level: st.text("123456789", min_size=level.value, max_size=level.value).map(DivisionCode)
)


@pytest.mark.parametrize(
    ("text", "digits", "level"),
    [
        ("140000000000", "14", DivisionLevel.PROVINCE),
        ("140400", "1404", DivisionLevel.CITY),
        ("140403", "140403", DivisionLevel.COUNTY),
        ("140403000000", "140403", DivisionLevel.COUNTY),
        ("140403001000", "140403001", DivisionLevel.TOWNSHIP),
        ("140403001001", "140403001001", DivisionLevel.VILLAGE),
    ],
)
def test_the_padded_forms_mean_the_short_one(text, digits, level):
    code = DivisionCode.parse(text)
    assert (code.digits, code.level) == (digits, level)


@pytest.mark.parametrize("text", ["", "140", "14040", "1404030", "１４０４０３", "14040a", "1404031234567"])
def test_what_is_not_a_code_is_refused(text):
    with pytest.raises(Refusal):
        DivisionCode.parse(text)


@given(codes)
def test_a_division_holds_itself_and_is_held_by_those_above(code):
    assert code.holds(code)
    for level in DivisionLevel:
        if level <= code.level:
            assert code.up_to(level).holds(code)
        else:
            with pytest.raises(Refusal):
                code.up_to(level)


@given(codes)
def test_padding_and_reading_are_inverse(code):
    assert DivisionCode.parse(code.padded) == code
