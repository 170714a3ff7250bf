"""A sheet to put up in a village: two codes for a telephone, one to ask what one is entitled to, one to the village's board."""

from __future__ import annotations

import io

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from minzheng.registry.models import Division
from minzheng.registry.queries import division_path
from minzheng.values.division import DivisionCode
from minzheng.values.errors import Refusal
from minzheng.web.access import NotFound, OfficeRequest, page

_VILLAGE_DIGITS = 12


@page()
def poster(request: OfficeRequest, code: int) -> HttpResponse:
    """The sheet of a village in charge. It names the place and nobody."""
    try:
        here = DivisionCode.parse(str(code))
    except Refusal:
        raise NotFound("division", code) from None
    covered = request.actor.covers(here) and len(here.digits) == _VILLAGE_DIGITS
    if not covered or not Division.objects.filter(code=int(here.digits)).exists():
        raise NotFound("division", code)
    context = {
        "trail": [
            (reverse("division", args=[code]), division_path(here.digits, below=2)),
            ("", "张贴用二维码"),
        ],
        "village": division_path(here.digits, below=2),
        "codes": [
            (
                "我能享受什么",
                "不登录、不留名，回答几个问题就知道。",
                *_code(request, reverse("portal-check")),
            ),
            (
                "看本村公示",
                "有不同意见，可以在网上提。",
                *_code(request, reverse("portal-board", args=[code])),
            ),
        ],
    }
    return render(request, "office/poster.html", context)


def _code(request: HttpRequest, path: str) -> tuple[str, SafeString]:
    """The address as people would type it, and its code as a picture in the page."""
    address = request.build_absolute_uri(path)
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn,
        kind="svg",
        omitsize=True,
        border=4,
        xmldecl=False,
        svgns=False,
        light="#fff",
        nl=False,
        title="二维码",
    )
    return address, mark_safe(drawn.getvalue().decode())  # noqa: S308 - drawn here, from an address of ours
