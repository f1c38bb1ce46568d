"""The command line for whoever has a Python, but not the program's path."""

from entrypoints.cli.main import main


main()
