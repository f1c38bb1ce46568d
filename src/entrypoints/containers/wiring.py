"""
Wires providers by the names of parameters.

`users = wired(SqlUsers)` calls `SqlUsers` with every provider of the container, or of the containers
it needs, that has the name of a parameter. A parameter that nothing provides is an error when the
container's module is imported, unless it has a default.
"""

import inspect

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from itertools import count
from operator import itemgetter
from typing import Any, TypeVar

from dependency_injector import containers, providers
from typing_extensions import override

from entrypoints.settings import Settings


_T = TypeVar("_T")

_Named = str | Callable[[Settings], Any]

# In which order objects are made.
_order = count()
# A parameter of this prefix gets a provider itself, to call it only if it is needed.
_LATER = "get_"
_ANY_NUMBER = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


class WiringError(TypeError):
    """A parameter has no provider, or a name has no parameter."""


class _Wired(providers.Singleton[_T]):
    """A singleton whose parameters are found once its container's class is complete."""

    named: dict[str, _Named]
    made: tuple[int, Any] | None = None

    def _provide(self, args: Any, kwargs: Any) -> _T:  # the base class is compiled, without types
        thing: _T = super()._provide(args, kwargs)  # type: ignore[misc]
        if self.made is None:
            self.made = next(_order), thing
        return thing


def wired(make: Callable[..., _T], /, **named: _Named) -> providers.Singleton[_T]:
    """
    One object for each container, made by *make* when it is first asked for.

    Args:
        named: For a parameter, the name of the provider if it is another one, or a function that
            takes the value from the settings.
    """
    provider = _Wired(make)
    provider.named = named
    return provider


class _Needed(providers.DependenciesContainer):
    container: "type[Wiring]"


def needs(container: "type[Wiring]") -> providers.DependenciesContainer:
    """Another container, an instance of which is given to this one."""
    needed = _Needed()
    needed.container = container
    return needed


class Wiring(containers.DeclarativeContainer):
    """
    The base of all containers.

    Raises:
        WiringError: While a class of it is defined.
    """

    @override
    def __init_subclass__(cls) -> None:
        reachable = _Reachable(cls.cls_providers)
        for name, each in _wired(cls.cls_providers):
            try:
                each.add_kwargs(**_arguments(each, reachable))
            except WiringError as error:
                raise WiringError(f"{cls.__name__}.{name}: {error}") from None


class _Reachable:
    """
    Every provider of a container, and of those that it needs, by name.

    A needed container offers what is asked for, and nothing else: every container is copied with all
    that it has when it is made.
    """

    def __init__(self, known: Mapping[str, providers.Provider[Any]]) -> None:
        self._own: dict[str, providers.Provider[Any]] = {}
        self._needed: dict[str, _Needed] = {}
        for name, provider in known.items():
            if isinstance(provider, _Needed):
                self._needed |= dict.fromkeys(_own(provider.container), provider)
            else:
                self._own[name] = provider

    def __contains__(self, name: str) -> bool:
        return name in self._own or name in self._needed

    def __getitem__(self, name: str) -> providers.Provider[Any]:
        if name in self._own:
            return self._own[name]
        provider: providers.Provider[Any] = getattr(self._needed[name], name)
        return provider


def needed_by(container: type[Wiring]) -> dict[str, type[Wiring]]:
    """The containers that *container* needs, by the names that it has for them."""
    return {
        name: provider.container
        for name, provider in container.cls_providers.items()
        if isinstance(provider, _Needed)
    }


def made_by(made: Iterable[Wiring]) -> list[Any]:
    """All that *made* containers have made so far: what others were made of comes first."""
    found = [each.made for one in made for _, each in _wired(one.providers) if each.made]
    things = [thing for _, thing in sorted(found, key=itemgetter(0))]
    return list({id(thing): thing for thing in things}.values())  # one may have several names


async def close(thing: object) -> None:
    """Closes *thing*, if it can be closed."""
    end = getattr(thing, "close", None) or getattr(thing, "dispose", None)
    ended = None if end is None else end()
    if isinstance(ended, Awaitable):
        await ended


def _own(container: type[containers.DeclarativeContainer]) -> dict[str, providers.Provider[Any]]:
    """Its providers without the containers that it needs."""
    return {
        name: provider
        for name, provider in container.cls_providers.items()
        if not isinstance(provider, providers.DependenciesContainer)
    }


def _wired(
    named: Mapping[str, providers.Provider[Any]],
) -> Iterator[tuple[str, _Wired[Any]]]:
    """The wired providers, those in lists too."""
    for name, provider in named.items():
        listed = provider.args if isinstance(provider, providers.List) else (provider,)
        yield from ((name, each) for each in listed if isinstance(each, _Wired))


def _arguments(wanted: _Wired[Any], reachable: _Reachable) -> dict[str, providers.Provider[Any]]:
    parameters = inspect.signature(wanted.cls).parameters
    if unknown := wanted.named.keys() - parameters.keys():
        raise WiringError(f"there is no parameter {', '.join(sorted(unknown))}")
    found: dict[str, providers.Provider[Any]] = {}
    for parameter in parameters.values():
        named = wanted.named.get(parameter.name, parameter.name)
        if not isinstance(named, str):
            found[parameter.name] = providers.Callable(named, reachable["settings"])
        elif named in reachable:
            found[parameter.name] = reachable[named]
        elif (later := named.removeprefix(_LATER)) != named and later in reachable:
            found[parameter.name] = reachable[later].provider
        elif parameter.name in wanted.named or (
            parameter.default is parameter.empty and parameter.kind not in _ANY_NUMBER
        ):
            raise WiringError(f"nothing provides {named}")
    return found
