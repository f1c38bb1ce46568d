"""What `aldea up` prints once it serves: addresses, the key, and commands to paste."""

import os
import sys

from functools import partial
from pathlib import Path

from entrypoints.cli.options import DATA
from entrypoints.devstack.ready import FILE, Ready


_SHORT = Path("samples/hello.wav")
_LONG = Path("samples/story.wav")


def show(ready: Ready, data: Path, *, engine: str | None) -> None:
    """
    Args:
        engine: Which bundled engine is used and why; None if engines elsewhere are used.
    """
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    websocket = ready.api_url.replace("http", "ws", 1)
    key = ready.api_key.reveal()
    audio = _SHORT if _SHORT.exists() else Path("YOUR-FILE.wav")
    console.print(f"\n[bold]Aldea is up.[/] Data is in {data.resolve()}\n")
    console.print(f"  Files      {ready.api_url}/v1/listen")
    console.print(f"  Live       {websocket}/v1/listen")
    backend = ready.more.get("backend")
    if backend:
        console.print(f"  Backend    {backend}")
        console.print(f"  Docs       {ready.api_url}/docs and {backend}/docs")
    if dashboard := ready.more.get("dashboard"):
        console.print(f"  Dashboard  {dashboard}")
        console.print(f"  Sign in    {ready.more['email']}, password {ready.more['password']}")
    if engine is not None:
        console.print(f"  Engine     {engine}", markup=False)
    console.print(f"  Org        {ready.org_id}")
    console.print(f"  Key        [bold]{key}[/]")
    console.print("\nTry it:\n")
    say = partial(console.print, markup=False)
    say(f'  curl -H "Authorization: Token {key}" \\')
    say(f"    --data-binary @{audio} {ready.api_url}/v1/listen\n")
    if backend:
        say(f'  curl -H "Authorization: Token {key}" \\')
        say(f"    {backend}/v1/orgs/{ready.org_id}/keys\n")
    if _LONG.exists():
        elsewhere = "" if data == DATA else f" --ready-file {data / FILE}"
        say(f"  {_program()} listen {_LONG}{elsewhere}\n")
    console.print("[dim]Ctrl-C stops it.[/]\n")
    sys.stdout.flush()


def _program() -> str:
    local = Path(".venv/bin/aldea")
    return str(local) if local.exists() and not os.environ.get("VIRTUAL_ENV") else "aldea"
