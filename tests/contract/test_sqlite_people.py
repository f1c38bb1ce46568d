"""The adapters of accounts keep every port's promises on SQLite."""

from tests.contract.sql_people import *  # noqa: F403 (runs every suite in it)
