"""Our own dashboards, over what the services measure of themselves."""

from aldea_infra.dashboards.board import Board, Panel, Prom, Row


def _percentiles(metric: str, by: str) -> list[Prom]:
    return [
        Prom(
            f"histogram_quantile({quantile}, sum by (le, {by}) (rate({metric}_bucket[5m])))",
            f"{{{{{by}}}}} p{int(quantile * 100)}",
        )
        for quantile in (0.5, 0.95, 0.99)
    ]


GATEWAY = Board(
    "aldea-gateway",
    "Aldea: gateway",
    "Traffic, latency, refusals and what happens to live streams, of ws-proxy and transcribe.",
    [
        Row(
            "Traffic",
            [
                Panel(
                    "Requests",
                    "Requests a second by status. A live stream counts when it ends.",
                    [Prom("sum by (status) (rate(aldea_requests_total[5m]))", "{{status}}")],
                    "reqps",
                ),
                Panel(
                    "Audio",
                    "Seconds of audio in a second, by kind: what is billed.",
                    [Prom("sum by (kind) (rate(aldea_audio_seconds_total[5m]))", "{{kind}}")],
                ),
                Panel(
                    "Latency",
                    "From a request's head to the end of its answer, by route.",
                    _percentiles("aldea_request_seconds", "route"),
                    "s",
                ),
            ],
        ),
        Row(
            "Streams and room",
            [
                Panel(
                    "Sessions that run",
                    "Beside those that there is room for.",
                    [
                        Prom("sum by (service) (aldea_active_sessions)", "{{service}}"),
                        Prom("sum by (service) (aldea_capacity_sessions)", "{{service}}: room"),
                    ],
                ),
                Panel(
                    "Saturation",
                    "Of the fullest worker. Tasks are added by it; above 0.8 for long is an alert.",
                    [Prom("max by (service) (aldea_saturation_ratio)", "{{service}}")],
                    "percentunit",
                ),
                Panel(
                    "Refusals",
                    "Sessions refused a second, by the limit that refused them.",
                    [Prom("sum by (reason) (rate(aldea_refusals_total[5m]))", "{{reason}}")],
                ),
            ],
        ),
        Row(
            "What happens to streams",
            [
                Panel(
                    "Ends",
                    "Ends of live streams a second, by reason.",
                    [Prom("sum by (ending) (rate(aldea_stream_endings_total[5m]))", "{{ending}}")],
                ),
                Panel(
                    "Failovers",
                    "Streams in an hour that went on with another engine.",
                    [Prom("sum(increase(aldea_stream_recoveries_total[1h]))", "in an hour")],
                ),
                Panel(
                    "Log lines lost",
                    "Lines that could not be written in five minutes. Zero is normal.",
                    [
                        Prom(
                            "sum by (service) (increase(aldea_log_lines_dropped_total[5m]))",
                            "{{service}}",
                        )
                    ],
                ),
            ],
        ),
    ],
)

SYNC = Board(
    "aldea-sync",
    "Aldea: sync and metering",
    "From PostgreSQL to Redis, and from the gateways' meters to the ledger.",
    [
        Row(
            "From the database to the gateways",
            [
                Panel(
                    "Changes that wait",
                    "In the outbox. A revoked key stays open as long as its change waits here.",
                    [Prom("max(aldea_outbox_changes)", "changes")],
                ),
                Panel(
                    "Since a job last succeeded",
                    "Each job runs at its interval: docs/jobs.md.",
                    [
                        Prom(
                            "time() - max by (job) (aldea_sync_last_success_timestamp_seconds)",
                            "{{job}}",
                        )
                    ],
                    "s",
                ),
                Panel(
                    "Drift",
                    "Orgs in an hour whose copy in Redis differed and was repaired. Zero is normal.",
                    [Prom("sum by (kind) (increase(aldea_drift_total[1h]))", "{{kind}}")],
                ),
            ],
        ),
        Row(
            "Jobs",
            [
                Panel(
                    "Done",
                    "What jobs dealt with a second: orgs relayed, usage moved, leases settled.",
                    [Prom("sum by (job) (rate(aldea_sync_done_total[5m]))")],
                ),
                Panel(
                    "Tried again",
                    "Times in five minutes that a job failed and is repeated.",
                    [Prom("sum by (job) (increase(aldea_sync_failures_total[5m]))")],
                ),
                Panel(
                    "Meters raised",
                    "Orgs in an hour whose meter was below the ledger: after Redis was lost.",
                    [Prom("sum(increase(aldea_meters_raised_total[1h]))", "orgs")],
                ),
            ],
        ),
        Row(
            "Money",
            [
                Panel(
                    "Hours of audio in a day",
                    "At the rate of the last hour. With the costs of a day from AWS, it says what "
                    "an hour costs: docs/scaling.md has the model.",
                    [Prom("sum(rate(aldea_audio_seconds_total[1h])) * 24", "hours a day")],
                    "h",
                ),
                Panel(
                    "Audio for each task",
                    "Seconds of audio in a second, for each task that runs. Falling means idle "
                    "tasks, which cost the same.",
                    [
                        Prom(
                            "sum(rate(aldea_audio_seconds_total[1h])) "
                            '/ count(up{job="aldea", service=~"ws-proxy|transcribe"} == 1)',
                            "a task",
                        )
                    ],
                ),
            ],
        ),
    ],
)

ENGINES = Board(
    "aldea-engines",
    "Aldea: engines",
    "What the speech engines measure of themselves.",
    [
        Row(
            "Work",
            [
                Panel(
                    "Real-time factor",
                    "Seconds of work for a second of audio. Above 1 it falls behind.",
                    [Prom("aldea_engine_real_time_factor", "{{instance}}")],
                ),
                Panel(
                    "Finals are late",
                    "For how long 95 % of recent final results were due at most.",
                    [Prom("aldea_engine_final_lag_seconds", "{{instance}}")],
                    "s",
                ),
                Panel(
                    "Queue",
                    "Windows of audio that wait to be decoded, by urgency.",
                    [Prom("sum by (instance, urgency) (aldea_engine_queue_windows)")],
                ),
            ],
        ),
        Row(
            "Streams",
            [
                Panel(
                    "Streams and files that run",
                    "Beside those that an engine takes at once; further ones go to another engine.",
                    [
                        Prom("stt_streams", "{{instance}}"),
                        Prom("stt_capacity", "{{instance}}: takes"),
                    ],
                ),
                Panel(
                    "Audio that waits",
                    "For how long the oldest live audio has waited to be recognised.",
                    [Prom("stt_behind_seconds", "{{instance}}")],
                    "s",
                ),
            ],
        ),
        Row(
            "Batches and GPU",
            [
                Panel(
                    "Windows in a batch",
                    "On average: full batches are cheap, and take longer.",
                    [
                        Prom(
                            "sum by (instance) (rate(aldea_engine_windows_total[5m])) "
                            "/ sum by (instance) (rate(aldea_engine_batches_total[5m]))",
                            "{{instance}}",
                        )
                    ],
                ),
                Panel(
                    "GPU in use",
                    "How much of the time it worked. Empty on a CPU.",
                    [Prom("gpu_utilization", "{{instance}}")],
                    "percentunit",
                ),
                Panel(
                    "GPU's memory",
                    "In use. Empty on a CPU.",
                    [Prom("gpu_memory_used_bytes", "{{instance}}")],
                    "bytes",
                ),
            ],
        ),
    ],
)
