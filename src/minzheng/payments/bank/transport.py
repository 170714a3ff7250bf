"""The one door to the bank: SFTP with a pinned host key. Everything here may be repeated and does the same.

A file travels under a temporary name, is read back and compared, then renamed, and a control file `NAME.ok` with its
size and SHA-256 says that it is whole. The bank looks at nothing without a control file. From the moment the control
file may have appeared until an acknowledgement is read, the outcome is UNKNOWN; it is settled by `look_up`, or by
sending the same bytes again under the same name.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import AsyncIterator, Container, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar, cast

import asyncssh

from minzheng.payments.bank.acknowledgement import read_acknowledgement
from minzheng.payments.bank.files import require_unchanged
from minzheng.payments.bank.hosts import BankHost, require_private
from minzheng.payments.bank.types import Delivery, FetchedFile, Kind, Receipt, WrittenFile
from minzheng.values.errors import Refusal, SourceTrouble

_NAME = re.compile(r"(?P<kind>RET|STM)-[A-Z0-9-]{1,80}\.(?:csv|xml)")
_KINDS = {"RET": Kind.RETURN, "STM": Kind.STATEMENT}
_CONTROL = re.compile(rb"([0-9]{1,12}) ([0-9a-f]{64})\r?\n")
_PIECE = 1 << 18
_TROUBLES = (OSError, asyncssh.Error, TimeoutError)
_T = TypeVar("_T")

#: Says of (name, sha256) whether it was fetched before.
Seen = Container[tuple[str, str]]


@dataclass(frozen=True)
class Fetched:
    """Whole files that were not there before, and what was wrong with others; those are looked at again next time."""

    files: tuple[FetchedFile, ...]
    troubles: tuple[SourceTrouble, ...] = ()


class BankDoor:
    """Sending and fetching at one declared bank. Methods block; each opens and closes its own connection."""

    def __init__(self, host: BankHost) -> None:
        self.host = host

    def deliver(self, file: WrittenFile) -> Receipt:
        """Have the bank hold this file and wait a while for its acknowledgement. Safe to repeat at any time.

        NOT_SENT: the bank certainly has not taken it. UNKNOWN: it may have. Refuses to send anything but the file
        that was written, or over another file of that name.
        """
        require_unchanged(file)
        sending = _Sending(self.host, file)
        try:
            return self._run(sending.deliver())
        except _TROUBLES as trouble:
            state = Delivery.UNKNOWN if sending.may_be_taken else Delivery.NOT_SENT
            return Receipt(state, _reason(trouble))

    def look_up(self, file: WrittenFile) -> Receipt:
        """What the bank says of a file whose outcome is unknown; sends nothing."""
        sending = _Sending(self.host, file)
        try:
            return self._run(sending.look_up())
        except _TROUBLES as trouble:
            return Receipt(Delivery.UNKNOWN, _reason(trouble))

    def fetch(self, seen: Seen) -> Fetched:
        """Every whole return and statement file that is not in `seen`; raises `SourceTrouble` when nobody answers."""
        try:
            return self._run(_fetch(self.host, seen))
        except _TROUBLES as trouble:
            raise SourceTrouble(
                "bank",
                f"代发银行没有正常应答（{_reason(trouble)}）。",
                retryable=True,
                next_step="稍后会自动再取。",
            ) from None

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """In a thread of its own, since a caller may already stand in an event loop."""
        with ThreadPoolExecutor(max_workers=1) as apart:
            return apart.submit(asyncio.run, work).result()


class _Sending:
    """One attempt for one file; knows whether the bank can have taken it."""

    def __init__(self, host: BankHost, file: WrittenFile) -> None:
        self.host, self.file = host, file
        self.may_be_taken = False
        self.place = f"{host.incoming}/{file.name}"

    async def deliver(self) -> Receipt:
        async with _connected(self.host) as sftp:
            answer = await self._answer(sftp)
            if answer is None:
                async with asyncio.timeout(self.host.transfer_seconds):
                    await self._place_file(sftp)
                answer = await self._wait(sftp)
            return answer or Receipt(Delivery.UNKNOWN, "已送达，银行尚未给出受理回执")

    async def look_up(self) -> Receipt:
        async with _connected(self.host) as sftp:
            if answer := await self._answer(sftp):
                return answer
            if await sftp.exists(f"{self.place}.ok"):
                return Receipt(Delivery.UNKNOWN, "文件在银行待受理")
            return Receipt(Delivery.NOT_SENT, "银行没有收到本文件")

    async def _place_file(self, sftp: asyncssh.SFTPClient) -> None:
        control = f"{self.file.size} {self.file.sha256}\n".encode()
        if await sftp.exists(self.place):
            await self._require_same(sftp)
        else:
            with self.file.path.open("rb") as content:
                await self._upload(sftp, content, self.place)
        if not await sftp.exists(f"{self.place}.ok"):
            await self._upload(sftp, io.BytesIO(control), f"{self.place}.ok", last=True)
        self.may_be_taken = True

    async def _upload(
        self, sftp: asyncssh.SFTPClient, content: BinaryIO, place: str, *, last: bool = False
    ) -> None:
        """Write under a temporary name, read back, rename. `last`: the rename is what hands the file over."""
        fresh = f"{place}.part"
        digest, size = hashlib.sha256(), 0
        async with sftp.open(fresh, "wb") as remote:
            while piece := content.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                await remote.write(piece)
        if await _digest(sftp, fresh) != (size, digest.hexdigest()):
            raise asyncssh.SFTPFailure("what arrived is not what was sent")
        self.may_be_taken = self.may_be_taken or last
        await sftp.rename(fresh, place)

    async def _require_same(self, sftp: asyncssh.SFTPClient) -> None:
        if await _digest(sftp, self.place) != (self.file.size, self.file.sha256):
            raise _other_content(self.file)

    async def _wait(self, sftp: asyncssh.SFTPClient) -> Receipt | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.host.acknowledge_seconds
        while loop.time() < deadline:
            if answer := await self._answer(sftp):
                return answer
            await asyncio.sleep(self.host.look_every_seconds)
        return None

    async def _answer(self, sftp: asyncssh.SFTPClient) -> Receipt | None:
        """The bank's acknowledgement, when there is one; it must be about this very content."""
        place = f"{self.host.acknowledged}/{self.file.name}.ack"
        if not await sftp.exists(place):
            return None
        self.may_be_taken = True
        raw = await _read(sftp, place, 1 << 16)
        said = read_acknowledgement(raw)
        if said.batch != self.file.batch or said.sha256 != self.file.sha256:
            raise _other_content(self.file)
        if said.state is Delivery.ACKNOWLEDGED and (said.count, said.fen) != (self.file.count, self.file.fen):
            raise Refusal(
                "bank.acknowledged_other_totals",
                f"银行受理回执中批次 {self.file.batch} 的笔数或金额与发出的不一致。",
                field="笔数",
                next_step="请立即联系代发银行止付本批次，并报告。",
            )
        return Receipt(said.state, f"{said.code} {said.text}".strip(), raw)


async def _fetch(host: BankHost, seen: Seen) -> Fetched:
    files, troubles = [], []
    async with _connected(host) as sftp:
        names = sorted(str(name) for name in await sftp.listdir(host.outgoing))
        for name in names:
            if _NAME.fullmatch(name) and f"{name}.ok" in names:
                try:
                    if found := await _fetch_one(sftp, host, name, seen):
                        files.append(found)
                except SourceTrouble as trouble:
                    troubles.append(trouble)
    return Fetched(tuple(files), tuple(troubles))


async def _fetch_one(sftp: asyncssh.SFTPClient, host: BankHost, name: str, seen: Seen) -> FetchedFile | None:
    control = _CONTROL.fullmatch(await _read(sftp, f"{host.outgoing}/{name}.ok", 200))
    if control is None:
        raise _unfit(name, "控制文件无法识别")
    size, sha256 = int(control[1]), control[2].decode()
    if (name, sha256) in seen:
        return None
    if size > host.largest_bytes:
        raise _unfit(name, "文件过大")
    async with asyncio.timeout(host.transfer_seconds):
        content = await _read(sftp, f"{host.outgoing}/{name}", size)
    if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
        raise _unfit(name, "大小或摘要与控制文件不符")
    return FetchedFile(name, _KINDS[name[:3]], sha256, content)


@asynccontextmanager
async def _connected(host: BankHost) -> AsyncIterator[asyncssh.SFTPClient]:
    """A session with the pinned host: no other key, no password, no agent, no configuration of the user's own."""
    require_private(host.key_file)
    async with (
        asyncssh.connect(
            host.host,
            host.port,
            username=host.user,
            client_keys=[str(host.key_file)],
            known_hosts=asyncssh.import_known_hosts(f"{_pattern(host)} {host.host_key}\n"),
            config=None,
            agent_path=None,
            preferred_auth="publickey",
            connect_timeout=host.connect_seconds,
            login_timeout=host.connect_seconds,
            keepalive_interval=10,
            keepalive_count_max=3,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        yield sftp


def _pattern(host: BankHost) -> str:
    return host.host if host.port == 22 else f"[{host.host}]:{host.port}"


async def _read(sftp: asyncssh.SFTPClient, place: str, most: int) -> bytes:
    """At most one byte more than `most`: longer than announced is noticed without reading on."""
    pieces: list[bytes] = []
    missing = most + 1
    async with sftp.open(place, "rb") as remote:
        while missing > 0 and (piece := cast("bytes", await remote.read(min(_PIECE, missing)))):
            pieces.append(piece)
            missing -= len(piece)
    return b"".join(pieces)


async def _digest(sftp: asyncssh.SFTPClient, place: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    async with sftp.open(place, "rb") as remote:
        while piece := cast("bytes", await remote.read(_PIECE)):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def _other_content(file: WrittenFile) -> Refusal:
    return Refusal(
        "bank.other_content",
        f"批次 {file.batch} 在银行已有同名而内容不同的文件，未发送。",
        next_step="批次号不得重复使用；请联系代发银行核对后以新批次号重新制作。",
    )


def _unfit(name: str, why: str) -> SourceTrouble:
    return SourceTrouble(
        "bank",
        f"银行文件 {name}：{why}，未取用。",
        retryable=True,
        next_step="稍后会自动再取；多次如此请联系代发银行。",
    )


def _reason(trouble: BaseException) -> str:
    """Why, in words for an officer."""
    if isinstance(trouble, asyncssh.HostKeyNotVerifiable):
        return "银行主机的密钥与登记的不一致，可能不是银行的主机"
    if isinstance(trouble, asyncssh.PermissionDenied):
        return "银行主机不接受本平台的密钥"
    if isinstance(trouble, TimeoutError):
        return "银行主机在时限内没有应答"
    if isinstance(trouble, ConnectionRefusedError | asyncssh.ConnectionLost) or not isinstance(
        trouble, asyncssh.SFTPError
    ):
        return "与银行主机的连接中断或无法建立"
    return "银行主机拒绝了文件操作"
