"""All pages. A new one is added here."""

from entrypoints.frontend.pages import (
    account,
    audit,
    billing,
    company_sign_in,
    docs,
    email_links,
    identity_provider,
    keys,
    live,
    operators,
    overview,
    passkeys,
    playground,
    second_factor,
    settings,
    sign_in,
    sign_up,
    team,
    usage,
    webhooks,
)
from entrypoints.frontend.routing import Route


PAGES: tuple[Route, ...] = (
    *sign_in.ROUTES,
    *sign_up.ROUTES,
    *company_sign_in.ROUTES,
    *overview.ROUTES,
    *keys.ROUTES,
    *playground.ROUTES,
    *live.ROUTES,
    *docs.ROUTES,
    *billing.ROUTES,
    *team.ROUTES,
    *audit.ROUTES,
    *settings.ROUTES,
    *identity_provider.ROUTES,
    *account.ROUTES,
    *second_factor.ROUTES,
    *passkeys.ROUTES,
    *email_links.ROUTES,
    *usage.ROUTES,
    *webhooks.ROUTES,
    *operators.ROUTES,
)
