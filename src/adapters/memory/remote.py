"""Remote audio and callbacks, in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

import attrs

from typing_extensions import override

from aldea_core.domain.billing.usage import Lease
from aldea_core.domain.errors import BadRequest, RemoteContentError
from aldea_core.domain.transcripts.options import Callback
from aldea_core.ports.remote import Callbacks, RemoteAudio


@final
@attrs.frozen
class MemoryRemoteAudio(RemoteAudio):
    """Audio by URL. A URL whose audio is None is forbidden."""

    audio: dict[str, bytes | None] = attrs.field(factory=dict)

    @override
    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        found = self.audio.get(url, b"")
        if found is None:
            raise BadRequest(f"Nothing may be fetched from {url}.")
        if not found:
            raise RemoteContentError(f"There is nothing at {url}.")

        async def chunks() -> AsyncIterator[bytes]:
            for n in range(0, len(found), 65536):
                yield found[n : n + 65536]

        yield chunks()


@final
@attrs.frozen
class MemoryCallbacks(Callbacks):
    """Records the deliveries of callbacks."""

    forbidden: frozenset[str] = frozenset()
    delivered: list[tuple[Callback, bytes, str]] = attrs.field(factory=list)

    @override
    async def check(self, callback: Callback) -> None:
        if callback.url in self.forbidden:
            raise BadRequest(f"Nothing may be delivered to {callback.url}.")

    @override
    async def deliver(self, callback: Callback, body: bytes, lease: Lease) -> None:
        self.delivered.append((callback, body, lease.key.id))
