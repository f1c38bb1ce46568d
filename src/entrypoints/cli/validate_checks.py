"""
The checks of `aldea validate`, each with its own name: one that fails says which promise is broken.

A check raises `Failed` with the reason, or `NotChecked` if what it needs was not given. Nothing of
keys or passwords is in a reason.
"""

import asyncio
import json
import time

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aldea_core.protocol.deepgram.client_messages import CLOSE_STREAM_TEXT
from entrypoints.cli.audio_sources import file_source
from entrypoints.cli.validate_backend import (
    check_backend,
    check_dashboard,
    check_dashboard_sign_in,
    check_sign_in,
    check_sync,
)
from entrypoints.cli.validate_deployment import (
    CheckOutcome,
    Deployment,
    Failed,
    FileAnswer,
    NotChecked,
    require,
    require_words,
)


if TYPE_CHECKING:
    import aiohttp

RECORDING = Path(__file__).with_name("validation.wav")
_STRANGE_KEY = "org_validation_never_made_this_key"


Check = Callable[[Deployment, "aiohttp.ClientSession"], Awaitable[None]]


async def run(deployment: Deployment, names: Sequence[str] = ()) -> list[CheckOutcome]:
    """All checks, or those of *names*, one after the other: one that fails hides none of the others."""
    import aiohttp

    outcomes = []
    timeout = aiohttp.ClientTimeout(total=deployment.patience_seconds)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for name, check in CHECKS.items():
            if names and name not in names:
                continue
            began = time.monotonic()
            failure = skipped = ""
            try:
                await check(deployment, session)
            except Failed as error:
                failure = str(error)
            except NotChecked as error:
                skipped = str(error)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                failure = f"no answer: {type(error).__name__}"
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                failure = f"the answer is not of the promised form: {type(error).__name__}"
            outcomes.append(CheckOutcome(name, time.monotonic() - began, failure, skipped))
    return outcomes


async def _post_recording(
    deployment: Deployment, session: "aiohttp.ClientSession", key: str
) -> FileAnswer:
    began = time.monotonic()
    async with session.post(
        f"{deployment.api}/v1/listen",
        data=RECORDING.read_bytes(),
        headers={"Authorization": f"Token {key}", "Content-Type": "audio/wav"},
    ) as answer:
        body = json.loads(await answer.read() or b"{}")
        headers = {name.lower(): text for name, text in answer.headers.items()}
    return FileAnswer(answer.status, body, headers, time.monotonic() - began)


async def _file_answer(deployment: Deployment, session: "aiohttp.ClientSession") -> FileAnswer:
    """The answer to the recording, which is sent once."""
    if not deployment.file_answers:
        answer = await _post_recording(deployment, session, deployment.key)
        deployment.file_answers.append(answer)
    answer = deployment.file_answers[0]
    require(answer.status == 200, f"status {answer.status}")
    return answer


async def check_file(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """A file is transcribed, in Aldea's form and Deepgram's, and its request has an id."""
    answer = await _file_answer(deployment, session)
    text = answer.body["text"]
    require_words(text, deployment.expected)
    alternative = answer.body["results"]["channels"][0]["alternatives"][0]
    require(alternative["transcript"] == text, "text and transcript differ")
    require("dg-request-id" in answer.headers, "the answer has no dg-request-id")


async def check_latency(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """The file's answer came within the budget."""
    seconds = (await _file_answer(deployment, session)).seconds
    require(
        seconds <= deployment.budget_seconds,
        f"took {seconds:.1f} s, of a budget of {deployment.budget_seconds:g} s",
    )


async def check_limit_headers(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """The file's answer says which limits there are and what is left of them."""
    headers = (await _file_answer(deployment, session)).headers
    if not any(name.startswith(("ratelimit", "x-ratelimit")) for name in headers):
        raise NotChecked("the org has no limits")
    for name in ("ratelimit-policy", "ratelimit", "x-ratelimit-limit", "x-ratelimit-remaining"):
        require(name in headers, f"the answer has no {name}")


async def check_live(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """The recording as a stream: finals have its words, then Metadata, then close 1000."""
    import aiohttp

    source = file_source(RECORDING, paced=True)
    try:
        socket = await session.ws_connect(
            f"{deployment.api}/v1/listen", params=source.query, headers=deployment.auth
        )
    except aiohttp.WSServerHandshakeError as error:
        raise Failed(f"the handshake was answered with {error.status}") from None
    finals: list[str] = []
    kinds: list[str] = []

    async def send() -> None:
        async for chunk in source.chunks():
            await socket.send_bytes(chunk)
        await socket.send_str(CLOSE_STREAM_TEXT)

    async def receive() -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            kinds.append(frame["type"])
            if frame["type"] == "Results" and frame["is_final"]:
                finals.append(frame["channel"]["alternatives"][0]["transcript"])

    async with socket, asyncio.timeout(deployment.patience_seconds):
        sending = asyncio.create_task(send())
        try:
            await receive()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
    require(socket.close_code == 1000, f"the stream was closed with {socket.close_code}")
    require(kinds[-1:] == ["Metadata"], "Metadata is not the last message")
    require_words(" ".join(finals), deployment.expected)


async def check_refusal(deployment: Deployment, session: "aiohttp.ClientSession") -> None:
    """A key that does not exist is refused, for files and before a stream is upgraded."""
    import aiohttp

    refused = await _post_recording(deployment, session, _STRANGE_KEY)
    require(refused.status == 401, f"a strange key got status {refused.status}")
    require(refused.body["err_code"] == "INVALID_AUTH", "the refusal has another err_code")
    try:
        socket = await session.ws_connect(
            f"{deployment.api}/v1/listen",
            params={"encoding": "linear16", "sample_rate": "16000"},
            headers={"Authorization": f"Token {_STRANGE_KEY}"},
        )
    except aiohttp.WSServerHandshakeError as error:
        require(error.status == 401, f"a strange key got status {error.status} for a stream")
    else:
        await socket.close()
        raise Failed("a strange key opened a stream")


CHECKS: dict[str, Check] = {
    "file": check_file,
    "live": check_live,
    "latency": check_latency,
    "limit headers": check_limit_headers,
    "refusal": check_refusal,
    "backend": check_backend,
    "sign-in": check_sign_in,
    "sync": check_sync,
    "dashboard": check_dashboard,
    "dashboard sign-in": check_dashboard_sign_in,
}
