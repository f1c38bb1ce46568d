"""What the documentation says about whole groups of operations."""

from typing import Final


# By resource, in the order of the documentation.
RESOURCES: Final = {
    "Signing up and in": "Accounts begin here. A sign-in gives a token, for `Authorization: Bearer`.",
    "Passwords": "A new password ends every sign-in.",
    "Oneself": "The person or key of the request, and where the person is signed in.",
    "Second factor": "Codes of an authenticator app, and recovery codes.",
    "Passkeys": "Signing in by a device or password manager, without a password.",
    "Signing in by a company": "An organisation's own identity provider (OpenID Connect) vouches for people.",
    "Organisations": "An organisation owns keys, has limits, and pays.",
    "Members": "Who is in an organisation, as owner, admin or member.",
    "Invitations": "People join an organisation by an invitation.",
    "API keys": "Keys open sessions at the gateway, and this API as far as their scopes go.",
    "Limits": "What an organisation may use at most.",
    "Usage": "What was transcribed, and what it costs.",
    "Open sessions": "What is being transcribed now.",
    "Plans and charges": "Prices, what is owed so far, and the most that is to be spent.",
    "Invoices": "An invoice for each month, and credit notes.",
    "Billing profile": "Whom invoices are made out to, and tax.",
    "Webhooks": "Events are sent to endpoints, signed, until each was accepted.",
    "Alerts": "At which shares of quota and spending cap an organisation is warned.",
    "Audit log": "What was changed, by whom, and how it was before.",
    "Platform": "Where the API, the backend and the dashboard are.",
    "Operators": "For those who run the platform: all organisations, people and invoices.",
    "Projects": "Deepgram's management API, for its clients: a project is an organisation. API keys only.",
    "Projects: keys": "Keys in Deepgram's dialect.",
    "Projects: members": "Members and invitations in Deepgram's dialect.",
    "Projects: usage": "Requests and usage in Deepgram's dialect.",
    "Projects: billing": "Costs in Deepgram's dialect.",
}

# Parameters of paths.
PATH: Final = {
    "org": "The organisation's id.",
    "project": "The organisation's id.",
    "key": "The key's id, not the key.",
    "email": "The address that was invited.",
    "model": "The model's name.",
    "session": "The session's id, which its client got as `request_id`.",
    "request": "The request's id, which its client got as `request_id`.",
}

# Parameters of queries whose types do not describe them.
QUERY: Final = {
    "deployment": "There is one: `self-hosted`.",
    "end": "A day, which is included, or a time; else now.",
    "endpoint": "There is one: `listen`.",
    "grouping": "What the results are grouped by.",
    "limit": "How many, at most.",
    "method": "Live streams are `streaming`, files are `sync`.",
    "model": "The name of a model.",
    "page": "Which page; the first is 0.",
    "request_id": "The id of a request.",
    "start": "A day or a time; else the beginning of this month.",
    "status": "Only those of this status.",
    "tag": "One of its tags.",
}
