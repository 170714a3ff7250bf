"""The bank's SFTP host on 127.0.0.1: key authentication only, and a client may do no more than hand in files."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh

from sandbox.bank.desk import Desk
from sandbox.bank.faults import Faults

_INCOMING = re.compile(rb"/in/MZ-[A-Z0-9-]+\.(csv|xml)(\.ok)?\.part")
_LOOK_EVERY_SECONDS = 0.1


def host_key(folder: Path) -> Path:
    """The bank's own key, made once."""
    path = folder / "host_key"
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(path))
        path.chmod(0o600)
        key.write_public_key(str(folder / "host_key.pub"))
    return path


async def serve(folder: Path, port: int, client_keys: Path, desk: Desk, say: Callable[[str], None]) -> None:
    """Until told to stop."""
    server = await asyncssh.listen(
        "127.0.0.1",
        port,
        server_host_keys=[str(host_key(folder))],
        authorized_client_keys=str(client_keys),
        password_auth=False,
        kbdint_auth=False,
        sftp_factory=lambda channel: Counter(channel, folder / "files", desk.faults),
        allow_scp=False,
        x11_forwarding=False,
        agent_forwarding=False,
        allow_pty=False,
    )
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    say(f"银行替身已就绪：sftp 127.0.0.1:{server.get_port()}（演练用，不是真的银行）")
    while not stopping.is_set():
        await asyncio.to_thread(desk.turn)
        try:
            await asyncio.wait_for(stopping.wait(), _LOOK_EVERY_SECONDS)
        except TimeoutError:
            continue
    server.close()
    await server.wait_closed()
    say("银行替身已停止")


class Counter(asyncssh.SFTPServer):
    """What one client may do: read, write `….part` in `in`, rename that once to its name."""

    def __init__(self, channel: Any, files: Path, faults: Faults) -> None:
        super().__init__(channel, chroot=str(files).encode())
        self._faults = faults

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags != asyncssh.FXF_READ:
            _require(_INCOMING.fullmatch(_absolute(path)))
        return super().open(path, pflags, attrs)

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        if self._faults.now() != "cut-upload":
            return super().write(file_obj, offset, data)
        super().write(file_obj, offset, data[: len(data) // 2])
        self.channel.get_connection().abort()
        raise asyncssh.SFTPConnectionLost("cut")

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        old, new = _absolute(oldpath), _absolute(newpath)
        _require(_INCOMING.fullmatch(old) and old == new + b".part")
        _require(not Path(self.map_path(new).decode()).exists())
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return self.rename(oldpath, newpath)

    def remove(self, path: bytes) -> Any:
        _require(_INCOMING.fullmatch(_absolute(path)))
        return super().remove(path)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        _require(None)

    def rmdir(self, path: bytes) -> Any:
        _require(None)

    def link(self, oldpath: bytes, newpath: bytes) -> Any:
        _require(None)

    def symlink(self, oldpath: bytes, newpath: bytes) -> Any:
        _require(None)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        _require(None)


def _absolute(path: bytes) -> bytes:
    return path if path.startswith(b"/") else b"/" + path


def _require(condition: object) -> None:
    if not condition:
        raise asyncssh.SFTPPermissionDenied("not for clients")
