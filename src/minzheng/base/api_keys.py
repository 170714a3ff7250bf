"""Keys of other systems for the public API: hashed, bound to hosts, scopes and regions, ninety days, no request twice.

`Authorization: Minzheng <key id>.<secret>`, `X-Nonce` (16 to 64 letters and digits, never used before),
`X-Timestamp` (seconds since 1970, at most five minutes off). Every way to be wrong is one answer.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from minzheng.base.actions import record
from minzheng.base.attempts import address_of
from minzheng.base.models import ApiKey, ApiNonce
from minzheng.base.scope import scope, system_actor
from minzheng.base.sealed import blind_index
from minzheng.base.types import Actor, Permission
from minzheng.values.errors import Refusal

LONGEST_DAYS = 90
_SKEW_SECONDS = 300
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_HEADER = re.compile(r"Minzheng ([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})")
_REGION = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")


class Scope(StrEnum):
    """What a key is for."""

    INTAKE = "intake"
    STATUS = "status"
    DECISIONS = "decisions"
    CHILDREN = "children"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: dict[Scope, str] = {
    Scope.INTAKE: "提交申请",
    Scope.STATUS: "查询办理进度",
    Scope.DECISIONS: "查询决定",
    Scope.CHILDREN: "儿童事项",
}


_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.INTAKE: frozenset({Permission.RECEIVE_CASES}),
    Scope.STATUS: frozenset({Permission.SEE_CASES}),
    Scope.DECISIONS: frozenset({Permission.SEE_CASES}),
    # Opens nothing by itself: it widens the others to cases of children.
    Scope.CHILDREN: frozenset(),
}


@dataclass(frozen=True)
class ApiClient:
    """Another system whose request is genuine: as an actor limited to its regions, and its scopes."""

    actor: Actor
    scopes: frozenset[Scope]

    def require(self, wanted: Scope) -> None:
        if wanted not in self.scopes:
            raise Refusal("api.scope", f"这个密钥没有“{wanted.label}”的用途。")


@transaction.atomic
def issue_key(
    *,
    actor: Actor,
    system: str,
    unit: str,
    scopes: Iterable[Scope],
    regions: Iterable[str],
    hosts: Iterable[str],
    days: int,
) -> tuple[ApiKey, str]:
    """A new key; its text is returned this once and kept as a blind index only."""
    actor.require(Permission.MANAGE_KEYS)
    asked, places, addresses = sorted(set(scopes)), sorted(set(regions)), sorted(set(hosts))
    if not system.strip() or not unit.strip() or not asked or not places or not addresses:
        raise Refusal("api_key.missing", "请填写系统、单位、用途、区划和主机地址。", field="system")
    if not all(_REGION.fullmatch(place) for place in places):
        raise Refusal("api_key.region", "区划代码应为 4、6、9 或 12 位数字。", field="regions")
    if not all(_is_address(address) for address in addresses):
        raise Refusal("api_key.host", "主机地址应为 IP 地址，一行一个。", field="hosts")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refusal("api_key.days", f"有效期为 1 至 {LONGEST_DAYS} 天。", field="days")
    key, secret = uuid.uuid4(), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        id=key,
        system=system.strip(),
        unit=unit.strip(),
        secret=_index(key, secret),
        scopes=[str(one) for one in asked],
        regions=places,
        hosts=addresses,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(actor, "issue_key", "api_key", key, detail={"system": row.system, "scopes": row.scopes})
    return row, f"{key}.{secret}"


@transaction.atomic
def revoke_key(*, actor: Actor, key: uuid.UUID, reason: str) -> None:
    """End a key at once."""
    actor.require(Permission.MANAGE_KEYS)
    if not reason.strip():
        raise Refusal("api_key.no_reason", "请填写吊销事由。", field="reason")
    if ApiKey.objects.filter(pk=key, revoked_at=None).update(revoked_at=timezone.now()):
        record(actor, "revoke_key", "api_key", key, reason=reason)


def keys_of(actor: Actor) -> list[ApiKey]:
    """All keys, those in use first; never their secrets."""
    actor.require(Permission.MANAGE_KEYS)
    return list(ApiKey.objects.defer("secret").order_by("-revoked_at", "-since"))


def client_of(request: HttpRequest) -> ApiClient:
    """The system a request comes from; `Refusal`, always the same, when anything about it is not right.

    The nonce is used up in a transaction of its own: a request refused later for another reason is not sent again.
    """
    header = _HEADER.fullmatch(request.headers.get("Authorization", ""))
    nonce = request.headers.get("X-Nonce", "")
    if (
        header is None
        or not _NONCE.fullmatch(nonce)
        or not _is_recent(request.headers.get("X-Timestamp", ""))
    ):
        raise _refused()
    try:
        key = uuid.UUID(header[1])
    except ValueError:
        raise _refused() from None
    with scope(system_actor("api")):
        row = ApiKey.objects.filter(pk=key).first()
        given = _index(key, header[2])
        good = (
            row is not None
            and secrets.compare_digest(bytes(row.secret), given)
            and row.revoked_at is None
            and row.expires_at > timezone.now()
            and address_of(request) in row.hosts
            and _first_time(row, nonce)
        )
    if row is None or not good:
        raise _refused()
    scopes = frozenset(Scope(one) for one in row.scopes)
    actor = Actor(
        key=f"api:{row.pk}",
        name=row.system,
        regions=tuple(row.regions),
        permissions=frozenset().union(*(_PERMISSIONS[one] for one in scopes)),
    )
    return ApiClient(actor, scopes)


def calls_within(client: ApiClient, seconds: int) -> int:
    """How many genuine requests this key has made lately, the present one among them."""
    key, since = uuid.UUID(client.actor.key.removeprefix("api:")), timezone.now() - timedelta(seconds=seconds)
    with scope(system_actor("api")):
        return ApiNonce.objects.filter(key_id=key, at__gt=since).count()


def _first_time(row: ApiKey, nonce: str) -> bool:
    """Whether the nonce is new; those too old to be accepted anyway are cleared away."""
    ApiNonce.objects.filter(key=row, at__lt=timezone.now() - timedelta(seconds=4 * _SKEW_SECONDS)).delete()
    try:
        with transaction.atomic():
            ApiNonce.objects.create(key=row, nonce=nonce)
    except IntegrityError:
        return False
    return True


def _is_recent(stamp: str) -> bool:
    return (
        stamp.isascii()
        and stamp.isdecimal()
        and len(stamp) < 12
        and abs(time.time() - int(stamp)) <= _SKEW_SECONDS
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _index(key: uuid.UUID, secret: str) -> bytes:
    return blind_index(f"{key}|{secret}", column="api_key")


def _refused() -> Refusal:
    return Refusal(
        "api.key_refused",
        "接口密钥无效。",
        next_step="请核对密钥、来源主机、时间戳和一次性编号；密钥最长 90 天，到期须向安全管理员重新申领。",
    )
