"""`python -m entrypoints.cli`, for callers that know the interpreter but not the program's path."""

from entrypoints.cli.main import main


main()
