"""What `FindTokenKey` promises on every store."""

import asyncio

import attrs

from tests.contract.accounts import ACME
from tests.contract.values import NOW, ORG

from adapters.memory.clock import ManualClock
from adapters.memory.randomness import SeededRandomness
from aldea_core.domain.access.keys import LISTEN
from aldea_core.use_cases.access.create_key import CreateKey
from aldea_core.use_cases.access.find_token_key import FindTokenKey


class TokenKeyContract:
    """Subclasses give fixtures `transaction` and `accounts`, empty, of the same database."""

    async def test_parallel_callers_get_one_key(self, transaction, accounts):
        """
        One of them makes it; the next call finds it, until it is revoked or expires.
        """
        await accounts.add_org(ACME)
        clock = ManualClock(NOW)
        create = CreateKey(accounts, SeededRandomness(), clock)
        find = FindTokenKey(accounts, create, transaction, clock)

        answers = await asyncio.gather(*(find(ORG) for _ in range(8)))

        (key,) = {key for key, _ in answers}
        assert sum(is_new for _, is_new in answers) == 1
        assert (key.scopes, key.for_tokens) == (frozenset({LISTEN}), True)
        assert [each.id for each in await accounts.keys(ORG)] == [key.id]
        assert await find(ORG) == (key, False)

        await accounts.end_key(ORG, key.id, at=NOW)
        second, is_new = await find(ORG)
        assert is_new
        assert second.id != key.id
        await accounts.change_key(attrs.evolve(second, expires=NOW))
        assert (await find(ORG))[1]
