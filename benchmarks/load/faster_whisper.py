"""
faster-whisper alone: `python -m benchmarks.load.faster_whisper MODEL`.

Each line on standard input names a file, which it transcribes as its documentation has it, with word
times. It reports the seconds taken and the text.
"""

import json
import os
import sys
import time

from faster_whisper import WhisperModel


def main(directory: str) -> None:
    threads = os.cpu_count() or 1
    model = WhisperModel(
        directory, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
    )
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        segments, _ = model.transcribe(line.strip(), word_timestamps=True, language="en")
        text = " ".join(segment.text for segment in segments)
        print(json.dumps({"seconds": time.perf_counter() - began, "text": text}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
