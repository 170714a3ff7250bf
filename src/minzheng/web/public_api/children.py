"""Cases of children are shown to, and taken from, a key with that purpose only; for any other they are not there."""

from __future__ import annotations

from minzheng.base.api_keys import ApiClient, Scope


def is_of_children(line: str) -> bool:
    return line in _of_children()


def hidden_from(client: ApiClient) -> frozenset[str]:
    """The lines whose cases this key does not see."""
    return frozenset() if Scope.CHILDREN in client.scopes else _of_children()


def _of_children() -> frozenset[str]:
    from minzheng.children.workflow import LINES

    return frozenset(one.name for one in LINES)


__all__ = ["hidden_from", "is_of_children"]
