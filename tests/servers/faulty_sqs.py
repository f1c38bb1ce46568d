"""
An SQS that fails every third call, in a different way each time: a proxy before a real server. A
failed call fails at every retry. Some failures come before the server has received the call and
some after it has done it, so messages are lost to the caller or delivered twice.
"""

import itertools
import json

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import attrs

from aiohttp import web


_KINDS = itertools.cycle(("refused", "done, but not answered", "half of it", "hung up"))


@attrs.define
class FaultySqs:
    target: str
    url: str = ""
    calls: int = 0
    failed: int = 0
    _fates: dict[str, str | None] = attrs.field(factory=dict)

    def of(self, queue_url: str) -> str:
        """The queue's URL through here."""
        return f"{self.url}{urlsplit(queue_url).path}"

    def _fate(self, request: web.Request) -> str | None:
        call = request.headers.get("amz-sdk-invocation-id", "")
        if call not in self._fates:
            self.calls += 1
            self._fates[call] = next(_KINDS) if self.calls % 3 == 0 else None
            self.failed += self._fates[call] is not None
        return self._fates[call]

    async def handle(self, request: web.Request, session: aiohttp.ClientSession):
        body = await request.read()
        fate = self._fate(request)
        if fate == "hung up":
            request.transport.abort()
            return web.Response()
        if fate == "refused":
            return web.json_response({"__type": "ServiceUnavailable"}, status=503)
        kept = {"X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date"}
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        left: list[dict] = []
        if fate == "half of it" and headers["X-Amz-Target"] == "AmazonSQS.SendMessageBatch":
            asked = json.loads(body)
            half = len(asked["Entries"]) // 2
            left = asked["Entries"][half:]
            asked["Entries"] = asked["Entries"][:half]
            body = json.dumps(asked).encode()
            if not half:
                return web.json_response({"Successful": [], "Failed": _failed(left)})
        async with session.post(
            self.target + request.path_qs, data=body, headers=headers
        ) as answer:
            text = await answer.read()
        if fate == "done, but not answered":
            request.transport.abort()
            return web.Response()
        if left:
            said = json.loads(text)
            said["Failed"] = [*said.get("Failed", []), *_failed(left)]
            text = json.dumps(said).encode()
        return web.Response(
            body=text,
            status=answer.status,
            headers={"Content-Type": answer.headers["Content-Type"]},
        )


def _failed(entries: list[dict]) -> list[dict]:
    return [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in entries]


@asynccontextmanager
async def faulty_sqs(target: str) -> AsyncIterator[FaultySqs]:
    faulty = FaultySqs(target)
    async with aiohttp.ClientSession() as session:
        app = web.Application(client_max_size=2**24)

        async def handle(request: web.Request) -> web.Response:
            return await faulty.handle(request, session)

        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        faulty.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield faulty
        finally:
            await runner.cleanup()
