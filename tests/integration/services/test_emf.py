"""Both proxies print metrics for CloudWatch on standard output, and logs as ever."""

import asyncio
import json
import tempfile
import urllib.error
import urllib.request

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest

from tests.servers.embedded_metrics import metrics_of, sums_of
from tests.servers.redis import redis_node
from tests.servers.services import Service, serving
from tests.servers.stage import ORG, SECRET, TOKEN, UNBOUND
from websockets.asyncio.client import connect

from adapters.redis.client import connect as connect_redis
from adapters.redis.keystore import RedisKeystore
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyId
from entrypoints.runtime.emf import NAMESPACE


pytestmark = pytest.mark.slow

AUTH = {"Authorization": f"Token {SECRET.reveal()}"}
RAW = "encoding=linear16&sample_rate=16000"


@attrs.frozen
class Proxy:
    service: Service
    output: Path

    @property
    def lines(self) -> list[str]:
        """Whole lines that it has printed so far."""
        return self.output.read_text().split("\n")[:-1]

    async def until_printed(self, name: str) -> None:
        """Waits for a line with the metric *name*; the test's own timeout bounds it."""
        while not any(name in line for line in self.lines):
            await asyncio.sleep(0.05)


@contextmanager
def proxy(folder: Path, name: str, *options: str, **environ: str) -> Iterator[Proxy]:
    output = folder / f"{name}.txt"
    with (
        output.open("wb") as file,
        serving(name, *options, stdout=file, ALDEA_ENGINE_TOKEN=TOKEN, **environ) as service,
    ):
        yield Proxy(service, output)


@pytest.fixture
async def stores():
    """The addresses of a Redis that knows a key, and of an engine."""
    with (
        redis_node() as node,
        serving("stt", ALDEA_BUNDLED_ENGINE="memory", ALDEA_ENGINE_TOKEN=TOKEN) as engine,
    ):
        client = connect_redis(node.url)
        key = KnownKey(SECRET.hash, KeyId("key"), ORG)
        await RedisKeystore(client).put(OrgSnapshot(ORG, Entitlements(UNBOUND, version=1), (key,)))
        await client.close()
        yield {
            "ALDEA_REDIS_URL": node.url,
            "ALDEA_WS_ENGINES": engine.url,
            "ALDEA_FILE_ENGINES": engine.url,
        }


async def stream(service: Service, headers: dict[str, str]) -> None:
    url = f"ws://127.0.0.1:{service.port}/v1/listen?{RAW}"
    async with connect(url, additional_headers=headers) as socket:
        await socket.send(bytes(3200))
        await socket.send('{"type":"CloseStream"}')
        async for _ in socket:
            pass


def post(service: Service, headers: dict[str, str]) -> int:
    request = urllib.request.Request(
        f"{service.url}/v1/listen?{RAW}", bytes(3200), {"Content-Type": "audio/raw", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def point(name: str, service: str, **dimensions: str):
    return name, tuple(sorted({**dimensions, "Service": service}.items()))


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_sums_of_both_proxies_are_what_was_done(stores, workers, tmp_path):
    """
    Of all their workers together, the last counts when they stop among them.
    """
    with ExitStack() as stack:
        often = {**stores, "ALDEA_EMF_SECONDS": "0.1"}
        live, files = (
            stack.enter_context(proxy(tmp_path, name, "--workers", workers, **often))
            for name in ("ws-proxy", "transcribe")
        )
        for _ in range(3):
            await stream(live.service, AUTH)
            assert post(files.service, AUTH) == 200
        await live.until_printed("RequestCount")
        await files.until_printed("RequestCount")
        with pytest.raises(Exception, match="401"):
            await stream(live.service, {"Authorization": "Token org_wrong"})
        assert [post(files.service, {"Authorization": "Token org_wrong"}) for _ in range(2)] == [
            401,
            401,
        ]

    for each, name, requests, errors in ((live, "ws-proxy", 4, 1), (files, "transcribe", 5, 2)):
        sums = sums_of(each.lines, NAMESPACE)
        assert sums[point("RequestCount", name, Endpoint="/v1/listen")] == requests
        assert sums[point("RequestLatency", name, Endpoint="/v1/listen")] == requests
        assert sums[point("ErrorCount", name, ErrorType="Authentication")] == errors
        assert {found for found, _ in sums} == {
            "RequestCount",
            "RequestLatency",
            "ErrorCount",
            "ConnectionCount",
        }
        assert SECRET.reveal() not in each.output.read_text()


async def test_open_stream_is_a_connection(stores, tmp_path):
    with proxy(tmp_path, "ws-proxy", **stores, ALDEA_EMF_SECONDS="0.1") as live:
        url = f"ws://127.0.0.1:{live.service.port}/v1/listen?{RAW}"
        async with connect(url, additional_headers=AUTH):
            while not any(
                value == 1
                for line in live.lines
                for _, (name, _), value in metrics_of(line)
                if name == "ConnectionCount"
            ):
                await asyncio.sleep(0.05)


async def test_nothing_is_printed_unless_it_is_asked_for(stores, tmp_path):
    """
    And where it is, log lines go to standard error and are no metrics.
    """
    with proxy(tmp_path, "transcribe", **stores) as files:
        assert post(files.service, AUTH) == 200
    assert files.output.read_text() == ""

    with tempfile.TemporaryFile() as log:
        options = {"ALDEA_EMF_SECONDS": "0.1", "stderr": log.fileno()}
        with proxy(tmp_path, "transcribe", **stores, **options) as files:
            assert post(files.service, AUTH) == 200
        log.seek(0)
        logged = [json.loads(line) for line in log.read().splitlines()]

    assert "request" in {line["event"] for line in logged}
    assert not any("_aws" in line for line in logged)
    assert all("_aws" in json.loads(line) for line in files.lines)
