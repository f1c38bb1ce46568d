"""What every `Leases` promises about keys with limits of their own."""

import asyncio

import attrs

from tests.contract.leases import UNBOUND, entitlements, renewal
from tests.contract.values import LIFE, NOW, ORG, OTHER_ORG, after, known_key, lease

from aldea_core.domain.access.key_limits import NO_LIMITS, KeyLimits, TokenAudio
from aldea_core.domain.access.limits import Admitted, LimitName, Refused, SessionKind
from aldea_core.ports.leases import Renewed


FILE = SessionKind.FILE


def of_key(
    session: str, name: str = "a", *, org=ORG, kind=SessionKind.LIVE, at=NOW, stretch_ms=0, **limits
):
    """A lease of a key with *limits*; without any, of a key that has none."""
    key = known_key(name, org, limits=KeyLimits(**limits) if limits else None)
    held = lease(session, org=org, kind=kind, at=at, expires=at + LIFE, stretch_ms=stretch_ms)
    return attrs.evolve(held, key=key)


def of_token(session: str, limit_ms: int, token: str = "t", *, at=NOW, stretch_ms=10_000, **limits):
    """A lease of a token that allows *limit_ms* of audio, of a key with *limits*."""
    held = of_key(session, at=at, stretch_ms=stretch_ms, **limits)
    audio = TokenAudio(token, limit_ms)
    key = attrs.evolve(held.key, limits=held.key.limits or NO_LIMITS, token=audio)
    return attrs.evolve(held, key=key)


class KeyLimitsContract:
    """Subclasses give the fixture `leases`: empty."""

    async def test_key_has_no_more_sessions_than_its_limit(self, leases):
        """
        Of both kinds together; the refusal says that it is the key's.
        """
        for session, kind in (("s1", SessionKind.LIVE), ("s2", FILE)):
            held = of_key(session, kind=kind, concurrent_sessions=2)
            assert isinstance(await leases.admit(held, UNBOUND, at=NOW), Admitted)

        refused = await leases.admit(of_key("s3", concurrent_sessions=2), UNBOUND, at=NOW)

        assert refused == Refused(LimitName.KEY_SESSIONS, 2, 2, retry_after=1)
        assert str(refused) == (
            "Too many open sessions of this API key: the limit is 2, 2 are open. "
            "Try again in 1 second."
        )
        assert len(await leases.open(ORG, at=NOW)) == 2

    async def test_admission_says_what_is_left_of_the_tighter_limit(self, leases):
        first = await leases.admit(of_key("s1", concurrent_sessions=3), UNBOUND, at=NOW)
        tight = entitlements(concurrent_live=2)
        second = await leases.admit(of_key("s2", concurrent_sessions=3), tight, at=NOW)

        assert (first.limit, first.remaining) == (3, 2)
        assert (second.limit, second.remaining) == (2, 0)

    async def test_other_keys_and_orgs_are_not_counted(self, leases):
        await leases.admit(of_key("s1", concurrent_sessions=1), UNBOUND, at=NOW)
        others = [
            of_key("s2", "b", concurrent_sessions=1),
            of_key("s3", "c"),
            of_key("s4", org=OTHER_ORG, concurrent_sessions=1),
        ]

        answers = [await leases.admit(each, UNBOUND, at=NOW) for each in others]

        assert all(isinstance(answer, Admitted) for answer in answers)

    async def test_limit_of_nothing_admits_nothing(self, leases):
        for limit in ("concurrent_sessions", "requests_per_minute"):
            refused = await leases.admit(of_key(limit, **{limit: 0}), UNBOUND, at=NOW)

            assert isinstance(refused, Refused)
            assert refused.retry_after is None

    async def test_release_frees_the_keys_place(self, leases):
        held = of_key("s1", concurrent_sessions=1)
        await leases.admit(held, UNBOUND, at=NOW)
        await leases.release(held, audio_ms=0, at=after(1))
        late = of_key("s2", at=after(1), concurrent_sessions=1)
        third = of_key("s3", at=after(1), concurrent_sessions=1)

        assert isinstance(await leases.admit(late, UNBOUND, at=after(1)), Admitted)
        assert isinstance(await leases.admit(third, UNBOUND, at=after(1)), Refused)

    async def test_lapsed_lease_frees_the_keys_place(self, leases):
        """
        At its expiry, and a renewal keeps it.
        """
        held = of_key("s1", concurrent_sessions=1)
        await leases.admit(held, UNBOUND, at=NOW)
        await leases.renew([renewal(held, at=after(20), audio_ms=0)], at=after(20))

        async def next_one(seconds: float):
            wanted = of_key(f"at {seconds}", at=after(seconds), concurrent_sessions=1)
            return await leases.admit(wanted, UNBOUND, at=after(seconds))

        assert isinstance(await next_one(49), Refused)
        assert isinstance(await next_one(50), Admitted)

    async def test_repeated_commands_count_once(self, leases):
        held = of_key("s1", concurrent_sessions=2)
        for _ in range(3):
            assert isinstance(await leases.admit(held, UNBOUND, at=NOW), Admitted)
            await leases.renew([renewal(held, at=NOW, audio_ms=0)], at=NOW)

        second = await leases.admit(of_key("s2", concurrent_sessions=2), UNBOUND, at=NOW)
        assert isinstance(second, Admitted)
        for _ in range(2):
            await leases.release(held, audio_ms=0, at=NOW)
        third = await leases.admit(of_key("s3", concurrent_sessions=2), UNBOUND, at=NOW)
        assert isinstance(third, Admitted)
        assert isinstance(
            await leases.admit(of_key("s4", concurrent_sessions=2), UNBOUND, at=NOW), Refused
        )

    async def test_limit_that_is_set_later_counts_renewed_sessions(self, leases):
        """
        And one that is removed counts them no more.
        """
        await leases.admit(of_key("s1"), UNBOUND, at=NOW)
        limited = of_key("s1", concurrent_sessions=1)
        await leases.renew([renewal(limited, at=after(1), audio_ms=0)], at=after(1))
        wanted = of_key("s2", at=after(1), concurrent_sessions=1)
        assert isinstance(await leases.admit(wanted, UNBOUND, at=after(1)), Refused)

        await leases.renew([renewal(of_key("s1"), at=after(2), audio_ms=0)], at=after(2))
        await leases.release(of_key("s1"), audio_ms=0, at=after(3))
        late = of_key("s3", at=after(40), concurrent_sessions=1)
        assert isinstance(await leases.admit(late, UNBOUND, at=after(40)), Admitted)

    async def test_keys_rate_admits_a_burst_then_one_per_interval(self, leases):
        """
        The burst is the org's, but no more than a minute's requests.
        """
        under = entitlements(request_burst=3)

        async def enter(name: str, seconds: float, rate: int = 60):
            wanted = of_key(name, at=after(seconds), requests_per_minute=rate)
            return await leases.admit(wanted, under, at=after(seconds))

        answers = [await enter(f"s{n}", 0) for n in range(4)]

        assert [isinstance(answer, Admitted) for answer in answers] == [True, True, True, False]
        assert answers[3].name is LimitName.KEY_REQUESTS_PER_MINUTE
        assert (answers[3].limit, answers[3].count, answers[3].burst) == (60, 3, 3)
        assert answers[3].retry_after == 1
        assert isinstance(await enter("s5", 1), Admitted)
        assert isinstance(await enter("s6", 1), Refused)
        slow = [
            await leases.admit(of_key(f"t{n}", "b", requests_per_minute=2), under, at=NOW)
            for n in range(3)
        ]
        assert [isinstance(answer, Admitted) for answer in slow] == [True, True, False]

    async def test_keys_rate_holds_on_when_the_clock_is_set_back(self, leases):
        under = entitlements(request_burst=2)
        for n in range(2):
            fast = of_key(f"s{n}", at=after(3600), requests_per_minute=60)
            await leases.admit(fast, under, at=after(3600))
        answers = [
            await leases.admit(of_key(f"t{n}", requests_per_minute=60), under, at=NOW)
            for n in range(3)
        ]

        assert [isinstance(answer, Admitted) for answer in answers] == [True, True, False]
        assert answers[2].retry_after == 1

    async def test_key_that_refuses_uses_no_rate_of_its_org(self, leases):
        """
        Nor of its own, and the org's refusal uses none of the key's.
        """
        under = entitlements(requests_per_minute=60, request_burst=2, concurrent_live=1)
        first = of_key("s1", concurrent_sessions=1, requests_per_minute=60)
        await leases.admit(first, under, at=NOW)
        for n in range(3):
            again = of_key(f"no{n}", kind=FILE, concurrent_sessions=1, requests_per_minute=60)
            assert isinstance(await leases.admit(again, under, at=NOW), Refused)
            other = of_key(f"nor{n}", "b", requests_per_minute=1)
            assert isinstance(await leases.admit(other, under, at=NOW), Refused)
        await leases.release(first, audio_ms=0, at=NOW)

        second = of_key("s2", "b", requests_per_minute=1)
        assert isinstance(await leases.admit(second, under, at=NOW), Admitted)

    async def test_refusals_are_counted_by_the_keys_limit(self, leases):
        await leases.admit(of_key("s1", concurrent_sessions=1), UNBOUND, at=NOW)
        for session in ("s2", "s3", "s3"):
            await leases.admit(of_key(session, concurrent_sessions=1), UNBOUND, at=NOW)

        (refusals,) = await leases.refusals(at=NOW)

        assert (refusals.reason, refusals.count) == ("key_sessions", 2)

    async def test_racing_sessions_never_exceed_the_keys_limit(self, leases):
        answers = await asyncio.gather(
            *(
                leases.admit(of_key(f"s{n}", concurrent_sessions=7), UNBOUND, at=NOW)
                for n in range(60)
            )
        )

        assert sum(isinstance(answer, Admitted) for answer in answers) == 7
        assert len(await leases.open(ORG, at=NOW)) == 7


class KeyQuotasContract:
    """Subclasses give the fixture `leases`: empty."""

    async def test_keys_quota_is_reserved_and_used(self, leases):
        """
        Over its sessions of the month; the org without a quota and its other keys go on.
        """
        first = of_key("s1", stretch_ms=6000, quota_ms=10_000)
        second = of_key("s2", stretch_ms=6000, quota_ms=10_000)

        admitted = await leases.admit(first, UNBOUND, at=NOW)
        short = await leases.admit(second, UNBOUND, at=NOW)
        full = await leases.admit(of_key("s3", quota_ms=10_000), UNBOUND, at=NOW)
        other = await leases.admit(of_key("s4", "b", quota_ms=10_000), UNBOUND, at=NOW)

        assert (admitted.granted_ms, short.granted_ms) == (6000, 4000)
        assert full == Refused(LimitName.KEY_QUOTA, 10_000, 10_000, 1, reserved=10_000)
        assert "monthly quota of this API key is used up: 10 of 10 seconds" in str(full)
        assert isinstance(other, Admitted)

        await leases.release(first, audio_ms=6000, at=NOW)
        await leases.release(second, audio_ms=1000, at=NOW)
        third = of_key("s5", stretch_ms=6000, quota_ms=10_000)
        assert (await leases.admit(third, UNBOUND, at=NOW)).granted_ms == 3000
        assert (await leases.counts(ORG, at=NOW)).used_ms == 7000

    async def test_used_quota_of_a_key_is_refused_without_hope(self, leases):
        held = of_key("s1", stretch_ms=5000, quota_ms=5000)
        await leases.admit(held, UNBOUND, at=NOW)
        await leases.release(held, audio_ms=5000, at=NOW)

        refused = await leases.admit(of_key("s2", quota_ms=5000), UNBOUND, at=NOW)

        assert refused == Refused(LimitName.KEY_QUOTA, 5000, 5000)
        late = of_key("s3", at=after(40 * 86_400), stretch_ms=1000, quota_ms=5000)
        next_month = await leases.admit(late, UNBOUND, at=after(40 * 86_400))
        assert next_month.granted_ms == 1000

    async def test_tighter_quota_bounds(self, leases):
        """
        The org's or the key's, at admission and at renewal, which names the key's.
        """
        under = entitlements(quota_ms=8000)
        held = of_key("s1", stretch_ms=6000, quota_ms=20_000)
        assert (await leases.admit(held, under, at=NOW)).granted_ms == 6000
        (renewed,) = await leases.renew(
            [renewal(held, at=after(1), audio_ms=6000, under=under)], at=after(1)
        )
        assert renewed == Renewed(6000, 8000)

        other = of_key("s2", "b", stretch_ms=6000, quota_ms=1000)
        assert isinstance(await leases.admit(other, under, at=after(1)), Refused)
        await leases.release(held, audio_ms=6000, at=after(2))
        assert await leases.admit(attrs.evolve(other, session="s3"), under, at=after(2))
        (renewed,) = await leases.renew(
            [renewal(attrs.evolve(other, session="s3"), at=after(3), audio_ms=1000, under=under)],
            at=after(3),
        )
        assert renewed == Renewed(7000, 1000, LimitName.KEY_QUOTA)

    async def test_lapsed_sessions_give_back_what_they_reserved(self, leases):
        await leases.admit(of_key("s1", stretch_ms=9000, quota_ms=9000), UNBOUND, at=NOW)
        wanted = of_key("s2", at=after(31), stretch_ms=9000, quota_ms=9000)

        assert (await leases.admit(wanted, UNBOUND, at=after(31))).granted_ms == 9000

    async def test_token_bounds_its_audio_over_all_its_sessions(self, leases):
        """
        Whichever month they begin in; other tokens of the key have their own.
        """
        first = of_token("s1", 15_000)
        assert (await leases.admit(first, UNBOUND, at=NOW)).granted_ms == 10_000
        (renewed,) = await leases.renew([renewal(first, at=after(1), audio_ms=9000)], at=after(1))
        assert renewed == Renewed(9000, 15_000, LimitName.GRANTED_AUDIO)
        refused = await leases.admit(of_token("s2", 15_000), UNBOUND, at=after(1))
        assert refused == Refused(LimitName.GRANTED_AUDIO, 15_000, 15_000, 1, reserved=6000)
        assert "audio that this token allows is used up: 15 of 15 seconds" in str(refused)
        other = of_token("s3", 15_000, "another")
        assert (await leases.admit(other, UNBOUND, at=after(1))).granted_ms == 10_000

        await leases.release(first, audio_ms=12_000, at=after(2))
        third = of_token("s4", 15_000, at=after(2))
        assert (await leases.admit(third, UNBOUND, at=after(2))).granted_ms == 3000
        (renewed,) = await leases.renew([renewal(third, at=after(3), audio_ms=9000)], at=after(3))
        assert renewed.granted_ms == 3000
        await leases.release(third, audio_ms=3000, at=after(4))
        last = await leases.admit(of_token("s5", 15_000, at=after(4)), UNBOUND, at=after(4))
        assert last == Refused(LimitName.GRANTED_AUDIO, 15_000, 15_000)

    async def test_token_is_bounded_by_its_keys_limits_too(self, leases):
        first = of_token("s1", 15_000, concurrent_sessions=1, quota_ms=12_000)
        assert (await leases.admit(first, UNBOUND, at=NOW)).granted_ms == 10_000
        await leases.release(first, audio_ms=10_000, at=NOW)
        second = of_token("s2", 15_000, concurrent_sessions=1, quota_ms=12_000)

        assert (await leases.admit(second, UNBOUND, at=NOW)).granted_ms == 2000
        assert isinstance(
            await leases.admit(of_token("s3", 99_000, "u", concurrent_sessions=1), UNBOUND, at=NOW),
            Refused,
        )

    async def test_racing_sessions_use_no_more_than_the_quota(self, leases):
        """
        However often commands are repeated.
        """

        async def session(n: int) -> int:
            held = of_token(f"s{n}", 50_000, quota_ms=40_000, stretch_ms=3000)
            for _ in range(2):
                answer = await leases.admit(held, UNBOUND, at=NOW)
            if isinstance(answer, Refused):
                return 0
            for _ in range(2):
                await leases.renew([renewal(held, at=after(1), audio_ms=2000)], at=after(1))
            (renewed,) = await leases.renew(
                [renewal(held, at=after(2), audio_ms=2000)], at=after(2)
            )
            used = min(2000, renewed.granted_ms)
            await leases.release(held, audio_ms=used, at=after(3))
            return used

        used = sum(await asyncio.gather(*(session(n) for n in range(60))))

        assert used <= 40_000
        assert (await leases.counts(ORG, at=after(3))).used_ms == used
        assert used >= 26_000  # what the first thirteen reserve at once

    async def test_meters_of_keys_are_raised_and_never_lowered(self, leases):
        """
        Of that key and month alone; it is then refused as if its meter had never been lost.
        """
        first = of_key("s1", quota_ms=6000)
        used = {(ORG, first.key.id): 500}
        assert await leases.raise_used({}, used, at=NOW) == 1
        assert await leases.raise_used({}, used, at=NOW) == 0
        assert isinstance(await leases.admit(first, UNBOUND, at=NOW), Admitted)
        await leases.release(first, audio_ms=0, at=NOW)

        assert await leases.raise_used({ORG: 1}, {(ORG, first.key.id): 6000}, at=NOW) == 2

        refused = await leases.admit(of_key("s2", quota_ms=6000), UNBOUND, at=NOW)
        assert isinstance(refused, Refused)
        assert (refused.name, refused.limit) == (LimitName.KEY_QUOTA, 6000)
        for held in (of_key("s3", "b", quota_ms=6000), of_key("s4", org=OTHER_ORG, quota_ms=6000)):
            assert isinstance(await leases.admit(held, UNBOUND, at=NOW), Admitted)
        later = of_key("s5", at=after(40 * 86400), quota_ms=6000)
        assert isinstance(await leases.admit(later, UNBOUND, at=after(40 * 86400)), Admitted)
        assert (await leases.counts(ORG, at=NOW)).used_ms == 1
