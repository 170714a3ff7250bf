"""Where the bytes lie: one interface, a folder of sealed files by default.

A content is named by its SM3 and written once. It is sealed (SM4-GCM) under a name that is part of the seal, so that a
file copied over another does not open, and its SM3 is compared again when it is read.
A content whose time is over is overwritten and gone; a mark with the day stays in its place.
Another store (an object store) is a class with the same methods, named by `DOCUMENT_STORE`.
"""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import date
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.utils.module_loading import import_string

from minzheng.base.sealed import seal_bytes, unseal_bytes
from minzheng.values.errors import Defect, Refusal, SourceTrouble

_PLACE = {"table": "base_document", "column": "content"}
#: A full disk stops the database: uploads end well before.
_FREE_BYTES = 512 * 1024 * 1024


class Store(Protocol):
    """Write once, read, ask, and destroy. The bytes it sees are sealed already."""

    def put(self, digest: str, sealed: bytes) -> None: ...

    def get(self, digest: str) -> bytes | None: ...

    def holds(self, digest: str) -> bool: ...

    def destroy(self, digest: str, on: date) -> None: ...

    def destroyed_on(self, digest: str) -> date | None: ...


class FolderStore:
    """Files of mode 0600 under one folder, two levels deep by the beginning of the digest."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(settings.MEDIA_ROOT)

    def put(self, digest: str, sealed: bytes) -> None:
        """Whole or not at all: written aside, flushed to the disk, then linked to its name."""
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(place.parent).free < _FREE_BYTES + len(sealed):
            raise SourceTrouble(
                "documents.space",
                "存放材料的磁盘空间不足，暂时不能上传。",
                retryable=True,
                next_step="请告知系统管理员清理磁盘；已上传的材料不受影响。",
            )
        aside = place.with_name(f".{digest[:16]}.{secrets.token_hex(6)}")
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)
        _flush_folder(place.parent)

    def get(self, digest: str) -> bytes | None:
        try:
            return self._place(digest).read_bytes()
        except FileNotFoundError:
            return None

    def holds(self, digest: str) -> bool:
        return self._place(digest).exists()

    def destroy(self, digest: str, on: date) -> None:
        """Overwritten, flushed, taken away; then the mark. Done again it changes nothing.

        What a disk keeps of an overwritten block is beyond us: it is the sealed content, and without the key nothing.
        """
        place = self._place(digest)
        if place.exists():
            with place.open("r+b") as file:
                file.write(os.urandom(place.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
        mark = _mark(place)
        if not mark.exists():
            mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file_of_day:
                file_of_day.write(on.isoformat())
                file_of_day.flush()
                os.fsync(file_of_day.fileno())
        place.unlink(missing_ok=True)
        _flush_folder(place.parent)

    def destroyed_on(self, digest: str) -> date | None:
        try:
            return date.fromisoformat(_mark(self._place(digest)).read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def _place(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise Defect("文件摘要的形式不对。", code="documents.digest")
        return self._folder / digest[:2] / digest[2:4] / digest


def _mark(place: Path) -> Path:
    return place.with_name(f"{place.name}.gone")


def _flush_folder(folder: Path) -> None:
    """The name itself must survive a power cut as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store() -> Store:
    """The store of this installation."""
    made: Store = import_string(settings.DOCUMENT_STORE)()
    return made


def sm3(content: bytes) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize().hex()


def write(content: bytes) -> str:
    """Keep the content; its SM3. Writing what is there already changes nothing."""
    digest, kept = sm3(content), store()
    if not kept.holds(digest):
        kept.put(digest, seal_bytes(content, row=digest, **_PLACE))
    return digest


def destroy(digest: str, on: date) -> None:
    """A content is gone for good, on a day."""
    store().destroy(digest, on)


def holds(digest: str) -> bool:
    """Whether a content is there."""
    return store().holds(digest)


def read(digest: str) -> bytes:
    """The content as it was written; a `Defect` when it is gone or not the same."""
    sealed = store().get(digest)
    if sealed is None and (gone := store().destroyed_on(digest)) is not None:
        raise Refusal(
            "documents.destroyed",
            f"该材料保管期满，已于 {gone:%Y-%m-%d} 销毁，不能再打开。",
            next_step="销毁清册由审计和县级民政部门留存。",
        )
    if sealed is None:
        raise Defect("材料文件不在存储中。", code="documents.missing")
    content = unseal_bytes(sealed, row=digest, **_PLACE)
    if sm3(content) != digest:
        raise Defect("材料文件的内容与摘要不符。", code="documents.tampered")
    return content
