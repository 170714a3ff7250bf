"""The one door to kept files: a short signed link, and an answer that no browser runs or keeps.

Pictures are shown in the page; anything else is a download. The policy sandboxes what is served, so that even a file
that slipped through has no script, no form and no origin.
"""

from __future__ import annotations

import uuid

from django.http import HttpResponse

from minzheng.base import documents
from minzheng.base.actions import record
from minzheng.base.models import Document
from minzheng.base.types import Actor
from minzheng.web.access import NotFound, OfficeRequest, page

_ENDINGS = {documents.PICTURE: "jpg", documents.PDF: "pdf"}


@page()
def document(request: OfficeRequest, public_id: uuid.UUID, token: str) -> HttpResponse:
    """A kept file; the same "not found" for an old link, somebody else's link and a file that is not there."""
    kept = documents.document_behind(request.actor, public_id, token)
    if kept is None:
        raise NotFound("document", public_id)
    return served(request.actor, kept)


def served(actor: Actor, kept: Document) -> HttpResponse:
    """The file, with the record that it was opened."""
    record(actor, "open_document", "document", kept.public_id, division=kept.division)
    response = HttpResponse(documents.content_of(actor, kept), content_type=kept.media_type)
    manner = "inline" if kept.media_type == documents.PICTURE else "attachment"
    ending = _ENDINGS.get(kept.media_type, "bin")
    response["Content-Disposition"] = f'{manner}; filename="{str(kept.public_id)[:8]}.{ending}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
