"""Leases of all gateways. An admission is one script, on keys of the org's slot."""

import asyncio
import binascii

from collections.abc import AsyncIterator, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import final

from typing_extensions import override

from adapters.redis.admission import SETS, admission_args, decision_of, limited_key, meters_text
from adapters.redis.client import RedisClient, Script, ScriptCall, redis_errors_as_ours, run_all
from adapters.redis.clock_skew import ClockSkew
from adapters.redis.keystore import mirror_key
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
_INDEXES = 16
_NOTE_EVERY = timedelta(seconds=30)
_QUIET = timedelta(hours=1)
_BOUNDLESS = -1
_AT_ONCE = 16
_LAPSED_BATCH = 500
_ORGS_BATCH = 500


@lru_cache(4096)
def live_keys(org: OrgId) -> tuple[str, ...]:
    """The keys of an org's live state, in the order in which the scripts expect them."""
    return tuple(f"live:{{{org}}}:{part}" for part in _PARTS)


@lru_cache(4096)
def _admission_keys(org: OrgId, day: date) -> tuple[str, ...]:
    return (*live_keys(org), mirror_key(org), refusals_key(org, day_of(day)))


def _index_key(number: int) -> str:
    return f"live:orgs:{{{number}}}"


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
        self._noted: dict[OrgId, datetime] = {}
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
        is_noted = self._is_noted(org, now)
        if not is_noted:
            now = await self._now(at)
        args = admission_args(lease, entitlements, now, lease.expires + self._skew.ahead)
        asked = _ADMIT(self._client, _admission_keys(org, now.date()), args)
        if is_noted:
            found = await asked
        else:
            # Both run at once: a new lease cannot lapse before the index names its org.
            found, _ = await asyncio.gather(asked, self._note(org, now))
        return decision_of(found, lease, entitlements, now)

    async def _now(self, at: datetime) -> datetime:
        """*at* by the clock of Redis."""
        await self._skew.measure(at)
        return at + self._skew.ahead

    def _is_noted(self, org: OrgId, at: datetime) -> bool:
        return abs(at - self._noted.get(org, EPOCH)) < _NOTE_EVERY

    async def _note(self, org: OrgId, at: datetime) -> None:
        """
        Enters the org in the index of orgs with leases, which settling of lapsed leases reads.
        Written at most every `_NOTE_EVERY` per org. The index may be on another node than the org:
        while that node is away, the org's sessions go on, and the next command tries again.
        """
        if self._is_noted(org, at):
            return
        index = _index_key(_number(org))
        self._noted[org] = at  # set before the await: concurrent calls skip the write
        try:
            await self._client.ask(index, "ZADD", index, micros(at), org)
        except BaseException as error:
            self._noted.pop(org, None)
            if not isinstance(error, Unavailable):
                raise

    @override
    async def renew(
        self,
        renewals: Sequence[Renewal],
        *,
        at: datetime,
    ) -> Sequence[Renewed | Killed]:
        at = await self._now(at)
        by_org: dict[OrgId, list[int]] = {}
        for n, renewal in enumerate(renewals):
            by_org.setdefault(renewal.lease.org, []).append(n)
        answers: dict[int, Renewed | Killed] = {}

        async def renew_org(org: OrgId, places: Sequence[int]) -> None:
            async with self._room:
                await self._note(org, at)
                theirs = [renewals[n] for n in places]
                for n, answer in zip(places, await self._renew(org, theirs, at), strict=True):
                    answers[n] = answer

        await asyncio.gather(*(renew_org(org, places) for org, places in by_org.items()))
        return [answers[n] for n in range(len(renewals))]

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
        async for _, orgs in self._noted_orgs():
            for texts in await self._leases(orgs, at, "open"):
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
        return sum(await run_all(self._client, calls))

    @override
    async def lapsed(self, *, at: datetime) -> Sequence[Lease]:
        at, found = await self._now(at), list[Lease]()
        async for index, orgs in self._noted_orgs():
            answers = await self._leases(orgs, at, "lapsed")
            found += [lease for texts in answers for lease in leases_of(texts)]
            quiet = [
                org
                for (org, noted), texts in zip(orgs.items(), answers, strict=True)
                if not texts and at - moment(noted) > _QUIET
            ]
            if quiet:
                await self._client.ask(index, "ZREM", index, *quiet)
            if len(found) >= _LAPSED_BATCH:
                return found
        return found

    @override
    async def refusals(self, *, at: datetime) -> Sequence[Refusals]:
        at, found = await self._now(at), list[Refusals]()
        async for _, orgs in self._noted_orgs():
            found += await read_refusals(self._client, orgs, at)
        return found

    @override
    async def settle(self, leases: Sequence[Lease]) -> None:
        by_org: dict[OrgId, list[SessionId]] = {}
        for lease in leases:
            by_org.setdefault(lease.org, []).append(lease.session)
        for org, sessions in by_org.items():
            await _SETTLE(self._client, live_keys(org), sessions)

    async def _noted_orgs(self) -> AsyncIterator[tuple[str, Mapping[OrgId, int]]]:
        """The orgs of the indexes, some at a time: the name of their index, and when each was noted."""
        for number in range(_INDEXES):
            index = _index_key(number)
            with redis_errors_as_ours():
                orgs = await self._client.connection.zrange(index, 0, -1, withscores=True)
            for begin in range(0, len(orgs), _ORGS_BATCH):
                yield index, {OrgId(org): int(at) for org, at in orgs[begin : begin + _ORGS_BATCH]}

    async def _leases(self, orgs: Iterable[OrgId], at: datetime, which: str) -> list[list[str]]:
        """The texts of each org's leases that are open, or that have lapsed."""
        asked = [micros(at), which]
        return await run_all(
            self._client, [ScriptCall(_LEASES, live_keys(org), asked) for org in orgs]
        )


def _number(org: OrgId) -> int:
    return binascii.crc32(org.encode()) % _INDEXES
