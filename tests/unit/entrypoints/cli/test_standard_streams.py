"""Commands whose caller has closed standard streams, or has a terminal of few characters."""

import itertools
import os
import subprocess
import sys

import pytest


_REPORT = """
import os, sys
from entrypoints.cli.standard_streams import open_closed_streams
open_closed_streams()
opened = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
print("not for the file")
print("not for the file", file=sys.stderr)
sys.exit(10 + opened if sys.stdin.read() == "" else 1)
"""


@pytest.mark.parametrize(
    "closed",
    [numbers for count in range(1, 4) for numbers in itertools.combinations((0, 1, 2), count)],
)
def test_no_file_takes_the_place_of_a_closed_stream(closed, tmp_path):
    closing = " ".join(f"{number}>&-" for number in closed)
    done = subprocess.run(
        [
            "sh",
            "-c",
            f'exec "$0" -c "$1" "$2" {closing}',
            sys.executable,
            _REPORT,
            tmp_path / "file",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode > 12, done.stderr
    assert (tmp_path / "file").read_bytes() == b""
    assert done.stdout == (b"" if 1 in closed else b"not for the file\n")
    assert done.stderr == (b"" if 2 in closed else b"not for the file\n")


def test_what_the_terminals_encoding_lacks_is_an_escape():
    """
    `aldea settings` has an ellipsis, which Latin-1 lacks.
    """
    command = [sys.executable, "-m", "entrypoints.cli", "settings"]
    environ = {**os.environ, "PYTHONIOENCODING": "iso8859-1"}
    done = subprocess.run(command, env=environ, capture_output=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u2026" in done.stdout
