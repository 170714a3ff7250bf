"""The sheet: A4 with the margins, sizes and red heading of official documents, page numbers, and nothing random in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.fonts import TTFFont

from minzheng.base.letters.font import font_file

# GB/T 9704: the type area is 156 by 225 mm, 37 mm from the top and 28 mm from the left.
LEFT, TOP, WIDTH, BOTTOM = 28.0, 37.0, 156.0, 35.0
BODY, SMALL, TITLE, HEAD, PAGE_NUMBER = 16.0, 12.0, 22.0, 30.0, 14.0
LINE = 9.9
_RED = (200, 16, 28)
_FAMILY = "letters"
_POINT = 25.4 / 72


class Paper(FPDF):
    """A document that is being set. The same calls give the same bytes on any day."""

    def __init__(self, title: str, subject: str, on: date) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.set_margins(LEFT, TOP, 210 - LEFT - WIDTH)
        self.set_auto_page_break(False)
        self.set_creation_date(datetime.combine(on, time(0, 0), tzinfo=UTC))
        self.set_title(title)
        self.set_subject(subject)
        self.set_lang("zh-CN")
        self.set_producer("minzheng")
        self.add_font(_FAMILY, "", font_file())
        self.size(BODY)

    def finished(self) -> bytes:
        """The file. The writer leaves the typeface open; it is closed here."""
        try:
            return bytes(self.output())
        finally:
            for font in self.fonts.values():
                if isinstance(font, TTFFont):
                    font.ttfont.close()

    def size(self, points: float) -> None:
        self.set_font(_FAMILY, "", points)

    def width_of(self, text: str) -> float:
        return float(self.get_string_width(text))

    def footer(self) -> None:
        """`— 1 —`, right on odd pages and left on even ones."""
        with self.local_context():
            self.size(PAGE_NUMBER)
            text = f"— {self.page_no()} —"
            room = self.font_size
            at = LEFT + WIDTH - self.width_of(text) - room if self.page_no() % 2 else LEFT + room
            self.text(at, 297 - BOTTOM + 12, text)

    def left_on_page(self) -> float:
        return 297 - BOTTOM - self.get_y()

    def new_page(self) -> None:
        self.add_page()
        self.set_xy(LEFT, TOP)

    def line_at(self, text: str, x: float, *, height: float = LINE) -> None:
        """One line of text with its foot at a quarter above the end of its height; the cursor moves below it."""
        if self.left_on_page() < height:
            size = self.font_size_pt
            self.new_page()
            self.size(size)
        self.text(x, self.get_y() + height * 0.5 + self.font_size * 0.36, text)
        self.set_xy(LEFT, self.get_y() + height)

    def centred(self, text: str, *, height: float, bold: bool = False, red: bool = False) -> None:
        at = LEFT + (WIDTH - self.width_of(text)) / 2
        with self.local_context():
            if red:
                self.set_text_color(*_RED)
                self.set_draw_color(*_RED)
            if bold:
                # One weight ships: a line around the strokes makes them heavier.
                self.text_mode = TextMode.FILL_STROKE
                self.set_line_width(self.font_size_pt * _POINT * 0.025)
            self.text(at, self.get_y() + height * 0.5 + self.font_size * 0.36, text)
        self.set_xy(LEFT, self.get_y() + height)

    def red_line(self) -> None:
        with self.local_context():
            self.set_draw_color(*_RED)
            self.set_line_width(0.7)
            self.line(LEFT, self.get_y(), LEFT + WIDTH, self.get_y())
