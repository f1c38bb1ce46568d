"""A fake server of OpenAI's file endpoint."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs

from aiohttp import web

from entrypoints.http.server import serving


@attrs.define
class OpenAi:
    url: str = ""
    asked: list[dict[str, Any]] = attrs.Factory(list)
    status: int = 200
    answer: Any = attrs.Factory(
        lambda: {
            "task": "transcribe",
            "text": " Hello there. ",
            "language": "english",
            "duration": 1.5,
            "words": [
                {"word": " Hello", "start": 0.1, "end": 0.5},
                {"word": "there.", "start": 0.6, "end": 0.9},
            ],
        },
    )


@asynccontextmanager
async def openai() -> AsyncIterator[OpenAi]:
    played = OpenAi()

    async def transcriptions(request: web.Request) -> web.Response:
        form = await request.post()
        fields = {name: form.getall(name) for name in form}
        fields["authorization"] = [request.headers.get("Authorization")]
        fields["file"] = [part.file.read() for part in fields["file"]]
        played.asked.append(fields)
        return web.json_response(played.answer, status=played.status)

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/v1/audio/transcriptions", transcriptions)
    async with serving(app, "127.0.0.1", 0) as port:
        played.url = f"openai+http://127.0.0.1:{port}"
        yield played
