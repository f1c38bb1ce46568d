"""A live engine that takes nothing for as long as a test wants."""

import asyncio

from typing import final

from typing_extensions import override

from adapters.memory.engines import MemoryEngine
from adapters.system.clock import SystemClock
from aldea_core.domain.transcripts.options import LiveRequest
from aldea_core.ports.engines import LiveEngine, LiveStream


@final
class StalledEngine(LiveEngine):
    """
    The memory engine, whose streams wait for `go_on` before they take audio.

    Attributes:
        took: Bytes of audio that it took.
    """

    def __init__(self) -> None:
        self.memory = MemoryEngine(SystemClock())
        self.go_on = asyncio.Event()
        self.took = 0

    @property
    def streams(self) -> list:
        return self.memory.streams

    @override
    async def open(self, request: LiveRequest) -> LiveStream:
        stream = await self.memory.open(request)
        send = stream.send

        async def send_once_it_goes_on(audio: bytes) -> None:
            await self.go_on.wait()
            self.took += len(audio)
            await send(audio)

        stream.send = send_once_it_goes_on
        return stream
