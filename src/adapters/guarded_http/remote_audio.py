"""Fetches the audio at a URL that a caller names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import final

from typing_extensions import override

from adapters.guarded_http.client import GuardedClient, chunks
from aldea_core.domain.errors import RemoteContentError
from aldea_core.ports.remote_audio import RemoteAudio


@final
class WebRemoteAudio(RemoteAudio):
    def __init__(self, client: GuardedClient) -> None:
        self._client = client

    @override
    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._client.request("GET", url) as response:
            if response.status != 200:
                raise RemoteContentError(f"The URL answered with status {response.status}.")
            yield chunks(response)
