"""What encoders put before and after the audio is not billed where the file says how much it is."""

import io

import numpy as np
import pytest

from tests.servers.speech import cut, encoded
from tests.unit.adapters.test_speech_live_audio import HELLO, SECONDS, Listener, vorbis

from adapters.speech.decoding import decoded


SHORT = HELLO[:8000]
# Frames of 20, 64 and 72 ms, so that much of the last one is padding.
FILES = {
    "mp3": encoded("mp3", "libmp3lame", HELLO),
    "mp3 of version 2.5": encoded("mp3", "libmp3lame", HELLO[:12_000], rate=8000),
    "ogg opus": encoded("ogg", "libopus", HELLO),
    "ogg vorbis": vorbis(),
    "webm": encoded("webm", "libopus", HELLO),
    "webm vorbis": vorbis("webm"),
    "mp3 in matroska": encoded("matroska", "libmp3lame", HELLO),
    "m4a": encoded("ipod", "aac", HELLO),
    "opus in mp4": encoded("mp4", "libopus", HELLO),
}


def seconds_of(data: bytes) -> tuple[float, float]:
    """On a live stream, and as a file."""
    blocks = decoded(io.BytesIO(data), multichannel=False, max_seconds=60)
    live = Listener().feed(*cut(data, 997)).finish().seconds
    return live, sum(map(len, blocks)) / 16_000


@pytest.mark.parametrize("name", FILES)
def test_padding_is_no_audio(name):
    for seconds in seconds_of(FILES[name]):
        assert seconds == pytest.approx(SECONDS, abs=0.001)


@pytest.mark.parametrize("name", FILES)
def test_finalize_and_another_file_change_nothing(name):
    data = FILES[name]
    listener = Listener().feed(data).flush().feed(data).finish()

    assert listener.seconds == pytest.approx(2 * SECONDS, abs=0.003)


def test_no_audio_is_lost_after_a_wrong_end():
    """
    As where an MP3 follows that does not state its length: the first one's is not that of both.
    """
    mp3 = encoded("mp3", "libmp3lame", SHORT)
    silent = encoded("mp3", "libmp3lame", SHORT, write_xing="0", id3v2_version="0")
    padding = 0.1

    for seconds in seconds_of(mp3 + silent):
        assert seconds == pytest.approx(
            (len(SHORT) / 16_000) + Listener().feed(silent).finish().seconds, abs=padding
        )
    assert Listener().feed(mp3 + silent).finish().seconds > Listener().feed(silent).finish().seconds


def test_edit_that_hides_much_of_a_recording_is_not_followed_live():
    """
    The end of an edit list may be wrong, so more after it than an encoder's padding is transcribed.
    """
    data = bytearray(encoded("ipod", "aac", np.tile(HELLO, 2)))
    at = data.index(b"elst") + 12
    data[at : at + 4] = (500).to_bytes(4, "big")

    assert Listener().feed(bytes(data)).finish().seconds == pytest.approx(2 * SECONDS, abs=0.1)
