"""Chooses the bundled engine: Whisper where it can run, else PocketSphinx."""

from pathlib import Path

import attrs

from adapters.whisper.errors import CannotLoadModel
from adapters.whisper.models import BUNDLED, LocalModel, check_weights, find_model, languages_of
from adapters.whisper.requirements import what_is_missing
from entrypoints.settings import BundledEngine, Settings


@attrs.frozen
class EngineChoice:
    """
    Attributes:
        about: Which engine and why, in a line for people.
        model: The model of Whisper.
    """

    engine: BundledEngine
    about: str
    model: LocalModel | None = None


def chosen_engine(settings: Settings) -> EngineChoice:
    """
    The engine that *settings* name, or else the best that can run here.

    Raises:
        CannotLoadModel: The settings name a model that cannot be used; the text says why.
    """
    wanted = settings.bundled_engine
    if settings.whisper_model or wanted is BundledEngine.WHISPER:
        return _whisper(settings, settings.whisper_model or BUNDLED)
    match wanted:
        case BundledEngine.MEMORY:
            return EngineChoice(wanted, "None: it recognises nothing (ALDEA_BUNDLED_ENGINE)")
        case BundledEngine.POCKETSPHINX:
            return EngineChoice(wanted, f"{_SPHINX} (ALDEA_BUNDLED_ENGINE)")
        case BundledEngine.AUTO:
            try:
                return _whisper(settings, BUNDLED)
            except CannotLoadModel as error:
                why = str(error).rstrip(".")
                return EngineChoice(BundledEngine.POCKETSPHINX, f"{_SPHINX}, not Whisper: {why}")


_SPHINX = "PocketSphinx, for trying: synthetic voices, English only"


def _whisper(settings: Settings, wanted: str) -> EngineChoice:
    missing = what_is_missing()
    if missing is not None:
        raise CannotLoadModel(f"Whisper cannot run here: {missing}.")
    model = find_model(wanted, Path(settings.models_dir))
    check_weights(model.folder)
    why = "its weights are installed" if model.is_bundled else f"its weights are in {model.folder}"
    about = f"Whisper {model.name}, {languages_of(model.name)}: {why}"
    return EngineChoice(BundledEngine.WHISPER, about, model)
