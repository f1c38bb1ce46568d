"""What every `KeyUses` promises."""

from tests.contract.values import after

from aldea_core.domain.ids import KeyId


A, B, C = KeyId("a"), KeyId("b"), KeyId("c")


class KeyUsesContract:
    """Subclasses give the fixture `key_uses`, an empty store."""

    async def test_the_latest_use_of_a_key_is_kept(self, key_uses):
        for seconds in (2, 5, 3):
            await key_uses.note(A, at=after(seconds))

        assert await key_uses.noted(9) == {A: after(5)}

    async def test_oldest_uses_come_first(self, key_uses):
        for key, seconds in ((A, 9), (B, 1), (C, 4)):
            await key_uses.note(key, at=after(seconds))

        assert list((await key_uses.noted(2)).items()) == [(B, after(1)), (C, after(4))]

    async def test_later_uses_are_not_forgotten(self, key_uses):
        """
        Those that came while the others were recorded, of the same keys too.
        """
        await key_uses.note(A, at=after(1))
        await key_uses.note(B, at=after(2))
        await key_uses.note(A, at=after(3))
        await key_uses.forget(until=after(2))

        assert await key_uses.noted(9) == {A: after(3)}

    async def test_nothing_is_noted_at_first(self, key_uses):
        await key_uses.forget(until=after(1))

        assert await key_uses.noted(9) == {}
