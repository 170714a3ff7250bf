"""What a letter says, and setting it: red heading, number, title, addressee, text, table, clauses, remedy, seal and date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from minzheng.base.letters.font import require_glyphs
from minzheng.base.letters.lines import broken
from minzheng.base.letters.paper import BODY, HEAD, LEFT, LINE, SMALL, TITLE, WIDTH, Paper
from minzheng.values.errors import Refusal

_CELL_LINE, _CELL_PAD = 6.4, 1.6
_HEAD_ROOM, _TITLE_LINE = 22.0, 12.5
_SEAL = 42.0
"""Side of the square that stays free for the seal (a round seal of a county is 42 mm)."""


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; `shares` are the widths of the columns in proportion."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[int, ...] = ()


@dataclass(frozen=True)
class Letter:
    """An official letter. Texts are finished Chinese sentences; nothing in them is a template or markup."""

    kind: str
    number: str
    title: str
    organ: str
    to: str
    paragraphs: tuple[str, ...]
    on: date
    table: Table | None = None
    clauses: tuple[str, ...] = ()
    remedy: str = ""
    contact: str = ""
    notes: tuple[str, ...] = ()
    """Remarks in small print under the date, such as which values are examples."""

    def texts(self) -> Iterator[str]:
        """Everything that will be printed."""
        yield from (self.number, self.title, self.organ, self.to, self.remedy, self.contact)
        yield from (*self.paragraphs, *self.clauses, *self.notes)
        if self.table:
            yield from self.table.head
            for row in self.table.rows:
                yield from row


def letter_pdf(letter: Letter) -> bytes:
    """The letter as PDF (A4, the typeface embedded, text extractable). Equal letters give equal bytes.

    Raises `Refusal` for a character that cannot be printed, and for an empty number, title, organ, addressee or text.
    """
    _require_whole(letter)
    require_glyphs([*letter.texts(), _DATE_DIGITS])
    paper = Paper(f"{letter.title} {letter.number}", letter.kind, letter.on)
    paper.new_page()
    _heading(paper, letter)
    _body(paper, letter)
    _ending(paper, letter)
    return paper.finished()


_DATE_DIGITS = "0123456789年月日：（）—"


def _require_whole(letter: Letter) -> None:
    parts = (letter.number, letter.title, letter.organ, letter.to, *(letter.paragraphs or ("",)))
    if not all(part.strip() for part in parts):
        raise Refusal("letter.incomplete", "文书缺少文号、标题、机关、收件人或者正文，没有生成。")
    if any(not text.replace("\u3000", "").isprintable() for text in letter.texts()):
        raise Refusal("letter.control", "文书内容里有不能打印的控制字符，没有生成。")
    table = letter.table
    if table and any(len(row) != len(table.head) for row in table.rows):
        raise Refusal("letter.table", "文书表格的列数不一致，没有生成。")


def _heading(paper: Paper, letter: Letter) -> None:
    size = HEAD
    paper.size(size)
    while paper.width_of(letter.organ) > WIDTH and size > BODY:
        size -= 1
        paper.size(size)
    paper.centred(letter.organ, height=_HEAD_ROOM, bold=True, red=True)
    paper.size(BODY)
    paper.centred(letter.number, height=LINE)
    paper.set_y(paper.get_y() + 1.5)
    paper.red_line()
    paper.set_y(paper.get_y() + LINE)
    paper.size(TITLE)
    for line in broken(letter.title, paper.width_of, WIDTH * 0.86):
        paper.centred(line, height=_TITLE_LINE, bold=True)
    paper.set_y(paper.get_y() + LINE * 0.6)


def _body(paper: Paper, letter: Letter) -> None:
    paper.size(BODY)
    _paragraph(paper, f"{letter.to}：", indented=False)
    for text in letter.paragraphs:
        _paragraph(paper, text)
    if letter.table:
        paper.set_y(paper.get_y() + 2)
        _table(paper, letter.table)
        paper.set_y(paper.get_y() + 2)
    if letter.clauses:
        _paragraph(paper, "依据：" + "；".join(letter.clauses) + "。")
    for text in (letter.remedy, letter.contact):
        if text:
            _paragraph(paper, text)


def _paragraph(paper: Paper, text: str, *, indented: bool = True) -> None:
    paper.size(BODY)
    indent = 2 * paper.width_of("文") if indented else 0.0
    for number, line in enumerate(broken(text, paper.width_of, WIDTH, indent=indent)):
        paper.line_at(line, LEFT + (0.0 if number else indent))


def _table(paper: Paper, table: Table) -> None:
    shares = table.shares or (1,) * len(table.head)
    widths = [WIDTH * share / sum(shares) for share in shares]
    for number, row in enumerate((table.head, *table.rows)):
        _row(paper, row, widths, head=number == 0, table=table)


def _row(paper: Paper, row: tuple[str, ...], widths: list[float], *, head: bool, table: Table) -> None:
    """One row, never torn between pages; the headings stand again on a new page."""
    paper.size(SMALL)
    cells = [
        broken(text, paper.width_of, width - 2 * _CELL_PAD) for text, width in zip(row, widths, strict=True)
    ]
    height = max(len(lines) for lines in cells) * _CELL_LINE + 2 * _CELL_PAD
    if paper.left_on_page() < height:
        paper.new_page()
        if not head:
            _row(paper, table.head, widths, head=True, table=table)
            paper.size(SMALL)
    x, y = LEFT, paper.get_y()
    paper.set_line_width(0.2)
    for lines, width in zip(cells, widths, strict=True):
        paper.rect(x, y, width, height)
        for place, line in enumerate(lines):
            at = x + (width - paper.width_of(line)) / 2 if head else x + _CELL_PAD
            paper.text(at, y + _CELL_PAD + (place + 0.5) * _CELL_LINE + paper.font_size * 0.36, line)
        x += width
    paper.set_xy(LEFT, y + height)


def _ending(paper: Paper, letter: Letter) -> None:
    """Organ and date over the place of the seal, kept together and never alone without room for it."""
    paper.size(BODY)
    needed = LINE * 4 + _SEAL / 2
    if paper.left_on_page() < needed:
        paper.new_page()
    paper.set_y(paper.get_y() + LINE * 2)
    spoken = f"{letter.on.year}年{letter.on.month}月{letter.on.day}日"
    right = LEFT + WIDTH - 4 * paper.width_of("文")
    middle = right - max(paper.width_of(spoken), paper.width_of(letter.organ)) / 2
    top = paper.get_y()
    _seal_place(paper, middle, top + LINE)
    paper.set_xy(LEFT, top)
    paper.size(BODY)
    for text in (letter.organ, spoken):
        paper.line_at(text, middle - paper.width_of(text) / 2)
    paper.set_y(top + LINE + _SEAL / 2)
    paper.size(SMALL)
    for note in letter.notes:
        for line in broken(note, paper.width_of, WIDTH):
            paper.line_at(line, LEFT, height=_CELL_LINE)


def _seal_place(paper: Paper, x: float, y: float) -> None:
    """A faint ring where the seal goes, over the date."""
    with paper.local_context():
        paper.set_draw_color(225, 190, 190)
        paper.set_line_width(0.2)
        paper.set_dash_pattern(dash=1.2, gap=1.2)
        paper.circle(x, y, _SEAL / 2)
        paper.set_text_color(205, 150, 150)
        paper.size(SMALL)
        paper.text(x - paper.width_of("（印章）") / 2, y - _SEAL / 2 + 7, "（印章）")
