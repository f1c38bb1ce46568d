"""Options of `aldea keys` that set what a key may use: its limits and its models."""

import functools
import re

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import click

from typing_extensions import override


_MOST = 1_000_000_000
_ABSENT = object()  # an option that was not given: None is no limit
_LIMITS = {
    "concurrent_sessions": "Open sessions at once, streams and files together.",
    "requests_per_minute": "Sessions begun a minute.",
    "seconds_per_month": "Seconds of audio a calendar month (UTC).",
}


class _Limit(click.ParamType[Any]):
    """A number, or `none` for no limit of the key's own."""

    name = "number|none"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is _ABSENT:
            return value
        if value == "none":
            return None
        # Not int() alone: it also accepts underscores and other scripts' digits.
        if not re.fullmatch("[0-9]{1,10}", value) or int(value) > _MOST:
            self.fail(f"{value!r} is neither a number from 0 to {_MOST:,} nor none.", param, ctx)
        return int(value)


@attrs.frozen
class KeyUse:
    """
    What the options said.

    Attributes:
        limits: The limits that were given, by the API's names; None is no limit of its own.
        models: Empty if no option was given; None is all models.
    """

    limits: Mapping[str, int | None]
    models: tuple[str, ...] | None

    def document(self, limits: Mapping[str, int | None] | None = None) -> dict[str, Any]:
        """
        The fields of the API's document that the options set.

        Args:
            limits: The key's present limits, which stay where no option says otherwise.
        """
        found: dict[str, Any] = {}
        if self.models != ():
            found["models"] = None if self.models is None else list(self.models)
        if self.limits:
            found["limits"] = {**(limits or {}), **self.limits}
        return found


def key_use_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options for limits and models; the command gets them as `use`, a `KeyUse`."""

    @_limit_options
    @click.option(
        "--model",
        "models",
        multiple=True,
        help="A model that it may use, and no others; may be repeated. The first is for requests "
        "that name none.",
    )
    @click.option("--all-models", is_flag=True, help="It may use every model.")
    @functools.wraps(command)
    def with_use(*arguments: Any, **options: Any) -> Any:
        given = {name: options.pop(name) for name in _LIMITS}
        models, everything = options.pop("models"), options.pop("all_models")
        if models and everything:
            raise click.UsageError("--model and --all-models exclude each other.")
        limits = {name: value for name, value in given.items() if value is not _ABSENT}
        if "seconds_per_month" in limits:
            seconds = limits.pop("seconds_per_month")
            limits["quota_ms"] = None if seconds is None else seconds * 1000
        use = KeyUse(limits, None if everything else models)
        return command(*arguments, use=use, **options)

    return with_use


def _limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, text in reversed(_LIMITS.items()):
        option = "--" + name.replace("_", "-")
        command = click.option(option, name, type=_Limit(), default=_ABSENT, help=text)(command)
    return command
