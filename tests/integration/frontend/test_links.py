"""No page links to an address that is not there."""

import html
import re

from datetime import timedelta

import attrs

from tests.contract.values import record

from aldea_core.domain.access.limits import SessionKind
from aldea_core.domain.ids import OrgId


_LINK = re.compile(r'href="(/[^"#]*)')
_MOST = 400


async def test_every_link_of_every_page_leads_somewhere(site):
    olga = await _operator_with_usage(site)
    waiting, seen, broken = ["/profile", olga.at("/"), "/operator/"], set(), {}

    while waiting and len(seen) < _MOST:
        path = waiting.pop()
        if _shape(path) in seen:
            continue
        seen.add(_shape(path))
        page = await olga.get(path)
        if page.status not in {200, 303}:
            broken[path] = page.status
        if page.status == 200 and page.headers["Content-Type"].startswith("text/html"):
            waiting += [html.unescape(link) for link in _LINK.findall(page.text)]

    assert broken == {}
    assert len(seen) > 40


async def test_pages_below_a_page_of_the_menu_lead_back(site):
    olga = await _operator_with_usage(site)
    keys, team, hooks = (olga.at(name) for name in ("/keys", "/team", "/webhooks"))
    key, member, hook = [
        re.search(rf"{above}/[0-9a-f][0-9a-zA-Z_-]{{9,}}", (await olga.get(above)).text)[0]
        for above in (keys, team, hooks)
    ]
    org = f"/operator/orgs/{olga.org}"
    below = {
        f"{keys}/new": keys,
        key: keys,
        f"{key}/change": key,
        member: team,
        hook: hooks,
        olga.at("/billing/profile"): olga.at("/billing"),
        olga.at("/settings/sign-in"): olga.at("/settings"),
        olga.at("/usage/0000aaaa-live"): olga.at("/usage"),
        org: "/operator/",
        f"{org}/limits": org,
        "/profile/passkeys": "/profile",
    }

    head = '<header class="page-head"><div><p><a href="([^"]*)">'
    led = {path: re.findall(head, (await olga.get(path)).text) for path in below}

    assert led == {path: [above] for path, above in below.items()}


def _shape(path: str) -> str:
    """Of addresses that differ by an id alone one is enough."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=[?&]).*", "", path)


async def _operator_with_usage(site):
    olga = await site.person("olga")
    users = site.backend.services.people.users()
    await users.put(attrs.evolve(await users.of_email(olga.email), is_operator=True))
    await olga.send(olga.at("/keys/new"), name="Gate kiosks", may="transcribe")
    await olga.send(olga.at("/team"), email="bob@example.com", role="member")
    await olga.send(olga.at("/webhooks"), url="https://hooks.example.com/aldea")
    services = site.backend.services
    now = services.stores.clock().now() - timedelta(seconds=30)
    common = {"org": OrgId(olga.org), "started": now, "ended": now, "channels": 1}
    await services.stores.ledger().record(
        [
            record("0000aaaa-live", status=1011, reason="engine_gone", **common),
            record("0000bbbb-file", status=400, kind=SessionKind.FILE, reason="", **common),
        ]
    )
    return olga
