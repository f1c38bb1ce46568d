"""Style sheets, modules and pictures, at addresses that change with their contents."""

import gzip
import hashlib
import mimetypes

from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import hdrs, web


_IMMUTABLE = "public, max-age=31536000, immutable"
_COMPRESSED = {".css", ".js", ".svg"}


class Assets:
    """
    All files of the package's folder `assets`, read once.

    One version is part of all addresses, so modules import each other by relative paths.
    """

    def __init__(self) -> None:
        folder = files("entrypoints.frontend").joinpath("assets")
        self._files: Final = {
            file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()
        }
        whole = hashlib.sha256()
        for name in sorted(self._files):
            whole.update(name.encode() + b"\0" + self._files[name])
        self._version: Final = whole.hexdigest()[:12]
        self._small: Final = {
            name: gzip.compress(content, 9, mtime=0)
            for name, content in self._files.items()
            if any(name.endswith(suffix) for suffix in _COMPRESSED)
        }

    def url(self, name: str) -> str:
        """
        Raises:
            KeyError: There is no such file.
        """
        assert name in self._files, name
        return f"/assets/{self._version}/{name}"

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/assets/{version}/{name}", self._show)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        content = self._files.get(name)
        if content is None:
            raise web.HTTPNotFound
        is_current = request.match_info["version"] == self._version
        headers = {
            hdrs.CONTENT_TYPE: _media(name),
            hdrs.CACHE_CONTROL: _IMMUTABLE if is_current else "no-cache",
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }
        small = self._small.get(name)
        if small is not None and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            return web.Response(body=small, headers={**headers, hdrs.CONTENT_ENCODING: "gzip"})
        return web.Response(body=content, headers=headers)


@cache
def packaged_assets() -> Assets:
    """Those of this package, read once in a process."""
    return Assets()


def _media(name: str) -> str:
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{media}; charset=utf-8" if media.startswith("text/") else media
