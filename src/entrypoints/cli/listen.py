"""`aldea listen`: a file, a microphone or standard input as a live stream."""

import asyncio
import json
import sys

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from aldea_core.domain.transcripts.transcripts import Word
from aldea_core.protocol.deepgram.client_messages import CLOSE_STREAM_TEXT
from aldea_core.protocol.deepgram.engine_messages import alternative_of
from entrypoints.cli.audio_sources import AudioSource, file_source, microphone, piped
from entrypoints.cli.client import ClientOptions, client_options
from entrypoints.cli.errors import CommandError
from entrypoints.cli.rendering import subtitles
from entrypoints.cli.server_errors import refusal, unreachable


_UNDECODABLE = "DATA-0000"  # Deepgram's name, with which the reason begins


@click.command(
    epilog="\b\nExamples:\n  aldea listen interview.wav\n  aldea listen --mic\n"
    "  ffmpeg -f alsa -i default -f wav - | aldea listen -\n"
    "  aldea listen talk.wav --fast --format srt > talk.srt",
)
@click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    required=False,
)
@click.option("--mic", is_flag=True, help="Listen to the microphone (extra: mic).")
@click.option("--fast", is_flag=True, help="Send a file as fast as it is taken, not in real time.")
@client_options
def command(
    file: Path | None,
    mic: bool,
    fast: bool,
    client: ClientOptions,
) -> None:
    """Transcribe FILE, standard input (-), or the microphone, as a live stream."""
    if (file is None) != mic:
        raise click.UsageError("Name a FILE, or say --mic.")
    server = client.server()
    source = _source(file, paced=not fast)
    query = client.query() + source.query
    screen = _Screen(client.style)
    try:
        asyncio.run(_listen(server.url, server.headers, query, source, screen))
    finally:
        screen.close()


def _source(file: Path | None, *, paced: bool) -> AudioSource:
    if file is None:
        return microphone()
    return piped() if file == Path("-") else file_source(file, paced=paced)


class _Screen:
    """Shows what is recognised: interim text in place at a terminal, finals as lines."""

    def __init__(self, style: str) -> None:
        self._style = style
        self._words: list[Word] = []
        self._live: Any = None
        if style == "text" and sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(auto_refresh=False, transient=True)
            self._live.start()

    def show(self, frame: dict[str, Any], text: str) -> None:
        if self._style == "json":
            click.echo(text)
            return
        if frame.get("type") != "Results":
            return
        alternative = alternative_of(frame["channel"]["alternatives"][0])
        if not frame["is_final"]:
            self._interim(alternative.transcript)
        elif alternative.transcript:
            self._words += alternative.words
            # A result begins where the one before it ended, often with a pause.
            words = alternative.words
            self._final(alternative.transcript, words[0].start if words else frame["start"])

    def _interim(self, text: str) -> None:
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text(text, style="dim"), refresh=True)

    def _final(self, text: str, start: float) -> None:
        if self._style != "text":
            return
        if self._live is None:
            click.echo(text)
            return
        from rich.text import Text

        self._live.update(Text(""), refresh=True)
        stamp = f"{int(start) // 60:02}:{int(start) % 60:02}  "
        self._live.console.print(Text.assemble((stamp, "cyan"), text))

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
        if self._style in {"srt", "vtt"}:
            click.echo(subtitles([self._words], self._style), nl=False)


async def _listen(
    url: str,
    headers: dict[str, str],
    query: list[tuple[str, str]],
    source: AudioSource,
    screen: _Screen,
) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        try:
            socket = await session.ws_connect(
                f"{url}/v1/listen",
                params=query,
                headers=headers,
                max_msg_size=0,
            )
        except aiohttp.WSServerHandshakeError as error:
            raise refusal(error.status, "", error.headers or {}) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unreachable(url, error) from None
        async with socket:
            sending = asyncio.create_task(_send(socket, source.chunks()))
            is_described = any(name == "encoding" for name, _ in query)
            receiving = asyncio.create_task(_receive(socket, screen, is_described=is_described))
            _stop_on_interrupt(sending)
            try:
                await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    await sending  # raises what ended the audio too early
                await receiving
            finally:
                sending.cancel()
                receiving.cancel()
                await asyncio.gather(sending, receiving, return_exceptions=True)


def _stop_on_interrupt(sending: "asyncio.Task[None]") -> None:
    """Ctrl-C ends the audio; results of the audio so far are still shown."""
    import signal

    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, sending.cancel)


async def _send(socket: Any, chunks: AsyncIterator[bytes]) -> None:
    sent = 0
    try:
        async for chunk in chunks:
            await socket.send_bytes(chunk)
            sent += len(chunk)
        if not sent:
            raise CommandError("there is no audio: the input is empty")
    except ConnectionError:
        return  # the close frame says why
    except asyncio.CancelledError:
        pass
    with suppress(ConnectionError):
        await socket.send_str(CLOSE_STREAM_TEXT)


async def _receive(socket: Any, screen: _Screen, *, is_described: bool) -> None:
    import aiohttp

    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            screen.show(json.loads(message.data), message.data)
    if socket.close_code not in {1000, None}:
        reason = _reason(socket)
        close = f"the server closed the stream: {socket.close_code} {reason}".rstrip()
        if reason.startswith(_UNDECODABLE) and not is_described:
            close += " If it is raw: --param encoding=linear16 --param sample_rate=16000"
        raise CommandError(close)


def _reason(socket: Any) -> str:
    from aldea_core.protocol.deepgram.close_codes import CLOSES

    return next((close.reason for close in CLOSES.values() if close.code == socket.close_code), "")
