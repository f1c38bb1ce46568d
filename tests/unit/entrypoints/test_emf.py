"""Metrics of the proxies for CloudWatch: what the lines say is what was counted."""

from datetime import UTC, datetime

import pytest

from tests.servers.embedded_metrics import metrics_of, sums_of

from adapters.memory.clock import ManualClock
from aldea_core.domain.live.endings import Ending
from aldea_core.protocol.deepgram.close_codes import CLOSES
from entrypoints.runtime.emf import NAMESPACE, OF_ENDING, EmfReport, documents, error_type
from entrypoints.runtime.line_writer import LineWriter
from entrypoints.runtime.metrics import Metrics


LISTEN = (("Endpoint", "/v1/listen"), ("Service", "ws-proxy"))
SERVICE = (("Service", "ws-proxy"),)
AT = datetime(2026, 11, 27, tzinfo=UTC)


class Lines:
    def __init__(self) -> None:
        self.written: list[str] = []
        self.drained = False

    def write(self, text: str) -> int:
        assert text.endswith("\n")
        self.written.append(text)
        return len(text)

    def drain(self, _seconds: float) -> None:
        self.drained = True


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(LineWriter(None))


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def report(metrics, lines) -> EmfReport:
    return EmfReport("ws-proxy", metrics, ManualClock(AT), lines)


def distribution_of(lines: Lines) -> dict:
    (found,) = [
        value
        for line in lines.written
        for _, (name, _), value in metrics_of(line)
        if name == "RequestLatency"
    ]
    return found


async def test_counts_are_those_since_the_line_before(metrics, lines, report):
    """
    Each request and error is in one line; requests before the start are in none.
    """
    for _ in range(3):
        metrics.answered("/v1/listen", 101, 0.02)
    metrics.answered("/v1/listen", 401, 0.001)
    await report()
    first = sums_of(lines.written, NAMESPACE)
    metrics.answered("/v1/listen", 429, 0.001)
    metrics.answered("/v1/listen", 503, 0.001)
    metrics.ended(Ending.INTERNAL.value)
    metrics.ended(Ending.FINISHED.value)
    await report()

    def errors(kind: str):
        return ("ErrorCount", (("ErrorType", kind), *SERVICE))

    assert first == {
        ("RequestCount", LISTEN): 4,
        ("RequestLatency", LISTEN): 4,
        errors("Authentication"): 1,
        ("ConnectionCount", SERVICE): 0,
    }
    assert sums_of(lines.written, NAMESPACE) == {
        ("RequestCount", LISTEN): 6,
        ("RequestLatency", LISTEN): 6,
        errors("Authentication"): 1,
        errors("Limit"): 1,
        errors("Unavailable"): 1,
        errors("Internal"): 1,
        ("ConnectionCount", SERVICE): 0,
    }


async def test_latency_is_a_distribution_of_milliseconds(metrics, lines, report):
    """
    A request counts as its bucket's upper bound; beyond the last bound, as that. The sum is exact.
    """
    for seconds in (0.003, 0.004, 0.3, 0.5, 700.0):
        metrics.answered("/v1/listen", 200, seconds)
    await report()

    assert distribution_of(lines) == {
        "Values": [5.0, 500.0, 600_000.0],
        "Counts": [2, 2, 1],
        "Min": 5.0,
        "Max": 600_000.0,
        "Count": 5,
        "Sum": 700_807.0,
    }


async def test_requests_of_the_last_two_buckets_are_one_value(metrics, lines, report):
    """
    Values of a distribution are unique.
    """
    metrics.answered("/v1/listen", 200, 599.0)
    metrics.answered("/v1/listen", 200, 601.0)
    await report()

    found = distribution_of(lines)
    assert (found["Values"], found["Counts"]) == ([600_000.0], [2])


async def test_distribution_is_of_the_interval(metrics, lines, report):
    """
    Not of all requests since the start.
    """
    metrics.answered("/v1/listen", 200, 3.0)
    await report()
    lines.written.clear()
    metrics.answered("/v1/listen", 200, 0.2)
    await report()

    found = distribution_of(lines)
    assert (found["Values"], found["Counts"], found["Sum"]) == ([250.0], [1], 200.0)


async def test_silent_service_says_how_many_connections_it_has(metrics, lines, report):
    """
    And nothing of routes and errors of which nothing happened.
    """
    metrics.sessions(7, 100)
    await report()

    assert sums_of(lines.written, NAMESPACE) == {("ConnectionCount", SERVICE): 7}


@pytest.mark.parametrize("route", ["/healthz", "/readyz", "/metrics", "/stats"])
async def test_probes_are_no_requests(metrics, lines, report, route):
    """
    Load balancers and Prometheus send them, and no client.
    """
    metrics.answered(route, 503, 0.1)
    await report()

    assert set(sums_of(lines.written, NAMESPACE)) == {("ConnectionCount", SERVICE)}


def test_last_counts_are_written_at_the_end(metrics, lines, report):
    """
    A process that stops between two lines loses none.
    """
    metrics.answered("/v1/listen", 200, 0.1)
    report.close()

    assert sums_of(lines.written, NAMESPACE)[("RequestCount", LISTEN)] == 1
    assert lines.drained


def test_metrics_before_the_report_are_not_in_it(metrics, lines):
    """
    As those that a process finds in a folder that it shares.
    """
    metrics.answered("/v1/listen", 200, 0.1)
    EmfReport("ws-proxy", metrics, ManualClock(AT), lines).close()

    assert set(sums_of(lines.written, NAMESPACE)) == {("ConnectionCount", SERVICE)}


def test_time_is_in_milliseconds(metrics):
    (document,) = documents("ws-proxy", {}, metrics.readings(), AT)

    assert document["_aws"]["Timestamp"] == round(AT.timestamp() * 1000)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (101, None),
        (200, None),
        (304, None),
        (400, "InvalidRequest"),
        (401, "Authentication"),
        (402, "Limit"),
        (403, "Authentication"),
        (413, "InvalidRequest"),
        (429, "Limit"),
        (500, "Internal"),
        (502, "Unavailable"),
        (503, "Unavailable"),
        (504, "Unavailable"),
    ],
)
def test_errors_are_of_a_few_kinds(status, kind):
    """
    CloudWatch takes money for each.
    """
    assert error_type(status) == kind


def test_every_close_that_says_an_error_is_one():
    """
    Streams that end as they should, as their owner or a deployment wants, are none.
    """
    ordinary = {
        Ending.FINISHED,
        Ending.CLIENT_LEFT,
        Ending.CONNECTION_LOST,
        Ending.DEPLOY,
        Ending.ENDED_BY_OWNER,
    }

    assert OF_ENDING.keys() == CLOSES.keys() - ordinary


async def test_every_route_and_error_at_once_stays_within_the_limits(metrics, lines, report):
    """
    A line for each; all are read, and their sums are what was counted.
    """
    for number in range(500):
        for status in (101, 200, 400, 401, 402, 413, 429, 500, 503):
            for seconds in (0.001 * 4**power for power in range(12)):
                metrics.answered(f"/v1/route-{number}", status, seconds)
    await report()

    sums = sums_of(lines.written, NAMESPACE)
    requests = sum(value for (name, _), value in sums.items() if name == "RequestCount")
    assert requests == 500 * 9 * 12
    assert max(map(len, lines.written)) < 2_000
