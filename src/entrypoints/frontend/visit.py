"""One request of one browser: who it is, what was sent, and how it is answered."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import attrs

from aiohttp import hdrs, web

from entrypoints.frontend.backend import Backend, Document
from entrypoints.frontend.formats import Formats
from entrypoints.frontend.session import Session, Sessions
from entrypoints.frontend.site import Site
from entrypoints.frontend.templates import Templates


# Fields of every form that no page asks for.
TOKEN_FIELD = "form_token"  # noqa: S105 (a name)
ONCE_FIELD = "once"
VERSION_FIELD = "version"
# Characters of such a field that is sent on as a header: ids and digests are shorter.
_LONGEST_HEADER = 100


@attrs.define
class Visit:
    """
    Attributes:
        sent: The session that the browser sent, if it sent one.
        session: Written back to the browser if it is another one.
        backend: Calls as the signed-in person.
        person: The signed-in person (`GET /v1/me`); None before sign-in.
        orgs: The orgs that the person is in.
        org: The org of the address, with the person's `role`; None outside of orgs.
        is_view: Whether an operator views the org, which changes nothing.
        form: What a form sent, text by name; of several fields of one name the last.
    """

    request: web.Request
    site: Site
    sessions: Sessions
    templates: Templates
    sent: Session | None
    session: Session
    backend: Backend
    f: Formats
    person: Document | None = None
    orgs: list[Document] = attrs.field(factory=list)
    org: Document | None = None
    is_view: bool = False
    form: Mapping[str, str] = attrs.field(factory=dict)
    several: Mapping[str, list[str]] = attrs.field(factory=dict)

    @property
    def path(self) -> Mapping[str, str]:
        """The variable parts of the address."""
        return self.request.match_info

    def part(self, name: str) -> str:
        """A variable part of the address, as a part of the backend's path."""
        return quote(self.path[name], safe="")

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query

    @property
    def org_id(self) -> str:
        assert self.org is not None
        return str(self.org["id"])

    @property
    def role(self) -> str:
        return "" if self.org is None else str(self.org["role"])

    @property
    def is_admin(self) -> bool:
        """Whether the person may change keys, members and settings of the org."""
        return self.role in {"owner", "admin"}

    @property
    def may_change(self) -> bool:
        """Whether an admin's changes are offered: not while an operator views the org."""
        return self.is_admin and not self.is_view

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"

    def at(self, path: str = "") -> str:
        """The address of a page of the org: `at("/keys")`."""
        return f"/o/{quote(self.org_id)}{path}"

    def of_org(self, path: str = "") -> str:
        """The backend's path of the org: `of_org("/keys")`."""
        return f"/v1/orgs/{quote(self.org_id)}{path}"

    def page(
        self,
        template: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> web.Response:
        """
        The template with *values*, and what every page has.

        Args:
            status: None is 422 of a page that shows an `error` or `errors`, and else 200.
        """
        if status is None:
            status = 422 if values.get("error") or values.get("errors") else 200
        said, self.session = self.session.said, attrs.evolve(self.session, said="")
        text = self.templates.render(
            template,
            {
                "visit": self,
                "site": self.site,
                "f": self.f,
                "said": said,
                "form_token": self.sessions.form_token(self.session),
                "theme": self.theme,
                **values,
            },
        )
        response = web.Response(
            status=status,
            text=text,
            content_type="text/html",
            charset="utf-8",
            headers={hdrs.CACHE_CONTROL: "no-store", **(headers or {})},
        )
        response.enable_compression()
        return self.finish(response)

    def redirect(self, path: str, said: str = "") -> web.Response:
        """
        To another page (303), which shows what was done.

        Args:
            path: Of this dashboard.
        """
        self.session = attrs.evolve(self.session, said=said or self.session.said)
        return self.finish(web.Response(status=303, headers={hdrs.LOCATION: local_path(path)}))

    def finish(self, response: web.Response) -> web.Response:
        """Puts a changed session on *response*."""
        if self.session != self.sent:
            self.sessions.write(response, self.session)
        return response

    @property
    def theme(self) -> str:
        """light, dark, or empty for the system's."""
        chosen = self.request.cookies.get("theme", "")
        return chosen if chosen in {"light", "dark"} else ""

    @property
    def password(self) -> str:
        """As it was typed into the form."""
        return self.several.get("password", [""])[-1]

    @property
    def next_path(self) -> str:
        """Where a sign-in leads: a path of this dashboard."""
        return local_path(self.form.get("next", "") or self.query.get("next", "/"))

    @property
    def once(self) -> str:
        """The Idempotency-Key of the form that was sent."""
        return self._for_header(ONCE_FIELD)

    @property
    def version(self) -> str:
        """The version that a change is of: what the person saw when the form was opened."""
        return self._for_header(VERSION_FIELD)

    def _for_header(self, name: str) -> str:
        """A field that is sent on as a header; empty if no header can hold what was sent."""
        value = self.form.get(name, "")
        is_fit = value.isascii() and value.isprintable() and len(value) <= _LONGEST_HEADER
        return value if is_fit else ""

    def new_once(self) -> str:
        """An Idempotency-Key for a form: sent twice, it does its work once."""
        return self.sessions.randomness.uuid()


def local_path(text: str) -> str:
    r"""
    *text* if it is a path of this host, else `/`: nothing redirects elsewhere.

    Browsers read `//host` and `/\host` as other hosts, and skip tabs and line breaks.
    """
    is_ours = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_ours and text.isprintable() and "\\" not in text else "/"
