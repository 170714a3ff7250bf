"""Sealed values: bound to their place, masked when shown, opened only after a record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minzheng.base.actions import reveal
from minzheng.base.models import AuditEntry
from minzheng.base.scope import scope
from minzheng.base.sealed import Sealed, blind_index, opener, seal, unseal
from minzheng.base.types import Actor, Role
from minzheng.values.errors import Defect, Refusal

PLACE = {"table": "person", "column": "number", "row": "7"}
OFFICER = Actor("staff:1", "经办", ("140403",), frozenset({Role.TOWNSHIP_OFFICER}))


@given(st.text(max_size=60))
def test_what_was_sealed_is_opened_in_its_place(clear):
    assert unseal(seal(clear, **PLACE), **PLACE) == clear


@pytest.mark.parametrize("moved", [{"table": "award"}, {"column": "card"}, {"row": "8"}])
def test_a_value_moved_elsewhere_does_not_open(moved):
    with pytest.raises(Defect, match="密文"):
        unseal(seal("乙", **PLACE), **{**PLACE, **moved})


def test_many_of_a_column_are_opened_each_in_its_own_row_only():
    opened = opener(table="person", column="number")
    rows = {row: seal(f"第{row}个", table="person", column="number", row=row) for row in ("7", "8", "9")}
    assert [opened(blob, row) for row, blob in rows.items()] == ["第7个", "第8个", "第9个"]
    with pytest.raises(Defect, match="密文"):
        opened(rows["7"], "8")


@given(st.data())
def test_any_changed_bit_is_noticed(data):
    blob = seal("140499", **PLACE)
    place = data.draw(st.integers(0, len(blob) - 1))
    changed = blob[:place] + bytes([blob[place] ^ (1 << data.draw(st.integers(0, 7)))]) + blob[place + 1 :]
    with pytest.raises(Defect, match="密文"):
        unseal(changed, **PLACE)


def test_equal_texts_are_sealed_differently_and_indexed_equally():
    assert seal("甲", **PLACE) != seal("甲", **PLACE)
    assert blind_index("甲", column="number") == blind_index("甲", column="number")
    assert blind_index("甲", column="number") != blind_index("甲", column="card")
    assert blind_index("甲", column="number") != blind_index("乙", column="number")
    assert len(blind_index("甲", column="number")) == 16


def test_a_sealed_value_prints_its_mask():
    sealed = Sealed(seal("140499198001010010", **PLACE), **PLACE, mask="1404**********0010")
    assert [str(sealed), f"{sealed}", repr(sealed)] == ["1404**********0010"] * 2 + [
        "Sealed(1404**********0010)"
    ]
    assert "1980" not in f"{[sealed]}"


@pytest.mark.django_db
def test_opening_records_who_what_and_why():
    sealed = Sealed(seal("140499198001010010", **PLACE), **PLACE)
    with scope(OFFICER):
        assert reveal(OFFICER, sealed, purpose="核对身份") == "140499198001010010"
        entry = AuditEntry.objects.get(verb="reveal")
    assert (entry.actor, entry.subject_kind, entry.subject, entry.reason) == (
        "staff:1",
        "person",
        "7",
        "核对身份",
    )
    assert "140499198001010010" not in str(entry.detail)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("actor", "purpose", "says"),
    [
        (OFFICER, " ", "用途"),
        (Actor("staff:2", "研究", ("1404",), frozenset({Role.POLICY_OFFICER})), "研究", "没有"),
    ],
)
def test_no_purpose_or_no_permission_opens_nothing(actor, purpose, says):
    sealed = Sealed(seal("x", **PLACE), **PLACE)
    with scope(actor):
        with pytest.raises(Refusal, match=says):
            reveal(actor, sealed, purpose=purpose)
        assert not AuditEntry.objects.exists()


def test_what_cannot_be_recorded_is_not_opened(db):
    from django.db import DatabaseError, transaction

    sealed = Sealed(seal("x", **PLACE), **PLACE)
    with pytest.raises(DatabaseError), transaction.atomic():
        reveal(OFFICER, sealed, purpose="没有开启范围")
