"""Emails about events, and warnings of keys that expire."""

from datetime import timedelta

import pytest

from tests.servers.billing import BillingWorld
from tests.servers.webhooks import ACME, WebhookWorld

from aldea_core.domain.access.keys import KeyDraft
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.access.people import Membership, Role, User
from aldea_core.domain.billing.profiles import BillingProfile
from aldea_core.domain.errors import BadRequest
from aldea_core.domain.ids import UserId
from aldea_core.domain.notifications.alerts import proper_thresholds
from aldea_core.domain.notifications.events import EventType
from aldea_core.domain.notifications.examples import EXAMPLES
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.end_key import RevokeKey


@pytest.fixture
async def world():
    made = WebhookWorld()
    now = made.clock.now()
    await made.accounts.add_org(Org(ACME, "Acme {name}", now))
    for name, role, confirmed in (
        ("owner", Role.OWNER, now),
        ("admin", Role.ADMIN, now),
        ("member", Role.MEMBER, now),
        ("pending", Role.ADMIN, None),
    ):
        email = f"{name}@example.com"
        await made.users.add(User(UserId(name), email, name, "hash", now, confirmed))
        await made.members.put(Membership(UserId(name), ACME, role, now))
    yield made
    await made.close()


async def emails(world) -> list:
    """All that wait, each claimed once."""
    found, later = [], world.clock.now() + timedelta(days=1)
    while (email := await world.outbox.claim(at=world.clock.now(), until=later)) is not None:
        found.append(email.email)
    return found


async def test_owners_and_admins_who_want_emails_get_them(world):
    """
    Once for each event; members and unconfirmed users get none.
    """
    await world.happen(EventType.ORG_SUSPENDED, reason="Unpaid.")
    await world.run()
    first = await emails(world)
    assert sorted(email.to for email in first) == ["admin@example.com", "owner@example.com"]
    assert {email.subject for email in first} == {"Acme {name} is suspended"}
    assert "its API keys are refused. Unpaid.\n\n" in first[0].text

    await world.alerts.set_emails(ACME, UserId("admin"), are_wanted=False)
    await world.happen(EventType.ORG_ACTIVATED, reason="")
    await world.run()
    assert [email.to for email in await emails(world)] == ["owner@example.com"]


async def test_address_for_invoices_gets_what_is_about_money(world):
    """
    Once, if it is an owner's too.
    """
    data = dict(next(one.data for one, _ in EXAMPLES if one.type is EventType.INVOICE_ISSUED))
    for address, expected in (
        ("bills@acme.es", ["admin@example.com", "bills@acme.es", "owner@example.com"]),
        ("owner@example.com", ["admin@example.com", "owner@example.com"]),
    ):
        await world.billing_profiles.set_profile(ACME, BillingProfile(email=address))
        await world.happen(EventType.INVOICE_ISSUED, **data)
        await world.run()
        assert sorted(email.to for email in await emails(world)) == expected
    await world.happen(EventType.ORG_ACTIVATED, reason="")
    await world.run()
    assert "bills@acme.es" not in {email.to for email in await emails(world)}


async def test_every_type_has_an_email_but_tests(world):
    """
    With its numbers as people write them, and the page where it can be seen.
    """
    for example, _ in EXAMPLES:
        await world.happen(example.type, **example.data)
    await world.run()

    sent = [email for email in await emails(world) if email.to == "owner@example.com"]
    assert len(sent) == len(EXAMPLES) - 1
    texts = {email.subject: email.text for email in sent}
    assert (
        "has used 210.45 USD of 250.00 USD in 2026-11: 80% of its spending cap"
        in (texts["80% of the spending cap of Acme {name} is used"])
    )
    assert "To be paid: 210.45 USD, by 2026-11-18." in texts["Invoice 2026-000117 for Acme {name}"]
    assert all("https://dashboard.example/o/acme" in text for text in texts.values())


async def test_event_of_a_deleted_org_sends_no_email(world):
    await world.happen(EventType.ORG_SUSPENDED, reason="Unpaid.")
    await world.accounts.remove_org(ACME)
    await world.run()

    assert await emails(world) == []
    assert await world.events.undispatched(10) == []


async def test_keys_that_expire_within_a_week_are_reported_once():
    """
    Not those that end later, ended before, or are revoked.
    """
    world = BillingWorld()
    org, now = await world.create_org("Acme"), world.clock.now()
    create = CreateKey(world.accounts, world.randomness, world.clock)
    soon, _ = await create(org.id, KeyDraft("soon", expires=now + timedelta(days=6)))
    await create(org.id, KeyDraft("later", expires=now + timedelta(days=8)))
    await create(org.id, KeyDraft("never"))
    revoked, _ = await create(org.id, KeyDraft("revoked", expires=now + timedelta(days=1)))
    await RevokeKey(world.accounts, world.clock)(org.id, revoked.id)

    assert await world.watch_keys() == 1
    assert await world.watch_keys() == 0
    (event,) = await world.events.of_org(org.id)
    assert (event.type, event.data["key_id"]) == (EventType.KEY_EXPIRES_SOON, soon.id)
    world.clock.advance(timedelta(days=2).total_seconds())
    assert await world.watch_keys() == 1


def test_thresholds_are_from_1_to_100():
    assert proper_thresholds([100, 5, 5]) == (5, 100)
    for bad in ([0], [101], range(1, 12)):
        with pytest.raises(BadRequest):
            proper_thresholds(bad)
