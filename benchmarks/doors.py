"""The ways from the load to the engine: straight, through nginx, through HAProxy, through Aldea."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from benchmarks.machine import PROXY_CORE, use_core


_ALDEA = str(Path(sys.executable).parent / "aldea")
_START_SECONDS = 30

_NGINX = """
worker_processes 1; daemon off; master_process off; pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  map $http_upgrade $kind {{ default upgrade; '' ''; }}
  upstream live {{ server 127.0.0.1:{live}; }}
  upstream files {{ server 127.0.0.1:{file}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; keepalive_requests 1000000000; client_max_body_size 0;
    proxy_http_version 1.1; proxy_read_timeout 1h; proxy_request_buffering off;
    proxy_buffering off;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $kind;
    location / {{
      if ($http_upgrade) {{ proxy_pass http://live; }}
      proxy_pass http://files;
    }}
  }}
}}
"""
_HAPROXY = """
global
  maxconn 9000
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
frontend in
  bind 127.0.0.1:{port} backlog 4096
  acl live hdr(Upgrade) -i websocket
  use_backend live if live
  default_backend files
backend live
  server engine 127.0.0.1:{live}
backend files
  http-reuse always
  server engine 127.0.0.1:{file}
"""


@attrs.frozen
class Door:
    """
    A way in.

    Attributes:
        pids: Whose time is counted; nobody's if there is nothing in between.
    """

    name: str
    live_port: int
    file_port: int
    pids: list[int]
    key: str = "none"

    @property
    def live_url(self) -> str:
        query = "encoding=linear16&sample_rate=16000&interim_results=true"
        return f"ws://127.0.0.1:{self.live_port}/v1/listen?{query}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], *, pinned: bool = False, **more) -> Iterator[subprocess.Popen]:
    """A process that ends with the context."""
    process = subprocess.Popen(
        command, preexec_fn=(lambda: use_core(PROXY_CORE)) if pinned else None, **more
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_open(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing came up on port {port}")


@contextmanager
def doors(wanted: set[str]) -> Iterator[list[Door]]:
    """All doors that are *wanted* and installed, open until the context ends."""
    live, foreign, file = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        ports = [str(port) for port in (live, foreign, file)]
        command = [sys.executable, "-m", "benchmarks.engine", *ports]
        engine = stack.enter_context(running(command, stdout=subprocess.PIPE))
        assert engine.stdout is not None
        engine.stdout.readline()
        found = [Door("direct", live, file, [])]
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="aldea-bench-"))
        for name, program, text, options in (
            ("nginx", "nginx", _NGINX, ["-c"]),
            ("haproxy", "haproxy", _HAPROXY, ["-db", "-f"]),
        ):
            path = shutil.which(program)
            if name in wanted and path is not None:
                port = free_port()
                config = Path(folder) / f"{name}.conf"
                config.write_text(text.format(port=port, live=live, file=file, folder=folder))
                quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
                process = stack.enter_context(
                    running([path, *options, str(config)], pinned=True, **quiet)
                )
                wait_until_open(port)
                found.append(Door(name, port, port, [process.pid]))
        for name, port in (("aldea", live), ("aldea, by message", foreign)):
            if name in wanted:
                own = Path(folder) / f"data-{port}"
                own.mkdir()
                found.append(stack.enter_context(_aldea(name, str(own), port, file)))
        yield found


@contextmanager
def _aldea(name: str, folder: str, live: int, file: int) -> Iterator[Door]:
    database = {"ALDEA_DATABASE_URL": f"sqlite:///{folder}/aldea.db"}
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")},
        **database,
        "ALDEA_WS_ENGINES": f"http://127.0.0.1:{live}",
        "ALDEA_FILE_ENGINES": f"http://127.0.0.1:{file}",
        "ALDEA_ENGINE_CAPACITY": "100000",
        "ALDEA_CAPACITY": "100000",
        "ALDEA_LEAD_SECONDS": "100000000",
    }

    def aldea(*arguments: str) -> str:
        done = subprocess.run(
            [_ALDEA, *arguments], env=environ, capture_output=True, text=True, check=True
        )
        return done.stdout

    org = json.loads(aldea("orgs", "create", "Bench", "--json"))[0]["id"]
    unbound = ["concurrent_live=100000", "concurrent_files=100000", "requests_per_minute=none"]
    aldea("orgs", "limits", org, *unbound)
    key = aldea("keys", "create", org).strip()
    port = free_port()
    command = [_ALDEA, "up", "--data", folder, "--api-port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": None}
    with running(command, pinned=True, env=environ, **quiet) as process:
        wait_until_open(port)
        yield Door(name, port, port, [process.pid], key)
