"""The official Python SDK, unmodified but for its base URL."""

import functools
import http.server
import json
import queue
import threading
import time
import wave

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.core.events import EventType
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.types import ListenV1Metadata, ListenV1Results
from tests.servers.up import ROOT, Up
from tests.servers.words import word_error_rate
from websockets.exceptions import InvalidStatus


SAMPLES = ROOT / "samples"
FOX = (SAMPLES / "fox.txt").read_text()

pytestmark = pytest.mark.slow


@contextmanager
def sdk(up: Up, key: str | None = None) -> Iterator[DeepgramClient]:
    environment = DeepgramClientEnvironment(
        base=up.url, production=up.websocket, agent=up.websocket, agent_rest=up.url
    )
    with httpx.Client() as http_client:
        yield DeepgramClient(
            api_key=key or up.key, environment=environment, httpx_client=http_client
        )


@pytest.fixture
def client(up):
    with sdk(up) as made:
        yield made


def samples_of(name: str) -> tuple[int, bytes]:
    with wave.open(str(SAMPLES / name)) as file:
        return file.getframerate(), file.readframes(file.getnframes())


def test_one_client_transcribes_and_manages(up, client):
    """
    At one address, by one key.
    """
    (project,) = client.manage.v1.projects.list().projects
    keys = client.manage.v1.projects.keys.list(project.project_id).api_keys

    assert project.project_id == up.org_id
    assert keys
    assert client.manage.v1.models.list().stt


class TestFiles:
    def test_file_has_words_and_times(self, client):
        """
        In the SDK's own types.
        """
        answer = client.listen.v1.media.transcribe_file(
            request=(SAMPLES / "fox.wav").read_bytes(),
            model="nova-3",
            smart_format=True,
            utterances=True,
            paragraphs=True,
        )

        alternative = answer.results.channels[0].alternatives[0]
        assert word_error_rate(FOX, alternative.transcript) <= 0.12
        assert alternative.words[0].start < alternative.words[-1].end <= answer.metadata.duration
        assert answer.results.utterances[0].transcript
        assert alternative.paragraphs.paragraphs[0].sentences

    def test_url_is_fetched_by_the_server(self, client, tmp_path):
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=SAMPLES)
        handler.func.log_message = lambda *_: None
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/hello.mp3"
            try:
                answer = client.listen.v1.media.transcribe_url(url=url, model="nova-3")
            finally:
                server.shutdown()

        transcript = answer.results.channels[0].alternatives[0].transcript
        assert word_error_rate((SAMPLES / "hello.txt").read_text(), transcript) <= 0.2

    def test_callback_gets_the_response(self, client):
        """
        The call returns the id at once.
        """
        delivered: queue.Queue = queue.Queue()

        class Taker(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                delivered.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            accepted = client.listen.v1.media.transcribe_file(
                request=(SAMPLES / "hello.wav").read_bytes(),
                callback=f"http://127.0.0.1:{server.server_port}/",
            )
            try:
                answer = delivered.get(timeout=30)
            finally:
                server.shutdown()

        assert answer["metadata"]["request_id"] == accepted.request_id
        assert answer["text"]

    @pytest.mark.parametrize(
        ("audio", "status"), [(b"", 422), (b"not audio at all" * 100, 400)], ids=["empty", "junk"]
    )
    def test_file_refusals_have_status_and_text(self, client, audio, status):
        """
        The status and our words.
        """
        with pytest.raises(ApiError) as refused:
            client.listen.v1.media.transcribe_file(request=audio)

        assert refused.value.status_code == status
        assert refused.value.body["err_code"]

    def test_wrong_key_is_401(self, up):
        with pytest.raises(ApiError) as refused, sdk(up, "org_wrong") as unauthenticated:
            unauthenticated.listen.v1.media.transcribe_file(request=b"x")

        assert refused.value.status_code == 401
        assert refused.value.body["err_code"] == "INVALID_AUTH"


class Listener:
    """A live stream of the SDK, with what it received."""

    def __init__(self, socket) -> None:
        self.socket = socket
        self.messages: list = []
        self.errors: list = []
        self.closed = threading.Event()
        socket.on(EventType.MESSAGE, self.messages.append)
        socket.on(EventType.ERROR, self.errors.append)
        socket.on(EventType.CLOSE, lambda _: self.closed.set())
        threading.Thread(target=socket.start_listening, daemon=True).start()

    @property
    def results(self) -> list[ListenV1Results]:
        return [message for message in self.messages if isinstance(message, ListenV1Results)]

    @property
    def finals(self) -> list[str]:
        said = [r.channel.alternatives[0].transcript for r in self.results if r.is_final]
        return [text for text in said if text]

    def wait_for(self, what) -> None:
        deadline = time.monotonic() + 30
        while not what(self):
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.01)


class TestLive:
    def test_stream_has_the_words_of_the_file(self, client):
        """
        Interims, finals, Metadata after CloseStream; the same words as the file.
        """
        rate, audio = samples_of("fox.wav")
        with client.listen.v1.connect(
            model="nova-3", encoding="linear16", sample_rate=rate, interim_results=True
        ) as socket:
            listener = Listener(socket)
            for n in range(0, len(audio), rate // 5):
                socket.send_media(audio[n : n + rate // 5])
            socket.send_keep_alive()
            socket.send_close_stream()
            assert listener.closed.wait(60)

        assert listener.errors == []
        assert any(not result.is_final for result in listener.results)
        assert word_error_rate(FOX, " ".join(listener.finals)) <= 0.12
        assert isinstance(listener.messages[-1], ListenV1Metadata)
        assert listener.messages[-1].duration == pytest.approx(len(audio) / 2 / rate, abs=0.01)

    def test_finalize_is_answered_during_the_stream(self, client):
        rate, audio = samples_of("hello.wav")
        with client.listen.v1.connect(
            model="nova-3", encoding="linear16", sample_rate=rate, endpointing=False
        ) as socket:
            listener = Listener(socket)
            socket.send_media(audio)
            socket.send_finalize()
            listener.wait_for(lambda it: any(result.from_finalize for result in it.results))
            socket.send_close_stream()
            assert listener.closed.wait(30)

        (answer,) = [result for result in listener.results if result.from_finalize]
        assert answer.is_final
        assert answer.channel.alternatives[0].transcript

    def test_speech_started_and_utterance_end(self, client):
        """
        If they are requested.
        """
        rate, audio = samples_of("hello.wav")
        with client.listen.v1.connect(
            model="nova-3",
            encoding="linear16",
            sample_rate=rate,
            vad_events=True,
            utterance_end_ms=1000,
        ) as socket:
            listener = Listener(socket)
            socket.send_media(audio + bytes(rate * 2 * 3))
            socket.send_close_stream()
            assert listener.closed.wait(30)

        kinds = {message.type for message in listener.messages}
        assert {"Results", "SpeechStarted", "UtteranceEnd", "Metadata"} == kinds

    @pytest.mark.parametrize(
        ("key", "parameters", "status"),
        [
            ("org_wrong", {}, 401),
            (None, {"sample_rate": 1}, 400),
            (None, {"encoding": "morse"}, 400),
        ],
    )
    def test_live_refusals_come_before_the_upgrade(self, up, key, parameters, status):
        """
        The SDK sees the status.
        """
        with (
            pytest.raises(InvalidStatus) as refused,
            sdk(up, key) as caller,
            caller.listen.v1.connect(model="nova-3", **parameters),
        ):
            pass

        assert refused.value.response.status_code == status


def test_samples_have_their_texts():
    assert {path.stem for path in Path(SAMPLES).glob("*.txt")} >= {"fox", "hello", "story"}
