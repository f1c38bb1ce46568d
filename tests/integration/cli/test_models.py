"""`aldea models`, against a hub on loopback which has the weights that are installed."""

import json
import os
import signal
import subprocess
import time

import pytest

from tests.servers.hub import hub
from tests.servers.up import ALDEA

from adapters.whisper.models import bundled_folder


REPOSITORY = "Systran/faster-whisper-small.en"
WEIGHTS = f"{REPOSITORY}/model.bin"


@pytest.fixture
def serving():
    """A hub whose small.en has, for lack of others, the weights of tiny.en."""
    folder = bundled_folder()
    assert folder is not None
    with hub() as running:
        for file in folder.iterdir():
            running.files[f"{REPOSITORY}/{file.name}"] = file.read_bytes()
        running.files[f"{REPOSITORY}/README.md"] = b"# small.en"
        yield running


@pytest.fixture
def run(tmp_path, serving):
    """Runs `aldea models` in a folder of its own."""

    def command(*arguments: str, **environ: str):
        base = {name: text for name, text in os.environ.items() if not name.startswith("ALDEA_")}
        return {
            "args": [ALDEA, "models", *arguments],
            "cwd": tmp_path,
            "env": base | {"HF_ENDPOINT": serving.url, "HF_HOME": str(tmp_path / "home")} | environ,
            "text": True,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }

    def run(*arguments: str, **environ: str):
        return subprocess.run(**command(*arguments, **environ), timeout=120, check=False)

    run.command = command
    return run


def _listed(run, **environ: str) -> dict[str, str | None]:
    rows = json.loads(run("list", "--json", **environ).stdout)
    return {row["name"]: row["here"] for row in rows}


def test_model_is_fetched_listed_and_removed(run, tmp_path, serving):
    """
    Through a connection that breaks off; only what Whisper needs, and nothing the second time.
    """
    serving.breaks_off.add(WEIGHTS)
    fetched = run("pull", "small.en")

    folder = tmp_path / ".aldea" / "models" / "small.en"
    assert fetched.returncode == 0, fetched.stderr
    assert "aldea up --whisper-model small.en" in fetched.stdout
    assert (folder / "model.bin").read_bytes() == serving.files[WEIGHTS]
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.json", "model.bin", "SHA256SUMS", "tokenizer.json", "vocabulary.txt"}
    starts = [first for path, first in serving.asked if path == WEIGHTS]
    assert starts[0] == 0
    assert starts[1] > 0  # the rest alone
    assert _listed(run)["small.en"] == ".aldea/models/small.en"

    before = len(serving.asked)
    assert run("pull", "small.en").returncode == 0
    assert len(serving.asked) == before

    assert run("remove", "small.en").returncode == 0
    assert not folder.exists()
    assert _listed(run)["small.en"] is None


def test_killed_pull_is_continued(run, tmp_path, serving):
    """
    By the next one, with the rest alone; what is incomplete is no model.
    """
    serving.stalls.add(WEIGHTS)
    process = subprocess.Popen(**run.command("pull", "small.en"))
    try:
        assert serving.has_stalled.wait(60)
        models = tmp_path / ".aldea" / "models"
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size > 2**24 for path in models.glob(".*.part/model.bin")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert _listed(run)["small.en"] is None

    fetched = run("pull", "small.en")
    assert fetched.returncode == 0, fetched.stderr
    assert [first > 0 for path, first in serving.asked if path == WEIGHTS] == [False, True]
    folder = tmp_path / ".aldea" / "models" / "small.en"
    assert (folder / "model.bin").read_bytes() == serving.files[WEIGHTS]


def test_damaged_weights_are_not_kept(run, tmp_path, serving, monkeypatch):
    """
    Of the right size, but not what the hub promised; the next attempt fetches them again.
    """
    whole = serving.files[WEIGHTS]
    promised = serving.description(REPOSITORY)
    monkeypatch.setattr(type(serving), "description", lambda self, repository: promised)
    serving.files[WEIGHTS] = whole[:-1] + bytes([whole[-1] ^ 1])
    failed = run("pull", "small.en")
    assert failed.returncode == 1
    assert "damaged" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
    assert _listed(run)["small.en"] is None

    serving.files[WEIGHTS] = whole
    assert run("pull", "small.en").returncode == 0
    assert _listed(run)["small.en"] is not None


def test_table_of_models_fits_a_narrow_terminal(run):
    """
    It says which are here, not in which folder: that is in the JSON.
    """
    shown = run("list").stdout.splitlines()

    assert shown[1].split() == ["tiny.en", "76", "English", "yes"]
    assert "large-v3          3,087  99 languages" in shown
    assert run().stdout.splitlines() == shown


def test_models_are_kept_where_the_setting_says(run, tmp_path, serving):
    """
    Any repository of the hub can be named.
    """
    place = {"ALDEA_MODELS_DIR": str(tmp_path / "elsewhere")}
    for name in ("config.json", "model.bin", "tokenizer.json"):
        serving.files[f"somebody/my-model/{name}"] = b"{}"
    assert run("pull", "somebody/my-model", **place).returncode == 0

    assert _listed(run, **place)["my-model"] == str(tmp_path / "elsewhere" / "my-model")
    assert not (tmp_path / ".aldea").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pull", "smal.en"], "Did you mean small.en?"),
        (["pull", "nosuch"], "aldea models list"),
        (["pull", "../../etc"], "aldea models list"),
        (["pull", "somebody/unknown"], "somebody/unknown could not be fetched"),
        (["pull", "somebody/else"], "model.bin is missing"),
        (["remove", "small.en"], "aldea models list"),
        (["remove", ".."], "aldea models list"),
        (["remove", "tiny.en"], "pip uninstalls it"),
    ],
)
def test_what_cannot_be_done_is_one_line(run, serving, arguments, says):
    """
    With an exit status.
    """
    serving.files["somebody/else/config.json"] = b"{}"
    done = run(*arguments)

    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_hub_that_is_away_is_one_line(run):
    """
    With the command's exit status.
    """
    done = run("pull", "small.en", HF_ENDPOINT="http://127.0.0.1:1")

    assert done.returncode == 1
    assert "could not be fetched, try again" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_names_are_completed(run):
    """
    Those that can be had for pull, those that are here for remove.
    """
    for line, expected in (
        ("aldea models pull large", {"large-v3-turbo", "large-v3"}),
        ("aldea models remove t", {"tiny.en"}),
        ("aldea up --whisper-model t", {"tiny.en"}),
    ):
        count = str(len(line.split()) - 1)
        completed = run(_ALDEA_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=count)
        names = {text.partition(",")[2] for text in completed.stdout.split()}
        assert names == expected
