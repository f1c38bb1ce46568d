"""What every `AuditLog` promises."""

import attrs

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.access.audit import PLATFORM, Actor, ActorKind, AuditEntry, AuditSelection


ENTRY = AuditEntry(
    NOW,
    Actor(ActorKind.USER, "user-ann", "ann@example.com", "127.0.0.1"),
    "key.created",
    ORG,
    "key-1",
    {"name": None},
    {"name": "laptop", "scopes": ["member"], "number": 3, "works": True},
    "request-1",
)


class AuditLogContract:
    """Subclasses give a fixture `audit`: empty."""

    async def test_entry_round_trips_to_its_org(self, audit):
        nobodys = attrs.evolve(ENTRY, org=None)
        await audit.write([ENTRY, attrs.evolve(ENTRY, org=OTHER_ORG), nobodys])
        await audit.write([])

        (found,) = await audit.read(AuditSelection(ORG))
        assert attrs.evolve(found, id=None) == ENTRY
        assert found.id is not None

    async def test_newest_first_in_pages(self, audit):
        """
        Entries written meanwhile are on no later page.
        """
        for number in range(5):
            await audit.write([attrs.evolve(ENTRY, at=after(number), target=str(number))])

        first = await audit.read(AuditSelection(ORG), limit=2)
        await audit.write([attrs.evolve(ENTRY, target="new")])
        second = await audit.read(AuditSelection(ORG), before=first[-1].id, limit=2)
        third = await audit.read(AuditSelection(ORG), before=second[-1].id, limit=2)

        assert [entry.target for entry in (*first, *second, *third)] == ["4", "3", "2", "1", "0"]
        assert list(await audit.read(AuditSelection(ORG), before=third[-1].id)) == []

    async def test_entries_are_filtered(self, audit):
        """
        By action, by actor and by time (from inclusive, until exclusive).
        """
        await audit.write(
            [
                attrs.evolve(ENTRY, at=after(1)),
                attrs.evolve(ENTRY, at=after(2), action="key.revoked"),
                attrs.evolve(ENTRY, at=after(3), actor=Actor(ActorKind.KEY, "key-1")),
            ]
        )

        async def found(**which):
            return [entry.at for entry in await audit.read(AuditSelection(ORG, **which))]

        assert await found(action="key.revoked") == [after(2)]
        assert await found(actor="key-1") == [after(3)]
        assert await found(since=after(2)) == [after(3), after(2)]
        assert await found(until=after(2)) == [after(1)]
        assert await found(action="key.revoked", actor="key-1") == []

    async def test_platform_log_has_operators_actions(self, audit):
        """
        On any org and on none; nothing that users and keys did.
        """
        for n, kind in enumerate(ActorKind):
            org = (ORG, OTHER_ORG, None)[n % 3]
            await audit.write([attrs.evolve(ENTRY, actor=Actor(kind), org=org)])

        found = await audit.read(AuditSelection(None))
        assert {entry.actor.kind for entry in found} == PLATFORM

    async def test_erased_name_leaves_the_actors_id(self, audit):
        """
        Of that actor's entries only.
        """
        other = Actor(ActorKind.USER, "other", "other@example.com")
        await audit.write([ENTRY, attrs.evolve(ENTRY, actor=other)])
        await audit.erase_name("other")

        names = [entry.actor.name for entry in await audit.read(AuditSelection(ORG))]
        assert names == ["", ENTRY.actor.name]
