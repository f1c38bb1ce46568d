"""All containers of a process, composed. Each is imported and made when it is first asked for."""

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, WiringError, close, made_by
from entrypoints.runtime.periodic import Part
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from entrypoints.containers.api import Api
    from entrypoints.containers.billing import Billing
    from entrypoints.containers.billing_resources import BillingResources
    from entrypoints.containers.frontend import FrontendService
    from entrypoints.containers.gateway import Gateway
    from entrypoints.containers.identity import Identity
    from entrypoints.containers.invoicing import Invoicing
    from entrypoints.containers.keys import Keys
    from entrypoints.containers.metering import Metering
    from entrypoints.containers.notifications import Notifications
    from entrypoints.containers.operators import Operators
    from entrypoints.containers.own_account import OwnAccount
    from entrypoints.containers.people import People
    from entrypoints.containers.resources import Resources
    from entrypoints.containers.sign_in_methods import SignInMethods
    from entrypoints.containers.sync import Sync
    from entrypoints.factories.engines import Engine


_Container = TypeVar("_Container", bound=Wiring)

# A process that is the whole of Aldea, as `aldea up` is.
EVERYTHING = frozenset({Part.GATEWAY, Part.BACKEND, Part.FRONTEND, Part.LAPTOP})

# The name of a gateway in metrics, by whether it takes live streams and files.
_GATEWAYS = {
    (True, True): "gateway",
    (True, False): "ws-proxy",
    (False, True): "transcribe",
    (False, False): "gateway",
}


class NotStarted(RuntimeError):
    """A part was asked for that this process did not start."""


class Services:
    """
    Made by `aldea`, which starts them: nothing here connects or runs.

    Args:
        parts, live, files, is_engine, service, instead: See `aldea`.

    Raises:
        WiringError: No provider has the name of an object in *instead*.
    """

    def __init__(
        self,
        settings: Settings,
        parts: Collection[Part] = EVERYTHING,
        *,
        live: bool = True,
        files: bool = True,
        is_engine: bool = False,
        service: str = "",
        instead: Mapping[str, object] | None = None,
    ) -> None:
        self.settings = settings
        self.parts = frozenset(parts)
        self.live, self.files = live, files
        self._instead = dict(instead or {})
        if unknown := self._instead.keys() - (_names() if instead else set()):
            raise WiringError(f"Nothing is called {', '.join(sorted(unknown))}.")
        self._containers: list[Wiring] = []
        self.stores = self._compose(
            Stores,
            settings=settings,
            is_engine=is_engine,
            service=service or ("stt" if is_engine else _GATEWAYS[live, files]),
        )

    @cached_property
    def gateway(self) -> "Gateway":
        from entrypoints.containers.gateway import Gateway

        self._require(Part.GATEWAY)
        return self._compose(Gateway, stores=self.stores)

    @cached_property
    def sync(self) -> "Sync":
        from entrypoints.containers.sync import Sync

        return self._compose(Sync, stores=self.stores)

    @cached_property
    def metering(self) -> "Metering":
        from entrypoints.containers.metering import Metering

        return self._compose(Metering, stores=self.stores)

    @cached_property
    def people(self) -> "People":
        from entrypoints.containers.people import People

        return self._compose(People, stores=self.stores)

    @cached_property
    def identity(self) -> "Identity":
        from entrypoints.containers.identity import Identity

        return self._compose(Identity, stores=self.stores, people=self.people)

    @cached_property
    def keys(self) -> "Keys":
        from entrypoints.containers.keys import Keys

        return self._compose(Keys, stores=self.stores, people=self.people, identity=self.identity)

    @cached_property
    def notifications(self) -> "Notifications":
        from entrypoints.containers.notifications import Notifications

        return self._compose(Notifications, stores=self.stores, people=self.people)

    @cached_property
    def billing(self) -> "Billing":
        from entrypoints.containers.billing import Billing

        return self._compose(
            Billing, stores=self.stores, people=self.people, identity=self.identity
        )

    @cached_property
    def invoicing(self) -> "Invoicing":
        from entrypoints.containers.invoicing import Invoicing

        return self._compose(
            Invoicing,
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            billing=self.billing,
        )

    @cached_property
    def own_account(self) -> "OwnAccount":
        from entrypoints.containers.own_account import OwnAccount

        return self._compose(
            OwnAccount,
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            billing=self.billing,
            invoicing=self.invoicing,
        )

    @cached_property
    def sign_in_methods(self) -> "SignInMethods":
        from entrypoints.containers.sign_in_methods import SignInMethods

        return self._compose(
            SignInMethods, stores=self.stores, people=self.people, identity=self.identity
        )

    @cached_property
    def operators(self) -> "Operators":
        from entrypoints.containers.operators import Operators

        return self._compose(
            Operators,
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            billing=self.billing,
        )

    @cached_property
    def resources(self) -> "Resources":
        from entrypoints.containers.resources import Resources

        return self._compose(
            Resources,
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            billing=self.billing,
        )

    @cached_property
    def billing_resources(self) -> "BillingResources":
        from entrypoints.containers.billing_resources import BillingResources

        return self._compose(
            BillingResources,
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            notifications=self.notifications,
            billing=self.billing,
            invoicing=self.invoicing,
        )

    @cached_property
    def api(self) -> "Api":
        from entrypoints.containers.api import Api

        self._require(Part.BACKEND)
        return self._compose(
            Api,
            stores=self.stores,
            people=self.people,
            identity=self.identity,
            billing=self.billing,
            invoicing=self.invoicing,
            sync=self.sync,
            resources=self.resources,
            billing_resources=self.billing_resources,
            own_account=self.own_account,
            sign_in_methods=self.sign_in_methods,
            operators=self.operators,
            keys=self.keys,
        )

    @cached_property
    def frontend(self) -> "FrontendService":
        from entrypoints.containers.frontend import FrontendService

        self._require(Part.FRONTEND)
        return self._compose(FrontendService, stores=self.stores)

    def engines(self) -> list["Engine"]:
        """The engines of ours that the gateway needs, and that are to be started."""
        needed = {"live_engine": self.live, "file_engine": self.files}
        engines: list[Engine] = []
        for name, is_needed in needed.items():
            if is_needed and name not in self._instead:
                engine = self.gateway.providers[name]()
                engines += [] if engine in engines else [engine]
        return engines

    async def close(self) -> None:
        """Closes everything that was made, what depends on others first."""
        async with AsyncExitStack() as stack:
            for thing in made_by(self._containers):
                stack.push_async_callback(close, thing)

    def _compose(self, kind: type[_Container], **needed: object) -> _Container:
        instead = {name: self._instead[name] for name in self._instead if name in kind.providers}
        container = kind(**needed, **instead)
        self._containers.append(container)
        return container

    def _require(self, part: Part) -> None:
        if part not in self.parts:
            raise NotStarted(
                f"This needs the part {part.name}: aldea(settings, {{RunsIn.{part.name}}})."
            )


def _names() -> set[str]:
    """The names of all providers."""
    from entrypoints.containers import (
        api,
        billing,
        billing_resources,
        frontend,
        gateway,
        identity,
        invoicing,
        keys,
        notifications,
        operators,
        own_account,
        people,
        resources,
        sign_in_methods,
        sync,
    )

    kinds: tuple[type[Wiring], ...] = (
        Stores,
        gateway.Gateway,
        sync.Sync,
        people.People,
        notifications.Notifications,
        identity.Identity,
        keys.Keys,
        billing.Billing,
        invoicing.Invoicing,
        resources.Resources,
        billing_resources.BillingResources,
        own_account.OwnAccount,
        sign_in_methods.SignInMethods,
        operators.Operators,
        api.Api,
        frontend.FrontendService,
    )
    return {name for kind in kinds for name in kind.providers}
