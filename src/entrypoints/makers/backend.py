"""How the backend is made."""

from collections.abc import Callable, Sequence

import aiohttp

from adapters.gpu_http.probes import HttpProbes
from adapters.gpu_http.target import Target
from adapters.memory.probes import MemoryProbes
from aldea_core.ports.accounts import Accounts, OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.members import Members
from aldea_core.ports.probes import Probes
from aldea_core.ports.randomness import Randomness
from aldea_core.use_cases.access.sign_in import FindSignedIn
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from entrypoints.backend.app import Backend, Neighbour, Topic
from entrypoints.backend.deepgram.dialect import DeepgramDialect
from entrypoints.backend.dialects import Api, OwnDialect
from entrypoints.backend.dispatch import Dispatcher
from entrypoints.backend.door import Door
from entrypoints.backend.effect import Effect
from entrypoints.backend.routes import Route
from entrypoints.settings import Settings
from entrypoints.web.metrics import Metrics


def door(
    *,
    settings: Settings,
    find_signed_in: FindSignedIn,
    accounts: Accounts,
    members: Members,
    clock: Clock,
) -> Door:
    return Door(find_signed_in, accounts, members, clock, settings.forwarded_by)


def effect(
    *,
    redis: object | None,
    accounts: Accounts,
    org_pages: OrgPages,
    clock: Clock,
    keystore: Keystore,
    sync_org: SyncOrg,
) -> Effect:
    return Effect(accounts, org_pages, clock, keystore, sync_org if redis is None else None)


def probes(
    *, settings: Settings, engine_client: Callable[[], aiohttp.ClientSession], clock: Clock
) -> Probes:
    targets: dict[Target, tuple[str, ...]] = {}
    for purpose, urls in (("live", settings.ws_engines), ("file", settings.file_engines)):
        for url in urls:
            target = Target.parse(url, settings.engine_token)
            targets[target] = (*targets.get(target, ()), purpose)
    return HttpProbes(targets, engine_client, clock) if targets else MemoryProbes()


def backend(
    *,
    settings: Settings,
    topics: Sequence[Topic],
    deepgram_topics: Sequence[Topic],
    neighbours: Sequence[Neighbour],
    dispatch: Dispatcher,
    randomness: Randomness,
    clock: Clock,
    metrics: Metrics,
) -> Backend:
    own = Api(OwnDialect(), _routes(topics))
    others = [Api(DeepgramDialect(), _routes(deepgram_topics))]
    origins = settings.dashboard_origins
    return Backend(own, others, dispatch, randomness, clock, metrics, origins, neighbours)


def _routes(topics: Sequence[Topic]) -> list[Route]:
    return [route for topic in topics for route in topic.routes()]
