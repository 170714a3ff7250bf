"""What bytes are, by looking at them: pictures are drawn anew, PDFs are taken only when nothing in them acts.

The name a file comes with decides nothing; it is only checked against the content, since a name that lies is a trap.
Nothing of a picture survives but its pixels: no place, no camera, no thumbnail, no second file behind it.
"""

from __future__ import annotations

import io
import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image, ImageOps

from minzheng.values.errors import Refusal

PICTURE, PDF = "image/jpeg", "application/pdf"
LARGEST_BYTES = 10 * 1024 * 1024
_MOST_PIXELS = 60_000_000
_LONGEST_SIDE = 2400
_QUALITY = 85
_ENDINGS = {"JPEG": {".jpg", ".jpeg"}, "PNG": {".png"}, "WEBP": {".webp"}, "PDF": {".pdf"}}
_ACTIVE_ENDINGS = frozenset(
    ".html .htm .xhtml .shtml .svg .svgz .xml .xsl .js .mjs .vbs .hta .php .phtml .jsp .asp .aspx .py .pl .cgi .sh .bat"
    " .cmd .com .exe .dll .scr .msi .jar .apk .swf .lnk .ps1 .doc .docm .docx .xls .xlsm .xlsx .ppt .pptx .zip .rar"
    " .7z .htaccess".split()
)
_LONGEST_NAME = 200
_INFLATED_MOST = 256 * 1024 * 1024
_MOST_STREAMS = 20_000
_PIECE, _OVERLAP = 64 * 1024, 64
_LONGEST_DICTIONARY = 4096


@dataclass(frozen=True)
class Content:
    """What will be kept, and what it is."""

    data: bytes
    media_type: str


def examine(data: bytes, name: str) -> Content:
    """The harmless form of what somebody sent, or a `Refusal` that says what is wrong with it."""
    ending = _checked_ending(name)
    if not data:
        raise _refused("empty", "文件是空的。", "请重新选择文件。")
    if len(data) > LARGEST_BYTES:
        raise _refused(
            "too_large",
            f"文件超过 {LARGEST_BYTES // 1024 // 1024} MB。",
            "请降低拍照分辨率，或分成几个文件上传。",
        )
    found = _format_of(data)
    if found is None:
        raise _refused(
            "kind", "这个文件不是照片或 PDF，或者已经损坏。", "可以上传 JPG、PNG、WebP 照片和 PDF 文件。"
        )
    if ending not in _ENDINGS[found]:
        raise _refused(
            "name_lies", "文件名的后缀与实际内容不符。", "请用手机重新拍照，或用原来的软件另存后上传。"
        )
    if found == "PDF":
        _require_inert(data)
        return Content(data, PDF)
    return Content(_drawn_anew(data, found), PICTURE)


def _format_of(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if re.match(rb"%PDF-[12]\.[0-9]", data):
        return "PDF"
    return None


def _checked_ending(name: str) -> str:
    """The last ending, in small letters; refuses names that hide another one or carry control characters."""
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or set(name) & set('/\\:*?"<>|'):
        raise _refused("name", "文件名不规范。", "请改成普通的文件名后再上传。")
    suffixes = [suffix.lower().strip() for suffix in PurePosixPath(name).suffixes]
    if not suffixes or any(suffix in _ACTIVE_ENDINGS for suffix in suffixes):
        raise _refused(
            "name_ending", "文件名的后缀不是照片或 PDF。", "可以上传 JPG、PNG、WebP 照片和 PDF 文件。"
        )
    return suffixes[-1]


def _drawn_anew(data: bytes, found: str) -> bytes:
    """The picture's pixels alone, upright, reduced, as JPEG."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=[found])
            small_enough = picture.width * picture.height <= _MOST_PIXELS
            flat = _flat(picture) if small_enough else None
    except Exception:  # a decoder meets hostile bytes: however it fails, the file is refused
        raise _refused("broken", "照片打不开，可能没有传完整。", "请重新拍照后上传。") from None
    if flat is None:
        raise _refused("too_many_pixels", "照片的尺寸过大。", "请降低拍照分辨率后上传。")
    drawn = io.BytesIO()
    # A fresh picture of the pixels: whatever hung on the old one (profile, comment, place) stays behind.
    Image.frombytes("RGB", flat.size, flat.tobytes()).save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return _on_white(upright)


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    white.alpha_composite(layered)
    return white.convert("RGB")


# -- PDF ---------------------------------------------------------------------------------------------------

#: Names of what acts, leaves or carries something inside: every action of the format needs one of them as its type.
#: Short names (/JS, /AA, /EF) are not among them: they stand by chance in any large file, and never act alone.
_ACTING = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia\w*|XFA|SubmitForm|ImportData|Rendition|GoToR|GoToE|GoTo3DView"
    rb"|OnInstantiate|Movie|Sound|Screen|FileAttachment|Filespec|Collection|Encrypt)(?![A-Za-z0-9_.+-])"
)
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_SHELF = re.compile(rb"/(?:ObjStm|XRef|XRefStm)(?![A-Za-z0-9])")
_ODD_FILTER = re.compile(rb"/(?:ASCIIHexDecode|ASCII85Decode|LZWDecode|RunLengthDecode|Crypt)(?![A-Za-z0-9])")
_PLAIN_FILTER = re.compile(rb"/Filter\s*\[?\s*/FlateDecode\b")
_TAIL = re.compile(rb"%%EOF[\r\n \t]{0,8}\Z")


def _require_inert(data: bytes) -> None:
    """Refuse a PDF that runs, opens, sends or carries anything, and one we cannot see through.

    No parser: two readers of one file disagree, and what ours would skip another would run. Instead every byte is
    searched for the names without which nothing acts, with their escapes undone, and so is everything that inflates.
    """
    if not _TAIL.search(data):
        raise _refused(
            "pdf_tail", "PDF 文件不完整，或者后面附带了别的内容。", "请用原来的软件重新另存为 PDF 后上传。"
        )
    if _acts(data) or any(_acts(inside) for inside in _inflated(data)):
        raise _refused(
            "pdf_acts",
            "PDF 里带有脚本、附件、表单动作或者加密，不能接收。",
            "请把它打印成普通 PDF，或者拍照上传。",
        )
    plain = _without_escapes(data)
    if _SHELF.search(plain) and (_ODD_FILTER.search(plain) or not _shelves_are_plain(plain)):
        raise _refused(
            "pdf_opaque",
            "PDF 的内部结构无法核对，不能接收。",
            "请把它打印成普通 PDF，或者拍照上传。",
        )


def _acts(data: bytes) -> bool:
    return _ACTING.search(_without_escapes(data)) is not None


def _without_escapes(data: bytes) -> bytes:
    """`/J#61vaScript` is the same name as `/JavaScript`."""
    return _NAME_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)


def _inflated(data: bytes) -> Iterator[bytes]:
    """What every stream inflates to, as far as it does, in overlapping pieces; refuses what grows without end."""
    view, output, taken = memoryview(data), 0, 0
    for number, found in enumerate(_STREAM.finditer(data)):
        opened, kept = zlib.decompressobj(), b""
        for start in range(found.end(), len(data), _PIECE):
            try:
                text = opened.decompress(view[start : start + _PIECE], _INFLATED_MOST)
            except zlib.error:
                break
            taken += _PIECE
            output += len(text)
            if output >= _INFLATED_MOST or taken > _INFLATED_MOST or number > _MOST_STREAMS:
                raise _refused("pdf_bomb", "PDF 展开后过大，不能接收。", "请减少页数，或者拍照上传。")
            yield kept + text
            kept = text[-_OVERLAP:]
            if opened.eof:
                break


def _shelves_are_plain(data: bytes) -> bool:
    """Object streams (objects kept inside a stream) are inflated as they stand: no second filter, no predictor."""
    for found in re.finditer(rb"/ObjStm(?![A-Za-z0-9])", data):
        begin = data.rfind(b"obj", max(0, found.start() - _LONGEST_DICTIONARY), found.start())
        end = data.find(b"stream", found.end(), found.end() + _LONGEST_DICTIONARY)
        described = data[begin:end] if 0 <= begin < end else b""
        if not _PLAIN_FILTER.search(described) or described.count(b"/Filter") != 1:
            return False
        if b"/DecodeParms" in described or described.count(b"Decode") != 1:
            return False
    return True


def _refused(code: str, message: str, next_step: str) -> Refusal:
    return Refusal(f"documents.{code}", message, field="file", next_step=next_step)
