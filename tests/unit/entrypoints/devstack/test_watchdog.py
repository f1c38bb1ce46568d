"""The watchdog stops processes that outlived their supervisor."""

import io
import signal
import subprocess
import sys
import threading
import time

from pathlib import Path

import pytest

from entrypoints.devstack.watchdog import Watchdog, watch


SLEEPER = "import time; print(flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(flush=True); time.sleep(600)"
)


OF_TERMINALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ignores(pid: int, number: signal.Signals) -> bool:
    """As proc(5) says: a bit for each signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line for line in status.splitlines() if line.startswith("SigIgn:")).split()[1]
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.fixture
def sleeper():
    """Starts processes that run until they are ended."""
    started = []

    def start(script=SLEEPER):
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True
        )
        process.stdout.readline()  # it has come as far as its sleep
        threading.Thread(
            target=process.wait, daemon=True
        ).start()  # no process stays a zombie for long
        started.append(process)
        return process

    yield start
    for process in started:
        process.stdout.close()
        if process.poll() is None:
            process.kill()
            process.wait()


def test_closed_pipe_stops_the_remaining_processes(sleeper):
    """
    Each by its own signal; dead ones are skipped.
    """
    one, other, dead = sleeper(), sleeper(), sleeper()
    dead.terminate()
    dead.wait()
    watch(
        io.StringIO(f"+{one.pid} 15\n+{dead.pid} 15\n+{other.pid} 2\n-{dead.pid}\n"), patience=0.2
    )

    assert one.wait(5) == -signal.SIGTERM
    assert other.wait(5) != 0


def test_process_that_ignores_signals_is_killed(sleeper):
    """
    With its children.
    """
    stubborn = sleeper(STUBBORN)
    watch(io.StringIO(f"+{stubborn.pid} 15\n"), patience=0.2)

    assert stubborn.wait(5) == -signal.SIGKILL
    assert stubborn.stdout.read() == b""  # its child had it open too


def test_watchdog_ends_with_its_parent(sleeper):
    """
    However the parent ended.
    """
    left = sleeper()
    script = (
        "import os; from entrypoints.devstack.watchdog import Watchdog;"
        f"Watchdog().on_spawn({left.pid}); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9

    assert left.wait(10) == -signal.SIGTERM


def test_killed_watchdog_is_replaced(sleeper):
    """
    The new one knows of every process.
    """
    kept, died = sleeper(), sleeper()
    watchdog = Watchdog()
    watchdog.on_spawn(kept.pid)
    watchdog.on_spawn(died.pid)
    watchdog.died(died.pid)
    watchdog._process.kill()
    watchdog._process.wait()
    watchdog.check()
    watchdog.close()

    assert kept.wait(10) == -signal.SIGTERM
    assert died.poll() is None


def test_dead_watchdog_is_noticed_at_the_next_message(sleeper):
    kept = sleeper()
    watchdog = Watchdog()
    watchdog._process.kill()
    watchdog._process.wait()
    watchdog.on_spawn(kept.pid)
    watchdog.close()

    assert kept.wait(10) == -signal.SIGTERM


def test_watchdog_ignores_terminal_signals(sleeper):
    watchdog = Watchdog()
    watchdog.on_spawn(sleeper().pid)
    deadline = time.monotonic() + 20
    while not all(ignores(watchdog._process.pid, number) for number in OF_TERMINALS):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for number in OF_TERMINALS:
        watchdog._process.send_signal(number)
    time.sleep(0.1)

    assert watchdog._process.poll() is None
    watchdog.close()
