"""A hub of models, as huggingface.co serves them, on loopback: repositories, files, and ranges."""

import hashlib
import json
import threading

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs


_VERSION = "5" * 40


@attrs.define
class Hub:
    """
    Attributes:
        files: Of each repository, by their paths: OWNER/NAME/FILE.
        breaks_off: Paths whose next response ends in the middle.
        stalls: Paths whose next response stops in the middle, until the reader goes away.
        asked: The path and the first byte of each download.
        has_stalled: Set once a response has stopped.
    """

    url: str = ""
    files: dict[str, bytes] = attrs.field(factory=dict, repr=False)
    breaks_off: set[str] = attrs.field(factory=set)
    stalls: set[str] = attrs.field(factory=set)
    asked: list[tuple[str, int]] = attrs.field(factory=list)
    has_stalled: threading.Event = attrs.field(factory=threading.Event)
    is_over: threading.Event = attrs.field(factory=threading.Event)

    def description(self, repository: str) -> bytes | None:
        """What is in a repository, as JSON."""
        files = [
            {
                "rfilename": path.removeprefix(f"{repository}/"),
                "size": len(content),
                "blobId": hashlib.sha1(content).hexdigest(),
                **_large(path, content),
            }
            for path, content in self.files.items()
            if path.startswith(f"{repository}/")
        ]
        if not files:
            return None
        return json.dumps({"id": repository, "sha": _VERSION, "siblings": files}).encode()


def _large(path: str, content: bytes) -> dict[str, object]:
    """Weights are kept apart from small files, and have a checksum."""
    if not path.endswith(".bin"):
        return {}
    checksum = hashlib.sha256(content).hexdigest()
    return {"lfs": {"sha256": checksum, "size": len(content), "pointerSize": 134}}


@contextmanager
def hub() -> Iterator[Hub]:
    """Serves until the context ends."""
    it = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            path = self.path.partition("?")[0].strip("/")
            if path.startswith("api/models/"):
                description = it.description(path.removeprefix("api/models/"))
                self.send(200 if description else 404, description or b"{}")
                return
            owner, name, _, _, file = path.split("/", 4)
            content = it.files.get(f"{owner}/{name}/{file}")
            if content is None:
                self.send(404, b"")
                return
            self.send_file(f"{owner}/{name}/{file}", content, with_body=with_body)

        def send_file(self, path: str, content: bytes, *, with_body: bool) -> None:
            wanted = self.headers.get("Range", "bytes=0-")
            first = int(wanted.removeprefix("bytes=").partition("-")[0])
            rest = content[first:]
            headers = {
                "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
                "X-Repo-Commit": _VERSION,
                "Accept-Ranges": "bytes",
                "Content-Length": str(len(rest)),
            }
            if "Range" in self.headers:
                headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            self.head(206 if "Range" in self.headers else 200, headers)
            if not with_body:
                return
            it.asked.append((path, first))
            if path in it.breaks_off or path in it.stalls:
                self.wfile.write(rest[: len(rest) // 2])
                self.wfile.flush()
                self.close_connection = True
                if path in it.stalls:
                    it.stalls.discard(path)
                    it.has_stalled.set()
                    it.is_over.wait()
                it.breaks_off.discard(path)
                return
            self.wfile.write(rest)

        def send(self, status: int, body: bytes) -> None:
            self.head(
                status, {"Content-Length": str(len(body)), "Content-Type": "application/json"}
            )
            self.wfile.write(body)

        def head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    it.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, args=(0.05,))
    serving.start()
    try:
        yield it
    finally:
        it.is_over.set()
        server.shutdown()
        serving.join()
        server.server_close()
