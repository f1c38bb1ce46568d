"""
Images are built from the Dockerfile without a Docker engine, and their services become ready.

Minutes, root, Debian's `buildah` and the package index are needed, so `make images` runs it. Where no registry
answers, a base of Debian's own Python stands for the one that the Dockerfile names.
"""

import os
import re
import shutil
import signal
import subprocess
import time

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.local_http import free_port, status_of


ROOT = Path(__file__).parents[2]
_BASE = "docker.io/library/python:3.11-slim-bookworm"
_SECONDS = 240.0
# What the package index needs on this machine, if it needs anything.
_LENT = ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
_TARGETS = ("ws-proxy", "transcribe", "frontend", "backend", "db-sync", "org-sync", "stt")


def _missing() -> str:
    """Why nothing can be built here; empty if it can."""
    if os.environ.get("BUILD_IMAGES") != "1":
        return "images are built by `make images`"
    if os.geteuid() != 0:
        return "building in a chroot needs root"
    lacking = [each for each in ("buildah", "mmdebstrap") if shutil.which(each) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


pytestmark = pytest.mark.skipif(bool(_missing()), reason=f"NOT BUILT: {_missing()}")


@attrs.frozen
class Buildah:
    """Debian's builder of images, with everything it keeps in *folder*."""

    folder: Path

    def __call__(self, *arguments: str | Path, seconds: float = 1500) -> str:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=seconds,
        )
        assert done.returncode == 0, f"{arguments[:3]}: {done.stdout[-3000:]}{done.stderr[-5000:]}"
        return done.stdout.strip()

    def command(self, *arguments: str | Path) -> list[str]:
        # Without overlays each layer is a copy of everything below it: many gigabytes.
        is_known = "overlay" in Path("/proc/filesystems").read_text()
        return [
            "buildah", "--storage-driver", "overlay" if is_known else "vfs",
            "--root", str(self.folder / "root"), "--runroot", str(self.folder / "run"),
            *map(str, arguments),
        ]  # fmt: skip


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    """With every image built."""
    builder = Buildah(tmp_path_factory.mktemp("images"))
    try:
        base = _base(builder)
        lent = [f"--volume={path}:{path}:ro" for path in _LENT if Path(path).exists()]
        for target in _TARGETS:
            builder(
                "bud", "--isolation", "chroot", "--pull-never", "--layers", *lent,
                "--build-arg", f"PYTHON_IMAGE={base}",
                "--target", target, "--tag", f"localhost/{target}", ".",
            )  # fmt: skip
        yield builder
    finally:
        shutil.rmtree(builder.folder, ignore_errors=True)


def _base(builder: Buildah) -> str:
    """The Dockerfile's base, or Debian with its own Python where no registry answers."""
    pulled = subprocess.run(
        builder.command("pull", _BASE), capture_output=True, check=False, timeout=300
    )
    if pulled.returncode == 0:
        return _BASE
    archive = builder.folder / "base.tar"
    subprocess.run(
        [
            "mmdebstrap", "--quiet", "--variant=minbase",
            "--include=python3,python3-venv,ca-certificates", "bookworm", archive,
        ],
        check=True,
        timeout=900,
    )  # fmt: skip
    container = builder("from", "scratch")
    builder("add", "--quiet", container, archive, "/")
    builder("commit", "--quiet", container, "localhost/python")
    builder("rm", container)
    return "localhost/python"


@contextmanager
def _container(builder: Buildah, target: str) -> Iterator[str]:
    name = builder("from", "--pull-never", f"localhost/{target}")
    try:
        yield name
    finally:
        builder("rm", name)


def _in(builder: Buildah, container: str, *words: str, options: Sequence[str] = ()) -> list[str]:
    return builder.command("run", "--isolation", "chroot", *options, container, "--", *words)


def _settings(target: str, stores: dict[str, Any]) -> dict[str, str]:
    """What the service is told: real stores, engines that are away, and a collector of traces."""
    gateway = {"ALDEA_REDIS_URL": stores["redis_url"], "ALDEA_GRANT_SECRET": "s" * 32}
    office = {"ALDEA_REDIS_URL": stores["redis_url"], "ALDEA_DATABASE_URL": stores["database_url"]}
    queue = {"ALDEA_ORG_SYNC_QUEUE_URL": stores["queue_url"], **stores["credentials"]}
    own = {
        "ws-proxy": {**gateway, "ALDEA_WS_ENGINES": "http://127.0.0.1:9"},
        "transcribe": {**gateway, "ALDEA_FILE_ENGINES": "http://127.0.0.1:9"},
        "frontend": {"ALDEA_BACKEND_URL": "http://127.0.0.1:9"},
        "backend": office,
        "db-sync": {**office, **queue},
        "org-sync": {**office, **queue},
        "stt": {},
    }
    return {"ALDEA_TRACES_URL": "http://127.0.0.1:9", **own[target]}


@pytest.mark.parametrize("target", _TARGETS)
def test_service_of_an_image_becomes_ready(
    buildah: Buildah, stores: dict[str, Any], target: str, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    options = [f"--env={name}={value}" for name, value in _settings(target, stores).items()]
    with _container(buildah, target) as container, log.open("wb") as output:
        command = ["aldea", "serve", target, "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(
            _in(buildah, container, *command, options=options),
            stdout=output,
            stderr=output,
            start_new_session=True,  # so that the service in the container ends with it
        )
        try:
            last = time.monotonic() + _SECONDS
            while status_of(f"http://127.0.0.1:{port}/readyz") != 200:
                assert process.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < last, log.read_text()[-3000:]
                time.sleep(0.2)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)


@pytest.mark.parametrize("target", _TARGETS)
def test_image_has_aldea_and_no_tools_to_build_with(buildah: Buildah, target: str) -> None:
    look = (
        "import importlib.util, os, shutil; "
        "print(os.getuid(), os.getgid(), shutil.which('aldea'), "
        "[each for each in ('pip', 'gcc', 'cc', 'make', 'git') if shutil.which(each)], "
        "importlib.util.find_spec('pip'))"
    )
    with _container(buildah, target) as container:
        done = subprocess.run(
            _in(buildah, container, "python", "-c", look),
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.split("\n")[0] == "10001 10001 /opt/aldea/bin/aldea [] None"


@pytest.mark.parametrize("target", _TARGETS)
def test_image_says_what_it_runs(buildah: Buildah, target: str) -> None:
    text = buildah("inspect", "--type", "image", f"localhost/{target}")
    assert '"User": "10001:10001"' in text
    assert re.search(rf'"serve",\s+"{target}"', text)
    assert "STOPSIGNAL" in text or '"StopSignal": "SIGTERM"' in text
