"""A batch becomes a file on disk, whole or not at all; what is sent must still be that file."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from minzheng.payments.bank.csv_file import write_csv
from minzheng.payments.bank.fields import check_batch
from minzheng.payments.bank.pain001 import write_pain001
from minzheng.payments.bank.schema import check_against_schema
from minzheng.payments.bank.types import Batch, Format, WrittenFile
from minzheng.values.errors import Refusal


def file_name(number: str, form: Format) -> str:
    """The name of a batch's file at the bank: one name for one batch, for ever."""
    return f"MZ-{number}{form.suffix}"


def write_batch(batch: Batch, form: Format, folder: Path) -> WrittenFile:
    """Write the batch into `folder` (0600). The file appears only when all of it is there and adds up.

    The same batch gives the same bytes, so that writing again after a crash changes nothing.
    """
    check_batch(batch)
    path = folder / file_name(batch.number, form)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.part")
    with contextlib.ExitStack() as on_trouble:
        on_trouble.callback(fresh.unlink, missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            if form is Format.PAIN001:
                write_pain001(batch, stream)
            else:
                write_csv(batch, stream, "GB18030" if form is Format.CSV_GB18030 else "UTF-8")
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        on_trouble.pop_all()
    size, sha256 = size_and_digest(path)
    return WrittenFile(path, path.name, batch.number, form, size, sha256, batch.count, batch.fen)


def size_and_digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def require_unchanged(file: WrittenFile) -> None:
    """Refuse to send what is not, byte for byte, the file that was written; an ISO file must be valid besides."""
    if not file.path.exists() or size_and_digest(file.path) != (file.size, file.sha256):
        raise Refusal(
            "bank.file_changed",
            f"批次 {file.batch} 的文件与生成时不一致，未发送。",
            next_step="请保留现场并报告；重新生成的文件须与原摘要一致才能发送。",
        )
    if file.format is Format.PAIN001:
        check_against_schema(file.path, file.format.value, "付款文件")
