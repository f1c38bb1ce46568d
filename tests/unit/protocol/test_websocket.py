"""WebSocket frames, against the RFC and round trip."""

import os
import random

import pytest

from hypothesis import given
from hypothesis import strategies as st

from aldea_core.protocol.websocket import (
    NOT_UTF8,
    PROTOCOL_ERROR,
    TOO_LARGE,
    FrameReader,
    Opcode,
    WebSocketError,
    close_code,
    closing,
    encoded,
    unmasked,
)
from aldea_core.protocol.websocket_scan import leading_texts, text_in, whole_audio


def client_frame(opcode: int, payload: bytes, key: bytes = b"\x01\x02\x03\x04", *, fin=True):
    """As a client sends it, masked with *key*."""
    head = encoded(Opcode.BINARY, payload, masked=True)
    length = len(head) - len(payload) - 4
    first = bytes([(0x80 if fin else 0) | opcode])
    return first + head[1:length] + key + unmasked(payload, key)


def reader(*, masked: bool = True, largest: int = 2**20) -> FrameReader:
    return FrameReader(masked=masked, largest=largest)


def test_control_frames_do_not_count_as_messages():
    """Their size has a bound of its own."""
    (frame,) = reader(largest=10).feed(client_frame(Opcode.PING, bytes(20)))

    assert frame.payload == bytes(20)


def test_repr_does_not_show_payloads():
    """
    Transcripts must not reach logs.
    """
    (frame,) = reader().feed(client_frame(Opcode.TEXT, b"a secret"))

    assert frame.payload == b"a secret"
    assert repr(frame) == "Frame(opcode=1, is_last=True)"


class TestExamples:
    """Of RFC 6455, section 5.7."""

    def test_an_unmasked_text(self):
        """
        "Hello".
        """
        data = bytes.fromhex("810548656c6c6f")
        (frame,) = reader(masked=False).feed(data)

        assert (frame.opcode, frame.payload, frame.raw) == (Opcode.TEXT, b"Hello", data)
        assert encoded(Opcode.TEXT, b"Hello", masked=False) == data

    def test_a_masked_text(self):
        """
        The same.
        """
        (frame,) = reader().feed(bytes.fromhex("818537fa213d7f9f4d5158"))

        assert frame.payload == b"Hello"

    def test_a_fragmented_text(self):
        """
        In two, which belong together.
        """
        first, second = reader(masked=False).feed(bytes.fromhex("010348656c80026c6f"))

        assert (first.payload, first.is_last) == (b"Hel", False)
        assert (second.opcode, second.payload, second.is_last) == (Opcode.TEXT, b"lo", True)

    @pytest.mark.parametrize(("size", "head"), [(256, "827e0100"), (65536, "827f0000000000010000")])
    def test_long_payload_has_a_length_of_two_or_eight_bytes(self, size, head):
        """
        With lengths of two and of eight bytes.
        """
        data = bytes.fromhex(head) + bytes(size)
        (frame,) = reader(masked=False).feed(data)

        assert len(frame.payload) == size
        assert encoded(Opcode.BINARY, bytes(size), masked=False) == data


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_masking_is_its_own_inverse(payload, key):
    """
    And equals the RFC's formula byte by byte.
    """
    masked = unmasked(payload, key)

    assert masked == bytes(byte ^ key[n % 4] for n, byte in enumerate(payload))
    assert unmasked(masked, key) == payload


@given(st.lists(st.binary(min_size=1, max_size=70_000), max_size=5), st.integers(0, 99))
def test_frames_do_not_depend_on_chunking(payloads, seed):
    """
    With pings in between.
    """
    rng, key = random.Random(seed), os.urandom(4)
    data = b"".join(
        client_frame(Opcode.BINARY, payload, key) + client_frame(Opcode.PING, b"p")
        for payload in payloads
    )
    taker, found, at = reader(), [], 0
    while at < len(data):
        size = rng.choice([1, 5, 1000, 50_000])
        found += taker.feed(data[at : at + size])
        at += size

    assert [frame.payload for frame in found if frame.opcode == Opcode.BINARY] == payloads
    assert b"".join(frame.raw for frame in found) == data
    assert taker.is_between_frames


@pytest.mark.parametrize("size", [125, 126, 65_536])
def test_frame_may_arrive_byte_by_byte(size):
    """
    Also its length.
    """
    data, slow = client_frame(Opcode.BINARY, bytes(size)), reader()
    head = len(data) - size
    for at in range(head):
        assert slow.feed(data[at : at + 1]) == []
        assert not slow.is_between_frames

    assert [len(frame.payload) for frame in slow.feed(data[head:])] == [size]
    assert slow.is_between_frames


class TestWholeAudio:
    @given(st.lists(st.binary(min_size=2, max_size=65_535), min_size=1, max_size=4))
    def test_audio_bytes_are_the_sum_of_payloads(self, payloads):
        """
        Of any number of whole frames.
        """
        data = b"".join(client_frame(Opcode.BINARY, payload) for payload in payloads)

        assert whole_audio(data) == sum(map(len, payloads))
        assert whole_audio(data[:-1]) == -1

    @pytest.mark.parametrize("size", [2, 125, 126, 3200, 65_535])
    def test_whole_audio_of_every_size(self, size):
        """
        With short and with long headers.
        """
        assert whole_audio(client_frame(Opcode.BINARY, bytes(size)) * 2) == 2 * size

    @pytest.mark.parametrize(
        "data",
        [
            client_frame(Opcode.TEXT, b"text"),
            client_frame(Opcode.BINARY, b""),
            client_frame(Opcode.BINARY, b"abc", fin=False),
            client_frame(Opcode.BINARY, bytes(65_536)),
            encoded(Opcode.BINARY, b"unmasked", masked=False),
            client_frame(Opcode.BINARY, b"abc") + client_frame(Opcode.PING, b""),
            b"\x82",
            b"\xc2\x83" + bytes(7),
            b"\x82\xfe\x00\x05" + bytes(9),  # 5 bytes, in the long form of a length
        ],
    )
    def test_other_frames_need_the_full_reader(self, data):
        assert whole_audio(data) == -1

    def test_work_of_one_call_is_bounded(self):
        """
        Of more small frames than it looks at, the full reader stops reading in between.
        """
        frame = client_frame(Opcode.BINARY, b"ab")

        assert whole_audio(frame * 512) == 1024
        assert whole_audio(frame * 513) == -1


class TestLeadingTexts:
    @pytest.mark.parametrize("size", [2, 125, 126, 65_535])
    def test_offsets_of_leading_texts_are_found(self, size):
        """
        Headers of two bytes or of four.
        """
        one = encoded(Opcode.TEXT, b"x" * size, masked=False)

        assert leading_texts(one + one) == [0, len(one), 2 * len(one)]
        assert text_in(one) == b"x" * size
        assert leading_texts(one[:-1]) == [0]
        assert leading_texts(one + b"x") == leading_texts(one + one[:-1]) == [0, len(one)]
        assert leading_texts(one + closing(1000, "")) == [0, len(one)]

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            encoded(Opcode.BINARY, b"binary", masked=False),
            encoded(Opcode.TEXT, b"masked", masked=True),
            encoded(Opcode.TEXT, b"x" * 65_536, masked=False),
            bytes.fromhex("010348656c"),
        ],
    )
    def test_other_frames_need_the_full_reader(self, data):
        assert leading_texts(data) == [0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xc2\x81" + bytes(5), PROTOCOL_ERROR),  # a reserved bit
        (client_frame(3, b"x"), PROTOCOL_ERROR),
        (encoded(Opcode.BINARY, b"x", masked=False), PROTOCOL_ERROR),
        (client_frame(Opcode.PING, b"x", fin=False), PROTOCOL_ERROR),
        (client_frame(Opcode.PING, bytes(126)), PROTOCOL_ERROR),
        (client_frame(0, b"x"), PROTOCOL_ERROR),
        (b"\x82\xfe\x00\x7d" + bytes(4 + 125), PROTOCOL_ERROR),  # 125 in the form for 126
        (b"\x82\xff" + (65_535).to_bytes(8) + bytes(4 + 65_535), PROTOCOL_ERROR),
        (b"\x82\xff" + (2**63).to_bytes(8) + bytes(4), PROTOCOL_ERROR),
        (
            client_frame(Opcode.TEXT, b"x", fin=False) + client_frame(Opcode.TEXT, b"y"),
            PROTOCOL_ERROR,
        ),
        (client_frame(Opcode.BINARY, bytes(2**20 + 1))[:20], TOO_LARGE),
        (
            client_frame(Opcode.BINARY, bytes(2**20), fin=False) + client_frame(0, b"xx"),
            TOO_LARGE,
        ),
    ],
)
def test_protocol_error_is_detected_in_the_header(data, code):
    with pytest.raises(WebSocketError) as wrong:
        reader().feed(data)

    assert wrong.value.code == code


def test_close_frame_has_a_code_and_a_reason_or_nothing():
    """
    A code and a reason, or empty; one byte is an error.
    """
    (frame,) = reader(masked=False).feed(closing(1012, "later"))

    assert (frame.opcode, close_code(frame.payload)) == (Opcode.CLOSE, 1012)
    assert frame.payload[2:] == b"later"
    assert close_code(b"") is None
    with pytest.raises(WebSocketError):
        close_code(b"\x03")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ((1005).to_bytes(2), PROTOCOL_ERROR),
        ((999).to_bytes(2), PROTOCOL_ERROR),
        ((5000).to_bytes(2), PROTOCOL_ERROR),
        ((1000).to_bytes(2) + b"\xff", NOT_UTF8),
        ((1000).to_bytes(2) + "ö".encode()[:1], NOT_UTF8),
    ],
)
def test_invalid_close_payload_is_refused(payload, code):
    """
    Codes that are not sent, and reasons that are no UTF-8.
    """
    with pytest.raises(WebSocketError) as wrong:
        close_code(payload)
    assert wrong.value.code == code


def test_text_has_a_bound_of_its_own():
    """
    Over all its fragments; audio may be larger.
    """
    strict = FrameReader(masked=True, largest=1000, largest_text=10)
    audio, text = client_frame(Opcode.BINARY, bytes(1000)), client_frame(Opcode.TEXT, bytes(10))
    assert [len(frame.payload) for frame in strict.feed(audio + text)] == [1000, 10]

    strict.feed(client_frame(Opcode.TEXT, bytes(6), fin=False))
    with pytest.raises(WebSocketError) as wrong:
        strict.feed(client_frame(Opcode.CONTINUATION, bytes(5)))
    assert wrong.value.code == TOO_LARGE
