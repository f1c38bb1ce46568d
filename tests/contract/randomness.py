"""What every `Randomness` promises."""

import uuid


class RandomnessContract:
    """Subclasses give the fixture `randomness`."""

    def test_uuids_are_version_4(self, randomness):
        """
        RFC 9562 in canonical spelling, with every random bit drawn.
        """
        drawn = [randomness.uuid() for _ in range(500)]
        numbers = [uuid.UUID(text) for text in drawn]

        assert drawn == [str(number) for number in numbers]
        assert {(number.version, number.variant) for number in numbers} == {(4, uuid.RFC_4122)}
        seen_set, seen_clear = 0, 0
        for number in numbers:
            seen_set |= number.int
            seen_clear |= ~number.int
        assert (seen_set & seen_clear & (1 << 128) - 1).bit_count() == 122

    def test_random_bytes_have_the_requested_length(self, randomness):
        """
        And never repeat.
        """
        assert len(randomness.bytes(0)) == 0
        assert len(randomness.bytes(32)) == 32
        assert randomness.bytes(32) != randomness.bytes(32)
