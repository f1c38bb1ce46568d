"""What every `UsageLedger` and `UsageLog` promises."""

from datetime import timedelta

from tests.contract.accounts import api_key
from tests.contract.values import NOW, ORG, OTHER_ORG, after, record
from tests.servers.ledgers import sessions_of

from adapters.memory.usage import MemoryUsageLedger
from adapters.postgres.accounts import SqlAccounts
from aldea_core.domain.access.orgs import Org
from aldea_core.domain.ids import KeyId


class UsageLedgerContract:
    """Subclasses give a fixture `ledger`: empty."""

    async def test_record_round_trips(self, ledger):
        """
        Every field comes back.
        """
        kept = record()
        await ledger.record([kept])

        assert await sessions_of(ledger, ORG) == [kept]
        assert await sessions_of(ledger, OTHER_ORG) == []

    async def test_absurd_name_of_a_model_holds_up_no_usage(self, ledger):
        """
        An engine may repeat what a caller asked for, and a ledger holds 200 characters and no NUL.
        """
        await ledger.record([record("absurd", model="large\0" + "x" * 500), record("usual")])

        absurd, usual = sorted(await sessions_of(ledger, ORG), key=lambda one: one.session)
        assert absurd.model.startswith("large")
        assert usual == record("usual")

    async def test_empty_record_is_a_no_op(self, ledger):
        await ledger.record([])

        assert await sessions_of(ledger, ORG) == []

    async def test_record_is_idempotent(self, ledger):
        """
        In one call or in two.
        """
        await ledger.record([record(), record()])
        await ledger.record([record()])

        assert len(await sessions_of(ledger, ORG)) == 1

    async def test_key_has_its_last_use(self, ledger):
        """
        Of its latest session, to half a minute; the org's version does not change.
        """
        accounts = (
            ledger.accounts if isinstance(ledger, MemoryUsageLedger) else SqlAccounts(ledger.engine)
        )
        await accounts.add_org(Org(ORG, "Acme", NOW))
        for name in ("used", "unused"):
            await accounts.add_key(api_key(name))
        version = (await accounts.org(ORG)).version
        used, unused = [api_key(name).id for name in ("used", "unused")]

        async def last_used():
            return {key.id: key.last_used for key in await accounts.keys(ORG)}

        await ledger.record(
            [record(f"s{n}", key=used, ended=after(n)) for n in (9, 12, 3)]
            + [record("unknown", key=KeyId("unknown"), ended=after(99))]
        )
        assert await last_used() == {used: after(12), unused: None}
        await ledger.record([record("soon", key=used, ended=after(13))])
        await ledger.record([record("earlier", key=used, ended=after(1))])
        assert await last_used() == {used: after(12), unused: None}
        await ledger.record([record("later", key=used, ended=after(60))])
        assert await last_used() == {used: after(60), unused: None}
        for seconds, known in ((61, 60), (95, 95), (70, 95)):
            await accounts.note_uses({used: after(seconds)})
            assert await last_used() == {used: after(known), unused: None}
        assert (await accounts.org(ORG)).version == version

    async def test_a_final_record_replaces_a_checkpoint(self, ledger):
        """
        No checkpoint replaces it, whichever comes last.
        """
        checkpoint = record(final=False, audio_ms=3000, status=0)
        final = record(audio_ms=4000)
        await ledger.record([checkpoint])
        await ledger.record([final])
        await ledger.record([record(final=False, audio_ms=9000, ended=after(99))])

        assert await sessions_of(ledger, ORG) == [final]

    async def test_the_later_checkpoint_counts(self, ledger):
        """
        Also if the earlier one arrives after it.
        """
        earlier = record(final=False, ended=after(3), audio_ms=3000)
        later = record(final=False, ended=after(6), audio_ms=6000)
        await ledger.record([later, earlier])
        await ledger.record([earlier])

        assert await sessions_of(ledger, ORG) == [later]

    async def test_the_first_final_record_stands(self, ledger):
        """
        A second one is a repetition.
        """
        await ledger.record([record(audio_ms=1)])
        await ledger.record([record(audio_ms=2)])

        assert [kept.audio_ms for kept in await sessions_of(ledger, ORG)] == [1]

    async def test_attempts_of_a_callback_are_added_to_a_final_record(self, ledger):
        """
        Whichever comes last; what else there is stays billed once.
        """
        first = record(callbacks=0, callback_delivered=None)
        failed = record(callbacks=1, callback_delivered=False)
        taken = record(callbacks=2, callback_delivered=True)
        await ledger.record([first, failed])
        await ledger.record([taken])
        await ledger.record([failed])
        await ledger.record([first])

        assert await sessions_of(ledger, ORG) == [taken]

    async def test_usage_of_orgs_since_a_time(self, ledger):
        """
        By the sessions' start; orgs without usage are left out.
        """
        await ledger.record(
            [
                record("before", started=after(9), audio_ms=1),
                record("then", started=after(10), audio_ms=20),
                record("later", started=after(11), audio_ms=300, final=False),
                record("theirs", started=after(11), audio_ms=4000, org=OTHER_ORG),
            ],
        )

        assert await ledger.used_ms([ORG, "unknown"], since=after(10)) == {ORG: 320}

    async def test_usage_of_orgs_and_keys_since_a_day(self, ledger):
        """
        From its midnight in UTC on; of those keys alone, each in its org.
        """
        day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
        await ledger.record(
            [
                record("before", started=day - timedelta(milliseconds=1), audio_ms=1),
                record("then", started=day, audio_ms=20),
                record("later", started=NOW, audio_ms=300, key=KeyId("other")),
                record("theirs", started=NOW, audio_ms=4000, org=OTHER_ORG),
            ],
        )
        key = record().key

        assert await ledger.used_ms([ORG], since=day) == {ORG: 320}
        for since in (day, day + timedelta(microseconds=-1)):
            found = await ledger.used_ms_of_keys(
                [(ORG, key), (ORG, KeyId("unused")), (OTHER_ORG, KeyId("other"))], since=since
            )
            assert found == {(ORG, key): 20}
        assert await ledger.used_ms_of_keys([(ORG, key)], since=NOW) == {}
