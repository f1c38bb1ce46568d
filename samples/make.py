"""
Makes the recordings in this folder: `python samples/make.py`.

Speaks with flite (Debian's package `flite`), so nobody's voice is in them, and converts with PyAV.
"""

import subprocess
import wave

from pathlib import Path

import av


HERE = Path(__file__).parent
RATE = 16_000

# Name → (voice, text).
SHORT = {
    "hello": ("slt", "the quick brown fox jumps over the lazy dog"),
    "weather": ("slt", "the weather is nice today and the sun is shining"),
    "market": ("rms", "we went to the market to buy some bread and milk"),
    "train": ("rms", "he told me that the train would be late again"),
    "fox": ("kal16", "the quick brown fox jumps over the lazy dog"),
}

STORY_VOICE = "rms"
STORY_PAUSE_SECONDS = 1.1
STORY = [
    "many people like to read the news in the morning",
    "she opened the window and looked out at the garden",
    "he told me that the train would be late again",
    "we went to the market to buy some bread and milk",
    "the weather is nice today and the sun is shining",
    "please call me back tomorrow morning at nine",
    "our company has offices in new york and london",
    "the meeting will start in about twenty minutes",
    "i would like to make an appointment with the doctor",
    "the children played in the park until it was dark",
    "thank you very much for your help this afternoon",
    "he told me that the train would be late again",
    "the weather is nice today and the sun is shining",
    "we went to the market to buy some bread and milk",
    "many people like to read the news in the morning",
    "our company has offices in new york and london",
]

# Ending → (container, codec, rate).
FORMATS = {
    "mp3": ("mp3", "libmp3lame", 16_000),
    "flac": ("flac", "flac", 16_000),
    "ogg": ("ogg", "flac", 16_000),
    "opus": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "m4a": ("ipod", "aac", 16_000),
    "aac": ("adts", "aac", 16_000),
}


def spoken(voice: str, text: str) -> bytes:
    """*text* as mono linear16 at 16 kHz."""
    path = HERE / ".spoken.wav"
    try:
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", path], check=True)
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels()) == (RATE, 1)
            return file.readframes(file.getnframes())
    finally:
        path.unlink(missing_ok=True)


def write_wav(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)


def convert(source: Path, ending: str) -> None:
    container, codec, rate = FORMATS[ending]
    with (
        av.open(str(source)) as original,
        av.open(str(source.with_suffix(f".{ending}")), "w", format=container) as target,
    ):
        stream = target.add_stream(codec, rate=rate)
        stream.layout = "mono"
        for frame in original.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def main() -> None:
    for name, (voice, text) in SHORT.items():
        write_wav(HERE / f"{name}.wav", spoken(voice, text))
        (HERE / f"{name}.txt").write_text(text + "\n")
    for ending in FORMATS:
        convert(HERE / "hello.wav", ending)
    pause = bytes(round(STORY_PAUSE_SECONDS * RATE) * 2)
    story = pause.join(spoken(STORY_VOICE, sentence) for sentence in STORY)
    write_wav(HERE / "story.wav", story + pause)
    convert(HERE / "story.wav", "opus")
    convert(HERE / "story.wav", "webm")
    (HERE / "story.txt").write_text("\n".join(STORY) + "\n")
    for path in sorted(HERE.glob("*.*")):
        if path.suffix[1:] in {"wav", *FORMATS}:
            print(f"{path.name:14} {path.stat().st_size:>9,} bytes")


if __name__ == "__main__":
    main()
