"""The frontend: the dashboard, which knows the backend by HTTP alone."""

from entrypoints.containers.stores import Stores
from entrypoints.containers.wiring import Wiring, needs, wired
from entrypoints.factories import frontend


class FrontendService(Wiring):
    stores = needs(Stores)

    frontend_client = wired(frontend.client)
    sessions_of_browsers = wired(frontend.sessions)
    frontend = wired(frontend.frontend, client="frontend_client", sessions="sessions_of_browsers")
