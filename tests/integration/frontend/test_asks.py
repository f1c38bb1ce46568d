"""Each page asks the backend for what it shows and no more, counted in calls."""

from datetime import timedelta

import pytest

from tests.contract.values import record

from aldea_core.domain.ids import OrgId


# Besides the person with their organisations, which every page needs.
_CALLS = {
    "/": 3,  # at a glance, by day, the last requests
    "/playground": 1,
    "/live": 3,  # sessions, limits, names of keys
    "/usage": 5,  # the table, the month before, requests, refusals, keys and models to choose from
    "/usage?days=30&by=tag": 4,
    "/usage?days=7&step=hour": 4,
    "/keys": 3,
    "/keys/new": 0,
    "/webhooks": 3,
    "/docs/quick-start": 1,
    "/billing": 4,
    "/team": 2,
    "/audit": 1,
    "/settings": 0,
}
_OF_EVERY_PAGE = 1


@pytest.fixture
async def ann(site):
    """A person whose organisation transcribed something, so that the first steps are over."""
    ann = await site.person()
    now = site.backend.services.stores.clock().now() - timedelta(seconds=30)
    used = record("aaaa-1", org=OrgId(ann.org), started=now, ended=now, audio_ms=1000)
    await site.backend.services.stores.ledger().record([used])
    return ann


async def test_page_asks_for_what_it_shows_alone(site, ann):
    asked = {}
    for path in _CALLS:
        site.asked.clear()
        assert (await ann.get(ann.at(path))).status == 200
        asked[path] = site.asked[:]

    assert {path: len(paths) - _OF_EVERY_PAGE for path, paths in asked.items()} == _CALLS
