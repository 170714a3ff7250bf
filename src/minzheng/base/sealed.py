"""Values that are stored encrypted and never shown by accident: sealing, blind index, and the masked stand-in.

SM4-GCM; the associated data is table, column and row, so that a value moved to another place does not open.
The one way to the clear text is `actions.reveal`, which records first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from minzheng.base.keys import derived
from minzheng.values.errors import Defect

_VERSION = b"\x01"
_SM4_GCM = b"\x01"
_FIRST_KEY = b"\x00\x01"
_HEAD = _VERSION + _SM4_GCM + _FIRST_KEY
_NONCE_BYTES = 12
_TAG_BYTES = 16
_INDEX_BYTES = 16


@dataclass(frozen=True, repr=False, slots=True)
class Sealed:
    """A sealed value as it is read from a row: prints its mask, compares by place, opens only by `reveal`."""

    blob: bytes
    table: str
    column: str
    row: str
    mask: str = "******"

    def __str__(self) -> str:
        return self.mask

    def __repr__(self) -> str:
        return f"Sealed({self.mask})"

    def __format__(self, spec: str) -> str:
        return format(self.mask, spec)

    def open_after_recording(self) -> str:
        """For `actions.reveal` and for jobs whose audit entry covers the whole batch."""
        return unseal(self.blob, table=self.table, column=self.column, row=self.row)


def seal(clear: str, *, table: str, column: str, row: str) -> bytes:
    """`version alg key-id nonce ciphertext tag` of the text, bound to its place."""
    return seal_bytes(clear.encode(), table=table, column=column, row=row)


def seal_bytes(clear: bytes, *, table: str, column: str, row: str) -> bytes:
    """`seal` for what is no text."""
    return _seal(algorithms.SM4(_key(table, column)), _place(table, column, row), clear)


def seal_many(rows: Iterable[tuple[str, str | None]], *, table: str, column: str) -> list[bytes | None]:
    """`seal` for many (row, clear text) of one column: the key is looked up once."""
    key, place = algorithms.SM4(_key(table, column)), f"{table}|{column}|".encode()
    return [
        None if clear is None else _seal(key, place + row.encode(), clear.encode()) for row, clear in rows
    ]


def _seal(key: algorithms.SM4, place: bytes, clear: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    cipher = Cipher(key, modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(place)
    return _HEAD + nonce + cipher.update(clear) + cipher.finalize() + cipher.tag


def unseal(blob: bytes, *, table: str, column: str, row: str) -> str:
    """The clear text; raises `Defect` when the value was changed, moved, or sealed with another key."""
    return unseal_bytes(blob, table=table, column=column, row=row).decode()


def unseal_bytes(blob: bytes, *, table: str, column: str, row: str) -> bytes:
    """`unseal` for what is no text."""
    return _opened(algorithms.SM4(_key(table, column)), _place(table, column, row), blob)


def opener(*, table: str, column: str) -> Callable[[bytes, str], str]:
    """`unseal` for many of one column, called with (sealed value, row): the key is looked up once."""
    key, place = algorithms.SM4(_key(table, column)), f"{table}|{column}|".encode()
    return lambda blob, row: _opened(key, place + row.encode(), blob).decode()


def _opened(key: algorithms.SM4, place: bytes, blob: bytes) -> bytes:
    if blob[: len(_HEAD)] != _HEAD:
        raise Defect("密文格式无法识别。", code="sealed.format")
    body = blob[len(_HEAD) :]
    nonce, sealed, tag = body[:_NONCE_BYTES], body[_NONCE_BYTES:-_TAG_BYTES], body[-_TAG_BYTES:]
    cipher = Cipher(key, modes.GCM(nonce, tag)).decryptor()
    cipher.authenticate_additional_data(place)
    try:
        return cipher.update(sealed) + cipher.finalize()
    except InvalidTag:
        raise Defect("密文校验失败：内容被改动、移位，或密钥不符。", code="sealed.tampered") from None


def blind_index(normalised: str, *, column: str) -> bytes:
    """128 bits that are equal for equal texts and tell nothing without the key (HMAC-SM3, a key per column).

    Normalise before: the same person must be written in one way only.
    """
    index = index_many([normalised], column=column)[0]
    assert index is not None
    return index


def index_many(normalised: Iterable[str | None], *, column: str) -> list[bytes | None]:
    """`blind_index` for many texts of one column: the key is looked up once."""
    keyed = hmac.HMAC(derived("index", column), hashes.SM3())
    indexes: list[bytes | None] = []
    for text in normalised:
        if text is None:
            indexes.append(None)
            continue
        mac = keyed.copy()
        mac.update(text.encode())
        indexes.append(mac.finalize()[:_INDEX_BYTES])
    return indexes


def _key(table: str, column: str) -> bytes:
    return derived("field", f"{table}.{column}")[:16]


def _place(table: str, column: str, row: str) -> bytes:
    return f"{table}|{column}|{row}".encode()
