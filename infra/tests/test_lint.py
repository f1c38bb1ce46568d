"""What AWS's own schemas say of the templates."""

import subprocess
import sys

from pathlib import Path
from typing import Any


# W3005: CDK writes dependencies out that references imply. W3010: zones are named by design.
_NOISE = ("W3005", "W3010")


def test_cfn_lint_finds_nothing(all_synthesised: Any) -> None:
    templates = [
        str(path)
        for each in all_synthesised.values()
        for path in each.folder.rglob("*.template.json")
    ]
    assert len(templates) == 25
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "--ignore-checks", *_NOISE, "--template", *templates],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
