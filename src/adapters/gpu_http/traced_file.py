"""Files on an engine as steps of a trace."""

from collections.abc import AsyncIterator
from typing import final

import attrs

from typing_extensions import override

from adapters.gpu_http.target import Target
from adapters.gpu_http.traced import step
from aldea_core.domain.transcripts.options import FileRequest
from aldea_core.ports.engines import FileAnswer, RemoteFileEngine
from aldea_core.ports.tracing import Tracer


@final
@attrs.frozen
class TracedFile(RemoteFileEngine):
    file: RemoteFileEngine
    target: Target
    tracer: Tracer

    @override
    def close(self) -> None:
        self.file.close()

    @override
    def lose(self) -> None:
        self.file.lose()

    @override
    async def transcribe(self, request: FileRequest, body: AsyncIterator[bytes]) -> FileAnswer:
        with step(self.tracer, "POST", self.target):
            return await self.file.transcribe(request, body)
