"""Keeping papers beyond their time, listing those whose time is over, signing, and removing them."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import DatabaseError, connection, transaction

from minzheng.base.actions import record
from minzheng.base.documents.actions import alone_with
from minzheng.base.documents.store import destroy
from minzheng.base.documents.store import holds as stored
from minzheng.base.models import Document
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.types import Actor, Permission
from minzheng.registry.queries import township_of_household
from minzheng.retention.models import Hold, Item, Order, Signature
from minzheng.retention.queries import due
from minzheng.retention.types import Ground, Outcome
from minzheng.values.errors import Refusal

AT_ONCE = 500
JOB = "retention"


@transaction.atomic
def hold_papers(
    *,
    actor: Actor,
    division: str,
    ground: Ground,
    reason: str,
    client_key: uuid.UUID,
    household: int | None = None,
    on: date | None = None,
) -> Hold:
    """Nothing of the household, or of the division, is removed until this is lifted."""
    actor.require(Permission.DISPOSE_PAPERS)
    done = Hold.objects.filter(client_key=client_key).first()
    if done is not None:
        return done
    _needs(reason, "登记暂不销毁")
    if not actor.covers(division):
        raise Refusal("retention.elsewhere", "该区划不在您的管辖区域内。", field="division")
    if household is not None:
        township_of_household(actor, household)
    row = Hold.objects.create(
        division=division, household_id=household, ground=ground, reason=reason.strip(), client_key=client_key,
        on=on or business_date(),
    )  # fmt: skip
    record(actor, "hold_papers", "retention.hold", row.public_id, division=division, reason=reason.strip())
    return row


@transaction.atomic
def lift_papers(*, actor: Actor, hold: uuid.UUID, reason: str, on: date | None = None) -> Hold:
    """Papers may go again when their time is over. Lifting twice is lifting once."""
    actor.require(Permission.DISPOSE_PAPERS)
    row = Hold.objects.select_for_update().filter(public_id=hold).first()
    if row is None or not actor.covers(row.division):
        raise Refusal("retention.no_hold", "没有找到该登记，或不在您的管辖区域内。")
    if row.lifted_on is not None:
        return row
    _needs(reason, "解除")
    row.lifted_on, row.lifted_by, row.lift_reason = on or business_date(), actor.key, reason.strip()
    row.save(update_fields=["lifted_on", "lifted_by", "lift_reason"])
    record(
        actor, "lift_papers", "retention.hold", row.public_id, division=row.division, reason=reason.strip()
    )
    return row


@transaction.atomic
def draw_up(*, actor: Actor, reason: str, client_key: uuid.UUID, on: date | None = None) -> Order:
    """List the papers whose time is over, the longest over first, at most so many; the rest comes with the next list."""
    actor.require(Permission.DISPOSE_PAPERS)
    done = Order.objects.filter(client_key=client_key).first()
    if done is not None:
        return done
    _needs(reason, "编制清册")
    on = on or business_date()
    papers = [one for one in due(actor, on) if one.blocked is None][:AT_ONCE]
    if not papers:
        raise Refusal("retention.nothing", "没有保管期满、可以销毁的材料。")
    row = Order.objects.create(division=actor.regions[0], on=on, reason=reason.strip(), client_key=client_key)
    Item.objects.bulk_create(
        Item(
            order=row, document_id=one.document_id, division=one.division, household_id=one.household_id,
            ended_on=one.ended_on, keep_until=one.keep_until,
        )
        for one in papers
    )  # fmt: skip
    record(
        actor, "draw_up_removal", "retention.order", row.pk, division=row.division, reason=row.reason,
        detail={"papers": len(papers)},
    )  # fmt: skip
    return row


@transaction.atomic
def sign_order(*, actor: Actor, order: uuid.UUID, digest: str) -> Order:
    """Stand for the list whose digest was shown. With the second person it is carried out by the worker."""
    actor.require(Permission.DISPOSE_PAPERS)
    row = Order.objects.select_for_update().filter(pk=order).first()
    if row is None or not actor.covers(row.division):
        raise Refusal("retention.no_order", "没有找到该清册，或不在您的管辖区域内。")
    if actor.natural_person and row.signatures.filter(natural_person=actor.natural_person).exists():
        raise Refusal(
            "retention.same_person",
            "销毁须由两名不同的人员签署，您已签署过这份清册。",
            next_step="请由另一名同事签署。",
        )
    try:
        with transaction.atomic():
            Signature.objects.create(order=row, digest=digest, division=row.division)
    except DatabaseError as refused:
        raise Refusal(
            "retention.not_signed",
            "没有签署：清册与您看到的不同，或者您不是在岗的签署人员。",
            next_step="请刷新页面核对后再签署。",
        ) from refused
    record(
        actor, "sign_removal", "retention.order", row.pk, division=row.division, detail={"digest": digest}
    )  # fmt: skip
    return row


def _needs(reason: str, what: str) -> None:
    if not reason.strip():
        raise Refusal("retention.no_reason", f"{what}须填写事由。", field="reason")


# -- what the worker does ------------------------------------------------------------------------------------


def carry_out(order: uuid.UUID) -> int:
    """Remove what a list of two signatures names, paper by paper; killed anywhere, it goes on. How many are gone."""
    with scope(system_actor(JOB)):
        papers = list(Item.objects.filter(order=order).order_by("id").values_list("pk", "outcome"))
    removed = sum(_one(pk) for pk, outcome in papers if not outcome)
    with scope(system_actor(JOB)) as actor:
        row = Order.objects.select_for_update().get(pk=order)
        for item in row.items.filter(outcome=Outcome.REMOVED).select_related("document"):
            _destroy(item.document, row.on)
        if row.finished_at is None:
            # The database sets the moment itself.
            Order.objects.filter(pk=order).update(finished_at=row.at)
            record(actor, "finish_removal", "retention.order", order, division=row.division)
    return removed


def _one(pk: int) -> int:
    with scope(system_actor(JOB)) as actor:
        item = Item.objects.select_for_update(of=("self",)).select_related("document", "order").get(pk=pk)
        if item.outcome:
            return 0
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock_shared(hashtextextended('retention.hold', 0))")
            cursor.execute("select retention_blocked(%s, %s)", [item.household_id, item.division])
            (why,) = cursor.fetchone()
        item.outcome, item.why = (Outcome.KEPT, why) if why else (Outcome.REMOVED, "")
        item.save(update_fields=["outcome", "why"])
        if not why:
            record(
                actor, "remove_document", "document", item.document.public_id, division=item.division,
                reason=item.order.reason, detail={"kind": item.document.kind, "digest": item.document.digest},
            )  # fmt: skip
        return 0 if why else 1


def _destroy(paper: Document, on: date) -> None:
    """The content goes when no other document has it. Its removal is committed before."""
    alone_with(paper.digest)
    others = Document.objects.filter(digest=paper.digest).exclude(removals__outcome=Outcome.REMOVED)
    if not others.exists() and stored(paper.digest):
        destroy(paper.digest, on)
