"""Shows, or writes, what many streams take."""

import sys

import click

from benchmarks.results import ROOT, Results
from benchmarks.scaling.document import DOCUMENT, text


@click.command()
@click.option("--write", is_flag=True, help="Renew docs/scaling.md.")
def main(write: bool) -> None:
    """
    Compute what 1,000, 100,000 and 10 million concurrent streams take, from
    the benchmark's results, and how a storm of reconnecting clients goes.

    \b
    Examples:
      python -m benchmarks.scaling
      python -m benchmarks.scaling --write
    """
    try:
        found = text(Results.kept())
    except KeyError as error:
        sys.exit(f"The part {error} was not measured: make bench ARGS='--only {error.args[0]}'")
    if write:
        DOCUMENT.write_text(found)
        click.echo(f"wrote {DOCUMENT.relative_to(ROOT)}")
    else:
        click.echo(found)


if __name__ == "__main__":
    main()
