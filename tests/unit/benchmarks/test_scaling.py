"""What many streams take, and how a storm of reconnecting clients goes."""

import pytest

from benchmarks.results import Results
from benchmarks.scaling.document import DOCUMENT, text
from benchmarks.scaling.model import Habits, Prices, StreamCost, taken
from benchmarks.scaling.storm import POLICIES, Storm, weather
from tests.unit.benchmarks.sample import results


COST = StreamCost(
    core=0.0001,
    handshake_seconds=0.001,
    memory_kib=100,
    redis_open_seconds=0.0001,
    redis_renewal_seconds=0.00005,
    redis_bytes=400,
)


class TestModel:
    def test_cost_of_a_stream_is_of_the_largest_measurement(self):
        cost = StreamCost.of(results())

        assert cost.core == 0.5 / 5000
        assert cost.redis_open_seconds == pytest.approx(90e-6)

    def test_unmeasured_part_is_named(self):
        with pytest.raises(KeyError, match="leases"):
            StreamCost.of(results("realtime"))

    def test_hundred_thousand_streams(self):
        """
        By hand: 100,000 streams of 300 s open 333 times a second, and renew 33,333 times.
        """
        found = taken(100_000, COST, Habits(), Prices())

        assert found.openings == pytest.approx(333.3, abs=0.1)
        assert found.cores == pytest.approx(10 + 0.333, abs=0.001)
        assert found.tasks == 22
        assert found.redis_cores == pytest.approx(1.667 + 0.033, abs=0.001)
        assert found.shards == 4
        assert found.gigabits == pytest.approx(25.6)

    def test_smallest_system_is_in_two_zones(self):
        found = taken(1, COST, Habits(), Prices())

        assert (found.tasks, found.shards, found.gpus) == (2, 2, 1)


class TestStorm:
    @pytest.mark.parametrize("policy", POLICIES)
    def test_with_room_everybody_is_back(self, policy):
        found = weather(Storm(2000, 1000.0, 2000), POLICIES[policy], seed=1)

        assert found.most is not None
        assert found.most >= 1.9  # 1,980 of them, 1,000 a second
        assert found.half <= found.most

    def test_without_room_the_rest_waits_for_new_tasks(self):
        storm = Storm(2000, 1000.0, 500, added_after=60, added=1500)
        waits = {name: weather(storm, wait, seed=1) for name, wait in POLICIES.items()}

        assert all(found.most >= 60 for found in waits.values())
        attempts = [found.attempts for found in waits.values()]
        assert attempts == sorted(attempts, reverse=True)

    def test_no_room_at_all_ends(self):
        found = weather(Storm(10, 1000.0, 0), POLICIES["each second"], seed=1)

        assert (found.half, found.most) == (None, None)


def test_document_is_what_is_computed():
    assert DOCUMENT.read_text() == text(Results.kept()), (
        "python -m benchmarks.scaling --write renews docs/scaling.md"
    )
