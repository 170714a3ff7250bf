"""What a copy says of itself: every table's rows and digest, every file's SHA-256, and which keys open it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from minzheng.base.keys import derived
from minzheng.database.copies import Held
from minzheng.values.errors import Refusal

FORMAT = 1
#: Content that does not travel: who is signed in, and the verifying half of a key.
WITHOUT = ("guard.scope_key", "public.django_session")
#: Keys without which the copy's sealed values cannot be read or found.
NEEDED_KEYS = ("field", "index")

_DATABASE, _FILES, _MANIFEST, _SEAL = "database", "files", "manifest.json", "manifest.sha256"


@dataclass
class Manifest:
    """The content of `manifest.json`."""

    made_at: str
    city: str
    server: str
    owner: str
    app: list[str]
    migrations: list[str]
    keys: dict[str, str]
    audit: dict[str, Any]
    ledger: dict[str, Any]
    tables: dict[str, dict[str, Any]]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def held(self) -> dict[str, Held]:
        return {name: Held(**entry) for name, entry in self.tables.items()}


def database_folder(folder: Path) -> Path:
    return folder / _DATABASE


def files_folder(folder: Path) -> Path:
    return folder / _FILES


def write_manifest(folder: Path, manifest: Manifest) -> str:
    """Write it last; returns its SHA-256, which the operator keeps elsewhere."""
    manifest.files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in files_in(folder)
    }
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True).encode()
    _write(folder / _MANIFEST, text)
    digest = hashlib.sha256(text).hexdigest()
    _write(folder / _SEAL, f"{digest}\n".encode())
    return digest


def read_manifest(folder: Path, *, expected: str = "") -> Manifest:
    """The manifest of a whole, unchanged copy; every file is read and compared. `expected`: the digest kept elsewhere."""
    try:
        text = (folder / _MANIFEST).read_bytes()
        seal = (folder / _SEAL).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        raise Refusal(
            "restore.no_copy",
            "这里没有完整的备份（缺少清单）。",
            field="folder",
            next_step="请指明 minzheng backup 写成的目录；以 .part 结尾的是没有完成的备份，不能使用。",
        ) from None
    digest = hashlib.sha256(text).hexdigest()
    if digest not in (seal, expected) or (expected and digest != expected) or digest != seal:
        raise _changed("清单 manifest.json")
    entries = json.loads(text)
    if entries.get("format") != FORMAT:
        raise Refusal(
            "restore.other_format", "备份的格式不是本版本能识别的。", next_step="请用写成它的版本恢复。"
        )
    manifest = Manifest(**entries)
    _check_files(folder, manifest)
    return manifest


def fingerprint(key: str) -> str:
    """Tells keys apart without telling the key."""
    return derived(key, "backup.fingerprint").hex()[:16]


def files_in(folder: Path) -> Iterator[Path]:
    """Every file of the copy but the manifest's own two."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in (_MANIFEST, _SEAL):
            yield path


def _check_files(folder: Path, manifest: Manifest) -> None:
    found = {str(path.relative_to(folder)) for path in files_in(folder)}
    for name in sorted(found ^ set(manifest.files)):
        raise _changed(name)
    for name, entry in manifest.files.items():
        if (folder / name).stat().st_size != entry["bytes"] or _sha256(folder / name) != entry["sha256"]:
            raise _changed(name)


def _changed(name: str) -> Refusal:
    return Refusal(
        "restore.copy_changed",
        f"备份已损坏或被改动：{name} 与清单不符，未做任何改动。",
        field="folder",
        next_step="请改用另一份备份，并报告。",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
