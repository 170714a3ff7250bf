"""The first page: what my region looks like today and what waits for me. Every figure opens to its rows."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from minzheng.web.access import OfficeRequest, page


@page()
def today(request: OfficeRequest) -> HttpResponse:
    return render(request, "office/today.html", {"trail": [("", "今日")]})
