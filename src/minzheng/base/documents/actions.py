"""Taking in and keeping documents."""

from __future__ import annotations

from datetime import timedelta
from typing import BinaryIO

from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.documents.contents import LARGEST_BYTES, Content, examine
from minzheng.base.documents.scanner import scan
from minzheng.base.documents.store import holds, sm3, write
from minzheng.base.documents.types import Kind
from minzheng.base.models import Document
from minzheng.base.types import Actor
from minzheng.values.errors import Refusal

#: What one person may send in a day: files, bytes as kept.
RESIDENT_QUOTA = (60, 60 * 1024 * 1024)
STAFF_QUOTA = (1500, 1500 * 1024 * 1024)
_QUOTA_TIME = timedelta(hours=24)


def store_upload(
    *,
    actor: Actor,
    content: bytes | BinaryIO,
    name: str,
    kind: Kind,
    division: str,
    household: int | None = None,
    title: str = "",
) -> Document:
    """Check, clean, scan and keep what somebody sent. The same file sent twice to one place is one document.

    `name` is what the file was called: it must not lie, and is not kept. `title` says what it is, from our own lists.
    """
    data = content if isinstance(content, bytes) else content.read(LARGEST_BYTES + 1)
    cleaned = examine(data, name)
    scan(data)
    return _keep(actor, cleaned, kind, division, household, title, quota=True)


def keep(
    *,
    actor: Actor,
    content: bytes,
    media_type: str,
    kind: Kind,
    division: str,
    household: int | None = None,
    title: str = "",
) -> Document:
    """Keep what the platform itself made (a letter, a bank file), as it is."""
    return _keep(actor, Content(content, media_type), kind, division, household, title, quota=False)


@transaction.atomic
def _keep(
    actor: Actor,
    content: Content,
    kind: Kind,
    division: str,
    household: int | None,
    title: str,
    *,
    quota: bool,
) -> Document:
    _require_own(actor, household)
    _one_at_a_time(actor)
    digest = sm3(content.data)
    alone_with(digest)
    known = Document.objects.filter(
        digest=digest,
        kind=kind,
        division=division,
        household_id=household,
        uploaded_by=actor.key,
        title=title,
    ).first()
    if known is not None:
        if not holds(digest):
            # Brought again after its time was over.
            write(content.data)
        return known
    if quota:
        _require_room(actor, len(content.data))
    write(content.data)
    kept = Document.objects.create(
        digest=digest,
        kind=kind,
        media_type=content.media_type,
        size=len(content.data),
        division=division,
        household_id=household,
        title=title,
        uploaded_by=actor.key,
    )
    record(actor, "keep_document", "document", kept.public_id, division=division, detail={"kind": kind})
    return kept


def _require_own(actor: Actor, household: int | None) -> None:
    """The database refuses as well (policy `own`); this says it in words."""
    if actor.is_resident and actor.household != household:
        raise Refusal("documents.not_yours", "只能为本人所在的家庭上传材料。")


def _one_at_a_time(actor: Actor) -> None:
    """Two uploads of one person at once count one after the other, so that the quota holds."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"documents:{actor.key}"])


def alone_with(digest: str) -> None:
    """Nobody keeps this content while somebody destroys it, nor the other way round; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"content:{digest}"])


def _require_room(actor: Actor, size: int) -> None:
    most, most_bytes = RESIDENT_QUOTA if actor.is_resident else STAFF_QUOTA
    sent = Document.objects.filter(
        uploaded_by=actor.key, uploaded_at__gt=timezone.now() - _QUOTA_TIME
    ).aggregate(files=Count("*"), bytes=Sum("size", default=0))
    if sent["files"] >= most or sent["bytes"] + size > most_bytes:
        raise Refusal(
            "documents.quota",
            f"一天内最多上传 {most} 个文件、共 {most_bytes // 1024 // 1024} MB，已经用完。",
            field="file",
            next_step="请明天再传，或者到乡镇（街道）窗口当面提交。",
        )
