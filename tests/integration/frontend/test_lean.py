"""The process of the frontend loads no library of a store, and none of AWS."""

import subprocess
import sys


_PROGRAM = """
import asyncio, sys

from entrypoints.containers.aldea import aldea
from entrypoints.runtime.periodic import Part
from entrypoints.settings import Settings

async def main():
    settings = Settings(backend_url="http://backend")
    async with aldea(settings, {Part.FRONTEND}, migrates=False) as services:
        services.frontend.frontend().app(lambda: True)

asyncio.run(main())
print({"sqlalchemy", "aiosqlite", "asyncpg", "redis", "boto3", "botocore"} & sys.modules.keys())
"""


def test_no_store_and_no_aws_is_loaded():
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=240, check=True
    )

    assert done.stdout.strip() == "set()"
