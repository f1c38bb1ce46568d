"""Clients of a running `aldea up`, for the part `recognition`: files, and streams in real time."""

import asyncio
import json
import re
import statistics
import time

from typing import Any

import aiohttp
import attrs


RATE, CHUNK_SECONDS = 16_000, 0.1
_CHUNK_BYTES = round(RATE * CHUNK_SECONDS) * 2
_FEED = f"encoding=linear16&sample_rate={RATE}&interim_results=true&punctuate=true"
_PATIENCE_SECONDS = 60.0
# A file may take as long, on a machine with much else to do.
_FILE_SECONDS = 1800.0


def words_in(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def word_error_rate(reference: str, hypothesis: str) -> float:
    said, found = words_in(reference), words_in(hypothesis)
    row = list(range(len(found) + 1))
    for n, word in enumerate(said, 1):
        last, row[0] = row[0], n
        for m, other in enumerate(found, 1):
            last, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, last + (word != other))
    return row[-1] / max(1, len(said))


@attrs.frozen
class Service:
    """Where `aldea up` serves, its key, and its processes."""

    url: str
    key: str = attrs.field(repr=False)
    pids: list[int]

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}"}


@attrs.define
class LiveTranscript:
    """
    What one stream received.

    Attributes:
        status: Of the handshake; 101 if the stream was opened.
        finals: Seconds from the end of the last word of each final result until it came.
        gaps: Seconds between interim results of one utterance.
        shown: Words shown in interim results.
        changed: Those of them that the next result changed.
    """

    status: int = 101
    retry_after: str = ""
    text: str = ""
    finals: list[float] = attrs.field(factory=list)
    gaps: list[float] = attrs.field(factory=list)
    shown: int = 0
    changed: int = 0
    _last: list[str] = attrs.field(factory=list)
    _last_at: float | None = None

    def take(self, result: dict[str, Any], at: float) -> None:
        """*at* is in seconds since the stream began."""
        alternative = result["channel"]["alternatives"][0]
        words = words_in(alternative["transcript"])
        self.changed += sum(
            one != other for one, other in zip(self._last, words, strict=False)
        ) + max(0, len(self._last) - len(words))
        if result["is_final"]:
            if words:
                self.text += " " + alternative["transcript"]
                if result["speech_final"]:
                    self.finals.append(at - alternative["words"][-1]["end"])
            self._last, self._last_at = [], None
        elif words:
            self.shown += len(words)
            if self._last_at is not None:
                self.gaps.append(at - self._last_at)
            self._last, self._last_at = words, at


async def transcribed(service: Service, audio: bytes) -> tuple[float, str]:
    """Sends a file. Returns the seconds it took, and its text."""
    timeout = aiohttp.ClientTimeout(total=_FILE_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        began = time.perf_counter()
        async with client.post(
            f"{service.url}/v1/listen?punctuate=true", data=audio, headers=service.auth
        ) as response:
            answer = await response.json()
            response.raise_for_status()
    (channel,) = answer["results"]["channels"]
    return time.perf_counter() - began, channel["alternatives"][0]["transcript"]


async def stream(service: Service, audio: bytes, *, delay: float = 0.0) -> LiveTranscript:
    """Sends *audio* in real time."""
    await asyncio.sleep(delay)
    transcript = LiveTranscript()
    url = f"{service.url}/v1/listen?{_FEED}"
    async with aiohttp.ClientSession() as client:
        try:
            socket = await client.ws_connect(url, headers=service.auth)
        except aiohttp.WSServerHandshakeError as refused:
            headers = refused.headers or {}
            return LiveTranscript(refused.status, headers.get("Retry-After", ""))
        began = time.perf_counter()
        sending = asyncio.create_task(_send(socket, audio, began))
        try:
            async with asyncio.timeout(len(audio) / 2 / RATE + _PATIENCE_SECONDS):
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        result = json.loads(message.data)
                        if result["type"] == "Results":
                            transcript.take(result, time.perf_counter() - began)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await socket.close()
    return transcript


async def _send(socket: aiohttp.ClientWebSocketResponse, audio: bytes, began: float) -> None:
    for n in range(0, len(audio), _CHUNK_BYTES):
        # A chunk is sent once its last sample has been spoken.
        due = began + (n + _CHUNK_BYTES) / 2 / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await socket.send_bytes(audio[n : n + _CHUNK_BYTES])
    await socket.send_str('{"type":"CloseStream"}')


async def streams(service: Service, audio: bytes, count: int) -> list[LiveTranscript]:
    """*count* streams at once, which do not pause at the same time."""
    return await asyncio.gather(*(stream(service, audio, delay=n * 1.7 % 5) for n in range(count)))


async def streams_beside_files(
    service: Service, audio: bytes, count: int, file: bytes, files: int
) -> list[LiveTranscript]:
    """The same, while *files* clients send a file again and again."""

    async def send_files() -> None:
        while True:
            await transcribed(service, file)

    sending = [asyncio.create_task(send_files()) for _ in range(files)]
    try:
        transcripts = await streams(service, audio, count)
        for ended in (task for task in sending if task.done()):
            ended.result()  # the error of a file
        return transcripts
    finally:
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)


def summary(transcripts: list[LiveTranscript], reference: str) -> dict[str, Any]:
    opened = [one for one in transcripts if one.status == 101]
    finals = [lag for one in opened for lag in one.finals]
    gaps = [gap for one in opened for gap in one.gaps]
    rates = [word_error_rate(reference, one.text) for one in opened if reference]
    return {
        "opened": len(opened),
        "refused": [f"{one.status} {one.retry_after}" for one in transcripts if one.status != 101],
        "finals": len(finals),
        "final_p50": statistics.median(finals) if finals else None,
        "final_max": max(finals, default=None),
        "gap_p50": statistics.median(gaps) if gaps else None,
        "gap_max": max(gaps, default=None),
        "flicker": sum(one.changed for one in opened) / max(1, sum(one.shown for one in opened)),
        "wer": statistics.mean(rates) if rates else None,
    }
