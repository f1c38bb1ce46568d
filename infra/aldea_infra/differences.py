"""
The difference table of docs/delivery.md, from the settings.

    python -m aldea_infra.differences            writes it
    python -m aldea_infra.differences --check    fails if it is not what the settings say
"""

import sys

from collections.abc import Callable, Sequence
from pathlib import Path

from aldea_infra.environments import DEV, PRODUCTION, STAGING
from aldea_infra.settings import Deployment, Environment, Size


DOCUMENT = Path(__file__).parents[2] / "docs" / "delivery.md"
_BEGIN, _END = "<!-- differences: begin -->", "<!-- differences: end -->"


def _size(size: Size) -> str:
    tasks = f"{size.least}" if size.least == size.most else f"{size.least} to {size.most}"
    return f"{tasks} × {size.cpu / 1024:g} vCPU, {size.memory / 1024:g} GB"


def _engines(deployments: Sequence[Deployment]) -> str:
    def names(deployment: Deployment) -> str:
        hosts = [url.split("/")[2].split(".")[0] for url in deployment.engines]
        return f"{deployment.name + ': ' if deployment.name else ''}{', '.join(hosts)}"

    return "; ".join(names(each) for each in deployments)


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


_ROWS: Sequence[tuple[str, Callable[[Environment], str]]] = (
    ("API", lambda e: e.domains.api),
    ("Backend", lambda e: e.domains.backend or "-"),
    ("Platform", lambda e: e.domains.platform or "-"),
    ("Grafana", lambda e: e.domains.grafana or "-"),
    ("Global Accelerator", lambda e: _yes(e.accelerator)),
    ("NAT gateways", lambda e: str(e.network.nat_gateways)),
    ("Zones of tasks", lambda e: str(e.network.task_zones)),
    ("Zones of the load balancer", lambda e: str(len(e.network.zones))),
    ("Deployments", lambda e: "blue/green, db-sync rolling" if e.blue_green else "rolling"),
    ("Engines of ws-proxy", lambda e: _engines(e.ws_deployments)),
    ("Engines of transcribe", lambda e: _engines(e.file_deployments)),
    (
        "GPU instances of its own",
        lambda e: ", ".join(e.gpu_engines.names) if e.gpu_engines else "-",
    ),
    ("ws-proxy", lambda e: f"{len(e.ws_deployments)} × ({_size(e.ws_proxy)})"),
    ("transcribe", lambda e: f"{len(e.file_deployments)} × ({_size(e.transcribe)})"),
    ("backend", lambda e: _size(e.backend)),
    ("frontend", lambda e: _size(e.frontend)),
    ("db-sync", lambda e: _size(e.db_sync)),
    (
        "Redis",
        lambda e: f"{e.redis.node}, {e.redis.shards} shard(s), {e.redis.replicas} replica(s) each",
    ),
    (
        "PostgreSQL",
        lambda e: (
            f"db.{e.database.instance}, {'with standby' if e.database.multi_az else 'single'}, "
            f"{e.database.gigabytes} GB, backups of {e.database.backup_days} days"
        ),
    ),
    ("Deletion protection", lambda e: _yes(e.database.deletion_protection)),
    ("org-sync at once", lambda e: str(e.org_sync_concurrency)),
    ("Prometheus, Grafana, canary", lambda e: _yes(e.watched)),
    ("Logs are kept", lambda e: f"{e.log_days} days"),
)


def table() -> str:
    """As Markdown."""
    lines = ["| | production | staging | dev |", "|---|---|---|---|"]
    lines += [
        f"| {title} | " + " | ".join(of(each) for each in (PRODUCTION, STAGING, DEV)) + " |"
        for title, of in _ROWS
    ]
    return "\n".join(lines)


def renewed(document: str) -> str:
    """*document* with the table as it is now."""
    before, _, rest = document.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def main() -> None:
    now = DOCUMENT.read_text()
    if "--check" not in sys.argv:
        DOCUMENT.write_text(renewed(now))
    elif renewed(now) != now:
        sys.exit(
            "docs/delivery.md: the difference table is old; run python -m aldea_infra.differences"
        )


if __name__ == "__main__":
    main()
