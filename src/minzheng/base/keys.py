"""Secrets of this installation: made once, kept in 0600 files of the state folder, or given by the environment.

`MINZHENG_KEY_<NAME>` (64 hexadecimal digits) overrides the file, for an operator with a key service.
Losing `field` means losing every sealed value; losing `index` means rebuilding the blind indexes.
"""

from __future__ import annotations

import functools
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import hashes, hmac

from minzheng.database import home, secret_folder
from minzheng.values.errors import Defect

_BYTES = 32


def secret(name: str) -> bytes:
    """The 32 bytes of the named secret, made when first asked for."""
    return _secret(name, os.environ.get(f"MINZHENG_KEY_{name.upper()}"), home())


def text_secret(name: str) -> str:
    return secret(name).hex()


def derived(name: str, purpose: str) -> bytes:
    """A key of its own for each purpose (HMAC-SM3 of the purpose under the named secret)."""
    return _derived(secret(name), purpose)


@functools.cache
def _derived(key: bytes, purpose: str) -> bytes:
    mac = hmac.HMAC(key, hashes.SM3())
    mac.update(purpose.encode())
    return mac.finalize()


@functools.cache
def _secret(name: str, given: str | None, base: Path) -> bytes:
    key = bytes.fromhex(given) if given else _from_file(secret_folder(base) / f"{name}.key")
    if len(key) != _BYTES:
        raise Defect(f"密钥 {name} 的长度不是 {_BYTES} 字节。")
    return key


def _from_file(path: Path) -> bytes:
    """Read the key, or write a fresh one; two processes at once agree on the first file that appears."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(_BYTES))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return bytes.fromhex(path.read_text().strip())
