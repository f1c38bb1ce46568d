"""Memory of large files that pass through the gateway."""

from pathlib import Path

import pytest

from tests.servers.raw import exchange, post
from tests.servers.redis import redis_node
from tests.servers.services import serving
from tests.servers.stage import ORG, SECRET, TOKEN, UNBOUND

from adapters.redis.client import connect
from adapters.redis.keystore import RedisKeystore
from aldea_core.domain.access.keys import KnownKey
from aldea_core.domain.access.limits import Entitlements
from aldea_core.domain.access.orgs import OrgSnapshot
from aldea_core.domain.ids import KeyId


AUDIO = bytes(16_000_000)
RAW = "/v1/listen?encoding=linear16&sample_rate=16000"


@pytest.fixture
async def service():
    with (
        redis_node() as node,
        serving("stt", ALDEA_BUNDLED_ENGINE="memory", ALDEA_ENGINE_TOKEN=TOKEN) as engine,
        serving(
            "transcribe",
            ALDEA_REDIS_URL=node.url,
            ALDEA_FILE_ENGINES=engine.url,
            ALDEA_ENGINE_TOKEN=TOKEN,
        ) as running,
    ):
        client = connect(node.url)
        key = KnownKey(SECRET.hash, KeyId("key"), ORG)
        await RedisKeystore(client).put(OrgSnapshot(ORG, Entitlements(UNBOUND, version=1), (key,)))
        await client.close()
        yield running


def page_faults(pid: int) -> int:
    """How often the kernel had to give the process a page (minflt in /proc/PID/stat)."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[7])


async def test_memory_of_a_large_file_is_used_again_for_the_next(service):
    """
    Its beginning is kept for another engine, 8 MB in 2,000 pages, and freed at once: if it went back
    to the system, each page would cost a fault for every file.
    """
    head = post(SECRET.reveal(), f"Content-Length: {len(AUDIO)}", path=RAW)

    async def upload() -> int:
        before = page_faults(service.process.pid)
        answer = await exchange(service.port, head, AUDIO)
        assert answer.status == 200, answer
        return page_faults(service.process.pid) - before

    assert min([await upload() for _ in range(4)]) < 200
