"""`aldea transcribe` and `aldea listen` at a terminal, against a running `aldea up`."""

import json
import os
import pty
import re
import signal
import subprocess
import time
import wave

import numpy as np
import pytest

from tests.servers.up import ALDEA, ROOT, Up
from tests.servers.words import word_error_rate


SAMPLES = ROOT / "samples"
HELLO = (SAMPLES / "hello.txt").read_text()
HELLO_WAV = (SAMPLES / "hello.wav").read_bytes()
SOUND_CARD = str(ROOT / "tests/servers/sound_card")

pytestmark = pytest.mark.slow


def environment(up: Up | None, **more: str) -> dict[str, str]:
    base = {name: value for name, value in os.environ.items() if not name.startswith("ALDEA_")}
    if up is not None:
        base |= {"ALDEA_URL": up.url, "ALDEA_API_KEY": up.key}
    return base | more


def aldea(*arguments: str, up: Up | None = None, stdin: bytes = b"", cwd=ROOT, **more: str):
    return subprocess.run(
        [ALDEA, *arguments],
        input=stdin,
        capture_output=True,
        env=environment(up, **more),
        timeout=60,
        check=False,
        cwd=cwd,
    )


def at_terminal(command: list[str], env: dict[str, str]) -> str:
    """What *command* writes to a terminal."""
    ours, its = pty.openpty()
    process = subprocess.Popen(command, stdout=its, stderr=its, stdin=subprocess.DEVNULL, env=env)
    os.close(its)
    written = b""
    try:
        while chunk := os.read(ours, 65_536):
            written += chunk
    except OSError:  # Linux: the process has closed its end
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0, written
    return written.decode()


def fails_with(done, *says: str, status: int = 1) -> None:
    """One clear line, no traceback, and nothing on standard output."""
    error = done.stderr.decode()
    assert done.returncode == status, error
    assert done.stdout == b""
    assert len(error.strip().splitlines()) == 1, error
    assert error.startswith("aldea: ")
    for part in says:
        assert part in error


class TestTranscribe:
    def test_file_prints_its_text_only(self, up):
        """
        Its text, and nothing else.
        """
        done = aldea("transcribe", "samples/hello.wav", up=up)

        assert done.returncode == 0
        assert word_error_rate(HELLO, done.stdout.decode()) <= 0.2
        assert done.stderr == b""

    def test_several_files_print_under_their_names(self, up):
        """
        In the order of the arguments.
        """
        done = aldea("transcribe", "samples/hello.mp3", "samples/hello.flac", up=up)

        assert re.findall(r"^samples/.*:$", done.stdout.decode(), re.MULTILINE) == [
            "samples/hello.mp3:",
            "samples/hello.flac:",
        ]

    def test_dash_reads_standard_input(self, up):
        audio = (SAMPLES / "hello.wav").read_bytes()
        done = aldea("transcribe", "-", up=up, stdin=audio)

        assert word_error_rate(HELLO, done.stdout.decode()) <= 0.2

    def test_json_prints_the_servers_response(self, up):
        """
        One object a line for several files.
        """
        one = aldea("transcribe", "samples/hello.wav", "--format", "json", up=up)
        two = aldea("transcribe", "samples/hello.wav", "samples/fox.wav", "--format", "json", up=up)

        assert json.loads(one.stdout)["metadata"]["channels"] == 1
        lines = [json.loads(line) for line in two.stdout.splitlines()]
        assert [line["file"] for line in lines] == ["samples/hello.wav", "samples/fox.wav"]

    @pytest.mark.parametrize(("style", "begins"), [("srt", "1\n00:00:0"), ("vtt", "WEBVTT\n")])
    def test_subtitles_in_both_formats(self, up, style, begins):
        done = aldea("transcribe", "samples/hello.wav", "--format", style, up=up)

        assert done.stdout.decode().startswith(begins)
        assert " --> " in done.stdout.decode()

    def test_output_folder_gets_a_file_each(self, up, tmp_path):
        done = aldea(
            "transcribe",
            str(SAMPLES / "hello.wav"),
            str(SAMPLES / "fox.wav"),
            "--output",
            str(tmp_path / "texts"),
            "--format",
            "vtt",
            up=up,
        )

        assert done.stdout == b""
        assert {path.name for path in (tmp_path / "texts").iterdir()} == {"hello.vtt", "fox.vtt"}

    def test_no_result_is_written_over_another(self, up, tmp_path):
        """
        Files of one name, in two folders or with two endings: nothing is sent.
        """
        (tmp_path / "hello.mp3").write_bytes(HELLO_WAV)
        files = ["samples/hello.wav", str(tmp_path / "hello.mp3")]
        done = aldea("transcribe", *files, "--output", str(tmp_path / "texts"), up=up)

        fails_with(done, *files, "would both be written to", "texts/hello.txt", status=2)
        assert not (tmp_path / "texts").exists()

    def test_what_is_transcribed_when_ctrl_c_comes_is_written(self, up, tmp_path):
        process = subprocess.Popen(
            [ALDEA, "transcribe", "samples/hello.wav", "-", "--output", tmp_path],
            stdin=subprocess.PIPE,  # which does not end
            stderr=subprocess.PIPE,
            env=environment(up),
            cwd=ROOT,
        )
        deadline = time.monotonic() + 60
        while not (tmp_path / "hello.txt").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)  # `communicate` would end the input meanwhile
        _, error = process.communicate()

        assert process.returncode == 130, error
        assert (tmp_path / "hello.txt").read_text().endswith("\n")
        assert b"Traceback" not in error

    def test_one_bad_file_sets_the_exit_status(self, up, tmp_path):
        """
        The other files are printed.
        """
        (tmp_path / "junk.wav").write_bytes(b"junk" * 1000)
        done = aldea("transcribe", str(tmp_path / "junk.wav"), "samples/hello.wav", up=up)

        assert done.returncode == 1
        assert "junk.wav: the server says 400" in done.stderr.decode()
        assert len(done.stdout.splitlines()) == 2

    def test_missing_file_is_reported_before_upload(self, up):
        fails_with(aldea("transcribe", "nobody.wav", up=up), "nobody.wav is not there")
        fails_with(aldea("transcribe", "samples", up=up), "samples is a folder")

    def test_wrong_key_explains_401(self, up):
        done = aldea("transcribe", "samples/hello.wav", up=up, ALDEA_API_KEY="org_wrong")

        fails_with(done, "401", "Is it the right --key or ALDEA_API_KEY?\n", status=4)

    def test_malformed_parameter_is_reported(self, up):
        """
        In the server's words, or by the command itself.
        """
        fails_with(
            aldea("transcribe", "samples/hello.wav", "--param", "punctuate=x", up=up), "punctuate"
        )
        fails_with(
            aldea("transcribe", "samples/hello.wav", "--param", "x", up=up), "NAME=VALUE", status=2
        )

    def test_unreachable_server_is_reported(self):
        done = aldea(
            "transcribe",
            "samples/hello.wav",
            ALDEA_URL="http://127.0.0.1:9",
            ALDEA_API_KEY="org_x",
        )

        fails_with(done, "no server listens there", status=3)

    def test_missing_server_explains_how_to_name_one(self, tmp_path):
        done = aldea("transcribe", str(SAMPLES / "hello.wav"), cwd=tmp_path)

        fails_with(done, "aldea up", "--url", status=4)

    def test_local_server_is_found_by_its_ready_file(self, up):
        done = aldea("transcribe", "samples/hello.wav", "--ready-file", str(up.data / "ready.json"))

        assert done.returncode == 0

    def test_local_key_is_never_sent_elsewhere(self, up):
        done = aldea(
            "transcribe",
            "samples/hello.wav",
            "--ready-file",
            str(up.data / "ready.json"),
            "--url",
            "http://127.0.0.1:9",
        )

        fails_with(done, "there is no key for http://127.0.0.1:9", status=4)


class TestListen:
    def test_file_is_sent_in_real_time(self, up):
        """
        A file is sent as it would be spoken.
        """
        began = time.monotonic()
        done = aldea("listen", "samples/fox.wav", up=up)
        took = time.monotonic() - began

        assert word_error_rate((SAMPLES / "fox.txt").read_text(), done.stdout.decode()) <= 0.2
        assert took > 2.5

    @pytest.mark.parametrize("ending", ["wav", "mp3", "opus"])
    def test_fast_sends_as_fast_as_the_server_reads(self, up, ending):
        """
        In any format.
        """
        done = aldea("listen", f"samples/hello.{ending}", "--fast", up=up)

        assert word_error_rate(HELLO, done.stdout.decode()) <= 0.25

    def test_dash_reads_standard_input(self, up):
        """
        A recorder writes the header before it knows how long the audio will be.
        """
        unknown = b"\xff" * 4
        audio = HELLO_WAV[:4] + unknown + HELLO_WAV[8:40] + unknown + HELLO_WAV[44:]
        done = aldea("listen", "-", up=up, stdin=audio)

        assert word_error_rate(HELLO, done.stdout.decode()) <= 0.25

    @pytest.mark.parametrize("rate", [16_000, 48_000])
    def test_microphone_is_recognised_at_a_rate_that_it_has(self, up, tmp_path, rate):
        """
        Until it is unplugged.
        """
        recording = tmp_path / "spoken.wav"
        with wave.open(str(recording), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            samples = np.frombuffer(HELLO_WAV[44:], "<i2")
            file.writeframes(np.repeat(samples, rate // 16_000).tobytes())
        done = aldea("listen", "--mic", up=up, PYTHONPATH=SOUND_CARD, MICROPHONE=str(recording))

        assert done.stderr == b""
        assert word_error_rate(HELLO, done.stdout.decode()) <= 0.25

    def test_microphone_that_cannot_be_opened_is_one_line(self, up):
        """
        Systems offer a microphone until it is opened. By then the stream is open.
        """
        sound_card = {"PYTHONPATH": SOUND_CARD, "MICROPHONE": str(SAMPLES / "hello.wav")}

        done = aldea("listen", "--mic", up=up, **sound_card, IN_USE="1")

        fails_with(done, "there is no microphone to listen to", "Device unavailable")

    def test_missing_microphone_is_one_line(self, up, tmp_path):
        """
        Without a sound card, or without what it needs.
        """
        done = aldea("listen", "--mic", up=up, PYTHONPATH=SOUND_CARD)
        fails_with(done, "there is no microphone to listen to (Error querying device -1)")
        for error, says in (("ImportError", "aldea[mic]"), ("OSError", "PortAudio")):
            (tmp_path / "sounddevice.py").write_text(f"raise {error}")
            done = aldea("listen", "--mic", up=up, PYTHONPATH=str(tmp_path))
            fails_with(done, says)

    def test_frames_are_printed_one_a_line(self, up):
        done = aldea("listen", "samples/hello.wav", "--fast", "--format", "json", up=up)
        frames = [json.loads(line) for line in done.stdout.splitlines()]

        assert frames[-1]["type"] == "Metadata"
        assert any(not frame["is_final"] for frame in frames if frame["type"] == "Results")

    def test_terminal_shows_when_each_line_was_said(self, up, tmp_path):
        """
        Its first word: a result begins earlier, with the pause before it.
        """
        with (
            wave.open(str(SAMPLES / "story.wav")) as story,
            wave.open(str(tmp_path / "two.wav"), "wb") as two,
        ):
            two.setparams(story.getparams())
            two.writeframes(story.readframes(16_000 * 8))
        command = ["listen", str(tmp_path / "two.wav"), "--fast"]
        printed = aldea(*command, "--format", "json", up=up).stdout.splitlines()
        words = [
            frame["channel"]["alternatives"][0]["words"]
            for frame in map(json.loads, printed)
            if frame["type"] == "Results" and frame["is_final"]
        ]

        shown = at_terminal([ALDEA, *command], environment(up))

        stamps = re.findall(r"00:(\d\d)  ", re.sub(r"\x1b\[[\d?]*[a-zA-Z]", "", shown))
        assert [int(stamp) for stamp in stamps] == [int(each[0]["start"]) for each in words if each]
        assert len(stamps) > 1

    def test_audio_that_is_empty_or_raw_is_said(self, up):
        """
        As of a recorder that did not start, or whose format has no head.
        """
        fails_with(aldea("listen", "-", up=up, stdin=b""), "there is no audio")
        raw = (ROOT / "samples/hello.wav").read_bytes()[44:]
        fails_with(aldea("listen", "-", up=up, stdin=raw), "DATA-0000", "--param encoding=linear16")
        described = ("--param", "encoding=linear16", "--param", "sample_rate=16000")
        assert aldea("listen", "-", *described, up=up, stdin=raw).stdout.strip()

    def test_subtitles_are_printed_at_the_end(self, up):
        done = aldea("listen", "samples/hello.wav", "--fast", "--format", "srt", up=up)

        assert done.stdout.decode().startswith("1\n00:00:0")

    def test_ctrl_c_ends_the_audio(self, up):
        """
        The results so far are printed.
        """
        process = subprocess.Popen(
            [ALDEA, "listen", "samples/story.wav"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(up),
            cwd=ROOT,
        )
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, error = process.communicate(timeout=30)

        assert first.strip()
        assert process.returncode == 0, error
        assert b"Traceback" not in error
        assert len((first + rest).split()) < 100

    def test_invalid_option_is_one_line(self, up):
        fails_with(aldea("listen", up=up), "FILE", "--mic", status=2)
        fails_with(aldea("listen", "samples/hello.wav", "--mic", up=up), "FILE", "--mic", status=2)
        fails_with(
            aldea("listen", "samples/hello.wav", "--param", "endpointing=x", up=up),
            "endpointing",
        )
        wrong = aldea("listen", "samples/hello.wav", up=up, ALDEA_API_KEY="org_wrong")
        fails_with(wrong, "401", status=4)
