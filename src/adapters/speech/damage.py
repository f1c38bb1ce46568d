"""What was no audio where audio should have been."""

import attrs


@attrs.frozen
class Damage:
    """
    Attributes:
        passed_bytes: Bytes that were no audio, and were passed over.
        broken_packets: Packets that could not be decoded.
        is_cut_short: Whether what follows in a file could not be decoded.
    """

    passed_bytes: int = 0
    broken_packets: int = 0
    is_cut_short: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is reported to a client; nothing, if there is no damage."""
        said = []
        if self.passed_bytes:
            said.append(f"Bytes that are no audio, and were passed over: {self.passed_bytes:,}.")
        if self.broken_packets:
            said.append(f"Packets that cannot be decoded: {self.broken_packets:,}.")
        if self.is_cut_short:
            said.append("The rest of the file cannot be decoded.")
        return tuple(said)
