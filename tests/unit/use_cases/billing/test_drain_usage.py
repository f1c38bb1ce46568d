"""Draining the usage log into the ledger."""

import pytest

from tests.contract.values import ORG, record
from tests.servers.away import Away
from tests.servers.ledgers import sessions_of

from adapters.memory.usage import MemoryUsageLedger, MemoryUsageQueue
from aldea_core.domain.errors import Unavailable
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
