"""The text and signature of a scope ticket, as `guard.open_scope` checks them. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

_BLOCK = 64


def signed(
    key: bytes, actor: str, regions: Sequence[str], expires: int, backend: int, transaction_began: int
) -> str:
    """`actor|regions|expires|backend|began|mac`, the mac being HMAC-SHA-256 in hexadecimal."""
    if "|" in actor or not actor or not all(region.isascii() and region.isdecimal() for region in regions):
        raise ValueError("an actor's key holds no bar, and regions are digits")
    body = "|".join([actor, ",".join(regions), str(expires), str(backend), str(transaction_began)])
    return f"{body}|{hmac.new(key, body.encode(), hashlib.sha256).hexdigest()}"


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer padded keys of HMAC: the database has SHA-256 and no HMAC of its own."""
    padded = key.ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)
