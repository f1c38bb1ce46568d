"""The Whisper engine: a single worker, because Whisper uses all cores or the GPU by itself."""

from adapters.speech.engine import SpeechEngine
from adapters.whisper.models import model_in
from aldea_core.ports.clock import Clock


def whisper_engine(
    *,
    model_dir: str,
    capacity: int,
    max_file_seconds: float,
    clock: Clock,
) -> SpeechEngine:
    """
    Creates the engine, without starting it.

    Raises:
        CannotLoadModel: *model_dir* holds no model.
    """
    return SpeechEngine(
        "adapters.whisper.recogniser:WhisperRecogniser",
        {"directory": model_dir},
        model=model_in(model_dir),
        languages=None,
        workers=1,
        capacity=capacity,
        max_file_seconds=max_file_seconds,
        clock=clock,
    )
