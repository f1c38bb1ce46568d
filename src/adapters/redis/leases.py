"""Leases of all gateways. An admission is one script, on keys of the org's slot."""

import asyncio

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import final

from typing_extensions import override

from adapters.redis.admission import SETS, admission_args, decision_of, limited_key, meters_text
from adapters.redis.client import RedisClient, Script, ScriptCall, run_all
from adapters.redis.clock_skew import ClockSkew
from adapters.redis.damage import is_intact
from adapters.redis.keystore import mirror_key
from adapters.redis.noted_orgs import NotedOrgs
from adapters.redis.refusal_counts import read_refusals, refusals_key
from adapters.redis.rows import EPOCH, MICROSECOND, micros, moment
from adapters.redis.usage_rows import lease_text, leases_of
from aldea_core.domain.access.limits import (
    Admitted,
    Entitlements,
    Refused,
)
from aldea_core.domain.access.meters import day_of, last_month_of, meter_of_key, month_of
from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.ids import KeyId, OrgId, SessionId
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.leases import (
    Damaged,
    Killed,
    LeaseCounts,
    Leases,
    Outdated,
    Peak,
    Renewal,
    Renewed,
)


_ADMIT = Script.load("sweep", "admit")
_RENEW = Script.load("sweep", "renew")
_RELEASE = Script.load("sweep", "release")
_LEASES = Script.load("sweep", "leases")
_COUNTS = Script.load("sweep", "counts")
_KILL = Script.load("kill")
_RAISE = Script.load("raise")
_SETTLE = Script.load("sweep", "settle")

_PARTS = ("leases", "live", "file", "lapsed", "audio", "meter", "rate", "killed", "ended", "held")
_QUIET = timedelta(hours=1)
_BOUNDLESS = -1
_AT_ONCE = 16
_LAPSED_BATCH = 500


@lru_cache(4096)
def live_keys(org: OrgId) -> tuple[str, ...]:
    """The keys of an org's live state, in the order in which the scripts expect them."""
    return tuple(f"live:{{{org}}}:{part}" for part in _PARTS)


@lru_cache(4096)
def _admission_keys(org: OrgId, day: date) -> tuple[str, ...]:
    return (*live_keys(org), mirror_key(org), refusals_key(org, day_of(day)))


@final
class RedisLeases(Leases):
    """
    Args:
        skew: By how much times are changed before they are compared in Redis, so that gateways whose
            clocks differ agree on when a lease expires. What a lease says of itself is not changed.
    """

    def __init__(self, client: RedisClient, skew: ClockSkew | None = None) -> None:
        self._client = client
        self._skew = skew or ClockSkew(None)
        self._noted = NotedOrgs(client)
        self._room = asyncio.Semaphore(_AT_ONCE)

    @override
    def shard(self, org: OrgId) -> Hashable:
        return self._client.node(mirror_key(org))

    @override
    async def admit(
        self, lease: Lease, entitlements: Entitlements, *, at: datetime
    ) -> Admitted | Refused | Outdated:
        org = lease.key.org
        now = at + self._skew.ahead
        is_noted = self._noted.has(org, now)
        if not is_noted:
            now = await self._now(at)
        args = admission_args(lease, entitlements, now, lease.expires + self._skew.ahead)
        asked = _ADMIT(self._client, _admission_keys(org, now.date()), args)
        if is_noted:
            found = await asked
        else:
            # Both run at once: a new lease cannot lapse before the index names its org.
            found, _ = await asyncio.gather(asked, self._noted.note(org, now))
        return decision_of(found, lease, entitlements, now)

    async def _now(self, at: datetime) -> datetime:
        """*at* by the clock of Redis."""
        await self._skew.measure(at)
        return at + self._skew.ahead

    @override
    async def renew(
        self,
        renewals: Sequence[Renewal],
        *,
        at: datetime,
    ) -> Sequence[Renewed | Killed | Damaged]:
        at = await self._now(at)
        by_org: dict[OrgId, list[int]] = {}
        for n, renewal in enumerate(renewals):
            by_org.setdefault(renewal.lease.org, []).append(n)
        answers: dict[int, Renewed | Killed | Damaged] = {}

        async def renew_org(org: OrgId, places: Sequence[int]) -> None:
            async with self._room:
                await self._noted.note(org, at)
                theirs = await self._renew_if_intact(org, [renewals[n] for n in places], at)
                answers.update(zip(places, theirs, strict=True))

        await asyncio.gather(*(renew_org(org, places) for org, places in by_org.items()))
        return [answers[n] for n in range(len(renewals))]

    async def _renew_if_intact(
        self, org: OrgId, renewals: Sequence[Renewal], at: datetime
    ) -> Sequence[Renewed | Killed | Damaged]:
        try:
            return await self._renew(org, renewals, at)
        except Unavailable as error:
            if is_intact(error.__cause__, org_id=org):
                raise
            return [Damaged()] * len(renewals)

    async def _renew(
        self,
        org: OrgId,
        renewals: Sequence[Renewal],
        at: datetime,
    ) -> list[Renewed | Killed]:
        quota_ms = renewals[0].entitlements.limits.quota_ms
        args = [
            part
            for lease in (renewal.lease for renewal in renewals)
            for part in (
                lease.session,
                SETS[lease.kind],
                micros(lease.expires + self._skew.ahead),
                lease.audio_ms,
                lease_text(lease),
                month_of(lease.started),
                lease.wanted_ms,
                limited_key(lease),
                meters_text(lease),
            )
        ]
        keys, quota = live_keys(org), "" if quota_ms is None else quota_ms
        found = iter(await _RENEW(self._client, keys, [micros(at), quota, *args]))
        return [
            Killed()
            if used < 0
            else Renewed(
                used,
                None if granted == _BOUNDLESS else granted,
                renewal.lease.meters[which - 1].reason if which else None,
            )
            for renewal, used, granted, which in zip(renewals, found, found, found, strict=True)
        ]

    @override
    async def release(self, lease: Lease, *, audio_ms: int, at: datetime) -> None:
        # The skew was measured when it was admitted or renewed.
        now = (at + self._skew.ahead - EPOCH) // MICROSECOND
        args = [now, month_of(lease.started), lease.session, audio_ms, SETS[lease.kind]]
        if lease.key.limits is not None:
            args += [lease.key.id, meters_text(lease)]
        await _RELEASE(self._client, live_keys(lease.key.org), args)

    @override
    async def open(self, org: OrgId, *, at: datetime) -> Sequence[Lease]:
        texts = await _LEASES(self._client, live_keys(org), [micros(await self._now(at)), "open"])
        return sorted(leases_of(texts), key=lambda lease: lease.started)

    @override
    async def open_of_all(self, *, at: datetime, limit: int) -> Sequence[Lease]:
        at, found = await self._now(at), list[Lease]()
        async for _, orgs in self._noted.pages():
            for texts in (await self._leases(orgs, at, "open")).values():
                found += leases_of(texts)
        return sorted(found, key=lambda lease: lease.started)[:limit]

    @override
    async def counts(self, org: OrgId, *, at: datetime) -> LeaseCounts:
        at = await self._now(at)
        asked = [micros(at), month_of(at), last_month_of(at)]
        live, files, used_ms, *peaks = await _COUNTS(self._client, live_keys(org), asked)
        return LeaseCounts(live, files, used_ms, Peak(*peaks[:2]), Peak(*peaks[2:]))

    @override
    async def kill(self, org: OrgId, session: SessionId) -> bool:
        return bool(await _KILL(self._client, live_keys(org), [session]))

    @override
    async def raise_used(
        self,
        used: Mapping[OrgId, int],
        by_key: Mapping[tuple[OrgId, KeyId], int] | None = None,
        *,
        at: datetime,
    ) -> int:
        month = month_of(at)
        calls = [
            ScriptCall(_RAISE, [f"live:{{{org}}}:meter"], [month, used_ms])
            for org, used_ms in used.items()
        ]
        calls += [
            ScriptCall(
                _RAISE, [f"live:{{{org}}}:meter:{meter_of_key(month, key)}"], ["used", used_ms]
            )
            for (org, key), used_ms in (by_key or {}).items()
        ]
        raised = await run_all(self._client, calls, keep_damage=True)
        return sum(one for one in raised if is_intact(one))

    @override
    async def lapsed(self, *, at: datetime) -> Sequence[Lease]:
        at, found = await self._now(at), list[Lease]()
        async for index, orgs in self._noted.pages():
            texts_of = await self._leases(orgs, at, "lapsed")
            found += [lease for texts in texts_of.values() for lease in leases_of(texts)]
            quiet = (
                org
                for org, texts in texts_of.items()
                if not texts and at - moment(orgs[org]) > _QUIET
            )
            await self._noted.forget(index, quiet)
            if len(found) >= _LAPSED_BATCH:
                return found
        return found

    @override
    async def refusals(self, *, at: datetime) -> Sequence[Refusals]:
        at, found = await self._now(at), list[Refusals]()
        async for _, orgs in self._noted.pages():
            found += await read_refusals(self._client, orgs, at)
        return found

    @override
    async def settle(self, leases: Sequence[Lease]) -> None:
        by_org: dict[OrgId, list[SessionId]] = {}
        for lease in leases:
            by_org.setdefault(lease.org, []).append(lease.session)
        calls = [ScriptCall(_SETTLE, live_keys(org), theirs) for org, theirs in by_org.items()]
        settled = await run_all(self._client, calls, keep_damage=True)
        for org, reply in zip(by_org, settled, strict=True):
            is_intact(reply, org_id=org)

    async def _leases(
        self, orgs: Iterable[OrgId], at: datetime, which: str
    ) -> dict[OrgId, list[str]]:
        """
        The texts of the leases of each of *orgs* that are open, or that have lapsed; without orgs whose
        data are damaged.
        """
        asked = [micros(at), which]
        calls = [ScriptCall(_LEASES, live_keys(org), asked) for org in orgs]
        answers = await run_all(self._client, calls, keep_damage=True)
        return {
            org: texts
            for org, texts in zip(orgs, answers, strict=True)
            if is_intact(texts, org_id=org)
        }
