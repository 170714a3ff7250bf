"""Files of the own household, for a signed-in resident."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse

from minzheng.base import documents
from minzheng.web.pages.documents import served
from minzheng.web.portal.access import ResidentRequest, resident_page


@resident_page(acting=True)
def document(request: ResidentRequest, public_id: uuid.UUID, token: str) -> HttpResponse:
    """A kept file of the own household; an old link, somebody else's and a missing file look the same."""
    kept = documents.document_behind(request.actor, public_id, token)
    if kept is None:
        raise Http404
    return served(request.actor, kept)
