"""Headers of every response, and the check that a form was sent by a page of ours."""

from urllib.parse import urlsplit

import attrs

from aiohttp import hdrs, web

from entrypoints.frontend.site import Site


POLICY_HEADER = "Content-Security-Policy"
_PERMISSIONS_HEADER = "Permissions-Policy"
_NO_DEVICES = "camera=(), microphone=(), geolocation=()"
# For the one page that records.
WITH_MICROPHONE = {_PERMISSIONS_HEADER: "camera=(), microphone=(self), geolocation=()"}
_HSTS = "max-age=63072000; includeSubDomains"


def policy(site: Site) -> str:
    """The Content-Security-Policy: no inline code, nothing from other hosts, no frames."""
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self'",
            "font-src 'none'",
            f"connect-src 'self' {site.api_url} {site.websocket_url}".rstrip(),
            "media-src blob:",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


@attrs.frozen
class Headers:
    """Puts security headers on every response. A handler's own values stay."""

    site: Site

    async def secure(self, _: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.setdefault(POLICY_HEADER, policy(self.site))
        headers.setdefault(_PERMISSIONS_HEADER, _NO_DEVICES)
        headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if self.site.is_secure:
            headers["Strict-Transport-Security"] = _HSTS


def is_from_here(request: web.Request) -> bool:
    """
    Whether a page of this host sent *request*, as the browser says.

    Browsers set `Sec-Fetch-Site`; older ones only `Origin`. A request with neither is decided by its
    form token alone.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get(hdrs.ORIGIN)
    try:
        return origin is None or urlsplit(origin).netloc == request.host
    except ValueError:  # an address that is none
        return False
