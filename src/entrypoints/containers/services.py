"""All containers of a process, composed. Each is imported and made when it is first asked for."""

from functools import cached_property
from typing import TYPE_CHECKING

from entrypoints.containers.stores import Stores
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from entrypoints.containers.api import Api
    from entrypoints.containers.billing import Billing
    from entrypoints.containers.gateway import Gateway
    from entrypoints.containers.identity import Identity
    from entrypoints.containers.people import People
    from entrypoints.containers.resources import Resources
    from entrypoints.containers.sync import Sync


class Services:
    """
    Nothing here connects or starts.

    Args:
        is_engine: Whether this is an engine behind a gateway.
    """

    def __init__(self, settings: Settings, *, is_engine: bool = False) -> None:
        self.settings = settings
        self.stores = Stores(settings=settings, is_engine=is_engine)

    @cached_property
    def gateway(self) -> "Gateway":
        from entrypoints.containers.gateway import Gateway

        return Gateway(stores=self.stores)

    @cached_property
    def sync(self) -> "Sync":
        from entrypoints.containers.sync import Sync

        return Sync(stores=self.stores)

    @cached_property
    def people(self) -> "People":
        from entrypoints.containers.people import People

        return People(stores=self.stores)

    @cached_property
    def identity(self) -> "Identity":
        from entrypoints.containers.identity import Identity

        return Identity(stores=self.stores, people=self.people)

    @cached_property
    def billing(self) -> "Billing":
        from entrypoints.containers.billing import Billing

        return Billing(stores=self.stores, identity=self.identity)

    @cached_property
    def resources(self) -> "Resources":
        from entrypoints.containers.resources import Resources

        return Resources(
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            billing=self.billing,
        )

    @cached_property
    def api(self) -> "Api":
        from entrypoints.containers.api import Api

        return Api(
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            billing=self.billing,
            sync=self.sync,
            resources=self.resources,
        )
