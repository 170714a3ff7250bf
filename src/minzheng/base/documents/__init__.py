"""Files people bring and letters we write: kept once by content, sealed at rest, opened only through short signed links.

`store_upload` is for what somebody sends us (checked, cleaned, scanned, counted against a quota), `keep` for what the
platform makes itself. What the bytes are is decided in `contents`, where they lie in `store`, who scans in `scanner`.
"""

from __future__ import annotations

from minzheng.base.documents.actions import keep, store_upload
from minzheng.base.documents.contents import LARGEST_BYTES, PDF, PICTURE
from minzheng.base.documents.queries import (
    content_of,
    document,
    document_behind,
    documents_named,
    documents_of_household,
    link_to,
)
from minzheng.base.documents.types import Kind

__all__ = [
    "LARGEST_BYTES",
    "PDF",
    "PICTURE",
    "Kind",
    "content_of",
    "document",
    "document_behind",
    "documents_named",
    "documents_of_household",
    "keep",
    "link_to",
    "store_upload",
]
