"""
Sends server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

The caller is admitted anew every few seconds, so that a stream ends with the sign-in, the key, the
membership or the org that opened it.
"""

import asyncio

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from aiohttp import hdrs, web

from aldea_core.domain.errors import AldeaError
from aldea_core.ports.clock import Clock
from entrypoints.backend.pipeline.problems import ProblemError
from entrypoints.backend.pipeline.routes import EventStream
from entrypoints.http.endless import endless


MEDIA = "text/event-stream"
HEARTBEAT = b": \n\n"
_ADMITTED_SECONDS = 5.0
_UNREAD_SECONDS = 30.0


def event_bytes(kind: str, event_id: str, data: bytes) -> bytes:
    """
    Args:
        data: Without line ends, such as JSON.
    """
    return b"event: %b\nid: %b\ndata: %b\n\n" % (kind.encode(), event_id.encode(), data)


async def send_events(
    answer: EventStream,
    request: web.Request,
    admit: Callable[[], Awaitable[object]],
    clock: Clock,
) -> web.StreamResponse:
    """
    Sends the parts of *answer* until the client leaves, does not read, or is not admitted any more.

    Args:
        admit: Raises an error if the caller may not watch any more.
    """
    response = web.StreamResponse(headers={"Content-Type": MEDIA, "X-Accel-Buffering": "no"})
    async with (
        aclosing(answer.parts) as every,
        aclosing(_while_admitted(every, admit, clock)) as parts,
    ):
        first = await anext(parts)  # so that its error can be the response
        await response.prepare(request)
        if request.method == hdrs.METH_HEAD:
            return response
        try:
            await response.write(first)
            with endless(request):
                async for part in parts:
                    async with asyncio.timeout(_UNREAD_SECONDS):
                        await response.write(part)
        except (ProblemError, AldeaError):
            await response.write_eof()  # the client asks again, and is answered why
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        except ConnectionError:
            pass  # the client is gone
    return response


async def _while_admitted(
    parts: AsyncIterator[bytes], admit: Callable[[], Awaitable[object]], clock: Clock
) -> AsyncGenerator[bytes, None]:
    admitted_at = clock.monotonic()
    async for part in parts:
        if clock.monotonic() - admitted_at >= _ADMITTED_SECONDS:
            await admit()
            admitted_at = clock.monotonic()
        yield part
