"""What every `RefusalLedger` promises."""

from datetime import date, timedelta

from tests.contract.values import NOW, ORG, OTHER_ORG

from aldea_core.domain.access.refusals import Refusals
from aldea_core.domain.ids import KeyId


TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


def refused(count: int, *, org=ORG, key="a", day=TODAY, reason="quota") -> Refusals:
    return Refusals(org, KeyId(key), day, reason, count)


class RefusalLedgerContract:
    """Subclasses give the fixture `refusals`, an empty ledger."""

    async def test_the_larger_count_is_kept(self, refusals):
        """
        A day's count grows with each report, and restarts if the store lost it.
        """
        for count in (2, 5, 1):
            await refusals.record([refused(count)])

        assert list(await refusals.refusals(ORG, since=TODAY, until=TODAY)) == [refused(5)]

    async def test_days_keys_and_reasons_are_counted_apart(self, refusals):
        """
        Orgs too; newest first.
        """
        rows = [
            refused(1),
            refused(2, reason="requests_per_minute"),
            refused(3, key="b"),
            refused(4, day=YESTERDAY),
        ]
        await refusals.record([*reversed(rows), refused(9, org=OTHER_ORG)])

        assert list(await refusals.refusals(ORG, since=YESTERDAY, until=TODAY)) == rows
        assert list(await refusals.refusals(ORG, since=date(2020, 1, 1), until=YESTERDAY)) == [
            rows[3]
        ]

    async def test_empty_record_is_a_no_op(self, refusals):
        await refusals.record([])

        assert list(await refusals.refusals(ORG, since=YESTERDAY, until=TODAY)) == []
