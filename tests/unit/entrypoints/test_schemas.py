"""The types of all routes are valid: each describes itself, and can be parsed."""

import typing

import msgspec
import pytest

from entrypoints.containers.services import Services
from entrypoints.settings import Settings


_API = Services(Settings()).api.backend()
ROUTES = {
    f"{route.method} {route.path}": route
    for api in (_API.own, *_API.others)
    for route in api.routes
}


@pytest.mark.parametrize("name", ROUTES)
def test_types_of_every_route_are_valid(name):
    """
    An invalid annotation is found by msgspec only once it is used: at the first request.
    """
    route = ROUTES[name]
    for kind in (route.body, route.query, route.answer):
        if kind is not None:
            msgspec.json.schema_components([kind], ref_template="{name}")
            for part in typing.get_args(kind) or [kind]:
                for field in msgspec.structs.fields(part):
                    msgspec.json.Decoder(field.type)
