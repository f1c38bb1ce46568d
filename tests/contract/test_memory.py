"""The memory adapters keep every port's promises."""

import pytest

from tests.contract.accounts import AccountsContract, OrgPagesContract
from tests.contract.changes import ChangeSignalContract, OrgChangesContract
from tests.contract.fill_marks import FillMarksContract
from tests.contract.grants import GrantsContract
from tests.contract.key_limits import KeyLimitsContract, KeyQuotasContract
from tests.contract.key_uses import KeyUsesContract
from tests.contract.keystore import KeystoreContract
from tests.contract.leases import LeasesContract
from tests.contract.orphan_keys import OrphanKeysContract
from tests.contract.queue import OrgQueueContract
from tests.contract.snapshots import KeystoreSnapshotsContract
from tests.contract.usage import UsageLedgerContract
from tests.contract.usage_feed import UsageFeedContract

from adapters.jwt.grants import JwtGrants
from adapters.memory.accounts import MemoryAccounts
from adapters.memory.grants import MemoryGrants
from adapters.memory.key_uses import MemoryKeyUses
from adapters.memory.keystore import MemoryFillMarks, MemoryKeystore
from adapters.memory.leases import MemoryLeases
from adapters.memory.orphan_keys import MemoryOrphanKeys
from adapters.memory.queue import MemoryOrgQueue
from adapters.memory.randomness import SeededRandomness
from adapters.memory.usage import MemoryUsageLedger, MemoryUsageQueue
from adapters.redis.usage_rows import usage_of, usage_text
from adapters.spool.usage import SpooledUsageLog
from aldea_core.domain.access.grants import Grant


class TestMemoryKeystore(KeystoreContract):
    @pytest.fixture
    def store(self):
        return MemoryKeystore()

    @pytest.fixture
    def invalidations(self, store):
        return store.invalidations


class TestMemoryKeystoreSnapshots(KeystoreSnapshotsContract):
    @pytest.fixture
    def store(self):
        return MemoryKeystore()

    @pytest.fixture
    def keystore_snapshots(self, store):
        return store


class TestMemoryKeyUses(KeyUsesContract):
    @pytest.fixture
    def key_uses(self):
        return MemoryKeyUses()


class TestMemoryOrphanKeys(OrphanKeysContract):
    @pytest.fixture
    def store(self):
        return MemoryKeystore()

    @pytest.fixture
    def orphans(self):
        return MemoryOrphanKeys()


class TestMemoryLeases(LeasesContract, KeyLimitsContract, KeyQuotasContract):
    @pytest.fixture
    def mirror(self):
        return MemoryKeystore()

    @pytest.fixture
    def leases(self, mirror):
        return MemoryLeases(mirror)


class TestMemoryFillMarks(FillMarksContract):
    @pytest.fixture
    def marks(self):
        return MemoryFillMarks()


class TestMemoryUsageLedger(UsageLedgerContract):
    @pytest.fixture
    def ledger(self):
        return MemoryUsageLedger()


class TestMemoryUsageQueue(UsageFeedContract):
    @pytest.fixture
    def usage_log(self):
        return MemoryUsageQueue()

    @pytest.fixture
    def feed(self, usage_log):
        return usage_log


@pytest.fixture
def accounts():
    return MemoryAccounts()


class TestSpooledUsageLog(UsageFeedContract):
    """Before a log that takes the records."""

    @pytest.fixture
    def feed(self):
        return MemoryUsageQueue()

    @pytest.fixture
    async def usage_log(self, feed, tmp_path):
        log = SpooledUsageLog(feed, tmp_path / "spool", write_text=usage_text, read_text=usage_of)
        await log.deliver()
        yield log
        log.close()


class TestMemoryAccounts(AccountsContract):
    pass


class TestMemoryOrgPages(OrgPagesContract):
    @pytest.fixture
    def pages(self, accounts):
        return accounts


class TestMemoryOrgChanges(OrgChangesContract):
    @pytest.fixture
    def changes(self, accounts):
        return accounts.changes


class TestMemoryChangeSignal(ChangeSignalContract):
    @pytest.fixture
    def signal(self, accounts):
        return accounts.changes


class TestMemoryGrants(GrantsContract):
    @pytest.fixture
    def grants(self):
        return MemoryGrants(SeededRandomness())


class TestJwtGrants(GrantsContract):
    @pytest.fixture
    def grants(self):
        return JwtGrants(b"a secret of at least thirty-two bytes", SeededRandomness())

    def test_token_of_another_secret_is_refused(self, grants):
        """
        Gateways of other deployments are not trusted.
        """
        from datetime import timedelta

        from tests.contract.values import NOW, known_key

        token = JwtGrants(b"b" * 32, SeededRandomness()).issue(
            Grant(known_key().hash), at=NOW, ttl=timedelta(seconds=30)
        )

        assert grants.redeem(token, at=NOW) is None


class TestMemoryOrgQueue(OrgQueueContract):
    @pytest.fixture
    def queue(self):
        return MemoryOrgQueue()

    @pytest.fixture
    def lose_taken(self, queue):
        async def lose() -> None:
            queue.give_back()

        return lose

    async def test_poison_message_goes_to_the_dead_letter_queue(self):
        """
        The other messages are delivered.
        """
        queue = MemoryOrgQueue(most_deliveries=2)
        await queue.send(["poison"])
        for _ in range(2):
            await queue.receive(1)
            queue.give_back()
        await queue.send(["good"])

        assert [message.org for message in await queue.receive(10)] == ["good"]
        assert queue.put_aside == ["poison"]
