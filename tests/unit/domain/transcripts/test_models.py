"""Which models may be asked for."""

import pytest

from aldea_core.domain.errors import BadRequest
from aldea_core.domain.transcripts.models import OfferedModels
from aldea_core.domain.transcripts.options import FileOptions, LiveOptions


MODELS = OfferedModels({"standard": "large-v3", "fast": "small"})


@pytest.mark.parametrize("options", [FileOptions, LiveOptions])
def test_a_model_is_what_engines_call_it(options) -> None:
    """
    The first one if none is named; nothing else changes.
    """
    assert MODELS.offered(options(model="fast", diarize=True)) == options(
        model="small", diarize=True
    )
    assert MODELS.offered(options()).model == "large-v3"


def test_what_is_not_offered_is_refused() -> None:
    """
    An engine's own name too, unless it is offered as such; the text says what is offered.
    """
    for model in ("large-v3", "Fast", "x" * 1000):
        with pytest.raises(BadRequest, match=r"is not offered; these are: standard, fast\."):
            MODELS.offered(FileOptions(model=model))


def test_where_nothing_is_said_engines_decide() -> None:
    """
    What was asked for goes on to them.
    """
    wanted = FileOptions(model="anything")

    assert OfferedModels().offered(wanted) is wanted
