"""The dashboards that the system's description names: Blackbox Overview, ECS Services, SQS Processor."""

from aldea_infra.dashboards.board import Board, Cloud, Panel, Prom, Row
from aldea_infra.environments import PRODUCTION


_PREFIX = PRODUCTION.prefix
_QUEUE = f"{_PREFIX}-org-sync"


def _ecs(metric: str) -> list[Cloud]:
    return [Cloud("AWS/ECS", metric, "Average", {"ClusterName": _PREFIX, "ServiceName": "*"})]


def _queue(metric: str, statistic: str, name: str = _QUEUE) -> Cloud:
    return Cloud("AWS/SQS", metric, statistic, {"QueueName": name}, name)


def _function(metric: str, statistic: str) -> list[Cloud]:
    return [Cloud("AWS/Lambda", metric, statistic, {"FunctionName": "*"})]


BLACKBOX = Board(
    "blackbox-overview",
    "Blackbox Overview",
    "Whether services and engines answer, seen from outside of them.",
    [
        Row(
            "Probes",
            [
                Panel(
                    "Answers",
                    "1 is well. 0 for a minute is a critical alert.",
                    [Prom("probe_success", "{{instance}}")],
                ),
                Panel(
                    "Time of an answer",
                    "Of the whole probe, with name, connection and TLS.",
                    [Prom("probe_duration_seconds", "{{instance}}")],
                    "s",
                ),
                Panel(
                    "Available in a day",
                    "Share of probes of 24 hours that had an answer.",
                    [Prom("avg_over_time(probe_success[24h])", "{{instance}}")],
                    "percentunit",
                ),
            ],
        ),
        Row(
            "Targets",
            [
                Panel(
                    "Scraped",
                    "Tasks whose metrics Prometheus reads, by service.",
                    [Prom('sum by (service) (up{job="aldea"})', "{{service}}")],
                ),
                Panel(
                    "Days until a certificate ends",
                    "Renewed by ACM; engines' own are renewed by hand.",
                    [Prom("(probe_ssl_earliest_cert_expiry - time()) / 86400", "{{instance}}")],
                    "d",
                ),
            ],
        ),
    ],
)

ECS = Board(
    "ecs-services",
    "ECS Services",
    "CPU, memory and traffic of the services, as AWS sees them.",
    [
        Row(
            "Tasks",
            [
                Panel("CPU", "Of what a task has, by service.", _ecs("CPUUtilization"), "percent"),
                Panel("Memory", "Above 85 % is an alert.", _ecs("MemoryUtilization"), "percent"),
            ],
        ),
        Row(
            "Traffic",
            [
                Panel(
                    "Requests",
                    "Of both proxies in a minute, by service and endpoint.",
                    [
                        Cloud(
                            "Aldea/ProxyServices",
                            "RequestCount",
                            "Sum",
                            {"Service": "*", "Endpoint": "*"},
                        )
                    ],
                ),
                Panel(
                    "Latency, p95",
                    "Of both proxies, by service and endpoint.",
                    [
                        Cloud(
                            "Aldea/ProxyServices",
                            "RequestLatency",
                            "p95",
                            {"Service": "*", "Endpoint": "*"},
                        )
                    ],
                    "ms",
                ),
                Panel(
                    "Errors",
                    "Of both proxies in a minute, by service and kind.",
                    [
                        Cloud(
                            "Aldea/ProxyServices",
                            "ErrorCount",
                            "Sum",
                            {"Service": "*", "ErrorType": "*"},
                        )
                    ],
                ),
            ],
        ),
        Row(
            "Load balancer",
            [
                Panel(
                    "Connections",
                    "Open connections of clients: live streams and requests.",
                    [
                        Cloud(
                            "AWS/ApplicationELB",
                            "ActiveConnectionCount",
                            "Sum",
                            {"LoadBalancer": "*"},
                        )
                    ],
                ),
                Panel(
                    "Streams that run",
                    "Of each proxy.",
                    [Cloud("Aldea/ProxyServices", "ConnectionCount", "Sum", {"Service": "*"})],
                ),
            ],
        ),
    ],
)

SQS = Board(
    "sqs-processor",
    "SQS Processor",
    "The queue of changed orgs, and the functions that handle it.",
    [
        Row(
            "Queue",
            [
                Panel(
                    "Messages that wait",
                    "Above 100 for three minutes is a warning.",
                    [_queue("ApproximateNumberOfMessagesVisible", "Maximum")],
                ),
                Panel(
                    "Age of the oldest",
                    "Seconds that a change waits at most.",
                    [_queue("ApproximateAgeOfOldestMessage", "Maximum")],
                    "s",
                ),
                Panel(
                    "Dead letters",
                    "Any is a critical alert: docs/runbooks/dead-letter-queue.md.",
                    [_queue("ApproximateNumberOfMessagesVisible", "Maximum", f"{_QUEUE}-dlq")],
                ),
            ],
        ),
        Row(
            "Functions",
            [
                Panel("Calls", "In a minute.", _function("Invocations", "Sum")),
                Panel(
                    "Errors", "Above 5 for three minutes is a warning.", _function("Errors", "Sum")
                ),
                Panel("Duration, p95", "Of a batch.", _function("Duration", "p95"), "ms"),
            ],
        ),
    ],
)
