"""The company's colour, out of the environment."""

import re

from tests.servers.frontend import frontend


async def test_company_s_colour_replaces_the_accent_on_every_page(fast_passwords):
    async with frontend(accent_colours=("#7a1fa2",)) as site:
        page = await (await site.browser()).get("/sign-in")
        (address,) = re.findall(r'href="(/theme\.css\?[0-9a-f]+)"', page.text)
        sheet = await (await site.browser()).get(address)

    assert "--accent: light-dark(#7a1fa2," in sheet.text
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["Cache-Control"]


async def test_without_one_no_page_asks_for_a_theme(site):
    page = await (await site.browser()).get("/sign-in")

    assert "theme.css" not in page.text
