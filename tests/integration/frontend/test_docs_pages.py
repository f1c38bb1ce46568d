"""Docs inside the dashboard."""

import re

import pytest

from aldea_core.protocol.deepgram.close_codes import CLOSES
from entrypoints.frontend.pages.docs import CHAPTERS


async def test_every_chapter_is_there_and_its_links_lead_somewhere(site):
    """
    With the reader's own addresses in it, and no address of another place but Deepgram's.
    """
    ann = await site.person()
    pages = {name: await ann.get(ann.at(f"/docs/{name}")) for name in CHAPTERS}
    linked = {
        link.partition("#")[0]
        for page in pages.values()
        for link in re.findall(r'href="(/o/[^"]*/docs[^"]*)"', page.text)
    }
    anchors = {
        (link.partition("#")[0].rpartition("/")[2], link.partition("#")[2])
        for link in re.findall(r'href="([^"]*/docs/[^"]*#[^"]*)"', pages["files"].text)
    }

    assert {page.status for page in pages.values()} == {200}
    assert {(await ann.get(link)).status for link in linked} == {200}
    assert len(anchors) > 20
    for chapter, anchor in anchors:
        assert f'<h2 id="{anchor}">' in pages[chapter].text


async def test_every_close_code_and_reason_of_the_gateway_is_listed(site):
    ann = await site.person()

    page = await ann.get(ann.at("/docs/close-codes"))

    for close in CLOSES.values():
        assert f">{close.code}</th>" in page.text
        assert close.reason in page.text


@pytest.mark.parametrize("path", ["/docs", "/docs/live"])
async def test_short_address_leads_to_the_first_org(site, path):
    ann = await site.person()

    page = await ann.get(path)

    assert page.headers["Location"].startswith(ann.at("/docs/"))


async def test_unknown_chapter_does_not_exist(site):
    ann = await site.person()

    assert (await ann.get("/docs/none")).status == 404
    assert (await ann.get(ann.at("/docs/none"))).status == 404


def test_search_finds_sections_by_their_words(owner):
    page = owner
    page.get_by_role("link", name="Docs").click()
    page.get_by_label("Search the docs").fill("keepalive")

    page.get_by_role("link", name="Silence").wait_for()
    assert not page.get_by_role("link", name="Callbacks").is_visible()
    page.get_by_role("link", name="Silence").click()
    page.get_by_role("heading", name="Silence").wait_for()
