"""The API described on a page of the office, from the same description programs read."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from minzheng.base.types import Permission
from minzheng.web.access import OfficeRequest, page
from minzheng.web.api import openapi


@page(Permission.SEE_RULEBOOK)
def api_docs(request: OfficeRequest) -> HttpResponse:
    described = openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            line = {"path": path, "method": method.upper(), **one, "answers": _answers(described, one)}
            groups.setdefault(one["tags"][0], []).append(line)
    context = {"trail": [("", "接口")], "groups": groups, "info": described["info"]}
    return render(request, "office/api_docs.html", context)


def _answers(described: dict[str, Any], one: dict[str, Any]) -> list[dict[str, str]]:
    """The fields of a good answer, where it is an object or a list of objects."""
    schema = one["responses"]["200"]["content"]["application/json"]["schema"]
    schema = schema.get("items", schema)
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    fields = described["components"]["schemas"].get(name, {}).get("properties", {})
    return [{"name": key, "about": field.get("description", "")} for key, field in fields.items()]
