"""An engine's address, protocol and token."""

import enum
import ssl

from functools import cached_property
from typing import Self

import aiohttp
import attrs

from yarl import URL

from aldea_core.domain.errors import AldeaError


_TLS = ssl.create_default_context()


class BadEngineUrl(AldeaError):
    """The setting is not the URL of an engine."""


class EngineDialect(enum.Enum):
    PUBLIC = "public"
    OPENAI = "openai"


@attrs.frozen
class Target:
    """One engine. Its name is host and port, without secrets."""

    base: URL = attrs.field(repr=False)
    dialect: EngineDialect = EngineDialect.PUBLIC
    token: str = attrs.field(default="", repr=False)

    @classmethod
    def parse(cls, url: str, token: str = "") -> Self:
        """
        Parses `http(s)://host[:port][/path]` or `openai+http(s)://…`.

        Raises:
            BadEngineUrl: *url* is neither.
        """
        dialect, plain = EngineDialect.PUBLIC, url
        if url.startswith("openai+"):
            dialect, plain = EngineDialect.OPENAI, url.removeprefix("openai+")
        try:
            base = URL(plain)
        except ValueError:
            base = URL()
        if base.scheme in {"ws", "wss"}:
            base = base.with_scheme(base.scheme.replace("ws", "http"))
        if base.scheme not in {"http", "https"} or not base.host:
            raise BadEngineUrl(
                "An engine must be http://HOST[:PORT], https://… or openai+http://…",
            )
        return cls(base, dialect, token)

    @cached_property
    def name(self) -> str:
        return f"{self.base.host_subcomponent}:{self.base.port}"

    @cached_property
    def path(self) -> str:
        """The prefix of the protocol's paths."""
        return self.base.raw_path.rstrip("/")

    @cached_property
    def lines(self) -> str:
        """The request headers for this engine, as lines of a request."""
        return f"Host: {self.name}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in self.headers.items()
        )

    @cached_property
    def address(self) -> tuple[str, int]:
        """Host (name or address) and port."""
        return self.base.host or "", self.base.port or 0

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """The TLS context if the URL is https, else None."""
        return _TLS if self.base.scheme == "https" else None

    def url(self, path: str) -> URL:
        return self.base.with_path(self.base.path.rstrip("/") + path)

    @property
    def headers(self) -> dict[str, str]:
        if not self.token:
            return {}
        scheme = "Bearer" if self.dialect is EngineDialect.OPENAI else "Token"
        return {"Authorization": f"{scheme} {self.token}"}


# Defined here because two engines of a pool may share one client's connection pool.
CONNECT_SECONDS = 2.0


def new_client() -> aiohttp.ClientSession:
    """An HTTP client for engines: long keep-alive, unlimited connections, no cookies."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=True,
    )
