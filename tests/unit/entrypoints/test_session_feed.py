"""Feeds of open sessions: one reader for all who watch, events in order, bounded memory."""

import asyncio

from contextlib import aclosing, suppress

import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, after, lease
from tests.servers.away import Away

from adapters.memory.clock import ManualClock
from adapters.memory.leases import MemoryLeases
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.limits import Entitlements, Limits
from aldea_core.domain.errors import Unavailable
from aldea_core.domain.live.session_changes import SessionChanges, changes
from aldea_core.ports.leases import Renewal
from entrypoints.runtime import session_feed
from entrypoints.runtime.session_feed import SessionFeeds


UNBOUND = Entitlements(Limits(concurrent_live=10**6, requests_per_minute=None))
FAR = after(10**6)


class Watched:
    """Leases that a test opens and ends while feeds read them as fast as they can."""

    def __init__(self, heartbeat: float = 60.0) -> None:
        self.clock = ManualClock(NOW)
        self.leases = Away(MemoryLeases())
        self.feeds = SessionFeeds(
            self.leases, self.clock, SeededRandomness(), seconds=0.001, heartbeat=heartbeat
        )

    async def open(self, session: str, **more):
        held = lease(session, expires=FAR, **more)
        await self.leases.admit(held, UNBOUND, at=NOW)
        return held

    async def meter(self, held, audio_ms: int) -> None:
        await self.leases.renew([Renewal(held.counted(audio_ms), UNBOUND)], at=NOW)

    async def end(self, held) -> None:
        await self.leases.release(held, audio_ms=0, at=NOW)


def said(events) -> list[tuple]:
    return [
        (event.kind.value, *((one.session, one.audio_ms) for one in event.leases))
        for event in events
    ]


async def next_of(lists) -> list:
    async with asyncio.timeout(60):
        return list(await anext(lists))


def test_changes_between_two_looks():
    held, more = lease("a"), lease("b")
    metered = held.counted(100)

    assert changes({}, [held]) == SessionChanges(started=(held,))
    assert changes({"a": held}, [held]) == SessionChanges()
    named = held.counted(0, "es", "general-2")
    assert changes({"a": held}, [named]) == SessionChanges(metered=(named,))
    assert changes({"a": held, "b": more}, [metered]) == SessionChanges(
        metered=(metered,), ended=(more,)
    )


async def test_snapshot_then_events():
    watched = Watched()
    first = await watched.open("first")
    async with aclosing(watched.feeds.watch(ORG, "")) as lists:
        assert said(await next_of(lists)) == [("snapshot", ("first", 0))]
        second = await watched.open("second")
        await watched.open("theirs", org=OTHER_ORG)
        assert said(await next_of(lists)) == [("started", ("second", 0))]
        await watched.meter(second, 300)
        assert said(await next_of(lists)) == [("metered", ("second", 300))]
        await watched.end(first)
        assert said(await next_of(lists)) == [("ended", ("first", 0))]


async def test_all_orgs_are_watched_by_operators():
    watched = Watched()
    await watched.open("ours")
    await watched.open("theirs", org=OTHER_ORG)
    async with aclosing(watched.feeds.watch(None, "")) as lists:
        (snapshot,) = await next_of(lists)
    assert {one.session for one in snapshot.leases} == {"ours", "theirs"}


async def test_watchers_share_one_reader_which_ends_with_the_last():
    watched = Watched()
    one, two = watched.feeds.watch(ORG, ""), watched.feeds.watch(ORG, "")
    await asyncio.gather(next_of(one), next_of(two))
    assert watched.feeds.readers == 1
    await watched.open("a")
    assert said(await next_of(one)) == said(await next_of(two)) == [("started", ("a", 0))]
    await one.aclose()
    assert watched.feeds.readers == 1
    await two.aclose()
    assert watched.feeds.readers == 0
    calls = watched.leases.calls
    for _ in range(20):
        await asyncio.sleep(0.002)
    assert watched.leases.calls == calls


async def test_watcher_that_comes_back_goes_on_where_it_was():
    """
    As long as the reader lives and has kept the events; else with a snapshot.
    """
    watched = Watched()
    async with aclosing(watched.feeds.watch(ORG, "")) as stays:
        await next_of(stays)
        held = await watched.open("a")
        (started,) = await next_of(stays)
        await watched.end(held)
        (ended,) = await next_of(stays)
        async with aclosing(watched.feeds.watch(ORG, started.id)) as back:
            assert await next_of(back) == [ended]
        async with aclosing(watched.feeds.watch(ORG, "unknown-7")) as back:
            assert said(await next_of(back)) == [("snapshot",)]
        async with aclosing(watched.feeds.watch(ORG, ended.id)) as back:
            following = asyncio.ensure_future(next_of(back))
            await watched.open("b")
            assert said(await following)[-1][0] in {"started", "snapshot"}


async def test_watcher_that_is_behind_gets_a_snapshot(monkeypatch):
    monkeypatch.setattr(session_feed, "_KEPT", 3)
    watched = Watched()
    async with (
        aclosing(watched.feeds.watch(ORG, "")) as slow,
        aclosing(watched.feeds.watch(ORG, "")) as fast,
    ):
        await asyncio.gather(next_of(slow), next_of(fast))
        for n in range(9):
            await watched.open(f"s{n}")
            await next_of(fast)
        events = await next_of(slow)
        assert events[0].kind.value == "snapshot"
        assert len(events) <= 3
        known = {one.session for event in events for one in event.leases}
        assert known == {f"s{n}" for n in range(9)}


async def test_heartbeat_without_news():
    watched = Watched(heartbeat=0.001)
    async with aclosing(watched.feeds.watch(ORG, "")) as lists:
        await next_of(lists)
        assert await next_of(lists) == []


async def test_store_that_is_away_is_read_again():
    """
    One who comes meanwhile is refused; one who watches goes on afterwards.
    """
    watched = Watched()
    async with aclosing(watched.feeds.watch(ORG, "")) as lists:
        await next_of(lists)
        watched.leases.is_away = True
        with pytest.raises(Unavailable):
            await next_of(watched.feeds.watch(OTHER_ORG, ""))
        assert watched.feeds.readers == 1
        watched.leases.is_away = False
        await watched.open("a")
        assert said(await next_of(lists)) == [("started", ("a", 0))]


async def test_watchers_are_bounded(monkeypatch):
    monkeypatch.setattr(session_feed, "_MOST_WATCHERS", 1)
    watched = Watched()
    async with aclosing(watched.feeds.watch(ORG, "")) as lists:
        await next_of(lists)
        with pytest.raises(Unavailable):
            await next_of(watched.feeds.watch(OTHER_ORG, ""))


async def test_reader_that_loses_a_cancellation_ends_with_its_last_watcher():
    """
    Clients of stores lose one now and then.
    """
    watched = Watched()
    looks = 0

    async def slow_look(*_, **__) -> list:
        nonlocal looks
        looks += 1
        if looks == 2:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        if looks > 2:
            await asyncio.sleep(60)
        return []

    watched.leases.open = slow_look
    async with asyncio.timeout(20), aclosing(watched.feeds.watch(ORG, "")) as lists:
        await next_of(lists)
        while looks < 2:
            await asyncio.sleep(0.001)

    assert watched.feeds.readers == 0
