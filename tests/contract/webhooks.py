"""What every `Endpoints` and `Deliveries` promise."""

from datetime import timedelta

import attrs
import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import DeliveryId, EndpointId, EventId
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.signing import SigningSecret
from aldea_core.domain.notifications.webhooks import Attempt, Delivery, DeliveryStatus, Endpoint
from aldea_core.domain.pages import Page


SECRETS = [SigningSecret.mint(bytes([n]) * 32) for n in range(2)]
UNTIL = after(120)


def endpoint(name: str = "e", **more) -> Endpoint:
    values = {"org": ORG, "url": f"https://example.com/{name}?token=x", "created": NOW}
    return Endpoint(EndpointId(name), secret=SECRETS[0], **{**values, **more})


def delivery(name: str = "d", to: str = "e", **more) -> Delivery:
    values = {"type": EventType.INVOICE_ISSUED, "created": NOW, "next": NOW}
    return Delivery(
        DeliveryId(name), ORG, EndpointId(to), EventId(f"evt-{name}"), **{**values, **more}
    )


def attempt(of: Delivery, problem: str = "", answered: int | None = 200, at=NOW) -> Attempt:
    return Attempt(of.id, at, 12, answered, problem, "no" if problem else "")


class EndpointsContract:
    """Subclasses give the fixtures `endpoints`, which is empty, and `accounts`."""

    @pytest.fixture(autouse=True)
    async def orgs(self, accounts):
        await accounts.add_org(Org(ORG, "Acme", NOW))
        await accounts.add_org(Org(OTHER_ORG, "Other", NOW))

    async def test_endpoint_is_kept_as_it_is(self, endpoints):
        """
        And replaced as a whole.
        """
        mine = endpoint(description="ours", events=frozenset({EventType.INVOICE_PAID}))
        await endpoints.put(mine)
        assert await endpoints.find(ORG, mine.id) == mine
        assert await endpoints.find(OTHER_ORG, mine.id) is None

        changed = attrs.evolve(
            mine.rotated(SECRETS[1], at=NOW, overlap=timedelta(hours=1)),
            url="https://example.org/",
            events=frozenset(),
        )
        await endpoints.put(changed)

        assert await endpoints.find(ORG, mine.id) == changed
        assert changed.secrets(at=after(3599)) == (SECRETS[1], SECRETS[0])
        assert changed.secrets(at=after(3600)) == (SECRETS[1],)

    async def test_endpoints_are_of_an_org(self, endpoints):
        """
        Oldest first; only it removes them.
        """
        for each in (endpoint("b", created=after(1)), endpoint("a"), endpoint("c", org=OTHER_ORG)):
            await endpoints.put(each)

        assert [each.id for each in await endpoints.of_org(ORG)] == ["a", "b"]
        assert set(await endpoints.of_ids(["a", "c", "x"])) == {"a", "c"}
        assert not await endpoints.remove(OTHER_ORG, "a")
        assert await endpoints.remove(ORG, "a")
        assert not await endpoints.remove(ORG, "a")
        assert [each.id for each in await endpoints.of_org(ORG)] == ["b"]

    async def test_first_failure_is_kept_until_it_works(self, endpoints):
        await endpoints.put(endpoint())

        for at in (NOW, after(60)):
            await endpoints.set_failing("e", at)
        assert (await endpoints.find(ORG, "e")).failing_since == NOW
        await endpoints.set_failing("e", None)
        assert (await endpoints.find(ORG, "e")).failing_since is None

    async def test_endpoint_is_disabled(self, endpoints):
        """
        That one; one that was removed meanwhile stays away.
        """
        for each in ("e", "f"):
            await endpoints.put(endpoint(each))
        for each in ("e", "x"):
            await endpoints.disable(each)

        assert [one.is_enabled for one in await endpoints.of_org(ORG)] == [False, True]


class DeliveriesContract:
    """Subclasses give the fixtures `deliveries`, `endpoints` and `accounts`."""

    @pytest.fixture(autouse=True)
    async def two(self, accounts, endpoints):
        await accounts.add_org(Org(ORG, "Acme", NOW))
        for name in ("e", "f"):
            await endpoints.put(endpoint(name))

    async def claim(self, deliveries, at=NOW, *, limit=10, per_endpoint=10):
        found = await deliveries.claim(at=at, until=UNTIL, limit=limit, per_endpoint=per_endpoint)
        return [each.id for each in found]

    async def test_due_delivery_is_claimed_once(self, deliveries):
        """
        Until it is settled, or the claim ends.
        """
        await deliveries.add([delivery("a"), delivery("later", next=after(5))])
        await deliveries.add([])

        assert await self.claim(deliveries) == ["a"]
        assert await self.claim(deliveries) == []
        assert await self.claim(deliveries, after(119)) == ["later"]
        assert await self.claim(deliveries, UNTIL) == ["a", "later"]

    async def test_one_endpoint_does_not_take_all(self, deliveries):
        """
        The longest due come first, but the first of each endpoint before the second of any.
        """
        many = [delivery(f"e{n}", next=after(n - 9)) for n in range(9)]
        await deliveries.add([*many, delivery("f0", "f", next=NOW)])

        assert await self.claim(deliveries, limit=2, per_endpoint=2) == ["e0", "f0"]
        assert await self.claim(deliveries, limit=3, per_endpoint=2) == ["e1", "e2"]
        assert await self.claim(deliveries, limit=1, per_endpoint=2) == ["e3"]

    async def test_disabled_and_removed_endpoints_get_nothing(self, deliveries, endpoints):
        """
        Until it is enabled again.
        """
        await deliveries.add([delivery("a", "e"), delivery("b", "f")])
        await endpoints.disable("e")
        await endpoints.remove(ORG, "f")

        assert await self.claim(deliveries) == []
        assert await deliveries.find(ORG, "b") is None
        await endpoints.put(endpoint("e"))
        assert await self.claim(deliveries) == ["a"]

    async def test_settled_delivery_is_as_its_attempt_left_it(self, deliveries):
        """
        It failed and is tried again later; or it was accepted.
        """
        await deliveries.add([delivery("a")])
        (first,) = await deliveries.claim(at=NOW, until=UNTIL, limit=9, per_endpoint=9)
        failed = attempt(first, "It answers 500.", 500)
        await deliveries.settle(first, failed)

        known = await deliveries.find(ORG, "a")
        assert (known.status, known.attempts) == (DeliveryStatus.PENDING, 1)
        assert (known.next, known.answered, known.problem) == (after(5), 500, "It answers 500.")

        (second,) = await deliveries.claim(at=after(5), until=UNTIL, limit=9, per_endpoint=9)
        accepted = attempt(second, at=after(5))
        await deliveries.settle(second, accepted)

        known = await deliveries.find(ORG, "a")
        assert (known.status, known.attempts, known.next) == (DeliveryStatus.DELIVERED, 2, None)
        assert list(await deliveries.attempts("a")) == [failed, accepted]
        assert await deliveries.find(OTHER_ORG, "a") is None

    async def test_late_attempt_does_not_undo_a_newer_one(self, deliveries):
        """
        A process that stood still settles after another one had claimed the delivery.
        """
        await deliveries.add([delivery("a")])
        (slow,) = await deliveries.claim(at=NOW, until=UNTIL, limit=9, per_endpoint=9)
        (fast,) = await deliveries.claim(at=UNTIL, until=after(999), limit=9, per_endpoint=9)
        await deliveries.settle(fast, attempt(fast))
        await deliveries.settle(slow, attempt(slow, "It took too long.", None))

        assert (await deliveries.find(ORG, "a")).status is DeliveryStatus.DELIVERED
        assert len(await deliveries.attempts("a")) == 2

    async def test_attempt_at_a_removed_endpoint_is_dropped(self, deliveries, endpoints):
        await deliveries.add([delivery("a")])
        (claimed,) = await deliveries.claim(at=NOW, until=UNTIL, limit=9, per_endpoint=9)
        await endpoints.remove(ORG, "e")

        await deliveries.settle(claimed, attempt(claimed))

        assert await deliveries.find(ORG, "a") is None

    async def test_log_is_newest_first(self, deliveries):
        """
        Page by page, of one endpoint.
        """
        rows = [delivery(name, created=after(n // 2)) for n, name in enumerate("abcde")]
        await deliveries.add([*rows, delivery("z", "f")])

        first = list(await deliveries.of_endpoint("e", Page(2, newest_first=True)))
        page = Page(after=(first[-1].created, first[-1].id), newest_first=True)
        rest = await deliveries.of_endpoint("e", page)

        assert [each.id for each in (*first, *rest)] == ["e", "d", "c", "b", "a"]

    async def test_old_settled_deliveries_are_forgotten(self, deliveries):
        """
        Pending ones are kept, however old.
        """
        await deliveries.add([delivery("a"), delivery("b"), delivery("c", created=after(10))])
        for name in ("a", "c"):
            known = await deliveries.find(ORG, name)
            await deliveries.settle(known, attempt(known))

        await deliveries.forget(before=after(5))

        assert [each.id for each in await deliveries.of_endpoint("e")] == ["c", "b"]
