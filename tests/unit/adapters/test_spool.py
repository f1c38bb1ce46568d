"""Usage records that wait on disk while the log is away."""

import os
import resource
import signal
import subprocess
import sys

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from structlog.testing import capture_logs
from tests.contract.values import record
from tests.servers.away import Away

from adapters.memory.usage import MemoryUsageQueue
from adapters.redis.usage_rows import usage_of, usage_text
from adapters.spool.checkpoints import SpooledCheckpoints
from adapters.spool.usage import SpooledUsageLog
from aldea_core.domain.errors import Unavailable


class Spool:
    def __init__(self, folder) -> None:
        self.queue = MemoryUsageQueue()
        self.inner = Away(self.queue)
        self.folder = folder
        self.log = self.again()

    def again(self) -> SpooledUsageLog:
        """As another process would, on the same folder."""
        return SpooledUsageLog(self.inner, self.folder, write_text=usage_text, read_text=usage_of)

    async def delivered(self) -> list[str]:
        entries = await self.queue.take(10_000)
        await self.queue.drop(entries)
        return [entry.record.session for entry in entries]


@pytest.fixture(params=["disk", "memory"])
def spool(request, tmp_path):
    return Spool(tmp_path / "spool" if request.param == "disk" else None)


async def test_records_bypass_the_disk_while_the_log_is_up(spool):
    """
    No file is made.
    """
    assert await spool.log.deliver() == 0
    await spool.log.write([record()])

    assert await spool.delivered() == ["s1"]
    assert spool.folder is None or not spool.folder.exists()


async def test_records_wait_while_the_log_is_away(spool):
    """
    Writing succeeds, and all records arrive afterwards, in order.
    """
    await spool.log.deliver()
    spool.inner.is_away = True
    for n in range(1200):
        await spool.log.write([record(f"s{n}")])
    with pytest.raises(Unavailable):
        await spool.log.deliver()
    spool.inner.is_away = False
    await spool.log.write([record("late")])

    assert await spool.log.deliver() == 1201
    assert await spool.delivered() == [*(f"s{n}" for n in range(1200)), "late"]
    assert await spool.log.deliver() == 0
    await spool.log.write([record("next")])
    assert await spool.delivered() == ["next"]


class TestOnDisk:
    @pytest.fixture
    def spool(self, tmp_path):
        return Spool(tmp_path)

    async def test_next_process_delivers_left_records(self, spool):
        """
        Once their writer is gone.
        """
        spool.inner.is_away = True
        await spool.log.write([record()])
        spool.inner.is_away = False
        another = spool.again()

        assert await another.deliver() == 0
        spool.log.close()
        assert await another.deliver() == 1
        assert await another.deliver() == 0

    async def test_killed_process_leaves_a_readable_file(self, spool):
        """
        Another process delivers it.
        """
        code = (
            "import asyncio, os, sys\n"
            "from pathlib import Path\n"
            "from tests.unit.adapters.test_spool import Spool, record\n"
            "spool = Spool(Path(sys.argv[1]))\n"
            "spool.inner.is_away = True\n"
            "asyncio.run(spool.log.write([record('from the dead')]))\n"
            "os.kill(os.getpid(), 9)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(spool.folder)],
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )

        assert done.returncode == -9
        assert await spool.log.deliver() == 1
        assert await spool.delivered() == ["from the dead"]

    async def test_truncated_line_is_skipped(self, spool):
        """
        The other records arrive.
        """
        whole = usage_text(record()).encode()
        (spool.folder / "usage-1-0.jsonl").write_bytes(whole + b"\n" + whole[:40])

        assert await spool.log.deliver() == 1
        assert list(spool.folder.iterdir()) == []

    async def test_failed_delivery_starts_over(self, spool):
        """
        Records delivered twice are billed once.
        """
        spool.inner.is_away = True
        await spool.log.write([record(f"s{n}") for n in range(600)])
        spool.inner.is_away = False
        writes = spool.inner.calls

        class Breaks:
            async def write(self, records):
                await spool.inner.write(records)
                spool.inner.is_away = True

        spool.log._inner = Breaks()
        with pytest.raises(Unavailable):
            await spool.log.deliver()
        spool.inner.is_away = False
        spool.log._inner = spool.inner

        assert await spool.log.deliver() == 600
        assert len(set(await spool.delivered())) == 600
        assert spool.inner.calls > writes

    async def test_full_disk_keeps_records_in_memory(self, spool, full_disk):
        """
        Nothing is lost, and truncated lines damage no other line.
        """
        spool.inner.is_away = True
        await spool.log.write([record("before")])
        with full_disk(1000):
            await spool.log.write([record(f"s{n}") for n in range(100)])
        await spool.log.write([record("after")])
        spool.inner.is_away = False
        await spool.log.deliver()
        spool.log.close()
        await spool.log.deliver()

        assert set(await spool.delivered()) == {"before", *(f"s{n}" for n in range(100)), "after"}
        assert list(spool.folder.iterdir()) == []


@pytest.fixture
def full_disk():
    """No file of this process may grow beyond some bytes."""

    @contextmanager
    def limited(size: int) -> Iterator[None]:
        heeded = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, heeded)

    return limited


_KEEP_AND_DIE = """
import os, pathlib, signal, sys
from tests.contract.values import record
from adapters.redis.usage_rows import usage_text
from adapters.spool.checkpoints import SpooledCheckpoints

kept = SpooledCheckpoints(pathlib.Path(sys.argv[1]), write_text=usage_text)
kept.keep([record("s1", final=False, audio_ms=1), record("s2", final=False)])
kept.keep([record("s1", final=False, audio_ms=2)])
print("kept", flush=True)
sys.stdin.read()
"""


async def test_killed_writers_checkpoints_are_delivered(tmp_path):
    """
    By the next process, as last written; a live writer's checkpoints are not.
    """
    spool = Spool(tmp_path / "spool")
    writer = subprocess.Popen(
        [sys.executable, "-c", _KEEP_AND_DIE, spool.folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout.readline() == b"kept\n"
        assert await spool.log.deliver() == 0
    finally:
        writer.kill()
        writer.communicate()

    assert await spool.log.deliver() == 1
    (entry,) = await spool.queue.take(10)
    assert entry.record == record("s1", final=False, audio_ms=2)
    assert list(spool.folder.iterdir()) == []


async def test_stopped_writer_leaves_no_checkpoints(tmp_path):
    """
    Each of its sessions has its final record.
    """
    spool = Spool(tmp_path / "spool")
    for _ in range(2):
        kept = SpooledCheckpoints(spool.folder, write_text=usage_text)
        kept.keep([record(final=False)])
        assert len(list(spool.folder.iterdir())) == 1
        kept.keep([])
        assert list(spool.folder.iterdir()) == []
        kept.keep([record(final=False)])
        kept.close()
    assert await spool.log.deliver() == 0


def test_failed_checkpoint_write_is_logged_once(tmp_path):
    """
    No session ends because of it.
    """
    (tmp_path / "file").write_text("")
    kept = SpooledCheckpoints(tmp_path / "file" / "spool", write_text=usage_text)
    with capture_logs() as logs:
        for _ in range(3):
            kept.keep([record(final=False)])
    kept.close()

    assert [line["event"] for line in logs] == ["checkpoints are not kept"]
    assert logs[0]["folder"] == str(tmp_path / "file" / "spool")
