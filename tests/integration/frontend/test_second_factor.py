"""A second factor on the dashboard: turned on, asked for, turned off."""

import html
import re

import pyotp
import segno

from tests.servers.backend import PASSWORD


_SECRET = re.compile(r'<output id="secret"[^>]*>([A-Z2-7]+)<')
_FACTOR = "/profile/second-factor"


async def test_code_is_asked_for_once_the_factor_is_on(site):
    ann = await site.person()
    wrong = await ann.send(_FACTOR, password="not mine at all")
    shown = await ann.send(_FACTOR, password=PASSWORD)
    secret = _SECRET.search(shown.text)[1]
    on = await ann.post(f"{_FACTOR}/confirm", form_token=shown.token, code=pyotp.TOTP(secret).now())
    recovery = re.search(r'<pre id="codes"[^>]*>([^<]+)</pre>', on.text)[1].split()

    assert wrong.status == 422
    other = await site.browser()
    asked = await other.send("/sign-in", email=ann.email, password=PASSWORD)
    assert asked.status == 200
    assert "Enter the code" in asked.text
    challenge = re.search(r'name="challenge" value="([^"]+)"', asked.text)[1]
    assert (await other.get("/profile")).headers["Location"].startswith("/sign-in")
    typed = {"form_token": asked.token, "challenge": challenge}
    refused = await other.post("/sign-in/code", **typed, code="000000000")
    done = await other.post("/sign-in/code", **typed, code=recovery[0])

    assert refused.status == 401
    assert done.headers["Location"] == "/"
    assert (await other.get("/profile")).status == 200
    off = await other.send(f"{_FACTOR}/off", page=_FACTOR, password=PASSWORD)
    assert off.status == 303


async def test_picture_says_what_the_text_beside_it_says(site):
    """
    Also after a code that was wrong; and a picture of anything else is not made.
    """
    ann = await site.person()
    shown = await ann.send(_FACTOR, password=PASSWORD)
    secret = _SECRET.search(shown.text)[1]
    uri = html.unescape(re.search(r'name="uri" value="([^"]+)"', shown.text)[1])
    typed = {"form_token": shown.token, "code": "000000000", "secret": secret}
    again = await ann.post(f"{_FACTOR}/confirm", **typed, uri=uri)
    other = await ann.post(f"{_FACTOR}/confirm", **typed, uri="https://evil.example/")
    long = await ann.post(f"{_FACTOR}/confirm", **typed, uri="otpauth:" + "x" * 5000)

    assert pyotp.parse_uri(uri).secret == secret
    picture = segno.make_qr(uri, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff")
    assert picture in shown.text
    assert picture in again.text
    assert again.status == 422
    assert 'class="qr"' not in other.text + long.text
    assert "evil.example" not in other.text
