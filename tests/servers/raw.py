"""Raw HTTP bytes, for clients that misbehave."""

import asyncio
import json

from typing import Any

import attrs


@attrs.frozen
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


async def exchange(port: int, *parts: bytes, pause: float = 0.0, leave: bool = False) -> Answer:
    """
    Sends *parts* and reads one answer.

    Args:
        leave: Whether to say that no more comes (half-close) once all is sent.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if leave:
            writer.write_eof()
        return await read_answer(reader)
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await asyncio.wait_for(reader.readexactly(int(headers.get("content-length", 0))), 60)
    return Answer(int(first.split()[1]), headers, body)


def post(key: str, *headers: str, path: str = "/v1/listen") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: aldea", f"Authorization: Token {key}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
