"""Each test runs on uvloop's event loop, as services do: asyncio's keeps closed transports in circles."""

import uvloop


def pytest_asyncio_loop_factories(config, item):
    return {"uvloop": uvloop.new_event_loop}
