"""Factories for the backend API."""

from collections.abc import Callable, Sequence

import aiohttp

from adapters.gpu_http.probes import HttpProbes
from adapters.gpu_http.target import Target
from adapters.invoice_pdf.printer import InvoicePrinter
from adapters.memory.probes import MemoryProbes
from aldea_core.ports.accounts import Accounts, OrgPages
from aldea_core.ports.clock import Clock
from aldea_core.ports.keystore import Keystore
from aldea_core.ports.probes import Probes
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.samples import Samples
from aldea_core.ports.tracing import Tracer
from aldea_core.use_cases.sync.sync_orgs import SyncOrg
from entrypoints.backend.app import BackendApp, SubApi
from entrypoints.backend.deepgram.dialect import DeepgramDialect
from entrypoints.backend.pipeline.dialects import ApiRoutes, OwnDialect
from entrypoints.backend.pipeline.dispatch import Dispatcher
from entrypoints.backend.pipeline.effect import Effect
from entrypoints.backend.pipeline.routes import Resource, Route
from entrypoints.runtime.metrics import Metrics
from entrypoints.settings import Settings


def effect(
    *,
    redis: object | None,
    accounts: Accounts,
    org_pages: OrgPages,
    clock: Clock,
    keystore: Keystore,
    sync_org: SyncOrg,
    samples: Samples,
) -> Effect:
    own_sync = sync_org if redis is None else None
    return Effect(accounts, org_pages, clock, keystore, own_sync, samples)


def probes(
    *, settings: Settings, get_engine_client: Callable[[], aiohttp.ClientSession], clock: Clock
) -> Probes:
    targets: dict[Target, tuple[str, ...]] = {}
    for purpose, urls in (("live", settings.ws_engines), ("file", settings.file_engines)):
        for url in urls:
            target = Target.parse(url, settings.engine_token)
            targets[target] = (*targets.get(target, ()), purpose)
    return HttpProbes(targets, get_engine_client, clock) if targets else MemoryProbes()


def backend(
    *,
    settings: Settings,
    account_resources: Sequence[Resource],
    org_resources: Sequence[Resource],
    billing_resources: Sequence[Resource],
    platform_resources: Sequence[Resource],
    deepgram_resources: Sequence[Resource],
    sub_apis: Sequence[SubApi],
    dispatch: Dispatcher,
    randomness: Randomness,
    clock: Clock,
    metrics: Metrics,
    tracer: Tracer,
) -> BackendApp:
    resources = [*account_resources, *org_resources, *billing_resources, *platform_resources]
    own = ApiRoutes(OwnDialect(), _routes(resources))
    others = [ApiRoutes(DeepgramDialect(), _routes(deepgram_resources))]
    origins, url = settings.dashboard_origins, settings.public_backend_url
    return BackendApp(
        own, others, dispatch, randomness, clock, metrics, origins, sub_apis, tracer, url
    )


def _routes(resources: Sequence[Resource]) -> list[Route]:
    return [route for resource in resources for route in resource.routes()]


def printer(*, settings: Settings) -> InvoicePrinter:
    return InvoicePrinter(settings.seller, settings.invoice_fonts)
