"""The application: each route's visit, and what refusals look like."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import aiohttp
import attrs
import structlog

from aiohttp import hdrs, web

from aldea_core.ports.clock import Clock
from aldea_core.ports.randomness import Randomness
from aldea_core.ports.tracing import Tracer
from entrypoints.frontend.assets import Assets, packaged_assets
from entrypoints.frontend.backend import Backend, BackendAway, Refused
from entrypoints.frontend.formats import Formats, zone_of
from entrypoints.frontend.guard import Headers, is_from_here
from entrypoints.frontend.pages.errors import error_page
from entrypoints.frontend.pages.listed import PAGES
from entrypoints.frontend.routing import PageRoute, Who
from entrypoints.frontend.session import Sessions
from entrypoints.frontend.site import Site
from entrypoints.frontend.templates import Templates, packaged_templates
from entrypoints.frontend.visit import TOKEN_FIELD, Visit
from entrypoints.http.app import new_app
from entrypoints.http.client_address import client_address
from entrypoints.http.middleware import session_of
from entrypoints.runtime.metrics import Metrics


log = structlog.get_logger()

_MOST_BYTES = 256 * 1024
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@attrs.frozen
class Frontend:
    """
    Args:
        client: For the backend.
        backend_url: The backend's base URL, as this process reaches it.
        proxies: How many proxies before this service write X-Forwarded-For.
    """

    site: Site
    sessions: Sessions
    client: aiohttp.ClientSession
    backend_url: str
    clock: Clock
    randomness: Randomness
    metrics: Metrics
    tracer: Tracer
    proxies: int = 0
    assets: Assets = attrs.field(factory=packaged_assets)
    templates: Templates = attrs.field(factory=packaged_templates)

    def app(self, is_ready: Callable[[], bool], *, metrics_port: int | None = 0) -> web.Application:
        """
        Args:
            metrics_port: See `new_app`.
        """
        app = new_app(
            self.randomness,
            self.clock,
            self.metrics,
            is_ready,
            self._refuse,
            most_bytes=_MOST_BYTES,
            tracer=self.tracer,
            metrics_port=metrics_port,
        )
        app.on_response_prepare.append(Headers(self.site).secure)
        self.assets.add_to(app)
        app.router.add_get("/theme.css", self._show_theme)
        for route in PAGES:
            app.router.add_route(route.method, route.path, self._endpoint(route))
        return app

    async def _show_theme(self, _: web.Request) -> web.Response:
        return web.Response(
            text=self.site.theme,
            content_type="text/css",
            charset="utf-8",
            headers={hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable"},
        )

    def _endpoint(self, route: PageRoute) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def endpoint(request: web.Request) -> web.StreamResponse:
            visit = self._visit(request)
            if route.method == "POST":
                await _read_form(visit)
            try:
                if route.who is not Who.ANYBODY or visit.session.token:
                    await _identify(visit, route.who)
                return await route.handle(visit)
            except (Refused, BackendAway, web.HTTPException) as error:
                return self._answer(visit, error)

        return endpoint

    def _visit(self, request: web.Request) -> Visit:
        sent = self.sessions.read(request)
        session = sent or self.sessions.new()
        forwarded_for = request.headers.getall(hdrs.X_FORWARDED_FOR, ())
        backend = Backend(
            self.client,
            self.backend_url,
            self.tracer,
            session.token,
            client_address(forwarded_for, request.remote, self.proxies),
            request.headers.get(hdrs.USER_AGENT, "")[:300],
        )
        zone = zone_of(request.cookies.get("zone", ""))
        formats = Formats(zone, self.clock.now())
        return Visit(
            request, self.site, self.sessions, self.templates, sent, session, backend, formats
        )

    def _answer(self, visit: Visit, error: Exception) -> web.Response:
        """A page about *error*; for a person whose sign-in ended, the page to sign in."""
        request = visit.request
        if isinstance(error, Refused) and error.status == 401 and visit.is_view:
            org = quote(visit.session.view_org, safe="")
            visit.session = visit.session.without_view()
            return visit.redirect(f"/operator/orgs/{org}", "The view of the organisation is over.")
        if isinstance(error, Refused) and error.status == 401:
            if visit.session.token:  # else forms in other tabs stay good
                visit.session = self.sessions.new()
            back = request.path_qs if request.method == "GET" else "/"
            return visit.redirect(f"/sign-in?next={quote(back, safe='')}")
        return error_page(visit, error, session_of(request))

    def _refuse(self, request: web.Request, error: Exception) -> web.Response:
        """A page about an error outside of a route, or an unforeseen one."""
        return error_page(self._visit(request), error, session_of(request))


async def _read_form(visit: Visit) -> None:
    """
    Raises:
        HTTPForbidden: No page of ours sent the form.
        HTTPUnsupportedMediaType: It is no form.
    """
    request = visit.request
    if request.content_type not in _FORMS:
        raise web.HTTPUnsupportedMediaType
    sent = await request.post()
    several: dict[str, list[str]] = {}
    for name, value in sent.items():
        if isinstance(value, str):
            several.setdefault(name, []).append(value)
    visit.several = several
    visit.form = {name: values[-1].strip() for name, values in several.items()}
    token = visit.form.get(TOKEN_FIELD, "")
    if not is_from_here(request) or not visit.sessions.is_form_token(token, visit.session):
        raise web.HTTPForbidden


async def _identify(visit: Visit, who: Who) -> None:
    """
    Finds out who is signed in, and which org the address names.

    Raises:
        Refused: There is no sign-in (401), or the person is not in the org (404).
        HTTPNotFound: The page is for operators or admins, and the person is none.
    """
    if not visit.session.token:
        raise Refused(401, {})
    try:
        person = await visit.backend.get("/v1/me", orgs=True)
    except Refused as refused:
        if who is Who.ANYBODY and refused.status == 401:  # the sign-in has ended
            visit.session = visit.sessions.new()
            return
        raise
    visit.person, visit.orgs = person, person["orgs"]
    if (zone := person.get("zone", "UTC")) != "UTC":  # not chosen: the browser's stays
        visit.f = attrs.evolve(visit.f, zone=zone_of(zone))
    if who is Who.OPERATOR and not person["is_operator"]:
        raise web.HTTPNotFound
    if who in {Who.MEMBER, Who.ADMIN}:
        wanted = visit.path["org"]
        if visit.session.view and visit.session.view_org == wanted:
            await _view(visit)
            return
        known = (org for org in visit.orgs if org["id"] == wanted)
        visit.org = next(known, None) or await visit.backend.get(
            f"/v1/orgs/{quote(wanted, safe='')}"
        )
        if who is Who.ADMIN and not visit.is_admin:
            raise web.HTTPNotFound


async def _view(visit: Visit) -> None:
    """
    Shows the org as its owners see it, to an operator.

    Raises:
        Refused: A form was sent (403), or the view is over (401).
    """
    visit.is_view = True
    visit.backend = visit.backend.of(visit.session.view)
    visit.org = await visit.backend.get(f"/v1/orgs/{quote(visit.session.view_org, safe='')}")
    if visit.request.method == "POST":
        raise Refused(403, {"detail": "You view this organisation, which changes nothing."})
