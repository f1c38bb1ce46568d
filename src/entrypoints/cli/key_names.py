"""The names of an organisation's API keys that work, for tables that would show ids."""

from entrypoints.cli.backend_client import BackendClient
from entrypoints.cli.errors import BackendRefused


async def key_names(client: BackendClient, org: str) -> dict[str, str]:
    """Names by id; none for members who may not list keys."""
    try:
        found = await client.items(f"/v1/orgs/{org}/keys", {"state": "working"})
    except BackendRefused as error:
        if error.status != 403:
            raise
        return {}
    return {key["id"]: key["name"] for key in found["items"]}
