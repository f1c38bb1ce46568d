"""Sessions over their whole life: opened, renewed, closed, or settled for a dead gateway."""

from datetime import timedelta

import attrs
import pytest

from tests.contract.values import ORG, known_key, snapshot
from tests.servers.away import Away
from tests.servers.ledgers import sessions_of

from adapters.memory.clock import ManualClock
from adapters.memory.keystore import MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.usage import DirectUsageLog, MemoryUsageLedger
from aldea_core.domain.access.callers import Caller
from aldea_core.domain.access.key_limits import NO_LIMITS, KeyLimits, TokenAudio
from aldea_core.domain.access.limits import (
    Entitlements,
    LimitName,
    Limits,
    OrgStatus,
    Refused,
    SessionKind,
)
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import SessionId, TaskId
from aldea_core.domain.live.endings import Ending
from aldea_core.domain.live.leases import Lease
from aldea_core.ports.keystore import Unreadable
from aldea_core.ports.leases import Damaged, Renewal
from aldea_core.use_cases.billing.settle_lapsed import SettleLapsed
from aldea_core.use_cases.live.close_session import CloseSession, Outcome
from aldea_core.use_cases.live.extend_lease import ExtendLease
from aldea_core.use_cases.live.open_session import LEASE_LIFE, OpenedSession, OpenSession
from aldea_core.use_cases.live.renew_sessions import RenewSessions, UsedUp


KEY = known_key()


async def used_up(world, lease) -> tuple[Ending, int | None]:
    """Why a renewal grants no more, and all that it has granted; None if the limit is new."""
    (answer,) = await world.renew([lease])
    assert isinstance(answer, UsedUp)
    return answer.ending, answer.lease.granted_ms


class World:
    """One gateway's use cases over stores that can go away."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.ledger = MemoryUsageLedger()
        self.usage = Away(DirectUsageLog(self.ledger))
        self.leases = Away(MemoryLeases())
        self.mirror = MemoryKeystore()
        self.keystore = Away(self.mirror)
        self.offline = offline = MemoryLeases()
        self.open = OpenSession(self.leases, offline, self.clock, TaskId("task"), offline_cap=2)
        extend = ExtendLease(self.keystore, self.leases, self.clock)
        self.close = CloseSession(self.leases, offline, self.usage, self.clock, extend)
        self.renew = RenewSessions(self.keystore, self.leases, offline, self.clock)
        self.settle = SettleLapsed(self.leases, self.usage, self.clock)

    def caller(self, **limits) -> Caller:
        return Caller(KEY, Entitlements(Limits(**limits)))

    async def opened(self, session: str = "s1", **limits):
        answer = await self.open(
            self.caller(**limits), SessionKind.LIVE, SessionId(session), 10_000
        )
        return answer.lease if isinstance(answer, OpenedSession) else answer

    async def count(self) -> int:
        return len(await self.leases.open(ORG, at=self.clock.now()))


@pytest.fixture
async def world():
    made = World()
    await made.mirror.put(snapshot(1, KEY))
    return made


class TestOpening:
    async def test_opening_takes_a_lease(self, world):
        """
        It expires a lease's duration from now.
        """
        lease = await world.opened()

        assert lease.expires - lease.started == LEASE_LIFE
        assert lease.started == world.clock.now()
        assert await world.count() == 1

    async def test_refusal_names_the_limit(self, world):
        """
        No lease is taken.
        """
        await world.opened(concurrent_live=1)

        assert await world.opened("s2", concurrent_live=1) == Refused(
            LimitName.CONCURRENT_LIVE, 1, 1, retry_after=1
        )

    async def test_few_sessions_open_while_leases_are_away(self, world):
        """
        Counted in this process alone; beyond the cap the error names the outage.
        """
        world.leases.is_away = True

        for session in ("s1", "s2"):
            assert not isinstance(await world.opened(session), Refused)
        refused = await world.opened("s3")

        assert (refused.name, refused.limit) == (LimitName.OFFLINE_CAP, 2)
        assert refused.retry_after == 5

    async def test_a_smaller_limit_than_the_cap_holds_while_away(self, world):
        """
        Under its own name.
        """
        world.leases.is_away = True
        await world.opened(concurrent_live=1)

        assert (await world.opened("s2", concurrent_live=1)).name is LimitName.CONCURRENT_LIVE

    @pytest.mark.parametrize(
        "limits",
        [{"concurrent_live": 2}, {"requests_per_minute": 2, "request_burst": 1}],
        ids=lambda limits: next(iter(limits)),
    )
    async def test_a_limit_that_is_as_the_cap_keeps_its_name_while_away(self, world, limits):
        """
        What refuses then is not the outage, and waiting for its end does not help.
        """
        world.leases.is_away = True
        answers = [await world.opened(session, **limits) for session in ("s1", "s2", "s3")]

        assert (answers[-1].name.code, answers[-1].limit) == (next(iter(limits)), 2)

    async def test_cap_holds_while_the_orgs_leases_are_damaged(self, world):
        """
        Its sessions go on.
        """
        world.leases.is_away = True
        leases = [await world.opened(session) for session in ("s1", "s2")]

        class Broken(MemoryLeases):
            async def renew(self, renewals, *, at):
                return [Damaged()] * len(renewals)

        renew = RenewSessions(world.keystore, Broken(), world.offline, world.clock)
        for _ in range(4):
            world.clock.advance(20)
            leases = await renew(leases)
        assert [type(lease) for lease in leases] == [Lease, Lease]
        assert isinstance(await world.opened("s3"), Refused)

    async def test_places_taken_while_away_are_freed(self, world):
        """
        When the session ends, whether or not the store has returned.
        """
        world.leases.is_away = True
        leases = [await world.opened(session) for session in ("s1", "s2")]
        await world.close(leases[0], Outcome(0, 1000))
        assert not isinstance(await world.opened("s3"), Refused)

    async def test_cap_holds_however_long_the_store_is_away(self, world):
        """
        Sessions that go on keep their places, and free them at their ends.
        """
        world.leases.is_away = True
        leases = [await world.opened(session) for session in ("s1", "s2")]
        for _ in range(4):
            world.clock.advance(20)
            leases = await world.renew(leases)
        assert isinstance(await world.opened("s3"), Refused)

        for lease in leases:
            await world.close(lease, Outcome(0, 1000))
        assert not isinstance(await world.opened("s3"), Refused)


class TestClosing:
    async def test_closing_records_usage_and_frees_the_place(self, world):
        """
        With all fields of the outcome.
        """
        lease = await world.opened()
        world.clock.advance(12)
        lease = attrs.evolve(lease, key=attrs.evolve(lease.key, tags=("of the key",)))
        outcome = Outcome(11_500, 1000, 2, "model", "en", ("tag",))

        record = await world.close(lease, outcome)

        assert await sessions_of(world.ledger, ORG) == [record]
        assert (record.audio_ms, record.channels) == (11_500, 2)
        assert record.ended - record.started == timedelta(seconds=12)
        assert (record.model, record.language) == ("model", "en")
        assert record.tags == ("tag", "of the key")
        assert record.final
        assert await world.count() == 0
        assert (await world.leases.counts(ORG, at=world.clock.now())).used_ms == 11_500

    async def test_no_session_ends_before_it_began(self, world):
        """
        Also if the clock was set back meanwhile.
        """
        lease = await world.opened()
        world.clock.at -= timedelta(hours=1)

        record = await world.close(lease, Outcome(11_500, 1000))

        assert record.ended == record.started
        assert await world.count() == 0

    async def test_session_of_a_dead_gateway_is_recorded_with_its_own_tags(self, world):
        """
        By which resellers bill.
        """
        lease = await world.opened()
        lease = attrs.evolve(lease, key=attrs.evolve(lease.key, tags=("of the key",)))
        counted = lease.counted(4000, "en", "model", ("tag",))
        renewed = counted.renewed(until=world.clock.now() + LEASE_LIFE)
        await world.leases.renew([Renewal(renewed, Entitlements())], at=world.clock.now())
        world.clock.advance(60)
        await world.settle()

        (record,) = await sessions_of(world.ledger, ORG)
        assert (record.audio_ms, record.tags) == (4000, ("tag", "of the key"))

    async def test_closing_while_leases_are_away_records_usage(self, world):
        """
        The lease lapses by itself, and is not billed twice.
        """
        lease = await world.opened()
        world.leases.is_away = True
        await world.close(lease, Outcome(4000, 1000))
        world.leases.is_away = False
        world.clock.advance(60)
        await world.settle()

        assert [record.audio_ms for record in await sessions_of(world.ledger, ORG)] == [4000]


class TestBillingWithinAQuota:
    async def test_no_more_is_billed_than_the_quota_has(self, world):
        """
        Though more audio came before the quota's end was noticed.
        """
        await world.mirror.put(snapshot(2, KEY, quota_ms=12_000))
        lease = await world.opened(quota_ms=12_000)

        record = await world.close(lease, Outcome(15_000, 1000))

        assert record.audio_ms == 12_000
        assert (await world.leases.counts(ORG, at=world.clock.now())).used_ms == 12_000

    async def test_audio_beyond_the_reservation_is_billed_within_the_quota(self, world):
        await world.mirror.put(snapshot(2, KEY, quota_ms=60_000))
        lease = await world.opened(quota_ms=60_000)

        assert (await world.close(lease, Outcome(15_000, 1000))).audio_ms == 15_000
        assert (await world.opened("s2", quota_ms=60_000)).granted_ms == 10_000
        assert (await world.leases.counts(ORG, at=world.clock.now())).used_ms == 15_000

    async def test_audio_whose_words_were_withheld_is_free(self, world):
        """
        Though another session returns what it had reserved, before the stream has ended.
        """
        await world.mirror.put(snapshot(2, KEY, quota_ms=20_000))
        lease, other = [await world.opened(name, quota_ms=20_000) for name in ("s1", "s2")]
        (used_up,) = await world.renew([lease.counted(15_000)])
        assert used_up.lease.granted_ms == 10_000
        await world.close(other, Outcome(1000, 1000))

        record = await world.close(used_up.lease, Outcome(15_000, 4002))

        assert record.audio_ms == 10_000
        assert (await world.leases.counts(ORG, at=world.clock.now())).used_ms == 11_000

    async def test_all_audio_is_billed_while_the_store_is_away(self, world):
        """
        It was transcribed.
        """
        lease = await world.opened(quota_ms=12_000)
        world.leases.is_away = world.keystore.is_away = True

        assert (await world.close(lease, Outcome(15_000, 1000))).audio_ms == 15_000


class TestRenewing:
    async def test_renewal_extends_the_lease(self, world):
        """
        With its checkpoint.
        """
        lease = await world.opened()
        world.clock.advance(10)

        (renewed,) = await world.renew([attrs.evolve(lease, audio_ms=9000)])

        assert renewed.expires == world.clock.now() + LEASE_LIFE
        assert (await world.leases.counts(ORG, at=world.clock.now())).used_ms == 9000

    async def test_renewal_ends_on_a_revoked_key(self, world):
        """
        Without waiting for its cache entry to expire.
        """
        lease = await world.opened()
        await world.mirror.put(snapshot(2))

        assert list(await world.renew([lease])) == [Ending.KEY_REVOKED]

    async def test_renewal_ends_on_an_expired_key(self, world):
        lease = await world.opened()
        await world.mirror.put(snapshot(2, attrs.evolve(KEY, expires=world.clock.now())))

        assert list(await world.renew([lease])) == [Ending.KEY_REVOKED]

    async def test_unreadable_key_ends_no_session(self, world):
        """
        It goes on with the limits that it had; a suspended org still ends it.
        """

        class Damaged(MemoryKeystore):
            async def keys(self, hashes):
                return dict.fromkeys(hashes, Unreadable())

        damaged = Damaged()
        renew = RenewSessions(damaged, world.leases, MemoryLeases(), world.clock)
        lease = await world.opened()
        limited = attrs.evolve(lease, key=attrs.evolve(KEY, limits=KeyLimits(quota_ms=5000)))
        await damaged.put(snapshot(2, KEY))
        world.clock.advance(10)

        (renewed,) = await renew([limited.counted(4000)])
        assert renewed.expires == world.clock.now() + LEASE_LIFE
        assert (renewed.granted_ms, renewed.key) == (5000, limited.key)
        await damaged.put(snapshot(3, KEY, status=OrgStatus.SUSPENDED))
        assert list(await renew([renewed])) == [Ending.SUSPENDED]

    async def test_renewal_ends_on_a_suspended_org(self, world):
        """
        Also on a removed one.
        """
        lease = await world.opened()
        await world.mirror.put(snapshot(2, KEY, status=OrgStatus.SUSPENDED))
        assert list(await world.renew([lease])) == [Ending.SUSPENDED]

        await world.mirror.remove(ORG, 3)
        assert list(await world.renew([lease])) == [Ending.SUSPENDED]

    async def test_empty_store_ends_no_session(self, world):
        """
        Unknown keys were lost, not revoked.
        """
        lease = await world.opened()
        world.mirror._orgs.clear()
        world.mirror._keys.clear()

        (goes_on,) = await world.renew([lease])
        assert not isinstance(goes_on, Ending)

    async def test_renewal_ends_on_a_used_up_quota(self, world):
        """
        As soon as the meter reaches it.
        """
        lease = await world.opened()
        await world.mirror.put(snapshot(2, KEY, quota_ms=5000))

        (goes_on,) = await world.renew([attrs.evolve(lease, audio_ms=4999)])
        assert not isinstance(goes_on, Ending)
        assert await used_up(world, attrs.evolve(lease, audio_ms=5000)) == (Ending.QUOTA_USED, None)

    async def test_renewal_ends_on_a_reached_cap(self, world):
        """
        The reason is the cap, not the quota.
        """
        lease = await world.opened()
        await world.mirror.put(
            OrgSnapshot(ORG, Entitlements(Limits(quota_ms=0), version=2, is_capped=True), (KEY,))
        )

        assert await used_up(world, lease) == (Ending.CAP_REACHED, None)

    async def test_renewal_counts_by_the_limits_that_the_key_has_now(self, world):
        """
        A quota that was set meanwhile ends the session, and one that was removed does not.
        """
        lease = await world.opened()
        limited = attrs.evolve(KEY, limits=KeyLimits(quota_ms=5000))
        await world.mirror.put(snapshot(2, limited))
        (lease,) = await world.renew([lease.counted(4000)])
        assert (lease.granted_ms, lease.key.limits) == (5000, limited.limits)
        assert await used_up(world, lease.counted(7000)) == (Ending.KEY_QUOTA_USED, 5000)

        await world.mirror.put(snapshot(3, KEY))
        (lease,) = await world.renew([lease.counted(5000)])
        assert (lease.granted_ms, lease.key.limits) == (None, None)

    async def test_token_counts_whatever_limits_its_key_has(self, world):
        """
        Also none: the token's own audio ends the session.
        """
        lease = await world.opened()
        token = TokenAudio("token", 5000)
        of_token = attrs.evolve(KEY, limits=KeyLimits(1), token=token)
        lease = attrs.evolve(lease, key=of_token)

        (renewed,) = await world.renew([lease.counted(4000)])
        assert (renewed.granted_ms, renewed.key.limits) == (5000, NO_LIMITS)
        assert await used_up(world, renewed.counted(5000)) == (Ending.GRANT_USED, 5000)

    async def test_each_renewal_grants_the_next_stretch(self, world):
        """
        From all audio so far, as far as the quota goes.
        """
        await world.mirror.put(snapshot(2, KEY, quota_ms=25_000))
        lease = await world.opened(quota_ms=25_000)
        assert lease.granted_ms == 10_000

        granted = []
        for audio_ms in (3000, 14_000, 24_000):
            (lease,) = await world.renew([lease.counted(audio_ms)])
            granted.append(lease.granted_ms)
        assert granted == [13_000, 24_000, 25_000]

    async def test_removed_quota_ends_no_session(self, world):
        lease = await world.opened(quota_ms=25_000)
        await world.mirror.put(snapshot(2, KEY))

        (lease,) = await world.renew([lease])
        assert lease.granted_ms is None

    async def test_a_killed_session_ends(self, world):
        """
        On an operator's request.
        """
        lease = await world.opened()
        await world.leases.kill(ORG, lease.session)

        assert list(await world.renew([lease])) == [Ending.ENDED_BY_OWNER]

    async def test_renewals_are_answered_in_order(self, world):
        """
        Whatever the others' outcomes.
        """
        other = known_key("b")
        await world.mirror.put(snapshot(2, KEY))
        leases = [await world.opened(f"s{n}") for n in range(3)]
        leases[1] = attrs.evolve(leases[1], key=other)

        answers = await world.renew(leases)

        assert [isinstance(answer, Ending) for answer in answers] == [False, True, False]
        assert [answers[0].session, answers[2].session] == ["s0", "s2"]

    @pytest.mark.parametrize("store", ["keystore", "leases"])
    async def test_absent_store_ends_no_session(self, world, store):
        """
        The leases come back unchanged.
        """
        lease = await world.opened()
        getattr(world, store).is_away = True

        assert list(await world.renew([lease])) == [lease]


class TestSettling:
    async def test_a_dead_gateways_sessions_are_billed_from_their_checkpoints(self, world):
        """
        Once; a late final record replaces the checkpoint.
        """
        lease = await world.opened()
        await world.renew([attrs.evolve(lease, audio_ms=8000)])
        world.clock.advance(31)

        assert await world.settle() == 1
        assert await world.settle() == 0

        (record,) = await sessions_of(world.ledger, ORG)
        assert (record.audio_ms, record.final) == (8000, False)
        await world.close(lease, Outcome(9000, 1000))
        assert [kept.audio_ms for kept in await sessions_of(world.ledger, ORG)] == [9000]

    async def test_unrecorded_session_is_settled_again(self, world):
        await world.opened()
        world.clock.advance(31)
        world.usage.is_away = True
        with pytest.raises(Exception, match="unavailable"):
            await world.settle()
        world.usage.is_away = False

        assert await world.settle() == 1
