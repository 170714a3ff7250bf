"""Official letters: what is printed, how it is laid out, and that a letter is the same letter on every day."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import subprocess
import sys
import zlib
from datetime import date

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from minzheng.base.letters import Letter, Table, letter_pdf
from minzheng.base.letters.font import font_file
from minzheng.base.letters.lines import broken
from minzheng.values.errors import Refusal

REFUSED = Letter(
    kind="不予确认决定书",
    number="潞州民低保〔2023〕000012号",
    title="最低生活保障不予确认决定书",
    organ="长治市潞州区民政局",
    to="王堃",
    paragraphs=("您的家庭月人均收入714.00元，高于城市最低生活保障标准682.00元。",),
    on=date(2023, 12, 1),
    table=Table(("项目", "情况", "标准"), (("月人均收入", "714.00元", "682.00元"),), (2, 1, 1)),
    clauses=("《社会救助暂行办法》第九条",),
    remedy="如不服本决定，可以自收到本决定书之日起六十日内申请行政复议。",
    contact="咨询热线12345。",
    notes=("引用的标准为示例值。",),
)


def objects(pdf: bytes) -> list[bytes]:
    """Every stream of the file, inflated where it is packed."""
    found = []
    for start in re.finditer(rb"(?<!end)stream\r?\n", pdf):
        body = pdf[start.end() : pdf.index(b"\nendstream", start.end())]
        try:
            found.append(zlib.decompress(body))
        except zlib.error:
            found.append(body)
    return found


def extracted(pdf: bytes) -> list[str]:
    """The text of each page, as a reader copies it: glyph numbers through the file's own map to Unicode."""
    streams = objects(pdf)
    table: dict[int, str] = {}
    for one in streams:
        for code, meaning in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", one if b"beginbf" in one else b""):
            table[int(code, 16)] = bytes.fromhex(meaning.decode()).decode("utf-16-be")
    pages = [one for one in streams if b" Tj" in one]
    return [
        "\n".join(_line(line, table) for line in re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", page, re.DOTALL))
        for page in pages
    ]


def _line(raw: bytes, table: dict[int, str]) -> str:
    escapes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    plain = re.sub(rb"\\(.)", lambda found: escapes.get(found[1], found[1]), raw, flags=re.DOTALL)
    return "".join(table[int.from_bytes(plain[i : i + 2])] for i in range(0, len(plain), 2))


def test_a_letter_says_everything_and_can_be_copied():
    (page,) = extracted(letter_pdf(REFUSED))
    text = page.replace("\n", "")
    for part in REFUSED.texts():
        assert part in text, part
    assert "2023年12月1日" in text
    assert "— 1 —" in text
    assert (
        text.index(REFUSED.organ)
        < text.index(REFUSED.number)
        < text.index(REFUSED.title)
        < text.index("王堃：")
    )
    assert (
        text.index("依据：")
        < text.index(REFUSED.remedy)
        < text.rindex(REFUSED.organ)
        < text.index("2023年12月1日")
    )


def test_the_sheet_is_a4_with_a_red_heading_and_the_typeface_inside():
    from minzheng.base.documents.contents import PDF, examine

    made = letter_pdf(REFUSED)
    assert b"/MediaBox [0 0 595.28 841.89]" in made
    assert b"/FontFile2" in made
    assert len(made) < 80_000
    (page,) = [one for one in objects(made) if b" Tj" in one]
    assert b"0.7843 0.0627 0.1098 rg" in page
    assert examine(made, "letter.pdf").media_type == PDF


def test_the_same_letter_is_the_same_bytes_in_any_process():
    here = hashlib.sha256(letter_pdf(REFUSED)).hexdigest()
    program = (
        "import hashlib; from tests.apps.base.test_letters import REFUSED, letter_pdf;"
        "print(hashlib.sha256(letter_pdf(REFUSED)).hexdigest())"
    )
    there = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONHASHSEED": "7",
            "TZ": "America/New_York",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here
    assert letter_pdf(dataclasses.replace(REFUSED, to="王二")) != letter_pdf(REFUSED)


def test_a_character_without_a_glyph_is_named_and_nothing_is_printed():
    with pytest.raises(Refusal, match=r"“𡋾”（U\+212FE）"):
        letter_pdf(dataclasses.replace(REFUSED, to="王𡋾"))


def test_the_typeface_has_every_character_of_gb2312_and_gbk():
    with TTFont(font_file(), lazy=True) as typeface:
        drawn = set(typeface.getBestCmap())
    wanted = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                letter = bytes([lead, trail]).decode("gbk")
            except UnicodeDecodeError:
                continue
            wanted |= {ord(letter)} if "\u4e00" <= letter <= "\u9fff" else set()
    assert len(wanted) > 20_000
    assert wanted <= drawn
    assert {ord(letter) for letter in "，。；：？！（）《》〔〕“”‘’、…—·％￥①②③√×÷㎡℃"} <= drawn


@pytest.mark.parametrize(
    "missing",
    [{"number": ""}, {"title": " "}, {"organ": ""}, {"to": ""}, {"paragraphs": ()}, {"paragraphs": ("",)},
     {"to": "王\x00二"}, {"paragraphs": ("一\n二",)}, {"table": Table(("甲", "乙"), (("一",),))}],
)  # fmt: skip
def test_a_letter_that_is_not_whole_is_not_made(missing):
    with pytest.raises(Refusal, match="没有生成"):
        letter_pdf(dataclasses.replace(REFUSED, **missing))


def test_what_looks_like_markup_or_a_template_is_printed_as_it_stands():
    odd = "<script>alert(1)</script> {{ settings.SECRET_KEY }} **粗** \\(x\\) %s ${jndi:ldap://x}"
    (page,) = extracted(letter_pdf(dataclasses.replace(REFUSED, paragraphs=(odd,))))
    assert odd.replace(" ", "") in page.replace("\n", "").replace(" ", "")


def test_a_long_table_goes_on_under_its_headings_and_pages_are_numbered():
    rows = tuple((f"第{number}项", "714.00元", "682.00元") for number in range(1, 61))
    pages = extracted(letter_pdf(dataclasses.replace(REFUSED, table=Table(("项目", "情况", "标准"), rows))))
    assert len(pages) >= 3
    for number, page in enumerate(pages, 1):
        lines = page.split("\n")
        assert f"— {number} —" in lines
        assert ("项目" in lines) == any(line.startswith("第") and line.endswith("项") for line in lines)
    assert [line for page in pages for line in page.split("\n") if re.fullmatch("第[0-9]+项", line)] == [
        f"第{number}项" for number in range(1, 61)
    ]


def test_the_date_and_the_seal_are_never_torn_apart():
    for count in range(14, 22):
        text = "经核算，家庭月人均收入高于当地城市最低生活保障标准。"
        pages = extracted(
            letter_pdf(dataclasses.replace(REFUSED, paragraphs=(text,) * count, table=None, notes=()))
        )
        assert "2023年12月1日" in pages[-1]
        assert pages[-1].split("\n").count(REFUSED.organ) >= 1


# -- lines -------------------------------------------------------------------------------------------------


def width(text: str) -> float:
    return sum(1.0 if ord(letter) > 255 else 0.5 for letter in text)


@given(st.text(alphabet="家庭月收入，。、；：“”（）《》12,345.60元AB ", max_size=120), st.integers(6, 20))
def test_lines_lose_nothing_and_fit(text, room):
    lines = broken(text, width, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line) <= room + 1.5 or len(set(line) & set("，。、；：”）》")) for line in lines)


@given(st.text(alphabet="家庭月收入低于标准，。、；：”）》（《“", min_size=1, max_size=80))
def test_no_mark_begins_or_ends_a_line_where_it_should_not(text):
    text = "家" + re.sub(r"[，。、；：”）》（《“]+", lambda found: found[0][0], text) + "庭"
    for line in broken(text, width, 12)[1:]:
        assert line[0] not in "，。、；：”）》"
    for line in broken(text, width, 12)[:-1]:
        assert line[-1] not in "（《“"


def test_a_number_stays_whole():
    assert broken("家庭月收入合计2,142.00元", width, 8) == ["家庭月收入合计", "2,142.00元"]
