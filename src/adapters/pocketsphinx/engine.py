"""The bundled engine: PocketSphinx in worker processes."""

from adapters.pocketsphinx.recogniser import model
from adapters.speech.engine import SpeechEngine
from aldea_core.ports.clock import Clock


def pocketsphinx_engine(
    *,
    workers: int,
    capacity: int,
    max_file_seconds: float,
    clock: Clock,
) -> SpeechEngine:
    """Creates the engine, without starting it. It needs no model besides its wheel."""
    return SpeechEngine(
        "adapters.pocketsphinx.recogniser:PocketsphinxRecogniser",
        {},
        model=model(),
        languages=frozenset({"en", "auto"}),
        workers=workers,
        capacity=capacity,
        max_file_seconds=max_file_seconds,
        clock=clock,
    )
