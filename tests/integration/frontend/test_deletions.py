"""Deleting an account and an org, and changing an email address, on the dashboard."""

import re

import pytest

from tests.servers.backend import PASSWORD


_TOKEN = re.compile(r"/confirm-email#([A-Za-z0-9_-]+)")


@pytest.fixture
async def ann(site):
    return await site.person()


async def test_org_is_deleted_once_its_name_is_typed(site, ann):
    page = ann.at("/settings/delete")

    wrong = await ann.send(page, name="another's")
    assert wrong.status == 422
    assert (await ann.get(ann.at("/"))).status == 200
    gone = await ann.send(page, name="ann's")

    assert gone.headers["Location"] == "/"
    first = (await ann.get("/")).headers["Location"]  # who is in no org makes one
    assert "is deleted" in (await ann.get(first)).text
    assert (await ann.get(ann.at("/"))).status == 404


async def test_only_an_owner_is_asked_to_delete_an_org(site, ann):
    await ann.send(ann.at("/team"), email="bob@example.com", role="admin")
    await site.backend.delivered()
    token = re.search(r"/invitation#([A-Za-z0-9_-]+)", site.backend.emails[-1].text)[1]
    bob = await site.person("bob")
    await bob.post(
        "/invitation/accept", form_token=(await bob.get("/invitation")).token, token=token
    )

    assert (await bob.get(ann.at("/settings"))).status == 200
    assert "Delete organisation" not in (await bob.get(ann.at("/settings"))).text
    assert (await bob.get(ann.at("/settings/delete"))).status == 404
    own = (await bob.get(ann.at("/settings"))).token
    sent = await bob.post(ann.at("/settings/delete"), form_token=own, name="ann's")
    assert sent.status == 404
    assert (await ann.get(ann.at("/"))).status == 200


async def test_account_is_deleted_once_address_and_password_are_typed(site, ann):
    last_owner = await ann.send("/profile/delete", email=ann.email, password=PASSWORD)
    assert last_owner.status == 422
    await ann.send(ann.at("/settings/delete"), name="ann's")

    other = await ann.send("/profile/delete", email="eve@example.com", password=PASSWORD)
    wrong = await ann.send("/profile/delete", email=ann.email, password="not this one at all")
    assert (other.status, wrong.status) == (422, 422)
    gone = await ann.send("/profile/delete", email=ann.email.upper(), password=PASSWORD)

    assert gone.headers["Location"] == "/sign-in"
    again = await ann.send("/sign-in", email=ann.email, password=PASSWORD)
    assert again.status == 401


async def test_address_is_changed_once_both_confirm_it(site, ann):
    wrong = await ann.send(
        "/profile/email", email="new@example.com", password="not this one at all"
    )
    assert wrong.status == 422
    assert 'value="new@example.com"' in wrong.text
    asked = await ann.send("/profile/email", email="new@example.com", password=PASSWORD)
    assert asked.headers["Location"] == "/profile/email"
    assert "A change is under way" in (await ann.get("/profile/email")).text
    await site.backend.delivered()
    by_to = {one.to: _TOKEN.search(one.text) for one in site.backend.emails}
    reader = await site.browser()  # who is not signed in there

    half = await reader.send("/confirm-email", token=by_to["new@example.com"][1])
    used = await reader.send("/confirm-email", token="not-a-token-at-all")
    whole = await reader.send("/confirm-email", token=by_to["ann@example.com"][1])

    assert "One of two is confirmed" in half.text
    assert used.status == 422
    assert "you sign in with <b>new@example.com</b>" in whole.text
    assert "new@example.com" in (await ann.get("/profile")).text


async def test_change_of_an_address_is_given_up(site, ann):
    await ann.send("/profile/email", email="new@example.com", password=PASSWORD)

    kept = await ann.send("/profile/email/keep", page="/profile/email")
    again = await ann.send("/profile/email/keep", page="/profile/email")

    assert kept.status == again.status == 303
    assert "A change is under way" not in (await ann.get("/profile/email")).text


async def test_invitation_is_sent_again_and_the_link_of_before_opens_nothing(site, ann):
    await ann.send(ann.at("/team"), email="bob@example.com", role="member")
    await site.backend.delivered()
    listed = await ann.get(ann.at("/team"))
    again = re.search(r"/o/[^\"]+/send-again", listed.text)[0]

    await ann.send(again, page=ann.at("/team"))

    await site.backend.delivered()
    old, new = (
        re.search(r"/invitation#([A-Za-z0-9_-]+)", one.text)[1]
        for one in site.backend.emails
        if one.to == "bob@example.com"
    )
    reader = await site.browser()
    assert (await reader.send("/invitation", token=old)).status == 422
    assert "bob@example.com" in (await reader.send("/invitation", token=new)).text


async def test_confirmation_is_sent_again_and_says_nothing_of_the_address(site):
    reader = await site.browser()

    unknown = await reader.send("/confirm/again", email="nobody@example.com")
    wrong = await reader.send("/confirm/again", email="no address")

    assert "Read your email" in unknown.text
    assert wrong.status == 422
