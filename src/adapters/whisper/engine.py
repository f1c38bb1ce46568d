"""
The Whisper engine: a single worker, which uses all cores or a GPU, so that windows of all streams
are in one queue.
"""

from adapters.speech.engine import SpeechEngine
from adapters.whisper.models import languages_in, model_in
from aldea_core.ports.clock import Clock


def whisper_engine(
    *,
    model_dir: str,
    replicas: int = 0,
    device: str = "auto",
    compute_type: str = "auto",
    capacity: int | None,
    max_file_seconds: float,
    clock: Clock,
) -> SpeechEngine:
    """
    Creates the engine, without starting it.

    Args:
        replicas: Batches decoded at once; 0: one a core, or two on a GPU.
        device: cpu, cuda, or auto.
        compute_type: As CTranslate2 names it, or auto.
        capacity: Sessions at once; None: as many as this machine keeps pace with, which is measured.

    Raises:
        CannotLoadModel: *model_dir* holds no model.
    """
    return SpeechEngine(
        "adapters.whisper.recogniser:WhisperRecogniser",
        {
            "directory": model_dir,
            "replicas": replicas,
            "device": device,
            "compute_type": compute_type,
        },
        model=model_in(model_dir),
        languages=languages_in(model_dir),
        workers=1,
        capacity=capacity,
        max_file_seconds=max_file_seconds,
        clock=clock,
    )
