"""Changes of a family: what kind, its form, what it would do to every programme, and saving exactly that."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minzheng.assessment.canonical import canonical
from minzheng.assessment.foreseeing import Foreseen, foresee, plain
from minzheng.awards.following import Followed, follow_as_platform
from minzheng.base.queries import business_date
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import blind_index
from minzheng.base.types import Actor, Permission
from minzheng.registry import codes
from minzheng.registry import queries as registry
from minzheng.registry.changing import claim, was_made
from minzheng.registry.handover import handovers
from minzheng.registry.queries import HouseholdView
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page
from minzheng.web.change_kinds import KINDS, YES_NO, ChangeKind, Planned
from minzheng.web.changing import Given, villages
from minzheng.web.foreseen import Effects, effects
from minzheng.web.homes import household_at

_RURAL = [("", "未区分"), ("yes", "农业"), ("no", "非农业")]
_GOING = [("", "留在本户"), ("go", "分出")]
_PARENTS = [("father", "父亲"), ("mother", "母亲")]
_NOT_CONTENT = {"csrfmiddlewaretoken", "go", "digest", "key"}


@dataclass(frozen=True)
class Preview:
    """What the officer sees before saving, and the digest that stands for it."""

    planned: Planned
    effects: Effects
    digest: str


@page(Permission.RECORD_FACTS)
def changes(request: OfficeRequest, public_id: uuid.UUID) -> HttpResponse:
    """The kinds of change, and offers of the family that wait for an answer."""
    view = household_at(request, public_id)
    context = {
        **_around(view),
        "kinds": list(KINDS.values()),
        "offers": handovers(request.actor).filter(household_id=view.id),
    }
    return render(request, "office/family_changes.html", context)


@page(Permission.RECORD_FACTS, methods=("GET", "POST"))
def change(request: OfficeRequest, public_id: uuid.UUID, kind: str) -> HttpResponse:
    """One kind: the form, its effect, and with the second press the change itself."""
    if kind not in KINDS:
        raise NotFound("change", f"{public_id}/{kind}")
    view, which = household_at(request, public_id), KINDS[kind]
    given = Given(request.actor, view, request.POST.dict())
    if request.method != "POST":
        return _show(request, which, given)
    key = _key(request.POST.get("key", ""))
    if key is not None and was_made(request.actor, household=view.id, client_key=key, kind=kind):
        return _done(request, view, "这项变动已经保存过，没有重复办理。")
    try:
        planned = which.plan(given)
        if request.POST.get("go") == "save":
            return _save(request, which, given, planned, key)
        return _show(request, which, given, preview=_preview(which, given, planned))
    except Refusal as refusal:
        if refusal.code == "permission.denied":
            raise
        return _show(request, which, given, refusal=refusal)


def _save(
    request: OfficeRequest, which: ChangeKind, given: Given, planned: Planned, key: uuid.UUID | None
) -> HttpResponse:
    """Make the change when it is what was shown; else show what it would be now."""
    if key is None:
        raise Refusal("change.no_key", "页面不完整，没有保存。", next_step="请重新打开页面后填写。")
    shown = _preview(which, given, planned)
    if shown.digest != request.POST.get("digest", ""):
        again = Refusal(
            "change.not_as_shown",
            "填写的内容或者家庭的情况与预览时不同，没有保存。",
            next_step="请核对下面新的预览，再确认保存。",
        )
        return _show(request, which, given, preview=shown, refusal=again)
    view, actor = given.view, request.actor
    with transaction.atomic():
        if not claim(actor=actor, household=view.id, client_key=key, kind=which.name, digest=shown.digest):
            return _done(request, view, "这项变动已经保存过，没有重复办理。")
        households = [view.id, *planned.also, *planned.write(actor)]
        if planned.foreseen_as is None:
            follow_as_platform(households, f"家庭变动：{planned.said}")
    return _done(request, planned.onward or view, planned.done)


def _preview(which: ChangeKind, given: Given, planned: Planned) -> Preview:
    on, households = business_date(), [given.view.id, *planned.also]
    fates: list[Followed] = []

    def tried(actor: Actor, write: Callable[[Actor], list[int]]) -> list[int]:
        touched = write(actor)
        fates.extend(follow_as_platform([*households, *touched], f"家庭变动：{planned.said}"))
        return touched

    if planned.foreseen_as is None:
        found = foresee(given.actor, households, lambda: tried(given.actor, planned.write), on=on)
    else:
        _refuse_offer(given, planned)
        trial = planned.foreseen_as
        with scope(system_actor("preview")) as platform:
            found = foresee(platform, households, lambda: tried(platform, trial), on=on)
    names = _names(given, households)
    later = planned.foreseen_as is not None
    shown = effects(given.actor, found, fates, names, on, taken_later=later)
    return Preview(planned, shown, _digest(which, given, found, fates, households))


def _refuse_offer(given: Given, planned: Planned) -> None:
    """An offer that would be refused is refused before its effect is shown; nothing of it stays."""
    with transaction.atomic():
        start = transaction.savepoint()
        planned.write(given.actor)
        transaction.savepoint_rollback(start)


def _names(given: Given, households: list[int]) -> dict[int, str]:
    lines = registry.household_lines(given.actor, households, on=business_date())
    return {one.id: f"{one.head} 户" if one.head else "家庭" for one in lines}


def _digest(
    which: ChangeKind, given: Given, found: list[Foreseen], fates: list[Followed], old: list[int]
) -> str:
    """Of everything typed, who is of the family now, and what comes out.

    It is stored, and an identity number may have been typed: under the key nobody guesses back what it was made of.
    """
    content = {
        "kind": which.name,
        "household": str(given.view.public_id),
        "typed": sorted([name, value] for name, value in given.typed.items() if name not in _NOT_CONTENT),
        "members": [[one.person_id, one.relation, one.home] for one in given.view.members],
        "effect": plain(found, old),
        "awards": [[str(one.award.public_id), one.fate.value, str(one.month)] for one in fates],
    }
    told = hashlib.sha256(canonical(content).encode()).hexdigest()
    return hashlib.sha256(blind_index(told, column="registry_change.digest")).hexdigest()


def _done(request: OfficeRequest, view: HouseholdView, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("household", public_id=view.public_id)


def _around(view: HouseholdView, *here: tuple[str, str]) -> dict[str, Any]:
    place = reverse("family-changes", args=[view.public_id])
    return {
        "trail": [
            (reverse("household", args=[view.public_id]), "家庭"),
            *([(place, "家庭变动"), *here] if here else [("", "家庭变动")]),
        ],
        "household": view,
        "head": next((m.person for m in view.members if m.person), None),
    }


def _show(
    request: OfficeRequest,
    which: ChangeKind,
    given: Given,
    *,
    preview: Preview | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    view = given.view
    context = {
        **_around(view, ("", which.label)),
        "kind": which,
        "members": [(key, m, given.typed) for key, m in given.members.items() if m.home],
        "people": [(key, m) for key, m in given.members.items() if m.person and not m.person.died_on],
        "relations": [(str(int(one)), one.label) for one in codes.Relation],
        "sexes": [(str(int(one)), one.label) for one in codes.Sex],
        "events": [(str(int(one)), one.label) for one in which.events],
        "sources": [(str(int(one)), one.label) for one in which.sources],
        "yes_no": YES_NO,
        "rural": _RURAL,
        "going": _GOING,
        "parents": _PARENTS,
        "near": [one for one in villages() if one.value.startswith(str(view.township))],
        "typed": given.typed,
        "picked": given.picked,
        "preview": preview,
        "refusal": refusal,
        "wrong": refusal.field if refusal else "",
        "key": _key(request.POST.get("key", "")) or uuid.uuid4(),
        "today": business_date(),
    }
    return render(request, "office/family_change.html", context, status=409 if refusal else 200)


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
