"""
Wires providers by the names of parameters.

`users = wired(SqlUsers)` calls `SqlUsers` with every provider of the container, or of the containers
it needs, that has the name of a parameter. A parameter that nothing provides is an error when the
container's module is imported, unless it has a default.

A class only knows where each argument comes from. Providers are given to each other when a container is
made: the library makes it of deep copies, which would copy every argument for every parameter.
"""

import inspect

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from itertools import count
from operator import itemgetter
from typing import Any, Self, TypeVar, cast

import attrs

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


@attrs.frozen
class _Source:
    """
    Where an argument comes from.

    Attributes:
        needed: The container's name for the one that has the provider; empty: itself.
        provider: The provider's name there.
        is_later: Whether the provider itself is the argument.
        read: Takes the value from what the provider gives, which are the settings.
    """

    needed: str
    provider: str
    is_later: bool = False
    read: Callable[[Settings], Any] | None = None

    def among(self, given: Mapping[str, containers.Container]) -> providers.Provider[Any]:
        provider: providers.Provider[Any] = given[self.needed].providers[self.provider]
        if self.read is not None:
            return providers.Callable(self.read, provider)
        return provider.provider if self.is_later else provider


class _Wired(providers.Singleton[_T]):
    """A singleton whose arguments' sources are found once its container's class is complete."""

    named: dict[str, _Named]
    sources: Mapping[str, _Source]
    made: tuple[int, Any] | None = None

    @override
    def __deepcopy__(self, memo: dict[int, Any] | None) -> "_Wired[_T]":
        copied = cast("_Wired[_T]", super().__deepcopy__(memo))
        copied.sources = self.sources
        return copied

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


class _Needed(providers.Dependency[containers.Container]):
    container: "type[Wiring]"


def needs(container: "type[Wiring]") -> providers.Dependency[containers.Container]:
    """Another container, an instance of which is given to this one."""
    needed = _Needed(instance_of=containers.Container)
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
        known = _sources(cls.cls_providers)
        for name, each in _wired(cls.cls_providers):
            try:
                each.sources = _arguments(each, known)
            except WiringError as error:
                raise WiringError(f"{cls.__name__}.{name}: {error}") from None

    def __new__(cls, **given: object) -> Self:
        container: Self = super().__new__(cls, **given)
        among = {name: container.providers[name]() for name in needed_by(cls)} | {"": container}
        for _, each in _wired(container.providers):
            each.set_kwargs(**{name: one.among(among) for name, one in each.sources.items()})
        return container


def _sources(known: Mapping[str, providers.Provider[Any]]) -> dict[str, _Source]:
    """Every provider of a container, and of those that it needs, by name."""
    own: dict[str, _Source] = {}
    needed: dict[str, _Source] = {}
    for name, provider in known.items():
        if isinstance(provider, _Needed):
            needed |= {each: _Source(name, each) for each in _own(provider.container)}
        else:
            own[name] = _Source("", name)
    return needed | own


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
        if not isinstance(provider, _Needed)
    }


def _wired(
    named: Mapping[str, providers.Provider[Any]],
) -> Iterator[tuple[str, _Wired[Any]]]:
    """The wired providers, those in lists too."""
    for name, provider in named.items():
        listed = provider.args if isinstance(provider, providers.List) else (provider,)
        yield from ((name, each) for each in listed if isinstance(each, _Wired))


def _arguments(wanted: _Wired[Any], known: Mapping[str, _Source]) -> dict[str, _Source]:
    parameters = inspect.signature(wanted.cls).parameters
    if unknown := wanted.named.keys() - parameters.keys():
        raise WiringError(f"there is no parameter {', '.join(sorted(unknown))}")
    found: dict[str, _Source] = {}
    for parameter in parameters.values():
        named = wanted.named.get(parameter.name, parameter.name)
        if not isinstance(named, str):
            found[parameter.name] = attrs.evolve(known["settings"], read=named)
        elif named in known:
            found[parameter.name] = known[named]
        elif (later := named.removeprefix(_LATER)) != named and later in known:
            found[parameter.name] = attrs.evolve(known[later], is_later=True)
        elif parameter.name in wanted.named or (
            parameter.default is parameter.empty and parameter.kind not in _ANY_NUMBER
        ):
            raise WiringError(f"nothing provides {named}")
    return found
