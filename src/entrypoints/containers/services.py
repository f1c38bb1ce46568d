"""All containers of a process, composed. Each is imported and made when it is first asked for."""

import importlib
import pkgutil

from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final

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


@final
class _Lazy(Generic[_Container]):
    """
    A container in the module of this attribute's name; imported and made when it is first asked for.

    Args:
        kind: Its class.
        part: The part that a process must have started to ask for it; None: any process may.

    Raises:
        NotStarted: The process did not start *part*.
    """

    def __init__(self, kind: str, part: Part | None = None) -> None:
        self._kind, self._part = kind, part

    def __set_name__(self, owner: type, name: str) -> None:
        self._module = f"{__package__}.{name}"

    def __get__(self, services: "Services", owner: type) -> _Container:
        part = self._part
        if part is not None and part not in services.parts:
            raise NotStarted(
                f"This needs the part {part.name}: aldea(settings, {{Part.{part.name}}})."
            )
        kind: type[_Container] = getattr(importlib.import_module(self._module), self._kind)
        return services.container(kind)


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

    gateway: "_Lazy[Gateway]" = _Lazy("Gateway", Part.GATEWAY)
    sync: "_Lazy[Sync]" = _Lazy("Sync")
    metering: "_Lazy[Metering]" = _Lazy("Metering")
    people: "_Lazy[People]" = _Lazy("People")
    identity: "_Lazy[Identity]" = _Lazy("Identity")
    keys: "_Lazy[Keys]" = _Lazy("Keys")
    notifications: "_Lazy[Notifications]" = _Lazy("Notifications")
    billing: "_Lazy[Billing]" = _Lazy("Billing")
    invoicing: "_Lazy[Invoicing]" = _Lazy("Invoicing")
    operators: "_Lazy[Operators]" = _Lazy("Operators")
    api: "_Lazy[Api]" = _Lazy("Api", Part.BACKEND)
    frontend: "_Lazy[FrontendService]" = _Lazy("FrontendService", Part.FRONTEND)

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


def kinds() -> list[type[Wiring]]:
    """Every container, in the modules beside this one."""
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"{__package__}.{found.name}")
    return [kind for kind in Wiring.__subclasses__() if kind.__module__.startswith(__package__)]


def _names() -> set[str]:
    """The names of all providers."""
    return {name for kind in kinds() for name in kind.providers}
