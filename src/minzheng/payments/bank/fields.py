"""What a bank's file may carry: lengths, characters, and the mark that keeps text from becoming a formula."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from minzheng.payments.bank.types import Batch, Instruction, Payer
from minzheng.values.errors import Refusal

LONGEST_NAME = 70
LONGEST_PURPOSE = 60
LARGEST_FEN = 10**12

_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{0,29}")
_ACCOUNT = re.compile(r"[0-9]{8,32}")
_BANK_CODE = re.compile(r"[0-9]{12}")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "'")
#: Characters whose GB18030 code is not the same in the editions of 2005 and 2022: the bank could read another one.
_TWO_CODES = frozenset(map(chr, [*range(0x9FB4, 0x9FBC), *range(0xFE10, 0xFE1A)]))
_NEVER = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


def as_text(value: str) -> str:
    """Text as a cell: what a spreadsheet would take for a formula gets one `'` in front."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def from_text(cell: str) -> str:
    """The text of a cell: exactly the one mark that `as_text` set is taken away."""
    return cell[1:] if cell.startswith("'") else cell


def check_batch(batch: Batch) -> None:
    """Refuse a batch whose head could not be written in every format."""
    if not _NUMBER.fullmatch(batch.number):
        raise _refusal("number", "批次号只能是 1 至 30 位大写字母、数字和连字符。")
    if not _fits(batch.payer.name, LONGEST_NAME):
        raise _refusal("payer", f"付款户名须为 1 至 {LONGEST_NAME} 个可见字符。")
    _check_account(batch.payer, "付款账户")
    if not 0 < batch.count <= 1_000_000:
        raise _refusal("count", "每个批次须有 1 至 1,000,000 笔付款。")
    if batch.made_at.tzinfo is None:
        raise _refusal("made_at", "批次的制作时间须带时区。")


def checked(batch: Batch, *, for_gb18030: bool) -> Iterator[tuple[int, Instruction]]:
    """The batch's instructions numbered from 1, each fit to be written; at the end they must add up to its head."""
    count = fen = 0
    for seq, instruction in enumerate(batch.instructions, start=1):
        _check(seq, instruction)
        if for_gb18030:
            _check_two_codes(seq, instruction)
        count, fen = seq, fen + instruction.fen
        yield seq, instruction
    if (count, fen) != (batch.count, batch.fen):
        raise Refusal(
            "bank.batch_differs",
            f"批次 {batch.number} 的付款合计 {count} 笔、{fen} 分，与登记的 {batch.count} 笔、{batch.fen} 分不符，未生成文件。",
            next_step="批次在审批后被改动；请停止发送并重新制作、复核、审批。",
        )


def is_account(text: str) -> bool:
    return _ACCOUNT.fullmatch(text) is not None


def _check(seq: int, instruction: Instruction) -> None:
    if not 0 < instruction.fen <= LARGEST_FEN:
        raise _refusal("fen", f"第 {seq} 笔的金额须大于 0 且不超过一百亿元。")
    if not _fits(instruction.name, LONGEST_NAME):
        raise _refusal(
            "name", f"第 {seq} 笔的户名须为 1 至 {LONGEST_NAME} 个可见字符，不能有换行、控制字符或自造字。"
        )
    if not _fits(instruction.purpose, LONGEST_PURPOSE):
        raise _refusal("purpose", f"第 {seq} 笔的用途须为 1 至 {LONGEST_PURPOSE} 个可见字符。")
    _check_account(instruction, f"第 {seq} 笔的收款账户")


def _check_account(holder: Instruction | Payer, where: str) -> None:
    if not _ACCOUNT.fullmatch(holder.account):
        raise _refusal("account", f"{where}的账号须为 8 至 32 位数字。")
    if not _BANK_CODE.fullmatch(holder.bank_code):
        raise _refusal("bank_code", f"{where}的开户行须为 12 位行号。")


def _check_two_codes(seq: int, instruction: Instruction) -> None:
    if not _TWO_CODES.isdisjoint(instruction.name + instruction.purpose):
        raise Refusal(
            "bank.ambiguous_character",
            f"第 {seq} 笔的户名或用途有 GB18030 的 2005 版与 2022 版编码不同的字，银行可能读成另一个字。",
            field="name",
            next_step="请以 UTF-8 或 ISO 20022 格式生成本批次。",
        )


def _fits(text: str, longest: int) -> bool:
    """Visible text of the right length: no control characters, no private or unassigned code points."""
    if not 0 < len(text) <= longest or text != text.strip():
        return False
    return text.isprintable() or not any(unicodedata.category(char) in _NEVER for char in text)


def _refusal(field: str, message: str) -> Refusal:
    return Refusal(
        f"bank.unfit_{field}",
        message,
        field=field,
        next_step="未生成文件；请更正收款账户信息后重新制作批次。",
    )
