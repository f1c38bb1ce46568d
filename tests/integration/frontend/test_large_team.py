"""The team of an org that has invited many."""

import re

from datetime import timedelta

import pytest

from tests.contract.people import invitation

from aldea_core.domain.ids import OrgId


_INVITED = 130
_ROW = re.compile(r'<th scope="row">(\w+)@example\.com<')
_OLDER = re.compile(r'<a class="btn btn-small" href="(\?invited=[^"]*)">Older</a>')


@pytest.fixture
async def ann(site):
    person = await site.person()
    services = site.backend.services
    now = services.stores.clock().now()
    for number in range(_INVITED):
        made = now - timedelta(days=9, seconds=-number)
        sent = invitation(f"invited{number:03}", org=OrgId(person.org), created=made, expires=now)
        await services.people.invitations().add(sent)
    return person


async def test_newest_invitations_come_first(ann):
    """
    However many have expired before; the others are on the next page.
    """
    await ann.send(ann.at("/team"), email="newest@example.com", role="member")
    page = await ann.get(ann.at("/team"))
    rest = await ann.get(ann.at("/team") + _OLDER.search(page.text)[1])

    names = [f"invited{number:03}" for number in reversed(range(_INVITED))]
    assert _ROW.findall(page.text) == ["newest", *names[:99]]
    assert _ROW.findall(rest.text) == names[99:]
    assert _OLDER.search(rest.text) is None
