"""
Makes build/functions: Aldea, and what its Lambda functions import, for Lambda's Python on x86-64.

    python infra/package_functions.py [FOLDER]
"""

import shutil
import subprocess
import sys

from pathlib import Path


_INFRA = Path(__file__).parent
_ROOT = _INFRA.parent
# Lambda's bound of an unzipped package.
MOST_BYTES = 250 * 2**20


def package(folder: Path) -> int:
    """
    Makes *folder* anew; its size in bytes.

    Raises:
        SystemExit: It is larger than Lambda takes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Built for the Python that runs this: Lambda's and this project's are the same.
    for what in (
        ["--requirement", str(_INFRA / "functions" / "aldea-requirements.txt")],
        ["--no-deps", str(_ROOT)],
    ):
        subprocess.run(
            [
                *pip, "--only-binary", ":all:", "--no-binary", "aldea", "--no-compile", "--upgrade",
                "--constraint", str(_ROOT / "constraints.txt"), "--target", str(folder), *what,
            ],
            check=True,
        )  # fmt: skip
    shutil.rmtree(folder / "bin", ignore_errors=True)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > MOST_BYTES:
        raise SystemExit(f"package_functions: {size / 2**20:.0f} MiB are more than Lambda takes")
    return size


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else _INFRA / "build" / "functions"
    print(f"{target}: {package(target) / 2**20:.0f} MiB")
