"""
sd_notify: a service notifies its parent process once it listens.

Asking the port is not enough: another process may be listening there. Only the process that was
started knows its notification socket. systemd uses the same protocol (`Type=notify`).
"""

import asyncio
import os
import socket
import tempfile

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import attrs


VARIABLE = "NOTIFY_SOCKET"
_READY = b"READY=1"
_LONGEST_BYTES = 4096


def notify_listening() -> None:
    """Sends `READY=1` if the parent process asked for notifications."""
    address = os.environ.get(VARIABLE)
    if not address:
        return
    if address.startswith("@"):  # Linux's abstract socket names
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(_READY, address)


@attrs.frozen
class Notifications:
    """
    The notification socket for one child process.

    Attributes:
        address: Value of the child's variable `NOTIFY_SOCKET`.
    """

    address: str
    _receiver: socket.socket

    async def listening(self) -> None:
        """Returns once the process listens."""
        loop = asyncio.get_running_loop()
        while _READY not in (await loop.sock_recv(self._receiver, _LONGEST_BYTES)).split(b"\n"):
            pass


@asynccontextmanager
async def notifications() -> AsyncIterator[Notifications]:
    with (
        tempfile.TemporaryDirectory(prefix="aldea-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver,
    ):
        address = str(Path(folder) / "notify")
        receiver.setblocking(False)
        receiver.bind(address)
        yield Notifications(address, receiver)
