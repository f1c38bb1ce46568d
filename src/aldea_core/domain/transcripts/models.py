"""The models that callers may request, and the engines' names for them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

import attrs

from aldea_core.domain.errors import BadRequest, NotAllowed
from aldea_core.domain.transcripts.options import TranscriptionOptions


# The model of requests that name none.
_ANY = TranscriptionOptions().model
_Wanted = TypeVar("_Wanted", bound=TranscriptionOptions)
# Characters of a model's name.
LONGEST_NAME = 200


def is_name(text: str) -> bool:
    """Whether *text* can be the name of a model: short, and of characters that can be seen."""
    return len(text) <= LONGEST_NAME and text.isprintable()


def name_of(text: str) -> str:
    """*text*, by which an engine names its model, as a name: shortened, without what cannot be seen."""
    return text if is_name(text) else "".join(filter(str.isprintable, text))[:LONGEST_NAME]


@attrs.frozen
class OfferedModels:
    """
    Attributes:
        engine_names: Engines' models by their public names. The first is the default for requests
            that name none. If empty, callers may request any model, and engines decide.
    """

    engine_names: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Public names; one that stands for any model if none is configured."""
        return tuple(self.engine_names) or (_ANY,)

    def names_for(self, allowed: tuple[str, ...] | None) -> tuple[str, ...]:
        """
        Public names of the models that a key may use.

        Args:
            allowed: See `ApiKey.models`. Those that are no longer offered are left out.
        """
        if allowed is None:
            return self.names
        return tuple(name for name in allowed if not self.engine_names or name in self.engine_names)

    def require(self, names: Iterable[str]) -> None:
        """
        Raises:
            BadRequest: One of *names* is not the public name of a model that is offered; a key that
                may use only such models could use nothing.
        """
        unknown = [name for name in names if self.engine_names and name not in self.engine_names]
        if unknown:
            raise BadRequest(
                f"The model {unknown[0][:80]!r} is not offered; "
                f"these are: {', '.join(self.engine_names)}.",
                field="models",
            )

    def offered(self, wanted: _Wanted) -> _Wanted:
        """
        *wanted*, with the engine's name of its model.

        Raises:
            BadRequest: The model is not offered.
        """
        if not self.engine_names:
            return wanted
        name = self.engine_names.get(wanted.model)
        if name is None:
            if wanted.model != _ANY:
                raise BadRequest(
                    f"The model {wanted.model[:80]!r} is not offered; "
                    f"these are: {', '.join(self.engine_names)}.",
                    field="model",
                )
            name = next(iter(self.engine_names.values()))
        return wanted if name == wanted.model else _of_model(wanted, name)


def allowed_to(models: tuple[str, ...] | None, wanted: _Wanted) -> _Wanted:
    """
    *wanted*, with the first of *models* if it names no model.

    Args:
        models: Public names of the models that the caller's key may use; None is all.

    Raises:
        NotAllowed: The key may not use the model.
    """
    if models is None or wanted.model in models:
        return wanted
    if wanted.model == _ANY:
        first: _Wanted = _of_model(wanted, models[0])
        return first
    raise NotAllowed(
        f"This API key may not use the model {wanted.model[:80]!r}; "
        f"it may use: {', '.join(models)}."
    )


@lru_cache(512)
def _of_model(wanted: _Wanted, model: str) -> _Wanted:
    return attrs.evolve(wanted, model=model)
