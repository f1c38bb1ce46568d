"""Prometheus scrapes `aldea up --full`, and answers every query of dashboards and alerts."""

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from pathlib import Path

import psutil
import pytest

from tests.servers.memory import in_memory
from tests.servers.up import ROOT, aldea_up
from tests.servers.watched import watchdog

from adapters.local_servers.server import free_port


PROMETHEUS = shutil.which("prometheus")
SERVICES = ("gateway", "backend", "frontend", "db-sync")
ENGINES = ("stt",)
# Queries whose answer is empty until something happens that does not happen here, and why.
NOTHING_YET = {
    "aldea_refusals_total": "no session was refused",
    "aldea_drift_total": "nothing has differed",
    "aldea_stream_endings_total": "no live stream was opened",
    "aldea_sync_failures_total": "no job has failed",
    "probe_": "there is no Blackbox exporter here",
    "aldea_engine_": "PocketSphinx has no queue and no batches",
    "gpu_": "there is no GPU",
    'service=~"ws-proxy|transcribe"': "one process is both here, and is called gateway",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        PROMETHEUS is None, reason="NOT CHECKED: prometheus is not on PATH (Debian: prometheus)"
    ),
]


def ports_of(process: psutil.Process, names: tuple[str, ...]) -> dict[str, list[int]]:
    """The ports of the services that *process* started, by the name in their command."""
    found: dict[str, list[int]] = {name: [] for name in names}
    for child in process.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            command = child.cmdline()
            for name in {*command} & found.keys():
                found[name].append(int(command[command.index("--port") + 1]))
    return found


def configuration(ports: dict[str, list[int]]) -> str:
    """
    As `monitoring/prometheus/prometheus.yml`, with addresses of this machine. JSON is YAML.
    """
    jobs = [
        {
            "job_name": job,
            "honor_labels": True,
            "metrics_path": path,
            "static_configs": [
                {
                    "targets": [f"127.0.0.1:{port}" for port in ports[name]],
                    "labels": {"service": name},
                }
                for name in names
            ],
        }
        for job, path, names in (
            ("aldea", "/metrics", SERVICES),
            ("engines", "/metrics", ENGINES),
            ("stats", "/stats", ENGINES),
        )
    ]
    return json.dumps({"global": {"scrape_interval": "500ms"}, "scrape_configs": jobs})


@pytest.fixture(scope="module")
def prometheus():
    """The address of a Prometheus that has read everything since before the first request."""
    with (
        tempfile.TemporaryDirectory(prefix="aldea-monitoring-", dir=in_memory()) as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        up = stack.enter_context(aldea_up(folder / "data", "--full"))
        ports = ports_of(psutil.Process(up.process.pid), (*SERVICES, *ENGINES))
        assert all(ports.values()), ports
        (folder / "prometheus.yml").write_text(configuration(ports))
        address = f"127.0.0.1:{free_port()}"
        process = subprocess.Popen(
            [
                str(PROMETHEUS),
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/tsdb",
                f"--web.listen-address={address}",
                "--log.level=error",
            ]
        )
        watchdog().on_spawn(process.pid)
        try:
            url = f"http://{address}"
            # Engines are scraped twice.
            wanted = sum(len(ports[name]) for name in (*SERVICES, *ENGINES, *ENGINES))
            until(lambda: len(answer_of(url, "up == 1")) == wanted)
            until(lambda: is_measured(up, url))
            yield url
        finally:
            process.terminate()
            process.wait(30)
            watchdog().died(process.pid)


def is_measured(up, url: str) -> bool:
    """Transcribes: a counter that begins with the first file grows with the second one."""
    transcribe(up)
    return bool(answer_of(url, "sum(rate(aldea_audio_seconds_total[5m])) > 0"))


def transcribe(up) -> None:
    sample = (ROOT / "samples/hello.wav").read_bytes()
    request = urllib.request.Request(
        f"{up.url}/v1/listen", sample, {**up.auth, "Content-Type": "audio/wav"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 200


def answer_of(url: str, query: str) -> list[dict]:
    """
    The series that *query* finds.

    Raises:
        AssertionError: Prometheus does not understand it.
    """
    asked = f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(asked, timeout=30) as response:
            return json.loads(response.read())["data"]["result"]
    except urllib.error.HTTPError as error:
        assert error.code == 503, f"{query}: {error.read().decode()}"
        return []  # it reads its own files first
    except OSError:  # it has not started yet
        return []


def until(ready) -> None:
    """Waits for a condition; the test's own timeout bounds it."""
    while not ready():
        time.sleep(0.2)


def queries_of_dashboards() -> list[str]:
    found = []
    for path in sorted((ROOT / "monitoring/grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            found += [target["expr"] for target in panel.get("targets", ()) if "expr" in target]
    return found


def queries_of_alerts() -> list[str]:
    """The left side of each: what is compared with a bound."""
    text = (ROOT / "monitoring/prometheus/alerts.yml").read_text()
    found = re.findall(r"expr: (?:\|\n((?: {10}.*\n)+)|(.*)\n)", text)
    return [re.sub(r"\s*(==|>|<)\s*[\d.]+\s*$", "", block or line) for block, line in found]


def test_every_query_of_dashboards_answers(prometheus):
    """
    Each is understood, and finds something unless a reason says why not.
    """
    queries = queries_of_dashboards()
    assert len(queries) > 30

    empty = [query for query in queries if not answer_of(prometheus, query)]
    assert [query for query in empty if not any(word in query for word in NOTHING_YET)] == []


def test_every_query_of_alerts_answers(prometheus):
    queries = queries_of_alerts()
    assert len(queries) > 8

    empty = [query for query in queries if not answer_of(prometheus, query)]
    # Nothing was answered with 500 or 503.
    allowed = (*NOTHING_YET, 'status="50')
    assert [query for query in empty if not any(word in query for word in allowed)] == []
