"""The quick check of ISO 20022 files refuses exactly what the schema's own validator refuses."""

from __future__ import annotations

import random
import re
import time

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from minzheng.payments.bank import schema
from minzheng.payments.bank.files import write_batch
from minzheng.payments.bank.schema import PIECES, check_against_schema
from minzheng.payments.bank.types import Format
from minzheng.values.errors import Refusal
from tests.apps.payments.bank.conftest import batch, instructions
from tests.apps.payments.bank.test_returns import returned

MESSAGES = sorted(PIECES)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("messages")
    sent = write_batch(batch(count=4), Format.PAIN001, folder).path.read_text(encoding="utf-8")
    return {"pain.001.001.09": sent, "pain.002.001.12": returned("XML", codes={2: "E02"}).decode()}


def accepted(text: str, message: str) -> bool:
    try:
        check_against_schema(text.encode(), message, "文件")
    except Refusal:
        return False
    return True


def valid(text: str, message: str) -> bool:
    """The word of the schema's validator over the whole document at once."""
    try:
        return bool(schema._schema(message).is_valid(xmlschema.XMLResource(text.encode(), defuse="always")))
    except (SyntaxError, xmlschema.XMLSchemaException):
        return False


#: Ways to change one place of a document, wherever it lies; each is drawn with a number that picks the place.
CHANGES = {
    "an element goes": lambda text, at: _cut(text, at),
    "an element comes twice": lambda text, at: _twice(text, at),
    "a text is another": lambda text, at: _put(text, at, ">[^<>]+</", lambda found: f">{NEW[at % len(NEW)]}</"),
    "a text has a blank more": lambda text, at: _put(text, at, ">[^<>]+</", lambda found: f"> {found[1:]}"),
    "a name is another": lambda text, at: _put(text, at, "<[A-Z][A-Za-z]+>", lambda found: f"<X{found[1:]}"),
    "an attribute is another": lambda text, at: _put(text, at, 'Ccy="CNY"', lambda found: WORDS[at % len(WORDS)]),
    "text stands between elements": lambda text, at: _put(text, at, "><", lambda found: ">x<"),
    "blank stands between elements": lambda text, at: _put(text, at, "><", lambda found: "> \n<"),
    "a comment stands between elements": lambda text, at: _put(text, at, "><", lambda found: "><!-- x --><"),
    "a nil stands in an element": lambda text, at: _put(
        text, at, "<(Nm|EndToEndId|MmbId)>",
        lambda found: f'{found[:-1]} xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
    ),
}  # fmt: skip
NEW = [
    "", "x", "0", "-1", "1.5", "+2", "1.123456", "1" * 19, "12345678901234.5", "  7.00 ", "x" * 35, "x" * 36, "x" * 141,
    "2026-11-31", "2026-12-10", "RJCT", "ACSC", "\t", "甲", "&lt;", "1e3", "９",
]  # fmt: skip
WORDS = ['Ccy="cny"', 'Ccy="USD"', "", 'Ccy="CNY" x="1"', 'Ccy=""']


def _put(text: str, at: int, pattern: str, by) -> str:
    places = list(re.finditer(pattern, text))
    if not places:
        return text
    one = places[at % len(places)]
    return text[: one.start()] + by(one[0]) + text[one.end() :]


def _element(text: str, at: int) -> tuple[int, int] | None:
    """Where one element that holds no other begins and ends."""
    places = list(re.finditer(r"<([A-Za-z]+)[^<>]*>[^<>]*</\1>", text))
    return places[at % len(places)].span() if places else None


def _cut(text: str, at: int) -> str:
    if (place := _element(text, at)) is None:
        return text
    return text[: place[0]] + text[place[1] :]


def _twice(text: str, at: int) -> str:
    if (place := _element(text, at)) is None:
        return text
    return text[: place[1]] + text[place[0] :]


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_written_is_accepted(texts, message):
    assert valid(texts[message], message)
    assert accepted(texts[message], message)


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("change", sorted(CHANGES))
def test_each_change_of_a_message_is_judged_as_the_validator_judges_it(texts, message, change):
    chance = random.Random(f"{message} {change}")
    for _ in range(60):
        changed = CHANGES[change](texts[message], chance.randrange(10_000))
        assert accepted(changed, message) is valid(changed, message), changed


def test_the_changes_make_both_valid_and_invalid_messages(texts):
    judged = {
        valid(CHANGES[change](texts[message], at), message)
        for message in MESSAGES for change in CHANGES for at in range(5)
    }  # fmt: skip
    assert judged == {True, False}


@given(
    message=st.sampled_from(MESSAGES),
    changes=st.lists(
        st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 9_999)), min_size=1, max_size=3
    ),
)
@settings(max_examples=150, deadline=None)
def test_changes_drawn_by_chance_are_judged_as_the_validator_judges_them(texts, message, changes):
    text = texts[message]
    for change, at in changes:
        text = CHANGES[change](text, at)
    assert accepted(text, message) is valid(text, message), text


@pytest.mark.parametrize("message", MESSAGES)
def test_payments_may_follow_one_another_without_bound(message):
    """Only then may an envelope with the first of them stand for all."""
    space = f"{{urn:iso:std:iso:20022:tech:xsd:{message}}}"
    declared = schema._element(message, tuple(space + name for name in PIECES[message]))
    assert declared.max_occurs is None


def test_a_wrong_payment_among_thousands_is_told_by_its_line_and_not_by_its_content(tmp_path):
    made = list(instructions(3_000))
    sent = write_batch(batch(count=3_000), Format.PAIN001, tmp_path).path.read_text(encoding="utf-8")
    wrong = sent.replace(made[2_000].name, "错" * 150, 1)
    with pytest.raises(Refusal) as refused:
        check_against_schema(wrong.encode(), "pain.001.001.09", "付款文件")
    line = wrong[: wrong.index("错")].count("\n") + 1
    assert f"第 {line} 行" in refused.value.message
    assert "错" not in str(refused.value)


def test_a_file_nested_without_end_is_refused():
    deep = "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'>" + "<a>" * 100_000
    with pytest.raises(Refusal, match="层次过深"):
        check_against_schema(deep.encode(), "pain.001.001.09", "付款文件")


def test_ten_thousand_payments_are_checked_in_a_second_of_processor_time(tmp_path):
    file = write_batch(batch(count=10_000), Format.PAIN001, tmp_path)
    check_against_schema(file.path.read_bytes(), "pain.001.001.09", "付款文件")
    began = time.process_time()
    check_against_schema(file.path, "pain.001.001.09", "付款文件")
    assert time.process_time() - began < 1
