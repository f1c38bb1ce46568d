"""The first page of an organisation."""

import pytest

from tests.contract.values import record

from aldea_core.domain.billing.months import Month


async def test_first_steps_wait_for_the_first_request_and_go(site):
    ann = await site.person()
    waiting = await ann.get(ann.at("/"))
    assert "Make your first request" in waiting.text
    assert "$ALDEA_API_KEY" in waiting.text
    assert '"is_there": false' in (await ann.get(ann.at("/first-request"))).text

    services = site.backend.services
    now = services.stores.clock().now()
    done = record(org=ann.org, started=now, ended=now, audio_ms=90_000)
    await services.stores.ledger().record([done])

    assert '"is_there": true' in (await ann.get(ann.at("/first-request"))).text
    shown = await ann.get(ann.at("/"))
    assert "Make your first request" not in shown.text
    assert ">1:30<" in shown.text


async def test_person_in_no_org_is_asked_to_make_one(site):
    ann, bob = await site.person("ann"), await site.person("bob")
    members = site.backend.services.people.members()
    (membership,) = await members.of_org(ann.org)
    await members.remove(ann.org, membership.user)

    assert (await ann.get("/")).headers["Location"] == "/orgs/new"
    assert (await ann.get("/orgs/new")).status == 200
    assert (await bob.get("/")).headers["Location"] == bob.at("/")


async def test_cap_that_the_month_will_meet_is_said_with_what_happens_then(site):
    ann = await site.person()
    services = site.backend.services
    now = services.stores.clock().now()
    month = Month.of(now)
    passed = (now - month.begins) / (month.ends - month.begins)
    if not 0.04 < passed < 0.97:
        pytest.skip("the first day of a month has no forecast, and its last ends near what is used")
    done = record(org=ann.org, started=now, ended=now, audio_ms=10_000 * 60_000)  # for $77.00
    await services.stores.ledger().record([done])
    await ann.send(ann.at("/billing/cap"), page=ann.at("/billing"), amount="78")

    shown = (await ann.get(ann.at("/"))).text

    assert "99% of your spending cap is used.</b> At this pace it is reached before" in shown
    assert "requests are refused from then on." in shown
