"""What every `AuditLog` promises."""

import attrs

from tests.contract.values import NOW, ORG, OTHER_ORG, after

from aldea_core.domain.audit import Actor, ActorKind, AuditEntry


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

    async def test_entries_come_back_whole(self, audit):
        """
        To their own org.
        """
        nobodys = attrs.evolve(ENTRY, org=None)
        await audit.write([ENTRY, attrs.evolve(ENTRY, org=OTHER_ORG), nobodys])
        await audit.write([])

        (found,) = await audit.read(ORG)
        assert attrs.evolve(found, id=None) == ENTRY
        assert found.id is not None

    async def test_newest_first_in_pages(self, audit):
        """
        What is written meanwhile is on no later page.
        """
        for number in range(5):
            await audit.write([attrs.evolve(ENTRY, at=after(number), target=str(number))])

        first = await audit.read(ORG, limit=2)
        await audit.write([attrs.evolve(ENTRY, target="new")])
        second = await audit.read(ORG, before=first[-1].id, limit=2)
        third = await audit.read(ORG, before=second[-1].id, limit=2)

        assert [entry.target for entry in (*first, *second, *third)] == ["4", "3", "2", "1", "0"]
        assert list(await audit.read(ORG, before=third[-1].id)) == []
