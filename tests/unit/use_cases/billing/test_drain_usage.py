"""Draining the usage log into the ledger."""

import attrs
import pytest

from tests.contract.values import ORG, record
from tests.servers.away import Away
from tests.servers.ledgers import sessions_of

from adapters.memory.usage import DirectUsageLog, MemoryUsageLedger, MemoryUsageQueue
from aldea_core.domain.errors import Unavailable, Unstorable
from aldea_core.use_cases.billing.drain_usage import DrainUsage


async def test_every_record_arrives_once():
    """
    The log is empty afterwards.
    """
    queue, ledger = MemoryUsageQueue(), MemoryUsageLedger()
    await queue.write([record("s1"), record("s2"), record("s1")])
    drain = DrainUsage(queue, ledger)

    assert await drain() == 3
    assert await drain() == 0
    assert len(await sessions_of(ledger, ORG)) == 2


async def test_absent_ledger_loses_no_record():
    """
    Records that were read are read again.
    """
    queue, ledger = MemoryUsageQueue(), Away(MemoryUsageLedger())
    await queue.write([record()])
    ledger.is_away = True
    with pytest.raises(Unavailable):
        await DrainUsage(queue, ledger)()
    ledger.is_away = False

    assert await DrainUsage(queue, ledger)() == 1


@attrs.frozen
class Picky(MemoryUsageLedger):
    """A ledger that can never take records of some sessions."""

    refused: frozenset[str] = frozenset()

    async def record(self, records):
        if self.refused & {each.session for each in records}:
            raise Unstorable("a value is too long")
        await super().record(records)


@pytest.mark.parametrize("refused", [{"s0"}, {"s3", "s4"}, {"s6"}, {f"s{n}" for n in range(7)}])
async def test_record_that_can_never_be_taken_holds_up_no_other(refused):
    """
    It is put aside.
    """
    queue, ledger = MemoryUsageQueue(), Picky(refused=frozenset(refused))
    sessions = {f"s{n}" for n in range(7)}
    await queue.write([record(each) for each in sorted(sessions)])

    assert await DrainUsage(queue, ledger)() == 7
    assert await DrainUsage(queue, ledger)() == 0
    assert {each.session for each in await sessions_of(ledger, ORG)} == sessions - refused
    assert {each.session for each in queue.put_by} == refused


async def test_log_that_writes_to_the_ledger_itself_keeps_its_promise():
    """
    What the ledger can never take is for its writer as if the ledger were away: a spool keeps it.
    """
    log = DirectUsageLog(Picky(refused=frozenset({"s1"})))

    with pytest.raises(Unavailable):
        await log.write([record("s1")])
