"""Which models callers may request."""

import pytest

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.transcripts.models import OfferedModels
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
