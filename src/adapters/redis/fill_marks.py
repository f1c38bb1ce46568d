"""
Marks that say whether Redis is filled from the database.

A cluster loses one node at a time, so each node needs a mark of its own. The marks lie in slots at
even distances, and Redis counts as filled only if all of them exist. This is exact for clusters of
up to sixteen nodes that share the slots evenly. In a larger cluster, the loss of a node without a
mark is not noticed.
"""

import asyncio

from collections.abc import Iterator
from typing import final

import attrs

from typing_extensions import override

from adapters.redis.client import RedisClient, Script, ScriptCall, run_all
from adapters.redis.library import key_slot
from aldea_core.ports.keystore import FillMarks


_MARKS = 32
_SLOTS = 16_384
# An unfinished filling is forgotten after a day.
_BEGUN_SECONDS = 86_400
_BEGIN = Script.load("fill_begin")
_FINISH = Script.load("fill_finish")


def _tags() -> Iterator[int]:
    """Numbers whose slots lie in a different thirty-second of all slots each."""
    width = _SLOTS // _MARKS
    met: set[int] = set()
    number = 0
    while len(met) < _MARKS:
        part = key_slot(f"{number}".encode()) // width
        if part not in met:
            met.add(part)
            yield number
        number += 1


_TAGS = tuple(_tags())
_FILLED = tuple(f"filled:{{{tag}}}" for tag in _TAGS)
_FILLING = tuple(f"filling:{{{tag}}}" for tag in _TAGS)


async def is_filled(client: RedisClient) -> bool:
    """Whether every mark exists."""
    if client.is_cluster:
        found = await asyncio.gather(*(client.ask(mark, "EXISTS", mark) for mark in _FILLED))
        return all(found)
    count: int = await client.ask(_FILLED[0], "EXISTS", *_FILLED)
    return count == _MARKS


@final
@attrs.frozen
class RedisFillMarks(FillMarks):
    client: RedisClient

    @override
    async def is_filled(self) -> bool:
        return await is_filled(self.client)

    @override
    async def begin(self, filling: str) -> None:
        args = [filling, _BEGUN_SECONDS]
        await run_all(self.client, [ScriptCall(_BEGIN, [key], args) for key in _FILLING])

    @override
    async def finish(self, filling: str) -> bool:
        pairs = zip(_FILLED, _FILLING, strict=True)
        await run_all(self.client, [ScriptCall(_FINISH, pair, [filling]) for pair in pairs])
        return await is_filled(self.client)
