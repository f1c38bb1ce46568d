"""Changes of a running stream's options."""

from typing import Any

import attrs
import pytest

from aldea_core.domain.transcripts.options import LiveOptions
from aldea_core.protocol.deepgram.configure import changes_of, configured


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"interim_results": False}, {"interim_results": False}),
        ({"vad_events": True}, {"vad_events": True}),
        ({"endpointing": False}, {"endpointing_ms": None}),
        ({"endpointing": 500}, {"endpointing_ms": 500}),
        ({"utterance_end_ms": 1000}, {"utterance_end_ms": 1000}),
        (
            {"endpointing": 10, "vad_events": True},
            {"endpointing_ms": 10, "vad_events": True},
        ),
    ],
)
def test_allowed_options_change(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    """
    All others stay.
    """
    before = LiveOptions(language="es")

    assert configured(before, changes) == attrs.evolve(before, **expected)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sample_rate": 8000},
        {"endpointing": True},
        {"endpointing": -1},
        {"endpointing": "300"},
        {"utterance_end_ms": True},
        {"utterance_end_ms": 0},
        {"interim_results": "false"},
        {"endpointing": 300, "colour": "red"},
    ],
)
def test_one_invalid_change_refuses_all(changes: dict[str, Any]) -> None:
    """
    One wrong change, and none is made.
    """
    assert configured(LiveOptions(), changes) is None


@pytest.mark.parametrize("end", [None, 1000])
def test_changes_are_what_configures_an_engine_alike(end: int | None) -> None:
    options = LiveOptions(endpointing_ms=None, vad_events=True, utterance_end_ms=end)

    assert configured(LiveOptions(), changes_of(options)) == options
