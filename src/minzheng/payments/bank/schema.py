"""Checking ISO 20022 files against the schemas that lie in `schemas/`; big files are read piece by piece."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import xmlschema
from xmlschema.exceptions import XMLResourceForbidden, XMLSchemaException

from minzheng.values.errors import Refusal

_FOLDER = Path(__file__).parent / "schemas"
#: Elements are checked and dropped at this depth: single payments (Document / message / PmtInf / CdtTrfTxInf).
_PIECE = 3


def check_against_schema(source: Path | bytes, message: str, what: str) -> None:
    """Refuse a file that is not a valid `message` ("pain.001.001.09"); says where, never what stood there."""
    try:
        content = str(source) if isinstance(source, Path) else io.BytesIO(source)
        resource = xmlschema.XMLResource(content, lazy=_PIECE, defuse="always", allow="local")
        trouble = next(_schema(message).iter_errors(resource), None)
    except (SyntaxError, UnicodeError) as cut:
        raise _invalid(what, _place(cut)) from None
    except XMLResourceForbidden:
        raise _invalid(what, "不能有文档类型声明或外部实体") from None
    except XMLSchemaException:
        raise _invalid(what, "结构无法识别") from None
    if trouble is not None:
        place = f"第 {trouble.sourceline} 行" if trouble.sourceline else (trouble.path or "文件")
        raise _invalid(what, f"{place}不符合 {message} 的结构")


@functools.cache
def _schema(message: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(_FOLDER / f"{message}.xsd"), allow="local")


def _place(trouble: BaseException | None) -> str:
    """Where the text stops being XML: the parser's own word, below what xmlschema wrapped around it."""
    while trouble is not None:
        if position := getattr(trouble, "position", None):
            return f"第 {position[0]} 行起不是完整的 XML"
        trouble = trouble.__cause__ or trouble.__context__
    return "不是完整的 XML，或编码与所注明的不符"


def _invalid(what: str, why: str) -> Refusal:
    return Refusal(
        "bank.broken_file",
        f"{what}不能使用：{why}。",
        field="XML",
        next_step="整份文件未使用；请保留原件并联系代发银行。",
    )
