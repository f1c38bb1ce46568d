"""What every `Accounts` and every `OrgPages` promises."""

import attrs
import pytest

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.access.key_limits import KeyLimits
from aldea_core.domain.access.keys import ApiKey, KeyFilter, KnownKey
from aldea_core.domain.access.limits import Entitlements, Limits, OrgStatus
from aldea_core.domain.access.orgs import GoneOrg, Org
from aldea_core.domain.errors import NotFound
from aldea_core.domain.ids import KeyHash, KeyId, OrgId
from aldea_core.domain.pages import Page


ACME = Org(ORG, "Acme", NOW, Limits(concurrent_live=3, quota_ms=10**12))
OTHER = Org(OTHER_ORG, "Other", after(1), Limits(requests_per_minute=None))


def api_key(name: str = "one", org=ORG, **more) -> ApiKey:
    key_hash = KeyHash(name.encode().hex().ljust(64, "0"))
    return ApiKey(KeyId(f"id-{name}"), org, name, key_hash, "org_abcdef", NOW, **more)


class AccountsContract:
    """Subclasses give a fixture `accounts`: empty."""

    async def test_unknown_orgs_and_keys_are_not_found(self, accounts):
        assert await accounts.org(ORG) is None
        assert list(await accounts.keys(ORG)) == []
        assert await accounts.snapshot(ORG, at=NOW) is None

    async def test_reason_is_kept_while_an_org_is_suspended(self, accounts):
        await accounts.add_org(Org(ORG, "Acme", NOW))

        await accounts.set_status(ORG, OrgStatus.SUSPENDED, reason="unpaid")
        assert (await accounts.org(ORG)).suspension_reason == "unpaid"
        await accounts.set_status(ORG, OrgStatus.ACTIVE, reason="paid")
        assert (await accounts.org(ORG)).suspension_reason == ""

    async def test_org_round_trips(self, accounts):
        """
        With limits that differ from the defaults and limits that do not.
        """
        await accounts.add_org(OTHER)
        await accounts.add_org(ACME)

        found = [await accounts.org(org.id) for org in (ACME, OTHER)]

        assert [attrs.evolve(org, version=0) for org in found] == [ACME, OTHER]

    async def test_changed_key_keeps_the_rest(self, accounts):
        """
        Its hash, scopes and uses; the org's version rises, as gateways need what changed.
        """
        await accounts.add_org(ACME)
        await accounts.add_key(api_key("one", tags=("a",)))
        before = (await accounts.org(ORG)).version
        changed = api_key(
            "one",
            tags=("b",),
            expires=after(60),
            models=("small",),
            limits=KeyLimits(1, 2, 3000),
        )
        changed = attrs.evolve(changed, name="new name")
        await accounts.change_key(attrs.evolve(changed, scopes=frozenset({"owner"})))

        assert list(await accounts.keys(ORG)) == [changed]
        assert (await accounts.org(ORG)).version > before
        await accounts.change_key(attrs.evolve(changed, limits=KeyLimits(), models=None))
        (plain,) = await accounts.keys(ORG)
        assert (plain.limits, plain.models) == (KeyLimits(), None)
        with pytest.raises(NotFound):
            await accounts.change_key(api_key("another"))

    async def test_keys_round_trip_oldest_first(self, accounts):
        await accounts.add_org(ACME)
        first = api_key("one", scopes=frozenset({"admin", "usage:read"}), tags=("a", "b"))
        limited = {"models": ("small",), "limits": KeyLimits(requests_per_minute=0)}
        second = attrs.evolve(api_key("two", expires=after(60), **limited), created=after(5))
        await accounts.add_key(second)
        await accounts.add_key(first)

        assert list(await accounts.keys(ORG)) == [first, second]

    async def test_keys_of_the_same_moment_are_on_one_page_each(self, accounts):
        await accounts.add_org(ACME)
        for name in ("c", "a", "b"):
            await accounts.add_key(api_key(name))

        for newest_first, names in ((False, ["a", "b", "c"]), (True, ["c", "b", "a"])):
            place, seen = None, []
            while page := await accounts.keys(ORG, page=Page(1, place, newest_first)):
                place = (page[-1].created, page[-1].id)
                seen += [key.name for key in page]
            assert seen == names

    async def test_keys_by_state(self, accounts):
        """
        A key ends in the moment of its expiry or revocation.
        """
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        await accounts.add_key(api_key("working"))
        await accounts.add_key(api_key("expired", expires=after(5)))
        await accounts.add_key(api_key("revoked"))
        await accounts.end_key(ORG, KeyId("id-revoked"), at=after(5))
        await accounts.add_key(api_key("other", org=OTHER_ORG))

        async def names(which):
            return {key.name for key in await accounts.keys(ORG, which)}

        assert await names(KeyFilter(works_at=after(4))) == {"working", "expired", "revoked"}
        assert await names(KeyFilter(ended_at=after(4))) == set()
        assert await names(KeyFilter(works_at=after(5))) == {"working"}
        assert await names(KeyFilter(ended_at=after(5))) == {"expired", "revoked"}

    @pytest.mark.parametrize(
        "search", ["BILLING", "org_AB", 'a "quoted" tag', "Café", "100%", "\\"]
    )
    async def test_keys_are_searched_by_name_hint_and_tag(self, accounts, search):
        await accounts.add_org(ACME)
        found = api_key("billing", tags=("first", 'a "quoted" tag', "Café", "100%", "back\\slash"))
        other = attrs.evolve(api_key("other", tags=("100", "Cafe")), hint="org_cdefgh")
        await accounts.add_key(found)
        await accounts.add_key(other)

        assert list(await accounts.keys(ORG, KeyFilter(search=search))) == [found]

    async def test_key_of_another_org_has_no_name(self, accounts):
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        mine, theirs = api_key("mine"), api_key("theirs", org=OTHER_ORG)
        for key in (mine, theirs):
            await accounts.add_key(key)

        assert await accounts.key(ORG, mine.id) == mine
        assert await accounts.key(ORG, theirs.id) is None
        assert await accounts.key_names(ORG, {mine.id, theirs.id, KeyId("unknown")}) == {
            mine.id: "mine"
        }
        assert await accounts.key_names(ORG, set()) == {}

    async def test_every_change_raises_its_orgs_version(self, accounts):
        """
        No other org's.
        """
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        untouched = await accounts.org(OTHER_ORG)
        versions = [(await accounts.org(ORG)).version]
        await accounts.add_key(api_key())
        versions.append((await accounts.org(ORG)).version)
        await accounts.end_key(ORG, KeyId("id-one"), at=NOW)
        versions.append((await accounts.org(ORG)).version)
        await accounts.set_limits(ORG, Limits(concurrent_files=1))
        versions.append((await accounts.org(ORG)).version)
        await accounts.set_status(ORG, OrgStatus.SUSPENDED)
        versions.append((await accounts.org(ORG)).version)

        assert versions == sorted(set(versions))
        assert await accounts.org(OTHER_ORG) == untouched

    async def test_changed_limits_and_status_are_kept(self, accounts):
        """
        Limits and status are as they were set.
        """
        await accounts.add_org(ACME)
        limits = Limits(concurrent_files=1, requests_per_minute=None, quota_ms=7)
        await accounts.set_limits(ORG, limits)
        await accounts.set_status(ORG, OrgStatus.SUSPENDED)

        found = await accounts.org(ORG)
        assert (found.limits, found.status) == (limits, OrgStatus.SUSPENDED)

    async def test_snapshot_has_valid_keys_only(self, accounts):
        """
        A key with a future revocation expires then.
        """
        await accounts.add_org(ACME)
        rotated = api_key("rotated")
        for key in (api_key("good"), api_key("expired", expires=after(5)), rotated):
            await accounts.add_key(key)
        await accounts.add_key(api_key("revoked"))
        await accounts.end_key(ORG, KeyId("id-revoked"), at=NOW)
        await accounts.end_key(ORG, rotated.id, at=after(60))

        found = await accounts.snapshot(ORG, at=after(10))

        org = await accounts.org(ORG)
        assert found.entitlements == Entitlements(org.limits, org.status, org.version)
        assert set(found.keys) == {
            KnownKey.of(api_key("good")),
            attrs.evolve(KnownKey.of(rotated), expires=after(60)),
        }

    async def test_revocation_is_never_postponed(self, accounts):
        """
        A revoked key stays revoked.
        """
        await accounts.add_org(ACME)
        await accounts.add_key(api_key())
        await accounts.end_key(ORG, KeyId("id-one"), at=after(5))
        await accounts.end_key(ORG, KeyId("id-one"), at=after(50))
        await accounts.end_key(ORG, KeyId("id-one"), at=after(2))

        assert [key.revoked for key in await accounts.keys(ORG)] == [after(2)]

    async def test_changes_of_unknown_orgs_and_keys_are_not_found(self, accounts):
        """
        Also of other orgs' keys.
        """
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        await accounts.add_key(api_key())
        unknown = type(ORG)("1c7c7b6e-0000-4000-8000-00000000dead")

        for work in (
            accounts.set_limits(unknown, Limits()),
            accounts.set_status(unknown, OrgStatus.ACTIVE),
            accounts.add_key(api_key("two", unknown)),
            accounts.end_key(OTHER_ORG, KeyId("id-one"), at=NOW),
            accounts.end_key(ORG, KeyId("id-two"), at=NOW),
        ):
            with pytest.raises(NotFound):
                await work

    async def test_removed_org_leaves_a_tombstone(self, accounts):
        """
        Its version is above all earlier ones; a restored org continues above it.
        """
        await accounts.add_org(ACME)
        await accounts.add_key(api_key())
        last = (await accounts.org(ORG)).version
        await accounts.remove_org(ORG)

        assert await accounts.org(ORG) is None
        assert list(await accounts.keys(ORG)) == []
        gone = await accounts.snapshot(ORG, at=NOW)
        assert gone == GoneOrg(ORG, gone.version)
        assert gone.version > last

        await accounts.add_org(ACME)
        back = await accounts.snapshot(ORG, at=NOW)
        assert back.entitlements.version > gone.version
        assert back.keys == ()

    async def test_version_is_raised_and_never_lowered(self, accounts):
        """
        Above a version known elsewhere.
        """
        await accounts.add_org(ACME)
        await accounts.touch(ORG, above=1000)
        raised = (await accounts.org(ORG)).version
        await accounts.touch(ORG, above=3)

        assert 1000 < raised < (await accounts.org(ORG)).version


class OrgPagesContract:
    """Subclasses give the fixtures `accounts` and `pages`: of one empty store."""

    async def test_pages_have_every_org_once(self, accounts, pages):
        """
        Each with its own limits and its valid keys.
        """
        orgs = [attrs.evolve(ACME, id=OrgId(f"org-{n}")) for n in range(5)]
        for org in reversed(orgs):
            await accounts.add_org(org)
            await accounts.add_key(api_key(f"good {org.id}", org.id, expires=after(60)))
            await accounts.add_key(api_key(f"old {org.id}", org.id, expires=NOW))
            await accounts.add_key(api_key(f"revoked {org.id}", org.id))
            await accounts.end_key(org.id, KeyId(f"id-revoked {org.id}"), at=NOW)
        await accounts.set_status(orgs[1].id, OrgStatus.SUSPENDED)

        met, last = [], None
        while page := await pages.snapshots(last, 2, at=after(5)):
            assert len(page) <= 2
            met += page
            last = page[-1].org

        assert met == [await accounts.snapshot(org.id, at=after(5)) for org in orgs]
        assert [len(found.keys) for found in met] == [1] * 5

    async def test_versions_of_existing_orgs_only(self, accounts, pages):
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        await accounts.remove_org(OTHER_ORG)

        found = await pages.versions([ORG, OTHER_ORG, OrgId("unknown")])

        assert found == {ORG: (await accounts.org(ORG)).version}
        assert await pages.versions([]) == {}

    async def test_snapshots_of_selected_orgs(self, accounts, pages):
        """
        Existing ones and deleted ones, as each would be alone.
        """
        for n, org in enumerate((ACME, OTHER)):
            await accounts.add_org(org)
            await accounts.add_key(api_key(f"good {n}", org.id, expires=after(60)))
            await accounts.add_key(api_key(f"old {n}", org.id, expires=NOW))
        third = attrs.evolve(ACME, id=OrgId("third"))
        await accounts.add_org(third)
        await accounts.remove_org(OTHER_ORG)

        found = await pages.among([ORG, OTHER_ORG, OrgId("unknown")], at=after(5))

        assert found == {org: await accounts.snapshot(org, at=after(5)) for org in (ORG, OTHER_ORG)}
        assert isinstance(found[OTHER_ORG], GoneOrg)
        assert await pages.among([], at=NOW) == {}

    async def test_keys_that_expire_are_found_in_order(self, accounts):
        """
        Of all orgs, without revoked ones; those of one moment are not parted.
        """
        await accounts.add_org(ACME)
        await accounts.add_org(OTHER)
        for name, org, seconds in (
            ("a", ORG, 30), ("b", OTHER_ORG, 10), ("c", ORG, 20), ("d", ORG, 20), ("e", ORG, 99),
        ):  # fmt: skip
            await accounts.add_key(api_key(name, org, expires=after(seconds)))
        await accounts.add_key(api_key("never"))
        await accounts.add_key(api_key("gone", expires=after(10)))
        await accounts.end_key(ORG, KeyId("id-gone"), at=NOW)

        async def found(since: float, limit: int) -> list[str]:
            keys = await accounts.expiring(after(since), after(30), limit=limit)
            return sorted(key.name for key in keys)

        assert await found(0, 10) == ["a", "b", "c", "d"]
        assert await found(0, 2) == ["b", "c", "d"]
        assert await found(20, 2) == ["a"]
        assert await found(30, 2) == []
