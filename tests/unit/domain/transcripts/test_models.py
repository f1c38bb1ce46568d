"""Which models callers may request."""

import pytest

from aldea_core.domain.errors import BadRequest, NotAllowed
from aldea_core.domain.transcripts.models import OfferedModels, allowed_to
from aldea_core.domain.transcripts.options import FileOptions, LiveOptions


MODELS = OfferedModels({"standard": "large-v3", "fast": "small"})


@pytest.mark.parametrize("options", [FileOptions, LiveOptions])
def test_public_model_maps_to_the_engines_name(options) -> None:
    """
    The first one if none is requested; other options stay.
    """
    assert MODELS.offered(options(model="fast", diarize=True)) == options(
        model="small", diarize=True
    )
    assert MODELS.offered(options()).model == "large-v3"


def test_model_not_offered_is_refused() -> None:
    """
    Also an engine's own name; the error text lists the offered models.
    """
    for model in ("large-v3", "Fast", "x" * 1000):
        with pytest.raises(BadRequest, match=r"is not offered; these are: standard, fast\."):
            MODELS.offered(FileOptions(model=model))


def test_without_offered_models_the_request_is_unchanged() -> None:
    wanted = FileOptions(model="anything")

    assert OfferedModels().offered(wanted) is wanted


def test_names_are_those_that_callers_may_ask_for() -> None:
    """
    Not the engines'; without a list, the one that stands for any model.
    """
    assert MODELS.names == ("standard", "fast")
    assert OfferedModels().names == (FileOptions().model,)


def test_names_for_a_key_are_its_own_that_are_offered() -> None:
    """
    All if the key has no list; without offered models, its list as it is.
    """
    assert MODELS.names_for(None) == ("standard", "fast")
    assert MODELS.names_for(("gone", "fast")) == ("fast",)
    assert OfferedModels().names_for(("any",)) == ("any",)


@pytest.mark.parametrize("options", [FileOptions, LiveOptions])
def test_key_uses_the_models_it_is_allowed(options) -> None:
    """
    The first one if the request names none; all if the key has no list.
    """
    allowed = ("fast", "standard")

    assert allowed_to(allowed, options(model="standard")) == options(model="standard")
    assert allowed_to(allowed, options(diarize=True)) == options(model="fast", diarize=True)
    assert allowed_to(None, options(model="any")) == options(model="any")


def test_model_that_a_key_is_not_allowed_is_refused() -> None:
    """
    The text names the allowed ones.
    """
    for model in ("large", "Fast", "x" * 1000):
        with pytest.raises(NotAllowed, match=r"may not use the model .* may use: fast, standard\."):
            allowed_to(("fast", "standard"), FileOptions(model=model))


def test_required_models_are_offered() -> None:
    """
    The refusal names the first that is not, and those that are; without any offered, all are.
    """
    offered = OfferedModels({"general": "g", "fast": "f"})

    offered.require(["fast", "general"])
    offered.require([])
    OfferedModels().require(["anything"])
    with pytest.raises(
        BadRequest, match="'slow' is not offered; these are: general, fast"
    ) as found:
        offered.require(["fast", "slow", "slower"])
    assert found.value.field == "models"
