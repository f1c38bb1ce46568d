"""Names that people give to orgs, keys, plans and themselves."""

from aldea_core.domain.errors import BadRequest


LONGEST_NAME = 200


def proper_name(name: str) -> str:
    """
    *name* without surrounding whitespace.

    Raises:
        BadRequest: The name is empty or too long.
    """
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadRequest(f"A name must have 1 to {LONGEST_NAME} characters.")
    return name
