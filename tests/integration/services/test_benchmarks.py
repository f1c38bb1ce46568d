"""The benchmark ends what it started, however it is ended."""

import asyncio
import subprocess
import sys

from pathlib import Path

import psutil

from tests.servers.waiting import until


_ROOT = Path(__file__).parents[3]
_SERVICES = {"ws-proxy", "transcribe"}


async def test_sigterm_ends_all_that_the_benchmark_has_started():
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "leases"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    benchmark = psutil.Popen(command, cwd=_ROOT, **quiet)
    started: list[psutil.Process] = []
    try:

        async def everything_runs() -> bool:
            started[:] = benchmark.children(recursive=True)
            return {word for each in started for word in _words(each)} >= _SERVICES

        await until(everything_runs)
        benchmark.terminate()
        status = await asyncio.to_thread(benchmark.wait, 60)

        assert status == 143
        assert [each for each in started if each.is_running()] == []
    finally:
        for each in (benchmark, *started):
            if each.is_running():
                each.kill()


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended
        return []
