"""The one list of what is missing (TM-1): given once, answered once; what is asked later says why it was not on it."""

from __future__ import annotations

from minzheng.cases.models import Shortage
from minzheng.cases.moving import Taken, on_behalf_of
from minzheng.values.errors import Refusal

LONGEST = 200


def list_missing(taken: Taken) -> None:
    """Write the list that the step brought, one item a line."""
    items = items_of(str(taken.fields.get("items", "")))
    if not items:
        raise Refusal("case.no_items", "请逐项写明缺少的材料，每行一项。", field="items", article="TM-1")
    known = set(Shortage.objects.filter(case=taken.case).values_list("item", flat=True))
    if known and not taken.reason:
        raise Refusal(
            "case.list_given",
            "缺少的材料已经一次性告知过，再要求补正须写明为什么当时没有告知。",
            field="reason",
            article="TM-1",
        )
    for item in items:
        if item not in known:
            Shortage.objects.create(
                case=taken.case,
                version=taken.case.version,
                item=item,
                asked_on=taken.on,
                reason=taken.reason if known else "",
            )


def items_of(text: str) -> list[str]:
    """Lines of a list, numbering and blank lines left out, each once."""
    lines = (line.strip().lstrip("0123456789.、)） ").strip() for line in text.splitlines())
    return list(dict.fromkeys(line[:LONGEST] for line in lines if line))


def supply(taken: Taken) -> None:
    """All that was asked for is there."""
    with on_behalf_of(taken.actor):
        Shortage.objects.filter(case=taken.case, supplied_on=None).update(supplied_on=taken.on)
