"""
The three environments.

Account ids, the hosted zone and Slack's ids are placeholders; whoever deploys puts their own here.
"""

from aldea_infra.settings import (
    Database,
    Deployment,
    Domains,
    Environment,
    Network,
    Redis,
    Size,
    Slack,
)


_DEV_1, _DEV_2 = (f"https://stt-api-dev-{n}.aldea.ai:8443" for n in (1, 2))
_LIVE_1, _LIVE_2 = (f"https://stt-api-live-{n}.aldea.ai:8443" for n in (1, 2))

PRODUCTION = Environment(
    name="production",
    prefix="prod-ws-proxy",
    account="111111111111",
    network=Network(),
    domains=Domains("api.aldea.ai", "backend.aldea.ai", "platform.aldea.ai", "grafana.aldea.ai"),
    ws_proxy=Size(1024, 2048, least=2, most=40),
    transcribe=Size(1024, 2048, least=2, most=40),
    backend=Size(512, 1024, least=2, most=8),
    frontend=Size(256, 512, least=2, most=8),
    db_sync=Size(512, 1024, least=2, most=2),
    ws_deployments=(Deployment("", (_DEV_1, _DEV_2)),),
    file_deployments=(Deployment("", (_LIVE_1, _LIVE_2)),),
    redis=Redis("cache.r7g.large", shards=2, replicas=1, snapshot_days=7),
    database=Database(
        "m7g.large", gigabytes=100, multi_az=True, backup_days=30, deletion_protection=True
    ),
    slack=Slack("T00000000", "C0000000001"),
    blue_green=True,
    accelerator=True,
    watched=True,
    log_days=90,
    requests_per_five_minutes=3000,
    org_sync_concurrency=10,
    mail=True,
    stripe=True,
)

STAGING = Environment(
    name="staging",
    prefix="staging-ws-proxy",
    account="222222222222",
    network=Network(),
    domains=Domains("st-api.aldea.ai", "st-backend.aldea.ai", "st-frontend.aldea.ai"),
    ws_proxy=Size(512, 1024, least=2, most=4),
    transcribe=Size(512, 1024, least=2, most=4),
    backend=Size(256, 512, least=2, most=4),
    frontend=Size(256, 512, least=2, most=4),
    db_sync=Size(256, 512, least=2, most=2),
    # Named as in the pipeline's diagram; all of them use the two engines of development.
    ws_deployments=(Deployment("dev1", (_DEV_1,)), Deployment("dev2", (_DEV_2,))),
    file_deployments=(Deployment("live1", (_DEV_1,)), Deployment("live2", (_DEV_2,))),
    redis=Redis("cache.t4g.medium", shards=2, replicas=1, snapshot_days=1),
    database=Database(
        "t4g.medium", gigabytes=50, multi_az=True, backup_days=7, deletion_protection=True
    ),
    slack=Slack("T00000000", "C0000000002"),
    blue_green=False,
    accelerator=True,
    watched=False,
    log_days=30,
    mail=True,
    requests_per_five_minutes=3000,
)

DEV = Environment(
    name="dev",
    prefix="dev-ws-proxy",
    account="333333333333",
    network=Network(nat_gateways=1, task_zones=1),
    domains=Domains("dev-api.aldea.ai"),
    ws_proxy=Size(256, 512),
    transcribe=Size(256, 512),
    backend=Size(256, 512),
    frontend=Size(256, 512),
    db_sync=Size(256, 512),
    ws_deployments=(Deployment("", (_DEV_1, _DEV_2)),),
    file_deployments=(Deployment("", (_LIVE_1, _LIVE_2)),),
    redis=Redis("cache.t4g.micro"),
    database=Database(
        "t4g.micro", gigabytes=20, multi_az=False, backup_days=1, deletion_protection=False
    ),
    slack=Slack("T00000000", "C0000000003"),
    blue_green=False,
    accelerator=False,
    watched=False,
    log_days=7,
    requests_per_five_minutes=3000,
)

ENVIRONMENTS = (DEV, STAGING, PRODUCTION)
