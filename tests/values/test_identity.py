"""Identity numbers: what is accepted, why another is refused, and that nothing shows one by accident."""

import json
import pickle
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.values import identity
from minzheng.values.errors import Refusal
from minzheng.values.identity import (
    DEMO_AREA,
    NumberWarning,
    Sex,
    check_character,
    compose,
    halfwidth,
    mask_number,
)

TODAY = date(2023, 12, 31)
people = st.builds(
    compose,
    st.just(DEMO_AREA),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


def clear(number):
    return number.reveal_for("测试")


def with_check(first_seventeen):
    return first_seventeen + check_character(first_seventeen)


def with_wrong_check(first_seventeen):
    return first_seventeen + ("1" if check_character(first_seventeen) == "0" else "0")


@given(people)
def test_a_composed_number_is_read_back(number):
    again = identity.parse(clear(number), on=TODAY)
    assert again == number
    assert hash(again) == hash(number)


@given(people)
def test_birth_date_and_sex_are_in_the_number(number):
    digits = clear(number)
    assert f"{number.birth_date:%Y%m%d}" == digits[6:14]
    assert (number.sex is Sex.MALE) == (int(digits[16]) % 2 == 1)
    assert number.area == DEMO_AREA


@given(people, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, place, shift):
    digits = clear(number)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    with pytest.raises(Refusal):
        identity.parse(wrong, on=TODAY)


@given(people, st.integers(0, 15))
def test_two_neighbouring_digits_swapped_are_noticed(number, place):
    digits = clear(number)
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    if swapped != digits:
        with pytest.raises(Refusal):
            identity.parse(swapped, on=TODAY)


@given(people, st.integers(0, 17), st.sampled_from([0x0660, 0x06F0, 0x0966, 0xFF10]))
def test_digits_of_another_script_never_make_a_second_identity(number, place, zero):
    digits = clear(number)
    if digits[place] == "X":
        return
    other = digits[:place] + chr(zero + int(digits[place])) + digits[place + 1 :]
    assert other[place].isdigit()
    with pytest.raises(Refusal, match="只接受半角数字"):
        identity.parse(other, on=TODAY)


@given(people)
def test_full_width_typing_is_repaired_only_when_asked(number):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in clear(number))
    assert identity.parse(halfwidth(wide), on=TODAY) == number


def test_half_width_leaves_other_scripts_alone():
    assert halfwidth("１２３Ｘ　张٣") == "123X 张٣"


@pytest.mark.parametrize(
    ("text", "reason", "says"),
    [
        ("", "length", "18 位"),
        ("14049919800101001", "length", "现为 17 位"),
        (with_check("14049919800101001") + "1", "length", "现为 19 位"),
        ("14049919800101X011", "characters", "数字以外"),
        ("1404991980010100-1", "characters", "数字以外"),
        (with_check("99049919800101001"), "province", "省级代码"),
        (with_check("14049919800230001"), "birth_date", "出生日期不存在"),
        (with_check("14049919001301001"), "birth_date", "出生日期不存在"),
        (with_check("14049920240101001"), "birth_in_future", "晚于当前业务日期"),
        (with_check("14049917000101001"), "birth_date", "1850"),
        (with_wrong_check("14049919800101001"), "check_character", "校验位不符"),
    ],
)
def test_a_refused_number_says_why(text, reason, says):
    with pytest.raises(Refusal, match=says) as refused:
        identity.parse(text, on=TODAY)
    assert refused.value.code == f"identity.{reason}"
    assert refused.value.field == "resident_id"
    assert refused.value.next_step


def test_a_refusal_never_repeats_the_number():
    wrong = "140499198001010010"
    wrong = wrong[:17] + ("1" if check_character(wrong[:17]) == "0" else "0")
    with pytest.raises(Refusal) as refused:
        identity.parse(wrong, on=TODAY)
    assert wrong[6:14] not in str(refused.value)


def test_born_today_is_not_in_the_future():
    assert identity.parse(clear(compose(DEMO_AREA, TODAY, 1)), on=TODAY).birth_date == TODAY
    with pytest.raises(Refusal, match="晚于"):
        identity.parse(clear(compose(DEMO_AREA, TODAY + timedelta(1), 1)), on=TODAY)


def test_the_last_character_may_be_a_small_x():
    number = next(n for s in range(1000) if clear(n := compose(DEMO_AREA, date(1980, 1, 1), s)).endswith("X"))
    assert identity.parse(clear(number).lower(), on=TODAY) == number


def test_fifteen_digits_are_upgraded():
    number = identity.parse(f"{DEMO_AREA}491001001", on=TODAY)
    assert number.birth_date == date(1949, 10, 1)
    assert clear(number)[:17] == f"{DEMO_AREA}19491001001"


def test_a_centenarian_kept_a_reserved_sequence():
    assert identity.parse(f"{DEMO_AREA}991001997", on=TODAY).birth_date == date(1899, 10, 1)


def test_an_unknown_county_is_a_warning_and_not_an_error():
    number = compose(DEMO_AREA, date(1980, 1, 1), 3)
    assert identity.warnings(clear(number), number, known_areas=frozenset({DEMO_AREA})) == ()
    assert identity.warnings(clear(number), number, known_areas=frozenset()) == (
        NumberWarning.UNKNOWN_COUNTY,
    )
    old = f"{DEMO_AREA}491001001"
    found = identity.warnings(old, identity.parse(old, on=TODAY), known_areas=frozenset({DEMO_AREA}))
    assert found == (NumberWarning.UPGRADED_FROM_15,)


@given(people)
def test_nothing_shows_a_number_by_accident(number):
    digits = clear(number)
    shown = [
        str(number),
        repr(number),
        f"{number}",
        f"{number:>40}",
        "%s %r" % (number, number),  # noqa: UP031
        str([number]),
    ]
    assert all(digits not in text and digits[6:14] not in text for text in shown)
    assert str(number) == f"1404**********{digits[-4:]}"


def test_a_number_is_neither_pickled_nor_turned_into_json():
    number = compose(DEMO_AREA, date(1980, 1, 1), 3)
    with pytest.raises(TypeError):
        pickle.dumps(number)
    with pytest.raises(TypeError):
        json.dumps(number)


def test_the_clear_number_needs_a_purpose():
    with pytest.raises(Refusal, match="用途"):
        compose(DEMO_AREA, date(1980, 1, 1), 3).reveal_for("  ")


@pytest.mark.parametrize(("text", "masked"), [("12345678", "********"), ("123456789", "1234*6789"), ("", "")])
def test_short_texts_are_masked_whole(text, masked):
    assert mask_number(text) == masked


def test_invented_people_carry_the_unassigned_area():
    with pytest.raises(ValueError, match=DEMO_AREA):
        compose("140403", date(1980, 1, 1), 3)
