"""The system's source of randomness."""

import uuid

from adapters.system.randomness import SystemRandomness


def test_uuids_are_version_4():
    """
    RFC 9562 in canonical spelling, with every random bit drawn.
    """
    drawn = [SystemRandomness().uuid() for _ in range(500)]
    numbers = [uuid.UUID(text) for text in drawn]

    assert drawn == [str(number) for number in numbers]
    assert {(number.version, number.variant) for number in numbers} == {(4, uuid.RFC_4122)}
    seen_set, seen_clear = 0, 0
    for number in numbers:
        seen_set |= number.int
        seen_clear |= ~number.int
    assert (seen_set & seen_clear & (1 << 128) - 1).bit_count() == 122


def test_random_bytes_have_the_requested_length():
    """
    And never repeat.
    """
    assert len(SystemRandomness().bytes(0)) == 0
    assert len(SystemRandomness().bytes(32)) == 32
    assert SystemRandomness().bytes(32) != SystemRandomness().bytes(32)
