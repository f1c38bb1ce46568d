"""API keys on the dashboard."""

import html
import re

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.values import record
from tests.servers.backend import PASSWORD

from aldea_core.domain.access.keys import ApiKey
from aldea_core.domain.ids import KeyHash, KeyId, OrgId, SessionId


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
        ({"expiry": "date", "date": "9999-12-31"}, "Must be before 9999-12-31"),
        ({"rate": "9" * 5000}, "Must be a whole number"),
        ({"minutes": "1e999999"}, "Must be a number of minutes"),
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


async def test_keys_come_in_pages_newest_first(site, ann):
    """
    However many have ended: each page asks for its own keys alone.
    """
    accounts = site.backend.services.stores.accounts()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(150):
        made = start + timedelta(minutes=number)
        await accounts.add_key(
            ApiKey(
                KeyId(f"id-{number}"),
                OrgId(ann.org),
                f"Lobby {number:03}",
                KeyHash(f"{number:064}"),
                "org_abcdef",
                made,
                expires=made + timedelta(days=1),
            )
        )

    def shown(page):
        return re.findall(r">(Lobby \d+)</a>", page.text)

    first = await ann.get(ann.at("/keys?state=ended&q=lobby"))
    older = html.unescape(re.search(r'href="(\?[^"]+)">Older<', first.text)[1])
    second = await ann.get(ann.at(f"/keys{older}"))

    assert shown(first) == [f"Lobby {number:03}" for number in range(149, 49, -1)]
    assert shown(second) == [f"Lobby {number:03}" for number in range(49, -1, -1)]
    assert "Newest" not in first.text
    assert "Older" not in second.text
    newest = html.unescape(re.search(r'href="(\?[^"]+)">Newest<', second.text)[1])
    assert shown(await ann.get(ann.at(f"/keys{newest}"))) == shown(first)
    assert shown(await ann.get(ann.at("/keys"))) == []


async def test_key_is_renamed_and_its_limits_models_and_tags_are_changed(ann):
    await create(ann, tags="old", expiry="30")
    listed = await ann.get(ann.at("/keys"))
    one = re.search(rf"{ann.at('/keys/')}[0-9a-f-]+", listed.text)[0]
    form = await ann.get(f"{one}/change")
    day = re.search(r'name="date" type="date" value="([0-9-]+)"', form.text)[1]

    changed = await change(
        ann, one, name="Gates", tags="a, b", models="general", sessions="7", minutes="90"
    )
    shown = await ann.get(one)

    assert changed.headers["Location"] == one
    for part in ("Gates", "general", "7 at most", "90 minutes at most", ">a<", ">b<"):
        assert part in shown.text, part
    assert f'value="{day}"' in (await ann.get(f"{one}/change")).text
    plain = await change(ann, one, name="Gates", expiry="", date="")
    assert plain.status == 303
    assert "never" in (await ann.get(one)).text


async def test_change_of_a_version_that_is_gone_shows_both(ann):
    await create(ann)
    listed = await ann.get(ann.at("/keys"))
    one = re.search(rf"{ann.at('/keys/')}[0-9a-f-]+", listed.text)[0]
    form = await ann.get(f"{one}/change")
    await change(ann, one, name="Theirs")

    late = await change(ann, one, form, name="Mine")
    after = await change(ann, one, late, name="Mine")

    assert late.status == 412
    assert "Theirs" in late.text
    assert 'value="Mine"' in late.text
    assert after.status == 303
    assert "Mine" in (await ann.get(one)).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Name: "),
        ({"rate": "-1"}, "Must be a whole number."),
        ({"minutes": "a lot"}, "Must be a number of minutes"),
        ({"expiry": "date", "date": "2020-01-01"}, "Expiry must be after today"),
        ({"models": "a/b c" * 60}, "Models: "),
    ],
)
async def test_wrong_change_is_named_and_saves_nothing(ann, fields, said):
    await create(ann)
    listed = await ann.get(ann.at("/keys"))
    one = re.search(rf"{ann.at('/keys/')}[0-9a-f-]+", listed.text)[0]

    page = await change(ann, one, **{"name": "Changed", **fields})

    assert page.status == 422
    assert said in page.text
    assert "Changed" not in (await ann.get(one)).text


async def change(browser, one, form=None, **fields: str):
    """Sends the form of *one*'s change, as *form* shows it, with *fields*."""
    form = form or await browser.get(f"{one}/change")
    shown = dict(re.findall(r'<input [^>]*name="(\w+)"[^>]* value="([^"]*)"', form.text))
    chosen = re.search(r'<option value="(\w*)" selected', form.text)
    shown["expiry"] = chosen[1] if chosen else ""
    shown = {name: html.unescape(value) for name, value in shown.items()}
    return await browser.post(f"{one}/change", **{**shown, **fields})


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


async def test_keys_are_listed_where_too_many_were_used_to_draw_their_days(site, ann):
    await create(ann)
    stores = site.backend.services.stores
    org, now = OrgId(ann.org), stores.clock().now()
    await stores.ledger().record(
        [
            record(SessionId(f"s{n}"), org=org, key=KeyId(f"k{n}"), started=now, ended=now)
            for n in range(7200)
        ]
    )
    page = await ann.get(ann.at("/keys"))

    assert page.status == 200
    assert "Gate kiosks" in page.text
