"""
The back office's container: the gateway's parts, and beside them people, billing and the sync.

As in `container`, nothing here connects or starts.
"""

from dependency_injector import providers

from aldea_core.ports.queue import OrgQueue
from entrypoints.container import Container
from entrypoints.makers import sync


class BackOffice(Container):
    """Everything that works on the database."""

    # Sync.
    org_queue: providers.Provider[OrgQueue] = providers.Singleton(
        sync.org_queue, settings=Container.settings
    )

    # People.

    # Billing.
