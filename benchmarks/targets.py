"""The targets: the engine directly, and through nginx, HAProxy and Aldea."""

import shutil
import subprocess

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs

from benchmarks.processes import Talk, free_port, running, talk, wait_until_open


_NGINX = """
worker_processes 1; daemon off; master_process off; pid {folder}/nginx.pid;
error_log {folder}/error.log; worker_rlimit_nofile {files};
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
  server {{
    listen 127.0.0.1:{bare} backlog=4096; keepalive_requests 1000000000; client_max_body_size 0;
    proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;
    location / {{ proxy_pass http://127.0.0.1:{file}; }}
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
_FILES = 20_000
# nginx without `keepalive` to its upstream, which is its default.
BARE = "nginx, a connection each"
WITH_QUOTA = "aldea, with a quota"


@attrs.frozen
class Target:
    """
    One way from the load to the engine.

    Attributes:
        live_pids: Processes whose CPU is counted for live streams; empty without a proxy.
        file_pids: The same for files.
        keys: A file of API keys, one a line.
        form: Whether files are sent as OpenAI's clients do; otherwise as Deepgram's do.
        only_files: Whether the target is measured with files only, being equal for live streams.
    """

    name: str
    live_port: int
    file_port: int
    live_pids: list[int]
    file_pids: list[int]
    keys: Path
    form: bool = False
    only_files: bool = False

    @property
    def live_url(self) -> str:
        query = "encoding=linear16&sample_rate=16000&interim_results=true"
        return f"ws://127.0.0.1:{self.live_port}/v1/listen?{query}"


@attrs.frozen
class Engine:
    """
    The engine behind all targets.

    Attributes:
        live: Port for live streams, as one of Aldea's engines.
        foreign: Port for live streams, as a foreign engine: Aldea must parse every message.
        file: Port for files, of either protocol.
    """

    live: int
    foreign: int
    file: int
    _talk: Talk

    def answer(self, *, every: int, final: int) -> None:
        """
        For streams that begin from now on: answers each *every*-th frame, with each *final*-th
        result final.
        """
        self._talk.say(f"{every} {final}")
        self._talk.receive(10)


@contextmanager
def engine() -> Iterator[Engine]:
    ports = free_port(), free_port(), free_port()
    with talk("engine", *ports) as running_:
        running_.receive(30)
        yield Engine(*ports, running_)


def direct(behind: Engine, folder: Path) -> Target:
    keys = folder / "no-keys"
    keys.write_text("none\n")
    return Target("direct", behind.live, behind.file, [], [], keys)


@contextmanager
def others(behind: Engine, folder: Path) -> Iterator[list[Target]]:
    """nginx and HAProxy, if they are installed."""
    keys = direct(behind, folder).keys
    with ExitStack() as stack:
        found = []
        for name, text, options in (
            ("nginx", _NGINX, ["-c"]),
            ("haproxy", _HAPROXY, ["-db", "-f"]),
        ):
            path = shutil.which(name)
            if path is None:
                continue
            port, bare = free_port(), free_port()
            config = folder / f"{name}.conf"
            config.write_text(
                text.format(
                    port=port,
                    bare=bare,
                    live=behind.live,
                    file=behind.file,
                    folder=folder,
                    files=_FILES,
                )
            )
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = stack.enter_context(
                running([path, *options, str(config)], pinned=True, **quiet)
            )
            wait_until_open(port)
            pids = [process.pid]
            found.append(Target(name, port, port, pids, pids, keys))
            if name == "nginx":  # its default: no kept connections to the engine
                found.append(Target(BARE, bare, bare, pids, pids, keys, only_files=True))
        yield found
