"""Which snapshot a reform is priced on when nobody names one: the newest of the data folder."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from minzheng.registry.snapshot import MANIFEST, read_manifest
from minzheng.values.errors import SourceTrouble


def snapshot_folder() -> Path:
    return Path(settings.DATA_FOLDER) / "snapshots"


def latest_snapshot() -> Path:
    """The folder of the latest month, of two for one month the one written last."""
    found = [path.parent for path in snapshot_folder().glob(f"[!.]*/{MANIFEST}")]
    if not found:
        raise SourceTrouble(
            "snapshot", "还没有可用的快照。", retryable=True, next_step="请先生成快照（minzheng snapshot）。"
        )
    manifests = [read_manifest(folder) for folder in found]
    return max(manifests, key=lambda m: (str(m.month), m.content.get("written_at", ""))).folder
