"""Operators look at an org as its members do."""

from datetime import timedelta

import attrs
import pytest

from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import OrgId
from aldea_core.use_cases.access.begin_view import LASTS, BeginView
from aldea_core.use_cases.access.sign_in import LONGEST_AGENT


@pytest.fixture
async def operator(people):
    user = attrs.evolve(await people.signs_up("operator@example.com"), is_operator=True)
    await people.users.put(user)
    return user


@pytest.fixture
def begin(people):
    return BeginView(people.accounts, people.sign_ins, people.randomness, people.clock)


async def test_view_is_a_listed_sign_in_of_one_hour(people, operator, begin):
    """
    Its token starts with `vas_`; a long agent is cut.
    """
    org = await people.org_of(await people.signs_up())
    view, token = await begin(operator, org.id, address="127.0.0.1", agent="x" * 9999)

    assert token.reveal().startswith("vas_")
    assert (view.org, view.address, view.agent) == (org.id, "127.0.0.1", "x" * LONGEST_AGENT)
    assert list(await people.sign_ins.of_user(operator.id, at=people.clock.now())) == [view]
    assert (await people.find_signed_in(token.reveal())).sign_in.org == org.id
    people.clock.advance(LASTS / timedelta(seconds=1))
    assert await people.find_signed_in(token.reveal()) is None


async def test_view_opens_nothing_once_its_user_is_no_operator(people, operator, begin):
    org = await people.org_of(await people.signs_up())
    _, token = await begin(operator, org.id)
    await people.users.put(attrs.evolve(operator, is_operator=False))

    assert await people.find_signed_in(token.reveal()) is None


async def test_unknown_org_cannot_be_viewed(people, operator, begin):
    with pytest.raises(NotFound, match="no such organisation"):
        await begin(operator, OrgId("unknown"))
    assert list(await people.sign_ins.of_user(operator.id, at=people.clock.now())) == []
