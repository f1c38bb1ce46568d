"""Durations of Opus packets, and cuts between them."""

import av
import numpy as np
import pytest

from aldea_core.domain.live.opus_packets import PacketCutter


def seconds_of(packet: bytes) -> float:
    """Where a cutter of packets has the next one."""
    cutter = PacketCutter()
    cutter.feed(packet)
    cutter.feed(b"")
    return cutter.before(1000).seconds


def encoded(frame_ms: str, channels: int = 1) -> list[bytes]:
    """A second of a tone as Opus packets."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format = 48_000, "s16"
    encoder.layout = "stereo" if channels == 2 else "mono"
    encoder.options = {"frame_duration": frame_ms}
    encoder.open()
    size = encoder.frame_size
    tone = (8000 * np.sin(np.arange(48_000) / 20)).astype(np.int16)
    packets = []
    for n in range(0, 48_000 - size + 1, size):
        samples = np.repeat(tone[n : n + size], channels).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, "s16", encoder.layout.name)
        frame.sample_rate = 48_000
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


@pytest.mark.parametrize("frame_ms", ["2.5", "5", "10", "20", "40", "60"])
@pytest.mark.parametrize("channels", [1, 2])
def test_packets_say_how_long_they_are(frame_ms, channels):
    """
    As the codec's own encoder makes them.
    """
    assert {seconds_of(packet) for packet in encoded(frame_ms, channels)} == {
        float(frame_ms) / 1000
    }


@pytest.mark.parametrize(
    ("packet", "seconds"),
    [
        (b"", 0),
        (bytes([0]), 0.01),
        (bytes([3 << 3]), 0.06),
        (bytes([13 << 3 | 1]), 0.04),
        (bytes([16 << 3 | 2]), 0.005),
        (bytes([31 << 3 | 3, 6]), 0.12),
        (bytes([31 << 3 | 3, 7]), 0),
        (bytes([31 << 3 | 3]), 0),
        (bytes([31 << 3 | 3, 0]), 0),
    ],
)
def test_counts_of_frames(packet, seconds):
    """
    RFC 6716, 3.1 and 3.2; malformed packets hold no audio.
    """
    assert seconds_of(packet) == pytest.approx(seconds)


def test_cut_is_a_packet_early_enough_to_converge():
    """
    Opus needs 80 ms (RFC 7845, 4.6).
    """
    cutter = PacketCutter()
    assert cutter.before(9) is None
    for _ in range(100):
        cutter.feed(bytes([19 << 3, 1, 2]))  # 20 ms in 3 bytes

    assert cutter.before(0.05) is None
    cut = cutter.before(1.0)
    assert (cut.position, cut.seconds) == (45 * 3, pytest.approx(0.9))
    assert cutter.before(0.5) is None
    cut = cutter.before(9)
    assert (cut.position, cut.seconds) == (99 * 3, pytest.approx(1.98))
    assert len(cutter._cuts) == 1
