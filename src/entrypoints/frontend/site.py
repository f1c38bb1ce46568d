"""What the deployment says of itself on every page."""

import hashlib

from ipaddress import ip_address
from urllib.parse import urlsplit

import attrs


@attrs.frozen
class Site:
    """
    Attributes:
        url: The dashboard's own public base URL.
        api_url: The public base URL of the API, for examples and the playground.
        backend_url: The public base URL of the backend, for examples.
        name: The company's name, beside the mark.
        support: Where people get help: a URL or an email address; empty for none.
        theme: A style sheet with the company's colours; empty for Aldea's.
        confirms: Whether accounts open once their address is confirmed by email.
    """

    url: str
    api_url: str
    backend_url: str
    name: str = "Aldea"
    support: str = ""
    confirms: bool = True
    theme: str = ""

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by https, which cookies and HSTS depend on."""
        return self.url.startswith("https://")

    @property
    def theme_url(self) -> str:
        """Another one when the colours change, so that browsers keep what they have."""
        return f"/theme.css?{hashlib.sha256(self.theme.encode()).hexdigest()[:12]}"

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def takes_passkeys(self) -> bool:
        """Whether browsers keep passkeys for its host: they do for names, not for IP addresses."""
        try:
            ip_address(urlsplit(self.url).hostname or "")
        except ValueError:
            return True
        return False

    @property
    def websocket_url(self) -> str:
        return self.api_url.replace("http", "ws", 1)
