"""All containers of a process, composed. Each is imported and made when it is first asked for."""

import importlib
import pkgutil

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, WiringError, close, made_by, needed_by
from entrypoints.runtime.periodic import Part
from entrypoints.settings import Settings


if TYPE_CHECKING:
    from entrypoints.containers.api import Api
    from entrypoints.containers.billing import Billing
    from entrypoints.containers.frontend import FrontendService
    from entrypoints.containers.gateway import Gateway
    from entrypoints.containers.identity import Identity
    from entrypoints.containers.invoicing import Invoicing
    from entrypoints.containers.keys import Keys
    from entrypoints.containers.metering import Metering
    from entrypoints.containers.notifications import Notifications
    from entrypoints.containers.operators import Operators
    from entrypoints.containers.people import People
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
        self._made: dict[type[Wiring], Any] = {}
        self._made[Stores] = self._make(
            Stores,
            settings=settings,
            is_engine=is_engine,
            service=service or ("stt" if is_engine else _GATEWAYS[live, files]),
        )
        self.stores = self.container(Stores)

    @cached_property
    def gateway(self) -> "Gateway":
        from entrypoints.containers.gateway import Gateway

        self._require(Part.GATEWAY)
        return self.container(Gateway)

    @cached_property
    def sync(self) -> "Sync":
        from entrypoints.containers.sync import Sync

        return self.container(Sync)

    @cached_property
    def metering(self) -> "Metering":
        from entrypoints.containers.metering import Metering

        return self.container(Metering)

    @cached_property
    def people(self) -> "People":
        from entrypoints.containers.people import People

        return self.container(People)

    @cached_property
    def identity(self) -> "Identity":
        from entrypoints.containers.identity import Identity

        return self.container(Identity)

    @cached_property
    def keys(self) -> "Keys":
        from entrypoints.containers.keys import Keys

        return self.container(Keys)

    @cached_property
    def notifications(self) -> "Notifications":
        from entrypoints.containers.notifications import Notifications

        return self.container(Notifications)

    @cached_property
    def billing(self) -> "Billing":
        from entrypoints.containers.billing import Billing

        return self.container(Billing)

    @cached_property
    def invoicing(self) -> "Invoicing":
        from entrypoints.containers.invoicing import Invoicing

        return self.container(Invoicing)

    @cached_property
    def operators(self) -> "Operators":
        from entrypoints.containers.operators import Operators

        return self.container(Operators)

    @cached_property
    def api(self) -> "Api":
        from entrypoints.containers.api import Api

        self._require(Part.BACKEND)
        return self.container(Api)

    @cached_property
    def frontend(self) -> "FrontendService":
        from entrypoints.containers.frontend import FrontendService

        self._require(Part.FRONTEND)
        return self.container(FrontendService)

    def container(self, kind: type[_Container]) -> _Container:
        """The one of *kind*, made with those that it needs when it is first asked for."""
        if kind not in self._made:
            needed = {name: self.container(each) for name, each in needed_by(kind).items()}
            self._made[kind] = self._make(kind, **needed)
        made: _Container = self._made[kind]
        return made

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
            for thing in made_by(self._made.values()):
                stack.push_async_callback(close, thing)

    def _make(self, kind: type[Wiring], **given: object) -> Wiring:
        instead = {name: self._instead[name] for name in self._instead if name in kind.providers}
        return kind(**given, **instead)

    def _require(self, part: Part) -> None:
        if part not in self.parts:
            raise NotStarted(
                f"This needs the part {part.name}: aldea(settings, {{Part.{part.name}}})."
            )


def kinds() -> list[type[Wiring]]:
    """Every container, in the modules beside this one."""
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__package__}.{found.name}")
    return [kind for kind in Wiring.__subclasses__() if kind.__module__.startswith(__package__)]


def _names() -> set[str]:
    """The names of all providers."""
    return {name for kind in kinds() for name in kind.providers}
