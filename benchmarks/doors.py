"""The ways from the load to the engine: straight, through nginx, through HAProxy, through Aldea."""

import shutil
import subprocess
import sys
import tempfile

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.gateway import gateway, store
from benchmarks.processes import Door, free_port, running, wait_until_open


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
        if wanted & {"aldea", "aldea, by message"}:
            at = stack.enter_context(store())
            for name, port in (("aldea", live), ("aldea, by message", foreign)):
                if name in wanted:
                    found.append(stack.enter_context(gateway(name, at, live=port, file=file)))
        yield found
