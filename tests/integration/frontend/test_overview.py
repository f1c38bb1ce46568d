"""The first page of an organisation."""

from tests.contract.values import record


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
