"""
The table of all background work: what runs, how often, and where.

Intervals are declared here and nowhere else. The parts that own a job give it its work with
`tasks`; `docs/jobs.md` shows the table.
"""

from collections.abc import Awaitable, Callable, Mapping

from entrypoints.runtime.periodic import Job, Part, PeriodicTask, Sleep
from entrypoints.settings import Settings


Work = Callable[[], Awaitable[int | None]]

_GATEWAY = frozenset({Part.GATEWAY})
_DB_SYNC = frozenset({Part.DB_SYNC})
_LEDGER = frozenset({Part.DB_SYNC, Part.LAPTOP})

JOBS = (
    Job(
        "deliver",
        "Sends usage records that waited on disk, as Redis or the ledger was away.",
        _GATEWAY,
        seconds=1.0,
        deadline=60.0,
    ),
    Job(
        "invalidations",
        "Drops what is cached of orgs that changed: a subscription, opened again when it breaks.",
        _GATEWAY,
        seconds=0.0,
    ),
    Job(
        "emf",
        "Prints metrics for CloudWatch, as lines of its Embedded Metric Format.",
        _GATEWAY,
        seconds="emf_seconds",
    ),
    Job(
        "protect",
        "Keeps the task from being scaled in while it has sessions (`ALDEA_PROTECT_TASK`).",
        _GATEWAY,
        seconds=30.0,
        deadline=30.0,
        longest_retry=30.0,
    ),
    Job(
        "checkpoint",
        "Writes the meters of open sessions to disk where their leases are in memory only.",
        frozenset({Part.LAPTOP}),
        seconds=3.0,
        deadline=60.0,
    ),
    Job(
        "copy",
        "Copies changed orgs from the database to the keystore of the same process.",
        frozenset({Part.LAPTOP}),
        seconds=0.25,
        deadline=60.0,
        is_eager=True,
    ),
    Job(
        "prepare",
        "Migrates the database and connects to Redis; once, before all other jobs.",
        _DB_SYNC,
        seconds=0.0,
    ),
    Job(
        "relay",
        "Sends changed orgs to the queue; without a queue, copies them. Also at each NOTIFY.",
        _DB_SYNC,
        seconds="relay_seconds",
        deadline=120.0,
        is_eager=True,
    ),
    Job(
        "sync",
        "Copies orgs that a sweep found, where there is no queue.",
        _DB_SYNC,
        seconds=0.5,
        deadline=120.0,
        is_eager=True,
    ),
    Job(
        "fill",
        "Writes every org to a Redis that is empty.",
        _DB_SYNC,
        seconds=0.5,
        is_eager=True,
    ),
    Job(
        "reconcile",
        "Compares database and Redis, repairs drift and raises meters.",
        _DB_SYNC,
        seconds="reconcile_seconds",
        jitter=0.25,
    ),
    Job(
        "measure",
        "Measures how many changes are not relayed yet, and how old the oldest is.",
        _DB_SYNC,
        seconds=5.0,
        deadline=60.0,
    ),
    Job(
        "drain",
        "Moves usage from Redis into the ledger.",
        _LEDGER,
        seconds=0.5,
        deadline=120.0,
        is_eager=True,
    ),
    Job(
        "settle",
        "Bills the last checkpoints of expired leases.",
        _LEDGER,
        seconds=5.0,
        deadline=120.0,
        is_eager=True,
    ),
    Job(
        "refusals",
        "Copies the counts of refused sessions into the ledger.",
        _LEDGER,
        seconds=10.0,
        deadline=120.0,
    ),
    Job(
        "uses",
        "Copies when keys were used for more than sessions into the accounts.",
        _LEDGER,
        seconds=5.0,
        deadline=60.0,
        is_eager=True,
    ),
    Job(
        "caps",
        "Fits the quotas of orgs with a spending cap to what they used.",
        _LEDGER,
        seconds=15.0,
        deadline=600.0,
    ),
    Job(
        "invoices",
        "Makes last month's invoices once all usage had time to arrive.",
        _LEDGER,
        seconds=600.0,
        longest_retry=60.0,
        is_eager=True,
    ),
    Job(
        "alerts",
        "Warns orgs that reach a share of their quota or spending cap.",
        _LEDGER,
        seconds=60.0,
        deadline=600.0,
        longest_retry=60.0,
    ),
    Job(
        "keys",
        "Warns orgs of keys that expire within seven days.",
        _LEDGER,
        seconds=600.0,
        deadline=600.0,
        longest_retry=60.0,
    ),
    Job(
        "emails",
        "Sends the emails of the outbox, one at a time.",
        frozenset({Part.BACKEND}),
        seconds=0.5,
        jitter=0.25,
        is_eager=True,
    ),
    Job(
        "forget",
        "Deletes kept responses, counts of attempts and sent emails that are too old to matter.",
        frozenset({Part.BACKEND}),
        seconds=600.0,
        deadline=120.0,
        longest_retry=60.0,
    ),
    Job(
        "events",
        "Makes deliveries and emails of each event, for those who want them.",
        frozenset({Part.BACKEND}),
        seconds=1.0,
        deadline=60.0,
        is_eager=True,
    ),
    Job(
        "webhooks",
        "Sends due deliveries to their endpoints.",
        frozenset({Part.BACKEND}),
        seconds=1.0,
        deadline=90.0,
        is_eager=True,
    ),
    Job(
        "engines",
        "Asks the engines how they are, keeps the answers for two days, and forgets older ones.",
        frozenset({Part.BACKEND}),
        seconds=60.0,
        deadline=60.0,
    ),
    Job(
        "connections",
        "Closes connections that are idle or late with a head, and forgets whose are closed.",
        frozenset({Part.SERVER}),
        seconds=2.0,
    ),
    Job(
        "watch",
        "Starts the watchdog again, which ends all processes should their parent be killed.",
        frozenset({Part.SUPERVISOR}),
        seconds=1.0,
    ),
    Job(
        "receive",
        "Feeds messages of the queue to the Lambda function, as AWS does: long polling.",
        frozenset({Part.ORG_SYNC}),
        seconds=0.0,
    ),
)


def tasks(
    part: Part,
    settings: Settings | None,
    works: Mapping[str, Work | None],
    *,
    waits: Mapping[str, Sleep] | None = None,
) -> list[PeriodicTask]:
    """
    The jobs of *part* with their work.

    Args:
        settings: None for a part whose jobs depend on none.
        works: By the jobs' names; None where the settings leave a job nothing to do.
        waits: What ends a job's rest early, by the job's name.

    Raises:
        ValueError: A job of the table has no work here, or there is work that is not in the table.
    """
    owned = {job.name: job for job in JOBS if part in job.parts}
    if owned.keys() != works.keys():
        different = ", ".join(sorted(owned.keys() ^ works.keys()))
        raise ValueError(f"{part.value}: the table of jobs says otherwise of {different}")
    return [
        PeriodicTask(job, work, rest_of(job, settings), (waits or {}).get(name))
        for name, job in owned.items()
        if (work := works[name]) is not None
    ]


def rest_of(job: Job, settings: Settings | None) -> float:
    """Seconds between two runs of *job*."""
    seconds = job.seconds
    if not isinstance(seconds, str):
        return seconds
    return float(getattr(settings, seconds))
