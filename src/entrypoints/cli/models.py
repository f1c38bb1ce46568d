"""`aldea models`: the models that Whisper recognises with."""

import os

from pathlib import Path

import click

from click.shell_completion import CompletionItem

from entrypoints.cli.groups import ListingGroup
from entrypoints.cli.options import DATA, data_option, json_option


def complete_offered(_ctx: click.Context, _: click.Parameter, text: str) -> list[CompletionItem]:
    """Names of models that can be had."""
    from entrypoints.factories.models import ON_HUB

    return [CompletionItem(model.name) for model in ON_HUB if model.name.startswith(text)]


def complete_local(ctx: click.Context, _: click.Parameter, text: str) -> list[CompletionItem]:
    """Names of models that are here; then folders, if none begins like *text*."""
    from entrypoints.factories.models import local_models

    models = local_models(models_folder(ctx.params.get("data") or DATA))
    names = [CompletionItem(model.name) for model in models if model.name.startswith(text)]
    return names or [CompletionItem(text, type="dir")]


def models_folder(data: Path) -> Path:
    """Where models are kept: `ALDEA_MODELS_DIR`, else in the data folder."""
    return Path(os.environ.get("ALDEA_MODELS_DIR") or data / "models")


_data_option = data_option(
    "Data folder of aldea up, with the models; ALDEA_MODELS_DIR names another place."
)


@click.group(cls=ListingGroup)
def command() -> None:
    """List, fetch and remove the models that Whisper recognises speech with."""


@command.command("list", epilog="\b\nExamples:\n  aldea models\n  aldea models list --json")
@_data_option
@json_option
def list_(data: Path, as_json: bool) -> None:
    """List the models that are here and those that can be had."""
    from entrypoints.cli.tables import show_json, show_table
    from entrypoints.factories.models import ON_HUB, languages_of, local_models

    here = {model.name: model for model in local_models(models_folder(data))}
    sizes = {model.name: model.megabytes for model in ON_HUB}
    rows = [
        {
            "name": name,
            "MB": here[name].megabytes if name in here else sizes[name],
            "languages": languages_of(name) if name in sizes else None,
            "here": str(here[name].folder) if name in here else None,
        }
        for name in [*sizes, *(name for name in here if name not in sizes)]
    ]
    if as_json:
        show_json(rows)
    else:  # a folder would make the table too wide for a terminal
        show_table([{**row, "MB": f"{row['MB']:,}", "here": row["here"] and "yes"} for row in rows])


@command.command(
    epilog="\b\nExamples:\n  aldea models pull small.en\n"
    "  aldea models pull Systran/faster-whisper-large-v2\n"
    "  HF_ENDPOINT=https://hub.example aldea models pull large-v3-turbo"
)
@click.argument("name", shell_complete=complete_offered)
@_data_option
def pull(name: str, data: Path) -> None:
    """
    Fetch the model NAME from the Hugging Face hub, or from HF_ENDPOINT.

    What was fetched is checked. If it fails, the next attempt goes on where it stopped.
    """
    from entrypoints.devstack.folder_lock import OURS
    from entrypoints.factories import models
    from entrypoints.factories.folders import private_folder

    folder = models_folder(data)
    if folder.parent == data:
        private_folder(data, ours=OURS)
    model = models.pull(name, folder)
    click.echo(f"{model.name} is in {model.folder}. Use it: aldea up --whisper-model {model.name}")


@command.command(epilog="\b\nExample:\n  aldea models remove small.en")
@click.argument("name", shell_complete=complete_local)
@_data_option
def remove(name: str, data: Path) -> None:
    """Remove the model NAME, or what a failed pull left of it."""
    from entrypoints.factories import models

    models.remove(name, models_folder(data))
    click.echo(f"{name} is removed.")
