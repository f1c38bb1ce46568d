"""
LiteLLM's proxy beside Aldea, in what both can do: forwarding a file to an engine.

It is installed into a folder of its own in the user's cache, where the next run finds it.
"""

import http.client
import os
import subprocess
import sys
import time

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import measures
from benchmarks.bench import Bench
from benchmarks.machine import own_bytes
from benchmarks.processes import Stuck, free_port, running
from benchmarks.rounds import interleaved
from benchmarks.targets import Engine, Target


_SIZES = (3_200, 320_000)
_CONNECTIONS = 8
_KEY = "sk-bench"
_INSTALL_SECONDS = 1200
_START_SECONDS = 120
_SETTINGS = """
model_list:
  - model_name: whisper
    litellm_params:
      model: openai/whisper-1
      api_base: http://127.0.0.1:{port}/v1
      api_key: none
    model_info:
      mode: audio_transcription
general_settings:
  master_key: {key}
litellm_settings:
  telemetry: false
"""


def measure(bench: Bench) -> dict[str, Any]:
    program = _installed(bench)
    rounds = min(3, bench.plan.rounds)
    with bench.opened() as opened:
        folder = opened.store.folder
        with _proxy(program, opened.engine, folder) as theirs:
            found: dict[str, Any] = {"version": _version(program), "sizes": {}}
            for size in _SIZES:
                found["sizes"][str(size)] = interleaved(
                    [*opened.proxies, theirs],
                    rounds,
                    lambda target, size=size: measures.files(
                        target, connections=_CONNECTIONS, seconds=bench.plan.seconds * 2, size=size
                    ),
                    lambda what, size=size: bench.report(f"uploads of {size} bytes: {what}"),
                )
            found["mib"] = {
                target.name: round(own_bytes(target.file_pids) / 2**20, 1)
                for target in [*opened.proxies, theirs]
            }
            return found


def _installed(bench: Bench) -> Path:
    """
    Installs LiteLLM if missing, and returns its program.

    Raises:
        Stuck: LiteLLM cannot be installed.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "aldea-bench" / "litellm"
    program = folder / "bin" / "litellm"
    if not program.exists():
        bench.report("installing LiteLLM, some minutes")
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(folder / "bin/pip"), "install", "-q", "--prefer-binary", "litellm[proxy]"],
        ):
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
            except (subprocess.SubprocessError, OSError) as error:
                raise Stuck(f"LiteLLM cannot be installed: {error}") from error
    return program


def _version(program: Path) -> str:
    """By its metadata, because its own option loads the whole program."""
    asked = "from importlib.metadata import version; print(version('litellm'))"
    return subprocess.run(
        [str(program.parent / "python"), "-c", asked], capture_output=True, text=True, check=True
    ).stdout.strip()


@contextmanager
def _proxy(program: Path, behind: Engine, folder: Path) -> Iterator[Target]:
    port = free_port()
    settings = folder / "litellm.yaml"
    settings.write_text(_SETTINGS.format(port=behind.file, key=_KEY))
    keys = folder / "litellm-keys"
    keys.write_text(f"{_KEY}\n")
    command = [str(program), "--config", str(settings), "--host", "127.0.0.1"]
    environ = {**os.environ, "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    with running(
        [*command, "--port", str(port), "--num_workers", "1"], pinned=True, env=environ, **quiet
    ) as process:
        _wait_until_alive(port)
        yield Target("litellm", port, port, [], [process.pid], keys, form=True)


def _wait_until_alive(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            asking.request("GET", "/health/liveliness")
            if asking.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            asking.close()
        time.sleep(0.5)
    raise Stuck("LiteLLM's proxy did not start")
