"""What every `Events` promises."""

from datetime import timedelta

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.ids import EventId
from aldea_core.domain.notifications.events import Event, EventType
from aldea_core.domain.pages import Page


def event(name: str, *, at=NOW, org=ORG, **more) -> Event:
    values = {"type": EventType.INVOICE_ISSUED, "data": {"total": 5, "currency": "USD"}}
    return Event(EventId(name), org=org, at=at, **{**values, **more})


class EventsContract:
    """Subclasses give the fixture `events`, an empty outbox."""

    async def test_events_wait_until_they_are_dispatched(self, events):
        """
        Oldest first, with all that they say.
        """
        old, new = event("a", at=NOW), event("b", at=after(1), data={"a": None, "b": True})
        assert await events.add(new)
        assert await events.add(old)

        assert list(await events.undispatched(10)) == [old, new]
        assert list(await events.undispatched(1)) == [old]
        await events.mark_dispatched(["a"])
        assert list(await events.undispatched(10)) == [new]
        assert await events.of_ids(["a", "b", "c"]) == {"a": old, "b": new}

    async def test_what_happens_once_is_stored_once(self, events):
        """
        In an org; what has no such rule is stored as often as it happens.
        """
        first = event("a", once="usage:80:2026-01")
        assert await events.add(first)
        assert not await events.add(event("b", once="usage:80:2026-01", data={}))
        assert await events.add(event("c", once="usage:80:2026-01", org=OTHER_ORG))
        assert await events.add(event("d", once="usage:100:2026-01"))
        assert await events.add(event("e"))
        assert await events.add(event("f"))

        await events.mark_dispatched(["a"])
        assert not await events.add(event("g", once="usage:80:2026-01"))
        assert await events.of_ids(["a", "b", "g"]) == {"a": first}

    async def test_pages_are_newest_first_and_of_one_org(self, events):
        mine = [event(name, at=after(n // 2)) for n, name in enumerate("abcde")]
        for each in (*mine, event("z", org=OTHER_ORG)):
            await events.add(each)

        first = list(await events.of_org(ORG, Page(2, newest_first=True)))
        page = Page(after=(first[-1].at, first[-1].id), newest_first=True)
        rest = list(await events.of_org(ORG, page))

        assert [each.id for each in first + rest] == ["e", "d", "c", "b", "a"]

    async def test_old_events_are_forgotten_once_they_are_dispatched(self, events):
        for each in (event("a"), event("b"), event("c", at=after(10))):
            await events.add(each)
        await events.mark_dispatched(["a", "c"])

        await events.forget(before=NOW + timedelta(seconds=5))

        assert set(await events.of_ids(["a", "b", "c"])) == {"b", "c"}
