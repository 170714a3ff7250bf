"""Finding documents, and the short signed links by which alone they are opened."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.core.signing import BadSignature, TimestampSigner
from django.db.models import Q, QuerySet
from django.urls import reverse

from minzheng.base.documents.store import read
from minzheng.base.models import Document
from minzheng.base.types import Actor

LINK_SECONDS = 600
_SIGNER = TimestampSigner(salt="minzheng.documents")


def document(actor: Actor, public_id: uuid.UUID) -> Document | None:
    """The document, when it lies in the actor's regions or is of the resident's own household."""
    return _visible(actor).filter(public_id=public_id).first()


def documents_named(actor: Actor, public_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Document]:
    """Several documents at once, by id; what the actor may not see is left out."""
    return {one.public_id: one for one in _visible(actor).filter(public_id__in=set(public_ids))}


def documents_of_household(actor: Actor, household: int) -> list[Document]:
    return list(_visible(actor).filter(household_id=household).order_by("uploaded_at", "id"))


def content_of(actor: Actor, kept: Document) -> bytes:
    """The bytes, read from the store and compared with their digest."""
    found = _visible(actor).get(pk=kept.pk)
    return read(found.digest)


def link_to(actor: Actor, kept: Document) -> str:
    """An address that opens this document for this actor for ten minutes."""
    whose = f"{kept.public_id}|{actor.key}"
    door = "portal-document" if actor.is_resident else "document"
    return reverse(door, args=[kept.public_id, _SIGNER.sign(whose)[len(whose) + 1 :]])


def document_behind(actor: Actor, public_id: uuid.UUID, token: str) -> Document | None:
    """What a link opens: nothing when it is too old, made for somebody else or for another document."""
    try:
        _SIGNER.unsign(f"{public_id}|{actor.key}:{token}", max_age=LINK_SECONDS)
    except BadSignature:
        return None
    return document(actor, public_id)


def _visible(actor: Actor) -> QuerySet[Document]:
    """The database limits the rows by itself; the regions stand here too, for its indexes."""
    if actor.is_resident:
        return Document.objects.filter(household_id=actor.household)
    inside = Q()
    for region in actor.regions:
        inside |= Q(division__startswith=region)
    return Document.objects.filter(inside) if actor.regions else Document.objects.none()
