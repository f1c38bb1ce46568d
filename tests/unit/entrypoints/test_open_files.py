"""Capacity within the limit of open files."""

import json
import subprocess
import sys

import pytest


SCRIPT = """
import json, resource, sys
from entrypoints.runtime.open_files import within_open_files
from entrypoints.settings import Settings

limits = tuple(map(int, sys.argv[1:3]))
resource.setrlimit(resource.RLIMIT_NOFILE, limits)
settings = within_open_files(Settings.read({"ALDEA_CAPACITY": sys.argv[3]}))
print(json.dumps([settings.capacity, *resource.getrlimit(resource.RLIMIT_NOFILE)]))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "capacity", "raised"),
    [
        (256, 3000, 1000, 1000, 2256),
        (2500, 3000, 1000, 1000, 2500),
        (256, 1024, 5000, 384, 1024),
        (100, 100, 5000, 1, 100),
    ],
)
def test_capacity_fits_the_open_file_limit(soft, hard, wanted, capacity, raised):
    """
    The limit is raised if allowed; if it is too low, capacity is lowered and logged.
    """
    arguments = [str(number) for number in (soft, hard, wanted)]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True
    )
    *warned, answer = done.stdout.splitlines()

    assert json.loads(answer) == [capacity, raised, hard]
    assert bool(warned) == (capacity != wanted)
    assert all("ulimit -n" in line for line in warned)
