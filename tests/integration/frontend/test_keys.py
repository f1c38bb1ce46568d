"""API keys on the dashboard."""

import re

import pytest

from tests.servers.backend import PASSWORD


_SECRET = re.compile(r'<output id="secret"[^>]*>(org_[0-9A-Za-z]+)<')


@pytest.fixture
async def ann(site):
    return await site.person()


async def create(browser, **fields: str):
    return await browser.send(
        browser.at("/keys/new"), **{"name": "Gate kiosks", "may": "transcribe", **fields}
    )


async def test_secret_is_shown_once_and_works(site, ann):
    made = await create(ann, tags="kiosks, prod", sessions="5", expiry="30")
    secret = _SECRET.search(made.text)[1]
    shown = await ann.get(ann.at("/keys"))

    assert made.status == 200
    assert made.headers["Cache-Control"] == "no-store"
    assert "Gate kiosks" in shown.text
    assert secret[:10] in shown.text
    assert secret not in shown.text
    person = site.backend.anonymous()
    person.token = secret
    refused = await person.get(f"/v1/orgs/{ann.org}/keys")
    assert refused.status == 403  # known, and made for audio alone


async def test_form_sent_twice_makes_one_key(ann):
    """
    As when a person reloads the page of the secret.
    """
    page = await ann.get(ann.at("/keys/new"))
    fields = {"form_token": page.token, "once": page.once, "name": "One", "may": "transcribe"}

    first = await ann.post(ann.at("/keys/new"), **fields)
    again = await ann.post(ann.at("/keys/new"), **fields)

    assert _SECRET.search(first.text)[1] == _SECRET.search(again.text)[1]
    assert (await ann.get(ann.at("/keys"))).text.count(">One</a>") == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Name: "),
        ({"sessions": "many"}, "Must be a whole number."),
        ({"expiry": "date", "date": "2020-01-01"}, "Expiry must be after today"),
        ({"expiry": "date", "date": "soon"}, "Must be a date"),
        ({"tags": "a/b"}, "Tags: "),
        ({"may": "custom"}, "Choose what the key may do."),
    ],
)
async def test_wrong_field_is_named_and_nothing_typed_is_lost(ann, fields, said):
    page = await create(ann, **{"models": "general", **fields})

    assert page.status == 422
    assert said in page.text
    assert 'value="general"' in page.text


async def test_key_is_rotated_with_an_overlap_and_revoked(ann):
    await create(ann)
    listed = await ann.get(ann.at("/keys"))
    one = re.search(rf"{ann.at('/keys/')}[0-9a-f-]+", listed.text)[0]

    rotated = await ann.send(f"{one}/rotate", overlap="3600")
    assert "goes on to work for 1 hour" in rotated.text
    assert _SECRET.search(rotated.text)
    asked = await ann.get(f"{one}/revoke")
    assert "Revoke “Gate kiosks”?" in asked.text
    gone = await ann.send(f"{one}/revoke")

    assert gone.headers["Location"] == ann.at("/keys?state=ended")
    after = await ann.get(gone.headers["Location"])
    assert "“Gate kiosks” is revoked." in after.text
    assert "Revoked" in (await ann.get(one)).text


async def test_keys_are_searched_by_name_hint_and_tag(ann):
    await create(ann, name="Gate", tags="kiosks")
    await create(ann, name="Desk")

    by_tag = await ann.get(ann.at("/keys?q=KIOSK"))
    nothing = await ann.get(ann.at("/keys?q=kisok"))

    assert ">Gate</a>" in by_tag.text
    assert ">Desk</a>" not in by_tag.text
    assert "No key is like “kisok”" in nothing.text


async def test_script_in_a_name_is_text(ann):
    script = "<script>alert(1)</script>"
    made = await create(ann, name=script)
    listed = await ann.get(ann.at("/keys"))

    for page in (made, listed):
        assert script not in page.text
        assert "&lt;script&gt;" in page.text


async def test_other_orgs_keys_do_not_exist(site, ann):
    await create(ann)
    listed = await ann.get(ann.at("/keys"))
    one = re.search(r"/keys/[0-9a-f-]+", listed.text)[0]
    eve = await site.person("eve")

    for path in (ann.at("/keys"), ann.at(one), eve.at(one), eve.at(f"{one}/revoke")):
        assert (await eve.get(path)).status == 404
    own = (await eve.get(eve.at("/keys"))).token
    assert (await eve.post(ann.at(f"{one}/revoke"), form_token=own)).status == 404
    assert PASSWORD not in listed.text
