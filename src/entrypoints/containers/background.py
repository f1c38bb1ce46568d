"""The background work of a process's parts."""

import asyncio

from collections.abc import Mapping

from adapters.spool.usage import SpooledUsageLog
from aldea_core.domain.billing.usage import UsageRecord
from entrypoints.containers.services import Services
from entrypoints.runtime.jobs import Work, tasks
from entrypoints.runtime.periodic import Part, PeriodicTask


def tasks_of(services: Services) -> list[PeriodicTask]:
    """The jobs of all parts of *services*, with their work."""
    works = {Part.GATEWAY: _gateway, Part.BACKEND: _backend, Part.LAPTOP: _laptop}
    return [
        task
        for part, works_of in works.items()
        if part in services.parts
        for task in tasks(part, services.settings, works_of(services))
    ]


def _gateway(services: Services) -> Mapping[str, Work | None]:
    gateway, is_engine = services.gateway, services.stores.is_engine()
    usage = gateway.usage()
    return {
        "deliver": usage.deliver if isinstance(usage, SpooledUsageLog) else None,
        "protect": gateway.protect_task(),
        "invalidations": None if is_engine else gateway.invalidation_listener().follow,
        "emf": gateway.emf_report() if services.settings.emf_seconds and not is_engine else None,
    }


def _backend(services: Services) -> Mapping[str, Work | None]:
    identity, notifications = services.identity, services.notifications
    return {
        "emails": identity.send_emails(),
        "forget": identity.delete_expired(),
        "engines": services.operators.sample_engines(),
        "events": notifications.dispatch_events(),
        "webhooks": notifications.deliver_webhooks(),
    }


def _laptop(services: Services) -> Mapping[str, Work | None]:
    sync, billing, is_local = services.sync, services.billing, services.stores.redis() is None
    has_spool = bool(services.settings.spool_dir) and Part.GATEWAY in services.parts
    return {
        "checkpoint": _keep(services) if is_local and has_spool else None,
        "copy": sync.sync_orgs(),
        "drain": None if is_local else services.metering.drain_usage(),
        "settle": services.metering.settle_lapsed(),
        "refusals": billing.record_refusals(),
        "uses": services.metering.record_key_uses(),
        "caps": billing.fit_caps(),
        "invoices": services.invoicing.make_due_invoices(),
        "alerts": services.invoicing.watch_usage(),
        "keys": services.notifications.watch_keys(),
    }


def _keep(services: Services) -> Work:
    """
    Leases are in this process's memory, so their usage is checkpointed to disk in case it is
    killed.
    """
    running, checkpoints = services.gateway.running(), services.gateway.checkpoints()
    clock = services.stores.clock()

    async def keep() -> None:
        now = clock.now()
        leases = [lease for lease in running.leases() if lease.audio_ms]
        records = [UsageRecord.checkpoint(lease, at=now) for lease in leases]
        await asyncio.to_thread(checkpoints.keep, records)

    return keep
