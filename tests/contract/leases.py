"""What every `Leases` promises."""

import asyncio

from datetime import timedelta

import attrs
import pytest

from tests.contract.values import (
    LIFE,
    NOW,
    ORG,
    OTHER_ORG,
    after,
    known_key,
    lease,
    snapshot,
)

from aldea_core.domain.access.limits import (
    Admitted,
    Entitlements,
    LimitName,
    Limits,
    OrgStatus,
    Refused,
    SessionKind,
)
from aldea_core.domain.ids import OrgId
from aldea_core.ports.leases import Killed, LeaseCounts, Outdated, Peak, Renewal, Renewed


UNBOUND = Entitlements(
    Limits(concurrent_live=1000, concurrent_files=1000, requests_per_minute=None)
)


def entitlements(**limits) -> Entitlements:
    return Entitlements(Limits(**{"requests_per_minute": None, **limits}))


def renewal(held, *, at, audio_ms: int, under: Entitlements = UNBOUND) -> Renewal:
    return Renewal(attrs.evolve(held, expires=at + LIFE, audio_ms=audio_ms), under)


class LeasesContract:
    """Subclasses give fixtures `leases` and `mirror`, the gateways' copy of orgs: both empty."""

    async def test_admitted_lease_is_open(self, leases):
        """
        With all its fields.
        """
        held = lease()

        assert await leases.admit(held, UNBOUND, at=NOW) == Admitted(1000, 999)
        assert list(await leases.open(ORG, at=NOW)) == [held]
        assert list(await leases.open(OTHER_ORG, at=NOW)) == []

    async def test_open_sessions_of_all_orgs(self, leases):
        """
        Oldest first, without expired ones, as many as asked for.
        """
        held = [lease("b", at=after(1), expires=after(99)), lease("a", org=OTHER_ORG)]
        for one in held:
            await leases.admit(one, UNBOUND, at=one.started)

        async def found(at, limit=9):
            return [one.session for one in await leases.open_of_all(at=at, limit=limit)]

        assert await found(after(2)) == ["a", "b"]
        assert await found(after(2), 1) == ["a"]
        assert await found(NOW + LIFE) == ["b"]
        await leases.release(held[0], audio_ms=0, at=after(40))
        assert await found(after(40)) == []

    async def test_counts_and_peaks(self, leases):
        """
        Peaks stay when sessions end, and are of the month in which sessions began.
        """
        none = LeaseCounts(0, 0, 0, Peak(), Peak())
        assert await leases.counts(ORG, at=NOW) == none
        held = [lease(f"s{n}") for n in range(3)]
        for one in held:
            await leases.admit(one, UNBOUND, at=NOW)
        await leases.admit(lease("file", kind=SessionKind.FILE), UNBOUND, at=NOW)
        await leases.admit(held[2], UNBOUND, at=NOW)  # a repetition
        await leases.release(held[0], audio_ms=500, at=NOW)
        await leases.admit(lease("s4"), entitlements(concurrent_live=2), at=NOW)  # refused

        assert await leases.counts(ORG, at=NOW) == LeaseCounts(2, 1, 500, Peak(3, 1), Peak())
        assert await leases.counts(OTHER_ORG, at=NOW) == none
        lapsed = await leases.counts(ORG, at=NOW + LIFE)
        assert lapsed == LeaseCounts(0, 0, 500, Peak(3, 1), Peak())
        month = timedelta(days=31)
        later = lease("later", at=NOW + month)
        await leases.admit(later, UNBOUND, at=NOW + month)
        next_month = await leases.counts(ORG, at=NOW + month)
        assert next_month == LeaseCounts(1, 0, 0, Peak(1, 0), Peak(3, 1))

    async def test_lease_beyond_the_limit_is_refused(self, leases):
        """
        The refusal has the limit, its value and the count.
        """
        under = entitlements(concurrent_live=2)
        for session in ("s1", "s2"):
            assert isinstance(await leases.admit(lease(session), under, at=NOW), Admitted)

        refused = await leases.admit(lease("s3"), under, at=NOW)

        assert refused == Refused(LimitName.CONCURRENT_LIVE, 2, 2, retry_after=1)
        assert len(await leases.open(ORG, at=NOW)) == 2

    async def test_outdated_entitlements_are_not_judged(self, leases, mirror):
        """
        Older or newer than the store's: no lease is taken, nothing is counted.
        """
        under = {"concurrent_live": 1, "requests_per_minute": 1, "request_burst": 1}
        await mirror.put(snapshot(2, **under))
        for version in (1, 3):
            other = snapshot(version, **under).entitlements
            assert await leases.admit(lease(), other, at=NOW) == Outdated()
        assert list(await leases.open(ORG, at=NOW)) == []

        known = snapshot(2, **under).entitlements
        assert isinstance(await leases.admit(lease(), known, at=NOW), Admitted)

    async def test_deleted_orgs_entitlements_are_outdated(self, leases, mirror):
        await mirror.put(snapshot(1))
        await mirror.remove(ORG, 2)

        assert await leases.admit(lease(), snapshot(1).entitlements, at=NOW) == Outdated()

    async def test_kinds_are_counted_apart(self, leases):
        """
        A live stream does not count as a file.
        """
        under = entitlements(concurrent_live=1, concurrent_files=1)
        await leases.admit(lease("live"), under, at=NOW)

        file = await leases.admit(lease("file", kind=SessionKind.FILE), under, at=NOW)
        another = await leases.admit(lease("another", kind=SessionKind.FILE), under, at=NOW)

        assert file == Admitted(1, 0)
        assert another == Refused(LimitName.CONCURRENT_FILES, 1, 1, retry_after=1)

    async def test_orgs_are_counted_apart(self, leases):
        """
        Sessions of one org refuse no session of another.
        """
        under = entitlements(concurrent_live=1)
        await leases.admit(lease("mine"), under, at=NOW)

        assert isinstance(
            await leases.admit(lease("theirs", org=OTHER_ORG), under, at=NOW), Admitted
        )

    async def test_release_frees_one_place(self, leases):
        under = entitlements(concurrent_live=1)
        await leases.admit(lease("s1"), under, at=NOW)
        await leases.release(lease("s1"), audio_ms=0, at=after(1))

        assert isinstance(await leases.admit(lease("s2"), under, at=after(1)), Admitted)
        assert isinstance(await leases.admit(lease("s3"), under, at=after(1)), Refused)

    async def test_place_that_becomes_free_is_taken_once(self, leases):
        """
        With a thousand sessions at their limit: of the clients that race for it one gets it.
        """
        held = [lease(f"held-{n}") for n in range(1000)]
        admitted = [await leases.admit(one, UNBOUND, at=NOW) for one in held]
        assert [answer.remaining for answer in admitted] == list(reversed(range(1000)))
        full = await leases.admit(lease("late"), UNBOUND, at=after(1))
        assert (full.name, full.count, full.limit) == (LimitName.CONCURRENT_LIVE, 1000, 1000)

        for freed in (1, 7):
            leaving, held = held[:freed], held[freed:]
            await asyncio.gather(*(leases.release(one, audio_ms=0, at=after(1)) for one in leaving))
            racing = [lease(f"racing-{freed}-{n}") for n in range(50)]
            answers = await asyncio.gather(
                *(leases.admit(one, UNBOUND, at=after(1)) for one in racing)
            )
            assert sum(isinstance(answer, Admitted) for answer in answers) == freed

        assert len(await leases.open(ORG, at=after(1))) == 1000

    async def test_release_is_idempotent(self, leases):
        """
        It frees one place and counts usage once.
        """
        held = lease(audio_ms=0)
        await leases.admit(held, UNBOUND, at=NOW)
        for _ in range(2):
            await leases.release(held, audio_ms=5000, at=after(1))

        assert (await leases.counts(ORG, at=after(1))).used_ms == 5000

    async def test_a_lease_that_is_not_renewed_lapses(self, leases):
        """
        At its expiry its place is free; until then it is not.
        """
        under = entitlements(concurrent_live=1)
        await leases.admit(lease("s1"), under, at=NOW)

        assert isinstance(await leases.admit(lease("s2"), under, at=after(29)), Refused)
        assert list(await leases.open(ORG, at=after(30))) == []
        assert isinstance(await leases.admit(lease("s3"), under, at=after(30)), Admitted)

    async def test_renewed_lease_outlives_its_first_expiry(self, leases):
        """
        With the new checkpoint.
        """
        held = lease()
        await leases.admit(held, UNBOUND, at=NOW)

        renewed = renewal(held, at=after(20), audio_ms=20_000)
        assert list(await leases.renew([renewed], at=after(20))) == [Renewed(20_000)]

        assert list(await leases.open(ORG, at=after(40))) == [renewed.lease]

    async def test_renewal_says_language_model_and_tags(self, leases):
        """
        Also where audio is corrected, of which the quota leaves less. A lapsed lease keeps them.
        """
        held, under = lease(), entitlements(quota_ms=1000)
        await leases.admit(held, under, at=NOW)
        known = attrs.evolve(held, language="pt-BR", model='a "model"', own_tags=("é", '"'))
        await leases.renew([renewal(known, at=NOW, audio_ms=3000, under=under)], at=NOW)

        (found,) = await leases.open(ORG, at=NOW)
        assert (found.language, found.model, found.audio_ms) == ("pt-BR", 'a "model"', 1000)
        (lapsed,) = await leases.lapsed(at=NOW + LIFE)
        assert (lapsed.language, lapsed.model) == ("pt-BR", 'a "model"')
        assert found.own_tags == lapsed.own_tags == ("é", '"')

    async def test_empty_renewal_is_a_no_op(self, leases):
        assert list(await leases.renew([], at=NOW)) == []

    async def test_batch_renewal_answers_in_order(self, leases):
        """
        Of several orgs.
        """
        held = [lease(f"s{n}", org=ORG if n % 2 else OTHER_ORG) for n in range(20)]
        for one in held:
            await leases.admit(one, UNBOUND, at=NOW)
        await leases.kill(ORG, held[7].session)

        answers = await leases.renew(
            [renewal(one, at=after(3), audio_ms=1000) for one in held], at=after(3)
        )

        assert [isinstance(answer, Killed) for answer in answers] == [n == 7 for n in range(20)]
        assert (await leases.counts(OTHER_ORG, at=after(3))).used_ms == 10_000
        assert (await leases.counts(ORG, at=after(3))).used_ms == 9_000

    async def test_meter_adds_the_difference_of_checkpoints(self, leases):
        """
        Each checkpoint has all audio so far.
        """
        held = lease()
        await leases.admit(held, UNBOUND, at=NOW)
        for audio_ms in (1000, 1000, 4000):
            await leases.renew([renewal(held, at=after(3), audio_ms=audio_ms)], at=after(3))
        await leases.release(held, audio_ms=4500, at=after(4))

        assert (await leases.counts(ORG, at=after(4))).used_ms == 4500

    async def test_months_are_counted_apart(self, leases):
        """
        Calendar months in UTC.
        """
        held = lease()
        await leases.admit(held, UNBOUND, at=NOW)
        await leases.release(held, audio_ms=7000, at=after(1))

        assert (await leases.counts(ORG, at=after(40 * 86_400))).used_ms == 0
        assert (await leases.counts(ORG, at=after(5))).used_ms == 7000

    async def test_reached_quota_refuses(self, leases):
        held = lease()
        under = entitlements(quota_ms=6000)
        await leases.admit(held, under, at=NOW)
        await leases.release(held, audio_ms=7000, at=after(1))

        refused = await leases.admit(lease("s2"), under, at=after(2))

        assert refused == Refused(LimitName.QUOTA, 6000, 7000)

    async def test_suspended_org_is_refused(self, leases):
        under = attrs.evolve(UNBOUND, status=OrgStatus.SUSPENDED)

        refused = await leases.admit(lease(), under, at=NOW)

        assert refused == Refused(LimitName.SUSPENSION, 0, 0)
        assert list(await leases.open(ORG, at=NOW)) == []

    async def test_rate_admits_a_burst_then_one_per_interval(self, leases):
        under = entitlements(requests_per_minute=60, request_burst=3)
        answers = [await leases.admit(lease(f"s{n}"), under, at=NOW) for n in range(4)]

        assert [isinstance(answer, Admitted) for answer in answers] == [True, True, True, False]
        assert answers[3] == Refused(
            LimitName.REQUESTS_PER_MINUTE, 60, 3, 1, burst=3, open=3, allowed=10
        )
        assert [round(answer.reset) for answer in answers[:3]] == [1, 2, 3]
        assert isinstance(await leases.admit(lease("s5"), under, at=after(1)), Admitted)
        assert isinstance(await leases.admit(lease("s6"), under, at=after(1)), Refused)

    async def test_rate_holds_on_when_the_clock_is_set_back(self, leases):
        """
        By an hour. A few seconds are how much clocks of gateways differ: these add no burst.
        """
        under = entitlements(requests_per_minute=60, request_burst=3)
        for n in range(3):
            await leases.admit(lease(f"s{n}"), under, at=after(3600))
        earlier = await leases.admit(lease("s3"), under, at=after(3590))
        answers = [await leases.admit(lease(f"t{n}"), under, at=NOW) for n in range(4)]

        assert isinstance(earlier, Refused)
        assert [isinstance(answer, Admitted) for answer in answers] == [True, True, True, False]
        assert answers[3].retry_after == 1

    async def test_rate_of_0_holds_when_the_clock_is_set_back(self, leases):
        await leases.admit(lease("s"), entitlements(requests_per_minute=1), at=after(3600))
        for rate, burst in ((0, 10), (60, 0)):
            under = entitlements(requests_per_minute=rate, request_burst=burst)
            assert isinstance(await leases.admit(lease("t"), under, at=NOW), Refused)

    async def test_refusal_uses_no_other_limit(self, leases):
        under = entitlements(requests_per_minute=60, request_burst=2, concurrent_live=1)
        await leases.admit(lease("s1"), under, at=NOW)
        for n in range(5):
            assert isinstance(await leases.admit(lease(f"no{n}"), under, at=NOW), Refused)
        await leases.release(lease("s1"), audio_ms=0, at=NOW)

        assert isinstance(await leases.admit(lease("s2"), under, at=NOW), Admitted)

    async def test_lapsed_lease_is_listed_until_it_is_settled(self, leases):
        """
        With its last checkpoint, to every caller.
        """
        held = lease()
        await leases.admit(held, UNBOUND, at=NOW)
        renewed = renewal(held, at=after(10), audio_ms=9000)
        await leases.renew([renewed], at=after(10))

        assert list(await leases.lapsed(at=after(39))) == []
        for _ in range(2):
            assert list(await leases.lapsed(at=after(41))) == [renewed.lease]
        await leases.settle([renewed.lease])
        assert list(await leases.lapsed(at=after(42))) == []
        assert (await leases.counts(ORG, at=after(42))).used_ms == 9000

    async def test_lapsed_leases_of_many_orgs_are_all_listed(self, leases):
        """
        Over several calls.
        """
        held = [lease(f"s{n}", org=OrgId(f"org-{n}")) for n in range(700)]
        for one in held:
            await leases.admit(one, UNBOUND, at=NOW)
        found = set()
        for _ in range(3):
            some = await leases.lapsed(at=after(40))
            found |= {one.session for one in some}
            await leases.settle(some)

        assert found == {one.session for one in held}

    async def test_a_released_lease_does_not_lapse(self, leases):
        """
        Its usage is recorded by the caller that released it.
        """
        await leases.admit(lease(), UNBOUND, at=NOW)
        await leases.release(lease(), audio_ms=0, at=after(1))

        assert list(await leases.lapsed(at=after(100))) == []

    async def test_renewal_restores_a_lost_lease(self, leases):
        """
        After the store lost its data the session goes on, and its audio counts.
        """
        renewed = renewal(lease(), at=after(50), audio_ms=50_000)

        assert list(await leases.renew([renewed], at=after(50))) == [Renewed(50_000)]
        assert list(await leases.open(ORG, at=after(51))) == [renewed.lease]

    async def test_late_renewal_reopens_a_lapsed_lease(self, leases):
        """
        Its gateway was slow: the lease is not listed as lapsed, and counts once.
        """
        held = lease(audio_ms=0)
        await leases.admit(held, UNBOUND, at=NOW)
        await leases.renew([renewal(held, at=NOW, audio_ms=1000)], at=NOW)
        assert await leases.lapsed(at=after(31))

        renewed = renewal(held, at=after(32), audio_ms=3000)
        assert list(await leases.renew([renewed], at=after(32))) == [Renewed(3000)]

        assert list(await leases.lapsed(at=after(33))) == []
        assert list(await leases.open(ORG, at=after(33))) == [renewed.lease]

    @pytest.mark.parametrize("is_renewed", [True, False])
    async def test_settled_session_that_goes_on_counts_once(self, leases, is_renewed):
        """
        Its gateway was cut off, and comes back: what was recorded meanwhile is counted already.
        """
        held, under = lease(), entitlements(quota_ms=600_000)
        await leases.admit(held, under, at=NOW)
        await leases.renew([renewal(held, at=NOW, audio_ms=9000, under=under)], at=NOW)
        await leases.settle(await leases.lapsed(at=after(31)))

        if is_renewed:
            for _ in range(2):
                late = renewal(held, at=after(60), audio_ms=60_000, under=under)
                assert (await leases.renew([late], at=after(60)))[0].used_ms == 60_000
        for _ in range(2):
            await leases.release(held, audio_ms=61_000, at=after(61))

        assert (await leases.counts(ORG, at=after(61))).used_ms == 61_000

    async def test_renewal_after_release_is_ignored(self, leases):
        """
        It was in flight when its session ended: nothing is reopened or counted twice.
        """
        held = lease()
        await leases.admit(held, UNBOUND, at=NOW)
        await leases.release(held, audio_ms=4000, at=after(3))

        late = await leases.renew([renewal(held, at=after(3), audio_ms=3500)], at=after(3))

        assert list(late) == [Renewed(4000)]
        assert list(await leases.open(ORG, at=after(3))) == []
        assert (await leases.counts(ORG, at=after(3))).used_ms == 4000

    async def test_killed_session_is_notified_at_renewal(self, leases):
        """
        It keeps its place until it is released.
        """
        held = lease()
        await leases.admit(held, UNBOUND, at=NOW)

        assert await leases.kill(ORG, held.session)
        for _ in range(2):
            answers = await leases.renew([renewal(held, at=after(3), audio_ms=1)], at=after(3))
            assert list(answers) == [Killed()]
        await leases.release(held, audio_ms=0, at=after(4))
        assert list(await leases.open(ORG, at=after(4))) == []

    async def test_killing_an_unknown_session_is_reported(self, leases):
        """
        A later session of that id is not affected.
        """
        assert not await leases.kill(ORG, lease().session)
        await leases.admit(lease(), UNBOUND, at=NOW)
        assert not await leases.kill(OTHER_ORG, lease().session)

        answers = await leases.renew([renewal(lease(), at=after(3), audio_ms=1)], at=after(3))
        assert list(answers) == [Renewed(1)]

    async def test_concurrent_admissions_fill_exactly_the_limit(self, leases):
        under = entitlements(concurrent_live=10)
        answers = await asyncio.gather(
            *(leases.admit(lease(f"s{n}"), under, at=NOW) for n in range(50)),
        )

        assert sum(isinstance(answer, Admitted) for answer in answers) == 10
        assert len(await leases.open(ORG, at=NOW)) == 10

    async def test_meters_are_raised_and_never_lowered(self, leases):
        """
        To the ledger's total of that month.
        """
        assert await leases.raise_used({ORG: 5000, OTHER_ORG: 0}, at=NOW) == 1
        assert await leases.raise_used({ORG: 4000}, at=NOW) == 0

        assert (await leases.counts(ORG, at=NOW)).used_ms == 5000
        assert (await leases.counts(OTHER_ORG, at=NOW)).used_ms == 0
        assert (await leases.counts(ORG, at=after(40 * 86400))).used_ms == 0
        assert await leases.raise_used({}, at=NOW) == 0

    # Commands that come twice, because the answer to the first was lost.

    async def test_admission_is_idempotent(self, leases):
        """
        At the limit too: its own place does not refuse it, and no rate is used.
        """
        limits = {"requests_per_minute": 60, "request_burst": 2, "quota_ms": 60_000}
        under = Entitlements(Limits(concurrent_live=1, **limits))
        held = lease(stretch_ms=10_000)
        first = await leases.admit(held, under, at=NOW)

        assert isinstance(first, Admitted)
        for _ in range(3):
            assert await leases.admit(held, under, at=NOW) == first
        assert len(await leases.open(ORG, at=NOW)) == 1

        await leases.release(held, audio_ms=0, at=NOW)
        other = lease("s2", stretch_ms=60_000)
        assert await leases.admit(other, under, at=NOW) == Admitted(1, 0, 2.0, 60_000)

    async def test_admission_after_its_expiry_takes_no_place(self, leases):
        """
        It was in flight longer than its session.
        """
        under = entitlements(concurrent_live=1, quota_ms=60_000)
        held = lease(stretch_ms=10_000)
        await leases.admit(held, under, at=NOW)
        await leases.release(held, audio_ms=1000, at=after(1))

        await leases.admit(held, under, at=after(2))

        assert list(await leases.open(ORG, at=after(2))) == []
        assert isinstance(await leases.admit(lease("s2"), under, at=after(2)), Admitted)
        assert (await leases.counts(ORG, at=after(2))).used_ms == 1000

    async def test_renewal_is_idempotent(self, leases):
        """
        Audio counts once, and is reserved once.
        """
        under = entitlements(quota_ms=25_000)
        held = lease(stretch_ms=10_000)
        await leases.admit(held, under, at=NOW)
        wanted = renewal(held, at=after(3), audio_ms=4000, under=under)

        for _ in range(3):
            assert list(await leases.renew([wanted], at=after(3))) == [Renewed(4000, 14_000)]

        answer = await leases.admit(lease("s2", stretch_ms=60_000), under, at=after(3))
        assert answer.granted_ms == 11_000

    async def test_repeated_refusal_counts_once(self, leases):
        """
        Another request's refusal counts separately.
        """
        under = entitlements(concurrent_live=0)
        for session in ("s1", "s1", "s2"):
            await leases.admit(lease(session), under, at=NOW)

        assert [each.count for each in await leases.refusals(at=NOW)] == [2]

    # Audio that is reserved.

    async def test_concurrent_sessions_share_the_quota(self, leases):
        """
        Each reserves what it requests, the last one the rest.
        """
        under = entitlements(quota_ms=25_000, concurrent_files=10)
        answers = [
            await leases.admit(
                lease(f"s{n}", kind=SessionKind.FILE, stretch_ms=10_000), under, at=NOW
            )
            for n in range(4)
        ]

        assert [each.granted_ms for each in answers[:3]] == [10_000, 10_000, 5000]
        assert answers[3] == Refused(LimitName.QUOTA, 25_000, 25_000, 1, reserved=25_000)
        assert "25 of 25 seconds of audio, 25 of them by open sessions" in str(answers[3])

    async def test_without_a_quota_nothing_is_reserved(self, leases):
        """
        Nor does the answer have a grant.
        """
        held = lease(stretch_ms=10_000)

        assert (await leases.admit(held, UNBOUND, at=NOW)).granted_ms is None
        assert list(await leases.renew([renewal(held, at=NOW, audio_ms=1)], at=NOW)) == [Renewed(1)]

    async def test_unused_reservation_is_returned(self, leases):
        """
        At release and when a lease lapses.
        """
        under = entitlements(quota_ms=20_000)
        for session in ("s1", "s2"):
            await leases.admit(lease(session, stretch_ms=10_000), under, at=NOW)
        await leases.release(lease("s1"), audio_ms=3000, at=after(1))

        again = await leases.admit(lease("s3", stretch_ms=90_000), under, at=after(1))
        assert again.granted_ms == 7000
        last = await leases.admit(lease("s4", stretch_ms=90_000), under, at=after(31))
        assert last.granted_ms == 17_000

    async def test_renewal_reserves_the_next_stretch(self, leases):
        """
        As long as quota is left; then the answer says that none is.
        """
        under = entitlements(quota_ms=25_000)
        held = lease(stretch_ms=10_000)
        await leases.admit(held, under, at=NOW)

        for audio_ms, granted_ms in ((8000, 18_000), (18_000, 25_000), (25_000, 25_000)):
            wanted = renewal(held, at=after(3), audio_ms=audio_ms, under=under)
            assert list(await leases.renew([wanted], at=after(3))) == [
                Renewed(audio_ms, granted_ms)
            ]

    async def test_audio_beyond_the_quota_is_not_counted(self, leases):
        """
        Other sessions' reservations stay, and a gateway that dies now has no more billed.
        """
        under = entitlements(quota_ms=20_000)
        held = lease(stretch_ms=10_000)
        for each in (held, lease("s2", stretch_ms=8000)):
            await leases.admit(each, under, at=NOW)

        wanted = renewal(held, at=after(3), audio_ms=15_000, under=under)
        assert list(await leases.renew([wanted], at=after(3))) == [Renewed(12_000, 12_000)]
        assert (await leases.counts(ORG, at=after(3))).used_ms == 12_000
        lapsed = {each.session: each.audio_ms for each in await leases.lapsed(at=after(40))}
        assert lapsed == {"s1": 12_000, "s2": 0}

    async def test_quota_lowered_below_usage_grants_nothing(self, leases):
        held = lease(stretch_ms=10_000)
        await leases.admit(held, entitlements(quota_ms=60_000), at=NOW)
        await leases.renew([renewal(held, at=after(3), audio_ms=5000)], at=after(3))

        lower = entitlements(quota_ms=4000)
        wanted = renewal(held, at=after(6), audio_ms=9000, under=lower)
        assert list(await leases.renew([wanted], at=after(6))) == [Renewed(5000, 5000)]
        assert (await leases.admit(lease("s2"), lower, at=after(6))).count == 5000

    async def test_a_session_counts_in_the_month_in_which_it_began(self, leases):
        """
        Also if it lasts into the next one, as on its invoice.
        """
        began, ended = after(16 * 86_400 + 43_190), after(16 * 86_400 + 43_210)
        assert (began.month, ended.month) == (1, 2)
        under = entitlements(quota_ms=20_000)
        held = lease(at=began, expires=ended, stretch_ms=10_000)
        await leases.admit(held, under, at=began)
        wanted = renewal(held, at=ended, audio_ms=8000, under=under)

        assert list(await leases.renew([wanted], at=ended)) == [Renewed(8000, 18_000)]
        await leases.release(held, audio_ms=9000, at=ended)
        assert (await leases.counts(ORG, at=began)).used_ms == 9000
        assert (await leases.counts(ORG, at=ended)).used_ms == 0
        after_it = await leases.admit(lease("s2", at=ended, stretch_ms=90_000), under, at=ended)
        assert after_it.granted_ms == 20_000

    async def test_concurrent_sessions_reserve_exactly_the_quota(self, leases):
        """
        However many come at once, no more is granted than there is, and all of it.
        """
        under = entitlements(quota_ms=33_000, concurrent_files=100)
        answers = await asyncio.gather(
            *(
                leases.admit(lease(f"s{n}", kind=SessionKind.FILE, stretch_ms=5000), under, at=NOW)
                for n in range(30)
            )
        )

        granted = [each.granted_ms for each in answers if isinstance(each, Admitted)]
        assert sum(granted) == 33_000
        assert len(granted) == 7

    # Limits of 0, and refusals.

    async def test_a_limit_of_0_allows_nothing(self, leases):
        """
        Of every limit.
        """
        for name in ("concurrent_live", "quota_ms", "max_live_seconds"):
            assert isinstance(
                await leases.admit(lease(), entitlements(**{name: 0}), at=NOW), Refused
            )
        for name in ("requests_per_minute", "request_burst"):
            refused = await leases.admit(lease(), Entitlements(Limits(**{name: 0})), at=NOW)
            assert (refused.name, refused.retry_after) == (LimitName.REQUESTS_PER_MINUTE, None)

    async def test_refusal_names_the_spending_cap(self, leases):
        """
        Not the quota.
        """
        under = attrs.evolve(entitlements(quota_ms=0), is_capped=True)

        refused = await leases.admit(lease(), under, at=NOW)

        assert refused.name is LimitName.SPENDING_CAP
        assert str(refused) == (
            "The spending cap of this month is reached: 0 of 0 seconds of audio."
        )

    async def test_refusals_are_counted(self, leases):
        """
        By org, key, day and reason, until the day after.
        """
        suspended = attrs.evolve(UNBOUND, status=OrgStatus.SUSPENDED)
        slow = entitlements(requests_per_minute=0)
        for n, (under, more) in enumerate(
            (
                (suspended, {}),
                (slow, {}),
                (slow, {"org": OTHER_ORG}),
                (entitlements(quota_ms=0), {}),
                (entitlements(concurrent_files=0), {"kind": SessionKind.FILE}),
                (entitlements(concurrent_files=0), {"kind": SessionKind.FILE}),
                (UNBOUND, {}),
            )
        ):
            await leases.admit(lease(f"s{n}", **more), under, at=NOW)

        found = await leases.refusals(at=after(43_300))

        assert {(each.org, each.reason, each.count) for each in found} == {
            (ORG, "suspension", 1),
            (ORG, "requests_per_minute", 1),
            (OTHER_ORG, "requests_per_minute", 1),
            (ORG, "quota", 1),
            (ORG, "concurrent_files", 2),
        }
        assert {(each.key, each.day) for each in found} == {(known_key().id, NOW.date())}
        assert list(await leases.refusals(at=after(2 * 86_400))) == []
