"""Checking ISO 20022 files against the schemas that lie in `schemas/`, in one pass and a memory that does not grow.

A message is an envelope around very many payments, which look alike. The schema's validator sees the envelope with the
first payment of each run, and every payment whose shape (elements, attributes) has not been seen before. Of a payment
whose shape it has passed only the texts are new: each is compared with the type of its place. A text that is not plainly
fine sends its whole payment to the validator, so nothing is accepted that the validator would refuse.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

import xmlschema
from xmlschema.exceptions import XMLSchemaException

from minzheng.values.errors import Refusal

_FOLDER = Path(__file__).parent / "schemas"
#: Where a message keeps its payments: an element that its schema lets repeat without bound, directly after itself.
PIECES = {
    "pain.001.001.09": ("Document", "CstmrCdtTrfInitn", "PmtInf", "CdtTrfTxInf"),
    "pain.002.001.12": ("Document", "CstmrPmtStsRpt", "OrgnlPmtInfAndSts", "TxInfAndSts"),
}
_DIGITS = frozenset({"totalDigits", "fractionDigits", "minInclusive", "whiteSpace"})
_SHAPES_KEPT = 1_000
#: No message of ISO 20022 is half as deep.
_DEEPEST = 64
_BYTES_AT_ONCE = 1 << 16

Check = Callable[[str], bool]


def check_against_schema(source: Path | bytes, message: str, what: str) -> None:
    """Refuse a file that is not a valid `message` ("pain.001.001.09"); says where, never what stood there."""
    reading = _Reading(message, what)
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as stream:
        reading.read(stream)


class _Reading:
    """One pass over a file."""

    def __init__(self, message: str, what: str) -> None:
        self._message, self._what = message, what
        self._space = f"{{urn:iso:std:iso:20022:tech:xsd:{message}}}"
        self._path = [self._space + name for name in PIECES[message]]
        self._shapes: dict[tuple[str, ...], tuple[Check, ...]] = {}
        self._open: list[Element] = []
        self._above = len(self._path) - 1
        self._begun_at = 0
        self.root: Element | None = None

    def read(self, stream: BinaryIO) -> None:
        parser = self._parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            while some := stream.read(_BYTES_AT_ONCE):
                parser.Parse(some)
            parser.Parse(b"", True)
        except expat.ExpatError as cut:
            raise self._invalid(f"第 {cut.lineno} 行起不是完整的 XML，或编码与所注明的不符") from None
        except (UnicodeError, LookupError):
            raise self._invalid("不是完整的 XML，或编码与所注明的不符") from None
        assert self.root is not None  # the parser has seen a whole document
        self._require(self.root, _schema(self._message), 0)

    # -- what the parser tells -----------------------------------------------------------------------------

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _name(name)
        named = {_name(key): value for key, value in attributes.items()}
        if not self._open:
            self.root = Element(tag, named)
            self._open.append(self.root)
            return
        if len(self._open) == _DEEPEST:
            raise self._invalid("层次过深")
        if len(self._open) == self._above:
            self._begun_at = self._parser.CurrentLineNumber
        self._open.append(SubElement(self._open[-1], tag, named))

    def _end(self, _name: str) -> None:
        ended = self._open.pop()
        if len(self._open) == self._above and ended.tag == self._path[-1] and self._on_path():
            self._check_piece(ended, self._open[-1])

    def _text(self, text: str) -> None:
        """Text is that of the innermost open element; blank text between its children says nothing."""
        holder = self._open[-1]
        if len(holder):
            if text.strip(" \t\r\n"):
                holder[-1].tail = (holder[-1].tail or "") + text
        else:
            holder.text = (holder.text or "") + text

    def _doctype(self, *_declared: Any) -> NoReturn:
        raise self._invalid("不能有文档类型声明或外部实体")

    # -- pieces --------------------------------------------------------------------------------------------

    def _on_path(self) -> bool:
        return [one.tag for one in self._open] == self._path[:-1]

    def _check_piece(self, piece: Element, parent: Element) -> None:
        shape, texts = _shape(piece)
        checks = self._shapes.get(shape)
        if checks is None or not all(check(text) for check, text in zip(checks, texts, strict=True)):
            self._require(piece, _element(self._message, tuple(self._path)), self._begun_at)
            if checks is None and len(self._shapes) < _SHAPES_KEPT:
                self._shapes[shape] = self._checks(piece)
        # The envelope keeps the first of a run: how many follow one another is free.
        if len(parent) > 1 and parent[-2].tag == piece.tag:
            del parent[-1]

    def _checks(self, piece: Element) -> tuple[Check, ...]:
        return tuple(_check(self._message, place) for place in _leaves(piece, tuple(self._path)))

    def _require(self, element: Element, by: Any, line: int) -> None:
        try:
            trouble = next(by.iter_errors(element), None)
        except XMLSchemaException:
            raise self._invalid("结构无法识别") from None
        if trouble is not None:
            place = f"第 {line} 行起的一笔" if line else (trouble.path or "文件")
            raise self._invalid(f"{place}不符合 {self._message} 的结构")

    def _invalid(self, why: str) -> Refusal:
        return Refusal(
            "bank.broken_file",
            f"{self._what}不能使用：{why}。",
            field="XML",
            next_step="整份文件未使用；请保留原件并联系代发银行。",
        )


def _name(name: str) -> str:
    """The parser's `space}local` as ElementTree writes it."""
    return "{" + name if "}" in name else name


def _shape(piece: Element) -> tuple[tuple[str, ...], list[str]]:
    """A piece without the texts of its leaves, and these texts in order."""
    shape: list[str] = []
    texts: list[str] = []
    _walk(piece, shape, texts)
    return tuple(shape), texts


def _walk(element: Element, shape: list[str], texts: list[str]) -> None:
    shape.append(element.tag)
    for name, value in element.attrib.items():
        shape += ("@", name, value)
    if element.tail:
        # Text where none should stand is a shape of its own.
        shape += ("~", element.tail)
    if len(element):
        if element.text and not element.text.isspace():
            shape += ("~", element.text)
        for child in element:
            _walk(child, shape, texts)
    else:
        texts.append(element.text or "")
    shape.append("/")


def _leaves(element: Element, place: tuple[str, ...]) -> list[tuple[str, ...]]:
    if not len(element):
        return [place]
    return [leaf for child in element for leaf in _leaves(child, (*place, child.tag))]


@functools.cache
def _schema(message: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(_FOLDER / f"{message}.xsd"), allow="local")


@functools.cache
def _element(message: str, place: tuple[str, ...]) -> Any:
    """The schema's declaration of a place; None where it declares nothing by name (a wildcard)."""
    return _schema(message).find("/" + "/".join(place))


@functools.cache
def _check(message: str, place: tuple[str, ...]) -> Check:
    """Whether a text is plainly fine at a place. Never true of a text that the schema refuses there."""
    declared = _element(message, place)
    kind = None if declared is None else declared.type
    if kind is not None and not kind.is_simple():
        kind = kind.content if kind.has_simple_content() else None
    if kind is None or declared.fixed is not None:
        return lambda _text: False
    return _by_length(kind) or _by_digits(kind) or functools.lru_cache(maxsize=10_000)(kind.is_valid)


def _by_length(kind: Any) -> Check | None:
    """Of a string that may be anything of some length."""
    if _primitive(kind) != "string" or kind.white_space != "preserve":
        return None
    if not _facets(kind) <= {"minLength", "maxLength", "whiteSpace"}:
        return None
    least, most = kind.min_length or 0, kind.max_length
    return lambda text: least <= len(text) and (most is None or len(text) <= most)


def _by_digits(kind: Any) -> Check | None:
    """Of a decimal with a bound on its digits: what has no sign and few enough of them is fine."""
    if _primitive(kind) != "decimal" or not _facets(kind) <= _DIGITS:
        return None
    bounds = {_facet(name): facet.value for name, facet in kind.facets.items()}
    parts = int(bounds.get("fractionDigits", 0))
    whole = int(bounds.get("totalDigits", 0)) - parts
    if whole < 1 or parts < 1 or bounds.get("minInclusive", 0) > 0:
        return None
    few = re.compile(rf"[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{parts}}})?")
    return lambda text: few.fullmatch(text) is not None


def _primitive(kind: Any) -> str | None:
    """What a type restricts in one step; None when other restrictions lie between."""
    primitive = kind.primitive_type
    return None if primitive is None or kind.base_type is not primitive else str(primitive.local_name)


def _facets(kind: Any) -> set[str]:
    return {_facet(name) for name in kind.facets}


def _facet(name: Any) -> str:
    return str(name).rpartition("}")[2]
