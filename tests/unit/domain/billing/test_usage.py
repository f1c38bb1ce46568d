"""Usage records, and the rule that replaces a checkpoint by a final record."""

from datetime import UTC, datetime, timedelta

import attrs

from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.access.meters import day_of, month_of
from aldea_core.domain.billing.usage import UsageRecord
from aldea_core.domain.ids import KeyHash, KeyId, OrgId, SessionId, TaskId
from aldea_core.domain.live.leases import Lease


NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LEASE = Lease(
    SessionId("s"),
    KnownKey(KeyHash("h"), KeyId("k"), OrgId("o")),
    SessionKind.LIVE,
    TaskId("t"),
    NOON,
    NOON + timedelta(seconds=30),
    audio_ms=1500,
)
CHECKPOINT = UsageRecord.checkpoint(LEASE, at=NOON + timedelta(seconds=10))


def test_checkpoint_is_built_from_the_lease() -> None:
    """
    It is billed if no final record ever comes.
    """
    assert (CHECKPOINT.org, CHECKPOINT.audio_ms) == ("o", 1500)
    assert CHECKPOINT.ended - CHECKPOINT.started == timedelta(seconds=10)
    assert not CHECKPOINT.final


def test_a_session_has_the_tags_of_its_key() -> None:
    """
    After its own tags, each once; a checkpoint has them too.
    """
    lease = attrs.evolve(LEASE, key=attrs.evolve(LEASE.key, tags=("key", "both")))

    assert lease.tags(("own", "both")) == ("own", "both", "key")
    assert LEASE.tags(("own",)) == ("own",)
    assert UsageRecord.checkpoint(lease, at=NOON).tags == ("key", "both")


def test_a_final_record_replaces_a_checkpoint() -> None:
    """
    Never the other way round, however late the checkpoint.
    """
    final = attrs.evolve(CHECKPOINT, final=True, ended=NOON)

    assert final.replaces(CHECKPOINT)
    assert not CHECKPOINT.replaces(final)


def test_the_first_final_record_counts() -> None:
    """
    A second one is the same one, delivered again.
    """
    final = attrs.evolve(CHECKPOINT, final=True)

    assert not final.replaces(final)


def test_of_two_checkpoints_the_later_counts() -> None:
    """
    They may arrive in any order.
    """
    later = attrs.evolve(CHECKPOINT, ended=NOON + timedelta(seconds=20))

    assert later.replaces(CHECKPOINT)
    assert not CHECKPOINT.replaces(later)


def test_quotas_count_in_calendar_months_of_utc() -> None:
    assert month_of(NOON) == "2026-01"


def test_refusals_count_in_days_of_utc() -> None:
    assert day_of(NOON.replace(month=3, day=4)) == "2026-03-04"
