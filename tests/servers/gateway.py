"""A real gateway on a free port, in this process, with one org and one key."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs

from tests.servers.foreign import foreign_engine
from tests.servers.ledgers import sessions_of

from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.limits import Limits
from aldea_core.domain.access.orgs import Org
from aldea_core.ports.engines import FileEngine, LiveEngine
from entrypoints.containers.aldea import aldea
from entrypoints.containers.services import Services
from entrypoints.http.server import connection_bounds, serving
from entrypoints.runtime.periodic import Part
from entrypoints.services.gateway import make_app
from entrypoints.settings import BundledEngine, Settings


# For tests that need no speech recognition.
MEMORY = Settings(bundled_engine=BundledEngine.MEMORY, bundled_capacity=1000, log_level="error")


@attrs.frozen
class Gateway:
    services: Services
    org: Org
    key: str = attrs.field(repr=False)
    port: int
    engine: Any

    @property
    def streams(self) -> list:
        """What its engine listens to."""
        return self.engine.live_engine().streams

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}"}

    async def new_key(self, *, limits: Limits | None = None, scopes: str = "member") -> str:
        """The key of another org."""
        services = self.services
        org = await services.identity.create_org()("Another", limits)
        _, secret = await services.identity.create_key()(
            org.id, KeyDraft("key", scopes=frozenset({scopes}))
        )
        await services.sync.sync_org()(org.id)
        return secret.reveal()

    async def limited_key(self, *, no_longer_offered: str = "", **own: Any) -> str:
        """A key of the same org with models or limits of its own."""
        services = self.services
        key, secret = await services.identity.create_key()(self.org.id, KeyDraft("limited", **own))
        if no_longer_offered:
            key = attrs.evolve(key, models=(*own["models"], no_longer_offered))
            await services.stores.accounts().change_key(key)
        await self.sync()
        return secret.reveal()

    async def sync(self) -> None:
        """Brings what was changed in the accounts to the gateway."""
        await self.services.sync.sync_orgs()()

    async def usage(self) -> list:
        return await sessions_of(self.services.stores.ledger(), self.org.id)

    async def open_sessions(self) -> int:
        leases = self.services.stores.leases()
        return len(await leases.open(self.org.id, at=self.services.stores.clock().now()))


@asynccontextmanager
async def gateway(
    settings: Settings = MEMORY,
    limits: Limits | None = None,
    *,
    is_engine: bool = False,
    **instead: FileEngine | LiveEngine,
) -> AsyncIterator[Gateway]:
    """
    Args:
        instead: A `file_engine` or a `live_engine` instead of that of the settings.
    """
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(
            aldea(settings, {Part.GATEWAY}, is_engine=is_engine, **instead)
        )
        org = await services.identity.create_org()("Acme", limits)
        _, secret = await services.identity.create_key()(org.id, KeyDraft("key"))
        await services.sync.sync_org()(org.id)
        port = await stack.enter_async_context(
            serving(make_app(services), "127.0.0.1", 0, bounds=connection_bounds(settings))
        )
        yield Gateway(services, org, secret.reveal(), port, services.gateway)


@asynccontextmanager
async def relaying_gateway(
    settings: Settings = MEMORY,
    limits: Limits | None = None,
) -> AsyncIterator[Gateway]:
    """A gateway before an engine of ours: streams are relayed frame by frame."""
    engine_settings = attrs.evolve(
        MEMORY,
        engine_token="between-us",
        lead_seconds=1e6,
        messages_per_second=1e6,
        bundled_capacity=settings.bundled_capacity,
    )
    async with gateway(engine_settings, is_engine=True) as behind:
        url = (behind.url,)
        before = attrs.evolve(
            settings,
            ws_engines=url,
            file_engines=url,
            engine_token="between-us",
            engine_capacity=10_000,
        )
        async with gateway(before, limits) as front:
            yield attrs.evolve(front, engine=behind.services.gateway)


@asynccontextmanager
async def gateway_before_foreign(
    settings: Settings = MEMORY,
    limits: Limits | None = None,
) -> AsyncIterator[Gateway]:
    """A gateway before a foreign engine: streams are relayed, and results adapted."""
    async with foreign_engine(capacity=settings.bundled_capacity) as engine:
        before = attrs.evolve(settings, ws_engines=(engine.url,), engine_capacity=10_000)
        async with gateway(before, limits) as front:
            yield attrs.evolve(front, engine=engine)


PATHS = {
    "message by message": gateway,
    "frame by frame": relaying_gateway,
    "frame by frame to another's": gateway_before_foreign,
}
