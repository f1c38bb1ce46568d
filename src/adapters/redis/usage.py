"""Usage records on their way to the ledger: streams that a consumer group drains."""

import asyncio
import binascii

from collections.abc import Sequence
from typing import Any, final

import structlog

from typing_extensions import override

from adapters.redis.client import RedisClient, Script, ScriptCall, redis_errors_as_ours, run_all
from adapters.redis.error_texts import is_damage
from adapters.redis.library import ResponseError
from adapters.redis.usage_rows import usage_of, usage_text
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.errors import Unavailable
from aldea_core.ports.usage import UsageEntry, UsageFeed, UsageLog


log = structlog.get_logger()

STREAMS = 16
_DROP = Script.load("drop")
_RENAME_DAMAGED = Script.load("rename_damaged")
_GROUP = "ledger"
_FIELD = "record"
_CLAIM_SECONDS = 60.0
_NO_GROUP = ("NOGROUP", "requires the key to exist")


def stream_key(number: int) -> str:
    return f"usage:{{{number}}}"


_STREAM_KEYS = [stream_key(number) for number in range(STREAMS)]


@final
class RedisUsageLog(UsageLog):
    """
    Appends usage records to the streams. All records of a session go to the same stream. What is of
    another type is renamed, as it would hold up the records of all.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client

    @override
    async def write(self, records: Sequence[UsageRecord]) -> None:
        try:
            if len(records) == 1:  # as at the end of each session
                stream, text = _stream_of(records[0]), usage_text(records[0])
                await self._client.ask(stream, "XADD", stream, "*", _FIELD, text)
                return
            await self._client.ask_all(
                [("XADD", _stream_of(each), "*", _FIELD, usage_text(each)) for each in records]
            )
        except Unavailable as error:
            if not is_damage(error.__cause__):
                raise
            streams = {_stream_of(each) for each in records}
            if not any([await _rename_damaged(self._client, stream) for stream in streams]):
                raise  # another process was faster: a spool writes them again
            await self.write(records)


async def _rename_damaged(client: RedisClient, stream: str) -> bool:
    """Renames what is no stream; returns whether it was none."""
    damaged = f"{stream}:damaged"
    is_renamed = bool(await _RENAME_DAMAGED(client, [stream, damaged], []))
    if is_renamed:
        log.error("usage stream is of another type", stream=stream, renamed=damaged)
    return is_renamed


def _stream_of(record: UsageRecord) -> str:
    return _STREAM_KEYS[binascii.crc32(record.session.encode()) % STREAMS]


@final
class RedisUsageFeed(UsageFeed):
    """
    Takes usage records from the streams.

    Args:
        consumer: Name of this consumer. It must be unique among the running consumers.
        claim_seconds: Idle time after which another consumer claims an entry that was not dropped.
    """

    def __init__(
        self,
        client: RedisClient,
        consumer: str,
        *,
        claim_seconds: float = _CLAIM_SECONDS,
    ) -> None:
        self._client = client
        self._consumer = consumer
        self._claim_ms = round(claim_seconds * 1000)
        # Streams of which this consumer may have claimed entries: entries that were taken and not
        # dropped, because the reply was lost, another entry of the batch failed, or the ledger was
        # unavailable. An earlier process of the same name may also have left some.
        self._claimed = set(range(STREAMS))

    @override
    async def take(self, limit: int) -> Sequence[UsageEntry]:
        each = max(1, limit // STREAMS)
        streams = (self._take(n, each) for n in range(STREAMS))
        taken = await asyncio.gather(*streams, return_exceptions=True)
        entries = [entry for each in taken if isinstance(each, list) for entry in each]
        failures = [each for each in taken if isinstance(each, BaseException)]
        with redis_errors_as_ours():
            # While one node of a cluster is down, entries of the other nodes are still processed.
            if failures and not (entries and isinstance(failures[0], Unavailable)):
                raise failures[0]
        return entries

    async def _take(self, number: int, limit: int) -> list[UsageEntry]:
        with redis_errors_as_ours():
            try:
                return await self._claim_and_read(number, limit)
            except ResponseError as error:
                if is_damage(error):
                    await _rename_damaged(self._client, stream_key(number))
                elif not any(text in str(error) for text in _NO_GROUP):
                    raise
            # The stream is new, or was lost with its node, or is renamed.
            try:
                await self._client.connection.xgroup_create(
                    stream_key(number), _GROUP, id="0", mkstream=True
                )
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
            return await self._claim_and_read(number, limit)

    async def _claim_and_read(self, number: int, limit: int) -> list[UsageEntry]:
        redis, stream = self._client.connection, stream_key(number)
        raw = await self._own(number, limit) if number in self._claimed else []
        self._claimed.add(number)
        if not raw:
            found = await redis.xreadgroup(_GROUP, self._consumer, {stream: ">"}, count=limit)
            raw = [entry for _, entries in _pairs(found) for entry in entries]
        if len(raw) < limit:
            claimed = await redis.xautoclaim(
                stream,
                _GROUP,
                self._consumer,
                self._claim_ms,
                "0-0",
                count=limit - len(raw),
            )
            met = {entry_id for entry_id, _ in raw}
            raw += [entry for entry in claimed[1] if entry[0] not in met]
        if not raw:
            self._claimed.discard(number)
        entries = []
        for entry_id, fields in raw:
            if not fields:  # deleted, but still pending: it would be delivered for ever
                await _DROP(self._client, [stream], [_GROUP, entry_id])
                continue
            try:
                record = usage_of(fields[_FIELD])
            except (KeyError, TypeError, ValueError, AttributeError):
                await self._put_aside(stream, entry_id, fields, said="usage entry cannot be read")
                continue
            entries.append(UsageEntry(f"{number}/{entry_id}", record))
        return entries

    async def _own(self, number: int, limit: int) -> list[Any]:
        """Entries that were delivered to this consumer before and not dropped."""
        found = await self._client.connection.xreadgroup(
            _GROUP, self._consumer, {stream_key(number): "0"}, count=limit
        )
        return [entry for _, entries in _pairs(found) for entry in entries]

    @override
    async def aside(self) -> int:
        asides = [_aside_key(key) for key in _STREAM_KEYS]
        return sum(await asyncio.gather(*(self._client.ask(key, "XLEN", key) for key in asides)))

    async def _put_aside(
        self, stream: str, entry_id: str, fields: dict[str, str], *, said: str
    ) -> None:
        log.error(said, stream=stream, entry=entry_id)
        redis = self._client.connection
        await redis.xadd(_aside_key(stream), fields or {"empty": entry_id})
        await _DROP(self._client, [stream], [_GROUP, entry_id])

    @override
    async def drop(self, entries: Sequence[UsageEntry]) -> None:
        by_stream: dict[str, list[str]] = {}
        for entry in entries:
            number, _, entry_id = entry.id.partition("/")
            by_stream.setdefault(stream_key(int(number)), []).append(entry_id)
        calls = [ScriptCall(_DROP, [stream], [_GROUP, *ids]) for stream, ids in by_stream.items()]
        await run_all(self._client, calls)

    @override
    async def put_aside(self, entry: UsageEntry) -> None:
        number, _, entry_id = entry.id.partition("/")
        stream = stream_key(int(number))
        fields = {_FIELD: usage_text(entry.record)}
        with redis_errors_as_ours():
            await self._put_aside(stream, entry_id, fields, said="usage entry cannot be recorded")


def _aside_key(stream: str) -> str:
    return f"{stream}:unreadable"


def _pairs(found: Any) -> list[tuple[str, list[Any]]]:
    """The reply of XREADGROUP as pairs: a list in RESP2, a map in RESP3."""
    if isinstance(found, dict):
        return [(stream, _flat(entries)) for stream, entries in found.items()]
    return [(stream, entries) for stream, entries in found or []]


def _flat(entries: Any) -> list[Any]:
    return entries[0] if entries and isinstance(entries[0], list) else entries
